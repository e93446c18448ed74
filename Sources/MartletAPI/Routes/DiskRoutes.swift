import HTTPTypes
import MartletHost
import MartletModel

/// `/disks`.
package enum DiskRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/disks", "listDisks", "List the disks, sorted by name.", for: .viewer,
                parameters: [.name, .limit, .afterName],
                answer: .page(of: "Disk")
            ) { call in
                let disks = call.host.disks.list().filter { call.parameters.admits(name: $0.name) }
                let page = Pagination(
                    disks, limit: call.parameters.limit, after: call.parameters.text("after"), key: \.name)
                let described = await call.host.virtualMachines.described(Array(page.items))
                return try .json(Page(items: described, next: page.next))
            },
            .change(
                .post, "/disks", "createDisk", "Create a disk, empty or of an image's file.", for: .administrator,
                body: .json("CreateDiskRequest"),
                answer: .accepted, failures: [.notFound, .alreadyExists, .insufficientSpace, .unsupported]
            ) { call in
                try .accepted(try await call.host.disks.create(try call.decode(), by: call.principal))
            },
            .get(
                "/disks/{disk}", "getDisk", "Show a disk.", for: .viewer, parameters: [.disk],
                answer: .json("Disk", "The disk.")
            ) {
                call in
                let disk = try call.disk()
                return try .json(await call.host.virtualMachines.described([disk])[0])
            },
            .change(
                .delete, "/disks/{disk}", "deleteDisk", "Delete a disk that no machine has.", for: .administrator,
                parameters: [.disk], answer: .accepted, failures: [.inUse]
            ) { call in
                try .accepted(try await call.host.disks.delete(try call.disk().id, by: call.principal))
            },
            work("attach", "attachDisk", "Give a disk to a machine, which may run.", "AttachDiskRequest") {
                call, machines, disk in
                try await machines.attach(disk, try call.decode(), by: call.principal)
            },
            work(
                "detach", "detachDisk", "Take a disk from its machine; a running guest has to let go of it.",
                "DetachDiskRequest"
            ) { call, machines, disk in
                try await machines.detach(disk, try call.decode(), by: call.principal)
            },
            work("resize", "resizeDisk", "Give a disk another capacity.", "ResizeDiskRequest") { call, machines, disk in
                try await machines.resize(disk, try call.decode(), by: call.principal)
            },
            work(
                "convert", "convertDisk", "Convert a disk, or make a new one of another format of it.",
                "ConvertDiskRequest"
            ) { call, machines, disk in
                try await machines.convert(disk, try call.decode(), by: call.principal)
            },
            work("export", "exportDisk", "Write a copy of a disk into a file on the host.", "ExportDiskRequest") {
                call, machines, disk in
                try await machines.export(disk, try call.decode(), by: call.principal)
            },
        ]
    }

    /// A route for an operation on a disk.
    private static func work(
        _ verb: String, _ operationID: String, _ summary: String, _ body: String,
        _ begin: @escaping @Sendable (Call, VirtualMachines, ID<Disk>) async throws -> MartletModel.Operation
    ) -> RouteDefinition {
        .change(
            .post, "/disks/{disk}/\(verb)", operationID, summary, for: .administrator, parameters: [.disk],
            body: .json(body), answer: .accepted,
            failures: [
                .wrongState, .inUse, .alreadyExists, .contradictory, .unsupported, .insufficientSpace, .tooMany,
            ]
        ) { call in
            try .accepted(try await begin(call, call.host.virtualMachines, try call.disk().id))
        }
    }
}

extension Call {
    fileprivate func disk() throws(MartletError) -> Disk {
        try host.disks.find(parameters.segment(RouteParameter.disk.name))
    }
}
