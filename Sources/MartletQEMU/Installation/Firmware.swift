import Glibc
package import MartletModel

/// The UEFI firmware that the host has: OVMF with 4 MiB of flash.
package struct Firmware: Sendable, Hashable {
    /// The code, which machines share and none can write.
    package var codePath: String
    /// The variables that a new machine's own copy is made from; with Secure Boot they hold Microsoft's keys.
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
            codePath: "\(folder)/OVMF_CODE_4M\(kind)",
            variablesTemplatePath: "\(folder)/OVMF_VARS_4M\(kind)"
        )
        for path in [firmware.codePath, firmware.variablesTemplatePath] where access(path, R_OK) != 0 {
            throw MartletError(.unavailable, "the firmware '\(path)' is missing; install the package ovmf")
        }
        return firmware
    }
}
