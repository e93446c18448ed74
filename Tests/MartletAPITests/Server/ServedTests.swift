import Testing

/// Tests that serve a host: one after another, since a machine has two cores and a process has so many descriptors.
@Suite("A served host", .serialized, .timeLimit(.minutes(20)))
struct ServedTests {}
