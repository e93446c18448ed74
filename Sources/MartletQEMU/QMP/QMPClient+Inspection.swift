package import MartletModel

extension QMPClient {
    /// Checks that this QEMU is the machine that was asked for, started and stopped before its first instruction.
    ///
    /// - Throws: `qemuFailed`, saying what is different; as `execute`.
    package func inspect(expecting specification: MachineSpecification) async throws(MartletError) {
        let uuid = try await execute(QueryUUID()).uuid
        guard uuid.lowercased() == specification.id.description else {
            throw Self.mismatch("the machine's id", uuid, specification.id.description)
        }
        let status = try await execute(QueryStatus())
        let wanted = specification.isRestored ? "inmigrate" : "prelaunch"
        guard !status.running, status.status == wanted else {
            throw Self.mismatch("its state", status.status, wanted)
        }
        let nodes = try await execute(QueryNamedBlockNodes())
        func requireFile(_ path: String, of node: String, _ what: String) throws(MartletError) {
            let file = nodes.first { $0.nodeName == node }?.file ?? "none"
            if file != path { throw Self.mismatch(what, file, path) }
        }
        for disk in specification.disks {
            try requireFile(disk.path, of: disk.fileNodeName, "the file of the disk \(disk.id)")
            for layer in disk.layers {
                try requireFile(layer.path, of: layer.fileNodeName(of: disk.id), "a layer of the disk \(disk.id)")
            }
            guard let backing = disk.backing else { continue }
            try requireFile(backing, of: disk.backingFileNodeName, "the image behind the disk \(disk.id)")
        }
    }

    private static func mismatch(_ what: String, _ seen: String, _ wanted: String) -> MartletError {
        MartletError(.qemuFailed, "qemu runs another machine than asked: \(what) is '\(seen)', not '\(wanted)'")
    }
}
