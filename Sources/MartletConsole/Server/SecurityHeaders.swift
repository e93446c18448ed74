import HTTPTypes

/// What every answer of the console tells the browser to keep to.
enum SecurityHeaders {
    /// Nothing but what this host serves; no script and no style in a page itself; no frame around it.
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
        "connect-src 'self'", "font-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")

    private static let fields: HTTPFields = [
        .contentSecurityPolicy: policy,
        // Not `no-referrer`: with that, browsers say `Origin: null` of a form, which its origin is told by. Others learn nothing either way.
        name("Referrer-Policy"): "same-origin",
        name("Cross-Origin-Opener-Policy"): "same-origin",
        name("Cross-Origin-Resource-Policy"): "same-origin",
        name("Permissions-Policy"): "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ]

    static func add(to headers: inout HTTPFields) { headers.append(contentsOf: fields) }

    private static func name(_ text: String) -> HTTPField.Name { HTTPField.Name(text) ?? .server }
}
