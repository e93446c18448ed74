import HTTPTypes
import MartletClient
import MartletModel

/// What a host has beside its machines: disks and pools, images, switches.
enum StoragePage {
    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/disks") { try await disks($0) }, .get("/hosts/this/images") { try await images($0) },
        .get("/hosts/this/switches") { try await switches($0) },
    ]

    private static func disks(_ visit: Visit) async throws -> ConsoleReply {
        async let frame = Frame.load(visit)
        async let disks = visit.client.listDisks()
        let pools = try await visit.client.listPools()
        let list = try await disks
        return try await frame.reply(title: "Disks and pools", section: .disks) {
            Tag.div(.class("title")) { Tag.h1 { "Disks and pools" } }
            Tag.div(.id("disks"), .data("live", "disk pool")) {
                Listing(
                    title: "Pools", heads: ["Name", "Where", "Free", "For new disks"],
                    rows: pools.map {
                        [.text($0.name), .text($0.path), .text(free($0)), .text($0.isDefault ? "yes" : "")]
                    }, empty: ""
                ).html
                Listing(
                    title: "Disks", heads: ["Name", "Capacity", "Takes", "Format", "Pool", "Machine"],
                    rows: list.map(row), empty: "No disk yet. They come with machines, or by `martlet disk create`."
                ).html
            }
        }
    }

    private static func free(_ pool: Pool) -> String {
        guard let free = pool.status?.free, let total = pool.status?.total else { return "" }
        return "\(free) of \(total)"
    }

    private static func row(_ disk: Disk) -> [HTML] {
        let machine = disk.status?.machine.map { name in Tag.a(.href(Places.machine(name))) { name } }
        return [
            .text(disk.name), .text("\(disk.capacity)"), .text(disk.status?.allocated?.description ?? "not there"),
            .text(disk.format.rawValue), .text(disk.status?.pool ?? ""), machine ?? .nothing,
        ]
    }

    private static func images(_ visit: Visit) async throws -> ConsoleReply {
        async let frame = Frame.load(visit)
        let images = try await visit.client.listImages()
        return try await frame.reply(title: "Images", section: .images) {
            Tag.div(.class("title")) { Tag.h1 { "Images" } }
            Tag.div(.id("images"), .data("live", "image")) {
                Listing(
                    title: "Images", heads: ["Name", "Kind", "Capacity", "Takes", "From"],
                    rows: images.map { image in
                        [
                            .text(image.name), .text(image.kind.rawValue), .text("\(image.capacity)"),
                            .text("\(image.fileSize)"), .text(image.source),
                        ]
                    },
                    empty:
                        "No image yet. Machines are made from images in seconds: `martlet image build debian-12` makes one here, `martlet image import` brings one."
                ).html
            }
        }
    }

    private static func switches(_ visit: Visit) async throws -> ConsoleReply {
        async let frame = Frame.load(visit)
        async let machines: [VirtualMachine] = visit.client.listMachines()
        let switches = try await visit.client.listSwitches()
        let all = try await machines
        return try await frame.reply(title: "Switches", section: .switches) {
            Tag.div(.class("title")) { Tag.h1 { "Switches" } }
            Tag.div(.id("switches"), .data("live", "switch vm"), .class("cards")) {
                for other in switches { picture(other, all) }
            }
        }
    }

    /// A switch with who is plugged in.
    private static func picture(_ other: VirtualSwitch, _ all: [VirtualMachine]) -> HTML {
        let plugged = all.filter { machine in machine.configuration.adapters.contains { $0.switch == other.id } }
        return Tag.section(.class("panel")) {
            Tag.h2 { other.name }
            Tag.p(.class("quiet")) {
                "\(other.kind.rawValue)\(other.subnet.map { ", \($0)" } ?? "")\(other.adapter.map { ", by \($0)" } ?? "")\(other.isDefault ? ", for new machines" : "")"
            }
            if plugged.isEmpty { Tag.p(.class("quiet")) { "Nobody is plugged in." } }
            Tag.ul(.class("plugs")) {
                for machine in plugged {
                    Tag.li {
                        Tag.a(.href(Places.machine(machine.name))) { machine.name }
                        Tag.span(.class("quiet")) { " \(machine.figures?.addresses.joined(separator: ", ") ?? "")" }
                    }
                }
            }
            for forward in other.forwards {
                Tag.p(.class("quiet")) { "Port \(forward.hostPort) of the host leads to port \(forward.port)." }
            }
        }
    }
}

/// A table that says so where it is empty.
struct Listing {
    var title: String
    var heads: [String]
    var rows: [[HTML]]
    var empty: String

    var html: HTML {
        Tag.section(.class("panel")) {
            Tag.h2 { title }
            if rows.isEmpty {
                Tag.p(.class("empty")) { empty }
            } else {
                Tag.div(.class("scroll"), .tabIndex(0), .role("region"), .aria("label", title)) {
                    Tag.table {
                        Tag.thead { Tag.tr { for head in heads { Tag.th(.scope("col")) { head } } } }
                        Tag.tbody {
                            for row in rows {
                                Tag.tr {
                                    Tag.th(.scope("row")) { row.prefix(1).map(\.self) }
                                    for cell in row.dropFirst() { Tag.td { cell } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
