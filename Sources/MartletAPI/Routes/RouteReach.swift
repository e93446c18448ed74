/// How far a token reaches that is held to some machines; one that isn't reaches everything that its role may.
package enum RouteReach: String, Sendable, CaseIterable {
    /// The path names a machine: those that the token is held to, and the others are not there.
    case machine
    /// The answer holds what concerns those machines, and nothing else.
    case filtered
    /// It says nothing about other machines.
    case harmless
    /// It concerns the whole host, and such a token is refused.
    case host

    /// A sentence for the API's document.
    package var summary: String {
        switch self {
        case .machine: "A token that is held to some machines reaches these alone."
        case .filtered: "For a token that is held to some machines: what concerns these."
        case .harmless: "Also for a token that is held to some machines."
        case .host: "Not for a token that is held to some machines."
        }
    }
}
