import MartletModel

extension Schemas {
    static let guestSessions: [(name: String, schema: JSONSchema)] = [
        ("GuestKeyChallengeRequest", .request([.required("user", guestUser)])),
        (
            "GuestKeyChallenge",
            .object([
                .required("challenge", .string(), "In base64; the signature is over its bytes."),
                .required("namespace", .string(), "What the signature is for: `ssh-keygen -Y sign -n`."),
            ])
        ),
        (
            "OpenGuestSessionRequest",
            .variants([
                .request([.required("user", guestUser), .required("password", .string(.credential(longest: 1024)))]),
                .request([
                    .required("user", guestUser), .required("challenge", .string(.upTo(2048, shortest: 1))),
                    .required(
                        "signature", .string(.upTo(16 << 10, shortest: 1)), "As `ssh-keygen -Y sign` makes it."),
                ]),
            ])
        ),
        (
            "OpenedGuestSession",
            .object([
                .required("id", .string(), "What programs are run by. Shown this once."),
                .required("session", .named("GuestUserSession")),
            ])
        ),
        (
            "GuestUserSession",
            .object(
                [
                    .required("number", .integer(), "What it is closed by."), .required("user", .string()),
                    .required("userID", .integer()), .required("home", .string()), .required("opened", .time),
                    .required("peer", .string(), "Who opened it, and from where."),
                    .required("programs", .integer(), "How many run in it now."),
                ],
                "A session with a user of a guest's, in the guest's own words."
            )
        ),
    ]

    private static let guestUser = JSONSchema.string(.credential(longest: 256))
}
