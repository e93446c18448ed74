import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel

/// The image `debian-12`, which is built once, through the command line, and kept in the build folder.
package enum DebianImage {
    private static var folder: String { "\(Programs.repository)/.build/images" }
    /// The finished image's file.
    package static var file: String { "\(folder)/debian-12.qcow2" }
    private static var stamp: String { "\(folder)/debian-12.stamp" }

    /// Gives a host the image `debian-12`: from the build folder, or by building it when its recipe has changed since. The
    /// host must have been started with the real recipes (`start(share: nil)`).
    package static func provide(to lab: DaemonLab) async throws {
        let recipe = try await FileCopy.digest(of: "\(Programs.repository)/image-recipes/debian-12")
        if FileEntry.exists(file), (try? BoundedFile.readText(stamp)) == recipe {
            try await lab.martletSucceeds("image", "import", "debian-12", file)
            return
        }
        try await lab.martletSucceeds("image", "build", "debian-12")
        let image = try await lab.client { try await $0.getImage("debian-12") }
        if !FileEntry.exists(folder) { try Folder.make(folder, mode: 0o755) }
        try Folder.removeTree(stamp)
        try AtomicFile.copy(from: "\(lab.root)/\(image.path)", to: file, mode: 0o644)
        try AtomicFile.write(Array(recipe.utf8), to: stamp, mode: 0o644)
    }
}
