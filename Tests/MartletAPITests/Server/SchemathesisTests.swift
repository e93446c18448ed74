import MartletAPI
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("The document against the daemon")
    struct SchemathesisTests {
        /// Seen to take two to three minutes on two busy cores.
        private static let timeLimit: Duration = .seconds(900)

        @Test("schemathesis, with all its checks, finds nothing")
        func findsNothing() async throws {
            let program = "\(Programs.repository)/.build/venv/bin/schemathesis"
            try #require(FileEntry.isReadableFile(program), "schemathesis is not there; run `scripts/setup test`")
            try await withDaemonLab { lab in
                let url = try await lab.client { try await $0.getHost().apiURL }
                let secret = try await lab.client {
                    try await $0.createToken(.init(name: "schemathesis", role: .administrator)).secret
                }
                try await run(
                    [
                        program, "--config-file", "\(Programs.repository)/schemathesis.toml", "run",
                        "\(url)/api/v1/openapi.json",
                        "--tls-verify=false", "--header", "Authorization: Bearer \(secret)", "--checks", "all",
                        "--max-examples", "5", "--seed", "1", "--no-color",
                        // How fast this machine makes up values is no fault of the document's.
                        "--suppress-health-check", "too_slow",
                    ],
                    in: lab.root
                )
                try await clear(lab)
            }
        }

        /// Runs a program in a folder; when it fails, what it printed is the failure.
        private func run(_ command: [String], in folder: String) async throws {
            let report = "\(folder)/schemathesis.txt"
            let script = #"cd "$1" && report=$2 && shift 2 && "$@" > "$report" 2>&1"#
            do {
                try await CommandRunner(timeLimit: Self.timeLimit).runText(
                    "sh", ["-c", script, "sh", folder, report] + command)
            } catch {
                let text = (try? BoundedFile.readText(report, limit: 16 << 20)) ?? ""
                throw MartletError(.commandFailed, "schemathesis found something:\n\(text)", cause: error)
            }
        }

        /// Ends and deletes what was made, which must be possible for all of it.
        private func clear(_ lab: DaemonLab) async throws {
            // An operation on many machines begins others until it is cancelled itself.
            while case let open = try await lab.client({ try await $0.listOperations() }).filter({ !$0.state.isEnded }),
                !open.isEmpty
            {
                for operation in open {
                    // One that can't be cancelled any more ends by itself.
                    _ = try? await lab.client { try await $0.cancelOperation("\(operation.id)") }
                    _ = try await lab.end(of: operation)
                }
            }
            let machines: [VirtualMachine] = try await lab.client { try await $0.listMachines() }
            for machine in machines {
                if machine.status.processID != nil { _ = try await lab.end(of: lab.stopMachine("\(machine.id)")) }
                // With its disks, since one with checkpoints isn't deleted without.
                let deletion = try await lab.client { try await $0.deleteMachine("\(machine.id)", disks: true) }
                _ = try await lab.end(of: deletion)
            }
            let left: [VirtualMachine] = try await lab.client { try await $0.listMachines() }
            #expect(left.isEmpty)
        }
    }
}
