import MartletModel

/// What is under way on the host, below every page: how far it is, and a way to give it up.
struct Drawer {
    var visit: Visit
    /// The newest first.
    var operations: [Operation]

    private static let mostEnded = 5

    var html: HTML {
        let running = operations.filter { !$0.state.isEnded }
        let ended = operations.filter(\.state.isEnded).prefix(Self.mostEnded)
        return Tag.footer(.id("drawer"), .class("drawer"), .data("live", "operation")) {
            Tag.details(.id("drawer-open")) {
                Tag.summary {
                    running.isEmpty
                        ? "Nothing is under way"
                        : "\(Words.count(running.count, "operation", "operations")) under way"
                    for operation in running.prefix(1) {
                        Tag.span(.class("quiet")) { " \(operation.title) " }
                        Tag.progress(.max(100), .value(Self.percent(operation)), .aria("label", operation.title))
                    }
                }
                if operations.isEmpty {
                    Tag.p(.class("quiet")) { "What you start, stop or make is shown here while the host works on it." }
                }
                Tag.ul(.class("operations")) {
                    for operation in running { OperationRow(visit: visit, operation: operation).html }
                    for operation in ended { OperationRow(visit: visit, operation: operation).html }
                }
                Tag.p { Tag.a(.href(Places.operations)) { "All operations" } }
            }
        }
    }

    static func percent(_ operation: Operation) -> String { "\(Int((operation.progress * 100).rounded()))" }
}

/// An operation on a line.
struct OperationRow {
    var visit: Visit
    var operation: Operation

    var html: HTML {
        Tag.li(.id("operation-\(operation.id)"), .class("operation")) {
            Tag.span(.class("state \(operation.state.rawValue)")) { operation.state.rawValue }
            Tag.span(.class("title")) { operation.title }
            if operation.state.isEnded {
                Tag.time(.class("quiet"), .datetime("\(operation.started)")) { Words.time(operation.started) }
            } else {
                Tag.progress(.max(100), .value(Drawer.percent(operation)), .aria("label", operation.title))
                if visit.may(.operator) { cancel }
            }
            if let error = operation.error { Tag.p(.class("failure")) { Words.sentence(error.message) } }
            for message in operation.messages { Tag.p(.class("quiet")) { Words.sentence(message) } }
        }
    }

    private var cancel: HTML {
        visit.form(Places.host("operations", "\(operation.id)", "cancel"), .data("act", "")) {
            Tag.input(.type("hidden"), .name("return"), .value(Places.operations.text))
            Tag.button(.class("small"), .type("submit")) { "Cancel" }
        }
    }
}
