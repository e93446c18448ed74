import MartletLinux
import MartletModel
import MartletTestSupport

/// Optical discs, as images of a host.
enum Disc {
    /// Imports a disc whose file `name` says which it is; BIOS boots one that has a text.
    static func make(_ name: String, on lab: DaemonLab, bootsWith text: String? = nil) async throws {
        let folder = "\(lab.root)/disc-\(name)"
        try Folder.make(folder, mode: 0o700)
        try AtomicFile.write(Array("disc \(name)\n".utf8), to: "\(folder)/name", mode: 0o644)
        var options = ["-quiet", "-R", "-V", name.uppercased(), "-o", "\(folder).iso"]
        if let text {
            let code = BootableDisk.code(text)
            let sector = code + [UInt8](repeating: 0, count: 2_048 - code.count)
            try AtomicFile.write(sector, to: "\(folder)/boot.bin", mode: 0o644)
            options += ["-b", "boot.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4"]
        }
        try await CommandRunner().run("genisoimage", options + [folder])
        try await lab.martletSucceeds("image", "import", name, "\(folder).iso")
    }
}
