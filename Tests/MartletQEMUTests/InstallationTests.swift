import FoundationEssentials
import Glibc
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("The installation", .timeLimit(.minutes(5)))
struct InstallationTests {
    @Test("the host's qemu is found, and is new enough")
    func find() async throws {
        let installation = try await QEMUInstallation.find()
        #expect(installation.executable == "/usr/bin/qemu-system-x86_64")
        #expect(installation.version.split(separator: ".").count == 3)
    }

    @Test(
        "versions are read from what qemu says",
        arguments: [
            ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", "7.2.22"),
            ("QEMU emulator version 10.0.2", "10.0.2"),
            ("QEMU emulator version 8.1", "8.1.0"), ("QEMU emulator version 9.2.0-rc1", "9.2.0"),
        ]
    )
    func versions(_ banner: String, _ version: String) {
        #expect(QEMUVersion(banner: banner)?.description == version)
    }

    @Test(
        "what is no version is none",
        arguments: ["", "version", "QEMU emulator version x", "version 7", "version .7", "conversion 7.2"])
    func noVersion(_ banner: String) { #expect(QEMUVersion(banner: banner) == nil) }

    @Test("versions compare by number")
    func compares() {
        #expect(QEMUVersion(major: 10, minor: 0, micro: 0) > .minimum)
        #expect(QEMUVersion(major: 7, minor: 10, micro: 0) > .minimum)
        #expect(QEMUVersion(major: 7, minor: 1, micro: 99) < .minimum)
    }

    @Test("a qemu that is too old, silent or missing is told with the remedy")
    func refused() async throws {
        let folder = try TestFolder()
        let program = folder.file("qemu")
        func error(_ script: String) async throws -> MartletError? {
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: program))
            chmod(program, 0o755)
            return await #expect(throws: MartletError.self) {
                _ = try await QEMUInstallation.find(executable: program, imageTool: "/usr/bin/qemu-img")
            }
        }
        #expect(try await error("echo QEMU emulator version 6.2.0")?.code == .unsupported)
        #expect(try await error("echo hello")?.code == .unavailable)
        #expect(try await error("exit 3")?.code == .commandFailed)
        let missing = await #expect(throws: MartletError.self) {
            _ = try await QEMUInstallation.find(executable: folder.file("none"), imageTool: "/usr/bin/qemu-img")
        }
        #expect(missing?.code == .unavailable)
        #expect(missing?.message.hasSuffix("install the package qemu-system-x86") == true)
    }

    @Test("firmware is found, and Secure Boot's has other code and variables")
    func firmware() throws {
        let secure = try Firmware.find(secureBoot: true)
        let plain = try Firmware.find(secureBoot: false)
        #expect(secure.codePath != plain.codePath)
        #expect(secure.variablesTemplatePath != plain.variablesTemplatePath)
        let error = #expect(throws: MartletError.self) {
            _ = try Firmware.find(secureBoot: true, folder: "/nonexistent")
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("package ovmf") == true)
    }
}
