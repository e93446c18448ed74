import MartletHost
import MartletModel

/// Everything that `/metrics` tells: the host, its machines, its pools, its operations and the API's own requests.
///
/// Names are stable, units are seconds and bytes. The number of series is bounded by machines, their disks and adapters, pools, kinds
/// of operations, and routes with their statuses.
struct MetricsPage: Sendable {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    typealias Label = MetricFamily.Label

    var host: HostMetrics
    var machines: [VirtualMachine]
    var pools: [Pool]
    var operations: OperationCounters.Snapshot
    var running: Int
    var requests: [(key: RequestCounters.Key, count: Int64)]

    /// Looks at everything now.
    static func take(_ surface: Surface) async -> MetricsPage {
        var machines = surface.host.virtualMachines.list()
        let figures = await surface.host.figures.figures(of: machines)
        for index in machines.indices { machines[index].figures = figures[machines[index].id] }
        return MetricsPage(
            host: await surface.host.hostInformation.metrics(),
            machines: machines,
            pools: await surface.host.virtualMachines.listPools(),
            operations: surface.host.operations.counters.snapshot,
            running: await surface.host.operations.running,
            requests: surface.requests.all
        )
    }

    var text: String {
        (hostFamilies + poolFamilies + machineFamilies + diskFamilies + adapterFamilies + operationFamilies
            + requestFamilies).map(\.text).joined()
    }

    private var hostFamilies: [MetricFamily] {
        var build = MetricFamily("martlet_build_info", .gauge, "The version that runs; always 1.")
        build.add([Label("version", martletVersion)], 1.0)
        var counts = MetricFamily("martlet_vms", .gauge, "Machines by state.")
        for state in VirtualMachineState.allCases {
            counts.add([Label("state", state.rawValue)], Double(machines.count { $0.state == state }))
        }
        var families = [
            build, counts,
            MetricFamily("martlet_host_cpus", .gauge, "The host's processors.", value: Double(host.cpus)),
            MetricFamily(
                "martlet_host_memory_bytes", .gauge, "The host's memory.", value: Double(host.memory.bytes)),
            MetricFamily(
                "martlet_host_memory_assigned_bytes", .gauge, "What the machines that are not off hold together.",
                value: Double(host.assigned.bytes)),
            MetricFamily(
                "martlet_host_memory_reserve_bytes", .gauge, "What the host keeps for itself.",
                value: Double(host.reserve.bytes)),
        ]
        if let available = host.available {
            families.append(
                MetricFamily(
                    "martlet_host_memory_available_bytes", .gauge,
                    "What of the host's memory can be had without swapping.",
                    value: Double(available.bytes)))
        }
        return families + processFamilies
    }

    /// The daemon itself, by the names that Prometheus' own libraries give these.
    private var processFamilies: [MetricFamily] {
        var families = [
            MetricFamily(
                "process_start_time_seconds", .gauge, "When martletd was started, in seconds since 1970.",
                value: Double(host.started.milliseconds) / 1_000)
        ]
        if let seconds = host.processorSeconds, let resident = host.resident {
            families += [
                MetricFamily(
                    "process_cpu_seconds_total", .counter, "Processor time that martletd has used.", value: seconds),
                MetricFamily(
                    "process_resident_memory_bytes", .gauge, "Memory that martletd occupies.",
                    value: Double(resident.bytes)),
            ]
        }
        return families
    }

    private var operationFamilies: [MetricFamily] {
        var totals = MetricFamily(
            "martlet_operations_total", .counter, "Operations that ended since martletd was started.")
        var durations = MetricFamily(
            "martlet_operation_duration_seconds", .histogram, "How long operations took that succeeded.")
        for (kind, tally) in operations.kinds.sorted(by: { $0.key < $1.key }) {
            for (result, count) in tally.results.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                totals.add([Label("kind", kind), Label("result", result.rawValue)], count)
            }
            var sum: Int64 = 0
            for (bound, count) in zip(OperationCounters.bounds, tally.buckets) {
                sum += count
                durations.add(
                    [Label("kind", kind), Label("le", Self.bound(bound))], Double(sum), suffix: "_bucket")
            }
            durations.add([Label("kind", kind), Label("le", "+Inf")], Double(tally.count), suffix: "_bucket")
            durations.add([Label("kind", kind)], tally.seconds, suffix: "_sum")
            durations.add([Label("kind", kind)], Double(tally.count), suffix: "_count")
        }
        let running = MetricFamily(
            "martlet_operations_running", .gauge, "Operations that have not ended.", value: Double(running))
        return [running, totals, durations]
    }

    private static func bound(_ value: Double) -> String {
        value == value.rounded() ? "\(Int64(value)).0" : "\(value)"
    }

    private var requestFamilies: [MetricFamily] {
        var family = MetricFamily(
            "martlet_api_requests_total", .counter, "Requests answered since martletd was started, by route and status."
        )
        for (key, count) in requests {
            family.add([Label("route", key.route), Label("status", "\(key.status)")], count)
        }
        return [family]
    }
}
