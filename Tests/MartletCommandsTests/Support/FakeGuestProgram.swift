import FoundationEssentials
import MartletFakeHost
import MartletLinux
import MartletModel

/// A guest on a fake host: the parts of its program that the command line speaks to.
enum FakeGuestProgram {
    /// Copies below `home`, answers about accounts, and puts out all else that it is told.
    static func answer(
        home: String = "/nowhere", accounts: @escaping @Sendable (GuestAccountRequest) -> GuestAccountAnswer = sample
    ) -> FakeAnswer {
        .program { program in
            try await program.listen { said in
                guard case .start(let start) = said else { return true }
                try await program.say(.started(processID: 7))
                switch start.program {
                case .builtIn(["accounts"]): try await answer(program, accounts)
                case .builtIn(let words) where words.first == "copy": try await copy(program, words, home)
                default: try await echo(program)
                }
                return true
            }
            try await program.close()
        }
    }

    private static func echo(_ program: FakeProgram) async throws {
        try await program.say(.output(Array("hello\n".utf8)))
        try await program.listen { said in
            if case .input(let bytes) = said { try await program.say(.errors(bytes)) }
            return said == .endOfInput
        }
        try await program.say(.ended(.exited(0)))
    }

    private static func answer(
        _ program: FakeProgram, _ accounts: (GuestAccountRequest) -> GuestAccountAnswer
    ) async throws {
        var question: [UInt8] = []
        try await program.listen { said in
            if case .input(let bytes) = said { question += bytes }
            return said == .endOfInput
        }
        let request = try JSONDecoder().decode(GuestAccountRequest.self, from: Data(question))
        let answer = accounts(request)
        try await program.say(.output(Array(try JSONEncoder().encode(answer))))
        try await program.say(.ended(.exited(answer.failure == nil ? 0 : 1)))
    }

    private static func copy(_ program: FakeProgram, _ words: [String], _ home: String) async throws {
        let path = words[2].hasPrefix("/") ? words[2] : "\(home)/\(words[2])"
        let isReceiver = words[1] == "receive"
        let line = try CopyLine()
        let isWhole = try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask {
                do throws(MartletError) {
                    let summary = try await line.run { descriptor throws(MartletError) in
                        isReceiver
                            ? try CopyReceiver(target: path, input: descriptor, output: descriptor).run()
                            : try CopySender(path: path, input: descriptor, output: descriptor).run()
                    }
                    return summary.problems.isEmpty
                } catch {
                    return false
                }
            }
            group.addTask {
                try? await program.listen { said in
                    if case .input(let bytes) = said { return await !line.write(bytes) }
                    return said == .endOfInput
                }
                return nil
            }
            while let piece = await line.read() { try await program.say(.output(piece)) }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            return false
        }
        try await program.say(.ended(.exited(isWhole ? 0 : 1)))
    }

    static let alice = GuestUserAccount(
        name: "alice", userID: 1_000, groupID: 1_000, fullName: "Alice \u{1B}[2J", home: "/home/alice",
        shell: "/bin/sh", groups: ["sudo"], isEnabled: true)
    static let sudo = GuestGroupAccount(name: "sudo", groupID: 27, members: ["alice", "bob"])

    /// A guest with one user and one group, which nothing changes.
    @Sendable static func sample(_ request: GuestAccountRequest) -> GuestAccountAnswer {
        switch request {
        case .removeUser: GuestAccountAnswer(users: [])
        case .listUsers, .showUser, .addUser, .setUser, .renameUser, .enableUser, .disableUser:
            GuestAccountAnswer(users: [alice])
        case .removeGroup: GuestAccountAnswer(groups: [])
        case .listGroups, .showGroup, .addGroup, .setGroup, .renameGroup, .addMember, .removeMember:
            GuestAccountAnswer(groups: [sudo])
        }
    }
}
