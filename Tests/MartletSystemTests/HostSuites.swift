import Testing

/// What uses the host's own networks runs one after the other: bridges and their subnets are the whole host's.
@Suite("A host", .serialized, .timeLimit(.minutes(40)))
enum HostSuites {}
