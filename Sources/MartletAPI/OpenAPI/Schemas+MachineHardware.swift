import MartletModel

/// What is asked and told of a machine's hardware.
extension Schemas {
    static let machineHardware: [(name: String, schema: JSONSchema)] = [
        (
            "ChangeISORequest",
            .request([
                .optional(
                    "image", isoImage, "An ISO image by name or id; what is in the drive is taken out without one."),
                .optional("slot", isoSlot, "The machine's only drive, or its first, by default."),
                .optional("force", .boolean, "Open the tray though the guest has locked it; false by default."),
            ])
        ),
        (
            "AddISODriveRequest",
            .request([.optional("image", isoImage, "An ISO image by name or id; empty without one.")])
        ),
        ("RemoveISODriveRequest", .request([.required("slot", isoSlot)])),
        (
            "ProcessorModel",
            .object([
                .required("name", .string(), "As QEMU calls it."),
                .required("isUsable", .boolean, "Whether this host can give all of it."),
                .required("missing", .array(.string()), "What the model has and this host can't give."),
            ])
        ),
    ]

    private static let isoImage = JSONSchema.string(.upTo(400, shortest: 1))
    private static let isoSlot = JSONSchema.integer(0...Int64(VirtualMachineRules.mostISODrives - 1))
}
