import MartletLinux
package import MartletModel
import MartletQEMU

/// The processor models that this host's QEMU knows; asked of it once, when somebody first wants to know.
package actor ProcessorModels {
    private let installation: QEMUInstallation?
    private let accelerator: Accelerator
    private let user: UserAccount?
    private var asking: Task<[ProcessorModel], any Error>?

    init(installation: QEMUInstallation?, accelerator: Accelerator, user: UserAccount?) {
        self.installation = installation
        self.accelerator = accelerator
        self.user = user
    }

    /// All models, by name.
    ///
    /// - Throws: `unavailable` without QEMU; `commandFailed`, `timedOut`, `qemuFailed` when it can't be asked.
    package func list() async throws(MartletError) -> [ProcessorModel] {
        guard let installation else {
            throw MartletError(.unavailable, "QEMU can't be used here; look at `martlet host check`")
        }
        let task =
            asking
            ?? Task { [accelerator, user] in
                try await installation.processorModels(accelerator: accelerator, user: user?.name)
            }
        asking = task
        do {
            return try await task.value
        } catch {
            // What failed once, as for want of memory, may work later.
            if asking == task { asking = nil }
            throw error as? MartletError ?? MartletError(.internal, "processor models can't be listed", cause: error)
        }
    }

    /// Refuses a model that machines couldn't be started with.
    ///
    /// - Throws: `notFound` for an unknown one; `unsupported` for one that this host's processor can't be; as `list`.
    func check(_ processor: VirtualMachineConfiguration.Processor?) async throws(MartletError) {
        guard let name = processor?.model else { return }
        guard let model = try await list().first(where: { $0.name == name }) else {
            throw MartletError(.notFound, "there is no processor model '\(name)'; `martlet host cpus` lists them")
        }
        // Emulation lacks something of almost every model, and does without.
        guard accelerator == .tcg || model.isUsable else {
            throw MartletError(
                .unsupported,
                "this host can't be a '\(name)': it lacks \(model.missing.joined(separator: ", ")); `martlet host cpus` lists what it can be"
            )
        }
    }
}
