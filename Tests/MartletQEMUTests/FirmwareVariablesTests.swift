import FoundationEssentials
import MartletLinux
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("The firmware's variables")
struct FirmwareVariablesTests {
    private func template() throws -> [UInt8] {
        try BoundedFile.read(Firmware.find(secureBoot: true).variablesTemplatePath, limit: 4 << 20)
    }

    @Test("written again they are as long as before, and hold the same")
    func roundTrip() throws {
        let flash = try template()
        let variables = try FirmwareVariables(flash)
        #expect(variables.flash.count == flash.count)
        #expect(try FirmwareVariables(variables.flash) == variables)
        #expect(variables.hasPlatformKey)
        #expect(variables["db", FirmwareVariables.databaseOwner]?.isEmpty == false)
        #expect(variables["db", FirmwareVariables.globalOwner] == nil)
    }

    @Test("for Windows alone, one certificate of the two is left, and the rest is as it was")
    func windows() throws {
        let firmware = try Firmware.find(secureBoot: true)
        let both = try FirmwareVariables(firmware.variables(.microsoftUEFICertificateAuthority))
        let one = try FirmwareVariables(firmware.variables(.microsoftWindows))
        let database = try #require(one["db", FirmwareVariables.databaseOwner])
        let text = String(decoding: database, as: UTF8.self)
        #expect(text.contains("Microsoft Windows Production PCA 2011"))
        #expect(!text.contains("Microsoft Corporation UEFI CA"))
        #expect(one.hasPlatformKey)
        #expect(one.variables.count == both.variables.count)
        #expect(zip(one.variables, both.variables).count { $0 != $1 } == 1)
        #expect(!String(decoding: one.flash, as: UTF8.self).contains("Microsoft Corporation UEFI CA"))
    }

    @Test("flash that a guest has spoilt is refused or read, and never read past its end")
    func hostile() throws {
        let flash = try template()
        for length in [0, 1, 40, 44, 49, 72, 100, 131, 4_000] {
            #expect(throws: MartletError.self) { _ = try FirmwareVariables(Array(flash.prefix(length))) }
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var spoilt = Array(flash.prefix(24_000)) + flash[24_000...].prefix(0)
            spoilt += [UInt8](repeating: 0xFF, count: flash.count - spoilt.count)
            for _ in 0..<20 { spoilt[Int.random(in: 0..<23_000, using: &generator)] = .random(in: 0...255) }
            guard var variables = try? FirmwareVariables(spoilt) else { continue }
            _ = variables.hasPlatformKey
            _ = try? variables.acceptWindowsAlone()
            #expect(variables.flash.count == flash.count)
        }
    }

    @Test("lengths that reach past the end, or round to the beginning, are refused")
    func lengths() throws {
        let flash = try template()
        for offset in [16, 100 + 36, 100 + 40] {
            for length: UInt32 in [.max, .max - 59, .max - 3, 0x7FFF_FFFF] {
                var spoilt = flash
                let place = offset == 16 ? 72 + 16 : offset
                spoilt.replaceSubrange(place..<place + 4, with: Int(length).fourBytes)
                #expect(throws: MartletError.self) { _ = try FirmwareVariables(spoilt) }
            }
        }
    }

    @Test("variables from which nothing of Windows' is left are refused rather than emptied")
    func nothingForWindows() throws {
        var variables = try FirmwareVariables(try template())
        variables.shorten("db", owner: FirmwareVariables.databaseOwner, to: [])
        let error = #expect(throws: MartletError.self) { try variables.acceptWindowsAlone() }
        #expect(error?.code == .unsupported)
    }
}
