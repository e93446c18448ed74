import Glibc
package import MartletModel
import Synchronization

/// An adapter of this host that a switch may take: a tap that is gone with the test's process.
package enum SpareAdapter {
    private static let made = Mutex<String?>(nil)

    /// Its name; it is made when somebody asks first.
    package static func name() throws(MartletError) -> String {
        try made.withLock { made throws(MartletError) in
            if let made { return made }
            let name = "ext\(getpid())"
            try make(name)
            made = name
            return name
        }
    }

    /// The descriptor stays open: the interface lives as long as it.
    private static func make(_ name: String) throws(MartletError) {
        var request = Request()
        // The name has 16 bytes, and a process id at most 7 digits.
        withUnsafeMutableBytes(of: &request.name) { $0.copyBytes(from: Array(name.utf8)) }
        let descriptor = Glibc.open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        // TUNSETIFF, a macro that Swift doesn't import.
        guard descriptor >= 0, ioctl(descriptor, 0x4004_54CA as UInt, &request) == 0 else {
            throw MartletError(.ioFailed, "no tap '\(name)' can be made: errno \(errno)")
        }
    }

    /// `struct ifreq` with `IFF_TAP | IFF_NO_PI`.
    private struct Request {
        var name: (UInt64, UInt64) = (0, 0)
        var flags: Int16 = 0x1002
        var rest: (UInt16, UInt32, UInt64, UInt64) = (0, 0, 0, 0)
    }
}
