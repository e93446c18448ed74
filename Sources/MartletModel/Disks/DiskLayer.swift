/// A file of a disk, with what tells QEMU's names for it apart.
package struct DiskFile: Hashable, Sendable, Codable {
    /// nil for the file that the disk was made with; an overlay that came with a checkpoint has an id of its own.
    package var overlay: ID<DiskFile>?
    /// Relative to the host's root for one below it, absolute for one in a pool elsewhere.
    package var path: String
    package var format: Disk.Format

    package init(overlay: ID<DiskFile>? = nil, path: String, format: Disk.Format) {
        self.overlay = overlay
        self.path = path
        self.format = format
    }
}

/// What a disk held at one point in time: a file that nothing writes to any more, over the files of the layers below it.
package struct DiskLayer: Hashable, Sendable, Codable {
    package var id: ID<DiskLayer>
    package var file: DiskFile
    /// The layer below; nil for the lowest.
    package var parent: ID<DiskLayer>?
    /// Whether the one layer above it is being written into its file: by itself it holds no point in time from then on.
    package var isMerging: Bool

    package init(id: ID<DiskLayer>, file: DiskFile, parent: ID<DiskLayer>?, isMerging: Bool = false) {
        self.id = id
        self.file = file
        self.parent = parent
        self.isMerging = isMerging
    }
}

extension Disk {
    /// The file that is written to.
    package var top: DiskFile {
        get { DiskFile(overlay: overlay, path: path, format: format) }
        set { (overlay, path, format) = (newValue.overlay, newValue.path, newValue.format) }
    }

    package func layer(_ id: ID<DiskLayer>?) -> DiskLayer? { id.flatMap { id in layers?.first { $0.id == id } } }

    /// The layers below the file that is written to, the nearest first.
    package var chain: [DiskLayer] {
        var chain: [DiskLayer] = []
        var next = parent
        // A damaged document may name a layer twice.
        while let layer = layer(next), chain.count < (layers?.count ?? 0) {
            chain.append(layer)
            next = layer.parent
        }
        return chain
    }

    /// Every file of the disk, the one that is written to first.
    package var files: [DiskFile] { [top] + (layers ?? []).map(\.file) }

    /// The layers right above one, without the file that is written to.
    package func children(of layer: ID<DiskLayer>) -> [DiskLayer] { (layers ?? []).filter { $0.parent == layer } }

    /// The file that was written to until now becomes a layer, and an empty one is written to from now on.
    package mutating func fork(_ layer: ID<DiskLayer>, writingTo file: DiskFile) {
        guard self.layer(layer) == nil else { return }
        layers = (layers ?? []) + [DiskLayer(id: layer, file: top, parent: parent)]
        parent = layer
        top = file
    }

    /// The disk goes back to what a layer holds; what was written to since is in the file that it had before.
    package mutating func goBack(to layer: ID<DiskLayer>, writingTo file: DiskFile) {
        parent = layer
        top = file
    }
}
