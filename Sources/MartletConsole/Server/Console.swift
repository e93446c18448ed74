import HTTPTypes
package import HummingbirdCore
import MartletClient
import MartletModel

/// The web console of one host: a client of its API like any other, which shows what it says as pages.
///
/// It asks over the host's own socket, as the person who is signed in and with that person's session, so the API alone decides who may do
/// what and keeps its log of it.
package final class Console: Sendable {
    private let root: String
    private let sessions: ConsoleSessions
    private let assets: Assets
    private let routes: ConsoleRoutes

    /// Answers a request from somebody at an address.
    package typealias Answer = @concurrent @Sendable (Request, String) async throws -> Response

    /// Does `body` with a console, and ends its sessions on every way out.
    ///
    /// - Parameter root: the folder of the host whose console it is.
    /// - Throws: whatever `body` throws.
    package static func serving(root: String, _ body: (@escaping Answer) async throws -> Void) async throws {
        let console = Console(root: root)
        let result: Result<Void, any Error>
        do {
            try await body { try await console.answer($0, from: $1) }
            result = .success(())
        } catch { result = .failure(error) }
        await console.sessions.endAll()
        try result.get()
    }

    private init(root: String) {
        self.root = root
        sessions = ConsoleSessions(root: root)
        assets = Assets()
        routes = .all
    }

    /// Answers one request.
    ///
    /// - Throws: the connection's errors.
    @concurrent
    private func answer(_ request: Request, from address: String) async throws -> Response {
        let reply: ConsoleReply
        do {
            reply = await self.reply(to: try await ConsoleRequest.read(request, from: address))
        } catch let error as MartletError {
            reply = ErrorPage.bare(error, assets)
        }
        return reply.response(to: request)
    }

    private func reply(to request: ConsoleRequest) async -> ConsoleReply {
        if request.path.first == Assets.folder { return await assets.reply(to: request) }
        let door = Door(root: root, sessions: sessions, assets: assets)
        switch await door.admit(request) {
        case .answer(let reply): return reply
        case .admitted(let session): return await reply(to: request, as: session, door)
        }
    }

    private func reply(to request: ConsoleRequest, as session: ConsoleSession, _ door: Door) async -> ConsoleReply {
        var visit: Visit?
        do {
            let (route, parameters) = try routes.find(request)
            let made = Visit(
                request: request, session: session, client: try session.client(from: request.address),
                parameters: parameters, assets: assets)
            visit = made
            if request.method == .post { try door.checkForm(request, session) }
            return try await route.answer(made)
        } catch let error as MartletError where error.code == .unauthenticated {
            await sessions.end(session)
            return door.askToSignIn(request, because: "Your session has ended. Sign in again to go on.")
        } catch {
            let error = error as? MartletError ?? MartletError(.internal, "the page failed", cause: error)
            return await ErrorPage.reply(error, request, visit, assets)
        }
    }
}
