import MartletHost
import MartletModel

/// What machines use. Counters begin anew with each start of a machine, as Prometheus' `rate` expects.
extension MetricsPage {
    private static func labels(_ machine: VirtualMachine) -> [Label] {
        [Label("vm", machine.name), Label("id", machine.id.description)]
    }

    // Where this is inlined, Swift 6.3.1 ends with an ownership error ("outside of lifetime use") on its callers' optional
    // chains when it optimizes.
    @inline(never)
    private func family(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: (VirtualMachine) -> Double?
    ) -> MetricFamily {
        var family = MetricFamily("martlet_vm_\(name)", kind, help)
        for machine in machines { family.add(Self.labels(machine), value(machine)) }
        return family
    }

    var machineFamilies: [MetricFamily] {
        var states = MetricFamily("martlet_vm_state", .gauge, "The state that a machine is in; always 1.")
        for machine in machines {
            states.add(Self.labels(machine) + [Label("state", machine.state.rawValue)], 1.0)
        }
        return [states] + processorFamilies + memoryFamilies
    }

    private var processorFamilies: [MetricFamily] {
        [
            family("uptime_seconds", .gauge, "How long a machine has been up.") { machine in
                machine.status.started.map { host.now.since($0) / .seconds(1) }
            },
            family("cpus", .gauge, "A machine's processors.") { Double($0.configuration.cpus) },
            family("cpu_seconds_total", .counter, "Processor time of the host that a machine has used.") {
                $0.figures?.processorSeconds
            },
        ]
    }

    private var memoryFamilies: [MetricFamily] {
        func bytes(_ count: ByteCount?) -> Double? { count.map { Double($0.bytes) } }
        return [
            family("memory_assigned_bytes", .gauge, "What a guest holds.") { bytes($0.figures?.memory?.assigned) },
            family("memory_target_bytes", .gauge, "What a guest was told to hold.") {
                bytes($0.figures?.memory?.target)
            },
            family("memory_demanded_bytes", .gauge, "What a guest demands.") { bytes($0.figures?.memory?.demanded) },
            family("memory_balloon_bytes", .gauge, "What the balloon has taken of what a guest was started with.") {
                machine in
                bytes(machine.figures?.memory.map { machine.configuration.guestMemory - $0.assigned })
            },
            family("memory_resident_bytes", .gauge, "What a machine's QEMU occupies of the host's memory.") {
                bytes($0.figures?.resident)
            },
        ]
    }

    var diskFamilies: [MetricFamily] {
        func family(
            _ name: String, _ help: String, _ value: KeyPath<VirtualMachineFigures.Disk, Int64>
        ) -> MetricFamily {
            var family = MetricFamily("martlet_vm_disk_\(name)_total", .counter, help)
            for machine in machines {
                for disk in machine.figures?.disks ?? [] {
                    family.add(Self.labels(machine) + [Label("disk", "\(disk.disk)")], disk[keyPath: value])
                }
            }
            return family
        }
        return [
            family("read_bytes", "Bytes that a guest has read from a disk.", \.readBytes),
            family("written_bytes", "Bytes that a guest has written to a disk.", \.writtenBytes),
            family("reads", "Reads of a disk.", \.reads),
            family("writes", "Writes to a disk.", \.writes),
            family("errors", "Reads and writes of a disk that failed.", \.errors),
        ]
    }

    var adapterFamilies: [MetricFamily] {
        func family(
            _ name: String, _ help: String, _ value: KeyPath<VirtualMachineFigures.Adapter, Int64>
        ) -> MetricFamily {
            var family = MetricFamily("martlet_vm_network_\(name)_total", .counter, help)
            for machine in machines {
                for adapter in machine.figures?.adapters ?? [] {
                    family.add(Self.labels(machine) + [Label("adapter", "\(adapter.slot)")], adapter[keyPath: value])
                }
            }
            return family
        }
        return [
            family("received_bytes", "Bytes that a guest has received.", \.receivedBytes),
            family("sent_bytes", "Bytes that a guest has sent.", \.sentBytes),
            family("received_packets", "Packets that a guest has received.", \.receivedPackets),
            family("sent_packets", "Packets that a guest has sent.", \.sentPackets),
            family("dropped_packets", "Packets of an adapter that were dropped.", \.droppedPackets),
        ]
    }
}
