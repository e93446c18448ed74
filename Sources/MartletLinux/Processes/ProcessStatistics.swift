import MartletModel

/// The fields of `/proc/<pid>/stat` that tell one process from another.
struct ProcessStatistics {
    /// `R`, `S`, `Z` and so on.
    var state: Character
    /// Clock ticks from boot to the process's start.
    var startTime: UInt64
    /// Clock ticks that it has had of processors, in user mode and in the kernel's.
    var processorTicks: UInt64
    /// Pages of memory that it occupies.
    var residentPages: Int64

    /// - Throws: `notFound` when there is no such process; `ioFailed`.
    init(processID: Int32) throws(MartletError) {
        let path = "/proc/\(processID)/stat"
        guard let statistics = Self(parsing: try BoundedFile.readText(path)) else {
            throw MartletError(.ioFailed, "'\(path)' does not have the fields of proc(5)")
        }
        self = statistics
    }

    /// Reads a line of `stat`; the program's name in it may hold blanks and parentheses, so fields are counted from the last `)`.
    init?(parsing line: String) {
        guard let nameEnd = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: nameEnd)...].split(whereSeparator: \.isWhitespace)
        // The first field after the name is the third of the line; the start time is the 22nd.
        guard fields.count > 21, let state = fields[0].first, let startTime = UInt64(fields[19]),
            let user = UInt64(fields[11]), let kernel = UInt64(fields[12]), let pages = Int64(fields[21])
        else { return nil }
        self.state = state
        self.startTime = startTime
        processorTicks = user &+ kernel
        residentPages = pages
    }

    /// Whether it still executes: a zombie has ended and only waits for its parent.
    var isRunning: Bool { state != "Z" && state != "X" && state != "x" }
}
