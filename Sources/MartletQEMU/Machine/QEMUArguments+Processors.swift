import MartletModel

extension QEMUArguments {
    /// `tb-size` in MiB bounds the translated code of a machine, which is beside its memory; QEMU's own default is 1 GiB each.
    var processors: [String] {
        let accelerator =
            switch specification.accelerator {
            case .kvm: "kvm"
            case .tcg:
                "tcg,thread=multi,tb-size=\(MemoryAdmission.overhead(of: specification.memory, by: .tcg).bytes >> 20)"
            }
        let count = specification.cpus
        let topology = specification.processor.topology ?? .init(sockets: 1, cores: count, threads: 1)
        return [
            "-accel", accelerator, "-cpu", processorModel,
            "-smp", "cpus=\(count),sockets=\(topology.sockets),cores=\(topology.cores),threads=\(topology.threads)",
        ]
    }

    /// With KVM a model that was asked for by name must be there whole; software emulation lacks something of almost every one.
    private var processorModel: String {
        let processor = specification.processor
        let chosen = processor.compatibility ? Self.compatibilityModel : processor.model
        let model = chosen.map { specification.accelerator == .kvm ? "\($0),enforce=on" : $0 } ?? everything
        return ([model] + virtualization(isNamed: chosen != nil)).joined(separator: ",")
    }

    /// Of a processor that nobody named.
    ///
    /// Emulation goes through string instructions step by step, and one that says it has fast ones for bytes (ERMS) is given a step a
    /// byte: without it Linux clears and copies memory by eight, and a virtio-serial port carries four times as much out of a guest.
    private var everything: String { specification.accelerator == .kvm ? "host" : "max,erms=off" }

    /// What every Intel and AMD server processor since 2008 and 2011 has: the level x86-64-v2, which all present systems run on.
    ///
    /// A versioned model, so that another QEMU doesn't change it. With KVM its vendor is the host's own.
    static let compatibilityModel = "Nehalem-v1"

    /// Whether the guest finds virtualization extensions.
    ///
    /// All of a host's (`host`) has them if KVM can nest; any other model has none unless it is told.
    private func virtualization(isNamed: Bool) -> [String] {
        guard specification.processor.nested else {
            // QEMU 7.2's emulation of five-level paging without svm runs Linux 6.1 into a panic (seen with `-cpu max,svm=off` alone).
            let remedy = specification.accelerator == .tcg && !isNamed ? ["la57=off"] : []
            return ["vmx=off", "svm=off"] + remedy
        }
        switch (specification.accelerator, isNamed) {
        case (.kvm, false): return []
        case (.kvm, true): return ["\(specification.nestedExtension.rawValue)=on"]
        // Emulation has AMD's kind alone.
        case (.tcg, _): return ["svm=on"]
        }
    }
}
