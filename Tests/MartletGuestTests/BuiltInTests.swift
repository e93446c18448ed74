import Foundation
import GRPCCore
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf
import Testing

@testable import MartletGuest

@Suite("Parts of the guest's program, run as a user", .enabled(if: geteuid() == 0))
struct BuiltInTests {
    @Test("A file is copied into the guest as the user who signed in, and nowhere else")
    func copyIn() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let file = "\(lab.folder)/file"
            try AtomicFile.write(Array(repeating: 3, count: 200_000), to: file, mode: 0o640)
            for (target, code) in [("copied", UInt32(0)), ("/etc/martlet-test", 1)] {
                let outcome = try await Self.send(lab, session, file, to: target)
                #expect(outcome == .with { $0.exitCode = code })
            }
            var status = stat()
            #expect(
                stat("\(lab.home)/copied", &status) == 0 && status.st_uid == DirectLab.userID
                    && status.st_mode & 0o777 == 0o640)
            #expect(try BoundedFile.read("\(lab.home)/copied") == Array(repeating: 3, count: 200_000))
            #expect(!FileEntry.exists("/etc/martlet-test"))
        }
    }

    /// Both ways at once, as the command line does it.
    private static func send(
        _ lab: DirectLab, _ session: GuestSession, _ file: String, to target: String
    ) async throws -> GuestExecuteEnded {
        signal(SIGPIPE, SIG_IGN)
        var (there, back): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        pipe(&there)
        pipe(&back)
        let (input, output, sender, answers) = (back[0], there[1], there[0], back[1])
        async let sent = BlockingWork.run { () throws(MartletError) in
            defer {
                close(output)
                close(input)
            }
            return Result { () throws(MartletError) in try CopySender(path: file, input: input, output: output).run() }
        }
        let ended = try await lab.client.execute { writer in
            try await writer.write(
                .with { $0.start = DirectLab.start(session) { $0.builtIn.values = ["copy", "receive", target] } })
            while true {
                let piece = try await BlockingWork.run { () throws(MartletError) in
                    var piece = [UInt8](repeating: 0, count: 65_536)
                    let count = read(sender, &piece, piece.count)
                    return Data(piece.prefix(max(0, count)))
                }
                if piece.isEmpty { break }
                try await writer.write(.with { $0.input = piece })
            }
            try await writer.write(.with { $0.endOfInput = true })
        } onResponse: { response in
            var ended = GuestExecuteEnded()
            for try await message in response.messages {
                if case .ended(let how) = message.message { ended = how }
                let bytes = Array(message.output)
                write(answers, bytes, bytes.count)
            }
            close(answers)
            return ended
        }
        _ = try await sent
        close(sender)
        return ended
    }

    @Test("The guest's users and groups are listed for anybody, and changed by those whom the guest lets")
    func accounts() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let users = try await Self.ask(lab, session, .listUsers)
            let root = users.users?.first { $0.name == "root" }
            #expect(root?.userID == 0 && root?.isEnabled == nil && root?.home == "/root")
            let groups = try await Self.ask(lab, session, .showGroup(name: "root"))
            #expect(groups.groups?.map(\.groupID) == [0])
            let name = "mt-\(try SecureRandom.hex(byteCount: 4))"
            let refused = try await Self.ask(
                lab, session, .addUser(name: name, settings: .init(), isSystem: false, makesHome: false))
            #expect(refused.failure?.code == "forbidden" && refused.failure?.message.contains("useradd") ?? false)
            let unknown = try await Self.ask(lab, session, .showUser(name: name))
            #expect(unknown.failure?.code == "notFound")
        }
    }

    private static func ask(
        _ lab: DirectLab, _ session: GuestSession, _ request: GuestAccountRequest
    ) async throws -> GuestAccountAnswer {
        let question = try JSONEncoder().encode(request)
        let said = try await lab.run(
            session, { $0.builtIn.values = ["accounts"] },
            input: [.with { $0.input = question }, .with { $0.endOfInput = true }])
        return try JSONDecoder().decode(GuestAccountAnswer.self, from: said.output)
    }

    @Test("Accounts are made, changed, renamed, closed, opened and removed with the system's own programs")
    func verbs() async throws {
        let (user, group) = ("mt-\(try SecureRandom.hex(byteCount: 4))", "mg-\(try SecureRandom.hex(byteCount: 4))")
        func ask(_ request: GuestAccountRequest) async throws -> GuestAccountAnswer {
            try await AccountsProgram.carryOut(request)
        }
        defer {
            // What is left when an expectation stopped the test; mostly nothing.
            for name in [user, user + "x"] { _ = try? system("userdel", name) }
            for name in [group, group + "x"] { _ = try? system("groupdel", name) }
        }
        #expect(try await ask(.addGroup(name: group, groupID: nil, isSystem: false)).groups?.first?.members == [])
        var settings = GuestUserSettings()
        (settings.fullName, settings.shell, settings.groups, settings.password) = (
            "Some One", "/bin/sh", [group], "secret phrase"
        )
        let made = try await ask(.addUser(name: user, settings: settings, isSystem: false, makesHome: false)).users?
            .first
        #expect(made?.fullName == "Some One" && made?.groups == [group] && made?.isEnabled == true)
        let hash = try #require(AccountList().hash(of: user))
        let check = await GuestPasswordCheck.matches("secret phrase", hash)
        #expect(check)
        #expect(try await ask(.disableUser(name: user)).users?.first?.isEnabled == false)
        #expect(try await ask(.enableUser(name: user)).users?.first?.isEnabled == true)
        #expect(try await ask(.removeMember(group: group, user: user)).groups?.first?.members == [])
        #expect(try await ask(.addMember(group: group, user: user)).groups?.first?.members == [user])
        var change = GuestUserSettings()
        change.shell = "/bin/bash"
        #expect(try await ask(.setUser(name: user, settings: change)).users?.first?.shell == "/bin/bash")
        change.password = "two\nlines:here"
        await #expect(throws: MartletError.self) { try await ask(.setUser(name: user, settings: change)) }
        await #expect(throws: MartletError.self) {
            try await ask(.addUser(name: user, settings: .init(), isSystem: false, makesHome: false))
        }
        #expect(try await ask(.renameUser(name: user, to: user + "x")).users?.first?.name == user + "x")
        #expect(try await ask(.renameGroup(name: group, to: group + "x")).groups?.first?.members == [user + "x"])
        #expect(try await ask(.removeUser(name: user + "x", removesHome: false)).users == [])
        #expect(try await ask(.removeGroup(name: group + "x")).groups == [])
        await #expect(throws: MartletError.self) { try await ask(.showUser(name: user + "x")) }
    }

    private func system(_ program: String, _ name: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/\(program)")
        process.arguments = [name]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }
}
