import FoundationEssentials
import MartletModel
import Testing

@testable import MartletQEMU

@Suite("What a balloon tells")
struct MemoryBalloonTests {
    private func statistics(_ members: String) throws -> GuestMemoryStatistics {
        let text = "{\"stats\":{\(members)},\"last-update\":1795410084}"
        return try JSONDecoder().decode(QueryGuestStatistics.Reply.self, from: Data(text.utf8)).stats.statistics
    }

    @Test("what QEMU 7.2 says is read; 2^64 - 1 is what the guest doesn't tell")
    func read() throws {
        let told = try statistics(
            """
            "stat-htlb-pgalloc":0,"stat-swap-out":4096,"stat-available-memory":456126464,"stat-htlb-pgfail":0,\
            "stat-free-memory":453570560,"stat-minor-faults":3316,"stat-major-faults":0,"stat-total-memory":491810816,\
            "stat-swap-in":18446744073709551615,"stat-disk-caches":7200768
            """)
        #expect(told.available == ByteCount(bytes: 456_126_464))
        #expect(told.swappedOut == ByteCount(bytes: 4_096))
        #expect(told.swappedIn == nil)
    }

    @Test("a driver that doesn't tell what is available has its free memory and its caches taken for it")
    func olderDriver() throws {
        let told = try statistics(
            "\"stat-available-memory\":18446744073709551615,\"stat-free-memory\":100,\"stat-disk-caches\":20")
        #expect(told.available == ByteCount(bytes: 120))
        #expect(try statistics("").available == nil)
    }

    @Test("numbers of a hostile guest are bounded, so that nothing made of them overflows")
    func hostile() throws {
        let told = try statistics(
            "\"stat-available-memory\":18446744073709551614,\"stat-swap-out\":9223372036854775808,\"stat-swap-in\":0")
        #expect(told.available == ByteCount(bytes: 1 << 60))
        #expect(told.swappedOut == ByteCount(bytes: 1 << 60))
        let sum = try statistics("\"stat-free-memory\":18446744073709551614,\"stat-disk-caches\":18446744073709551614")
        #expect(sum.available == ByteCount(bytes: 1 << 61))
    }
}
