import MartletLinux
package import MartletModel
import Subprocess
import SystemPackage

/// The programs that were built with the tests.
package enum Programs {
    /// The folder of the test program itself, where the package's other programs are.
    package static var folder: String {
        let own = FileEntry.canonical("/proc/self/exe")
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
    }

    /// The repository, from the place of the build folder in it.
    package static var repository: String {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        let build = parts.lastIndex { $0.hasPrefix(".build") } ?? parts.count
        return parts[..<build].joined(separator: "/")
    }

    /// Martlet's own files as the tests have them: recipes that make small, empty disks.
    package static var testShare: String { "\(repository)/Tests/Support/Share" }

    /// A raw disk of 64 KiB with the mark of a boot sector and nothing else.
    package static var smallDisk: String { "\(testShare)/small.raw" }

    /// The small Linux guest, which `make guest` makes; with the integration services, `scripts/make-guest-services` does.
    ///
    /// - Throws: `notFound`, since a test without its guest must fail.
    package static func guest(hasServices: Bool = false) throws -> VirtualMachineConfiguration.DirectBoot {
        let folder = "\(repository)/.build/guest"
        let initrd = "\(folder)/\(hasServices ? "initrd-services.img" : "initrd.img")"
        guard FileEntry.isReadableFile("\(folder)/vmlinuz"), FileEntry.isReadableFile(initrd) else {
            throw MartletError(.notFound, "'\(initrd)' is not there; run `make guest`, or `make test`")
        }
        return .init(kernel: "\(folder)/vmlinuz", initrd: initrd, append: "console=ttyS0")
    }

    /// What a program left behind when it ended.
    package struct Outcome: Sendable, CustomStringConvertible {
        package var code: Int
        package var output: String
        package var errors: String

        package var description: String { "exit \(code)\nstdout: \(output)\nstderr: \(errors)" }
    }

    /// Runs one of the package's programs to its end.
    package static func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(FilePath("\(folder)/\(program)")),
            arguments: Arguments(arguments),
            environment: .custom(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]),
            input: .string(input),
            output: .string(limit: 1 << 24),
            error: .string(limit: 1 << 20)
        )
        let code =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Outcome(code: code, output: result.standardOutput, errors: result.standardError)
    }
}
