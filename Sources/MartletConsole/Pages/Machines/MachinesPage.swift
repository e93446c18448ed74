import FoundationEssentials
import MartletClient
import MartletModel

/// The table of a host's machines.
enum MachinesPage {
    static let routes: [ConsoleRoute] = [.get("/hosts/this/machines") { try await show($0) }]

    /// Of machines, up to which the table's figures are looked at every few seconds, rather than twice a minute.
    private static let mostForShortPoll = 200

    /// What can be done to many.
    private static let bulk: [MachineAction] = [.start, .shutDown, .save, .turnOff, .checkpoint, .delete]

    private static func show(_ visit: Visit) async throws -> ConsoleReply {
        let now = Moment(Date())
        if let row = try await row(visit, now) { return row }
        let list = MachineList(visit.request.query)
        async let frame = Frame.load(visit)
        let all: [VirtualMachine] = try await visit.client.listMachines()
        let shown = list.select(all)
        return try await frame.reply(title: "Machines", section: .machines) {
            Tag.div(.class("title")) {
                Tag.h1 { "Machines" }
                if visit.may(.administrator) {
                    Tag.a(.class("button primary"), .href(Places.host("new-machine"))) { "New machine" }
                }
            }
            // One part for both, so that an open page goes from one to the other.
            Tag.div(
                .id("machines"), .data("live", "vm"), .data("rows", MachineRow.id("")),
                .data("poll", shown.count <= mostForShortPoll ? "5" : "30")
            ) {
                if all.isEmpty { empty(visit) } else { table(visit, list, shown, now) }
            }
        }
    }

    /// One line, where that is all that is asked for: what changes most often costs least.
    private static func row(_ visit: Visit, _ now: Moment) async throws -> ConsoleReply? {
        guard let fragment = visit.request.fragment, fragment.hasPrefix(MachineRow.id("")) else { return nil }
        let machine = try await visit.client.getMachine(String(fragment.dropFirst(MachineRow.id("").count)))
        return .fragment(MachineRow(machine: machine, now: now).html)
    }

    private static func empty(_ visit: Visit) -> HTML {
        Tag.section(.class("empty")) {
            Tag.h2 { "There is no machine yet" }
            Tag.p {
                visit.may(.administrator)
                    ? "A machine can begin from an image, from the disc of an installer, or from nothing."
                    : "An administrator of this host can make one; it is shown here at once."
            }
            if visit.may(.administrator) {
                Tag.p { Tag.a(.class("button"), .href(Places.host("new-machine"))) { "Make the first one" } }
            }
        }
    }

    private static func table(
        _ visit: Visit, _ list: MachineList, _ shown: [VirtualMachine], _ now: Moment
    ) -> HTML {
        .many([
            filter(list, shown.count),
            visit.form(Places.host("machine-actions"), .id("machines-form"), .class("bulk"), .data("act", "")) {
                Tag.input(.type("hidden"), .name("return"), .value(visit.request.target))
                Tag.span(.id("chosen"), .class("quiet")) { "With those that are ticked:" }
                for action in bulk where visit.may(action.role) {
                    Tag.button(
                        .type("submit"), .class(action.loss == nil ? "small" : "small danger"), .name("action"),
                        .value(action.rawValue)
                    ) { action.title }
                }
            },
            Tag.div(.class("scroll"), .role("region"), .aria("label", "Machines"), .tabIndex(0)) {
                Tag.table(.class("machines")) {
                    head(list)
                    Tag.tbody {
                        for machine in shown { MachineRow(machine: machine, now: now).html }
                        if shown.isEmpty {
                            Tag.tr { Tag.td(.columns(8), .class("empty")) { "No machine is like this." } }
                        }
                    }
                }
            },
        ])
    }

    private static func filter(_ list: MachineList, _ count: Int) -> HTML {
        Tag.form(.methodGet, .action(Places.machines), .class("filter"), .role("search"), .data("filter", "machines")) {
            Tag.input(
                .type("search"), .name("q"), .value(list.filter), .placeholder("Name, label, address"),
                .aria("label", "Show only machines with this"))
            Tag.select(.name("state"), .aria("label", "Show only machines in this state")) {
                Tag.option(.value("")) { "Any state" }
                for state in VirtualMachineState.allCases {
                    Tag.option(attributes: [.value(state.rawValue)] + (state == list.state ? [.selected] : [])) {
                        state.rawValue
                    }
                }
            }
            if list.column != .name { Tag.input(.type("hidden"), .name("sort"), .value(list.column.rawValue)) }
            if list.isDescending { Tag.input(.type("hidden"), .name("order"), .value("down")) }
            Tag.button(.type("submit"), .class("small")) { "Show" }
            if list.isFiltered { Tag.a(.href(Places.machines)) { "Show all" } }
        }
    }

    private static func head(_ list: MachineList) -> HTML {
        Tag.thead {
            Tag.tr {
                Tag.td(.class("tick")) {
                    Tag.input(.type("checkbox"), .data("all", "machine"), .aria("label", "Choose all"))
                }
                for column in MachineList.Column.allCases {
                    Tag.th(attributes: heading(column, list)) {
                        Tag.a(.href(list.address(sortedBy: column))) { column.title }
                    }
                }
            }
        }
    }

    private static func heading(_ column: MachineList.Column, _ list: MachineList) -> [Attribute] {
        guard column == list.column else { return [.scope("col")] }
        return [.scope("col"), .aria("sort", list.isDescending ? "descending" : "ascending")]
    }
}
