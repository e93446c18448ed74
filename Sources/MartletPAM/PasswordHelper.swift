import Glibc

/// The process that asks PAM: `martletd check-password SERVICE ADDRESS [FOLDER]`, with `user NUL password NUL` as its input.
///
/// It says one line, `<verdict> NUL <user> NUL <reason>`, and ends. Modules block, crash, leak and fork as they like: here they harm
/// nobody, and a time limit can end them.
package enum PasswordHelper {
    package static let verb = "check-password"
    /// Longer names and passwords are refused before.
    package static let longestInput = 4_096

    /// What `arguments` (without the program's name) ask for, done; nil when it isn't this.
    ///
    /// - Returns: the process's exit status.
    package static func run(_ arguments: [String]) -> Int32? {
        guard arguments.first == verb else { return nil }
        guard (3...4).contains(arguments.count) else { return complain("it takes a service and an address") }
        // No dump of this process's memory is ever written.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        guard let question = readQuestion() else { return complain("its input is malformed") }
        let transaction = PAMTransaction(
            service: arguments[1], folder: arguments.count > 3 ? arguments[3] : nil,
            remoteHost: arguments[2].isEmpty ? nil : arguments[2]
        )
        let answer = transaction.check(user: question.user, password: question.password)
        say("\(answer.verdict.rawValue)\0\(answer.user)\0\(answer.reason)\n", to: STDOUT_FILENO)
        return 0
    }

    private static func readQuestion() -> (user: String, password: SecretBytes)? {
        var input = [UInt8](repeating: 0, count: longestInput + 1)
        defer { explicit_bzero(&input, input.count) }
        var count = 0
        while count < input.count {
            // The rest of the array, which isn't moved while the kernel fills it.
            let got = input.withUnsafeMutableBytes {
                read(STDIN_FILENO, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0 && errno == EINTR { continue }
            if got <= 0 { break }
            count += got
        }
        // By index: a slice would share the array, and its overwriting would be that of a copy.
        guard let first = input.firstIndex(of: 0), first > 0,
            let second = input[(first + 1)...].firstIndex(of: 0), second == count - 1
        else { return nil }
        return (String(decoding: input[..<first], as: UTF8.self), SecretBytes(input[(first + 1)..<second]))
    }

    private static func complain(_ text: String) -> Int32 {
        say("martletd \(verb): \(text)\n", to: STDERR_FILENO)
        return 2
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
