import NIOCore
import Testing

@testable import MartletGuestProtocol

/// What the guest's end does, by what it returns.
@Suite("The guest's end of the link") struct LinkMachineTests {
    private let bytes = ByteBuffer(string: "x")

    @Test("a session is joined, carries bytes, and ends")
    func session() {
        var machine = LinkMachine()
        #expect(machine.received(LinkFrame(.hello, session: 1)) == .join(1))
        #expect(machine.received(LinkFrame(.hello, session: 1)) == .nothing)
        #expect(machine.joined(1) == .send(LinkFrame(.welcome, session: 1)))
        #expect(machine.received(LinkFrame(.data, session: 1, payload: bytes)) == .deliver(bytes))
        #expect(machine.received(LinkFrame(.bye, session: 1)) == .leave)
        #expect(machine.received(LinkFrame(.data, session: 1, payload: bytes)) == .send(LinkFrame(.bye, session: 1)))
    }

    @Test("frames of streams are for the session that is open; of any other they are answered as its end")
    func streams() {
        var machine = LinkMachine()
        _ = machine.received(LinkFrame(.hello, session: 1))
        let frame = LinkFrame(.stream, session: 1, stream: StreamID(1, .input), payload: bytes)
        #expect(machine.received(frame) == .send(LinkFrame(.bye, session: 1)))
        _ = machine.joined(1)
        #expect(machine.received(frame) == .pass(frame))
        let other = LinkFrame(.credit, session: 2, stream: StreamID(1, .output), payload: bytes)
        #expect(machine.received(other) == .send(LinkFrame(.bye, session: 2)))
    }

    @Test("a hello that is said again is answered again")
    func again() {
        var machine = LinkMachine()
        _ = machine.received(LinkFrame(.hello, session: 1))
        _ = machine.joined(1)
        #expect(machine.received(LinkFrame(.hello, session: 1)) == .send(LinkFrame(.welcome, session: 1)))
        #expect(machine.received(LinkFrame(.data, session: 1, payload: bytes)) == .deliver(bytes))
    }

    @Test("another session takes the place of the one before, also while that is being joined")
    func another() {
        var machine = LinkMachine()
        _ = machine.received(LinkFrame(.hello, session: 1))
        #expect(machine.received(LinkFrame(.hello, session: 2)) == .join(2))
        #expect(machine.joined(1) == .leave)
        #expect(machine.joined(2) == .send(LinkFrame(.welcome, session: 2)))
        #expect(machine.received(LinkFrame(.data, session: 1, payload: bytes)) == .send(LinkFrame(.bye, session: 1)))
        #expect(machine.received(LinkFrame(.bye, session: 1)) == .nothing)
        #expect(machine.received(LinkFrame(.hello, session: 3)) == .join(3))
    }

    @Test("a server that can't be reached or leaves ends its session alone")
    func left() {
        var machine = LinkMachine()
        _ = machine.received(LinkFrame(.hello, session: 1))
        #expect(machine.left(1) == .send(LinkFrame(.bye, session: 1)))
        #expect(machine.left(1) == .nothing)
        _ = machine.received(LinkFrame(.hello, session: 2))
        _ = machine.joined(2)
        #expect(machine.left(1) == .nothing)
        #expect(machine.left(2) == .send(LinkFrame(.bye, session: 2)))
    }
}
