/// Asks what the machine does: `running`, `paused`, `prelaunch` and so on.
package struct QueryStatus: QMPCommand {
    package static let name = "query-status"

    package struct Reply: Decodable, Sendable, Hashable {
        /// QEMU's run state; a later QEMU may have new ones.
        package var status: String
        /// Whether the guest's processors execute.
        package var running: Bool

        package init(status: String, running: Bool) {
            self.status = status
            self.running = running
        }
    }

    package init() {}
}

/// Asks for the machine's UUID.
package struct QueryUUID: QMPCommand {
    package static let name = "query-uuid"

    package struct Reply: Decodable, Sendable, Hashable {
        package var uuid: String

        private enum CodingKeys: String, CodingKey { case uuid = "UUID" }
    }

    package init() {}
}

/// Asks for the name that the machine was started with.
package struct QueryName: QMPCommand {
    package static let name = "query-name"

    package struct Reply: Decodable, Sendable, Hashable {
        package var name: String?
    }

    package init() {}
}

/// Asks for QEMU's version.
package struct QueryVersion: QMPCommand {
    package static let name = "query-version"

    package struct Reply: Decodable, Sendable, Hashable {
        package var qemu: QEMUVersion
        /// What its packager adds, such as `Debian 1:7.2+dfsg-7`.
        package var package: String
    }

    package init() {}
}

/// Lets the guest's processors run.
package struct Cont: QMPCommand {
    package static let name = "cont"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Stops the guest's processors where they are.
package struct Stop: QMPCommand {
    package static let name = "stop"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Presses the machine's power button: the guest is asked to shut down, and may not obey.
package struct SystemPowerdown: QMPCommand {
    package static let name = "system_powerdown"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Presses the machine's reset button.
package struct SystemReset: QMPCommand {
    package static let name = "system_reset"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Ends QEMU without asking the guest; see `QMPClient.quit`.
package struct Quit: QMPCommand {
    package static let name = "quit"
    package typealias Reply = QMPEmpty

    package init() {}
}

/// Asks for every named block node.
package struct QueryNamedBlockNodes: QMPCommand {
    package static let name = "query-named-block-nodes"
    package typealias Reply = [Node]

    package struct Node: Decodable, Sendable, Hashable {
        package var nodeName: String
        package var driver: String
        /// The file, as QEMU was given it.
        package var file: String
        package var isReadOnly: Bool

        private enum CodingKeys: String, CodingKey {
            case nodeName = "node-name"
            case driver = "drv"
            case file
            case isReadOnly = "ro"
        }
    }

    /// Without what each node's image says of itself, which is long.
    package var flat = true

    package init() {}
}

/// Asks for the guest's block devices and what became of them.
package struct QueryBlock: QMPCommand {
    package static let name = "query-block"
    package typealias Reply = [Device]

    package struct Device: Decodable, Sendable, Hashable {
        /// The path of the device in QEMU's object tree; it ends with the device's id for those that have one.
        package var path: String?
        /// `ok`, `failed` or `nospace`; nil for a device that doesn't tell.
        package var ioStatus: String?
        /// What is in a drive.
        var inserted: Medium?
        /// nil for a device without a tray.
        var isTrayOpen: Bool?

        package struct Medium: Decodable, Sendable, Hashable {
            var nodeName: String?

            private enum CodingKeys: String, CodingKey { case nodeName = "node-name" }
        }

        private enum CodingKeys: String, CodingKey {
            case path = "qdev"
            case ioStatus = "io-status"
            case inserted
            case isTrayOpen = "tray_open"
        }

        func isDevice(_ id: String) -> Bool { path?.split(separator: "/").last.map(String.init) == id }
    }

    package init() {}
}
