import FoundationEssentials
import MartletModel
import Testing

@Suite("Names, sizes, times and errors")
struct BasicsTests {
    @Test(
        "sizes are read with binary units",
        arguments: [
            ("256MiB", 256 << 20), ("20GiB", 20 << 30), ("1.5 GiB", 3 << 29), ("512M", 512 << 20), ("7", 7),
            ("1tib", 1 << 40),
        ] as [(String, Int64)]
    )
    func sizes(text: String, bytes: Int64) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "GiB", "-1GiB", "1 potato", "1e3", "1..5G", "99999999TiB", "١GiB"])
    func noSizes(text: String) { #expect(ByteCount(text) == nil) }

    @Test("a size is written with the largest unit that fits")
    func writtenSizes() {
        #expect("\(ByteCount(bytes: 3 << 29))" == "1.5 GiB")
        #expect("\(ByteCount(bytes: 256 << 20))" == "256 MiB")
        #expect("\(ByteCount(bytes: 12))" == "12 B")
    }

    @Test(
        "names may have spaces and any script", arguments: ["web", "my machine", "Überraschung", "仮想マシン", "a..b", "…"])
    func names(name: String) throws { #expect(try ResourceName(name).description == name) }

    @Test(
        "names that could be taken for something else are refused, and the error says why",
        arguments: [
            ("", "blank"), ("  ", "blank"), (" a", "blank at"), ("../x", "path"), ("..", "path"), ("a/b", "path"),
            ("-f", "'-'"),
            ("a\nb", "can't be seen"), ("a\u{202e}b", "can't be seen"), ("00000000-0000-4000-8000-000000000000", "id"),
            (String(repeating: "x", count: 1_000), "1000 characters"),
        ]
    )
    func badNames(name: String, reason: String) {
        #expect {
            try ResourceName(name)
        } throws: { error in
            let error = error as? MartletError
            return error?.code == .invalidArgument
                && (error?.message.contains(reason.replacing(" at", with: "")) ?? false)
        }
    }

    @Test(
        "a name's part of a file's name has no separator and no leading dot",
        arguments: ["../../etc", ".x", "ü/ö", "a b", "仮想"])
    func fileNamePart(name: String) throws {
        guard let name = try? ResourceName(name) else { return }
        #expect(
            !name.fileNamePart.contains("/") && !name.fileNamePart.hasPrefix(".")
                && name.fileNamePart.allSatisfy(\.isASCII))
    }

    @Test("a moment is the same after it was written and read")
    func moments() throws {
        let moment = Moment(milliseconds: 1_790_000_000_123)
        #expect(moment.description == "2026-09-21T14:13:20.123Z")
        #expect(Moment(moment.description) == moment)
        #expect(Moment("yesterday") == nil)
    }

    @Test("an error tells its chain, and a failure carries it over the wire")
    func errors() {
        let cause = MartletError(.ioFailed, "the disk is gone")
        let error = MartletError(.qemuFailed, "QEMU did not start", details: [.init("log", "x")], cause: cause)
        let failure = Failure(error)
        #expect(failure.message == "QEMU did not start: the disk is gone")
        #expect(failure.error.code == .qemuFailed)
        #expect(MartletError.Code(wire: "fromTheFuture") == .unknown)
    }

    @Test("a role may do what the ones below it may")
    func roles() {
        #expect(Role.viewer < .operator && .operator < Role.administrator)
    }
}
