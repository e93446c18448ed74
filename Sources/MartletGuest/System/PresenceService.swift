import GRPCCore
import Glibc
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// Who the guest is, and its heartbeat.
struct PresenceService: GuestPresence.SimpleServiceProtocol {
    /// The number of guest.proto's contract.
    static let contract: UInt32 = 1
    private static let shortestInterval: Duration = .seconds(1)
    /// Asking systemd takes a process: at most so often.
    private static let healthInterval: Duration = .seconds(10)

    let configuration: GuestConfiguration
    let commands: GuestCommands
    /// How Direct checks passwords: "pam" or "shadow".
    let passwordCheck: String

    func describe(request: GuestDescribeRequest, context: ServerContext) async throws -> GuestDescription {
        .with {
            $0.version = martletVersion
            $0.protocol = Self.contract
            $0.bootID = (try? BootIdentity.read()) ?? ""
            $0.system = SystemFacts.operatingSystem()
            $0.services = configuration.services
            $0.vsockPort = configuration.vsockPort ?? 0
            $0.passwordCheck = passwordCheck
        }
    }

    func watch(
        request: GuestWatchRequest, response: RPCWriter<GuestBeat>, context: ServerContext
    ) async throws {
        let interval = max(Self.shortestInterval, .milliseconds(Int64(request.intervalInMilliseconds)))
        let clock = ContinuousClock()
        var beat = GuestBeat()
        var told: GuestExchange?
        var healthIsDue = clock.now
        while true {
            if clock.now >= healthIsDue {
                (beat.health, beat.failedUnits) = await commands.health()
                healthIsDue = clock.now + Self.healthInterval
            }
            let exchange = request.withExchange ? exchange() : nil
            beat.number += 1
            beat.uptimeInSeconds = UInt64(BootIdentity.uptimeInSeconds)
            beat.timeInMicroseconds = GuestClock.now
            beat.clearExchange()
            if let exchange, exchange != told { beat.exchange = exchange }
            told = exchange
            try await response.write(beat)
            try await clock.sleep(for: interval)
        }
    }

    private func exchange() -> GuestExchange {
        .with {
            $0.hostName = SystemFacts.hostName()
            $0.interfaces = Interfaces.read()
            $0.fileSystems = FileSystems.read()
            $0.values = ExchangedValues.read(configuration.toHostFolder)
        }
    }
}
