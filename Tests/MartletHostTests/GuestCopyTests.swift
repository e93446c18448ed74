import GRPCCore
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf
import Testing

@testable import MartletHost

/// Copying is a service of its own: a part of the guest's program that sessions run.
@Suite("Copies to guests, from the host")
struct GuestCopyTests {
    private func run(_ words: [String], _ link: GuestLink) async throws {
        let start = GuestProgramStart(session: "id", program: .builtIn(words))
        try await link.execute(start) { _ in
        } output: { _ in
        }
    }

    @Test("where the service is off, or a guest doesn't offer it, nothing is copied and all else is as it was")
    func off() async throws {
        let cases: [([String], Set<GuestService>, MartletError.Code?)] = [
            (["direct", "copy"], [.copy], .wrongState), (["direct"], [], .unsupported), (["direct", "copy"], [], nil),
        ]
        for (services, disabled, code) in cases {
            try await FakeGuest.with(services: services, disabled: disabled) { _, outputs in
                try await outputs.write(.with { $0.started = .with { $0.processID = 5 } })
                try await outputs.write(.with { $0.ended = .with { $0.exitCode = 0 } })
            } _: { link in
                var refused: MartletError.Code?
                do { try await run(["copy", "send", "/x"], link) } catch let error as MartletError {
                    refused = error.code
                }
                #expect(refused == code)
                try await run(["accounts"], link)
            }
        }
    }
}
