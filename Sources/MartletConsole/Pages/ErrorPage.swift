import HTTPTypes
import MartletModel

/// What is shown where something is refused or fails: what happened, and what to do.
enum ErrorPage {
    /// Without the console's frame, for somebody who isn't known.
    static func bare(_ error: MartletError, _ assets: Assets) -> ConsoleReply {
        let html = Frame.outside(title: "Refused", assets: assets) {
            Tag.h1 { "That did not work" }
            Tag.p { Words.sentence(error) }
            Tag.p { Tag.a(.href(Places.machines)) { "Go to the machines" } }
        }
        return .page(html, status: status(of: error))
    }

    /// In the frame; for a form, on the page from which it came.
    static func reply(
        _ error: MartletError, _ request: ConsoleRequest, _ visit: Visit?, _ assets: Assets
    ) async -> ConsoleReply {
        guard let visit else { return bare(error, assets) }
        if request.fragment != nil { return ConsoleReply(status: status(of: error)) }
        let notice = ConsoleSession.Notice(text: Words.sentence(error), isError: true)
        if request.method == .post, error.code != .internal {
            if let reply = try? visit.answer(FormOutcome(notices: [notice])) { return reply }
        }
        let frame = try? await Frame.load(visit)
        guard let frame else { return bare(error, assets) }
        let html = frame.page(title: error.code == .notFound ? "Not found" : "That did not work", section: .none) {
            Tag.p(.class("lead")) { notice.text }
            Tag.p { Tag.a(.href(Places.machines)) { "Go to the machines" } }
        }
        return .page(html, status: status(of: error))
    }

    static func status(of error: MartletError) -> HTTPResponse.Status {
        switch error.code {
        case .invalidArgument: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tooMany: .tooManyRequests
        case .tooLarge: .contentTooLarge
        case .unsupported: .unsupportedMediaType
        case .unavailable: .serviceUnavailable
        case .timedOut: .gatewayTimeout
        case .internal, .unknown, .ioFailed, .commandFailed, .qemuFailed: .internalServerError
        default: .conflict
        }
    }
}
