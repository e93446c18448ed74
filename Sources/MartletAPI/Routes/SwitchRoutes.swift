import HTTPTypes
import MartletHost
import MartletModel

/// `/switches`.
package enum SwitchRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/switches", "listSwitches", "List the virtual switches.", for: .viewer,
                answer: .page(of: "VirtualSwitch")
            ) {
                call in
                try .json(Page(items: call.host.switches.list()))
            },
            .get(
                "/switches/{switch}", "getSwitch", "Show a virtual switch.", for: .viewer, parameters: [.virtualSwitch],
                answer: .json("VirtualSwitch", "The switch.")
            ) { call in
                try .json(try call.host.switches.find(call.parameters.segment(RouteParameter.virtualSwitch.name)))
            },
        ]
    }
}
