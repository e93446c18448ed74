import Logging
import MartletLinux
import MartletModel

/// What of the host's processors and memory a machine is promised and held to.
extension VirtualMachineDriver {
    /// Puts a QEMU that hasn't run its guest yet into the machine's control group.
    func placeInGroup(_ identity: ProcessIdentity) {
        groupFailure = tools.controlGroupsFailure
        guard let groups = tools.controlGroups else { return }
        do {
            try groups.place(identity, in: id.description, configuration.groupLimits)
        } catch {
            groupFailure = "\(error)"
            tools.logger.warning(
                "a machine's control group can't be made; its processors have no limit",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// One that stays behind is taken again by the machine's next start.
    func removeGroup() {
        do {
            try tools.controlGroups?.remove(id.description)
        } catch {
            tools.logger.warning(
                "a machine's control group can't be removed",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// What is to be told of processor settings that this host can't hold the machine to; nil when it can.
    var processorWarning: String? {
        let isPlain = configuration.processor.limitInPercent == 100 && configuration.processor.weight == 100
        guard let groupFailure, !isPlain else { return nil }
        return "processor weight and limit have no effect here: \(groupFailure)"
    }

    /// A fresh start takes what is wanted now; what an earlier guest was started with is history.
    func forgetStartedMemory() async throws(MartletError) {
        guard configuration.startedMemory != nil, !isAlive else { return }
        try await change { $0 = $0.withoutGuestMemory }
    }

    /// Promises a running machine what a change asks for beyond what it has.
    ///
    /// - Throws: `insufficientMemory`, `insufficientProcessors`; nothing is promised then.
    func promise(
        _ new: VirtualMachineConfiguration, inPlaceOf old: VirtualMachineConfiguration
    ) async throws(MartletError) {
        guard isAlive else { return }
        try await tools.claims.reserve(processorsOf: new)
        guard new.dynamicMemory == nil, new.memory > old.memory else { return }
        do {
            try await tools.claims.resize(id, to: max(new.memory, memory?.assigned ?? new.memory))
        } catch {
            await takeBack(new, inPlaceOf: old)
            throw error
        }
    }

    /// The change did not come about: what was promised for it is taken back.
    func takeBack(_ new: VirtualMachineConfiguration, inPlaceOf old: VirtualMachineConfiguration) async {
        guard isAlive else { return }
        do {
            try await tools.claims.reserve(processorsOf: old)
            if new.memory > old.memory, let memory { try await tools.claims.acknowledge(id, holds: memory.held) }
        } catch {
            tools.logger.warning(
                "a promise can't be taken back until the machine stops",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// Holds a running machine to its new settings.
    ///
    /// - Returns: what could not be met, a sentence each.
    func applyResources(changedFrom old: VirtualMachineConfiguration) async -> [String] {
        guard isAlive else { return [] }
        var messages: [String] = []
        do {
            if configuration.groupLimits != old.groupLimits {
                messages += [processorWarning].compactMap(\.self)
                if groupFailure == nil {
                    try tools.controlGroups?.apply(configuration.groupLimits, to: id.description)
                }
            }
            if configuration.dynamicMemory == nil, configuration.memory != old.memory {
                messages += [try await changeMemory(to: configuration.initialTarget)].compactMap(\.self)
            }
        } catch {
            messages.append("not all of it could be applied to the running machine: \(error)")
        }
        return messages
    }
}

extension VirtualMachineConfiguration {
    /// What the machine's control group is held to.
    var groupLimits: ControlGroups.Limits {
        let quota = processor.limitInPercent < 100 ? cpus * processor.limitInPercent : nil
        return ControlGroups.Limits(weight: processor.weight, quotaInPercent: quota)
    }
}
