import HTTPTypes
import MartletHost
import MartletModel

/// Makes the audit log's line of a request that was answered: for each change that was asked for, for each sign-in, and for whoever was
/// refused.
struct Auditor: Sendable {
    let host: MartletHostServices
    private let quota = AuditQuota()

    init(host: MartletHostServices) { self.host = host }

    func record(_ trace: RequestTrace, _ reply: Reply, from caller: Caller, requestID: String) async {
        guard let route = trace.route, let omitted = admit(trace, route) else { return }
        let detail = trace.detail.values
        var entry = AuditEntry(
            action: route.operationID, user: trace.principal?.name ?? detail.user, role: trace.principal?.role,
            method: trace.principal?.method ?? detail.method, from: caller.description,
            subject: trace.subject ?? detail.subject, subjectID: trace.subjectID ?? detail.subjectID,
            requestID: requestID, status: reply.status.code,
            outcome: trace.failure.map { "\($0.code)" } ?? (reply.status == .accepted ? "begun" : "done"),
            note: note(trace) ?? detail.note, omitted: omitted > 0 ? omitted : nil
        )
        if let operation = reply.operation {
            entry.operation = "\(operation.id)"
            entry.subject = entry.subject ?? operation.title
            entry.subjectID = operation.subject
        }
        await host.audit.record(entry)
    }

    /// Whether a line is written: how many were left out before it, or nil for none.
    private func admit(_ trace: RequestTrace, _ route: RouteDefinition) -> Int? {
        let isRefusal = trace.failure.map { [.unauthenticated, .forbidden].contains($0.code) } ?? false
        guard route.audit != .none || isRefusal else { return nil }
        // What is refused for there being too many is the throttle's work, and would undo it here.
        if trace.failure?.code == .tooMany { return quota.admitStranger() }
        guard let principal = trace.principal else {
            return trace.failure == nil ? 0 : quota.admitStranger()
        }
        guard route.audit == .repeated || isRefusal else { return 0 }
        return quota.admitRepeated("\(principal.name) \(route.operationID) \(trace.subjectID ?? trace.subject ?? "")")
    }

    /// Why somebody was refused; other failures are the client's affair, and their words may hold what it sent.
    private func note(_ trace: RequestTrace) -> String? {
        guard let failure = trace.failure, [.unauthenticated, .forbidden].contains(failure.code) else { return nil }
        return failure.message
    }
}
