package import MartletModel

extension HostClient {
    /// All images, sorted by name; those whose name contains `name` where one is given.
    package func listImages(name: String? = nil) async throws -> [Image] {
        var request = APIRequest(.listImages)
        if let name { request.query.append(("name", name)) }
        return try await list(request)
    }

    /// Begins to bring an image to the host; the operation's subject is its id.
    package func importImage(_ body: ImportImageRequest) async throws -> Operation {
        try await send(APIRequest(.importImage), body)
    }

    /// Begins to make an image on the host; the operation's subject is its id.
    package func buildImage(_ body: BuildImageRequest) async throws -> Operation {
        try await send(APIRequest(.buildImage), body)
    }

    /// `image` is a name or an id, here and below.
    package func getImage(_ image: String) async throws -> Image { try await get(APIRequest(.getImage, image)) }

    /// Begins to delete an image that nothing needs.
    package func deleteImage(_ image: String) async throws -> Operation {
        try await send(APIRequest(.deleteImage, image))
    }
}
