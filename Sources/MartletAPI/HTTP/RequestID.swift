/// What a request is called in its answer and in the log: 16 hex digits.
package enum RequestID {
    package static func make() -> String {
        let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
