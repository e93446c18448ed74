/// What QEMU tells without being asked.
package enum QMPEvent: Sendable, Hashable {
    /// QEMU is about to end; `guest` when the guest itself powered off. The reason is QEMU's word, such as
    /// `guest-shutdown`.
    case shutdown(guest: Bool, reason: String)
    /// The power button was pressed.
    case powerdown
    /// The machine was reset; `guest` when the guest did it itself.
    case reset(guest: Bool)
    case stop
    case resume
    /// The guest's kernel panicked; `run` when it goes on by itself.
    case guestPanicked(action: String)
    /// A disk failed, and with the action `stop` the machine stands still.
    case blockIOError(BlockIOError)
    /// The guest stopped feeding its watchdog.
    case watchdog(action: String)
    /// The guest let go of a device that it was asked for, or of its own will.
    case deviceDeleted(id: String)
    /// The guest refused to let go of a device.
    case deviceUnplugRefused(id: String)
    /// The guest opened or closed its end of a virtio-serial port.
    case portChanged(id: String, isOpen: Bool)
    /// An event that nothing here depends on.
    case other(name: String)

    /// The port of the guest's integration services.
    package static let guestServicesPort = "guest-services"

    /// What a disk's error event tells.
    package struct BlockIOError: Sendable, Hashable {
        /// The drive's name; empty for disks that have a node alone, as ours do.
        package var device: String
        /// The node's name; `DiskDevice.nodeName` says whose it is.
        package var node: String
        /// `read` or `write`.
        package var operation: String
        /// `stop`, `report` or `ignore`.
        package var action: String
        /// For people.
        package var reason: String
        /// Whether the host's file system is full.
        package var hasNoSpace: Bool

        package init(
            device: String, node: String, operation: String, action: String, reason: String, hasNoSpace: Bool
        ) {
            self.device = device
            self.node = node
            self.operation = operation
            self.action = action
            self.reason = reason
            self.hasNoSpace = hasNoSpace
        }
    }
}

extension QMPEvent: Decodable {
    private enum Key: String, CodingKey { case event, data }

    fileprivate struct Details: Decodable {
        var guest: Bool?
        var reason: String?
        var action: String?
        var device: String?
        var node: String?
        var operation: String?
        var hasNoSpace: Bool?
        var id: String?
        var open: Bool?

        private enum CodingKeys: String, CodingKey {
            case guest, reason, action, device, operation, id, open
            case node = "node-name"
            case hasNoSpace = "nospace"
        }
    }

    /// Reads a line with an `event`; details that are missing or of the wrong type are left at their least alarming
    /// value, since the event's name alone says what must be looked at.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let name = try container.decode(String.self, forKey: .event)
        self.init(name: name, details: (try? container.decode(Details.self, forKey: .data)) ?? Details())
    }

    private init(name: String, details: Details) {
        switch name {
        case "SHUTDOWN": self = .shutdown(guest: details.guest ?? false, reason: Self.short(details.reason))
        case "POWERDOWN": self = .powerdown
        case "RESET": self = .reset(guest: details.guest ?? false)
        case "STOP": self = .stop
        case "RESUME": self = .resume
        case "GUEST_PANICKED": self = .guestPanicked(action: Self.short(details.action))
        case "WATCHDOG": self = .watchdog(action: Self.short(details.action))
        case "BLOCK_IO_ERROR": self = .blockIOError(BlockIOError(details))
        // A device's inner parts are told too, without an id.
        case "DEVICE_DELETED" where details.device != nil: self = .deviceDeleted(id: Self.short(details.device))
        case "DEVICE_UNPLUG_GUEST_ERROR" where details.device != nil:
            self = .deviceUnplugRefused(id: Self.short(details.device))
        case "VSERPORT_CHANGE": self = .portChanged(id: Self.short(details.id), isOpen: details.open ?? false)
        default: self = .other(name: Self.short(name))
        }
    }

    /// Text that a hostile peer chose, cut to what is worth keeping in the buffer of events.
    fileprivate static func short(_ text: String?) -> String { String((text ?? "unknown").prefix(200)) }
}

extension QMPEvent.BlockIOError {
    fileprivate init(_ details: QMPEvent.Details) {
        self.init(
            device: QMPEvent.short(details.device ?? ""),
            node: QMPEvent.short(details.node ?? ""),
            operation: QMPEvent.short(details.operation),
            action: QMPEvent.short(details.action),
            reason: QMPEvent.short(details.reason),
            hasNoSpace: details.hasNoSpace ?? false
        )
    }
}
