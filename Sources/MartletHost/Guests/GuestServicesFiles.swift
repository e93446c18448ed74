import MartletLinux
import MartletModel

/// What a guest's integration services are installed from, among Martlet's own files.
struct GuestServicesFiles: Sendable {
    /// The package for guests with Debian, which has the program for all others as well.
    let package: String
    private let installer: String?
    /// In bytes: many times what the package takes.
    private static let mostBytes = 256 << 20

    /// - Parameter shareFolders: where Martlet's own files can be: its share folder when it is installed, and its sources'.
    /// - Returns: nil where Martlet came without the package.
    init?(in shareFolders: [String]) {
        let name = "martlet-guest_\(martletVersion)_amd64.deb"
        func first(_ places: [String]) -> String? {
            shareFolders.flatMap { folder in places.map { "\(folder)/\($0)" } }.first { FileEntry.isReadableFile($0) }
        }
        guard let package = first(["guest/\(name)", ".build/guest/\(name)"]) else { return nil }
        self.package = package
        installer = first(["guest/install.sh", "packaging/guest/install.sh"])
    }

    /// What a disc needs for a guest to install them.
    ///
    /// - Throws: `notFound` where Martlet came without the installer; by errno's table.
    func contents() throws(MartletError) -> [OpticalDisc.File] {
        guard let installer else { throw Self.missing }
        return [
            .init(name: GuestServicesDisc.installer, contents: try BoundedFile.read(installer)),
            .init(name: GuestServicesDisc.package, contents: try BoundedFile.read(package, limit: Self.mostBytes)),
        ]
    }

    static let missing = MartletError(
        .notFound,
        "martlet-guest_\(martletVersion)_amd64.deb is missing from Martlet's files (guest); install Martlet again, or put there what `make deb` makes"
    )
}
