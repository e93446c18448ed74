import MartletLinux
import MartletModel
import Testing

@testable import MartletGuest

@Suite("Who is served by vsock")
struct GuestVsockTests {
    @Test(
        "the host's root alone",
        arguments: [
            (2, 1_023, true), (2, 1, true),
            // Another user of the host.
            (2, 1_024, false), (2, 4_000_000_000, false), (2, 0, false),
            // The guest itself, the hypervisor, another guest.
            (1, 1_000, false), (0, 1_000, false), (70_000, 1_000, false), (UInt32.max, 1_000, false),
        ] as [(UInt32, UInt32, Bool)])
    func isHost(_ context: UInt32, _ port: UInt32, _ isServed: Bool) {
        #expect(GuestVsock.isHost(.init(context: context, port: port)) == isServed)
    }

    @Test("the port that it listens at is one that only root can take")
    func port() { #expect(VsockContext.reservedPorts.contains(GuestContract.vsockPort)) }
}
