import MartletLinux
import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// How long QEMU may take to tell; readers don't wait for one that hangs.
    private static let patience: Duration = .seconds(1)

    /// What QEMU's process has used; nil when there is none.
    func usage() -> (ProcessIdentity, ProcessUsage)? {
        guard let process, let usage = try? process.usage() else { return nil }
        return (process, usage)
    }

    /// Everything that there is to see of the running machine; nil when it has no QEMU. What QEMU doesn't tell in time is left out.
    func look() async -> MachineLook? {
        let disks = await diskFigures()
        _ = try? await lookAtMemory(timeout: Self.patience)
        guard let (process, usage) = usage() else { return nil }
        let figures = VirtualMachineFigures(
            time: tools.environment.now(),
            processorSeconds: usage.processorTime / .seconds(1),
            processorPercent: 0,
            memory: memory?.figures,
            resident: usage.resident,
            disks: disks,
            adapters: adapterFigures(),
            // Known without a look at the leases: a switch keeps an address for each of its adapters.
            addresses: tools.switches.addresses(of: configuration)
        )
        return MachineLook(process: process, usage: usage, cpus: configuration.cpus, figures: figures)
    }

    private func diskFigures() async -> [VirtualMachineFigures.Disk] {
        guard !configuration.disks.isEmpty, let qmp = try? requireQMP(),
            let devices = try? await qmp.execute(QueryBlockStatistics(), timeout: Self.patience)
        else { return [] }
        return configuration.diskIDs.compactMap { id in
            guard let stats = devices.first(where: { $0.path?.contains("\(id)") ?? false })?.stats else { return nil }
            let failed = (stats.failedReads ?? 0).addingReportingOverflow(stats.failedWrites ?? 0).partialValue
            return .init(
                disk: id, readBytes: stats.readBytes, writtenBytes: stats.writtenBytes, reads: stats.reads,
                writes: stats.writes, errors: failed)
        }
    }

    /// The taps' counters, turned round: what a tap receives, its guest has sent.
    private func adapterFigures() -> [VirtualMachineFigures.Adapter] {
        configuration.adapters.compactMap { adapter in
            guard let tap = try? Tap.name(machine: id.short, index: adapter.slot),
                let seen = InterfaceCounters(interface: tap)
            else { return nil }
            return .init(
                slot: adapter.slot, receivedBytes: seen.sentBytes, sentBytes: seen.receivedBytes,
                receivedPackets: seen.sentPackets, sentPackets: seen.receivedPackets, droppedPackets: seen.dropped)
        }
    }
}
