/// What an administrator set of the daemon's settings, in the file or on the command line; nil where nothing was.
package struct DaemonSettings: Sendable, Hashable {
    package var root: String?
    package var listen: ListenAddress?
    package var accelerator: Accelerator?
    package var adminGroup: String?
    package var operatorGroup: String?
    package var viewerGroup: String?
    package var sessionMinutes: Int?
    package var sessionIdleMinutes: Int?
    package var requestsPerSecond: Int?
    package var logLevel: LogLevel?

    package init() {}

    /// Settings from texts by key, such as a command line's.
    ///
    /// - Throws: `invalidArgument`, with what is wrong and the remedy.
    package init(_ values: [DaemonSetting.Key: String]) throws(MartletError) {
        for (key, text) in values.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { try set(key, to: text) }
    }

    /// Takes a setting's value from its text.
    ///
    /// - Throws: `invalidArgument`, with what is wrong and the remedy; nothing is changed then.
    package mutating func set(_ key: DaemonSetting.Key, to text: String) throws(MartletError) {
        // What is refused is shown, on a terminal too.
        guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw MartletError(.invalidArgument, "the value has a control character; type it anew")
        }
        switch key {
        case .root: root = try Self.root(text)
        case .listen: listen = try ListenAddress(text)
        case .accelerator: accelerator = try Self.choice(text, "accelerator")
        case .adminGroup: adminGroup = try Self.group(text)
        case .operatorGroup: operatorGroup = try Self.group(text)
        case .viewerGroup: viewerGroup = try Self.group(text)
        case .sessionMinutes: sessionMinutes = try Self.number(text, 1...525_600)
        case .sessionIdleMinutes: sessionIdleMinutes = try Self.number(text, 1...525_600)
        case .requestsPerSecond: requestsPerSecond = try Self.number(text, 0...1_000_000)
        case .logLevel: logLevel = try Self.choice(text, "level")
        }
    }

    /// These settings, and those of `others` where these say nothing.
    package func filled(from others: DaemonSettings) -> DaemonSettings {
        var all = self
        all.root = root ?? others.root
        all.listen = listen ?? others.listen
        all.accelerator = accelerator ?? others.accelerator
        all.adminGroup = adminGroup ?? others.adminGroup
        all.operatorGroup = operatorGroup ?? others.operatorGroup
        all.viewerGroup = viewerGroup ?? others.viewerGroup
        all.sessionMinutes = sessionMinutes ?? others.sessionMinutes
        all.sessionIdleMinutes = sessionIdleMinutes ?? others.sessionIdleMinutes
        all.requestsPerSecond = requestsPerSecond ?? others.requestsPerSecond
        all.logLevel = logLevel ?? others.logLevel
        return all
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) throws(MartletError) -> Int {
        if let number = Int(text), "\(number)" == text, range.contains(number) { return number }
        throw MartletError(
            .invalidArgument, "'\(text)' can't be; give a number from \(range.lowerBound) to \(range.upperBound)")
    }

    private static func root(_ text: String) throws(MartletError) -> String {
        guard text.hasPrefix("/"), text.utf8.count <= RootFolder.longestPath else {
            throw MartletError(
                .invalidArgument,
                "'\(text)' can't be the root; give an absolute path of at most \(RootFolder.longestPath) bytes")
        }
        return text
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, _ noun: String
    ) throws(MartletError) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw MartletError(.invalidArgument, "'\(text)' is no \(noun); use one of \(names)")
    }

    /// As Debian's `adduser` has names, and those of directory servers: no blank, no colon, no comma.
    private static func group(_ text: String) throws(MartletError) -> String {
        let isFit = text.unicodeScalars.allSatisfy {
            $0.value > 32 && $0.value != 127 && !":,/".unicodeScalars.contains($0)
        }
        guard isFit, !text.isEmpty, !text.hasPrefix("-"), text.utf8.count <= 256 else {
            throw MartletError(
                .invalidArgument, "'\(text)' can't be a group's name; give the name of one, such as martlet")
        }
        return text
    }
}
