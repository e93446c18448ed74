/// Finds what leaves a terminal in what is typed: `~.` at the beginning of a line, as `ssh` has it; `~~` there types a `~`.
struct EscapeWatch {
    private enum State {
        case lineBegins
        /// A `~` began the line, and is held back.
        case escapes
        case inLine
    }

    private var state = State.lineBegins

    /// What of these bytes goes to the guest, and whether it is left.
    mutating func pass(_ bytes: [UInt8]) -> (passed: [UInt8], leaves: Bool) {
        var passed: [UInt8] = []
        for byte in bytes {
            switch (state, byte) {
            case (.lineBegins, UInt8(ascii: "~")): state = .escapes
            case (.escapes, UInt8(ascii: ".")): return (passed, true)
            case (.escapes, UInt8(ascii: "~")):
                passed.append(byte)
                state = .inLine
            case (.escapes, _):
                passed += [UInt8(ascii: "~"), byte]
                state = Self.ends(byte) ? .lineBegins : .inLine
            case (_, _):
                passed.append(byte)
                state = Self.ends(byte) ? .lineBegins : .inLine
            }
        }
        return (passed, false)
    }

    private static func ends(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
