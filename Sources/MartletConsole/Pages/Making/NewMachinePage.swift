import HTTPTypes
import MartletClient
import MartletModel

/// The page that makes a machine: one form, every choice explained, what is usual chosen already.
struct NewMachinePage {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/new-machine") { visit in
            try await load(visit, NewMachineForm(fields: .init())).reply(failure: nil)
        },
        .post("/hosts/this/new-machine") { try await make($0) },
    ]

    /// How long the page waits for the machine, which is mostly there at once.
    private static let patience: Duration = .seconds(30)

    var visit: Visit
    var frame: Frame
    var form: NewMachineForm
    var images: [Image]
    var switches: [VirtualSwitch]

    private static func load(_ visit: Visit, _ form: NewMachineForm) async throws -> NewMachinePage {
        async let frame = Frame.load(visit)
        async let images = visit.client.listImages()
        async let switches = visit.client.listSwitches()
        return NewMachinePage(
            visit: visit, frame: try await frame, form: form, images: try await images, switches: try await switches)
    }

    private static func make(_ visit: Visit) async throws -> ConsoleReply {
        let form = NewMachineForm(fields: visit.request.form)
        do {
            let request = try form.request()
            let begun = try await visit.client.createMachine(request)
            let operation = try await visit.client.getOperation("\(begun.id)", waiting: patience)
            if let error = operation.error { throw MartletError(.conflict, error.message) }
            guard operation.state == .succeeded else {
                visit.session.tell("'\(request.name)' is still being made; it is in the list when it is there.")
                return .redirect(to: Places.machines)
            }
            if visit.request.form.has("start") {
                do { _ = try await visit.client.startMachine(operation.subject, paused: false) } catch let error
                    as MartletError
                {
                    visit.session.tell("The machine was made, and does not start: \(error.message)", isError: true)
                }
            }
            return .redirect(to: Places.machine(request.name))
        } catch let error as MartletError where error.code != .unauthenticated {
            return try await load(visit, form).reply(failure: error)
        }
    }

    private func reply(failure: MartletError?) -> ConsoleReply {
        var reply = frame.reply(title: "New machine", section: .machines) {
            Tag.p(.class("crumb")) { Tag.a(.href(Places.machines)) { "Machines" } }
            Tag.div(.class("title")) { Tag.h1 { "New machine" } }
            if let failure { Tag.p(.class("notice error"), .role("alert")) { Words.sentence(failure) } }
            visit.form(Places.host("new-machine"), .class("form wizard")) {
                beginning
                system
                size
                network
                Tag.label(.class("check")) {
                    Tag.input(attributes: box("start", true)) {}
                    Tag.span { "Start it at once" }
                }
                Tag.p(.class("buttons")) {
                    Tag.button(.type("submit"), .class("primary")) { "Make the machine" }
                    Tag.a(.class("button"), .href(Places.machines)) { "Leave it" }
                }
            }
        }
        if let failure { reply.status = ErrorPage.status(of: failure) }
        return reply
    }

    private var disks: [Image] { images.filter { $0.kind == .disk } }
    private var discs: [Image] { images.filter { $0.kind == .iso } }
    private var source: NewMachineForm.Source {
        form.source ?? (disks.isEmpty ? (discs.isEmpty ? .nothing : .iso) : .image)
    }

    private var beginning: HTML {
        Tag.fieldset {
            Tag.legend { "What it begins from" }
            for choice in NewMachineForm.Source.allCases {
                Tag.label(.class("choice")) {
                    Tag.input(
                        attributes: [.type("radio"), .name("source"), .value(choice.rawValue), .required]
                            + (choice == source ? [.checked] : [])
                    ) {}
                    Tag.strong { choice.title }
                    Tag.small { choice.explanation }
                }
            }
            Tag.div(.class("stack")) {
                select(
                    "image", "Image", disks.map { ($0.name, "\($0.name), \($0.capacity)") }, .class("for-image"),
                    none:
                        "There is no image on this host yet: `martlet image import` or `martlet image build` brings one."
                )
                select(
                    "iso", "ISO", discs.map { ($0.name, $0.name) }, .class("for-iso"),
                    none: "There is no ISO on this host yet: `martlet image import` brings one.")
            }
        }
    }

    private var system: HTML {
        Tag.fieldset {
            Tag.legend { "Machine" }
            Tag.div(.class("stack")) {
                field(
                    "name", "Name", hint: "Letters, digits, spaces and . _ -, as you will look for it.", .required,
                    .maxLength(100), .autofocus)
                select(
                    "generation", "Generation",
                    [("2", "2: UEFI, for any system of the last ten years"), ("1", "1: BIOS, for older ones")])
                Tag.label(.class("check")) {
                    Tag.input(attributes: box("secureBoot", true)) {}
                    Tag.span { "Secure Boot: the firmware starts signed systems alone (generation 2)" }
                }
                Tag.div(.class("stack for-image")) {
                    Tag.label {
                        Tag.span { "SSH key" }
                        Tag.textarea(.name("key"), .rows(2), .placeholder("ssh-ed25519 AAAA… you@desk")) {
                            form.text("key")
                        }
                        Tag.small { "A public key that may log in as the image's own user, a line each." }
                    }
                    Tag.label(.class("check")) {
                        Tag.input(attributes: box("services", true)) {}
                        Tag.span {
                            "Install the integration services at the first start: heartbeat, addresses, clean shutdown, production checkpoints"
                        }
                    }
                }
            }
        }
    }

    private var size: HTML {
        Tag.fieldset {
            Tag.legend { "Size" }
            Tag.div(.class("two stack")) {
                field(
                    "cpus", "Processors", "1", hint: "This host has \(frame.host.cpus).", .type("number"), .min(1),
                    .max(240))
                field(
                    "memory", "Memory in MiB", "1024",
                    hint: "\(frame.host.memory - frame.host.memoryAssigned) are not assigned here.")
                field(
                    "disk", "Disk in GiB", source == .image ? "" : "20",
                    hint: "It takes only what is written. Empty for an image's own size.")
            }
        }
    }

    private var network: HTML {
        let usual = switches.first(where: \.isDefault)
        let options =
            switches.map { ($0.name, "\($0.name), \($0.kind.rawValue)") } + [(NewMachineForm.noSwitch, "No network")]
        return Tag.fieldset {
            Tag.legend { "Network" }
            Tag.div(.class("stack")) { select("switch", "Switch", options, standard: usual?.name ?? "") }
        }
    }

    private func box(_ name: String, _ standard: Bool) -> [Attribute] {
        [.type("checkbox"), .name(name), .value("yes")] + (form.isTicked(name, standard) ? [.checked] : [])
    }

    private func field(
        _ name: String, _ title: String, _ standard: String = "", hint: String, _ more: Attribute...
    ) -> HTML {
        Tag.label {
            Tag.span { title }
            Tag.input(attributes: [.name(name), .value(form.text(name, standard))] + more) {}
            Tag.small { hint }
        }
    }

    private func select(
        _ name: String, _ title: String, _ options: [(String, String)], _ style: Attribute..., standard: String = "",
        none: String = ""
    ) -> HTML {
        Tag.label(attributes: style) {
            Tag.span { title }
            if options.isEmpty {
                Tag.small { none }
            } else {
                Tag.select(.name(name)) {
                    for (value, text) in options {
                        let isChosen = form.text(name, standard) == value
                        Tag.option(attributes: [.value(value)] + (isChosen ? [.selected] : [])) { text }
                    }
                }
            }
        }
    }
}
