import MartletModel

extension Host: Tabular {
    static var columns: [Column<Host>] {
        [Column("NAME") { $0.name }, Column("VERSION") { $0.version }, Column("ID") { $0.id.description }]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Name", name), Field("ID", id.description), Field("Version", version), Field("API", apiURL),
            Field("Fingerprint", certificateFingerprint), Field("Root", root),
            Field("Accelerator", "\(accelerator.rawValue): \(acceleratorReason)"), Field("QEMU", qemuVersion ?? "none"),
            Field("CPUs", "\(cpus)"), Field("Memory", "\(memory), \(memoryAssigned) of it assigned"),
            Field("Machines", "\(machines), \(machinesRunning) of them running"),
            Field("Started", Age.text(started, now: now)), Field("Warnings", warnings.joined(separator: "\n")),
        ]
    }
}

extension HostCheck: Tabular {
    static var columns: [Column<HostCheck>] {
        [
            Column("CHECK") { $0.name },
            Column("RESULT") { $0.result.rawValue },
            Column("FOUND") { $0.message },
            Column("REMEDY") { $0.remedy ?? "" },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
