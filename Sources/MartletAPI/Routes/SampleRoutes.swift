import HTTPTypes
import MartletHost
import MartletModel

/// `/vms/{vm}/samples` and `/host/samples`: what was used, kept for graphs.
package enum SampleRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/vms/{vm}/samples", "getMachineSamples",
                "Say what a machine used in the last hour, every 10 seconds, day, every 2 minutes, or week, every 15.",
                for: .viewer, parameters: [.vm, span], answer: .json("UsageHistory", "What it used.")
            ) { call in
                try .json(await call.host.samples.history(of: try call.machine().id, chosen(call)))
            },
            .get(
                "/host/samples", "getHostSamples",
                "Say the same of the host: its own processors and memory, its machines' disks and networks together.",
                for: .viewer, parameters: [span], answer: .json("UsageHistory", "What it used.")
            ) { call in
                try .json(await call.host.samples.hostHistory(chosen(call)))
            },
        ]
    }

    private static let span = RouteParameter.query(
        "span", .choice(SampleSpan.self), "How far back; an hour by default.")

    private static func chosen(_ call: Call) -> SampleSpan {
        call.parameters.text("span").flatMap(SampleSpan.init) ?? .hour
    }
}
