/// Chooses what executes guests.
package enum AcceleratorPolicy {
    /// The choice and, as a sentence, its reason.
    package struct Choice: Hashable, Sendable {
        package var accelerator: Accelerator
        package var reason: String
    }

    /// KVM where the processor offers virtualization (`vmx` or `svm`) and `/dev/kvm` opens; emulation otherwise.
    ///
    /// A `/dev/kvm` that opens is not proof: some hosts offer a paravirtual kind on which ordinary kernels hang. An explicit setting wins.
    package static func choose(explicit: Accelerator?, processorVirtualizes: Bool, kvmOpens: Bool) -> Choice {
        if let explicit {
            return Choice(accelerator: explicit, reason: "it was asked for")
        }
        switch (processorVirtualizes, kvmOpens) {
        case (true, true):
            return Choice(accelerator: .kvm, reason: "the processor virtualizes and /dev/kvm opens")
        case (true, false):
            return Choice(
                accelerator: .tcg,
                reason: "/dev/kvm does not open; load the module kvm-intel or kvm-amd and join the group kvm"
            )
        case (false, _):
            return Choice(
                accelerator: .tcg,
                reason: "the processor offers no virtualization (neither vmx nor svm in /proc/cpuinfo)"
            )
        }
    }
}
