import CMartletLinux
import Glibc
package import MartletModel

/// Tap interfaces: a guest's adapter as the host sees it.
package struct Tap: Sendable {
    private let commands: IPCommand

    package init(runner: CommandRunner = CommandRunner()) {
        commands = IPCommand(runner: runner)
    }

    /// The tap's name of a machine's adapter: at most the 15 bytes that the kernel allows.
    ///
    /// - Throws: `invalidArgument` for an index that isn't 0 to 9999 and a short id that isn't letters and digits.
    package static func name(machine shortID: String, index: Int) throws(MartletError) -> String {
        let name = "mlt\(shortID)\(index)"
        try InterfaceName.check(name)
        return name
    }

    /// Makes a tap that this user may open, plugs it into the bridge, and turns it on. One that is there and belongs to this user is
    /// plugged in and turned on; one of another user is made anew.
    ///
    /// - Throws: `invalidArgument` for a name that isn't ours; `alreadyExists` when the interface is something else than a tap;
    ///   `commandFailed` without privilege or bridge; `notFound` when iproute2 isn't installed; `timedOut`. A tap that couldn't be
    ///   plugged in is left to `delete`.
    package func create(name: String, bridge: String, ownerUID: UInt32) async throws(MartletError) {
        try InterfaceName.check(name)
        try InterfaceName.check(bridge)
        if try await isNew(name: name, bridge: bridge, ownerUID: ownerUID) { return }
        let make = "tuntap add dev \(name) mode tap user \(ownerUID) vnet_hdr"
        let plug = "link set dev \(name) master \(bridge) up"
        do throws(MartletError) {
            try await commands.batch([make, plug])
        } catch {
            guard let link = try await commands.link(name) else { throw error }
            guard link.kind == "tun" else {
                throw MartletError(.alreadyExists, "the interface '\(name)' is not a tap; remove or rename it")
            }
            let isOurs = try await isOwned(link, by: ownerUID)
            try await commands.batch(isOurs ? [plug] : ["link delete dev \(name)", make, plug])
        }
    }

    /// Removes a tap; one that isn't there is done already.
    ///
    /// - Throws: `invalidArgument` for a name that isn't ours; `commandFailed`, `notFound`, `timedOut`.
    package func delete(name: String) async throws(MartletError) {
        try InterfaceName.check(name)
        try await commands.delete(name)
    }

    /// Whether there was none, and it is made and plugged in now by the kernel's own calls: no program is run, which a guest that runs
    /// would wait for. What they can't do is left to `ip`, which says why.
    private func isNew(name: String, bridge: String, ownerUID: UInt32) async throws(MartletError) -> Bool {
        // These calls know the network of this process alone.
        guard commands.runner.launcher.isEmpty else { return false }
        return try await BlockingWork.run { () throws(MartletError) in
            guard let device = try? OwnedDescriptor.open("/dev/net/tun", O_RDWR) else { return false }
            let socket = OwnedDescriptor(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
            return martlet_tap_make(device.number, name, ownerUID) == 0
                && martlet_bridge_plug(socket.number, bridge, name) == 0
        }
    }

    private func isOwned(_ link: IPLink, by userID: UInt32) async throws(MartletError) -> Bool {
        switch link.info?.data?.user {
        case .id(let id): return id == userID
        case .name(let name):
            return try await BlockingWork.run { () throws(MartletError) in try UserAccount(name: name)?.userID }
                == userID
        case nil: return false
        }
    }
}
