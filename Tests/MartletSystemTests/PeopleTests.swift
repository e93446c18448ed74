import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

/// Who may do what, through the programs themselves.
@Suite("People", .enabled(if: geteuid() == 0, "other users and namespaces need root"), .timeLimit(.minutes(10)))
struct PeopleTests {
    /// Runs a shell's script with arguments.
    private func shell(_ script: String, _ arguments: [String], limit: Duration = .seconds(240)) async throws -> String
    {
        try await CommandRunner(timeLimit: limit).runText("sh", ["-c", script, "sh"] + arguments)
    }

    @Test("at the socket the groups' members have their roles, and nobody else can connect")
    func socket() async throws {
        // Debian's own accounts: `sync` is in `nogroup`, `bin` in `bin`, `games` in none of them.
        try await withDaemonLab(starting: false) { lab in
            try await lab.start(["--operator-group", "nogroup", "--viewer-group", "bin", "--admin-group", "src"])
            let asUser = #"setpriv --reuid "$1" --regid "$2" --clear-groups "$3" --root "$4" user show 2>&1 || true"#
            for (user, group, said) in [
                ("sync", "nogroup", "operator"), ("bin", "bin", "viewer"),
                ("games", "games", "this account may not use"),
            ] {
                let text = try await shell(asUser, [user, group, "\(Programs.folder)/martlet", lab.root])
                #expect(text.contains(said), "\(user): \(text)")
            }
            let me = try await lab.martletSucceeds("user", "show", "--output", "json")
            #expect(me.contains("administrator"))
        }
    }

