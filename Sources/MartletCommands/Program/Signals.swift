// Dispatch sources may be used from any thread; only the module's annotations don't say so.
@preconcurrency import Dispatch
import Glibc

/// Signals of this process as a sequence, in place of what they do by default.
enum Signals {
    /// These signals as they come. When the reader stops they do again what they do by default.
    static func stream(_ numbers: [Int32]) -> AsyncStream<Int32> {
        AsyncStream { continuation in
            let sources = numbers.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.activate()
                return source
            }
            continuation.onTermination = { _ in
                for source in sources { source.cancel() }
                for number in numbers { signal(number, SIG_DFL) }
            }
        }
    }
}
