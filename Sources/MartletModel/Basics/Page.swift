/// One page of a list.
package struct Page<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    /// What to ask for to get the next page; nil on the last one.
    package var next: String?

    package init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}

/// A failed request as it stands on the wire: problem details (RFC 9457) with our stable code.
package struct Problem: Codable, Hashable, Sendable {
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String
    package var code: String
    package var details: [MartletError.Detail]
    package var requestID: String

    package init(
        type: String, title: String, status: Int, detail: String, code: String, details: [MartletError.Detail],
        requestID: String
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
        self.details = details
        self.requestID = requestID
    }
}
