import Glibc
import HummingbirdCore
import Logging
import MartletLinux
import MartletModel
import NIOCore
import ServiceLifecycle

/// Serves the API at the unix socket.
struct UnixSocketListener: Service, CustomStringConvertible {
    var server: APIServer
    var path: String
    var groups: RoleGroups
    var logger: Logger
    /// Waited for before anything is served: what is answered here tells where HTTPS answers.
    let responder: OnceValue<APIResponder>
    /// Called as soon as it answers.
    var onListening: @Sendable () -> Void

    var description: String { "unix socket" }

    /// - Throws: `ioFailed` when the socket can't be made.
    func run() async throws {
        let ready: APIResponder
        do {
            let responder = responder
            ready = try await cancelWhenGracefulShutdown { try await responder.get() }
        } catch is CancellationError { return }
        let service = try server.service(at: .unixDomainSocket(path: path)) { request, writer, channel in
            try await ready.respond(to: request, from: .local(channel), on: channel, writer)
        } onListening: { _ in
            await open()
            onListening()
        }
        do {
            try await service.run()
        } catch let error as IOError {
            throw MartletError(.ioFailed, "can't listen at '\(path)'", cause: error)
        }
        unlink(path)
    }

    /// Lets the groups in that have a role. Until here nobody but the daemon's user could connect: the socket was bound with umask 077.
    private func open() async {
        do {
            let (path, names) = (path, groups.ranked.map(\.name))
            try await BlockingWork.run { () throws(MartletError) in
                var ids: [UInt32] = []
                for name in names { if let id = try UserAccount.groupID(named: name) { ids.append(id) } }
                try SocketAccess.admit(groups: ids, to: path)
            }
        } catch {
            logger.warning(
                "the groups that have a role can't use the socket",
                metadata: LogKey.metadata([.path: path, .error: "\(error)"])
            )
        }
    }
}
