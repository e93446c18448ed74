import Glibc
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import NIOCore
import NIOPosix

/// Holds the virtio-serial port open, and serves each host that connects to it.
struct GuestPort: Sendable {
    /// How often to look whether a host is there, or a port. The kernel tells a waiting reader neither.
    private static let interval: Duration = .milliseconds(250)

    let configuration: GuestConfiguration
    let sessions: LinkSessions
    let logger: Logger

    func follow() async {
        while !Task.isCancelled {
            if let device = find(), let port = open(device) {
                logger.info("the port is open", metadata: ["device": "\(device)"])
                await serve(port)
                close(port)
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }

    /// The device of the port with our name.
    private func find() -> String? {
        let names = (try? FileEntry.names(in: configuration.portsFolder)) ?? []
        let ours = names.first { name in
            let said = try? BoundedFile.readText("\(configuration.portsFolder)/\(name)/name")
            return said?.prefix { !$0.isWhitespace } ?? "" == GuestContract.portName
        }
        return ours.map { "/dev/\($0)" }
    }

    private func open(_ device: String) -> CInt? {
        let port = Glibc.open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        if port < 0 {
            let reason = String(cString: strerror(errno))
            logger.warning("the port can't be opened", metadata: ["device": "\(device)", "reason": "\(reason)"])
        }
        return port < 0 ? nil : port
    }

    /// Until the port itself is gone. It stays open between hosts: closing it would be told to the host each time.
    private func serve(_ port: CInt) async {
        while !Task.isCancelled {
            var state = pollfd(fd: port, events: Int16(POLLIN | POLLOUT), revents: 0)
            poll(&state, 1, 0)
            if state.revents & Int16(POLLERR | POLLNVAL) != 0 { return }
            if state.revents & Int16(POLLHUP) == 0, case let own = dup(port), own >= 0 { await serveHost(own) }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Until the host has left.
    private func serveHost(_ port: CInt) async {
        let (socket, sessions) = (configuration.serverSocket, sessions)
        do {
            let input = PortInput(SharedDescriptor(port))
            let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try input.add(to: channel) }
                        .flatMap { channel.serveLink(socket, sessions) }
                }
                .takingOwnershipOfDescriptor(output: input.descriptor.duplicateForHandover())
                .get()
            await withTaskGroup { group in
                group.addTask { await input.feed(channel) }
                await channel.untilClosed()
                group.cancelAll()
            }
        } catch {
            logger.warning("the port can't be served", metadata: ["error": "\(error)"])
        }
    }
}

extension Channel {
    /// Waits until it has closed; closes it when the task is cancelled.
    func untilClosed() async {
        await withTaskCancellationHandler {
            // However it ended.
            try? await closeFuture.get()
        } onCancel: {
            close(promise: nil)
        }
    }

    /// Serves the link on this channel, with the contract's server at a socket.
    func serveLink(_ socket: String, _ sessions: LinkSessions) -> EventLoopFuture<Void> {
        eventLoop.makeCompletedFuture {
            try LinkFrame.configure(self)
            let handler = GuestLinkHandler(sessions: sessions) { loop in
                ClientBootstrap(group: loop)
                    .channelOption(.autoRead, value: false)
                    .connect(unixDomainSocketPath: socket)
            }
            try pipeline.syncOperations.addHandler(handler)
        }
    }
}
