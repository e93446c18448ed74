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

    @Test("a save takes a machine from running to saved, and a start from there restores it")
    func saveAndRestore() {
        var life = Life(.live(.running))
        #expect(life.saveRequested() == .accepted)
        #expect(life.published == .saving)
        life.executionChanged(.paused)
        life.saved()
        #expect(life.state == .saved(cause: nil))
        #expect(life.startRequested() == .accepted)
        #expect(life.state == .restoring)
        life.started(.running)
        #expect(life.published == .running)
    }

    @Test("a saved machine starts anew only when its state is thrown away")
    func discardAtStart() {
        var life = Life(.saved(cause: nil))
        #expect(life.startRequested(discardingState: true) == .accepted)
        #expect(life.state == .starting)
        life.startUndone(Failure(code: "insufficientMemory", message: "m"), isSaved: true)
        #expect(life.published == .saved)
        #expect(life.cause?.code == "insufficientMemory")
        #expect(life.discardRequested() == .accepted)
        life.discardEnded(isSaved: false)
        #expect(life.state == .off(cause: nil))
    }

    @Test("a saved machine can't be changed in what its guest has seen, and is told by name")
    func changeWhileSaved() {
        let life = Life(.saved(cause: nil))
        #expect(life.updateRequested(needsOff: []) == .accepted)
        guard case .refused(let reason) = life.updateRequested(needsOff: ["the number of processors"]) else {
            Issue.record("accepted")
            return
        }
        #expect(reason.contains("is saved") && reason.hasSuffix("to change the number of processors"))
    }

    @Test("a save that is given up leaves the guest as it was, and one whose QEMU died leaves the machine failed")
    func saveUndone() {
        var life = Life(.live(.paused))
        #expect(life.saveRequested() == .accepted)
        life.saveUndone(.paused, nil)
        #expect(life.published == .paused)
        #expect(life.saveRequested() == .accepted)
        #expect(life.qemuExited(shutdown: false, cause: nil) == .leaveToOperation)
        life.saveUndone(nil, Failure(code: "qemuFailed", message: "m"))
        #expect(life.published == .failed)
    }

    @Test("a machine that waits for its disk isn't saved")
    func saveCritical() {
        var life = Life(.live(.critical))
        guard case .refused = life.saveRequested() else {
            Issue.record("accepted")
            return
        }
    }

    @Test("a restart goes through stopping and starting, and a guest that doesn't obey runs on")
    func restart() {
        var life = Life(.live(.running))
        #expect(life.restartRequested(turnOff: false) == .accepted)
        #expect(life.published == .stopping)
        #expect(life.qemuExited(shutdown: true, cause: nil) == .leaveToOperation)
        life.downForRestart()
        #expect(life.published == .starting)
        life.started(.running)
        #expect(life.published == .running)
        #expect(life.restartRequested(turnOff: false) == .accepted)
        life.stopAbandoned()
        #expect(life.published == .running)
    }

    @Test("a panic is told as the cause while the guest stays, and is forgotten when it is reset or gone")
    func panic() {
        let panic = Failure(code: "guestFailed", message: "its guest panicked")
        var life = Life(.live(.running))
        life.guestPanicked(panic)
        #expect(life.cause == panic && life.published == .running)
        life.guestReset()
        #expect(life.cause == nil)
        life.guestPanicked(panic)
        #expect(life.qemuExited(shutdown: true, cause: nil) == .cleanUp)
        #expect(life.state == .off(cause: panic))
        #expect(life.panic == nil)
    }

    @Test("a machine is never started, restored or deleted while a QEMU of it may run", arguments: 0..<500)
    func randomEvents(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        var life = Life()
        var model = QEMUModel()
        for _ in 0..<80 { model.step(&life, &random) }
    }
}

/// What is true of QEMU and of the saved state's file beside the machine's life; every event is one that could happen.
private struct QEMUModel {
    private enum Owner { case start, restore, stop, restart, save, discard }

    private var isAlive = false
    private var isSaved = false
    private var owner: Owner?

