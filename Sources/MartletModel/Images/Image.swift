/// What machines are made from or read: a disk that copies are taken of, or an ISO.
package struct Image: Hashable, Sendable, Codable {
    package var id: ID<Image>
    package var name: String

    package init(id: ID<Image>, name: String) {
        self.id = id
        self.name = name
    }
}
