package import MartletHost
import MartletLinux
import MartletModel

/// What a host's machines hold of the system beside their records: compared before and after, it shows what leaked.
package struct Footprint: Hashable, Sendable, CustomStringConvertible {
    package var processes: [String]
    package var interfaces: [String]
    package var tables: [String]
    package var files: [String]
    package var records: [String]

    package var description: String {
        "processes \(processes), interfaces \(interfaces), tables \(tables), files \(files), records \(records)"
    }

    /// What is there below a root; logs, the store and what belongs to the daemon itself don't count.
    package static func take(root: ScratchFolder, records: [String]) async throws -> Footprint {
        let entries = ProcessTable.entries { arguments in
            // dnsmasq's working folder is not the root, but its arguments name a folder below it.
            arguments.contains("-uuid") || arguments.contains { $0.contains(root.path) }
        }
        let processes = entries.filter { $0.workingDirectory == root.path || $0.arguments.first?.hasSuffix("dnsmasq") == true }
        let runner = CommandRunner()
        let links = try await runner.runText("ip", ["-brief", "link"])
        let tables = HostFacts.isRoot ? try await runner.runText("nft", ["list", "tables"]) : ""
        return Footprint(
            processes: processes.map { $0.arguments.first ?? "?" }.sorted(),
            interfaces: links.split(separator: "\n").map { String($0.prefix { $0 != " " }) }.filter { $0.hasPrefix("mlt") }.sorted(),
            tables: tables.split(separator: "\n").map(String.init).filter { $0.contains("martlet_") }.sorted(),
            files: try root.tree().filter(counts),
            records: records
        )
    }

    /// Without the ids that differ from one host to the next.
    package var comparable: Footprint {
        let id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}/
        func clean(_ texts: [String]) -> [String] { texts.map { $0.replacing(id, with: "id") }.sorted() }
        var footprint = self
        footprint.interfaces = clean(interfaces)
        footprint.tables = clean(tables)
        footprint.files = clean(files)
        footprint.records = clean(records)
        return footprint
    }

    private static func counts(_ file: String) -> Bool {
        let name = file.split(separator: "/").last ?? ""
        return !file.hasPrefix("state.sqlite") && !file.hasPrefix("tls") && !name.hasSuffix(".log") && !name.hasSuffix(".log.1")
            && !["api.sock", "daemon.lock", "api-port", "firmware.fd"].contains(name)
    }
}

extension HostFacts {
    package static var isRoot: Bool { (try? HostFacts.read().effectiveUserID) == 0 }
}

extension MartletHostServices {
    /// Machines with their states and disks with their holders, as text; claims too.
    package func recordsText() async throws -> [String] {
        let machines = virtualMachines.list().map { "machine \($0.name) \($0.state.rawValue)" }
        let disks = disks.list().map { "disk \($0.name) \($0.path) of \($0.machine.map { "\($0)" } ?? "nobody")" }
        let assigned = await hostInformation.host(apiURL: "", fingerprint: "").memoryAssigned
        return machines + disks + ["assigned \(assigned)"]
    }
}
