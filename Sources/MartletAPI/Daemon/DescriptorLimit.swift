import Glibc

/// How many descriptors the process may have.
enum DescriptorLimit {
    /// A thousand connections and a thousand machines' sockets are more than the usual 1,024.
    private static let wanted: UInt = 65_536

    /// Raises the limit as far as we may, and says what it is.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        let present = limit.rlim_cur
        limit.rlim_cur = max(present, min(limit.rlim_max, rlim_t(wanted)))
        return Int(clamping: setrlimit(resource, &limit) == 0 ? limit.rlim_cur : present)
    }

    /// How many connections each of the two listeners may have: a quarter of the descriptors.
    ///
    /// A listener that runs out of descriptors ends (NIO's asynchronous channel takes the failed `accept` for the end), and the daemon
    /// with it.
    static func connections(of limit: Int) -> Int { min(APIServer.mostConnections, max(16, limit / 4)) }
}
