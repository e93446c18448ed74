import HTTPTypes
import MartletHost
import MartletModel
import NIOCore

/// `/vms/{vm}/screenshot`, `/vms/{vm}/iso-drives` and `/host/processor-models`: a machine's hardware.
package enum MachineHardwareRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/vms/{vm}/screenshot", "getScreenshot", "Show what is on a machine's screen now.", for: .operator,
                parameters: [.vm], answer: .init(status: .ok, content: .png, summary: "A picture."),
                failures: [.wrongState, .unsupported]
            ) { call in
                let picture = try await call.host.virtualMachines.screenshot(of: try call.machine().id)
                let headers: HTTPFields = [.cacheControl: "no-store"]
                let mediaType = RouteDefinition.Content.png.mediaType
                return Reply(headers: headers, body: .pieces([ByteBuffer(bytes: picture)], mediaType: mediaType))
            },
            .change(
                .post, "/vms/{vm}/iso-drives/change", "changeISO",
                "Put an ISO image into a drive of a machine, or take it out, while it runs or not.", for: .operator,
                parameters: [.vm, .ifMatch], body: .json("ChangeISORequest"),
                answer: .machine("The machine as it is now."),
                failures: [.wrongState, .preconditionFailed, .inUse]
            ) { call in
                let (id, request): (_, ChangeISORequest) = (try call.machine().id, try call.decode())
                return try call.reply(
                    try await call.host.virtualMachines.changeISO(
                        id, request, revision: call.revision, by: call.principal))
            },
            .change(
                .post, "/vms/{vm}/iso-drives", "addISODrive", "Add a drive for ISO images to a machine that is off.",
                for: .administrator, parameters: [.vm, .ifMatch], body: .optionalJSON("AddISODriveRequest"),
                answer: .machine("The machine as it is now."), failures: [.wrongState, .preconditionFailed]
            ) { call in
                let id = try call.machine().id
                return try call.reply(
                    try await call.host.virtualMachines.addISODrive(
                        id, try call.decode(or: AddISODriveRequest()), revision: call.revision, by: call.principal))
            },
            .change(
                .post, "/vms/{vm}/iso-drives/remove", "removeISODrive",
                "Take a drive for ISO images out of a machine that is off.", for: .administrator,
                parameters: [.vm, .ifMatch], body: .json("RemoveISODriveRequest"),
                answer: .machine("The machine as it is now."), failures: [.wrongState, .preconditionFailed]
            ) { call in
                let (id, request): (_, RemoveISODriveRequest) = (try call.machine().id, try call.decode())
                return try call.reply(
                    try await call.host.virtualMachines.removeISODrive(
                        id, request, revision: call.revision, by: call.principal))
            },
            .get(
                "/host/processor-models", "listProcessorModels",
                "List the processor models that machines can be given by name.", for: .viewer,
                answer: .page(of: "ProcessorModel"), failures: [.commandFailed]
            ) { call in
                try .json(Page(items: try await call.host.processorModels.list()))
            },
        ]
    }
}
