import Glibc
import MartletLinux
package import MartletModel

/// The UEFI firmware that the host has: OVMF with 4 MiB of flash.
package struct Firmware: Sendable, Hashable {
    /// The code, which machines share and none can write.
    package var codePath: String
    /// The variables that a new machine's own copy is made from; with Secure Boot they hold Microsoft's keys.
    ///
    /// Debian's code without Secure Boot enforces it all the same where it finds keys, so such machines get variables without.
    package var variablesTemplatePath: String

    package init(codePath: String, variablesTemplatePath: String) {
        self.codePath = codePath
        self.variablesTemplatePath = variablesTemplatePath
    }

    /// The firmware in `folder`, Debian's by default.
    ///
    /// - Throws: `unavailable`, naming the package to install.
    package static func find(secureBoot: Bool, folder: String = "/usr/share/OVMF") throws(MartletError) -> Firmware {
        let kind = secureBoot ? ".ms.fd" : ".fd"
        let firmware = Firmware(
            codePath: "\(folder)/OVMF_CODE_4M\(kind)", variablesTemplatePath: "\(folder)/OVMF_VARS_4M\(kind)"
        )
        for path in [firmware.codePath, firmware.variablesTemplatePath] where access(path, R_OK) != 0 {
            throw MartletError(.unavailable, "the firmware '\(path)' is missing; install the package ovmf")
        }
        return firmware
    }

    /// The variables of a new machine, or of one whose template was changed; nil is the template of one without Secure Boot.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`; `invalidArgument` or `unsupported` when the host's template isn't as expected.
    package func variables(
        _ template: VirtualMachineConfiguration.SecureBootTemplate?
    ) throws(MartletError) -> [UInt8] {
        let flash = try BoundedFile.read(variablesTemplatePath, limit: Self.greatestVariables)
        guard template == .microsoftWindows else { return flash }
        var variables = try FirmwareVariables(flash)
        try variables.acceptWindowsAlone()
        return variables.flash
    }

    /// In bytes; Debian's have 528 KiB.
    package static let greatestVariables = 4 << 20
}
