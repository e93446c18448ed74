import FoundationEssentials
import Testing

@testable import MartletModel

@Suite("Context ids on vsock")
struct VsockContextTests {
    @Test("a machine tries the same ids at each start, each once, and none that another kind of program would choose")
    func candidates() {
        for _ in 0..<200 {
            let machine = ID<VirtualMachine>(UUID())
            let ids = VsockContext.candidates(for: machine)
            #expect(ids == VsockContext.candidates(for: machine))
            #expect(ids.count == 64 && Set(ids).count == 64)
            #expect(ids.allSatisfy(VsockContext.range.contains))
        }
    }

    @Test("machines begin with different ids")
    func spread() {
        let first = (0..<1_000).compactMap { _ in VsockContext.candidates(for: ID(UUID()), count: 1).first }
        // Of a thousand out of two thousand million, one pair is met in 4,000 runs of this.
        #expect(Set(first).count >= 999)
    }

    @Test("the first id comes behind the last")
    func wraps() {
        let (first, last) = (VsockContext.range.lowerBound, VsockContext.range.upperBound)
        let size = UInt64(last - first) + 1
        #expect(VsockContext.candidates(from: size - 1, count: 3) == [last, first, first + 1])
        #expect(VsockContext.candidates(from: .max, count: 2).allSatisfy(VsockContext.range.contains))
        #expect(VsockContext.candidates(from: 0, count: 0).isEmpty)
    }
}
