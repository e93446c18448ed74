/// A route of the API, by the `operationId` that the OpenAPI document gives it.
///
/// Each method of `HostClient` asks one of these, and each verb of the command line says which ones it uses.
package enum OperationID: String, Sendable, CaseIterable {
    case getDocument, getMetrics, getHost, listHostChecks, stopMachines, followEvents
    case listMachines, createMachine, getMachine, updateMachine, deleteMachine
    case startMachine, stopMachine, restartMachine, saveMachine, discardMachine, resetMachine, pauseMachine,
        resumeMachine
    case getMachineSamples, getHostSamples
    case readConsole, writeConsole, attachConsole, attachScreen, createTicket
    case challengeGuestUser, openGuestSession, listGuestSessions, closeGuestSession, executeInGuest
    case addAdapter, setAdapter, removeAdapter
    case getScreenshot, changeISO, addISODrive, removeISODrive, listProcessorModels
    case listImages, importImage, buildImage, getImage, deleteImage
    case listDisks, createDisk, getDisk, deleteDisk, attachDisk, detachDisk, resizeDisk, convertDisk, exportDisk
    case listCheckpoints, createCheckpoint, getCheckpoint, updateCheckpoint, deleteCheckpoint, applyCheckpoint,
        exportCheckpoint, mergeCheckpoints
    case listPools, createPool, getPool, updatePool, deletePool
    case listSwitches, createSwitch, getSwitch, updateSwitch, deleteSwitch, getSwitchStatus
    case addForward, removeForward
    case listOperations, getOperation, cancelOperation
    case listTokens, createToken, deleteToken
    case signIn, signOut, getIdentity, listAudit
}

extension OperationID {
    /// The method in capitals.
    package var method: String {
        switch self {
        case .stopMachines, .restartMachine, .saveMachine, .discardMachine, .changeISO, .addISODrive, .removeISODrive,
            .signIn, .signOut:
            "POST"
        case .createMachine, .startMachine, .stopMachine, .resetMachine, .pauseMachine, .resumeMachine, .writeConsole,
            .createDisk, .attachDisk, .detachDisk, .resizeDisk, .convertDisk, .exportDisk, .createPool, .importImage,
            .buildImage, .cancelOperation, .createToken:
            "POST"
        case .createSwitch, .addForward, .addAdapter, .challengeGuestUser, .openGuestSession, .createTicket:
            "POST"
        case .createCheckpoint, .applyCheckpoint, .exportCheckpoint, .mergeCheckpoints: "POST"
        case .updateCheckpoint: "PATCH"
        case .deleteCheckpoint: "DELETE"
        case .updateMachine, .updatePool, .updateSwitch, .setAdapter: "PATCH"
        case .deleteMachine, .deleteDisk, .deletePool, .deleteImage, .deleteToken: "DELETE"
        case .deleteSwitch, .removeForward, .removeAdapter, .closeGuestSession: "DELETE"
        default: "GET"
        }
    }

    /// The path below `/api/v1`, with `{}` where a name or an id goes.
    package var template: String {
        switch self {
        case .getDocument: "/openapi.json"
        case .getMetrics: "/metrics"
        case .getHost: "/host"
        case .listHostChecks: "/host/checks"
        case .stopMachines: "/host/stop-machines"
        case .followEvents: "/events"
        case .listMachines, .createMachine: "/vms"
        case .getMachine, .updateMachine, .deleteMachine: "/vms/{}"
        case .startMachine: "/vms/{}/start"
        case .stopMachine: "/vms/{}/stop"
        case .restartMachine: "/vms/{}/restart"
        case .saveMachine: "/vms/{}/save"
        case .discardMachine: "/vms/{}/discard"
        case .resetMachine: "/vms/{}/reset"
        case .pauseMachine: "/vms/{}/pause"
        case .resumeMachine: "/vms/{}/resume"
        case .readConsole, .writeConsole: "/vms/{}/console"
        case .getMachineSamples: "/vms/{}/samples"
        case .getHostSamples: "/host/samples"
        case .attachConsole: "/vms/{}/console/socket"
        case .attachScreen: "/vms/{}/screen"
        case .createTicket: "/vms/{}/tickets"
        case .challengeGuestUser: "/vms/{}/guest/challenges"
        case .openGuestSession, .listGuestSessions: "/vms/{}/guest/sessions"
        case .closeGuestSession: "/vms/{}/guest/sessions/{}"
        case .executeInGuest: "/vms/{}/guest/execute"
        case .addAdapter: "/vms/{}/adapters"
        case .setAdapter, .removeAdapter: "/vms/{}/adapters/{}"
        case .listCheckpoints, .createCheckpoint: "/vms/{}/checkpoints"
        case .getCheckpoint, .updateCheckpoint, .deleteCheckpoint: "/vms/{}/checkpoints/{}"
        case .applyCheckpoint: "/vms/{}/checkpoints/{}/apply"
        case .exportCheckpoint: "/vms/{}/checkpoints/{}/export"
        case .mergeCheckpoints: "/vms/{}/merge-checkpoints"
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
        case .attachDisk: "/disks/{}/attach"
        case .detachDisk: "/disks/{}/detach"
        case .resizeDisk: "/disks/{}/resize"
        case .convertDisk: "/disks/{}/convert"
        case .exportDisk: "/disks/{}/export"
        case .listPools, .createPool: "/pools"
        case .getPool, .updatePool, .deletePool: "/pools/{}"
        case .listSwitches, .createSwitch: "/switches"
        case .getSwitch, .updateSwitch, .deleteSwitch: "/switches/{}"
        case .getSwitchStatus: "/switches/{}/status"
        case .addForward: "/switches/{}/forwards"
        case .removeForward: "/switches/{}/forwards/{}"
        case .listOperations: "/operations"
        case .getOperation: "/operations/{}"
        case .cancelOperation: "/operations/{}/cancel"
        case .listTokens, .createToken: "/tokens"
        case .deleteToken: "/tokens/{}"
        case .signIn: "/sign-in"
        case .signOut: "/sign-out"
        case .getIdentity: "/whoami"
        case .listAudit: "/audit"
        }
    }
}
