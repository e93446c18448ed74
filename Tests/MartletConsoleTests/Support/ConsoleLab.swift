import AsyncHTTPClient
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import NIOCore
import NIOHTTP1
import NIOSSL

/// A host with its console over HTTPS, as browsers have it, where everybody's password is `right`.
struct ConsoleLab: Sendable {
    let daemon: DaemonLab
    /// Such as `https://127.0.0.1:7443`.
    let url: String

    static func run(_ body: (ConsoleLab) async throws -> Void) async throws {
        try await withDaemonLab(starting: false) { daemon in
            let pam = try ScratchFolder()
            let check = "#!/bin/sh\nread -r password\n[ \"$password\" = right ]\n"
            try AtomicFile.write(Array(check.utf8), to: "\(pam.path)/check", mode: 0o755)
            let rules =
                "auth required pam_exec.so quiet expose_authtok \(pam.path)/check\naccount required pam_permit.so\n"
            try AtomicFile.write(Array(rules.utf8), to: "\(pam.path)/martlet", mode: 0o644)
            // The group of Debian's user `sync`, whose shell can sign in.
            try await daemon.start([
                "--listen", "127.0.0.1:0", "--pam-folder", pam.path, "--viewer-group", "nogroup",
            ])
            let url = try await daemon.client { try await $0.getHost() }.apiURL
            try await body(ConsoleLab(daemon: daemon, url: url))
        }
    }

    /// A browser's answer, read whole.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String
        /// What `Set-Cookie` sets, without its attributes.
        var cookie: String? { headers.first(name: "Set-Cookie").map { String($0.prefix { $0 != ";" }) } }
        var location: String? { headers.first(name: "Location") }
        /// The session's token in a form of the page.
        var formToken: String? {
            guard let start = body.firstRange(of: "name=\"token\" value=\"") else { return nil }
            return String(body[start.upperBound...].prefix(64))
        }
    }

    /// Sends what a browser would, and follows nothing.
    func ask(
        _ method: HTTPMethod, _ path: String, form: [(String, String)]? = nil, headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        if let form {
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/x-www-form-urlencoded")
            if !headers.contains(name: "Origin") { request.headers.add(name: "Origin", value: url) }
            let text = form.map { "\(PercentEncoding.encode($0))=\(PercentEncoding.encode($1))" }
            request.body = .bytes(ByteBuffer(string: text.joined(separator: "&")))
        }
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // The host's certificate is its own; what pins it is proven with the client.
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        let client = HTTPClient(configuration: configuration)
        let result: Result<Answer, any Error>
        do {
            let response = try await client.execute(request, timeout: .seconds(60))
            let body = try await response.body.collect(upTo: 8 << 20)
            result = .success(
                Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: body)))
        } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    /// Signs in, and gives what later requests carry.
    func signIn(_ user: String) async throws -> (headers: HTTPHeaders, formToken: String) {
        let answer = try await ask(.POST, "/sign-in", form: [("user", user), ("password", "right")])
        guard answer.status == 303, let cookie = answer.cookie else {
            throw MartletError(.unauthenticated, "not signed in: \(answer)")
        }
        let headers: HTTPHeaders = ["Cookie": cookie]
        let page = try await ask(.GET, "/hosts/this/machines", headers: headers)
        guard let token = page.formToken else { throw MartletError(.internal, "no form in the page: \(page)") }
        return (headers, token)
    }
}
