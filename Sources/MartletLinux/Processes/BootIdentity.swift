import MartletModel

/// The kernel's random name of the present boot.
enum BootIdentity {
    /// - Throws: `notFound`, `ioFailed` when `/proc` isn't mounted.
    static func read() throws(MartletError) -> String { try current.get() }

    /// Read once: it can't change under a running program.
    private static let current = Result<String, MartletError> { () throws(MartletError) -> String in
        let text = try BoundedFile.readText("/proc/sys/kernel/random/boot_id")
        return String(text.prefix { !$0.isWhitespace })
    }
}
