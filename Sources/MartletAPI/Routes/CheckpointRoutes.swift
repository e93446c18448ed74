import HTTPTypes
import MartletHost
import MartletModel

/// `/vms/{vm}/checkpoints`: a machine's checkpoints.
package enum CheckpointRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                path, "listCheckpoints", "List a machine's checkpoints, the oldest first.", for: .viewer,
                parameters: [.vm], answer: .page(of: "Checkpoint")
            ) { call in
                let machine = try call.machine()
                return try .json(Page(items: await call.host.virtualMachines.checkpoints(of: machine)))
            },
            .change(
                .post, path, "createCheckpoint", "Make a checkpoint of a machine, which may run.", for: .operator,
                parameters: [.vm, .ifMatch], body: .optionalJSON("CreateCheckpointRequest"), answer: .accepted,
                failures: [
                    .wrongState, .preconditionFailed, .inUse, .alreadyExists, .tooMany, .unsupported,
                    .insufficientSpace,
                ]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.createCheckpoint(
                        try call.machine().id, try call.decode(or: CreateCheckpointRequest()), revision: call.revision,
                        by: call.principal))
            },
            .get(
                "\(path)/{checkpoint}", "getCheckpoint", "Show a checkpoint.", for: .viewer,
                parameters: [.vm, checkpoint], answer: .json("Checkpoint", "The checkpoint.")
            ) { call in
                try .json(
                    await call.host.virtualMachines.checkpoint(
                        call.parameters.segment(checkpoint.name), of: try call.machine()))
            },
            .change(
                .patch, "\(path)/{checkpoint}", "updateCheckpoint", "Give a checkpoint another name or other notes.",
                for: .operator, parameters: [.vm, checkpoint], body: .json("UpdateCheckpointRequest"),
                answer: .json("Checkpoint", "The checkpoint as it is now."), failures: [.wrongState, .alreadyExists]
            ) { call in
                try .json(
                    try await call.host.virtualMachines.updateCheckpoint(
                        call.parameters.segment(checkpoint.name), of: try call.machine().id, try call.decode(),
                        by: call.principal))
            },
            .change(
                .delete, "\(path)/{checkpoint}", "deleteCheckpoint",
                "Delete a checkpoint, and merge what its disks alone had; the machine may run.", for: .administrator,
                parameters: [.vm, checkpoint, subtree, bandwidth, .ifMatch], answer: .accepted,
                failures: [.wrongState, .preconditionFailed, .inUse]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.deleteCheckpoint(
                        call.parameters.segment(checkpoint.name), of: try call.machine().id,
                        subtree: call.parameters.flag(subtree.name) ?? false,
                        bandwidth: call.parameters.integer(bandwidth.name).map { ByteCount(bytes: $0) },
                        revision: call.revision, by: call.principal))
            },
            .change(
                .post, "\(path)/{checkpoint}/apply", "applyCheckpoint",
                "Take a machine back to a checkpoint. What it is now is lost; it is off afterwards, or saved where the checkpoint has its memory.",
                for: .operator, parameters: [.vm, checkpoint, .ifMatch], answer: .accepted,
                failures: [.wrongState, .preconditionFailed, .inUse, .insufficientSpace]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.applyCheckpoint(
                        call.parameters.segment(checkpoint.name), of: try call.machine().id, revision: call.revision,
                        by: call.principal))
            },
            .change(
                .post, "\(path)/{checkpoint}/export", "exportCheckpoint",
                "Write the whole machine as it was at a checkpoint into a folder on the host.", for: .administrator,
                parameters: [.vm, checkpoint, .ifMatch], body: .json("ExportCheckpointRequest"), answer: .accepted,
                failures: [.wrongState, .preconditionFailed, .inUse, .alreadyExists, .insufficientSpace]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.exportCheckpoint(
                        call.parameters.segment(checkpoint.name), of: try call.machine().id, try call.decode(),
                        revision: call.revision, by: call.principal))
            },
            .change(
                .post, "/vms/{vm}/merge-checkpoints", "mergeCheckpoints",
                "Merge what checkpoints that are gone have left.", for: .administrator,
                parameters: [.vm, bandwidth, .ifMatch], answer: .accepted,
                failures: [.wrongState, .preconditionFailed, .inUse]
            ) { call in
                try .accepted(
                    try await call.host.virtualMachines.mergeCheckpoints(
                        of: try call.machine().id,
                        bandwidth: call.parameters.integer(bandwidth.name).map { ByteCount(bytes: $0) },
                        revision: call.revision, by: call.principal))
            },
        ]
    }

    private static let path = "/vms/{vm}/checkpoints"
    private static let checkpoint = RouteParameter.path("checkpoint", "A checkpoint's name or id.")
    private static let subtree = RouteParameter.query(
        "subtree", .boolean, "Whether all that came from it goes too; false by default.")
    private static let bandwidth = RouteParameter.query(
        "bandwidth", .integer(1 << 16...1 << 50), "How much is merged in a second, in bytes; no limit by default.")
}
