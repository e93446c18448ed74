import HTTPTypes
import MartletClient
import MartletModel

/// A machine's checkpoints as the tree that they are, with where the machine is now.
struct CheckpointsPage {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/machines/{machine}/checkpoints") { visit in
            async let checkpoints = visit.client.listCheckpoints(visit.name("machine"))
            let frame = try await MachineFrame.load(visit)
            return CheckpointsPage(frame: frame, checkpoints: try await checkpoints).reply
        },
        .get("/hosts/this/machines/{machine}/checkpoints/{checkpoint}/{action}") { try await confirm($0) },
        .post("/hosts/this/machines/{machine}/checkpoints") { visit in
            var body = CreateCheckpointRequest(name: visit.request.form["name"])
            body.type = visit.request.form["type"].flatMap(CheckpointType.init)
            _ = try await visit.client.createCheckpoint(visit.name("machine"), body)
            return try visit.answer(.done("A checkpoint is being made."))
        },
        .post("/hosts/this/machines/{machine}/checkpoints/{checkpoint}/{action}") { try await act($0) },
    ]

    var frame: MachineFrame
    var checkpoints: [Checkpoint]

    private var reply: ConsoleReply {
        frame.reply(.checkpoints) {
            if frame.visit.may(.administrator) { create }
            Tag.section(attributes: frame.live("checkpoints", "vm checkpoint operation", .class("panel"))) {
                Tag.h2 { "Checkpoints" }
                if checkpoints.isEmpty {
                    Tag.p(.class("empty")) {
                        "None yet. A checkpoint keeps the machine as it is now, so that it can be taken back to here: before an update, say."
                    }
                } else {
                    branch(of: nil)
                }
            }
        }
    }

    private var create: HTML {
        frame.visit.form(frame.action("checkpoints"), .class("filter"), .data("act", "")) {
            Tag.input(.type("hidden"), .name("return"), .value(frame.place(.checkpoints).text))
            Tag.input(
                .type("text"), .name("name"), .placeholder("Name, or none for the time"), .maxLength(100),
                .aria("label", "Name of the new checkpoint"))
            Tag.select(.name("type"), .aria("label", "What it is to hold")) {
                Tag.option(.value("")) { "As the machine is set" }
                Tag.option(.value("production")) { "Disks, put in order by the guest" }
                Tag.option(.value("standard")) { "Disks and memory" }
            }
            Tag.button(.type("submit"), .class("primary")) { "Make a checkpoint" }
        }
    }

    /// What came from a checkpoint, the oldest first; those of no parent stand at the root.
    private func branch(of parent: ID<Checkpoint>?) -> HTML {
        let known = Set(checkpoints.map(\.id))
        let children = checkpoints.filter { checkpoint in
            guard let own = checkpoint.parent, known.contains(own) else { return parent == nil }
            return own == parent
        }
        return Tag.ul(.class("tree")) {
            if parent == nil, !checkpoints.contains(where: { $0.status?.isCurrent == true }) { now }
            for child in children {
                Tag.li(.id("checkpoint-\(child.id)")) {
                    row(child)
                    if child.status?.isCurrent == true || checkpoints.contains(where: { $0.parent == child.id }) {
                        Tag.div {
                            if child.status?.isCurrent == true { Tag.ul(.class("tree")) { now } }
                            if checkpoints.contains(where: { $0.parent == child.id }) { branch(of: child.id) }
                        }
                    }
                }
            }
        }
    }

    private var now: HTML { Tag.li(.class("now")) { Tag.strong { "Now" } } }

    private func row(_ checkpoint: Checkpoint) -> HTML {
        Tag.div(.class("checkpoint")) {
            Tag.strong { checkpoint.name }
            Tag.span(.class("quiet")) {
                "\(Words.time(checkpoint.created)), \(Self.worth(checkpoint))"
                if let size = checkpoint.status?.size { ", \(size)" }
            }
            for warning in checkpoint.warnings ?? [] { Tag.small(.class("failure")) { Words.sentence(warning) } }
            if !checkpoint.notes.isEmpty { Tag.small(.class("quiet")) { checkpoint.notes } }
            if frame.visit.may(.administrator) {
                Tag.span(.class("buttons")) {
                    button(checkpoint, "apply", "Apply", "small")
                    button(checkpoint, "delete", "Delete", "small danger")
                    button(checkpoint, "export", "Export", "small")
                }
            }
        }
    }

    private func button(_ checkpoint: Checkpoint, _ action: String, _ title: String, _ style: String) -> HTML {
        Tag.a(
            .class("button \(style)"), .data("ask", ""),
            .href(Places.machine(frame.machine.name, "checkpoints", "\(checkpoint.id)", action)),
            .aria("label", "\(title) '\(checkpoint.name)'")
        ) { title }
    }

    private static func worth(_ checkpoint: Checkpoint) -> String {
        switch checkpoint.consistency {
        case .application: "programs had put their data in order"
        case .fileSystem: "file systems stood still"
        case .crash: "as after a power loss"
        case .runningState: "with memory, goes on where it was"
        case .off: "the machine was off"
        }
    }

    private static func confirm(_ visit: Visit) async throws -> ConsoleReply {
        let frame = try await MachineFrame.load(visit)
        let checkpoint = try await visit.client.getCheckpoint(visit.name("machine"), visit.name("checkpoint"))
        let name = checkpoint.name
        let (title, text): (String, String) =
            switch visit.name("action") {
            case "apply":
                (
                    "Take '\(frame.machine.name)' back to '\(name)'?",
                    "What the machine has written since its last checkpoint is lost, unless you make one of it first."
                )
            case "delete":
                (
                    "Delete the checkpoint '\(name)'?",
                    "The machine stays as it is now; it can't be taken back to '\(name)' any more."
                )
            case "export":
                ("Export '\(name)'?", "The whole machine as it was then is written into a new folder of the host.")
            default: throw MartletError(.notFound, "there is nothing like that to do with a checkpoint")
            }
        return frame.reply(.checkpoints) {
            Tag.section(.id("confirm"), .class("confirm")) {
                Tag.h2(.id("confirm-title")) { title }
                Tag.p { text }
                visit.form(
                    frame.action("checkpoints", "\(checkpoint.id)", visit.name("action")), .data("act", ""),
                    .class("stack")
                ) {
                    Tag.input(.type("hidden"), .name("return"), .value(frame.place(.checkpoints).text))
                    choices(visit.name("action"))
                    Tag.p(.class("buttons")) {
                        Tag.button(
                            .type("submit"), .class(visit.name("action") == "export" ? "primary" : "danger")
                        ) { visit.name("action").capitalizedFirst }
                        Tag.a(.class("button"), .href(frame.place(.checkpoints)), .data("close", ""), .autofocus) {
                            "Leave it"
                        }
                    }
                }
            }
        }
    }

    @HTMLBuilder private static func choices(_ action: String) -> HTML {
        if action == "delete" {
            Tag.label(.class("check")) {
                Tag.input(.type("checkbox"), .name("subtree"), .value("yes"))
                Tag.span { "And all checkpoints that came from it" }
            }
        }
        if action == "export" {
            Tag.label {
                Tag.span { "Folder" }
                Tag.input(.type("text"), .name("folder"), .placeholder("/srv/exports/web"), .required)
                Tag.small { "A path on the host at which there is nothing yet." }
            }
        }
    }

    private static func act(_ visit: Visit) async throws -> ConsoleReply {
        let (machine, checkpoint) = (visit.name("machine"), visit.name("checkpoint"))
        switch visit.name("action") {
        case "apply":
            _ = try await visit.client.applyCheckpoint(machine, checkpoint)
            return try visit.answer(.done("The machine is being taken back."))
        case "delete":
            let subtree = visit.request.form.has("subtree")
            _ = try await visit.client.deleteCheckpoint(machine, checkpoint, subtree: subtree, bandwidth: nil)
            return try visit.answer(.done("The checkpoint is being deleted."))
        case "export":
            let body = ExportCheckpointRequest(folder: visit.request.form["folder"] ?? "")
            _ = try await visit.client.exportCheckpoint(machine, checkpoint, body)
            return try visit.answer(.done("The checkpoint is being exported to '\(body.folder)'."))
        default: throw MartletError(.notFound, "there is nothing like that to do with a checkpoint")
        }
    }
}

extension String {
    /// With its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
