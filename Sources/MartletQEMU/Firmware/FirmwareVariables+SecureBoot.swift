import MartletLinux
package import MartletModel

extension FirmwareVariables {
    /// Whether Secure Boot has somebody to answer to: without a platform key the firmware lets everything pass.
    package var hasPlatformKey: Bool { self["PK", Self.globalOwner]?.isEmpty == false }

    /// Takes away whatever may vouch for loaders and isn't Microsoft's own for Windows.
    ///
    /// - Throws: `unsupported` when nothing would be left that Windows could be started with.
    package mutating func acceptWindowsAlone() throws(MartletError) {
        let lists = SignatureLists(self["db", Self.databaseOwner] ?? [])
        let kept = lists.keeping { list, data in
            list == SignatureLists.certificate && Self.windows.contains("\(SHA256Digest(of: data))")
        }
        guard !kept.isEmpty else {
            throw MartletError(
                .unsupported,
                "the firmware's variables hold no certificate for Windows; use the template microsoftUEFICertificateAuthority"
            )
        }
        shorten("db", owner: Self.databaseOwner, to: kept)
    }

    /// The digests of Microsoft Windows Production PCA 2011 and Windows UEFI CA 2023, which sign Windows' loaders and no others.
    private static let windows: Set<String> = [
        "e8e95f0733a55e8bad7be0a1413ee23c51fcea64b3c8fa6a786935fddcc71961",
        "076f1fea90ac29155ebf77c17682f75f1fdd1be196da302dc8461e350a9ae330",
    ]

    /// `EFI_IMAGE_SECURITY_DATABASE_GUID` and `EFI_GLOBAL_VARIABLE`.
    static let databaseOwner: [UInt8] = [
        0xCB, 0xB2, 0x19, 0xD7, 0x3A, 0x3D, 0x96, 0x45, 0xA3, 0xBC, 0xDA, 0xD0, 0x0E, 0x67, 0x65, 0x6F,
    ]
    static let globalOwner: [UInt8] = [
        0x61, 0xDF, 0xE4, 0x8B, 0xCA, 0x93, 0xD2, 0x11, 0xAA, 0x0D, 0x00, 0xE0, 0x98, 0x03, 0x2B, 0x8C,
    ]
}
