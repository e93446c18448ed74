import FoundationEssentials
import Glibc
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

/// `vm user` and `vm group` against a fake host, whose guest is asked what is to be asked.
@Suite("Accounts in guests")
struct AccountTests {
    private func run(
        _ arguments: [String], hiddenAnswer: String = "secret",
        answer: @escaping @Sendable (GuestAccountRequest) -> GuestAccountAnswer = FakeGuestProgram.sample
    ) async throws -> (result: CommandRun.Result, asked: [GuestAccountRequest]) {
        let asked = Mutex<[GuestAccountRequest]>([])
        let results = Mutex<CommandRun.Result?>(nil)
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return FakeGuestProgram.answer { question in
                asked.withLock { $0.append(question) }
                return answer(question)
            }
        } _: { host in
            var run = CommandRun(root: host.root)
            run.arguments = ["vm"] + arguments
            run.hiddenAnswer = hiddenAnswer
            let result = await run.run()
            results.withLock { $0 = result }
        }
        return (try #require(results.withLock { $0 }), asked.withLock { $0 })
    }

    @Test("each verb asks the guest for what it says")
    func requests() async throws {
        var settings = GuestUserSettings()
        (settings.fullName, settings.groups, settings.expiry) = ("A B", ["x", "y"], "")
        let wanted: [([String], [GuestAccountRequest])] = [
            (
                [
                    "user", "add", "web", "al", "--full-name", "A B", "--groups", "x,y", "--expires", "never",
                    "--no-home",
                ],
                [.addUser(name: "al", settings: settings, isSystem: false, makesHome: false)]
            ),
            (["user", "enable", "web", "al", "bo"], [.enableUser(name: "al"), .enableUser(name: "bo")]),
            (["user", "remove", "web", "al", "--with-home"], [.removeUser(name: "al", removesHome: true)]),
            (["user", "rename", "web", "al", "bo"], [.renameUser(name: "al", to: "bo")]),
            (["group", "add", "web", "g", "--gid", "7"], [.addGroup(name: "g", groupID: 7, isSystem: false)]),
            (["group", "set", "web", "g", "--gid", "8"], [.setGroup(name: "g", groupID: 8)]),
            (
                ["group", "member", "add", "web", "g", "al", "bo"],
                [.addMember(group: "g", user: "al"), .addMember(group: "g", user: "bo")]
            ),
            (["group", "member", "remove", "web", "g", "al"], [.removeMember(group: "g", user: "al")]),
            (["group", "member", "list", "web", "g"], [.showGroup(name: "g"), .listUsers]),
        ]
        for (arguments, requests) in wanted {
            let (result, asked) = try await run(arguments)
            #expect(result.status == .success, "\(arguments): \(result.error)")
            #expect(asked == requests, "\(arguments)")
        }
    }

    @Test("a new password comes from a file that is nobody else's or is typed twice, and is in no message")
    func newPassword() async throws {
        let folder = "/tmp/mlt-account-\(try SecureRandom.hex(byteCount: 5))"
        try Folder.make(folder, mode: 0o700)
        defer { try? Folder.removeTree(folder) }
        try AtomicFile.write(Array("n3w\n".utf8), to: "\(folder)/pw", mode: 0o600)
        var settings = GuestUserSettings()
        settings.password = "n3w"
        let change = ["user", "set", "web", "al"]
        let (result, asked) = try await run(change + ["--new-password-file", "\(folder)/pw"])
        #expect(asked == [.setUser(name: "al", settings: settings)])
        #expect(!(result.output + result.error).contains("n3w"))
        chmod("\(folder)/pw", 0o644)
        let open = try await run(change + ["--new-password-file", "\(folder)/pw"])
        #expect(open.asked == [] && open.result.error.contains("open to others"))
        settings.password = "typed"
        let typed = try await run(change + ["--ask-new-password"], hiddenAnswer: "typed")
        #expect(typed.asked == [.setUser(name: "al", settings: settings)])
        #expect(typed.result.error.contains("New password of al in the guest of web: Once more: "))
        #expect(try await run(change).result.status == .usage)
    }

    @Test("what the guest refuses is told with its code, and what isn't an answer is no success")
    func refusals() async throws {
        let refused = try await run(["user", "remove", "web", "al"]) { _ in
            var answer = GuestAccountAnswer()
            answer.failure = .init(code: "notFound", message: "the guest has no user 'al'\u{1B}[2J")
            return answer
        }
        #expect(refused.result.status == .notFound)
        #expect(refused.result.error.contains("no user 'al'\\u{1b}[2J"))
        let empty = try await run(["user", "show", "web", "al"]) { _ in GuestAccountAnswer(users: []) }
        #expect(empty.result.status == .failed && empty.result.error.contains("can't be read"))
    }
}
