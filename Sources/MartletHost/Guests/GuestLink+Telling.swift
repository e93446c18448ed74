import Logging
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// What the host tells a guest at the beginning of a session, and whenever it changes.
extension GuestLink {
    /// Closer than this a clock isn't touched.
    private static let clockToleranceInMicroseconds: Int64 = 500_000

    /// The guest learns them with the next session too, should this fail.
    func tellValues() async {
        guard let client, !disabled.contains(.exchange) else { return }
        do {
            _ = try await GuestSystem.Client(wrapping: client).setValues(
                .with { $0.values = values }, options: GuestCall.options(GuestCall.shortly))
        } catch {
            logger.debug("a guest can't be told its values", metadata: ["vm": "\(machine)", "error": "\(error)"])
        }
    }

    /// After standing still the guest's clock is behind.
    func setClock() async {
        guard let client, !disabled.contains(.time) else { return }
        do {
            let reply = try await GuestSystem.Client(wrapping: client).setClock(
                .with {
                    $0.timeInMicroseconds = now().milliseconds * 1_000
                    $0.toleranceInMicroseconds = Self.clockToleranceInMicroseconds
                }, options: GuestCall.options(GuestCall.shortly))
            if reply.wasSet {
                logger.info(
                    "a guest's clock was set",
                    metadata: ["vm": "\(machine)", "ahead_us": "\(reply.aheadInMicroseconds)"])
            }
        } catch {
            logger.debug("a guest's clock can't be set", metadata: ["vm": "\(machine)", "error": "\(error)"])
        }
    }
}
