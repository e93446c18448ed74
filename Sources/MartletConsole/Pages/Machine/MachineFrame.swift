import HTTPTypes
import MartletClient
import MartletModel

/// What is around every page of one machine: its name and state, what can be done with it, and its pages.
struct MachineFrame {
    /// The pages of a machine, in their order.
    enum Tab: String, CaseIterable {
        case summary = ""
        case settings, hardware, checkpoints, console

        var title: String {
            switch self {
            case .summary: "Summary"
            case .settings: "Settings"
            case .hardware: "Disks and adapters"
            case .checkpoints: "Checkpoints"
            case .console: "Console"
            }
        }
    }

    var visit: Visit
    var frame: Frame
    var machine: VirtualMachine

    /// - Throws: what the API answers.
    static func load(_ visit: Visit) async throws -> MachineFrame {
        async let frame = Frame.load(visit)
        let machine = try await visit.client.getMachine(visit.name("machine"))
        return MachineFrame(visit: visit, frame: try await frame, machine: machine)
    }

    func place(_ tab: Tab) -> PageAddress {
        tab == .summary ? Places.machine(machine.name) : Places.machine(machine.name, tab.rawValue)
    }

    /// Where a form of the machine's pages is sent.
    func action(_ part: String...) -> PageAddress {
        PageAddress(["hosts", "this", "machines", "\(machine.id)"] + part)
    }

    func reply(_ tab: Tab, @HTMLBuilder content: () -> HTML) -> ConsoleReply {
        let title = tab == .summary ? machine.name : "\(tab.title) of \(machine.name)"
        return frame.reply(title: title, section: .machines) {
            Tag.p(.class("crumb")) { Tag.a(.href(Places.machines)) { "Machines" } }
            head
            Tag.nav(.class("tabs"), .aria("label", "Pages of \(machine.name)")) {
                for other in Tab.allCases {
                    Tag.a(attributes: [.href(place(other))] + (other == tab ? [.aria("current", "page")] : [])) {
                        other.title
                    }
                }
            }
            content()
        }
    }

    private var head: HTML {
        Tag.div(.id("head"), .class("title"), .data("live", "vm"), .data("subject", "\(machine.id)")) {
            Tag.h1 { machine.name }
            StateBadge(machine: machine).html
            visit.form(Places.host("machine-actions"), .class("bulk"), .data("act", "")) {
                Tag.input(.type("hidden"), .name("machine"), .value("\(machine.id)"))
                Tag.input(.type("hidden"), .name("return"), .value(visit.request.target))
                for action in MachineAction.allCases where isOffered(action) {
                    Tag.button(
                        .type("submit"), .name("action"), .value(action.rawValue),
                        .class(style(action))
                    ) { action.title }
                }
            }
        }
    }

    private func isOffered(_ action: MachineAction) -> Bool {
        visit.may(action.role) && action.isOffered(in: machine.state)
    }

    private func style(_ action: MachineAction) -> String {
        switch action {
        case .start, .resume: "primary"
        case .turnOff, .reset, .delete, .discard: "danger"
        default: ""
        }
    }

    /// Attributes of a part that shows the machine, so that it follows it.
    func live(_ id: String, _ nouns: String = "vm", _ more: Attribute...) -> [Attribute] {
        [.id(id), .data("live", nouns), .data("subject", "\(machine.id)")] + more
    }
}
