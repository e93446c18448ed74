/// The schemas of all wire types, by the names that the document gives them.
package enum Schemas {
    package static let all: [(name: String, schema: JSONSchema)] =
        machines + guests + guestSessions + machineHardware + figures + checkpoints + disks + pools + images + switches
        + operations
        + host + access + pages

    package static let validator = SchemaValidator(
        library: Dictionary(all.map { ($0.name, $0.schema) }) { first, _ in first })

    private static let pages = [
        "VirtualMachine", "Disk", "Pool", "Image", "VirtualSwitch", "Operation", "Token", "HostCheck", "ProcessorModel",
        "AuditEntry", "Checkpoint", "GuestUserSession",
    ]
    .map {
        name in
        (
            name: "PageOf\(name)",
            schema: JSONSchema.object([
                .required("items", .array(.named(name))),
                .optional("next", .string(), "What to give as 'after' to get the next page; absent on the last."),
            ])
        )
    }
}
