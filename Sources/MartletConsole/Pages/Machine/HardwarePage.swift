import HTTPTypes
import MartletClient
import MartletModel

/// A machine's disks, drives and adapters.
struct HardwarePage {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/machines/{machine}/hardware") { visit in
            async let disks = visit.client.listDisks()
            async let switches = visit.client.listSwitches()
            async let images = visit.client.listImages()
            let frame = try await MachineFrame.load(visit)
            return try await HardwarePage(frame: frame, all: disks, switches: switches, images: images).reply
        },
        .post("/hosts/this/machines/{machine}/hardware/{action}") { try await HardwareActions(visit: $0).answer() },
    ]

    var frame: MachineFrame
    var all: [Disk]
    var switches: [VirtualSwitch]
    var images: [Image]

    private var machine: VirtualMachine { frame.machine }
    private var disks: [Disk] { all.filter { $0.machine == machine.id } }
    private var free: [Disk] { all.filter { $0.machine == nil && $0.format.isForMachines } }
    private var discs: [Image] { images.filter { $0.kind == .iso } }
    private var mayChange: Bool { frame.visit.may(.administrator) }

    private var reply: ConsoleReply {
        frame.reply(.hardware) {
            Tag.div(attributes: frame.live("hardware", "vm disk operation")) {
                Tag.section(.class("panel")) {
                    Tag.h2 { "Disks" }
                    table(["Slot", "Name", "Capacity", "Takes", "Pool", ""], disks.map(row), "No disk.")
                    if mayChange { addDisk }
                }
                Tag.section(.class("panel")) {
                    Tag.h2 { "Drives" }
                    table(
                        ["Slot", "Disc", ""], machine.configuration.isoDrives.map(row),
                        "No drive. One can be added while the machine is off.")
                    if mayChange, [.off, .failed].contains(machine.state) {
                        form("add-drive", .class("filter")) {
                            Tag.button(.type("submit"), .class("small")) { "Add a drive" }
                        }
                    }
                }
                Tag.section(.class("panel")) {
                    Tag.h2 { "Adapters" }
                    table(
                        ["Slot", "Switch", "Hardware address", "Address", ""], machine.configuration.adapters.map(row),
                        "No adapter: the machine is on no network.")
                    if mayChange { addAdapter }
                }
            }
        }
    }

    private func table(_ heads: [String], _ rows: [HTML], _ none: String) -> HTML {
        if rows.isEmpty { return Tag.p(.class("quiet")) { none } }
        return Tag.div(.class("scroll"), .tabIndex(0), .role("region"), .aria("label", heads[1])) {
            Tag.table {
                Tag.thead {
                    Tag.tr { for head in heads { head.isEmpty ? Tag.td {} : Tag.th(.scope("col")) { head } } }
                }
                Tag.tbody { rows }
            }
        }
    }

    private func form(_ action: String, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML) -> HTML {
        frame.visit.form(frame.action("hardware", action), attributes: [.data("act", "")] + attributes) {
            Tag.input(.type("hidden"), .name("return"), .value(frame.place(.hardware).text))
            content()
        }
    }

    private func row(_ disk: Disk) -> HTML {
        Tag.tr(.id("disk-\(disk.id)")) {
            Tag.td { disk.status?.slot.map { "\($0)" } ?? "" }
            Tag.th(.scope("row")) { disk.name }
            Tag.td { "\(disk.capacity)" }
            Tag.td { disk.status?.allocated?.description ?? "" }
            Tag.td { disk.status?.pool ?? "" }
            Tag.td {
                if mayChange {
                    form("grow", .class("inline")) {
                        Tag.input(.type("hidden"), .name("disk"), .value("\(disk.id)"))
                        Tag.input(
                            .name("capacity"), .placeholder("\(disk.capacity)"), .class("short"),
                            .aria("label", "New capacity of \(disk.name)"))
                        Tag.button(.type("submit"), .class("small")) { "Grow" }
                    }
                    form("remove-disk", .class("inline")) {
                        Tag.input(.type("hidden"), .name("disk"), .value("\(disk.id)"))
                        Tag.button(.type("submit"), .class("small"), .title("The disk stays on the host")) {
                            "Take out"
                        }
                    }
                }
            }
        }
    }

    private var addDisk: HTML {
        Tag.div(.class("filter after")) {
            form("new-disk", .class("inline")) {
                Tag.input(
                    .name("name"), .placeholder("Name of a new disk"), .required, .aria("label", "Name of a new disk"))
                Tag.input(
                    .name("capacity"), .placeholder("20GiB"), .class("short"), .required, .aria("label", "Its capacity")
                )
                Tag.button(.type("submit"), .class("small")) { "Add a new disk" }
            }
            if !free.isEmpty {
                form("add-disk", .class("inline")) {
                    choice(
                        "disk", "A disk that no machine has", free.map { ("\($0.id)", "\($0.name), \($0.capacity)") })
                    Tag.button(.type("submit"), .class("small")) { "Add this one" }
                }
            }
        }
    }

    private func row(_ drive: VirtualMachineConfiguration.ISODrive) -> HTML {
        let disc = images.first { $0.id == drive.image }
        return Tag.tr {
            Tag.td { "\(drive.slot)" }
            Tag.th(.scope("row")) {
                disc?.name ?? (drive.image == nil ? "Empty" : "\(drive.image.map { "\($0)" } ?? "")")
            }
            Tag.td {
                if frame.visit.may(.operator) {
                    form("disc", .class("inline")) {
                        Tag.input(.type("hidden"), .name("slot"), .value("\(drive.slot)"))
                        choice(
                            "image", "Disc in drive \(drive.slot)",
                            [("", "Nothing")] + discs.map { ("\($0.id)", $0.name) }, disc.map { "\($0.id)" })
                        Tag.button(.type("submit"), .class("small")) { "Put in" }
                    }
                }
            }
        }
    }

    private func row(_ adapter: VirtualMachineConfiguration.Adapter) -> HTML {
        Tag.tr {
            Tag.td { "\(adapter.slot)" }
            Tag.th(.scope("row")) { switches.first { $0.id == adapter.switch }?.name ?? "\(adapter.switch)" }
            Tag.td(.class("number")) { adapter.hardwareAddress }
            Tag.td { adapter.address ?? "" }
            Tag.td {
                if mayChange {
                    form("remove-adapter", .class("inline")) {
                        Tag.input(.type("hidden"), .name("adapter"), .value("\(adapter.slot)"))
                        Tag.button(.type("submit"), .class("small")) { "Take out" }
                    }
                }
            }
        }
    }

    private var addAdapter: HTML {
        form("add-adapter", .class("filter after")) {
            choice(
                "switch", "Switch of a new adapter", switches.map { ("\($0.id)", $0.name) },
                switches.first(where: \.isDefault).map { "\($0.id)" })
            Tag.button(.type("submit"), .class("small")) { "Add an adapter" }
        }
    }

    private func choice(_ name: String, _ label: String, _ options: [(String, String)], _ value: String? = nil) -> HTML
    {
        Tag.select(.name(name), .aria("label", label)) {
            for (option, text) in options {
                Tag.option(attributes: [.value(option)] + (option == value ? [.selected] : [])) { text }
            }
        }
    }
}
