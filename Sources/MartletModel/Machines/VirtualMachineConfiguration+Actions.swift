extension VirtualMachineConfiguration {
    /// What becomes of the machine when its host starts.
    package struct AutomaticStart: Hashable, Sendable, Codable {
        /// Whether the machine is started.
        package enum Action: String, Sendable, Codable, CaseIterable {
            case nothing, startIfRunning, start
        }

        /// Started if it ran when the host went down, by default, as in Hyper-V.
        package var action: Action
        /// Seconds after the host's start: 0 to 86,400, 0 by default.
        package var delayInSeconds: Int

        package init(action: Action = .startIfRunning, delayInSeconds: Int = 0) {
            self.action = action
            self.delayInSeconds = delayInSeconds
        }
    }

    /// What becomes of a running machine when its host goes down.
    package enum AutomaticStopAction: String, Sendable, Codable, CaseIterable {
        case save, turnOff, shutDown
    }

    /// What follows when the guest stops without being asked to.
    package enum RestartPolicy: String, Sendable, Codable, CaseIterable {
        case never
        /// Started again after a panic, and when its QEMU ended by itself.
        case onFailure
        /// Started again also when the guest powered itself off.
        case always
    }

    /// What happens when the guest's watchdog runs out.
    package enum WatchdogAction: String, Sendable, Codable, CaseIterable {
        /// Told as an event, nothing more.
        case nothing
        case reset, turnOff, pause
    }

    /// What firmware may boot from, in the order in which it is tried.
    package enum BootDevice: String, Sendable, Codable, CaseIterable { case disk, iso, network }

    /// Whose signatures the firmware of a new machine accepts; the names are Hyper-V's.
    package enum SecureBootTemplate: String, Sendable, Codable, CaseIterable {
        /// Loaders that Microsoft signed for others, Linux's shim among them, and Windows' own.
        case microsoftUEFICertificateAuthority
        /// Windows' own loaders alone.
        case microsoftWindows
    }
}
