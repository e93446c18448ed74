import MartletClient
import MartletModel

/// Does what buttons say to one machine or many, and asks first where something is lost by it.
enum ActionPages {
    static let routes: [ConsoleRoute] = [
        .post("/hosts/this/machine-actions") { try await act($0) },
        .get("/hosts/this/confirm") { try await confirm($0) },
    ]

    private static func act(_ visit: Visit) async throws -> ConsoleReply {
        let form = visit.request.form
        let (action, machines) = try wanted(form)
        if action.loss != nil, !form.has("confirmed") {
            let query = [("action", action.rawValue)] + machines.map { ("machine", $0) }
            let back = form["return"].map { [("return", $0)] } ?? []
            return try visit.answer(FormOutcome(question: Places.host("confirm", query: query + back)))
        }
        var outcome = FormOutcome()
        var done: [String] = []
        for machine in machines {
            do {
                try await action.perform(machine, client: visit.client, withDisks: form.has("disks"))
                done.append(await name(machine, visit))
            } catch let error as MartletError {
                if error.code == .unauthenticated { throw error }
                outcome.notices.append(.init(text: Words.sentence(error), isError: true))
            }
        }
        if !done.isEmpty {
            let text = "\(action.participle) \(Words.names(done))."
            outcome.notices.insert(.init(text: text, isError: false), at: 0)
            if action == .delete { outcome.location = Places.machines }
        }
        return try visit.answer(outcome)
    }

    /// What to call a machine by; what was asked for by, where it is gone.
    private static func name(_ machine: String, _ visit: Visit) async -> String {
        (try? await visit.client.getMachine(machine).name) ?? machine
    }

    private static func wanted(_ fields: ConsoleRequest.Fields) throws(MartletError) -> (MachineAction, [String]) {
        let text = fields["action"] ?? ""
        guard let action = MachineAction(rawValue: text) else {
            throw MartletError(
                .invalidArgument, "'\(text.prefix(40))' is nothing that can be done; use the page's buttons")
        }
        let machines = fields.all("machine").filter { !$0.isEmpty }
        if machines.isEmpty { throw MartletError(.invalidArgument, "no machine was chosen; tick those that are meant") }
        return (action, machines)
    }

    private static func confirm(_ visit: Visit) async throws -> ConsoleReply {
        let (action, ids) = try wanted(visit.request.query)
        async let loading = Frame.load(visit)
        var machines: [VirtualMachine] = []
        for id in ids { machines.append(try await visit.client.getMachine(id)) }
        let frame = try await loading
        let title = "\(action.title) \(Words.names(machines.map(\.name)))?"
        return frame.reply(title: title, section: .machines) {
            Tag.section(.id("confirm"), .class("confirm")) {
                Tag.h1(.id("confirm-title")) { title }
                Tag.p { action.loss ?? "" }
                visit.form(Places.host("machine-actions"), .data("act", "")) {
                    Tag.input(.type("hidden"), .name("action"), .value(action.rawValue))
                    Tag.input(.type("hidden"), .name("confirmed"), .value("yes"))
                    if let back = visit.request.query["return"] {
                        Tag.input(.type("hidden"), .name("return"), .value(back))
                    }
                    for machine in machines {
                        Tag.input(.type("hidden"), .name("machine"), .value("\(machine.id)"))
                    }
                    if action == .delete { disks(machines) }
                    Tag.p(.class("buttons")) {
                        Tag.button(.class("danger"), .type("submit")) { action.title }
                        Tag.a(.class("button"), .href(back(visit)), .data("close", ""), .autofocus) { "Leave it" }
                    }
                }
            }
        }
    }

    private static func disks(_ machines: [VirtualMachine]) -> HTML {
        let count = machines.reduce(0) { $0 + $1.configuration.disks.count }
        if count == 0 { return .nothing }
        return Tag.label(.class("check")) {
            Tag.input(.type("checkbox"), .name("disks"), .value("yes"))
            Tag.span {
                "Delete \(Words.count(count, "disk", "disks")) too, with all that is on them; otherwise they stay"
            }
        }
    }

    private static func back(_ visit: Visit) -> PageAddress {
        visit.request.query["return"].flatMap(PageAddress.init(checking:)) ?? Places.machines
    }
}
