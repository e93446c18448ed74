package import MartletModel

/// The kernel's random name of the present boot.
package enum BootIdentity {
    /// - Throws: `notFound`, `ioFailed` when `/proc` isn't mounted.
    package static func read() throws(MartletError) -> String { try current.get() }

    /// How long the kernel has been up; 0 when `/proc` isn't mounted.
    package static var uptimeInSeconds: Double {
        let text = try? BoundedFile.readText("/proc/uptime")
        return text?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }

    /// Read once: it can't change under a running program.
    private static let current = Result<String, MartletError> { () throws(MartletError) -> String in
        let text = try BoundedFile.readText("/proc/sys/kernel/random/boot_id")
        return String(text.prefix { !$0.isWhitespace })
    }
}
