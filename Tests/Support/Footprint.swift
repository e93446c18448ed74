package import MartletHost
import MartletLinux
package import MartletModel

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
    package static func take(root: ScratchFolder, records: [Record]) async throws -> Footprint {
        let entries = ProcessTable.entries { arguments in
            // dnsmasq's working folder is not the root, but its arguments name a folder below it.
            arguments.contains("-uuid") || arguments.contains("--tpmstate")
                || arguments.contains { $0.contains(root.path) }
        }
        let processes = entries.filter {
            $0.workingDirectory == root.path || $0.arguments.first?.hasSuffix("dnsmasq") == true
        }
        let owners = try owners(root: root, records: records)
        func isOurs(_ name: Substring) -> Bool {
            owners.contains { name.hasPrefix("mlt\($0)") || name.hasSuffix("_\($0)") }
        }
        let runner = CommandRunner()
        // A tap is ours by its machine's id, or by the bridge that it is plugged into.
        let links = try await runner.runText("ip", ["-oneline", "link"]).split(separator: "\n").map {
            $0.split(separator: " ")
        }
        let interfaces = links.filter { words in
            isOurs(words[1]) || zip(words, words.dropFirst()).contains { $0 == "master" && isOurs($1) }
        }
        let tables = HostFacts.isRoot ? try await runner.runText("nft", ["list", "tables"]) : ""
        return Footprint(
            processes: processes.map { $0.arguments.first ?? "?" }.sorted(),
            interfaces: interfaces.map { String($0[1].prefix { $0 != ":" && $0 != "@" }) }.sorted(),
            tables: tables.split(separator: "\n").filter { isOurs($0) }.map(String.init).sorted(),
            files: try root.tree().filter(counts),
            records: records.map(\.text)
        )
    }

    /// The short ids that names of interfaces and tables of this host can have.
    private static func owners(root: ScratchFolder, records: [Record]) throws -> Set<String> {
        let running = try FileEntry.names(in: "\(root.path)/run").filter {
            $0.count == 8 && $0.allSatisfy(\.isHexDigit)
        }
        return Set(records.compactMap(\.owner) + running)
    }

    /// A line about a machine, a disk or the host, and the short id of what may own interfaces.
    package struct Record: Sendable {
        package var text: String
        package var owner: String?

        package init(_ text: String, owner: String? = nil) {
            self.text = text
            self.owner = owner
        }
    }

    /// What a host's records say.
    package static func records(
        _ machines: [VirtualMachine], _ disks: [Disk], _ images: [Image], _ switches: [VirtualSwitch],
        assigned: ByteCount
    ) -> [Record] {
        machines.map { Record("machine \($0.name) \($0.state.rawValue)", owner: $0.id.short) }
            + disks.map { Record("disk \($0.name) \($0.path) of \($0.machine.map { "\($0)" } ?? "nobody")") }
            + images.map { Record("image \($0.name) \($0.path) \($0.sha256 ?? "")") }
            + switches.map { Record("switch \($0.name)", owner: $0.id.short) } + [Record("assigned \(assigned)")]
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
        return !file.hasPrefix("state.sqlite") && !file.hasPrefix("samples") && !file.hasPrefix("tls")
            && !name.hasSuffix(".log")
            && !name.hasSuffix(".log.1") && !name.hasSuffix(".log.previous")
            && !["api.sock", "daemon.lock", "api-port", "firmware.fd", "firmware-open.fd"].contains(name)
            // A machine's TPM is made once, at its first start, and stays.
            && !file.split(separator: "/").contains("tpm")
    }
}

extension HostFacts {
    package static var isRoot: Bool { (try? HostFacts.read().effectiveUserID) == 0 }
}

extension MartletHostServices {
    /// What this host's records say.
    package func records() async -> [Footprint.Record] {
        let assigned = await hostInformation.host(apiURL: "", fingerprint: "").memoryAssigned
        return Footprint.records(
            virtualMachines.list(), disks.list(), images.list(), switches.list(), assigned: assigned)
    }
}
