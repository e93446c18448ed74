import MartletModel

extension Schemas {
    static let switches: [(name: String, schema: JSONSchema)] = [
        ("VirtualSwitch", virtualSwitch), ("PortForward", portForward), ("VirtualSwitchStatus", switchStatus),
        ("CreateVirtualSwitchRequest", createSwitch),
        (
            "UpdateVirtualSwitchRequest",
            .request([
                .optional("name", .string(.newName)),
                .optional("isDefault", .boolean, "Only true can be asked for: another switch takes it over."),
            ])
        ),
        ("PortForwardRequest", forwardRequest), ("AdapterRequest", adapterRequest),
    ]

    private static let transport = JSONSchema.choice(PortForward.Transport.self)
    private static let port = JSONSchema.integer(1...65535)

    private static let virtualSwitch = JSONSchema.object([
        .required("id", .uuid),
        .required("name", .string()),
        .required("kind", .choice(VirtualSwitch.Kind.self)),
        .optional("subnet", .string(), "The IPv4 network of a switch of kind 'nat' or 'internal'."),
        .required("isDefault", .boolean, "Whether a new machine gets an adapter here when none is named."),
        .optional("adapter", .string(), "The host's adapter that a switch of kind 'external' takes."),
        .required("servesAddresses", .boolean, "Whether a switch with a subnet gives out its addresses by DHCP."),
        .required("forwards", .array(.named("PortForward"))),
    ])

    private static let portForward = JSONSchema.object(
        [
            .required("transport", transport),
            .optional("hostAddress", .string(), "The host's address that it is for; all of them by default."),
            .required("hostPort", .integer()), .required("machine", .uuid), .required("port", .integer()),
        ],
        "A port of the host that leads to a machine."
    )

    private static let switchStatus = JSONSchema.object([
        .required("isUp", .boolean),
        .required(
            "adapters",
            .array(
                .object([
                    .required("machine", .uuid), .required("machineName", .string()), .required("slot", .integer()),
                    .required("hardwareAddress", .string()), .optional("address", .string()),
                ])), "Those that are plugged in."),
        .required(
            "leases",
            .array(
                .object([
                    .required("address", .string()), .required("hardwareAddress", .string()),
                    .optional("hostName", .string(), "What the guest calls itself."), .required("ends", .time),
                ])), "What DHCP has given out."),
    ])

    private static let createSwitch = JSONSchema.request([
        .required("name", .string(.newName)),
        .required("kind", .choice(VirtualSwitch.Kind.self)),
        .optional("subnet", .string(.subnet), "As a.b.c.0/24, for 'nat' and 'internal'; one that is free by default."),
        .optional("adapter", .string(.hostAdapter), "For 'external'."),
        .optional("servesAddresses", .boolean, "For 'internal'; true by default."),
        .optional("isDefault", .boolean, "False by default."),
        .optional("force", .boolean, "Take the adapter though somebody may be cut off; false by default."),
    ])

    private static let adapterRequest = JSONSchema.request(
        [
            .optional("switch", .string(.upTo(400, shortest: 1)), "By name or id; the default for a new adapter."),
            .optional(
                "hardwareAddress", .string(.hardwareAddress), "Six octets with colons; chosen for a new adapter."),
            .optional(
                "address", .string(.ipv4OrEmpty), "A fixed IPv4 address; empty for one that the switch chooses."),
            .optional(
                "vlan", .integer(0...Int64(VirtualMachineRules.vlans.upperBound)), "0 for none."),
            .optional(
                "bandwidthLimit", .integer(0...VirtualMachineRules.bandwidth.upperBound, multipleOf: 1_000),
                "Each way, in bits a second; 0 for no limit."),
            .optional("allowsAddressSpoofing", .boolean, "False for a new adapter."),
            .optional("dhcpGuard", .boolean, "True for a new adapter."),
            .optional("routerGuard", .boolean, "True for a new adapter."),
        ],
        "What a new adapter is to be, or what is to change about one.")

    private static let forwardRequest = JSONSchema.request([
        .optional("transport", transport, "'tcp' by default."),
        .optional("hostAddress", .string(.ipv4), "An IPv4 address of the host; all of them by default."),
        .required("hostPort", port),
        .required("machine", .string(.upTo(400, shortest: 1)), "By name or id; it has an adapter on the switch."),
        .required("port", port, "The machine's port."),
    ])
}
