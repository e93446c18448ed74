import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@testable import MartletCommands

@Suite("What martlet ends with")
struct FailureTests {
    @Test(
        "each code of the API has its exit code",
        arguments: [
            ("invalidArgument", 2), ("notFound", 3), ("alreadyExists", 4), ("conflict", 4), ("wrongState", 4),
            ("preconditionFailed", 4), ("preconditionRequired", 4), ("unauthenticated", 7), ("forbidden", 7),
            ("insufficientMemory", 1), ("insufficientProcessors", 1), ("insufficientSpace", 1), ("inUse", 4),
            ("timedOut", 5), ("cancelled", 1),
            ("unavailable", 6),
            ("qemuFailed", 1), ("commandFailed", 1), ("storeFailed", 1), ("ioFailed", 1), ("tooLarge", 1),
            ("tooMany", 1),
            ("unsupported", 1), ("methodNotAllowed", 1), ("internal", 1), ("unknown", 1), ("of the future", 1),
        ] as [(String, Int32)]
    )
    func codes(code: String, status: Int32) async throws {
        try await FakeHost.with { _ in
            try .problem(
                400, code, "it went wrong; do better", details: [.init("name", "x\u{1B}y"), .init("log", "one\ntwo")])
        } _: { host in
            let result = await CommandRun("vm", "show", "x", root: host.root).run()
            #expect(result.status.rawValue == status)
            #expect(result.output == "")
            #expect(
                result.error == """
                    martlet: it went wrong; do better
                      name: x\\u{1b}y
                      log:
                        one
                        two

                    """
            )
        }
    }

    @Test("no host is code 6, with what to do")
    func unreachable() async {
        let result = await CommandRun("host", "show", "--root", "/tmp/mlt-nobody").run()
        #expect(result.status == .unreachable)
        #expect(result.error.contains("martletd --root /tmp/mlt-nobody"))
    }

    @Test("help and the version are results")
    func help() async {
        for arguments in [["--help"], ["help", "vm", "create"], ["vm"], ["--version"], ["vm", "list", "-h"]] {
            var run = CommandRun()
            run.arguments = arguments
            let result = await run.run()
            #expect(result.status == .success)
            #expect(!result.output.isEmpty && result.error.isEmpty)
        }
    }

    @Test("a failed check ends in 1, a warning doesn't")
    func check() async throws {
        let failed = HostCheck(name: "qemu", result: .failed, message: "no QEMU", remedy: "install it")
        for (checks, status) in [(Sample.checks, ExitStatus.success), (Sample.checks + [failed], .failed)] {
            try await FakeHost.with { _ in
                try .json(Page(items: checks))
            } _: { host in
                let result = await CommandRun("host", "check", root: host.root).run()
                #expect(result.status == status)
                #expect(result.output.contains("REMEDY"))
            }
        }
    }

    @Test("nobody who reads stdout ends it quietly")
    func closed() async throws {
        try await FakeHost.with(SimpleHost.answer) { host in
            let error = Capture()
            var context = CommandRun(root: host.root).context(Capture(), error)
            context.streams.output = { _ in throw OutputClosed() }
            #expect(await CommandProgram.run(["vm", "list"], in: context) == .failed)
            #expect(await CommandProgram.run(["vm", "start", "x"], in: context) == .failed)
            #expect(error.text == "")
        }
    }
}
