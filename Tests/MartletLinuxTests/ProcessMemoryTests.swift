import Testing

@testable import MartletLinux

@Suite("This process's memory")
struct ProcessMemoryTests {
    @Test("only a file's text is given back")
    func lines() {
        let text: Substring = "7f10-7f20 r-xp 00001000 08:01 1234   /usr/lib/libc.so.6"
        #expect(ProcessMemory.textRange(text) == 0x7f10..<0x7f20)
        for other in [
            "7f10-7f20 rw-p 0 08:01 1 /usr/lib/libc.so.6", "7f10-7f20 r-xp 0 00:00 0",
            "7f10-7f20 r-xp 0 00:00 0 [vdso]", "x",
        ] {
            #expect(ProcessMemory.textRange(Substring(other)) == nil)
        }
    }

    @Test("the process goes on after its text was given back")
    func goesOn() {
        ProcessMemory.trim()
        #expect((1...1_000).map { "\($0)" }.joined(separator: ",").count == 3_892)
    }
}
