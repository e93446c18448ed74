/// A thread of another process, by its name.
package enum ProcessThread {
    /// Whether a thread of this name waits for something, and since two looks at it: it has used no processor time since `before`.
    ///
    /// - Parameter before: what the look before returned; nil for the first.
    /// - Returns: nil when there is no such thread; else how much processor time it has used, in ticks, and whether it waits.
    package static func look(_ name: String, of processID: Int32) -> (ticks: UInt64, isWaiting: Bool)? {
        let folder = "/proc/\(processID)/task"
        for thread in (try? FileEntry.names(in: folder)) ?? [] {
            guard let comm = try? BoundedFile.read("\(folder)/\(thread)/comm"),
                String(decoding: comm, as: UTF8.self).trimmedLine == name,
                let text = try? BoundedFile.read("\(folder)/\(thread)/stat")
            else { continue }
            // The name, in parentheses, may have blanks; the state is behind it.
            let words = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            guard words.count > 12, let user = UInt64(words[11]), let system = UInt64(words[12]) else { continue }
            return (user + system, words[0] == "S")
        }
        return nil
    }
}

extension String {
    fileprivate var trimmedLine: Substring { split(separator: "\n", omittingEmptySubsequences: false).first ?? "" }
}
