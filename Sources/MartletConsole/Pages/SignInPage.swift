import HTTPTypes
import MartletModel

/// Where people sign in, with an account of the host's.
struct SignInPage {
    var assets: Assets
    /// Where they wanted to be.
    var next: String?
    var user = ""
    var failure: String?

    var html: HTML {
        Frame.outside(title: "Sign in", assets: assets) {
            Tag.h1 { "Sign in" }
            Tag.p(.class("quiet")) { "With a user of this host and its password." }
            if let failure { Tag.p(.class("notice error"), .role("alert")) { failure } }
            Tag.form(.methodPost, .action(PageAddress("sign-in")), .class("stack")) {
                if let next { Tag.input(.type("hidden"), .name("next"), .value(next)) }
                Tag.label {
                    Tag.span { "User" }
                    Tag.input(attributes: userField) {}
                }
                Tag.label {
                    Tag.span { "Password" }
                    Tag.input(attributes: passwordField) {}
                }
                Tag.button(.class("primary"), .type("submit")) { "Sign in" }
            }
        }
    }

    private var userField: [Attribute] {
        let field: [Attribute] = [
            .name("user"), .type("text"), .value(user), .autocomplete("username"), .maxLength(256), .required,
        ]
        return user.isEmpty ? field + [.autofocus] : field
    }

    private var passwordField: [Attribute] {
        let field: [Attribute] = [
            .name("password"), .type("password"), .autocomplete("current-password"), .maxLength(1_024), .required,
        ]
        return user.isEmpty ? field : field + [.autofocus]
    }

    /// A page that asks for the same page again, from this host now, so that the browser sends the cookie that it kept back.
    static func detour(_ request: ConsoleRequest, _ assets: Assets) -> ConsoleReply {
        let address = PageAddress(checking: request.target) ?? Places.machines
        return .page(
            Tag.html(.lang("en")) {
                Tag.head {
                    Tag.meta(.charset("utf-8"))
                    Tag.meta(.httpEquivalent("refresh"), .content("0; url=\(address.text)"))
                    Tag.title { "Martlet" }
                }
                Tag.body { Tag.p { Tag.a(.href(address)) { "Go on" } } }
            })
    }
}
