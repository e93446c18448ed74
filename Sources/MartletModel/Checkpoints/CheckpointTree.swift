/// A machine's checkpoints, and what becomes of them when some go. Pure.
package struct CheckpointTree: Sendable {
    /// As many as Hyper-V 2016 allows.
    package static let most = 50
    package static let freezeLimits = 1...60
    package static let defaultFreezeLimit = 10

    package let checkpoints: [Checkpoint]

    package init(_ checkpoints: [Checkpoint]) { self.checkpoints = checkpoints }

    /// - Throws: `tooMany`; `alreadyExists` for a name that another has.
    package func admit(_ name: String, of machine: String) throws(MartletError) {
        guard checkpoints.count < Self.most else {
            throw MartletError(
                .tooMany,
                "'\(machine)' has \(checkpoints.count) checkpoints already, the most there can be; delete one first")
        }
        try requireFree(name, for: nil)
    }

    /// - Throws: `alreadyExists`.
    package func requireFree(_ name: String, for id: ID<Checkpoint>?) throws(MartletError) {
        guard !checkpoints.contains(where: { $0.name == name && $0.id != id }) else {
            throw MartletError(.alreadyExists, "there is a checkpoint '\(name)' already; choose another name")
        }
    }

    /// By name or id.
    ///
    /// - Throws: `notFound`.
    package func find(_ nameOrID: String, of machine: String) throws(MartletError) -> Checkpoint {
        if let found = checkpoints.first(where: { $0.name == nameOrID || $0.id == ID(nameOrID) }) { return found }
        throw MartletError(
            .notFound,
            "'\(machine)' has no checkpoint '\(nameOrID)'; list them with `martlet checkpoint list '\(machine)'`")
    }

    /// A checkpoint and all that came from it.
    package func subtree(of id: ID<Checkpoint>) -> [Checkpoint] {
        var found = checkpoints.filter { $0.id == id }
        var index = 0
        while index < found.count {
            let parent = found[index].id
            found += checkpoints.filter { $0.parent == parent && !found.contains($0) }
            index += 1
        }
        return found
    }

    /// The nearest checkpoint from `id` downwards that stays when those in `leaving` go.
    package func nearest(from id: ID<Checkpoint>?, without leaving: Set<ID<Checkpoint>>) -> ID<Checkpoint>? {
        var id = id
        for _ in checkpoints {
            guard let here = id, leaving.contains(here) else { break }
            id = checkpoints.first { $0.id == here }?.parent
        }
        return id.flatMap { leaving.contains($0) ? nil : $0 }
    }

    /// Those that stay and come from another one when those in `leaving` go.
    package func reparented(without leaving: Set<ID<Checkpoint>>) -> [Checkpoint] {
        checkpoints.filter { !leaving.contains($0.id) && $0.parent.map(leaving.contains) == true }.map { checkpoint in
            var checkpoint = checkpoint
            checkpoint.parent = nearest(from: checkpoint.parent, without: leaving)
            return checkpoint
        }
    }

    /// `web - (2026-11-23 - 08:35:04)`, in UTC; with a number when there is one of this second already.
    package func defaultName(for machine: String, at moment: Moment) -> String {
        let text = moment.description
        let suffix = " - (\(text.prefix(10)) - \(text.dropFirst(11).prefix(8)))"
        var name = "\(machine.prefix(100 - suffix.count))\(suffix)"
        var number = 2
        while checkpoints.contains(where: { $0.name == name }) {
            name = "\(machine.prefix(96 - suffix.count))\(suffix) \(number)"
            number += 1
        }
        return name
    }
}
