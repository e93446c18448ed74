package import MartletHost

/// What handlers work with: the host's services, and what only the surface knows.
package struct Surface: Sendable {
    package let host: MartletHostServices
    /// Where the API answers over HTTPS.
    package let apiURL: String
    /// The certificate's SHA-256 in lower-case hex.
    package let fingerprint: String
    package let encodedMachines = EncodedMachines()
    package let requests = RequestCounters()
    /// How long an event stream may be silent.
    package let keepAliveInterval: Duration

    package init(
        host: MartletHostServices, apiURL: String, fingerprint: String, keepAliveInterval: Duration = .seconds(15)
    ) {
        self.host = host
        self.apiURL = apiURL
        self.fingerprint = fingerprint
        self.keepAliveInterval = keepAliveInterval
    }
}
