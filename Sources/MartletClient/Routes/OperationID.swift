/// A route of the API, by the `operationId` that the OpenAPI document gives it.
///
/// Each method of `HostClient` asks one of these, and each verb of the command line says which ones it uses.
package enum OperationID: String, Sendable, CaseIterable {
    case getDocument, getHost, listHostChecks, followEvents
    case listMachines, createMachine, getMachine, updateMachine, deleteMachine
    case startMachine, stopMachine, resetMachine, pauseMachine, resumeMachine
    case readConsole, writeConsole
    case getScreenshot, changeISO, addISODrive, removeISODrive, listProcessorModels
    case listDisks, createDisk, getDisk, deleteDisk
    case listImages, importImage, buildImage, getImage, deleteImage
    case listSwitches, getSwitch
    case listOperations, getOperation, cancelOperation
    case listTokens, createToken, deleteToken
}

extension OperationID {
    /// The method in capitals.
    package var method: String {
        switch self {
        case .createMachine, .startMachine, .stopMachine, .resetMachine, .pauseMachine, .resumeMachine, .writeConsole,
            .changeISO, .addISODrive, .removeISODrive, .createDisk, .importImage, .buildImage, .cancelOperation,
            .createToken:
            "POST"
        case .updateMachine: "PATCH"
        case .deleteMachine, .deleteDisk, .deleteImage, .deleteToken: "DELETE"
        default: "GET"
        }
    }

    /// The path below `/api/v1`, with `{}` where a name or an id goes.
    package var template: String {
        switch self {
        case .getDocument: "/openapi.json"
        case .getHost: "/host"
        case .listHostChecks: "/host/checks"
        case .followEvents: "/events"
        case .listMachines, .createMachine: "/vms"
        case .getMachine, .updateMachine, .deleteMachine: "/vms/{}"
        case .startMachine: "/vms/{}/start"
        case .stopMachine: "/vms/{}/stop"
        case .resetMachine: "/vms/{}/reset"
        case .pauseMachine: "/vms/{}/pause"
        case .resumeMachine: "/vms/{}/resume"
        case .readConsole, .writeConsole: "/vms/{}/console"
        case .getScreenshot: "/vms/{}/screenshot"
        case .changeISO: "/vms/{}/iso-drives/change"
        case .addISODrive: "/vms/{}/iso-drives"
        case .removeISODrive: "/vms/{}/iso-drives/remove"
        case .listProcessorModels: "/host/processor-models"
        case .listDisks, .createDisk: "/disks"
        case .getDisk, .deleteDisk: "/disks/{}"
        case .listImages, .importImage: "/images"
        case .buildImage: "/image-builds"
        case .getImage, .deleteImage: "/images/{}"
        case .listSwitches: "/switches"
        case .getSwitch: "/switches/{}"
        case .listOperations: "/operations"
        case .getOperation: "/operations/{}"
        case .cancelOperation: "/operations/{}/cancel"
        case .listTokens, .createToken: "/tokens"
        case .deleteToken: "/tokens/{}"
        }
    }
}
