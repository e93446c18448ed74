import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import MartletTestSupport
import SwiftProtobuf
import Synchronization

@testable import MartletGuest

/// The guest's program in this process, with users of its own: none of this machine's can sign in.
struct DirectLab: Sendable {
    static let password = "correct horse"
    /// `openssl passwd -6 -salt martlet 'correct horse'`
    static let hash =
        "$6$martlet$f18BJyBP9Mkg/NfSI/jN1GOXRIUQc09hU9.ehE7mJhxaxFsUXtQDxnyV2wM.hyP69y7T5vRhJJewI/EY8SU7o1"
    static let userID: UInt32 = 61_234

    typealias Client = GuestDirect.Client<HTTP2ClientTransport.Posix>

    let folder: String
    let client: Client
    /// Where the guest's program serves its contract, and the sessions of its link.
    let serverSocket: String
    let sessions: LinkSessions

    var home: String { "\(folder)/home" }

    /// Serves in a scratch folder and connects to it.
    static func with<Result: Sendable>(
        _ change: (inout DirectConfiguration) -> Void = { _ in }, _ body: (DirectLab) async throws -> Result
    ) async throws -> Result {
        // Not this package's scratch folder: the users must be able to pass through to their home.
        let folder = "/tmp/martlet-direct-\(try SecureRandom.hex(byteCount: 6))"
        try Folder.make(folder, mode: 0o755)
        defer { try? Folder.removeTree(folder) }
        try makeAccounts(folder)
        var configuration = GuestConfiguration()
        configuration.vsockPort = nil
        configuration.runFolder = "\(folder)/run"
        configuration.portsFolder = "\(folder)/ports"
        configuration.direct.accountsFolder = folder
        configuration.direct.usesNameService = false
        configuration.direct.passwordHelper = "/nonexistent"
        configuration.direct.program = "\(Programs.folder)/martlet-guest"
        configuration.direct.logSocket = "\(folder)/log"
        configuration.direct.checkInterval = .milliseconds(50)
        configuration.direct.throttle.first = .milliseconds(1)
        change(&configuration.direct)
        let program = GuestProgram(
            configuration: configuration, logger: Logger(label: "guest") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await program.run() }
            defer { group.cancelAll() }
            let socket = configuration.serverSocket
            _ = try await eventually("the guest's program listens") {
                FileEntry.exists(socket)
            } until: {
                $0
            }
            return try await withGRPCClient(
                transport: .http2NIOPosix(target: .unixDomainSocket(path: socket), transportSecurity: .plaintext)
            ) { client in
                let lab = DirectLab(
                    folder: folder, client: Client(wrapping: client), serverSocket: socket, sessions: program.sessions)
                return try await body(lab)
            }
        }
    }

    private static func makeAccounts(_ folder: String) throws {
        let home = "\(folder)/home"
        try Folder.make(home, mode: 0o700)
        try FileEntry.setOwner(FileOwner(userID: userID, groupID: userID), of: home)
        try write(
            """
            root:x:0:0:root:/root:/bin/sh
            tess:x:\(userID):\(userID):Tess:\(home):/bin/bash
            closed:x:61235:61235::/nonexistent:/usr/sbin/nologin

            """, "\(folder)/passwd")
        try write("tty:x:5:\ntess:x:\(userID):\nstaff:x:61300:closed,tess\n", "\(folder)/group")
        try writeShadow(folder)
    }

    static func writeShadow(_ folder: String, tess: String = hash, expires: String = "") throws {
        try write(
            "root:*:19000:0:99999:7:::\ntess:\(tess):19000:0:99999:7::\(expires):\nclosed:\(hash):19000::::::\n",
            "\(folder)/shadow")
    }

    static func write(_ text: String, _ path: String) throws {
        try AtomicFile.write(Array(text.utf8), to: path, mode: 0o644)
    }

    func signIn(_ user: String = "tess", _ password: String = Self.password) async throws -> GuestSession {
        try await client.signIn(
            .with {
                $0.user = user
                $0.password = password
                $0.peer = "the test"
            })
    }

    struct Outcome: Equatable, Sendable {
        var output = Data()
        var errors = Data()
        var ended: GuestExecuteEnded?

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs a program to its end.
    func run(
        _ session: GuestSession, _ start: @escaping @Sendable (inout GuestExecuteStart) -> Void,
        input: [GuestExecuteInput] = []
    ) async throws -> Outcome {
        try await client.execute { writer in
            try await writer.write(.with { $0.start = Self.start(session, start) })
            for message in input { try await writer.write(message) }
        } onResponse: { response in
            var outcome = Outcome()
            for try await message in response.messages {
                switch message.message {
                case .output(let bytes): outcome.output += bytes
                case .errors(let bytes): outcome.errors += bytes
                case .ended(let ended): outcome.ended = ended
                default: break
                }
            }
            return outcome
        }
    }

    func shell(_ session: GuestSession, _ line: String, input: Data = Data()) async throws -> Outcome {
        let pieces = stride(from: 0, to: input.count, by: 65_536).map { start in
            GuestExecuteInput.with { $0.input = input[start..<min(start + 65_536, input.count)] }
        }
        return try await run(session, { $0.commandLine = line }, input: pieces + [.with { $0.endOfInput = true }])
    }

    static func start(_ session: GuestSession, _ change: (inout GuestExecuteStart) -> Void) -> GuestExecuteStart {
        var start = GuestExecuteStart()
        start.session = session.id
        change(&start)
        return start
    }
}
