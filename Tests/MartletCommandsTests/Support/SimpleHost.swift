import MartletClient
import MartletFakeHost
import MartletModel

/// A fake host on which everything succeeds at once.
enum SimpleHost {
    static let answer: FakeHost.Answer = { request in
        let subject = request.subject ?? "?"
        switch request.operation {
        case .getDocument: return .whole(status: 200, headers: [], body: Array("{\"openapi\":\"3.1.0\"}".utf8))
        case .getMetrics: return .whole(status: 200, headers: [], body: Array("# HELP x y\n".utf8))
        case .getHost: return try .json(Sample.host)
        case .listHostChecks: return try .json(Page(items: Sample.checks))
        case .followEvents: return .stream(type: "text/event-stream", AsyncStream { _ in }, closes: false)
        case .listMachines: return try .json(Page(items: Sample.machines))
        case .stopMachines, .restartMachine, .saveMachine, .discardMachine:
            return try .json(Sample.operation(title: "work on \(subject)"), status: 202)
        case .createMachine, .startMachine, .stopMachine, .deleteMachine, .createDisk, .deleteDisk,
            .importImage, .buildImage, .deleteImage, .createSwitch,
            .deleteSwitch, .addAdapter, .setAdapter, .removeAdapter,
            .createCheckpoint, .deleteCheckpoint, .applyCheckpoint, .exportCheckpoint, .mergeCheckpoints,
            .attachDisk, .detachDisk, .resizeDisk, .convertDisk, .exportDisk:
            return try .json(Sample.operation(title: "work on \(subject)"), status: 202)
        case .getScreenshot: return .whole(status: 200, headers: [("Content-Type", "image/png")], body: [0x89, 0x50])
        case .listProcessorModels: return try .json(Page(items: Sample.processorModels))
        case .changeISO, .addISODrive, .removeISODrive: return try .json(Sample.machine())
        case .getMachine, .updateMachine, .resetMachine, .pauseMachine, .resumeMachine:
            return try .json(Sample.machine(name: subject))
        case .readConsole: return .pieces("application/octet-stream", ["login: "])
        case .attachConsole, .attachScreen:
            return try .problem(409, "wrongState", "'\(subject)' is off and shows nothing; start it first")
        case .getMachineSamples, .getHostSamples: return try .json(Sample.usage)
        case .createTicket: return try .json(Sample.ticket, status: 201)
        case .writeConsole, .deleteToken, .deletePool, .closeGuestSession: return .noContent
        case .challengeGuestUser: return try .json(GuestKeyChallenge(challenge: "YWJj", namespace: "martlet-direct"))
        case .openGuestSession:
            return try .json(OpenedGuestSession(id: "s3cret", session: Sample.guestSession()), status: 201)
        case .listGuestSessions: return try .json(Page(items: [Sample.guestSession()]))
        case .executeInGuest: return FakeGuestProgram.answer()
        case .listCheckpoints: return try .json(Page(items: [Sample.checkpoint, Sample.laterCheckpoint]))
        case .getCheckpoint, .updateCheckpoint: return try .json(Sample.checkpoint)
        case .listDisks: return try .json(Page(items: [Sample.disk(101), Sample.disk(102, name: "spare")]))
        case .listImages:
            return try .json(Page(items: [Sample.image(), Sample.image(602, name: "installer", kind: .iso)]))
        case .getImage: return try .json(Sample.image())
        case .getDisk: return try .json(Sample.disk())
        case .listPools: return try .json(Page(items: [Sample.pool]))
        case .createPool: return try .json(Sample.pool, status: 201)
        case .getPool, .updatePool: return try .json(Sample.pool)
        case .listSwitches: return try .json(Page(items: [Sample.natSwitch, Sample.userSwitch]))
        case .getSwitch, .updateSwitch, .addForward, .removeForward: return try .json(Sample.natSwitch)
        case .getSwitchStatus: return try .json(Sample.switchStatus)
        case .listOperations:
            return try .json(Page(items: [Sample.operation(), Sample.operation(402, state: .succeeded, progress: 1)]))
        case .getOperation: return try .json(Sample.operation(title: "start hello", state: .succeeded, progress: 1))
        case .cancelOperation: return try .json(Sample.operation(state: .undoing))
        case .listTokens: return try .json(Page(items: [Sample.token()]))
        case .signIn: return try .json(Sample.signedIn, status: 201)
        case .signOut: return .noContent
        case .getIdentity: return try .json(Sample.identity)
        case .listAudit: return try .json(Page(items: Sample.auditEntries))
        case .createToken: return try .json(CreatedToken(token: Sample.token(), secret: "mlt_s3cret"), status: 201)
        case nil: return try .problem(404, "notFound", "no such route: \(request.method) \(request.target)")
        }
    }
}

extension Sample {
    /// Machines with names that tables must bear.
    static let machines = [
        Sample.machine(1, name: "hello", state: .running),
        Sample.machine(2, name: "größe 大きい 🐦", state: .off),
        Sample.machine(3, name: "e\u{301}vil\u{1B}[2J\u{202E}", state: .failed),
    ]
}
