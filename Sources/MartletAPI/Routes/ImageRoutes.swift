import HTTPTypes
import MartletHost
import MartletModel

/// `/images`.
package enum ImageRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/images", "listImages", "List the images, sorted by name.", for: .viewer,
                parameters: [.name, .limit, .afterName],
                answer: .page(of: "Image")
            ) { call in
                let images = call.host.images.list().filter { call.parameters.admits(name: $0.name) }
                let page = Pagination(
                    images, limit: call.parameters.limit, after: call.parameters.text("after"), key: \.name)
                return try .json(Page(items: Array(page.items), next: page.next))
            },
            .change(
                .post, "/images", "importImage", "Bring an image from a file on the host or from an address.",
                for: .administrator, body: .json("ImportImageRequest"), answer: .accepted,
                failures: [.alreadyExists, .insufficientSpace]
            ) { call in
                try .accepted(try await call.host.images.importImage(try call.decode(), by: call.principal))
            },
            .change(
                .post, "/image-builds", "buildImage", "Make an image from its distribution's packages.",
                for: .administrator, body: .json("BuildImageRequest"), answer: .accepted,
                failures: [.notFound, .alreadyExists, .contradictory, .insufficientSpace]
            ) { call in
                try .accepted(try await call.host.images.build(try call.decode(), by: call.principal))
            },
            .get(
                "/images/{image}", "getImage", "Show an image.", for: .viewer, parameters: [.image],
                answer: .json("Image", "The image.")
            ) { call in
                try .json(try call.image())
            },
            .change(
                .delete, "/images/{image}", "deleteImage", "Delete an image that nothing needs.", for: .administrator,
                parameters: [.image], answer: .accepted, failures: [.inUse]
            ) { call in
                try .accepted(try await call.host.images.delete(try call.image().id, by: call.principal))
            },
        ]
    }
}

extension Call {
    fileprivate func image() throws(MartletError) -> Image {
        try host.images.find(parameters.segment(RouteParameter.image.name))
    }
}
