/// A user in a guest.
package struct GuestUserAccount: Codable, Hashable, Sendable {
    package var name: String
    package var userID: UInt32
    package var groupID: UInt32
    package var fullName: String
    package var home: String
    package var shell: String
    /// Besides its own.
    package var groups: [String]
    /// False for one that is locked or has expired; nil when whoever asked may not know.
    package var isEnabled: Bool?

    package init(
        name: String, userID: UInt32, groupID: UInt32, fullName: String, home: String, shell: String, groups: [String],
        isEnabled: Bool?
    ) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
        self.fullName = fullName
        self.home = home
        self.shell = shell
        self.groups = groups
        self.isEnabled = isEnabled
    }
}

/// A group in a guest.
package struct GuestGroupAccount: Codable, Hashable, Sendable {
    package var name: String
    package var groupID: UInt32
    /// Without the users whose own group it is.
    package var members: [String]

    package init(name: String, groupID: UInt32, members: [String]) {
        self.name = name
        self.groupID = groupID
        self.members = members
    }
}

/// What a user in a guest is given; what is nil stays as it is, or as the guest's system has it for a new one.
package struct GuestUserSettings: Codable, Hashable, Sendable {
    package var userID: UInt32?
    package var fullName: String?
    package var home: String?
    package var shell: String?
    /// Its own group, by name or number.
    package var group: String?
    /// All others.
    package var groups: [String]?
    package var password: String?
    /// The day from which on it may not be used, "2027-01-31"; empty for never.
    package var expiry: String?

    package init() {}
}

/// What `martlet-guest accounts` is asked, as JSON at its input: a password is in no list of arguments.
package enum GuestAccountRequest: Codable, Hashable, Sendable {
    case listUsers
    case showUser(name: String)
    /// A system's user has a low number and doesn't sign in.
    case addUser(name: String, settings: GuestUserSettings, isSystem: Bool, makesHome: Bool)
    case setUser(name: String, settings: GuestUserSettings)
    case removeUser(name: String, removesHome: Bool)
    case renameUser(name: String, to: String)
    case enableUser(name: String)
    case disableUser(name: String)
    case listGroups
    case showGroup(name: String)
    case addGroup(name: String, groupID: UInt32?, isSystem: Bool)
    case setGroup(name: String, groupID: UInt32)
    case removeGroup(name: String)
    case renameGroup(name: String, to: String)
    case addMember(group: String, user: String)
    case removeMember(group: String, user: String)
}

/// What `martlet-guest accounts` answers, as JSON at its output.
package struct GuestAccountAnswer: Codable, Hashable, Sendable {
    /// Why it was refused.
    package struct Failure: Codable, Hashable, Sendable {
        /// `MartletError.Code`'s name.
        package var code: String
        package var message: String

        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// The users that were asked for or changed; nil where it was about groups.
    package var users: [GuestUserAccount]?
    package var groups: [GuestGroupAccount]?
    /// Then nothing was changed.
    package var failure: Failure?

    package init(users: [GuestUserAccount]? = nil, groups: [GuestGroupAccount]? = nil, failure: Failure? = nil) {
        self.users = users
        self.groups = groups
        self.failure = failure
    }
}
