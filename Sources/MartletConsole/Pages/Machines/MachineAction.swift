import MartletClient
import MartletModel

/// What people do to a machine with one button.
enum MachineAction: String, CaseIterable, Sendable {
    case start
    case shutDown = "shut-down"
    case restart, pause, resume, save
    case turnOff = "turn-off"
    case reset, checkpoint, discard, delete

    var title: String {
        switch self {
        case .start: "Start"
        case .shutDown: "Shut down"
        case .restart: "Restart"
        case .pause: "Pause"
        case .resume: "Resume"
        case .save: "Save"
        case .turnOff: "Turn off"
        case .reset: "Reset"
        case .checkpoint: "Checkpoint"
        case .discard: "Discard saved state"
        case .delete: "Delete"
        }
    }

    /// What is said while it is being done.
    var participle: String {
        switch self {
        case .start: "Starting"
        case .shutDown: "Shutting down"
        case .restart: "Restarting"
        case .pause: "Paused"
        case .resume: "Resumed"
        case .save: "Saving"
        case .turnOff: "Turning off"
        case .reset: "Reset"
        case .checkpoint: "Making a checkpoint of"
        case .discard: "Discarding the saved state of"
        case .delete: "Deleting"
        }
    }

    /// Who may; the API decides, and who may not isn't offered it.
    var role: Role {
        switch self {
        case .delete, .checkpoint, .discard: .administrator
        default: .operator
        }
    }

    /// Whether it makes sense for a machine in a state.
    func isOffered(in state: VirtualMachineState) -> Bool {
        switch self {
        case .start: [.off, .saved, .failed].contains(state)
        case .shutDown, .restart, .pause: state == .running
        case .resume: state == .paused
        case .save, .reset: [.running, .paused].contains(state)
        case .turnOff: [.running, .paused, .critical, .starting, .stopping].contains(state)
        case .checkpoint: [.off, .running, .paused, .saved].contains(state)
        case .discard: state == .saved
        case .delete: [.off, .failed].contains(state)
        }
    }

    /// What is lost by it, for whom is to agree first; nil where nothing is.
    var loss: String? {
        switch self {
        case .turnOff:
            "This is pulling the plug: what the guest has not written to its disks is lost, and its file systems may need repair."
        case .reset:
            "This is the reset button: what the guest has not written to its disks is lost, and it starts anew."
        case .restart: "The guest shuts down and starts again; whoever uses it is cut off meanwhile."
        case .discard: "The memory that was saved is lost for good, with all that its programs had not written to disk."
        case .delete:
            "The machine with its settings, its checkpoints and its log is gone for good."
        case .shutDown, .start, .pause, .resume, .save, .checkpoint: nil
        }
    }

    /// Does it, or begins to.
    ///
    /// - Throws: what the API answers.
    func perform(_ machine: String, client: HostClient, withDisks: Bool = false) async throws {
        switch self {
        case .start: _ = try await client.startMachine(machine, paused: false)
        case .shutDown: _ = try await client.stopMachine(machine, turnOff: false)
        case .turnOff: _ = try await client.stopMachine(machine, turnOff: true)
        case .restart: _ = try await client.restartMachine(machine, turnOff: false)
        case .pause: _ = try await client.pauseMachine(machine)
        case .resume: _ = try await client.resumeMachine(machine)
        case .save: _ = try await client.saveMachine(machine)
        case .reset: _ = try await client.resetMachine(machine)
        case .checkpoint: _ = try await client.createCheckpoint(machine, CreateCheckpointRequest())
        case .discard: _ = try await client.discardMachine(machine)
        case .delete: _ = try await client.deleteMachine(machine, disks: withDisks)
        }
    }
}
