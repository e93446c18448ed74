extension VirtualMachineConfiguration {
    /// How a machine's virtual processors look to its guest, and what share of the host's they get.
    package struct Processor: Hashable, Sendable, Codable {
        /// How the processors are grouped; sockets × cores × threads is their number.
        package struct Topology: Hashable, Sendable, Codable {
            package var sockets: Int
            package var cores: Int
            package var threads: Int

            package init(sockets: Int, cores: Int, threads: Int) {
                self.sockets = sockets
                self.cores = cores
                self.threads = threads
            }

            package var count: Int { sockets * cores * threads }
        }

        /// nil puts them all into one socket, one thread each.
        package var topology: Topology?
        /// Its share when the host is busy, relative to other machines: 1 to 10,000, 100 by default.
        package var weight: Int
        /// How much of its processors it may use at most, in percent of their sum: 1 to 100, and 100 is no limit.
        package var limitInPercent: Int
        /// How much of its processors the host must have to spare for it to start, in percent of their sum: 0 to 100.
        package var reservationInPercent: Int
        /// QEMU's name of a processor model; nil for all that the host offers.
        package var model: String?
        /// Whether the guest finds virtualization extensions, so that it can be a host itself.
        package var nested: Bool
        /// Whether the guest sees only what every 64-bit processor of the last years has, so that it can move between unlike hosts.
        package var compatibility: Bool

        package init(
            topology: Topology? = nil, weight: Int = 100, limitInPercent: Int = 100, reservationInPercent: Int = 0,
            model: String? = nil, nested: Bool = false, compatibility: Bool = false
        ) {
            self.topology = topology
            self.weight = weight
            self.limitInPercent = limitInPercent
            self.reservationInPercent = reservationInPercent
            self.model = model
            self.nested = nested
            self.compatibility = compatibility
        }
    }

    /// Memory that follows what the guest demands.
    package struct DynamicMemory: Hashable, Sendable, Codable {
        /// In bytes; at most the memory at start.
        package var minimum: ByteCount
        /// In bytes; at least the memory at start.
        package var maximum: ByteCount
        /// What it gets beyond its demand, in percent of it: 5 to 2,000, 20 by default.
        package var bufferInPercent: Int
        /// Who gets memory first when there is too little, and gives it up last: 0 to 100, 50 by default.
        package var priority: Int

        package init(minimum: ByteCount, maximum: ByteCount, bufferInPercent: Int = 20, priority: Int = 50) {
            self.minimum = minimum
            self.maximum = maximum
            self.bufferInPercent = bufferInPercent
            self.priority = priority
        }
    }
}
