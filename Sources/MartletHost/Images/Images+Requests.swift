import MartletLinux
package import MartletModel

extension Images {
    /// Begins to bring an image to the host.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`; `unavailable` without qemu-img; nothing was done then.
    package func importImage(
        _ request: ImportImageRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try ImageRules.check(request)
        _ = try requireTool()
        let source = try ImageRules.source(request.source)
        let id: ID<Image> = environment.makeID()
        let input = ImageOperations.Import(
            making: .init(
                id: id, name: request.name, source: source.shown, description: request.description ?? "",
                created: environment.now()),
            address: request.source, sha256: try request.sha256.map(ImageRules.sha256), format: request.format
        )
        return try await begin(
            ImageOperations.importKind, "import \(request.name)", input, name: request.name, id, principal)
    }

    /// Begins to make an image from its distribution's packages.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`; `notFound` for the recipe; `unavailable` when the host lacks what it
    ///   takes, naming the packages; nothing was done then.
    package func build(_ request: BuildImageRequest, by principal: Principal) async throws(MartletError) -> Operation {
        try ImageRules.check(request)
        _ = try requireTool()
        try await recipes.check(request.recipe)
        let name = request.name ?? request.recipe
        let id: ID<Image> = environment.makeID()
        let input = ImageOperations.Build(
            making: .init(
                id: id, name: name, source: request.recipe, description: Self.description(of: request.recipe),
                created: environment.now()),
            recipe: request.recipe, capacity: request.capacity ?? ImageRules.defaultCapacity, mirror: request.mirror
        )
        return try await begin(ImageOperations.buildKind, "build \(name)", input, name: name, id, principal)
    }

    private static func description(of recipe: String) -> String {
        recipe == GuestServicesDisc.recipe
            ? "Integration services \(martletVersion), for guests to install" : "Debian 12, built here"
    }

    /// Begins to delete an image that nothing needs.
    ///
    /// - Throws: `notFound`; `inUse`, naming who needs it; `wrongState` when it is being deleted already.
    package func delete(_ id: ID<Image>, by principal: Principal) async throws(MartletError) -> Operation {
        let image = try find(id.description)
        try requireUnused(image)
        try markLeaving(id)
        do {
            return try await operations.begin(
                ImageOperations.deleteKind, title: "delete image \(image.name)", subject: "\(id)", input: image,
                by: principal)
        } catch {
            unmarkLeaving(id)
            throw error
        }
    }

    private func begin(
        _ kind: Operation.Kind, _ title: String, _ input: some Codable & Sendable, name: String, _ id: ID<Image>,
        _ principal: Principal
    ) async throws(MartletError) -> Operation {
        try reserve(name: name, for: id)
        do {
            return try await operations.begin(kind, title: title, subject: "\(id)", input: input, by: principal)
        } catch {
            forgetReservation(id)
            throw error
        }
    }
}
