import MartletModel

/// Where the guest's program finds and keeps things. The defaults are those of an installed guest; tests choose others.
package struct GuestConfiguration: Sendable {
    /// Sockets and what is gone after a boot.
    package var runFolder = "/run/martlet-guest"
    /// `to-host`, `from-host`.
    package var stateFolder = "/var/lib/martlet-guest"
    /// Programs that are run around a freeze.
    package var hookFolder = "/etc/martlet-guest/hooks"
    /// Where the kernel lists virtio-serial ports.
    package var portsFolder = "/sys/class/virtio-ports"

    /// Where it listens on vsock; nil for nowhere.
    package var vsockPort: UInt32? = GuestContract.vsockPort

    package var direct = DirectConfiguration()

    package init() {}

    /// The socket of the contract's server; only the link connects there.
    var serverSocket: String { "\(runFolder)/server.sock" }
    /// There while file systems may be frozen; gone after a boot, as a freeze is.
    var frozenMark: String { "\(runFolder)/frozen" }
    /// The services of the contract that it offers, by the names that people use.
    let services = ["heartbeat", "shutdown", "time", "exchange", "freeze", "copy", "direct"]
    var toHostFolder: String { "\(stateFolder)/to-host" }
    var fromHostFolder: String { "\(stateFolder)/from-host" }
}
