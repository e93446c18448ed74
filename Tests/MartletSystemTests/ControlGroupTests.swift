import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Processor limits where they can be had: in a Debian host of its own, as the machines that build have no such control groups.
    @Suite("Control groups of a real host")
    struct ControlGroupTests {
        @Test(
            "a busy guest is held to its limit, also by the next daemon, and its group goes with it",
            .timeLimit(.minutes(20)))
        func held() async throws {
            let scratch = try ScratchFolder()
            let (host, programs) = ("\(scratch.path)/host", "\(scratch.path)/programs")
            try await collectPrograms(in: programs)
            do {
                try await guestHost("start", host)
                let guest = try Programs.guest()
                try await guestHost("put", host, programs, guest.kernel, guest.initrd ?? "", "/root/")
                let said = try await guestHost("ssh", host, Self.script)
                let lines = said.split(separator: "\n").map(String.init)
                #expect(lines.contains("first 30000 100000 500"), "\(said)")
                #expect(lines.contains("then 50000 100000"), "\(said)")
                #expect(lines.contains("left "), "\(said)")
                let throttled = lines.first { $0.hasPrefix("throttled ") }.flatMap { Int($0.dropFirst(10)) }
                #expect((throttled ?? 0) > 0, "\(said)")
            } catch {
                _ = try? await guestHost("kill", host)
                throw error
            }
            try await guestHost("kill", host)
        }

        /// Boots a guest, which keeps its processor busy for seconds, and tells what its group says.
        private static let script = """
            cd /root/programs && export LD_LIBRARY_PATH=$PWD PATH=$PATH:$PWD
            id martlet-qemu 2>/dev/null >&2 || useradd --system --user-group --no-create-home martlet-qemu
            begin() {
                setsid martletd --accelerator tcg >>/root/daemon.log 2>&1 </dev/null &
                for _ in $(seq 120); do martlet host show >/dev/null 2>&1 && return; sleep 1; done
            }
            begin
            martlet vm create busy --generation direct --kernel /root/vmlinuz --initrd /root/initrd.img \
                --memory 192MiB --cpu-limit 30 --cpu-weight 500 --switch user --start >&2
            groups=/sys/fs/cgroup/martlet
            group=$(echo $groups/*-*)
            echo first $(cat $group/cpu.max $group/cpu.weight)
            for _ in $(seq 120); do
                throttled=$(sed -n 's/^nr_throttled //p' $group/cpu.stat)
                [ "$throttled" = 0 ] || break
                sleep 1
            done
            echo throttled $throttled
            kill -9 $(pidof martletd)
            begin
            martlet vm set busy --cpu-limit 50 >&2
            echo then $(cat $group/cpu.max)
            martlet vm stop busy --turn-off >&2
            echo "left $(ls -d $groups/*-* 2>/dev/null)"
            """

        @discardableResult
        private func guestHost(_ arguments: String...) async throws -> String {
            try await CommandRunner(timeLimit: .seconds(900)).runText(
                "\(Programs.repository)/scripts/guest-host", arguments)
        }

        /// The programs and the libraries of Swift's that they are linked to; the host has the system's own.
        private func collectPrograms(in folder: String) async throws {
            let script = """
                mkdir "$1" && cp "$2/martletd" "$2/martlet" "$1" && strip "$1"/*
                ldd "$2/martletd" "$2/martlet" | grep -o '/[^ ]*/swift/linux/[^ ]*' | sort -u | xargs -r cp -Lt "$1"
                """
            try await CommandRunner(timeLimit: .seconds(120)).runText(
                "sh", ["-c", script, "sh", folder, Programs.folder])
        }
    }
}
