import FoundationEssentials
import HTTPTypes
import MartletClient
import MartletModel
import NIOCore

/// A machine at a glance.
struct SummaryPage {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/machines/{machine}") { visit in
            let frame = try await MachineFrame.load(visit)
            return SummaryPage(frame: frame, now: Moment(Date())).reply
        },
        .get("/hosts/this/machines/{machine}/screenshot.png") { visit in
            let picture = try await visit.client.getScreenshot(visit.name("machine"))
            return ConsoleReply(body: .bytes(.init(bytes: picture), mediaType: "image/png"))
        },
    ]

    var frame: MachineFrame
    var now: Moment

    private var machine: VirtualMachine { frame.machine }
    private var guest: GuestStatus? { machine.state == .off ? nil : machine.status.guest }

    private var reply: ConsoleReply {
        frame.reply(.summary) {
            Tag.div(attributes: frame.live("summary", "vm", .data("poll", "5"), .class("cards"))) {
                warnings
                screen
                state
                figures
                guestInformation
                hardware
                if !machine.configuration.notes.isEmpty {
                    card("Notes") { Tag.p(.class("notes")) { machine.configuration.notes } }
                }
            }
        }
    }

    private func card(_ title: String, @HTMLBuilder content: () -> HTML) -> HTML {
        Tag.section(.class("panel")) {
            Tag.h2 { title }
            content()
        }
    }

    private func list(_ pairs: [(String, String?)]) -> HTML {
        Tag.dl {
            for (name, value) in pairs {
                if let value, !value.isEmpty {
                    Tag.div {
                        Tag.dt { name }
                        Tag.dd { value }
                    }
                }
            }
        }
    }

    @HTMLBuilder private var warnings: HTML {
        if let cause = machine.status.cause {
            Tag.p(.class(machine.state == .failed ? "notice error wide" : "notice wide")) {
                Words.sentence(cause.message)
            }
        }
        for warning in machine.status.warnings ?? [] {
            Tag.p(.class("notice error wide")) { Words.sentence(warning) }
        }
    }

    /// What its screen shows, looked at anew with the rest of the page. A kernel that is loaded directly mostly paints none.
    @HTMLBuilder private var screen: HTML {
        if machine.state == .running, machine.configuration.generation != .direct {
            let picture = Places.machine(machine.name, "screenshot.png")
            card("Screen") {
                Tag.img(
                    .class("screen"), .alt("The machine's screen"),
                    .src(PageAddress(checking: "\(picture.text)?at=\(now.milliseconds)") ?? picture))
            }
        }
    }

    private var state: HTML {
        card("State") {
            list([
                ("State", machine.state.rawValue), ("Since", Words.time(machine.status.since)),
                ("Uptime", machine.status.started.map { Words.duration(now.since($0)) }),
                (
                    "Runs by",
                    machine.status.accelerator == .tcg ? "software emulation" : machine.status.accelerator?.rawValue
                ),
                ("Saved state", machine.status.savedState?.description),
                ("Addresses", machine.figures?.addresses.joined(separator: ", ")),
            ])
            if machine.state == .off {
                Tag.p(.class("quiet")) { "It is off and holds no memory. What it uses is shown here while it runs." }
            }
        }
    }

    @HTMLBuilder private var figures: HTML {
        if let figures = machine.figures {
            card("Use") {
                Tag.dl {
                    Tag.div {
                        Tag.dt { "Processors" }
                        Tag.dd {
                            Gauge(
                                value: figures.processorPercent, most: 100,
                                text: Words.percent(figures.processorPercent), label: "Processors"
                            ).html
                        }
                    }
                    if let memory = figures.memory {
                        Tag.div {
                            Tag.dt { "Memory" }
                            Tag.dd { memory.demanded.map { "\($0) of \(memory.assigned)" } ?? "\(memory.assigned)" }
                        }
                    }
                }
                list([
                    ("On the host", "\(figures.resident)"),
                    ("Read", "\(ByteCount(bytes: figures.disks.reduce(0) { $0 + $1.readBytes }))"),
                    ("Written", "\(ByteCount(bytes: figures.disks.reduce(0) { $0 + $1.writtenBytes }))"),
                    ("Received", "\(ByteCount(bytes: figures.adapters.reduce(0) { $0 + $1.receivedBytes }))"),
                    ("Sent", "\(ByteCount(bytes: figures.adapters.reduce(0) { $0 + $1.sentBytes }))"),
                ])
            }
        }
    }

    @HTMLBuilder private var guestInformation: HTML {
        if let guest {
            card("Guest") {
                list([
                    ("Heartbeat", guest.heartbeat.rawValue), ("System", guest.system), ("Kernel", guest.kernel),
                    ("Host name", guest.hostName),
                    ("Interfaces", guest.interfaces?.flatMap(\.addresses).joined(separator: ", ")),
                    (
                        "File systems",
                        guest.fileSystems?.map { "\($0.mountPoint): \($0.free) free of \($0.size)" }.joined(
                            separator: "; ")
                    ),
                    ("Failed units", guest.failedUnits?.joined(separator: ", ")),
                    ("Services", guest.services.map(\.rawValue).joined(separator: ", ")),
                    ("Version", guest.version),
                ])
            }
        } else if machine.state == .running {
            card("Guest") {
                Tag.p(.class("quiet")) {
                    "The guest says nothing of itself. With Martlet's integration services in it, its heartbeat, addresses and file systems are shown here."
                }
            }
        }
    }

    private var hardware: HTML {
        let configuration = machine.configuration
        let generation =
            switch configuration.generation {
            case .bios: "1, BIOS"
            case .uefi: "2, UEFI" + (configuration.secureBoot ? " with Secure Boot" : "")
            case .direct: "direct boot of a kernel"
            }
        return card("Machine") {
            list([
                ("Generation", generation), ("Processors", "\(configuration.cpus)"),
                ("Memory", "\(configuration.memory)" + (configuration.dynamicMemory == nil ? "" : ", dynamic")),
                ("Disks", "\(configuration.disks.count)"), ("Adapters", "\(configuration.adapters.count)"),
                ("TPM", configuration.tpm ? "2.0" : nil),
                (
                    "Labels",
                    configuration.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                        separator: ", ")
                ),
                ("Made", Words.time(configuration.created)), ("Id", "\(configuration.id)"),
            ])
        }
    }
}