    mutating func step(_ life: inout VirtualMachineLife, _ random: inout SplitMix) {
        switch random.next() % 8 {
        case 0: request(&life, &random)
        case 1, 2: work(&life, &random)
        case 3: giveUp(&life)
        case 4: qemuEnds(&life, &random)
        case 5:
            if isAlive, owner == nil {
                life.contactLost(Failure(code: "unavailable", message: "m"))
                #expect(life.published == .failed)
            }
        case 6:
            if isAlive, owner == nil { life.adopted(.running) }
        default:
            let event: VirtualMachineLife.Execution = random.next() % 2 == 0 ? .running : .paused
            if isAlive { life.executionChanged(event) }
        }
        #expect(life.isOwned == (owner != nil))
        #expect((life.published == .saved) == (isSaved && owner != .restore && owner != .start))
    }

    private mutating func request(_ life: inout VirtualMachineLife, _ random: inout SplitMix) {
        switch random.next() % 6 {
        case 0:
            let discarding = random.next() % 2 == 0
            guard life.startRequested(discardingState: discarding) == .accepted else { return }
            #expect(!isAlive && owner == nil)
            #expect((life.state == .restoring) == (isSaved && !discarding))
            owner = life.state == .restoring ? .restore : .start
        case 1:
            guard life.stopRequested(turnOff: random.next() % 2 == 0) == .accepted else { return }
            #expect(owner == nil && isAlive)
            owner = .stop
        case 2:
            guard life.saveRequested() == .accepted else { return }
            #expect(owner == nil && isAlive && !isSaved)
            owner = .save
        case 3:
            guard life.restartRequested(turnOff: random.next() % 2 == 0) == .accepted else { return }
            #expect(owner == nil && isAlive)
            owner = .restart
        case 4:
            guard life.discardRequested() == .accepted else { return }
            #expect(owner == nil && isSaved)
            owner = .discard
        default:
            guard life.deleteRequested() == .accepted else { return }
            #expect(!isAlive && owner == nil)
            life.deleteUndone(isSaved: isSaved)
        }
    }

    /// The next thing that the owner's operation does.
    private mutating func work(_ life: inout VirtualMachineLife, _ random: inout SplitMix) {
        switch owner {
        case .start, .restore:
            guard isAlive else {
                isAlive = true
                return
            }
            // Whichever way: the state is gone before the guest runs.
            isSaved = false
            life.started(random.next() % 2 == 0 ? .running : .paused)
            #expect(life.published == .running || life.published == .paused)
        case .stop:
            isAlive = false
            life.stopped()
            #expect(life.published == .off)
        case .restart:
            life.downForRestart()
            isAlive = true
            life.started(.running)
            #expect(life.published == .running)
        case .save:
            isAlive = false
            isSaved = true
            life.saved()
            #expect(life.published == .saved)
        case .discard:
            isSaved = false
            life.discardEnded(isSaved: false)
            #expect(life.published == .off)
        case nil: return
        }
        owner = nil
    }

    private mutating func giveUp(_ life: inout VirtualMachineLife) {
        let failure = Failure(code: "qemuFailed", message: "m")
        switch owner {
        case .start, .restore:
            isAlive = false
            life.startUndone(failure, isSaved: isSaved)
            #expect(life.published == (isSaved ? .saved : .failed))
        case .stop, .restart:
            guard isAlive else { return }
            life.stopAbandoned()
            #expect([.running, .paused, .critical].contains(life.published))
        case .save:
            life.saveUndone(isAlive ? .running : nil, failure)
            #expect(life.published == (isAlive ? .running : .failed))
        case .discard: life.discardEnded(isSaved: isSaved)
        case nil: return
        }
        owner = nil
    }

    private mutating func qemuEnds(_ life: inout VirtualMachineLife, _ random: inout SplitMix) {
        guard isAlive else { return }
        isAlive = false
        let action = life.qemuExited(shutdown: random.next() % 2 == 0, cause: nil)
        #expect((action == .cleanUp) == (owner == nil))
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
