import HTTPTypes
import MartletClient
import MartletModel

/// What a machine is set to, and which of it can be changed while its guest runs.
struct SettingsPage {
    private typealias Configuration = VirtualMachineConfiguration

    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/machines/{machine}/settings") { visit in
            SettingsPage(frame: try await MachineFrame.load(visit)).reply
        },
        .post("/hosts/this/machines/{machine}/settings") { try await change($0) },
    ]

    var frame: MachineFrame
    private var machine: VirtualMachine { frame.machine }
    private var isOff: Bool { [.off, .failed].contains(machine.state) }

    private var reply: ConsoleReply {
        let configuration = machine.configuration
        return frame.reply(.settings) {
            if !frame.visit.may(.administrator) {
                Tag.p(.class("notice")) {
                    "Administrators of the host change these; as \(frame.visit.session.role.rawValue) you may look."
                }
            } else if !isOff {
                Tag.p(.class("quiet")) { "What is grey can be changed while the machine is off." }
            }
            frame.visit.form(frame.action("settings"), .class("form")) {
                Tag.input(.type("hidden"), .name("revision"), .value("\(machine.revision)"))
                Tag.fieldset {
                    Tag.legend { "Machine" }
                    Tag.div(.class("stack")) {
                        field("name", "Name", configuration.name, .required, .maxLength(100))
                        Tag.label {
                            Tag.span { "Notes" }
                            Tag.textarea(.name("notes"), .rows(3)) { configuration.notes }
                        }
                    }
                }
                Tag.fieldset {
                    Tag.legend { "Size" }
                    Tag.div(.class("two stack")) {
                        field(
                            "cpus", "Processors", "\(configuration.cpus)", needsOff: true, .type("number"), .min(1),
                            .max(240))
                        field(
                            "memory", "Memory in MiB", "\(configuration.memory.bytes >> 20)",
                            needsOff: configuration.dynamicMemory != nil, .type("number"), .min(16))
                    }
                }
                if configuration.generation == .uefi { firmware(configuration) }
                rules(configuration)
                if frame.visit.may(.administrator) {
                    Tag.p(.class("buttons")) { Tag.button(.type("submit"), .class("primary")) { "Change" } }
                }
            }
        }
    }

    private func firmware(_ configuration: VirtualMachineConfiguration) -> HTML {
        Tag.fieldset {
            Tag.legend { "Firmware" }
            Tag.div(.class("stack")) {
                choice(
                    "secureBoot", "Secure Boot", [("yes", "On: signed systems alone"), ("no", "Off")],
                    configuration.secureBoot ? "yes" : "no", needsOff: true)
                choice(
                    "tpm", "TPM 2.0", [("yes", "There is one"), ("no", "There is none")],
                    configuration.tpm ? "yes" : "no",
                    needsOff: true)
            }
        }
    }

    private func rules(_ configuration: VirtualMachineConfiguration) -> HTML {
        Tag.fieldset {
            Tag.legend { "With the host" }
            Tag.div(.class("two stack")) {
                choice(
                    "automaticStart", "When the host starts",
                    [("startIfRunning", "Start it if it ran before"), ("start", "Start it"), ("nothing", "Leave it")],
                    configuration.automaticStart.action.rawValue)
                choice(
                    "automaticStopAction", "When the host goes down",
                    [("save", "Save it"), ("shutDown", "Shut it down"), ("turnOff", "Turn it off")],
                    configuration.automaticStopAction.rawValue)
                choice(
                    "restartPolicy", "When it stops by itself",
                    [
                        ("never", "Leave it"), ("onFailure", "Start it again after a failure"),
                        ("always", "Start it again"),
                    ],
                    configuration.restartPolicy.rawValue)
                choice(
                    "checkpointType", "Checkpoints",
                    [
                        ("production", "Disks put in order by the guest, else with memory"),
                        ("production-only", "Disks put in order by the guest, or none"),
                        ("standard", "Disks and memory"),
                        ("disabled", "None"),
                    ], configuration.checkpointType.rawValue)
            }
        }
    }

    private func mayChange(_ needsOff: Bool) -> [Attribute] {
        frame.visit.may(.administrator) && (isOff || !needsOff) ? [] : [.disabled]
    }

    private func field(
        _ name: String, _ title: String, _ value: String, needsOff: Bool = false, _ more: Attribute...
    ) -> HTML {
        Tag.label {
            Tag.span { title }
            Tag.input(attributes: [.name(name), .value(value)] + more + mayChange(needsOff)) {}
        }
    }

    private func choice(
        _ name: String, _ title: String, _ options: [(String, String)], _ value: String, needsOff: Bool = false
    ) -> HTML {
        Tag.label {
            Tag.span { title }
            Tag.select(attributes: [.name(name)] + mayChange(needsOff)) {
                for (option, text) in options {
                    Tag.option(attributes: [.value(option)] + (option == value ? [.selected] : [])) { text }
                }
            }
        }
    }

    private static func change(_ visit: Visit) async throws -> ConsoleReply {
        let form = visit.request.form
        guard let revision = form["revision"].flatMap({ Int64($0) }) else {
            throw MartletError(.invalidArgument, "the form is not whole; load the page again")
        }
        let before = try await visit.client.getMachine(visit.name("machine"))
        var settings = VirtualMachineSettings(notes: form.raw("notes"))
        // Only what differs is sent: what can't be changed now isn't asked for.
        if let cpus = form["cpus"].flatMap({ Int($0) }), cpus != before.configuration.cpus { settings.cpus = cpus }
        if let memory = form["memory"].flatMap({ Int64($0) }), memory >= 0, memory < 1 << 40,
            memory != before.configuration.memory.bytes >> 20
        {
            settings.memory = .mebibytes(memory)
        }
        if let on = form["secureBoot"], (on == "yes") != before.configuration.secureBoot {
            settings.secureBoot = on == "yes"
        }
        if let on = form["tpm"], (on == "yes") != before.configuration.tpm { settings.tpm = on == "yes" }
        if let action = form["automaticStart"].flatMap(Configuration.AutomaticStart.Action.init) {
            settings.automaticStart = .init(
                action: action, delayInSeconds: before.configuration.automaticStart.delayInSeconds)
        }
        settings.automaticStopAction = form["automaticStopAction"].flatMap(Configuration.AutomaticStopAction.init)
        settings.restartPolicy = form["restartPolicy"].flatMap(Configuration.RestartPolicy.init)
        settings.checkpointType = form["checkpointType"].flatMap(CheckpointType.init)
        let name = form["name"].flatMap { $0 == before.name ? nil : $0 }
        do {
            let changed = try await visit.client.updateMachine(
                visit.name("machine"), revision: revision, UpdateVirtualMachineRequest(name: name, settings: settings))
            visit.session.tell("'\(changed.name)' is changed.")
            for message in changed.messages { visit.session.tell(Words.sentence(message)) }
            return .redirect(to: Places.machine(changed.name, "settings"))
        } catch let error as MartletError where error.code != .unauthenticated {
            visit.session.tell(Words.sentence(error), isError: true)
            return .redirect(to: Places.machine(before.name, "settings"))
        }
    }
}
