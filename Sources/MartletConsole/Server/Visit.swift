import HTTPTypes
import MartletClient
import MartletModel

/// A request of somebody who is signed in, with what a page needs to answer it.
struct Visit: Sendable {
    var request: ConsoleRequest
    var session: ConsoleSession
    /// The API, as this person.
    var client: HostClient
    /// What the path names, by the names of its pattern.
    var parameters: [String: String]
    var assets: Assets

    func may(_ role: Role) -> Bool { session.role >= role }

    /// A name of the path.
    func name(_ parameter: String) -> String { parameters[parameter] ?? "" }

    /// A form of this session, which is sent by POST.
    func form(_ action: PageAddress, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML) -> HTML {
        form(action, attributes: attributes, content: content)
    }

    func form(_ action: PageAddress, attributes: [Attribute], @HTMLBuilder content: () -> HTML) -> HTML {
        Tag.form(attributes: [.methodPost, .action(action)] + attributes) {
            Tag.input(.type("hidden"), .name("token"), .value(session.formToken))
            content()
        }
    }

    /// Answers a form that did what it was to do, or that asks: by JSON to a script, by another page to a browser without.
    func answer(_ outcome: FormOutcome) throws -> ConsoleReply {
        if request.isFromScript { return try outcome.json() }
        for notice in outcome.notices { session.tell(notice.text, isError: notice.isError) }
        let back = request.form["return"].flatMap(PageAddress.init(checking:))
        return .redirect(to: outcome.question ?? outcome.location ?? back ?? Places.machines)
    }
}
