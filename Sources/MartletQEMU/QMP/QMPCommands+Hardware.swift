/// Draws the screen into a file of QEMU's own, as PNG.
package struct Screendump: QMPCommand {
    package static let name = "screendump"
    package typealias Reply = QMPEmpty

    package var filename: String
    package var format = "png"

    package init(filename: String) { self.filename = filename }
}

/// Chooses what follows when the guest's watchdog runs out.
package struct WatchdogSetAction: QMPCommand {
    package static let name = "watchdog-set-action"
    package typealias Reply = QMPEmpty

    /// QEMU's word.
    package var action: String

    package init(action: String) { self.action = action }
}

/// Chooses what follows a reset: `reset`, or `shutdown` for the end of QEMU.
package struct SetRebootAction: QMPCommand {
    package static let name = "set-action"
    package typealias Reply = QMPEmpty

    package var reboot: String

    package init(reboot: String) { self.reboot = reboot }
}

/// Asks for the processor models that this QEMU knows.
package struct QueryCPUDefinitions: QMPCommand {
    package static let name = "query-cpu-definitions"
    package typealias Reply = [Definition]

    package struct Definition: Decodable, Sendable, Hashable {
        package var name: String
        /// What the model has and this host can't give; nil when QEMU can't tell.
        package var unavailableFeatures: [String]?
        package var isDeprecated: Bool?

        private enum CodingKeys: String, CodingKey {
            case name
            case unavailableFeatures = "unavailable-features"
            case isDeprecated = "deprecated"
        }
    }

    package init() {}
}

/// Opens the tray of a drive; a guest that has locked it is asked, and with `force` it isn't.
package struct BlockdevOpenTray: QMPCommand {
    package static let name = "blockdev-open-tray"
    package typealias Reply = QMPEmpty

    package var id: String
    package var force: Bool

    package init(id: String, force: Bool) {
        self.id = id
        self.force = force
    }
}

/// Closes the tray of a drive.
package struct BlockdevCloseTray: QMPCommand {
    package static let name = "blockdev-close-tray"
    package typealias Reply = QMPEmpty

    package var id: String

    package init(id: String) { self.id = id }
}

/// Takes what is in a drive out of its open tray.
package struct BlockdevRemoveMedium: QMPCommand {
    package static let name = "blockdev-remove-medium"
    package typealias Reply = QMPEmpty

    package var id: String

    package init(id: String) { self.id = id }
}

/// Puts a block node into a drive's open and empty tray.
package struct BlockdevInsertMedium: QMPCommand {
    package static let name = "blockdev-insert-medium"
    package typealias Reply = QMPEmpty

    package var id: String
    package var nodeName: String

    package init(id: String, nodeName: String) {
        self.id = id
        self.nodeName = nodeName
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case nodeName = "node-name"
    }
}
