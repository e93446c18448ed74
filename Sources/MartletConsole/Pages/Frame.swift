import HTTPTypes
import MartletClient
import MartletModel

/// What is around every page: the host on the left, its running operations below, search and the person above.
struct Frame {
    /// The parts of a host, in the order of the list on the left.
    enum Section: String, CaseIterable {
        case machines, disks, images, switches, operations
        case none

        var title: String {
            switch self {
            case .machines: "Machines"
            case .disks: "Disks and pools"
            case .images: "Images"
            case .switches: "Switches"
            case .operations: "Operations"
            case .none: ""
            }
        }
    }

    var visit: Visit
    var host: Host
    /// Those under way, and the last that ended; the newest first.
    var operations: [Operation]

    /// Asks what the frame shows.
    ///
    /// - Throws: what the API answers.
    static func load(_ visit: Visit) async throws -> Frame {
        async let host = visit.client.getHost()
        async let operations = visit.client.listOperations(newest: 20)
        return Frame(visit: visit, host: try await host, operations: try await operations)
    }

    /// A whole page, or the part of it that was asked for.
    func reply(title: String, section: Section, @HTMLBuilder content: () -> HTML) -> ConsoleReply {
        guard let id = visit.request.fragment else {
            return .page(page(title: title, section: section, content: content))
        }
        let parts = HTML.many([content(), Drawer(visit: visit, operations: operations).html, hostSummary])
        guard let part = parts.element(id: id) else { return ConsoleReply(status: .notFound) }
        return .fragment(.element(part))
    }

    func page(title: String, section: Section, @HTMLBuilder content: () -> HTML) -> HTML {
        Self.document(title: "\(title) · \(host.name)", assets: visit.assets, isInside: true) {
            Tag.a(.class("skip"), .href(fragment: "main")) { "Skip to the page's content" }
            header
            navigation(section)
            Tag.main(.id("main"), .tabIndex(-1)) {
                notices
                content()
            }
            Drawer(visit: visit, operations: operations).html
            Tag.div(.id("toasts"), .role("status"), .aria("live", "polite"))
            Tag.dialog(.id("question"), .aria("labelledby", "confirm-title"))
        }
    }

    private var header: HTML {
        Tag.header(.class("top")) {
            Tag.a(.class("brand"), .href(Places.machines)) {
                Tag.img(.src(visit.assets.address("mark.svg")), .alt(""))
                "Martlet"
            }
            Tag.button(.type("button"), .id("theme"), .class("plain"), .hidden) { "Dark" }
            Tag.details(.class("menu person")) {
                Tag.summary { visit.session.user }
                Tag.div(.class("list")) {
                    Tag.p(.class("quiet")) { "Signed in as \(visit.session.role.rawValue)" }
                    visit.form(PageAddress("sign-out")) {
                        Tag.button(.class("plain"), .type("submit")) { "Sign out" }
                    }
                }
            }
        }
    }

    private func navigation(_ section: Section) -> HTML {
        Tag.nav(.class("hosts"), .aria("label", "Hosts")) {
            hostSummary
            Tag.ul {
                for other in Section.allCases where other != .none {
                    Tag.li {
                        Tag.a(attributes: link(to: other, isCurrent: other == section)) { other.title }
                    }
                }
            }
        }
    }

    private func link(to section: Section, isCurrent: Bool) -> [Attribute] {
        let address = Attribute.href(Places.host(section.rawValue))
        return isCurrent ? [address, .aria("current", "page")] : [address]
    }

    private var hostSummary: HTML {
        Tag.div(.id("host"), .class("host"), .data("live", "vm"), .data("poll", "60")) {
            Tag.strong { host.name }
            Tag.small(.class("quiet")) { "Martlet \(host.version), \(host.accelerator.rawValue)" }
            Tag.small(.class("quiet")) {
                "\(host.machinesRunning) of \(Words.count(host.machines, "machine", "machines")) running"
            }
            Tag.meter(
                .min(0), .max(max(1, host.memory.bytes)), .value("\(host.memoryAssigned.bytes)"),
                .aria("label", "Memory that machines hold"),
                .title("\(host.memoryAssigned) of \(host.memory) held by machines"))
        }
    }

    private var notices: HTML {
        .many(
            visit.session.takeNotices().map { notice in
                Tag.p(.class(notice.isError ? "notice error" : "notice"), .role(notice.isError ? "alert" : "status")) {
                    notice.text
                }
            })
    }

    /// A page for somebody who isn't signed in.
    static func outside(title: String, assets: Assets, @HTMLBuilder content: () -> HTML) -> HTML {
        document(title: title, assets: assets, isInside: false) {
            Tag.main(.id("main"), .class("card")) {
                Tag.p(.class("brand")) {
                    Tag.img(.src(assets.address("mark.svg")), .alt(""))
                    "Martlet"
                }
                content()
            }
        }
    }

    private static func document(
        title: String, assets: Assets, isInside: Bool, @HTMLBuilder content: () -> HTML
    ) -> HTML {
        Tag.html(.lang("en")) {
            Tag.head {
                Tag.meta(.charset("utf-8"))
                Tag.meta(.name("viewport"), .content("width=device-width, initial-scale=1"))
                Tag.meta(.name("color-scheme"), .content("light dark"))
                Tag.title { "\(title) · Martlet" }
                Tag.link(.rel("icon"), .type("image/svg+xml"), .href(assets.address("mark.svg")))
                Tag.link(.rel("stylesheet"), .href(assets.address("console.css")))
                // Before the page is painted, so that a dark page is never white first.
                Tag.script(.src(assets.address("theme.js")))
                if isInside { Tag.script(.type("module"), .src(assets.address("console.js"))) }
            }
            Tag.body(.class(isInside ? "inside" : "outside"), content: content)
        }
    }
}
