import MartletModel

extension RouteParameter {
    package static let vm = path("vm", "A machine's name or id.")
    package static let disk = path("disk", "A disk's name or id.")
    package static let image = path("image", "An image's name or id.")
    package static let pool = path("pool", "A pool's name or id.")
    package static let virtualSwitch = path("switch", "A switch's name or id.")
    package static let token = path("token", "A token's name or id.")
    package static let operation = path("operation", "An operation's id.", .uuid)

    package static let ticket = query(
        "ticket", .string(.upTo(256, shortest: 1)),
        "A ticket for this, of createTicket, where no header can be sent; it counts in the place of a token."
    )

    package static let ifMatch = header("If-Match", .string(.entityTag), "The revision that was seen, or '*' for any.")

    package static let name = query(
        "name", .string(.upTo(400, shortest: 1)), "Only those whose name contains this, in upper or lower case."
    )
    package static let limit = query(
        "limit",
        .integer(Int64(Pagination<Never>.limits.lowerBound)...Int64(Pagination<Never>.limits.upperBound)),
        "How many at most; \(Pagination<Never>.standardLimit) by default."
    )
    package static let afterName = query("after", .string(.upTo(400, shortest: 1)), "The 'next' of the page before.")
    package static let afterID = query("after", .uuid, "The 'next' of the page before.")
    package static let wait = query(
        "waitInSeconds", .integer(0...60),
        "How long to wait for what is asked; 0 by default, and then nothing is waited for."
    )
}

extension Parameters {
    package var limit: Int { integer("limit").map(Int.init) ?? Pagination<Never>.standardLimit }
    package var wait: Duration { .seconds(integer("waitInSeconds") ?? 0) }

    /// Whether a name passes the filter `name`.
    package func admits(name: String) -> Bool {
        guard let part = text("name") else { return true }
        return name.lowercased().contains(part.lowercased())
    }
}
