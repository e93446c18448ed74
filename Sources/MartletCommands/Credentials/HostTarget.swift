import MartletClient
import MartletModel

/// Where a verb goes, and as whom.
struct HostTarget: Sendable {
    var address: HostAddress
    /// Whose password is asked for, for this command alone.
    var user: String?
    /// Where the address is from; nil for one that was given, and for this machine.
    var context: HostContext?
}

extension HostContext {
    /// - Throws: `invalidArgument` for what can't have been written by us.
    func address() throws(MartletError) -> HostAddress {
        .remote(
            try HostAddress.Remote(
                url: url, fingerprint: try CertificateFingerprint(fingerprint), token: token, context: name))
    }
}
