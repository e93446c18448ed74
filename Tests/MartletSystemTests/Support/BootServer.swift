import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport

/// A DHCP and TFTP server of an administrator's own, on an internal switch without DHCP.
struct BootServer {
    private let folder: String
    private let arguments: [String]

    /// - Parameter program: the name of the file that clients are told to boot.
    init(on lab: DaemonLab, switch name: String, program: String) async throws {
        folder = "\(lab.root)/boot-server"
        try Folder.make(folder, mode: 0o755)
        let lasting = try await lab.client { try await $0.getSwitch(name) }
        let adapters = try await lab.client { try await $0.getSwitchStatus(name) }.adapters
        let hosts = adapters.compactMap { adapter in
            adapter.address.map { "--dhcp-host=\(adapter.hardwareAddress),\($0)" }
        }
        guard let address = adapters.first?.address else {
            throw MartletError(.notFound, "no adapter with an address is plugged into '\(name)'")
        }
        arguments =
            [
                "--conf-file=/dev/null", "--keep-in-foreground", "--user=root", "--port=0",
                "--interface=mlt\(lasting.id.short)", "--bind-interfaces", "--except-interface=lo", "--leasefile-ro",
                "--log-facility=\(folder)/log", "--pid-file", "--dhcp-range=\(address),static", "--enable-tftp",
                "--tftp-root=\(folder)", "--dhcp-boot=\(program)",
            ] + hosts
    }

    func offer(_ file: String, as name: String) throws {
        try AtomicFile.copy(from: file, to: "\(folder)/\(name)", mode: 0o644)
    }

    /// Serves while the body runs.
    func run(_ body: () async throws -> Void) async throws {
        let server = try DetachedProcess.spawn(
            executable: "/usr/sbin/dnsmasq", arguments: arguments, environment: [:], workingDirectory: "/",
            log: "\(folder)/errors", descriptors: [])
        defer { try? server.signal(SIGKILL) }
        try await body()
    }
}
