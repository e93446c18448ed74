/// The host's groups whose members have a role.
package struct RoleGroups: Hashable, Sendable {
    package var administrators: String
    package var operators: String
    package var viewers: String

    package init(
        administrators: String = "martlet", operators: String = "martlet-operators", viewers: String = "martlet-viewers"
    ) {
        self.administrators = administrators
        self.operators = operators
        self.viewers = viewers
    }

    /// The highest first, each with its role.
    package var ranked: [(name: String, role: Role)] {
        [(administrators, .administrator), (operators, .operator), (viewers, .viewer)]
    }

    /// The highest role that one of these groups gives; nil for none.
    package func role(of groups: Set<UInt32>, ids: [String: UInt32]) -> Role? {
        ranked.first { group in ids[group.name].map(groups.contains) ?? false }?.role
    }
}
