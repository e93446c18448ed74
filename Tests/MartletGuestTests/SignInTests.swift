import Foundation
import GRPCCore
import MartletGuestProtocol
import MartletLinux
import MartletTestSupport
import SwiftProtobuf
import Testing

@testable import MartletGuest

@Suite("Sign-ins in the guest, over its socket", .enabled(if: geteuid() == 0))
struct SignInTests {
    @Test("Wrong passwords, unknown users and closed accounts get one and the same answer")
    func refusals() async throws {
        try await DirectLab.with { lab in
            var answers: Set<String> = []
            for (user, password) in [
                ("tess", "wrong"), ("nobody-here", "wrong"), ("root", "wrong"), ("root", ""), ("", ""),
                ("tess", "a\0b"),
                ("../etc", "x"), (String(repeating: "x", count: 5_000), "x"),
            ] {
                let error = await #expect(throws: RPCError.self) { try await lab.signIn(user, password) }
                #expect(error?.code == .unauthenticated, "\(user)")
                answers.insert(error?.message ?? "")
            }
            #expect(answers.count == 1)
            let sessions = try await lab.client.listSessions(GuestListSessionsRequest()).sessions
            #expect(sessions.isEmpty)
        }
    }

    @Test("An expired account and one without a shell are told to those who have the password, and to nobody else")
    func closedAccounts() async throws {
        try await DirectLab.with { lab in
            let closed = await #expect(throws: RPCError.self) { try await lab.signIn("closed") }
            #expect(closed?.message.contains("nologin") ?? false)
            try DirectLab.writeShadow(lab.folder, expires: "1")
            let expired = await #expect(throws: RPCError.self) { try await lab.signIn() }
            #expect(expired?.code == .unauthenticated && expired?.message.contains("expired") ?? false)
            let guess = await #expect(throws: RPCError.self) { try await lab.signIn("tess", "wrong") }
            #expect(guess?.message.contains("expired") == false)
            try DirectLab.writeShadow(lab.folder, tess: "!" + DirectLab.hash)
            let locked = await #expect(throws: RPCError.self) { try await lab.signIn() }
            #expect(locked?.message == guess?.message)
        }
    }

