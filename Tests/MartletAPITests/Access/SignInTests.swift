import Glibc
import HTTPTypes
import MartletAPI
import MartletClient
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    /// With the real libpam. The users are Debian's own: `sync` is in the group `nogroup` and has a shell, `bin` has none.
    @Suite("Signing in with a password", .enabled(if: geteuid() == 0, "the daemon of the host is root's"))
    struct SignInTests {
        private func run(
            operators: String = "nogroup", environment: HostEnvironment = HostEnvironment(),
            _ body: (APILab) async throws -> Void
        ) async throws {
            let pam = try PAMFolder()
            try await APILab.run(environment: environment) { configuration in
                configuration.pamFolder = pam.path
                configuration.groups = RoleGroups(
                    administrators: "martlet-nobody", operators: operators, viewers: "bin")
            } _: {
                try await body($0)
            }
        }

        private static func signIn(_ api: APILab, _ user: String, _ password: String) async throws -> RawAnswer {
            let body = #"{"user":"\#(user)","password":"\#(password)"}"#
            return try await api.remote().exchange("POST", "/api/v1/sign-in", body: body)
        }

        @Test("the right password begins a session with the role of the user's group, and signing out ends it")
        func session() async throws {
            try await run { api in
                let answer = try await Self.signIn(api, "sync", "right")
                #expect(answer.status == 201)
                let session = try WireJSON.decode(SignedIn.self, from: answer.body)
                #expect(session.user == "sync" && session.role == .operator && session.idleLimitInSeconds == 3600)
                let headers = ["Authorization: Bearer \(session.token)"]
                let who = try await api.remote().exchange("GET", "/api/v1/whoami", headers: headers)
                let identity = try WireJSON.decode(Identity.self, from: who.body)
                #expect(identity.name == "sync" && identity.method == .password && identity.from == "127.0.0.1")
                #expect(
                    try await api.remote().exchange("POST", "/api/v1/disks", headers: headers, body: "{}").status == 403
                )
                #expect(try await api.remote().exchange("POST", "/api/v1/sign-out", headers: headers).status == 204)
                #expect(try await api.remote().exchange("GET", "/api/v1/whoami", headers: headers).status == 401)
                #expect(try await api.remote().exchange("POST", "/api/v1/sign-out", headers: headers).status == 401)
            }
        }

        @Test("root is administrator")
        func root() async throws {
            try await run { api in
                let session = try WireJSON.decode(SignedIn.self, from: try await Self.signIn(api, "root", "right").body)
                #expect(session.role == .administrator)
            }
        }

        @Test("a wrong password and an unknown user get the same answer, word for word")
        func wrong() async throws {
            try await run { api in
                let wrong = try await Self.signIn(api, "sync", "wrong")
                let unknown = try await Self.signIn(api, "no-such-user", "wrong")
                #expect(wrong.status == 401 && unknown.status == 401)
                #expect(try wrong.problem().detail == unknown.problem().detail)
                #expect(try wrong.problem().code == unknown.problem().code)
            }
        }

        @Test(
            "who has the right password and may not sign in is told why",
            arguments: [("bin", "the account's shell is 'nologin'"), ("games", "the account's shell is 'nologin'")])
        func notAllowed(user: String, reason: String) async throws {
            try await run { api in
                let answer = try await Self.signIn(api, user, "right")
                #expect(answer.status == 403)
                #expect(try answer.problem().detail.contains(reason))
            }
        }

        @Test("who is in none of the groups is refused, and who is taken out of one is out")
        func noGroup() async throws {
            try await run(operators: "martlet-nobody") { api in
                let answer = try await Self.signIn(api, "sync", "right")
                #expect(answer.status == 403)
                #expect(try answer.problem().detail.hasPrefix("sync may not use this host"))
            }
        }

        @Test("an account that the rules don't let in is refused after its password was right, and not before")
        func account() async throws {
            let pam = try PAMFolder()
            let rules = try BoundedFile.readText("\(pam.path)/martlet").replacing("!= expired", with: "!= sync")
            try AtomicFile.write(Array(rules.utf8), to: "\(pam.path)/martlet", mode: 0o644)
            try await APILab.run {
                $0.pamFolder = pam.path
            } _: { api in
                let right = try await Self.signIn(api, "sync", "right")
                #expect(right.status == 403)
                #expect(try right.problem().detail.contains("the host's rules for the service 'martlet'"))
                #expect(try await Self.signIn(api, "sync", "wrong").status == 401)
            }
        }

        @Test(
            "after ten wrong passwords an address is told to wait, whomever it names, and a right one is no way around")
        func hammering() async throws {
            try await run { api in
                var wrong = 0
                var last = try await Self.signIn(api, "user", "wrong")
                while last.status == 401, wrong < 20 {
                    wrong += 1
                    last = try await Self.signIn(api, "user\(wrong)", "wrong")
                }
                // One is forgiven each half minute that this takes.
                #expect(wrong >= 10 && last.status == 429)
                #expect((Int(last.headers["retry-after"] ?? "") ?? 0) > 0)
                let right = try await Self.signIn(api, "sync", "right")
                #expect(right.status == 429)
                // Tokens and the socket go on.
                #expect(
                    try await api.remote().exchange("GET", "/api/v1/host", headers: api.authorization(.viewer)).status
                        == 200)
            }
        }

        @Test("right passwords count for nothing, however many there are")
        func rightOnes() async throws {
            try await run { api in
                for _ in 0..<15 {
                    let answer = try await Self.signIn(api, "sync", "right")
                    #expect(answer.status == 201)
                }
            }
        }

        @Test("a session ends when it is idle or old, whatever the wall clock says")
        func ends() async throws {
            let clock = TestClock()
            try await run(environment: clock.environment) { api in
                let session = try WireJSON.decode(SignedIn.self, from: try await Self.signIn(api, "sync", "right").body)
                let status = {
                    try await api.remote().exchange(
                        "GET", "/api/v1/whoami", headers: ["Authorization: Bearer \(session.token)"]
                    ).status
                }
                clock.set(wall: 86_400)
                #expect(try await status() == 200, "a clock that jumps a day forward")
                clock.set(wall: -86_400)
                #expect(try await status() == 200, "and back")
                for _ in 0..<23 {
                    clock.pass(seconds: 1800)
                    #expect(try await status() == 200)
                }
                clock.pass(seconds: 1800)
                #expect(try await status() == 401, "twelve hours")
                let another = try WireJSON.decode(SignedIn.self, from: try await Self.signIn(api, "sync", "right").body)
                clock.pass(seconds: 3600)
                clock.set(wall: -86_400)
                let idle = try await api.remote().exchange(
                    "GET", "/api/v1/whoami", headers: ["Authorization: Bearer \(another.token)"])
                #expect(idle.status == 401, "an hour without a request")
            }
        }

        @Test("the password is in no log, no argument and no answer")
        func secret() async throws {
            try await withDaemonLab(starting: false) { lab in
                let pam = try PAMFolder()
                try await lab.start(["--pam-folder", pam.path, "--log-level", "trace"])
                let password = "s3cret-\(try SecureRandom.hex(byteCount: 8))"
                let refused = await #expect(throws: MartletError.self) {
                    try await lab.client { try await $0.signIn(SignInRequest(user: "root", password: password)) }
                }
                #expect(refused?.code == .unauthenticated)
                for file in [lab.log, "\(lab.root)/log/audit.jsonl"] {
                    let text = try BoundedFile.readText(file)
                    #expect(!text.contains(password))
                }
            }
        }
    }
}