    /// Lines of `/etc/passwd` and `/etc/shadow` for users whose password is `right`, bound over the host's own in a mount namespace.
    private static let accounts = #"""
        set -e
        cd "$2"
        hash=$(openssl passwd -6 right)
        cp -a /etc etc; cp "$3" etc/pam.d/martlet
        today=$(( $(date +%s) / 86400 ))
        for user in good locked expired old; do echo "mlt-$user:x:61234:65534::/:/bin/sh" >>etc/passwd; done
        echo "mlt-good:$hash:$today:0:99999:7:::" >>etc/shadow
        echo "mlt-locked:!$hash:$today:0:99999:7:::" >>etc/shadow
        echo "mlt-expired:$hash:$today:0:99999:7::1:" >>etc/shadow
        echo "mlt-old:$hash:1:0:30:7:::" >>etc/shadow
        mount --bind etc /etc
        for question in "mlt-good right" "mlt-good wrong" "mlt-locked right" "mlt-expired right" "mlt-expired wrong" \
            "mlt-old right" "mlt-nobody right" closed "mlt-good right" "mlt-good wrong"; do
            if [ "$question" = closed ]; then echo "back at six" >/etc/nologin; continue; fi
            set -- "$1" "$2" $question
            printf '%s\0%s\0' "$3" "$4" | "$1" check-password martlet 127.0.0.1 | tr '\0' ' ' | cut -d ' ' -f 1
        done
        """#

    @Test(
        "the host's own rules and shadow file decide: wrong, locked, expired and unknown accounts are told apart as they should, and nobody is let in while /etc/nologin is there"
    )
    func shadow() async throws {
        let scratch = try ScratchFolder()
        let text = try await shell(
            #"exec unshare -m --propagation private sh -c "$1" sh "$2" "$3" "$4""#,
            [
                Self.accounts, "\(Programs.folder)/martletd", scratch.path,
                "\(Programs.repository)/packaging/martlet.pam",
            ])
        let verdicts = text.split(separator: "\n").map(String.init)
        // Debian's common rules answer for an expired account with their last line, `pam_deny`.
        #expect(
            verdicts == [
                "accepted", "wrong", "wrong", "denied", "wrong", "passwordExpired", "wrong", "denied", "wrong",
            ], "\(text)")
    }

    /// Types the answers at a pseudo terminal, each when its question has come, and prints all that was shown.
    private static let typist = """
        import os, pty, select, sys
        answers = [line.split('=', 1) for line in sys.argv[1].split('|')]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.argv[2], sys.argv[2:])
        shown = b''
        while True:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            if not more:
                break
            shown += more
            if answers and answers[0][0].encode() in shown.rsplit(b'\\n', 1)[-1]:
                os.write(terminal, answers.pop(0)[1].encode() + b'\\n')
        status = os.waitpid(child, 0)[1]
        print(shown.decode(), 'exit', os.waitstatus_to_exitcode(status))
        """

    @Test(
        "a host is added, signed in to with a typed password that isn't shown, used, and refused when its certificate changes"
    )
    func contexts() async throws {
        let rules = try ScratchFolder()
        let check = "#!/bin/sh\nread -r password\n[ \"$password\" = correct-horse ]\n"
        try AtomicFile.write(Array(check.utf8), to: "\(rules.path)/check", mode: 0o755)
        let service =
            "auth required pam_exec.so quiet expose_authtok \(rules.path)/check\naccount required pam_permit.so\n"
        try AtomicFile.write(Array(service.utf8), to: "\(rules.path)/martlet", mode: 0o644)
        try await withDaemonLab(starting: false) { lab in
            try await lab.start(["--pam-folder", rules.path])
            let url = try await lab.client { try await $0.getHost().apiURL }
            let home = try ScratchFolder()
            let type = #"HOME="$1" exec python3 -c "$2" "$3" "$4" "${@:5}""#
            let run = { (answers: String, arguments: [String]) in
                try await CommandRunner(timeLimit: .seconds(240)).runText(
                    "bash",
                    ["-c", type, "bash", home.path, Self.typist, answers, "\(Programs.folder)/martlet"] + arguments)
            }
            let wrong = try await run(
                "[y/N]=y|Password=wrong", ["context", "add", "lab", "--url", url, "--user", "root"])
            #expect(wrong.contains("the user or the password is wrong") && wrong.contains("exit 7"), "\(wrong)")
            let added = try await run(
                "[y/N]=y|Password=correct-horse", ["context", "add", "lab", "--url", url, "--user", "root"])
            #expect(added.contains("the context 'lab' was added") && !added.contains("correct-horse"), "\(added)")
            let who = try await run("none=", ["--context", "lab", "user", "show"])
            #expect(who.contains("a password") && who.contains("administrator"), "\(who)")
            let once = try await run("Password=correct-horse", ["user", "show", "--user", "root", "--root", lab.root])
            #expect(once.contains("a password") && once.contains("exit 0"), "\(once)")

            try await lab.terminate()
            try Folder.removeTree("\(lab.root)/tls")
            let address = String(url.dropFirst("https://".count))
            try await lab.start(["--listen", address])
            let changed = try await run("none=", ["--context", "lab", "vm", "list"])
            #expect(
                changed.contains("THE CERTIFICATE OF 'lab' HAS CHANGED") && changed.contains("exit 6"), "\(changed)")
        }
    }

    @Test("a token for one machine, over HTTPS, sees that one and no other")
    func scope() async throws {
        try await withDaemonLab { lab in
            for name in ["own", "other"] {
                try await lab.martletSucceeds("vm", "create", name, "--memory", "64MiB", "--no-network")
            }
            let secret = try await lab.martletSucceeds(
                "token", "create", "t", "--role", "operator", "--machine", "own", "--expires", "1h")
            let file = "\(lab.root)/token"
            try AtomicFile.write(Array(secret.utf8), to: file, mode: 0o600)
            let host = try await lab.client { try await $0.getHost() }
            let remote = ["--url", host.apiURL, "--fingerprint", host.certificateFingerprint, "--token-file", file]
            let list = try await Programs.run("martlet", ["vm", "list"] + remote)
            #expect(list.code == 0 && list.output.contains("own") && !list.output.contains("other"), "\(list)")
            #expect(try await Programs.run("martlet", ["vm", "show", "other"] + remote).code == 3)
            #expect(try await Programs.run("martlet", ["disk", "list"] + remote).code == 7)
            let audit = try await lab.martletSucceeds("audit", "list", "--by", "t")
            #expect(audit.contains("listDisks") && audit.contains("forbidden"), "\(audit)")
        }
    }
}
