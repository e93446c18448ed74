import MartletClient
import MartletModel
import MartletTestSupport
import NIOHTTP1
import Testing

/// The console over real HTTPS; the daemon is a program of its own.
@Suite("The console over HTTPS", .serialized, .timeLimit(.minutes(10)))
struct ConsoleServedTests {
    @Test("who isn't signed in sees where to sign in, and comes back to where they wanted to be")
    func signingIn() async throws {
        try await ConsoleLab.run { lab in
            let asked = try await lab.ask(.GET, "/hosts/this/operations")
            #expect(asked.status == 303)
            let place = try #require(asked.location)
            #expect(place == "/sign-in?next=%2Fhosts%2Fthis%2Foperations")
            let page = try await lab.ask(.GET, place)
            #expect(page.status == 200 && page.body.contains("value=\"/hosts/this/operations\""))
            let form = [("user", "root"), ("password", "right"), ("next", "/hosts/this/operations")]
            let answer = try await lab.ask(.POST, "/sign-in", form: form)
            #expect(answer.status == 303 && answer.location == "/hosts/this/operations")
            let elsewhere = try await lab.ask(
                .POST, "/sign-in", form: [("user", "root"), ("password", "right"), ("next", "//elsewhere.example/")])
            #expect(elsewhere.location == "/hosts/this/machines")
            let setting = try #require(answer.headers.first(name: "Set-Cookie"))
            #expect(setting.hasPrefix("__Host-martlet="))
            #expect(setting.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict"))
        }
    }

    @Test(
        "a wrong password gets the API's words, its delay is counted by the browser's address, and root's socket goes on"
    )
    func wrongPassword() async throws {
        try await ConsoleLab.run { lab in
            let wrong = try await lab.ask(.POST, "/sign-in", form: [("user", "root"), ("password", "<wrong>")])
            #expect(wrong.status == 401 && wrong.cookie == nil)
            #expect(wrong.body.contains("The user or the password is wrong."))
            #expect(!wrong.body.contains("wrong&gt;"), "a password isn't repeated")
            let entries = try await lab.daemon.client { try await $0.listAudit(AuditFilter(), limit: 100) }
            let refused = try #require(entries.first { $0.action == "signIn" })
            #expect(refused.from == "127.0.0.1" && refused.outcome == "unauthenticated")
        }
    }

    @Test("the API's secret and the daemon's own rights never reach a browser")
    func secrets() async throws {
        try await ConsoleLab.run { lab in
            let (headers, _) = try await lab.signIn("root")
            for path in ["/hosts/this/machines", "/hosts/this/operations", "/hosts/this/nothing"] {
                let page = try await lab.ask(.GET, path, headers: headers)
                #expect(!page.body.contains("mls_") && !"\(page.headers)".contains("mls_"))
            }
            for cookie in [
                "__Host-martlet=\(String(repeating: "0", count: 64))", "__Host-martlet=", "__Host-martlet=x",
            ] {
                let page = try await lab.ask(.GET, "/hosts/this/machines", headers: ["Cookie": cookie])
                #expect(page.status == 303 && page.location?.hasPrefix("/sign-in") == true)
                let part = try await lab.ask(
                    .GET, "/hosts/this/machines", headers: ["Cookie": cookie, "Martlet-Fragment": "machines"])
                #expect(part.status == 401)
            }
        }
    }

    @Test("a form counts only with its session's token and from its own origin")
    func forgedForms() async throws {
        try await ConsoleLab.run { lab in
            let (headers, token) = try await lab.signIn("root")
            let action = [("action", "start"), ("machine", "web")]
            var forged: [(form: [(String, String)], origin: String?)] = [
                (action, lab.url), (action + [("token", "")], lab.url),
                (action + [("token", String(repeating: "0", count: 64))], lab.url),
                (action + [("token", token)], "https://elsewhere.example"), (action + [("token", token)], "null"),
            ]
            let (_, other) = try await lab.signIn("root")
            forged.append((action + [("token", other)], lab.url))
            for (form, origin) in forged {
                var headers = headers
                headers.add(name: "Martlet-Script", value: "1")
                if let origin { headers.add(name: "Origin", value: origin) }
                let answer = try await lab.ask(.POST, "/hosts/this/machine-actions", form: form, headers: headers)
                #expect(answer.body.contains("not from a page of this session"), "\(form) \(origin ?? "")")
            }
            let right = try await lab.ask(
                .POST, "/hosts/this/machine-actions", form: action + [("token", token)], headers: headers)
            #expect(right.status == 303)
            let told = try await lab.ask(.GET, "/hosts/this/machines", headers: headers)
            #expect(told.body.contains("There is no machine &#39;web&#39;"))
            let again = try await lab.ask(.GET, "/hosts/this/machines", headers: headers)
            #expect(!again.body.contains("There is no machine &#39;web&#39;"), "a notice is told once")
        }
    }

