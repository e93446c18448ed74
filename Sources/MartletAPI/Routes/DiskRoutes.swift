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
                return try .json(Page(items: Array(page.items), next: page.next))
            },
            .change(
                .post, "/disks", "createDisk", "Create an empty disk.", for: .administrator,
                body: .json("CreateDiskRequest"),
                answer: .accepted, failures: [.alreadyExists, .insufficientSpace]
            ) { call in
                try .accepted(try await call.host.disks.create(try call.decode(), by: call.principal))
            },
            .get(
                "/disks/{disk}", "getDisk", "Show a disk.", for: .viewer, parameters: [.disk],
                answer: .json("Disk", "The disk.")
            ) {
                call in
                try .json(try call.disk())
            },
            .change(
                .delete, "/disks/{disk}", "deleteDisk", "Delete a disk that no machine has.", for: .administrator,
                parameters: [.disk], answer: .accepted, failures: [.inUse]
            ) { call in
                try .accepted(try await call.host.disks.delete(try call.disk().id, by: call.principal))
            },
        ]
    }
}

extension Call {
    fileprivate func disk() throws(MartletError) -> Disk {
        try host.disks.find(parameters.segment(RouteParameter.disk.name))
    }
}
