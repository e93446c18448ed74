import Foundation
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

@Suite("Contexts")
struct ContextTests {
    @Test(
        "a host is trusted after its fingerprint was shown and a person said yes; the password is asked for and not kept"
    )
    func added() async throws {
        try await ContextLab.with { lab in
            let result = await lab.run(
                ["context", "add", "lab", "--url", "URL", "--user", "alice"], answer: "y", hiddenAnswer: "s3cret",
                isTerminal: true)
            #expect(result.status == .success, "\(result.error)")
            #expect(result.error.contains(lab.fingerprint))
            #expect(!result.error.contains("s3cret") && !result.output.contains("s3cret"))
            let signIn = try #require(lab.host.requests.first { $0.operation == .signIn })
            #expect(try signIn.decode(SignInRequest.self) == SignInRequest(user: "alice", password: "s3cret"))
            let file = "\(lab.home)/config/martlet/contexts/lab.json"
            #expect(try mode(file) == 0o600)
            #expect(try !String(contentsOfFile: file, encoding: .utf8).contains("s3cret"))
            let session = "\(lab.home)/run/martlet/sessions/lab.json"
            #expect(try mode(session) == 0o600)
        }
    }

    private func mode(_ path: String) throws -> Int {
        let value = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return try #require(value as? Int)
    }

    @Test("without a yes nothing is trusted, sent or kept", arguments: [("n", true), (nil, true), ("y", false)])
    func notTrusted(answer: String?, isTerminal: Bool) async throws {
        try await ContextLab.with { lab in
            let result = await lab.run(
                ["context", "add", "lab", "--url", "URL", "--user", "alice"], answer: answer, hiddenAnswer: "s3cret",
                isTerminal: isTerminal)
            #expect(result.status != .success)
            #expect(lab.host.requests.isEmpty)
            let names = try lab.store.names()
            #expect(names.isEmpty)
        }
    }

    @Test("a fingerprint that is given is compared, and another one is refused before anything is sent")
    func givenFingerprint() async throws {
        try await ContextLab.with { lab in
            let add = ["context", "add", "lab", "--url", "URL", "--fingerprint"]
            let wrong = await lab.run(add + [String(repeating: "a", count: 64)])
            #expect(wrong.status == .unreachable)
            #expect(wrong.error.contains(lab.fingerprint))
            #expect(lab.host.requests.isEmpty)
            #expect(await lab.run(add + ["HEX"]).status == .success)
            let again = await lab.run(add + ["HEX"])
            #expect(again.status == .refused && again.error.contains("'lab' already"))
        }
    }

    @Test("a certificate that changes afterwards is refused loudly, and nothing is sent")
    func changedCertificate() async throws {
        try await ContextLab.with { lab in
            try lab.keep("lab", token: "mlt_s3cret", fingerprint: String(repeating: "b", count: 64))
            let result = await lab.run(["vm", "list", "--context", "lab"])
            #expect(result.status == .unreachable)
            #expect(result.error.contains("THE CERTIFICATE OF 'lab' HAS CHANGED"))
            #expect(result.error.contains(lab.fingerprint) && result.error.contains(String(repeating: "b", count: 64)))
            #expect(lab.host.requests.isEmpty)
        }
    }

    @Test(
        "a context is named before or behind the verb, by the environment, or is the one in use; --root goes before it")
    func choice() async throws {
        try await ContextLab.with { lab in
            try lab.keep("lab", token: "mlt_s3cret")
            for arguments in [["--context", "lab", "vm", "list"], ["vm", "list", "--context", "lab"]] {
                let result = await lab.run(arguments)
                #expect(result.status == .success, "\(result.error)")
            }
            var run = CommandRun("vm", "list")
            run.environment = lab.environment.merging(["MARTLET_CONTEXT": "lab"]) { $1 }
            #expect(await run.run().status == .success)
            #expect(lab.host.requests.count == 3)
            #expect(lab.host.requests.allSatisfy { $0.headers["authorization"] == "Bearer mlt_s3cret" })

            #expect(await lab.run(["vm", "list"]).status == .unreachable, "no context is in use yet")
            #expect(await lab.run(["context", "use", "lab"]).status == .success)
            #expect(await lab.run(["vm", "list"]).status == .success)
            let root = await lab.run(["vm", "list", "--root", "\(lab.home)/nowhere"])
            #expect(root.error.contains("nowhere"))
            #expect(await lab.run(["context", "use", "local"]).status == .success)
            #expect(await lab.run(["vm", "list"]).status == .unreachable)
            let missing = await lab.run(["vm", "list", "--context", "gone"])
            #expect(missing.status == .notFound)
        }
    }

