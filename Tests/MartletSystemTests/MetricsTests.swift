import FoundationEssentials
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// `/metrics` as Prometheus reads it, and the dashboard that is drawn from it.
    @Suite("Metrics")
    struct MetricsTests {
        @Test(
            "Prometheus' own parser reads /metrics, with names that hold anything, and the dashboard asks for nothing else"
        )
        func parsed() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "a \"quoted\" \\ name", "--memory", "64MiB", "--disk", "8MiB", "--switch", "nat")
                try await lab.martletSucceeds("vm", "start", "a \"quoted\" \\ name", "--paused")
                _ = try await lab.martlet("vm", "show", "nothing")
                // What was asked before is counted by then.
                _ = try await lab.martletSucceeds("host", "metrics")
                let text = try await lab.martletSucceeds("host", "metrics")
                let samples = try await parse(text, in: lab.scratch)
                #expect(samples["martlet_vm_state"] == 1)
                #expect(samples["martlet_pool_size_bytes"] == 1 && samples["martlet_pool_free_bytes"] == 1)
                #expect(samples["martlet_vm_disk_read_bytes_total"] == 1)
                #expect(samples["martlet_vm_network_received_bytes_total"] == 1)
                #expect((samples["martlet_operations_total"] ?? 0) >= 2)
                #expect((samples["martlet_api_requests_total"] ?? 0) >= 3)
                #expect(text.contains("route=\"getMachine\",status=\"404\""))
                let asked = try dashboardNames()
                #expect(asked.count > 10)
                let served = Set(samples.keys).union(typed(text))
                #expect(asked.subtracting(served).isEmpty, "not served: \(asked.subtracting(served))")
                try await scraped(lab)
            }
        }

        /// As Prometheus does it: over HTTPS at the top, with a viewer's token; and not without one.
        private func scraped(_ lab: DaemonLab) async throws {
            let url = try await lab.client { try await $0.getHost().apiURL }
            let secret = try await lab.client {
                try await $0.createToken(.init(name: "prometheus", role: .viewer)).secret
            }
            let script = """
                import ssl, sys, urllib.request
                context = ssl._create_unverified_context()
                request = urllib.request.Request(sys.argv[1], headers={"Authorization": sys.stdin.read()})
                try:
                    answer = urllib.request.urlopen(request, context=context, timeout=60)
                    print(answer.status, answer.headers["Content-Type"], answer.read().decode().count("martlet_vms{"))
                except urllib.error.HTTPError as error:
                    print(error.status)
                """
            func scrape(_ authorization: String) async throws -> String {
                try await CommandRunner(timeLimit: .seconds(120)).runText(
                    "python3", ["-c", script, "\(url)/metrics"], input: authorization)
            }
            let states = VirtualMachineState.allCases.count
            #expect(try await scrape("Bearer \(secret)") == "200 text/plain; version=0.0.4; charset=utf-8 \(states)\n")
            #expect(try await scrape("Bearer mlt_wrong") == "401\n")
        }

        /// How many samples there are of each name.
        private func parse(_ text: String, in scratch: ScratchFolder) async throws -> [String: Int] {
            let python = "\(Programs.repository)/.build/venv/bin/python"
            try #require(FileEntry.exists(python), "the parser is not there; run `scripts/setup test`")
            let script = """
                import collections, json, sys
                from prometheus_client.parser import text_string_to_metric_families
                names = collections.Counter()
                for family in text_string_to_metric_families(sys.stdin.read()):
                    assert family.documentation and family.type != "unknown", family
                    seen = set()
                    for sample in family.samples:
                        key = (sample.name, tuple(sorted(sample.labels.items())))
                        assert key not in seen, key
                        seen.add(key)
                        names[sample.name] += 1
                print(json.dumps(names))
                """
            let output = try await CommandRunner(timeLimit: .seconds(120)).run(
                python, ["-c", script], input: Array(text.utf8))
            return try JSONDecoder().decode([String: Int].self, from: Data(output))
        }

        /// The names that have a type, samples or not: a guest that tells nothing has no demand.
        private func typed(_ text: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        }

        /// The names of our metrics in the dashboard's queries.
        private func dashboardNames() throws -> Set<String> {
            let text = try BoundedFile.readText("\(Programs.repository)/grafana/martlet.json", limit: 4 << 20)
            let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
            let queries = dashboard.panels.flatMap { $0.targets ?? [] }.map(\.expr)
            #expect(queries.allSatisfy { !$0.isEmpty })
            return Set(
                queries.flatMap { query in query.matches(of: /\b(martlet|process)_[a-z_]+/).map { String($0.output.0) }
                })
        }

        private struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                var targets: [Target]?
            }
            var panels: [Panel]
        }
    }
}
