import MartletModel
import Testing

@Suite("The life of a machine")
struct VirtualMachineLifeTests {
    private typealias Life = VirtualMachineLife

    @Test("a start takes a machine from off through starting to running")
    func start() {
        var life = Life()
        #expect(life.startRequested() == .accepted)
        #expect(life.published == .starting)
        life.started(.running)
        #expect(life.published == .running)
    }

    @Test("of two starts one wins and the other is told")
    func twoStarts() {
        var life = Life()
        #expect(life.startRequested() == .accepted)
        #expect(life.startRequested() == .refused("is starting already"))
    }

    @Test("a QEMU that ends by itself fails the machine and keeps the cause")
    func crash() {
        var life = Life(.live(.running))
        let cause = Failure(code: "qemuFailed", message: "signal 9 ended it")
        #expect(life.qemuExited(shutdown: false, cause: cause) == .cleanUp)
        #expect(life.published == .failed)
        #expect(life.cause == cause)
        #expect(life.startRequested() == .accepted)
    }

    @Test("a guest that powers itself off leaves the machine off")
    func powerOff() {
        var life = Life(.live(.running))
        #expect(life.qemuExited(shutdown: true, cause: nil) == .cleanUp)
        #expect(life.state == .off(cause: nil))
    }

    @Test("an end during a stop is left to the stop")
    func endDuringStop() {
        var life = Life(.live(.running))
        #expect(life.stopRequested(turnOff: false) == .accepted)
        #expect(life.qemuExited(shutdown: true, cause: nil) == .leaveToOperation)
        life.stopped()
        #expect(life.published == .off)
    }

    @Test("a stop that is given up leaves the machine as it was")
    func stopAbandoned() {
        var life = Life(.live(.paused))
        #expect(life.stopRequested(turnOff: true) == .accepted)
        life.stopAbandoned()
        #expect(life.published == .paused)
    }

    @Test("a paused machine can't be asked to shut down, but its plug can be pulled")
    func stopPaused() {
        var life = Life(.live(.paused))
        guard case .refused = life.stopRequested(turnOff: false) else {
            Issue.record("accepted")
            return
        }
        #expect(life.stopRequested(turnOff: true) == .accepted)
    }

    @Test("a host without memory leaves the machine off, and a QEMU that won't start fails it")
    func undoneStart() {
        var life = Life(.starting)
        life.startUndone(Failure(code: "insufficientMemory", message: "m"))
        #expect(life.published == .off)
        life = Life(.starting)
        life.startUndone(Failure(code: "qemuFailed", message: "m"))
        #expect(life.published == .failed)
    }

    @Test("a machine is never started or deleted while a QEMU of it may run", arguments: 0..<500)
    func randomEvents(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var life = Life()
        var model = QEMUModel()
        for _ in 0..<60 { model.step(&life, &random) }
    }
}

/// What is true of QEMU beside the machine's life; every event is one that could happen.
private struct QEMUModel {
    private var isAlive = false
    private var owner: VirtualMachineLife.State?

    mutating func step(_ life: inout VirtualMachineLife, _ random: inout SplitMix) {
        switch random.next() % 11 {
        case 0:
            if life.startRequested() == .accepted {
                #expect(!isAlive && owner == nil)
                owner = .starting
            }
        case 1:
            if owner == .starting { isAlive = true }
        case 2:
            if owner == .starting, isAlive {
                life.started(random.next() % 2 == 0 ? .running : .paused)
                owner = nil
                #expect(life.published == .running || life.published == .paused)
            }
        case 3:
            if owner == .starting {
                isAlive = false
                owner = nil
                life.startUndone(Failure(code: "qemuFailed", message: "m"))
                #expect(life.published == .failed)
            }
        case 4:
            if life.stopRequested(turnOff: random.next() % 2 == 0) == .accepted {
                #expect(owner == nil)
                owner = .stopping(was: .running)
            }
        case 5:
            if case .stopping? = owner, isAlive {
                owner = nil
                life.stopAbandoned()
                #expect(life.published == .running || life.published == .paused)
            }
        case 6:
            if case .stopping? = owner {
                isAlive = false
                owner = nil
                life.stopped()
                #expect(life.published == .off)
            }
        case 7:
            if isAlive {
                isAlive = false
                let action = life.qemuExited(shutdown: random.next() % 2 == 0, cause: nil)
                #expect((action == .cleanUp) == (owner == nil))
            }
        case 8:
            if isAlive, owner == nil {
                life.contactLost(Failure(code: "unavailable", message: "m"))
                #expect(life.published == .failed)
            }
        case 9:
            if isAlive, owner == nil { life.adopted(.running) }
        default:
            if life.deleteRequested() == .accepted {
                #expect(!isAlive && owner == nil)
                life.deleteUndone()
            }
        }
    }
}

/// A small generator whose sequence a seed decides (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
