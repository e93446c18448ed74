import MartletAPI
import Testing

@Suite("A connection's time limits")
struct ConnectionLifeTests {
    private let limits = ConnectionLife.Limits()

    @Test("one request after another: head, body, answer, idle")
    func oneByOne() {
        var life = ConnectionLife(limits: limits)
        #expect(life.first == .restart(limits.firstHead))
        #expect(life.timedOut() == .close)
        for _ in 0..<2 {
            #expect(life.headRead() == .restart(limits.body))
            #expect(life.timedOut() == .refuse)
            #expect(life.requestEnded() == .stop)
            life.answerBegan()
            #expect(life.answerEnded() == .restart(limits.idle))
            #expect(life.timedOut() == .close)
        }
    }

    @Test("a request that is answered before its body has come is still held to the body's time")
    func answeredEarly() {
        var life = ConnectionLife(limits: limits)
        _ = life.headRead()
        life.answerBegan()
        #expect(life.timedOut() == .close, "half an answer can't be taken back")
        #expect(life.answerEnded() == .none)
        #expect(life.timedOut() == .close)
        #expect(life.requestEnded() == .restart(limits.idle))
    }

    @Test("pipelined requests: it is idle only when all are answered")
    func pipelined() {
        var life = ConnectionLife(limits: limits)
        for _ in 0..<3 {
            _ = life.headRead()
            #expect(life.requestEnded() == .stop)
        }
        #expect(life.answerEnded() == .none)
        #expect(life.answerEnded() == .none)
        #expect(life.answerEnded() == .restart(limits.idle))
    }

    @Test("whatever comes in whatever order, a connection that waits for its client has a timer")
    func randomEvents() {
        var random = SplitMix(state: 42)
        for _ in 0..<2_000 {
            var life = ConnectionLife(limits: limits)
            var hasTimer = true
            var (heads, ends, answers) = (0, 0, 0)
            for _ in 0..<30 {
                let action: ConnectionLife.TimerAction
                switch random.next() % 3 {
                case 0 where heads == ends:
                    heads += 1
                    action = life.headRead()
                case 1 where ends < heads:
                    ends += 1
                    action = life.requestEnded()
                case 2 where answers < heads:
                    answers += 1
                    life.answerBegan()
                    action = life.answerEnded()
                default: continue
                }
                switch action {
                case .none: break
                case .restart: hasTimer = true
                case .stop: hasTimer = false
                }
                let waitsForClient = heads > ends || answers == heads
                #expect(hasTimer || !waitsForClient, "\(heads) heads, \(ends) ends, \(answers) answers")
            }
        }
    }
}

/// Random numbers that are the same each time.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
