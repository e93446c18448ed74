import MartletClient
import MartletModel

/// What the host does and did.
enum OperationsPage {
    static let most = 200

    static let routes: [ConsoleRoute] = [
        .get("/hosts/this/operations") { visit in
            async let frame = Frame.load(visit)
            let operations = try await visit.client.listOperations(newest: most)
            return try await frame.reply(title: "Operations", section: .operations) {
                Tag.h1 { "Operations" }
                Tag.ul(.id("operations"), .class("operations long"), .data("live", "operation")) {
                    for operation in operations { OperationRow(visit: visit, operation: operation).html }
                    if operations.isEmpty {
                        Tag.li(.class("empty")) {
                            "Nothing yet. Whatever the host is asked to do stands here, with its steps' progress, who asked, and why it failed if it did."
                        }
                    }
                }
            }
        },
        .post("/hosts/this/operations/{operation}/cancel") { visit in
            let operation = try await visit.client.cancelOperation(visit.name("operation"))
            return try visit.answer(.done("'\(operation.title)' is being given up; what it did is undone."))
        },
    ]
}
