import FoundationEssentials
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

/// How often; 0 for not at all.
private let databaseRounds = Int(ProcessInfo.processInfo.environment["MARTLET_DATABASE_ROUNDS"] ?? "") ?? 0

extension HostSuites {
    /// PostgreSQL in a guest, under load, checkpointed again and again; `make test-databases` runs it.
    @Suite("A production checkpoint of PostgreSQL", .serialized, .enabled(if: databaseRounds > 0))
    struct DatabaseTests {
        private static let cluster = "/mnt/vda/cluster"
        /// Puts what a guest of `scripts/make-guest-database` lacks: the user that the cluster belongs to, and a place for sockets.
        private static let setUp = """
            id=$(stat -c %u \(cluster)); echo "postgres:x:$id:$id::/:/bin/sh" >>/etc/passwd; \
            mkdir -p /run/postgresql; chown postgres /run/postgresql; chmod 1777 /dev/shm /tmp
            """
        /// pg_ctl waits for the end of the recovery.
        private static let start = """
            su postgres -c "pg_ctl -s -w -t 600 -D \(cluster) -l /tmp/log -o '-c listen_addresses= -c unix_socket_directories=/run/postgresql' start"
            """

        private func boot(_ name: String, _ disk: String, on lab: DaemonLab) async throws -> GuestConsole {
            let folder = "\(Programs.repository)/.build/guest"
            try await lab.martletSucceeds(
                "vm", "create", name, "--generation", "direct", "--kernel", "\(folder)/vmlinuz", "--initrd",
                "\(folder)/initrd-database.img", "--append", "console=ttyS0", "--memory", "1GiB", "--no-network",
                "--disk", disk, "--start")
            let guest = GuestConsole(lab, name)
            try await guest.logIn()
            try await guest.run(Self.setUp)
            try await guest.run(Self.start)
            return guest
        }

        /// The last line of what it prints; before it psql may warn.
        private func sql(_ text: String, _ guest: GuestConsole) async throws -> String {
            let said = try await guest.run(
                "psql -XqAt -P pager=off -h /run/postgresql -U postgres -d postgres -c \"\(text)\"")
            return said.split(separator: "\n").last.map(String.init) ?? ""
        }

        /// Somebody who writes down what was acknowledged, in the guest's memory; and a hook that puts that on the disk before the freeze.
        private func beginLoad(_ guest: GuestConsole) async throws {
            _ = try await sql("create extension amcheck; create table ledger (n bigint primary key)", guest)
            try await guest.run("pgbench -q -i -s 2 -h /run/postgresql -U postgres postgres >/tmp/init 2>&1")
            try await guest.run(
                """
                printf '%s\\n' '#!/bin/sh' '[ $1 = thaw ] || cp /tmp/acknowledged /mnt/vda/acknowledged' \
                >/etc/martlet-guest/hooks/99-acknowledged; chmod 755 /etc/martlet-guest/hooks/99-acknowledged
                """)
            try await guest.run(
                """
                (i=0; while :; do i=$((i+1)); echo "insert into ledger values ($i);"; \
                echo "\\\\! echo $i >/tmp/acknowledging && mv /tmp/acknowledging /tmp/acknowledged"; done | \
                psql -Xq -v ON_ERROR_STOP=1 -h /run/postgresql -U postgres -d postgres >/tmp/ledger 2>&1) & true
                """)
            try await guest.run(
                "(pgbench -n -c 4 -T 100000 -h /run/postgresql -U postgres postgres >/tmp/bench 2>&1) & true")
            try await guest.run("until [ -e /tmp/acknowledged ]; do sleep 0.1; done")
        }

        @Test(
            "under load, each starts from its export with nothing lost that was acknowledged, and amcheck finds nothing"
        )
        func postgreSQL() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "disk", "create", "db-1", "--from", "\(Programs.repository)/.build/guest/database.raw",
                    "--from-format", "raw")
                let guest = try await boot("db", "db-1", on: lab)
                try await beginLoad(guest)
                _ = try await eventually(within: .seconds(300), "the guest's services answer") {
                    try await lab.machine("db").status.guest?.heartbeat
                } until: {
                    $0 == .ok
                }
                for round in 1...databaseRounds {
                    let name = "round-\(round)"
                    let made = try await lab.martletSucceeds(
                        "checkpoint", "create", "db", name, "--type", "production-only", "--output", "json")
                    #expect(made.contains("\"application\"") && !made.contains("warnings"), "\(made)")
                    try await lab.martletSucceeds("checkpoint", "export", "db", name, lab.outside(name))
                    try await lab.martletSucceeds("checkpoint", "delete", "db", name, "--yes")
                    let figures = made.split(separator: "\n").filter { $0.contains("InMilliseconds") }
                    print("\(name): \(figures.joined()) \(try await check(name, on: lab))")
                }
            }
        }

        /// Starts the machine of an export and looks at its database.
        ///
        /// - Returns: what is worth telling.
        private func check(_ name: String, on lab: DaemonLab) async throws -> String {
            try await lab.martletSucceeds("disk", "create", name, "--from", "\(lab.outside(name))/db-1.qcow2")
            let guest = try await boot(name, name, on: lab)
            #expect(try await guest.output(of: "dmesg | grep -c 'EXT4-fs.*recovery'") == "0")
            #expect(try await guest.output(of: "grep -E 'FATAL|PANIC|ERROR|corrupt|invalid page' /tmp/log").isEmpty)
            let acknowledged = try #require(Int(try await guest.run("cat /mnt/vda/acknowledged")))
            let counted = try await sql("select max(n), count(*) from ledger", guest)
            let ledger = counted.split(separator: "|").compactMap { Int($0) }
            try #require(ledger.count == 2, "\(counted)")
            #expect(ledger[0] >= acknowledged && ledger[0] == ledger[1], "\(acknowledged) \(ledger)")
            let sums = """
                select (select sum(abalance) from pgbench_accounts) = h and (select sum(bbalance) from pgbench_branches) = h
                and (select sum(tbalance) from pgbench_tellers) = h from (select coalesce(sum(delta), 0) h from pgbench_history) x
                """
            #expect(try await sql(sums.replacing("\n", with: " "), guest) == "t")
            try await guest.run(
                "pg_amcheck -h /run/postgresql -U postgres --all --heapallindexed --parent-check --rootdescend")
            let recovery = try await guest.output(of: "grep -o 'redo done.*elapsed: [0-9.]* s' /tmp/log")
            try await lab.martletSucceeds("vm", "stop", name, "--turn-off")
            try await lab.martletSucceeds("vm", "delete", name, "--disks", "--yes")
            try Folder.removeTree(lab.outside(name))
            return "acknowledged \(acknowledged), there \(ledger[0]); \(recovery)"
        }
    }
}
