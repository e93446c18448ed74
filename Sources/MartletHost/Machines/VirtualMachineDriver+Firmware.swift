import MartletLinux
import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// Gives a UEFI machine its own variables, once in its life and again when its Secure Boot template was changed.
    ///
    /// Each template has a file of its own, and so has a machine without Secure Boot: a change needs no step of its own that a crash could
    /// leave out.
    func readyFirmware() throws(MartletError) {
        guard configuration.generation == .uefi else { return }
        let path = tools.layout.absolute(configuration.relativeFirmwareVariables)
        for former in configuration.relativeFirmwareVariablesOfOtherTemplates {
            try Folder.removeTree(tools.layout.absolute(former))
        }
        if try hasVariables(path) { return }
        let firmware = try Firmware.find(secureBoot: configuration.secureBoot)
        let variables = try firmware.variables(
            configuration.secureBoot ? configuration.secureBootTemplate : nil)
        try AtomicFile.write(variables, to: path, mode: 0o600, owner: tools.guestUser?.owner)
    }

    /// Variables without a platform key keep nothing from booting, so they are no variables for Secure Boot.
    private func hasVariables(_ path: String) throws(MartletError) -> Bool {
        guard FileEntry.exists(path) else { return false }
        guard configuration.secureBoot else { return true }
        let flash = try BoundedFile.readRegular(path, limit: Firmware.greatestVariables)
        return (try? FirmwareVariables(flash))?.hasPlatformKey ?? false
    }
}

extension VirtualMachineConfiguration {
    package var relativeFirmwareVariables: String {
        secureBoot ? relativeVariables(of: secureBootTemplate) : "\(folder)/firmware-open.fd"
    }

    var relativeFirmwareVariablesOfOtherTemplates: [String] {
        SecureBootTemplate.allCases.filter { $0 != secureBootTemplate }.map(relativeVariables)
    }

    private func relativeVariables(of template: SecureBootTemplate) -> String {
        switch template {
        case .microsoftUEFICertificateAuthority: "\(folder)/firmware.fd"
        case .microsoftWindows: "\(folder)/firmware-windows.fd"
        }
    }
}
