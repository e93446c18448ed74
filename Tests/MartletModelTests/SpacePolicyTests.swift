import MartletModel
import Testing

@Suite("Room in pools, and disks in the life of a machine")
struct SpacePolicyTests {
    @Test("a pool is low below a twentieth, and full below 64 MiB or 1 % of a small one")
    func states() {
        let large = ByteCount.gibibytes(100)
        #expect(SpacePolicy.state(free: .gibibytes(5), of: large) == .ready)
        #expect(SpacePolicy.state(free: .gibibytes(4), of: large) == .low)
        #expect(SpacePolicy.state(free: .mebibytes(64), of: large) == .low)
        #expect(SpacePolicy.state(free: .mebibytes(63), of: large) == .full)
        let small = ByteCount.mebibytes(100)
        #expect(SpacePolicy.state(free: .mebibytes(1), of: small) == .low)
        #expect(SpacePolicy.state(free: ByteCount(bytes: (1 << 20) - 1), of: small) == .full)
        #expect(SpacePolicy.state(free: ByteCount(bytes: 0), of: ByteCount(bytes: 0)) == .full)
    }

    @Test("a machine that stops again and again waits longer each time, and never more than a minute")
    func pauses() {
        #expect(SpacePolicy.pause(afterStops: 0) == .zero)
        #expect(SpacePolicy.pause(afterStops: 1) == .zero)
        let pauses = (1...50).map(SpacePolicy.pause)
        #expect(pauses == pauses.sorted())
        #expect(pauses.last == .seconds(60))
    }

    @Test("a disk is attached to what is off or lives, and taken from what is off or runs")
    func life() {
        func verdicts(_ state: VirtualMachineLife.State) -> [Bool] {
            let life = VirtualMachineLife(state)
            return [
                life.attachRequested(), life.detachRequested(), life.diskChangeRequested(needsOff: nil),
                life.diskChangeRequested(needsOff: "x"),
            ].map { $0 == .accepted }
        }
        let failure = Failure(code: "qemuFailed", message: "m")
        #expect(verdicts(.off(cause: nil)) == [true, true, true, true])
        #expect(verdicts(.failed(failure, isAlive: false)) == [true, true, true, true])
        #expect(verdicts(.failed(failure, isAlive: true)) == [false, false, false, false])
        #expect(verdicts(.live(.running)) == [true, true, true, false])
        #expect(verdicts(.live(.paused)) == [true, false, true, false])
        #expect(verdicts(.live(.critical)) == [true, false, true, false])
        for state in [VirtualMachineLife.State.starting, .stopping(was: .running), .deleting] {
            #expect(verdicts(state) == [false, false, false, false])
        }
    }
}