    @Test("signing out ends the session in the console and in the API")
    func signingOut() async throws {
        try await ConsoleLab.run { lab in
            let (headers, token) = try await lab.signIn("root")
            let answer = try await lab.ask(.POST, "/sign-out", form: [("token", token)], headers: headers)
            #expect(answer.status == 303 && answer.location == "/sign-in")
            #expect(answer.headers.first(name: "Set-Cookie")?.hasSuffix("Max-Age=0") == true)
            #expect(try await lab.ask(.GET, "/hosts/this/machines", headers: headers).status == 303)
            let entries = try await lab.daemon.client { try await $0.listAudit(AuditFilter(), limit: 100) }
            #expect(entries.contains { $0.action == "signOut" && $0.outcome == "done" }, "\(entries.map(\.action))")
        }
    }

    @Test("a viewer isn't offered what only others may do, and is refused it underneath")
    func viewer() async throws {
        try await ConsoleLab.run { lab in
            try await lab.daemon.martletSucceeds("vm", "create", "web", "--memory", "64MiB", "--disk", "1GiB")
            let (headers, token) = try await lab.signIn("sync")
            let page = try await lab.ask(.GET, "/hosts/this/machines", headers: headers)
            #expect(page.body.contains(">web</a>"))
            for button in ["New machine", "value=\"start\"", "value=\"delete\""] {
                #expect(!page.body.contains(button))
            }
            var scripted = headers
            scripted.add(name: "Martlet-Script", value: "1")
            let form = [("action", "start"), ("machine", "web"), ("token", token)]
            let answer = try await lab.ask(.POST, "/hosts/this/machine-actions", form: form, headers: scripted)
            #expect(answer.body.contains("has the role viewer, and this needs operator"))
            #expect(try await lab.daemon.machine("web").state == .off)
        }
    }

    @Test("every answer keeps browsers to this host, and files are kept for good by their version")
    func headers() async throws {
        try await ConsoleLab.run { lab in
            let (headers, _) = try await lab.signIn("root")
            let page = try await lab.ask(.GET, "/hosts/this/machines", headers: headers)
            for path in ["/", "/sign-in", "/hosts/this/machines", "/hosts/this/nothing", "/assets/x/none.js"] {
                let answer = try await lab.ask(.GET, path, headers: headers)
                let policy = answer.headers.first(name: "Content-Security-Policy") ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"), "\(path)")
                #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
                #expect(answer.headers.first(name: "X-Content-Type-Options") == "nosniff")
                #expect(answer.headers.first(name: "Cache-Control") == "no-store")
            }
            let start = try #require(page.body.firstRange(of: "/assets/"))
            let file = String(page.body[start.lowerBound...].prefix { $0 != "\"" })
            let asset = try await lab.ask(.GET, file)
            #expect(asset.status == 200 && asset.headers.first(name: "Cache-Control")?.contains("immutable") == true)
            let tag = try #require(asset.headers.first(name: "ETag"))
            #expect(try await lab.ask(.GET, file, headers: ["If-None-Match": tag]).status == 304)
            for path in [
                "/assets/x/../../etc/passwd", "/assets/x/..%2f..%2fetc%2fpasswd", "/assets/x/novnc/core/..%2frfb.js",
            ] {
                #expect(try await lab.ask(.GET, path).status == 404)
            }
        }
    }

    @Test("a link from elsewhere leads to the page, though the browser keeps the cookie back at first")
    func linkFromElsewhere() async throws {
        try await ConsoleLab.run { lab in
            let answer = try await lab.ask(
                .GET, "/hosts/this/machines?q=a%22b", headers: ["Sec-Fetch-Site": "cross-site"])
            #expect(answer.status == 200)
            #expect(answer.body.contains("content=\"0; url=/hosts/this/machines?q=a%22b\""))
        }
    }

    @Test("an address said at the socket counts from the host's own user alone, and takes their rights away")
    func forwardedAddress() async throws {
        try await ConsoleLab.run { lab in
            func who(_ address: String?) async throws -> Identity {
                let client = try HostClient(.root(lab.daemon.root), forwardedFor: address)
                let answer: Result<Identity, any Error>
                do { answer = .success(try await client.getIdentity()) } catch { answer = .failure(error) }
                await client.shutdown()
                return try answer.get()
            }
            #expect(try await who(nil).method == .socket)
            #expect(try await who("nowhere").method == .socket)
            let refused = await #expect(throws: MartletError.self) { try await who("192.0.2.7") }
            #expect(refused?.code == .unauthenticated)
            // Over HTTPS it is nothing.
            let (headers, _) = try await lab.signIn("root")
            var said = headers
            said.add(name: "X-Forwarded-For", value: "192.0.2.8")
            _ = try await lab.ask(.GET, "/hosts/this/machines", headers: said)
            let entries = try await lab.daemon.client { try await $0.listAudit(AuditFilter(), limit: 100) }
            #expect(!entries.contains { $0.from == "192.0.2.8" })
        }
    }
}
