/// What is next to be done with a disk's layers, so that those that no checkpoint needs go. Pure: another type carries it out.
///
/// ```
///   A ── B ── C ── top      B is needed no more: C is written into B's file, which is C from then on
///   │    └─── D             with D still there B stays, hidden, until C or D has gone
///   └─ E                    E is needed no more and nothing is above it: its file is removed
/// ```
package enum LayerPlanner {
    /// One change of a disk's layers; what is read through those that stay is the same after it.
    package enum Step: Hashable, Sendable {
        /// Nothing is above it and no checkpoint needs it.
        case remove(ID<DiskLayer>)
        /// What is right above `into` is written into its file. nil is the file that the disk is written to.
        case merge(ID<DiskLayer>?, into: ID<DiskLayer>)
    }

    /// - Parameter needed: the layers that checkpoints hold.
    /// - Returns: nil when there is nothing left to do.
    package static func next(for disk: Disk, needed: Set<ID<DiskLayer>>) -> Step? {
        let unneeded = (disk.layers ?? []).filter { !needed.contains($0.id) }
        if let leaf = unneeded.first(where: { above($0.id, in: disk).isEmpty }) { return .remove(leaf.id) }
        // One whose merge was begun holds nothing by itself, and is done first.
        for layer in unneeded.filter(\.isMerging) + unneeded.filter({ !$0.isMerging }) {
            let above = above(layer.id, in: disk)
            if above.count == 1 { return .merge(above[0], into: layer.id) }
        }
        return nil
    }

    /// What is right above a layer; nil stands for the file that the disk is written to.
    private static func above(_ layer: ID<DiskLayer>, in disk: Disk) -> [ID<DiskLayer>?] {
        disk.children(of: layer).map { Optional($0.id) } + (disk.parent == layer ? [nil] : [])
    }
}

extension Disk {
    /// Takes in that a step was carried out.
    ///
    /// - Returns: the file that holds nothing any more; nil when the step doesn't fit the disk, as one that was taken in before.
    package mutating func took(_ step: LayerPlanner.Step) -> DiskFile? {
        switch step {
        case .remove(let id):
            guard let layer = layer(id) else { return nil }
            drop(id)
            return layer.file
        case .merge(nil, let id):
            guard let layer = layer(id), parent == id else { return nil }
            let former = top
            drop(id)
            parent = layer.parent
            top = layer.file
            return former
        case .merge(let child?, let id):
            guard let layer = layer(id), let index = layers?.firstIndex(where: { $0.id == child }),
                let former = self.layer(child)?.file
            else { return nil }
            layers?[index].file = layer.file
            layers?[index].parent = layer.parent
            drop(id)
            return former
        }
    }

    /// Marks that what is above a layer is about to be written into its file.
    package mutating func beginMerge(into id: ID<DiskLayer>) {
        guard let index = layers?.firstIndex(where: { $0.id == id }) else { return }
        layers?[index].isMerging = true
    }

    private mutating func drop(_ id: ID<DiskLayer>) {
        layers?.removeAll { $0.id == id }
        if layers?.isEmpty == true { layers = nil }
    }
}
