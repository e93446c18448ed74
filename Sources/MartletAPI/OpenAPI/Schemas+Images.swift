import MartletModel

extension Schemas {
    static let images: [(name: String, schema: JSONSchema)] = [
        (
            "Image",
            .object(
                [
                    .required("id", .uuid),
                    .required("name", .string()),
                    .required("kind", .choice(Image.Kind.self)),
                    .required("capacity", .integer(), "What a guest sees, in bytes."),
                    .required("fileSize", .integer(), "How long the file is, in bytes."),
                    .optional("sha256", .string(), "Of what was imported; absent for an image that was built here."),
                    .required("source", .string(), "Where it came from."),
                    .required("description", .string()),
                    .optional("bootsWithUEFI", .boolean, "Absent when it isn't known."),
                    .optional("bootsWithSecureBoot", .boolean, "Absent when it isn't known."),
                    .required("path", .string(), "The file, relative to the host's root."),
                    .required("created", .time),
                ],
                "What machines are made from or read; it never changes."
            )
        ),
        (
            "ImportImageRequest",
            .request([
                .required("name", .string(.newName)),
                .required(
                    "source", .string(.imageSource),
                    "An absolute path on the host, or an http or https address."
                ),
                .optional("sha256", .string(.sha256), "What the source's bytes must have, in hex."),
                .optional("format", .choice(ImageFormat.self), "What the source is; told by its content by default."),
                .optional("description", .string(.upTo(ImageRules.longestDescription))),
            ])
        ),
        (
            "BuildImageRequest",
            .request([
                .required("recipe", .choice(ImageRules.recipes)),
                .optional("name", .string(.newName), "The recipe's name by default."),
                .optional(
                    "capacity", .integer(ImageRules.builtCapacity, multipleOf: 1 << 20),
                    "What a guest sees, in bytes; 3 GiB by default."
                ),
                .optional(
                    "mirror", .string(.address),
                    "Where the packages come from; the distribution's own address by default."
                ),
            ])
        ),
    ]
}
