/// Decides whether the processors that a machine reserves may be promised.
package enum ProcessorAdmission {
    /// What a machine reserves, in hundredths of a processor of the host.
    package static func reserved(by configuration: VirtualMachineConfiguration) -> Int {
        configuration.cpus * configuration.processor.reservationInPercent
    }

    /// - Parameters:
    ///   - wanted: in hundredths of a processor, as `reserved`, which is what the machines that aren't off reserve together.
    ///   - cpus: the host's processors.
    /// - Throws: `insufficientProcessors` when the host hasn't got them.
    package static func admit(_ wanted: Int, reserved: Int, cpus: Int) throws(MartletError) {
        let free = max(0, cpus * 100 - reserved)
        guard wanted > free else { return }
        throw MartletError(
            .insufficientProcessors,
            "the machine reserves \(text(wanted)) of the host's processors and \(text(free)) of \(cpus) are free; stop another machine that reserves some or lower --cpu-reservation",
            details: [
                .init("wantedInPercent", "\(wanted)"), .init("reservedInPercent", "\(reserved)"),
                .init("cpus", "\(cpus)"),
            ]
        )
    }

    private static func text(_ hundredths: Int) -> String {
        let rest = hundredths % 100
        return rest == 0 ? "\(hundredths / 100)" : "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
