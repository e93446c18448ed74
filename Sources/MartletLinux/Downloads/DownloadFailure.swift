import MartletModel

/// What curl's exit code means; its words are only shown.
struct DownloadFailure {
    private let code: MartletError.Code
    private let sentence: String
    /// Whether it may go better the next time.
    let isTransient: Bool
    /// Whether the server can't go on from where it stopped.
    let mustStartAgain: Bool

    /// nil for success.
    ///
    /// - Parameters:
    ///   - exit: curl's exit code, or 128 and the number of the signal that ended it.
    ///   - status: HTTP's.
    ///   - most: the limit that was given.
    init?(_ exit: Int, status: Int, most: ByteCount) {
        let xfsz = 128 + 25
        mustStartAgain = exit == 33
        switch exit {
        case 0: return nil
        case 3, 1:
            (code, sentence, isTransient) = (.invalidArgument, "is not an address that can be fetched", false)
        case 5, 6: (code, sentence, isTransient) = (.unavailable, "names a host that can't be found", true)
        case 7: (code, sentence, isTransient) = (.unavailable, "names a host that doesn't answer", true)
        case 22 where status == 404 || status == 410:
            (code, sentence, isTransient) = (.notFound, "isn't there (\(status))", false)
        case 22:
            let isBusy = status >= 500 || status == 429 || status == 408
            (code, sentence, isTransient) = (.unavailable, "was refused by its server (\(status))", isBusy)
        case 23:
            (code, sentence, isTransient) = (.insufficientSpace, "doesn't fit on the host's disk; make room", false)
        case 63, xfsz:
            (code, sentence, isTransient) = (
                .tooLarge, "is larger than the \(most) that there is room for; make room", false
            )
        case 35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91:
            (code, sentence, isTransient) = (
                .unavailable, "can't be fetched, since its server's certificate can't be trusted", false
            )
        case 47: (code, sentence, isTransient) = (.unavailable, "leads from one address to the next without end", false)
        case 18, 28, 33, 52, 55, 56, 92, 95, 96:
            (code, sentence, isTransient) = (.unavailable, "was cut off", true)
        default: (code, sentence, isTransient) = (.commandFailed, "can't be fetched (curl's code \(exit))", false)
        }
    }

    func error(of address: String, said: String) -> MartletError {
        let shown = address.prefix { $0 != "?" && $0 != "#" }
        return MartletError(code, "'\(shown)' \(sentence)", details: [.init("said", said)])
    }
}