    @Test("Who signs in and who isn't let in is in the guest's log, without the password")
    func log() async throws {
        try await DirectLab.with { lab in
            let socket = try LogSocket("\(lab.folder)/log")
            await #expect(throws: RPCError.self) { try await lab.signIn("tess\u{1b}[31m", "sesame") }
            _ = try await lab.signIn()
            let lines = socket.lines()
            #expect(lines.count == 2 && lines.allSatisfy { !$0.contains("sesame") && !$0.contains("\u{1b}") })
            #expect(
                lines[0].hasPrefix("<84>")
                    && lines[0].contains("failed password for unknown user 'tess?[31m', asked for by the test"))
            #expect(lines[1].hasPrefix("<86>") && lines[1].contains("session 1 opened for tess by password"))
        }
    }

    @Test("A session that is closed, or whose user is gone, out or locked, ends with its programs", arguments: 0..<4)
    func closing(how: Int) async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let other = try await lab.signIn()
            let ended = try await lab.client.execute { writer in
                try await writer.write(
                    .with { $0.start = DirectLab.start(session) { $0.commandLine = "echo on; sleep 600" } })
                // Held open: the caller doesn't leave.
                try await Task.sleep(for: .seconds(600))
            } onResponse: { response in
                for try await message in response.messages {
                    if case .ended(let ended) = message.message { return ended }
                    guard case .output = message.message else { continue }
                    switch how {
                    case 0: _ = try await lab.client.closeSession(.with { $0.number = session.number })
                    case 1: try DirectLab.write("root:x:0:0:root:/root:/bin/sh\n", "\(lab.folder)/passwd")
                    case 2: try DirectLab.writeShadow(lab.folder, expires: "1")
                    default: try DirectLab.writeShadow(lab.folder, tess: "!" + DirectLab.hash)
                    }
                }
                return GuestExecuteEnded()
            }
            #expect(ended == .with { $0.signal = UInt32(SIGHUP) })
            let error = await #expect(throws: RPCError.self) { try await lab.shell(session, "true") }
            #expect(error?.code == .unauthenticated)
            _ = try await eventually("only what should be open is open") {
                try await lab.client.listSessions(GuestListSessionsRequest()).sessions.map(\.number)
            } until: {
                $0 == (how == 0 ? [other.number] : [])
            }
        }
    }

    @Test("A key in authorized_keys opens a session, once for each challenge")
    func key() async throws {
        try await DirectLab.with { lab in
            let key = try await Key(lab)
            try await key.authorize(lab, "# mine\nno-pty \(key.publicLine)\n")
            let challenge = try await lab.client.challenge(.with { $0.user = "tess" })
            let signature = try await key.sign(challenge)
            await #expect(throws: RPCError.self) { try await lab.signIn(challenge, signature) }

            try await key.authorize(lab, "no-port-forwarding,no-X11-forwarding \(key.publicLine)\n")
            let second = try await lab.client.challenge(.with { $0.user = "tess" })
            let session = try await lab.signIn(second, try await key.sign(second))
            #expect(try await lab.shell(session, "id -un || id -u").text.contains("61234"))
            // It was good for one.
            await #expect(throws: RPCError.self) { try await lab.signIn(second, try await key.sign(second)) }
            // Another user's, and one that signs something else.
            let third = try await lab.client.challenge(.with { $0.user = "root" })
            await #expect(throws: RPCError.self) { try await lab.signIn(third, try await key.sign(third)) }
            var fourth = try await lab.client.challenge(.with { $0.user = "tess" })
            fourth.namespace = "file"
            await #expect(throws: RPCError.self) { try await lab.signIn(fourth, try await key.sign(fourth)) }
            // Others could have put it there.
            try FileEntry.setMode(0o777, of: "\(lab.home)/.ssh")
            let fifth = try await lab.client.challenge(.with { $0.user = "tess" })
            await #expect(throws: RPCError.self) { try await lab.signIn(fifth, try await key.sign(fifth)) }
        }
    }
}

/// A key pair in the lab's folder.
private struct Key {
    let path: String
    let publicLine: String

    init(_ lab: DirectLab) async throws {
        path = "\(lab.folder)/key"
        try await CommandRunner().run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path])
        publicLine = try BoundedFile.readText("\(path).pub").filter { !$0.isNewline }
    }

    func authorize(_ lab: DirectLab, _ lines: String) async throws {
        let folder = "\(lab.home)/.ssh"
        let owner = FileOwner(userID: DirectLab.userID, groupID: DirectLab.userID)
        if !FileEntry.exists(folder) { try Folder.make(folder, mode: 0o700) }
        try FileEntry.setOwner(owner, of: folder)
        try AtomicFile.write(Array(lines.utf8), to: "\(folder)/authorized_keys", mode: 0o600, owner: owner)
    }

    func sign(_ challenge: GuestChallengeReply) async throws -> String {
        try AtomicFile.write(Array(challenge.challenge), to: "\(path).challenge", mode: 0o600)
        unlink("\(path).challenge.sig")
        try await CommandRunner().run(
            "ssh-keygen", ["-q", "-Y", "sign", "-n", challenge.namespace, "-f", path, "\(path).challenge"])
        return try BoundedFile.readText("\(path).challenge.sig")
    }
}

extension DirectLab {
    func signIn(_ challenge: GuestChallengeReply, _ signature: String) async throws -> GuestSession {
        try await client.signIn(
            .with {
                $0.user = "tess"
                $0.key = .with {
                    $0.challenge = challenge.challenge
                    $0.signature = signature
                }
                $0.peer = "the test"
            })
    }
}

/// What a guest's log daemon listens at.
private final class LogSocket {
    private let socket: CInt

    init(_ path: String) throws {
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
    }

    deinit { close(socket) }

    /// What has come by now.
    func lines() -> [String] {
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = recv(socket, &buffer, buffer.count, CInt(MSG_DONTWAIT)), count > 0 {
            lines.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        return lines
    }
}
