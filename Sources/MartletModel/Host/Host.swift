/// This host for a reader.
package struct Host: Hashable, Sendable, Codable {
    package var id: ID<Host>
    package var name: String
    package var version: String
    /// Where the API answers over HTTPS, such as `https://127.0.0.1:7443`.
    package var apiURL: String
    /// The SHA-256 of the certificate (DER) in lower-case hex, which clients pin.
    package var certificateFingerprint: String
    package var root: String
    package var accelerator: Accelerator
    /// Why this accelerator was chosen, as a sentence.
    package var acceleratorReason: String
    package var qemuVersion: String?
    package var cpus: Int
    package var memory: ByteCount
    /// What the machines that are not off hold together.
    package var memoryAssigned: ByteCount
    package var machines: Int
    package var machinesRunning: Int
    package var started: Moment
    /// What was set aside because it could not be read, and what became of it.
    package var warnings: [String]

    package init(
        id: ID<Host>, name: String, version: String, apiURL: String, certificateFingerprint: String, root: String,
        accelerator: Accelerator, acceleratorReason: String, qemuVersion: String?, cpus: Int, memory: ByteCount,
        memoryAssigned: ByteCount, machines: Int, machinesRunning: Int, started: Moment, warnings: [String]
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.apiURL = apiURL
        self.certificateFingerprint = certificateFingerprint
        self.root = root
        self.accelerator = accelerator
        self.acceleratorReason = acceleratorReason
        self.qemuVersion = qemuVersion
        self.cpus = cpus
        self.memory = memory
        self.memoryAssigned = memoryAssigned
        self.machines = machines
        self.machinesRunning = machinesRunning
        self.started = started
        self.warnings = warnings
    }
}

/// One thing that a host needs, and whether it has it.
package struct HostCheck: Hashable, Sendable, Codable {
    /// What a check found; a warning keeps nothing from working.
    package enum Result: String, Sendable, Codable, CaseIterable { case passed, warning, failed }

    package var name: String
    package var result: Result
    package var message: String
    /// What to do about it; nil when it passed.
    package var remedy: String?

    package init(name: String, result: Result, message: String, remedy: String? = nil) {
        self.name = name
        self.result = result
        self.message = message
        self.remedy = remedy
    }
}
