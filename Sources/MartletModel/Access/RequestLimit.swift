/// How many requests a second a user, a token or an address may make; 0 for as many as there are.
package enum RequestLimit {
    package static let standard = 1_000
    package static let most = 1_000_000
}