    @Test("a session is used while the host knows it, and a new one is begun when it doesn't")
    func sessions() async throws {
        let alive = Mutex("mls_kept")
        try await ContextLab.with { request in
            switch request.operation {
            case .signIn:
                alive.withLock { $0 = Sample.signedIn.token }
                return try .json(Sample.signedIn, status: 201)
            default:
                guard request.headers["authorization"] == "Bearer \(alive.withLock { $0 })" else {
                    return try .problem(401, "unauthenticated", "the session has ended")
                }
                return try await SimpleHost.answer(request)
            }
        } _: { lab in
            try lab.keep("lab", user: "alice", session: "mls_kept")
            #expect(await lab.run(["vm", "list", "--context", "lab"]).status == .success)
            #expect(lab.host.asked == [.getIdentity, .listMachines])
            alive.withLock { $0 = "another" }
            let nobody = await lab.run(["vm", "list", "--context", "lab"])
            #expect(nobody.status == .usage && nobody.error.contains("no password was typed"))
            let typed = await lab.run(["vm", "list", "--context", "lab"], hiddenAnswer: "s3cret")
            #expect(typed.status == .success, "\(typed.error)")
            #expect(typed.error.hasPrefix("Password of alice at \(lab.url): "))
            #expect(await lab.run(["vm", "list", "--context", "lab"]).status == .success)
            #expect(lab.host.asked.count { $0 == .signIn } == 1)
        }
    }

    @Test("--user signs in for one command alone and out again, whatever the context has and whatever the command does")
    func once() async throws {
        try await ContextLab.with { request in
            request.operation == .getIdentity
                ? try .problem(404, "notFound", "there is no such thing") : try await SimpleHost.answer(request)
        } _: { lab in
            try lab.keep("lab", token: "mlt_s3cret")
            let result = await lab.run(["--user", "bob", "user", "show", "--context", "lab"], hiddenAnswer: "p")
            #expect(result.status == .notFound)
            #expect(lab.host.asked == [.signIn, .getIdentity, .signOut])
            #expect(lab.host.requests.last?.headers["authorization"] == "Bearer \(Sample.signedIn.token)")
            let kept = try lab.store.session(of: lab.store.read("lab"))
            #expect(kept == nil)
        }
    }

    @Test("a file that others can read is not believed")
    func open() async throws {
        try await ContextLab.with { lab in
            try lab.keep("lab", token: "mlt_s3cret")
            let file = "\(lab.home)/config/martlet/contexts/lab.json"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            let result = await lab.run(["vm", "list", "--context", "lab"])
            #expect(result.status == .notAllowed && result.error.contains("is open to others"))
            #expect(lab.host.requests.isEmpty)
        }
    }

    @Test(
        "names that can't be a file's, or mean this machine, are refused",
        arguments: ["local", "../x", "", ".hidden", "a b", "-x", String(repeating: "x", count: 65)])
    func names(name: String) {
        #expect(throws: MartletError.self) { try ContextStore.check(name) }
    }

    @Test("listing and showing tell no secret, and removing forgets all of it")
    func listed() async throws {
        try await ContextLab.with { lab in
            try lab.keep("ci", token: "mlt_s3cret")
            try lab.keep("lab", user: "alice", password: "p4ssword", session: "mls_kept")
            for arguments in [["context", "list"], ["context", "show", "ci"], ["context", "show", "lab"]] {
                for format in ["table", "json", "yaml"] {
                    let result = await lab.run(arguments + ["--output", format])
                    #expect(result.status == .success)
                    for secret in ["s3cret", "p4ssword", "mls_kept"] { #expect(!result.output.contains(secret)) }
                }
            }
            #expect(await lab.run(["context", "list"]).output.contains("* local"))
            #expect(await lab.run(["context", "remove", "ci", "lab"]).status == .success)
            let names = try lab.store.names()
            #expect(names.isEmpty)
            #expect(!FileEntry.exists("\(lab.home)/run/martlet/sessions/lab.json"))
        }
    }
}
