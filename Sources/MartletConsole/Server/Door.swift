import HTTPTypes
import MartletClient
import MartletLinux
import MartletModel

/// Lets people in and out of the console.
struct Door {
    enum Answer {
        case admitted(ConsoleSession)
        case answer(ConsoleReply)
    }

    var root: String
    var sessions: ConsoleSessions
    var assets: Assets

    /// Whose request it is; what to answer where nobody is signed in, or where somebody signs in or out.
    func admit(_ request: ConsoleRequest) async -> Answer {
        let session = Cookie.id(in: request.headers[.cookie]).flatMap { sessions[$0] }
        if request.path == ["sign-in"] {
            if request.method == .post { return .answer(await signIn(request, instead: session)) }
            return .answer(.page(SignInPage(assets: assets, next: request.query["next"]).html))
        }
        guard let session else {
            // The browser has kept the cookie back, if there is one: the same page asked for from here brings it.
            if request.isFromElsewhere, request.method == .get { return .answer(SignInPage.detour(request, assets)) }
            return .answer(askToSignIn(request, because: nil))
        }
        if request.path == ["sign-out"], request.method == .post { return .answer(await signOut(request, session)) }
        return .admitted(session)
    }

    /// To the page where people sign in, and from there back to where they wanted to be.
    func askToSignIn(_ request: ConsoleRequest, because reason: String?) -> ConsoleReply {
        if request.isFromScript || request.fragment != nil {
            return ConsoleReply(status: .unauthorized, headers: [.setCookie: Cookie.clearing])
        }
        let wanted = request.method == .post ? nil : PageAddress(checking: request.target)
        if let reason {
            var reply = ConsoleReply.page(SignInPage(assets: assets, next: wanted?.text, failure: reason).html)
            reply.headers[.setCookie] = Cookie.clearing
            return reply
        }
        return .redirect(to: PageAddress("sign-in", query: wanted.map { [("next", $0.text)] } ?? []))
    }

    /// Holds a form against the session whose page it is said to be from.
    ///
    /// - Throws: `forbidden` for one from elsewhere.
    func checkForm(_ request: ConsoleRequest, _ session: ConsoleSession) throws(MartletError) {
        let given = SHA256Digest(of: Array((request.form.raw("token") ?? "").utf8))
        let wanted = SHA256Digest(of: Array(session.formToken.utf8))
        guard request.isOfOwnOrigin, given == wanted else {
            throw MartletError(
                .forbidden, "the form is not from a page of this session; load the page again, and send it from there")
        }
    }

    private func signIn(_ request: ConsoleRequest, instead old: ConsoleSession?) async -> ConsoleReply {
        let next = request.form["next"]
        let user = request.form["user"] ?? ""
        do throws(MartletError) {
            guard request.isOfOwnOrigin else {
                throw MartletError(.forbidden, "this did not come from the console's own page; sign in here")
            }
            guard let password = request.form.raw("password"), !user.isEmpty, !password.isEmpty else {
                throw MartletError(.invalidArgument, "give a user and a password of this host")
            }
            let session = try await sessions.begin(
                try await ask(SignInRequest(user: user, password: password), request))
            if let old { await sessions.end(old) }
            var reply = ConsoleReply.redirect(to: next.flatMap(PageAddress.init(checking:)) ?? Places.machines)
            reply.headers[.setCookie] = Cookie.setting(session.id)
            return reply
        } catch {
            let page = SignInPage(assets: assets, next: next, user: user, failure: Words.sentence(error))
            return .page(page.html, status: ErrorPage.status(of: error))
        }
    }

    /// - Throws: what the API says.
    private func ask(_ body: SignInRequest, _ request: ConsoleRequest) async throws(MartletError) -> SignedIn {
        var limits = ClientLimits()
        // Who has to wait is told so, rather than kept waiting before a page that doesn't come.
        limits.retries = 0
        do {
            let client = try HostClient(.root(root), forwardedFor: request.address, limits: limits)
            let answer: Result<SignedIn, any Error>
            do { answer = .success(try await client.signIn(body)) } catch { answer = .failure(error) }
            await client.shutdown()
            return try answer.get()
        } catch {
            throw error as? MartletError ?? MartletError(.unavailable, "the host could not be asked", cause: error)
        }
    }

    private func signOut(_ request: ConsoleRequest, _ session: ConsoleSession) async -> ConsoleReply {
        do throws(MartletError) { try checkForm(request, session) } catch { return ErrorPage.bare(error, assets) }
        // Where the API has ended it already there is nothing left to end.
        try? await session.client(from: request.address).signOut()
        await sessions.end(session)
        var reply = ConsoleReply.redirect(to: PageAddress("sign-in"))
        reply.headers[.setCookie] = Cookie.clearing
        return reply
    }
}
