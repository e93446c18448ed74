import MartletLinux
import MartletModel
import MartletStore

/// The operations on images: import, build and delete.
enum ImageOperations {
    static let importKind = "image.import"
    static let buildKind = "image.build"
    static let deleteKind = "image.delete"

    /// What is decided of a new image before it is there.
    struct Making: Codable, Sendable {
        var id: ID<Image>
        var name: String
        /// As it is shown.
        var source: String
        var description: String
        var created: Moment
        /// Whether it was made by a recipe of ours, of which is known how it boots.
        var isBuilt: Bool { !source.isAbsolutePath && !source.contains("://") }

        /// Where its file stays, relative to the root.
        func path(isDisc: Bool) -> String {
            let part = (try? ResourceName(name))?.fileNamePart ?? "image"
            return "images/\(part)-\(id.short).\(isDisc ? "iso" : "qcow2")"
        }
    }

    struct Import: Codable, Sendable {
        var making: Making
        /// A path on the host, or an address.
        var address: String
        var sha256: String?
        var format: ImageFormat?
    }

    struct Build: Codable, Sendable {
        var making: Making
        var recipe: String
        var capacity: ByteCount
        var mirror: String?
    }

    static func definitions(_ images: Images) -> [OperationDefinition] {
        [importImage(images), build(images), delete(images)]
    }

    private static func importImage(_ images: Images) -> OperationDefinition {
        OperationDefinition(
            kind: importKind,
            input: Import.self,
            recovery: .finish,
            resume: { try images.reserve(name: $0.making.name, for: $0.making.id) },
            abandon: { input, _ in images.forgetReservation(input.making.id) },
            steps: [
                TypedStep("fetch and check it") { input, context in
                    try await images.fetch(input, context)
                } undo: { input, _ in
                    try images.unmake(input.making.id)
                }
            ] + finish(images, \.making)
        )
    }

    private static func build(_ images: Images) -> OperationDefinition {
        OperationDefinition(
            kind: buildKind,
            input: Build.self,
            recovery: .finish,
            resume: { try images.reserve(name: $0.making.name, for: $0.making.id) },
            abandon: { input, _ in images.forgetReservation(input.making.id) },
            steps: [
                TypedStep("make its disk") { input, context in
                    try await images.build(input, context)
                } undo: { input, _ in
                    try images.unmake(input.making.id)
                }
            ] + finish(images, \.making)
        )
    }

    /// What both do with what is in the staging folder.
    private static func finish<Input>(
        _ images: Images, _ making: @escaping @Sendable (Input) -> Making
    ) -> [TypedStep<Input>] {
        [
            TypedStep("convert it") { input, context in
                try await images.convert(making(input), context)
            },
            TypedStep("put it in place") { input, _ in
                try images.place(making(input))
            } undo: { input, _ in
                try images.displace(making(input))
            },
            TypedStep("record it") { input, _ in
                try await images.record(making(input))
            } undo: { input, _ in
                try await images.unrecord(making(input).id)
            },
        ]
    }

    private static func delete(_ images: Images) -> OperationDefinition {
        OperationDefinition(
            kind: deleteKind,
            input: Image.self,
            recovery: .finish,
            // When only the file is left to remove, the image is not known any more.
            resume: { try? images.markLeaving($0.id) },
            abandon: { image, _ in images.unmarkLeaving(image.id) },
            steps: [
                TypedStep("forget it") { image, _ in
                    // Something may have begun to need it a moment ago.
                    try images.requireUnused(image)
                    try await images.unrecord(image.id)
                } undo: { image, _ in
                    try await images.store.put(image)
                    images.publish(image)
                },
                TypedStep("remove its file", isPointOfNoReturn: true) { image, _ in
                    try images.removeFiles(image)
                },
            ]
        )
    }
}
