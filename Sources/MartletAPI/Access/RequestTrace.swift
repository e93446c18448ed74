import MartletHost
import MartletModel

/// What comes to be known of a request while it is answered, for the audit log.
struct RequestTrace: Sendable {
    var route: RouteDefinition?
    var principal: Principal?
    /// What the path names last, and its id where it is a machine.
    var subject: String?
    var subjectID: String?
    var failure: MartletError?
    let detail = AuditDetail()
}

extension RequestTrace {
    /// What a request is about, as its path has it.
    mutating func note(_ route: RouteDefinition, _ path: [String: String]) {
        self.route = route
        let names = route.parameters.filter { $0.location == .path }.map(\.name)
        subject = names.last.flatMap { path[$0] }.map { String($0.prefix(100)) }
    }

    /// Its machine by name and id, while it is there.
    mutating func noteMachine(_ path: [String: String], _ host: MartletHostServices) {
        guard route?.audit != RouteDefinition.Audit.none, let name = path[RouteParameter.vm.name],
            let machine = try? host.virtualMachines.find(name)
        else { return }
        (subject, subjectID) = (machine.name, "\(machine.id)")
    }
}
