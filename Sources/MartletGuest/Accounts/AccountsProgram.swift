import Glibc
import MartletLinux
import MartletModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `martlet-guest accounts`: one `GuestAccountRequest` at its input, one `GuestAccountAnswer` at its output. It runs as the session's user, and
/// the guest's system decides what that user may.
enum AccountsProgram {
    private static let longestRequest = 64 * 1024

    /// - Returns: the exit code.
    static func run() async -> CInt {
        var answer = GuestAccountAnswer()
        do throws(MartletError) {
            answer = try await carryOut(try readRequest())
        } catch {
            answer.failure = .init(code: error.code.description, message: error.message)
        }
        guard let bytes = try? JSONEncoder().encode(answer) else { return 1 }
        var left = Array(bytes)[...]
        while !left.isEmpty {
            // The bytes stay where they are for the call.
            let count = left.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return 1 }
            left = left.dropFirst(count)
        }
        return answer.failure == nil ? 0 : 1
    }

    private static func readRequest() throws(MartletError) -> GuestAccountRequest {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= longestRequest {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        guard bytes.count <= longestRequest,
            let request = try? JSONDecoder().decode(GuestAccountRequest.self, from: Data(bytes))
        else {
            throw MartletError(
                .invalidArgument,
                "what came isn't a question about accounts that this guest knows; update martlet-guest there")
        }
        return request
    }

    /// - Throws: `notFound`, `alreadyExists`, `forbidden`, `invalidArgument`; `unsupported` where the guest has no program for it.
    static func carryOut(_ request: GuestAccountRequest) async throws(MartletError) -> GuestAccountAnswer {
        let (list, tools) = (AccountList(), AccountTools())
        switch request {
        case .listUsers: return GuestAccountAnswer(users: list.users())
        case .listGroups: return GuestAccountAnswer(groups: list.groups())
        case .showUser(let name): return try told(user: name)
        case .showGroup(let name): return try told(group: name)
        case .addUser(let name, let settings, let isSystem, let makesHome):
            try checkNew(name)
            try await tools.addUser(name, settings, isSystem: isSystem, makesHome: makesHome)
            return try told(user: name)
        case .setUser(let name, let settings):
            try await tools.setUser(try list.user(name).name, settings)
            return try told(user: name)
        case .removeUser(let name, let removesHome):
            try await tools.removeUser(try list.user(name).name, removesHome: removesHome)
            return GuestAccountAnswer(users: [])
        case .renameUser(let name, let new):
            try checkNew(new)
            try await tools.renameUser(try list.user(name).name, to: new)
            return try told(user: new)
        case .enableUser(let name):
            try await tools.enableUser(try list.user(name).name, hash: list.hash(of: name))
            return try told(user: name)
        case .disableUser(let name):
            try await tools.disableUser(try list.user(name).name)
            return try told(user: name)
        case .addGroup(let name, let groupID, let isSystem):
            try checkNew(name)
            try await tools.addGroup(name, groupID: groupID, isSystem: isSystem)
            return try told(group: name)
        case .setGroup(let name, let groupID):
            try await tools.setGroup(try list.group(name).name, groupID: groupID)
            return try told(group: name)
        case .removeGroup(let name):
            try await tools.removeGroup(try list.group(name).name)
            return GuestAccountAnswer(groups: [])
        case .renameGroup(let name, let new):
            try checkNew(new)
            try await tools.renameGroup(try list.group(name).name, to: new)
            return try told(group: new)
        case .addMember(let group, let user):
            try await tools.addMember(try list.user(user).name, to: try list.group(group).name)
            return try told(group: group)
        case .removeMember(let group, let user):
            try await tools.removeMember(try list.user(user).name, from: try list.group(group).name)
            return try told(group: group)
        }
    }

    private static func told(user name: String) throws(MartletError) -> GuestAccountAnswer {
        GuestAccountAnswer(users: [try AccountList().user(name)])
    }

    private static func told(group name: String) throws(MartletError) -> GuestAccountAnswer {
        GuestAccountAnswer(groups: [try AccountList().group(name)])
    }

    /// What the guest's programs take for a name is theirs to say; what they would take for an option isn't given to them.
    private static func checkNew(_ name: String) throws(MartletError) {
        guard GuestUser.isName(name) else {
            throw MartletError(
                .invalidArgument,
                "'\(name)' can't be a name: give letters, digits, '.', '_' and '-', and begin with a letter")
        }
    }
}
