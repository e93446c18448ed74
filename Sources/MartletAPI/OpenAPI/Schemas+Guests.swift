import MartletModel

extension Schemas {
    static let guests: [(name: String, schema: JSONSchema)] = [("GuestStatus", guestStatus)]

    private static let guestStatus = JSONSchema.object(
        [
            .required("heartbeat", .choice(GuestStatus.Heartbeat.self)),
            .required("since", .time, "Since when the heartbeat is so."),
            .required("version", .string(), "The version of its integration services."),
            .optional("channel", .choice(GuestStatus.Channel.self), "By what the host reaches it."),
            .required("services", .array(.choice(GuestService.self)), "What they offer."),
            .required("system", .string()), .required("kernel", .string()),
            .optional("failedUnits", .array(.string()), "What in it has failed."),
            .optional("hostName", .string()),
            .optional(
                "interfaces",
                .array(
                    .object([
                        .required("name", .string()), .optional("hardwareAddress", .string()),
                        .required("addresses", .array(.string()), "With the prefix's length."),
                    ]))),
            .optional(
                "fileSystems",
                .array(
                    .object([
                        .required("mountPoint", .string()), .required("device", .string()),
                        .required("type", .string()), .required("size", .integer(), "In bytes."),
                        .required("free", .integer(), "In bytes, for users other than root."),
                    ]))),
            .optional("values", JSONSchema(.texts(names: .anything, values: .anything, fewest: 0, most: 100))),
        ],
        "What a guest tells of itself by its integration services: its own word."
    )
}
