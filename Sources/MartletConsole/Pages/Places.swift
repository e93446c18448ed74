/// Where things are in the console.
enum Places {
    static let machines = host("machines")
    static let operations = host("operations")

    static func machine(_ name: String, _ part: String...) -> PageAddress {
        PageAddress(["hosts", "this", "machines", name] + part)
    }

    static func host(_ segments: String..., query: [(String, String)] = []) -> PageAddress {
        PageAddress(["hosts", "this"] + segments, query: query)
    }
}
