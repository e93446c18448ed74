import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@Suite("What the client asks")
struct RouteTests {
    struct Call: Sendable {
        var operation: OperationID
        var target: String
        var answer: @Sendable () throws -> FakeAnswer
        /// Whether what came back is what was answered.
        var call: @Sendable (HostClient) async throws -> Bool
    }

    static let calls: [Call] = [
        Call(operation: .getDocument, target: "/openapi.json") {
            .whole(status: 200, headers: [], body: Array("{}".utf8))
        } call: {
            try await $0.getDocument() == Array("{}".utf8)
        },
        Call(operation: .challengeGuestUser, target: "/vms/a%20b/guest/challenges") {
            try .json(GuestKeyChallenge(challenge: "YWJj", namespace: "n"))
        } call: {
            try await $0.challengeGuestUser("a b", GuestKeyChallengeRequest(user: "u")).challenge == "YWJj"
        },
        Call(operation: .openGuestSession, target: "/vms/a/guest/sessions") {
            try .json(OpenedGuestSession(id: "i", session: Sample.guestSession()), status: 201)
        } call: {
            try await $0.openGuestSession("a", OpenGuestSessionRequest(user: "u", password: "p")).id == "i"
        },
        Call(operation: .listGuestSessions, target: "/vms/a/guest/sessions") {
            try .json(Page(items: [Sample.guestSession()]))
        } call: {
            try await $0.listGuestSessions("a") == [Sample.guestSession()]
        },
        Call(operation: .closeGuestSession, target: "/vms/a/guest/sessions/3") {
            .noContent
        } call: {
            try await $0.closeGuestSession("a", number: 3)
            return true
        },
        Call(operation: .executeInGuest, target: "/vms/a/guest/execute") {
            .echo(exitCode: 9)
        } call: {
            try await $0.executeInGuest("a", GuestProgramStart(session: "s", program: .loginShell)) { program in
                try await program.send(.endOfInput)
                return try await program.follow { _ in } == .exited(9)
            }
        },
        Call(operation: .attachScreen, target: "/vms/a%20b/screen") {
            .program { try await $0.close() }
        } call: {
            try await $0.attachScreen("a b") { socket in
                for try await _ in socket.messages {}
                return true
            }
        },
        Call(operation: .attachConsole, target: "/vms/a/console/socket?historyInBytes=7") {
            .program { try await $0.close() }
        } call: {
            try await $0.attachConsole("a", historyInBytes: 7) { socket in
                for try await _ in socket.messages {}
                return true
            }
        },
        Call(operation: .createTicket, target: "/vms/a/tickets") {
            try .json(Sample.ticket, status: 201)
        } call: {
            try await $0.createTicket("a", for: .screen) == Sample.ticket
        },
        Call(operation: .getMachineSamples, target: "/vms/a/samples?span=week") {
            try .json(Sample.usage)
        } call: {
            try await $0.getMachineSamples("a", .week) == Sample.usage
        },
        Call(operation: .getHostSamples, target: "/host/samples?span=hour") {
            try .json(Sample.usage)
        } call: {
            try await $0.getHostSamples(.hour) == Sample.usage
        },
        Call(operation: .getMetrics, target: "/metrics") {
            .whole(status: 200, headers: [], body: Array("x 1\n".utf8))
        } call: {
            try await $0.getMetrics() == Array("x 1\n".utf8)
        },
        Call(operation: .getHost, target: "/host") {
            try .json(Sample.host)
        } call: {
            try await $0.getHost() == Sample.host
        },
        Call(operation: .listHostChecks, target: "/host/checks") {
            try .json(Page(items: Sample.checks))
        } call: {
            try await $0.listHostChecks() == Sample.checks
        },
        Call(operation: .listMachines, target: "/vms?name=a%20b&state=running&limit=5000") {
            try .json(Page(items: [Sample.machine()]))
        } call: {
            try await $0.listMachines(name: "a b", state: .running) == [Sample.machine()]
        },
        Call(operation: .createMachine, target: "/vms") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.createMachine(CreateVirtualMachineRequest(name: "x")) == Sample.operation()
        },
        Call(operation: .getMachine, target: "/vms/..%2Fh%C3%A9llo%20%3F") {
            try .json(Sample.machine())
        } call: {
            try await $0.getMachine("../héllo ?") == Sample.machine()
        },
        Call(operation: .getMachine, target: "/vms/hello?untilState=off%2Cfailed&waitInSeconds=30") {
            try .json(Sample.machine())
        } call: {
            _ = try await $0.getMachine("hello", until: [.off, .failed], waiting: .seconds(30))
            return true
        },
        Call(operation: .updateMachine, target: "/vms/hello") {
            try .json(Sample.machine())
        } call: {
            _ = try await $0.updateMachine("hello", revision: 7, UpdateVirtualMachineRequest(cpus: 3))
            return true
        },
        Call(operation: .deleteMachine, target: "/vms/hello?disks=true") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.deleteMachine("hello", disks: true)
            return true
        },
        Call(operation: .startMachine, target: "/vms/hello/start") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.startMachine("hello", paused: true)
            return true
        },
        Call(operation: .stopMachine, target: "/vms/hello/stop") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.stopMachine("hello", turnOff: false, timeout: .seconds(5))
            return true
        },
        Call(operation: .getScreenshot, target: "/vms/hello/screenshot") {
            .whole(status: 200, headers: [], body: [1, 2, 3])
        } call: {
            try await $0.getScreenshot("hello") == [1, 2, 3]
        },
        Call(operation: .changeISO, target: "/vms/hello/iso-drives/change") {
            try .json(Sample.machine())
        } call: {
            try await $0.changeISO("hello", .init(image: "debian", slot: 1, force: true)) == Sample.machine()
        },
        Call(operation: .addISODrive, target: "/vms/hello/iso-drives") {
            try .json(Sample.machine())
        } call: {
            try await $0.addISODrive("hello", .init()) == Sample.machine()
        },
        Call(operation: .removeISODrive, target: "/vms/hello/iso-drives/remove") {
            try .json(Sample.machine())
        } call: {
            try await $0.removeISODrive("hello", .init(slot: 2)) == Sample.machine()
        },
        Call(operation: .listProcessorModels, target: "/host/processor-models") {
            try .json(Page(items: Sample.processorModels))
        } call: {
            try await $0.listProcessorModels() == Sample.processorModels
        },
        Call(operation: .resetMachine, target: "/vms/hello/reset") {
            try .json(Sample.machine())
        } call: {
            _ = try await $0.resetMachine("hello")
            return true
        },
        Call(operation: .restartMachine, target: "/vms/hello/restart") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.restartMachine("hello", turnOff: false, timeout: .seconds(5))
            return true
        },
        Call(operation: .saveMachine, target: "/vms/hello/save") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.saveMachine("hello")
            return true
        },
        Call(operation: .discardMachine, target: "/vms/hello/discard") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.discardMachine("hello")
            return true
        },
        Call(operation: .stopMachines, target: "/host/stop-machines") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.stopMachines(timeout: .seconds(5))
            return true
        },
        Call(operation: .listMachines, target: "/vms?labels=env%3Dtest%2Csite&limit=5000") {
            try .json(Page(items: [Sample.machine()]))
        } call: {
            try await $0.listMachines(labels: [LabelSelector("env=test"), LabelSelector("site")]) == [Sample.machine()]
        },
        Call(operation: .pauseMachine, target: "/vms/hello/pause") {
            try .json(Sample.machine())
        } call: {
            _ = try await $0.pauseMachine("hello")
            return true
        },
        Call(operation: .resumeMachine, target: "/vms/hello/resume") {
            try .json(Sample.machine())
        } call: {
            _ = try await $0.resumeMachine("hello")
            return true
        },
        Call(operation: .readConsole, target: "/vms/hello/console?historyInBytes=10") {
            .pieces("application/octet-stream", ["boot", "ed"])
        } call: {
            var seen: [UInt8] = []
            for try await bytes in try await $0.readConsole("hello", historyInBytes: 10) { seen += bytes }
            return seen == Array("booted".utf8)
        },
        Call(operation: .writeConsole, target: "/vms/hello/console") {
            .noContent
        } call: {
            try await $0.writeConsole("hello", [1, 2, 3])
            return true
        },
        Call(operation: .listDisks, target: "/disks?name=data&limit=5000") {
            try .json(Page(items: [Sample.disk()]))
        } call: {
            try await $0.listDisks(name: "data") == [Sample.disk()]
        },
        Call(operation: .createDisk, target: "/disks") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.createDisk(CreateDiskRequest(name: "data", capacity: .gibibytes(1)))
            return true
        },
        Call(operation: .getDisk, target: "/disks/data") {
            try .json(Sample.disk())
        } call: {
            try await $0.getDisk("data") == Sample.disk()
        },
        Call(operation: .attachDisk, target: "/disks/data/attach") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.attachDisk("data", AttachDiskRequest(machine: "m")) == Sample.operation()
        },
        Call(operation: .detachDisk, target: "/disks/data/detach") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.detachDisk("data", DetachDiskRequest()) == Sample.operation()
        },
        Call(operation: .resizeDisk, target: "/disks/data/resize") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.resizeDisk("data", ResizeDiskRequest(capacity: .gibibytes(2))) == Sample.operation()
        },
        Call(operation: .convertDisk, target: "/disks/data/convert") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.convertDisk("data", ConvertDiskRequest(format: .raw)) == Sample.operation()
        },
        Call(operation: .exportDisk, target: "/disks/data/export") {
            try .json(Sample.operation(), status: 202)
        } call: {
            try await $0.exportDisk("data", ExportDiskRequest(file: "/srv/x")) == Sample.operation()
        },
        Call(operation: .listPools, target: "/pools") {
            try .json(Page(items: [Sample.pool]))
        } call: {
            try await $0.listPools() == [Sample.pool]
        },
        Call(operation: .createPool, target: "/pools") {
            try .json(Sample.pool, status: 201)
        } call: {
            try await $0.createPool(CreatePoolRequest(name: "fast", path: "/srv/fast")) == Sample.pool
        },
        Call(operation: .getPool, target: "/pools/fast") {
            try .json(Sample.pool)
        } call: {
            try await $0.getPool("fast") == Sample.pool
        },
        Call(operation: .updatePool, target: "/pools/fast") {
            try .json(Sample.pool)
        } call: {
            try await $0.updatePool("fast", UpdatePoolRequest(isDefault: true)) == Sample.pool
        },
        Call(operation: .deletePool, target: "/pools/fast") {
            .noContent
        } call: {
            try await $0.deletePool("fast")
            return true
        },
        Call(operation: .deleteDisk, target: "/disks/data") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.deleteDisk("data")
            return true
        },
        Call(operation: .listImages, target: "/images?name=deb&limit=5000") {
            try .json(Page(items: [Sample.image()]))
        } call: {
            try await $0.listImages(name: "deb") == [Sample.image()]
        },
        Call(operation: .importImage, target: "/images") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.importImage(ImportImageRequest(name: "deb", source: "/a.qcow2"))
            return true
        },
        Call(operation: .buildImage, target: "/image-builds") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.buildImage(BuildImageRequest(recipe: "debian-12"))
            return true
        },
        Call(operation: .getImage, target: "/images/deb") {
            try .json(Sample.image())
        } call: {
            try await $0.getImage("deb") == Sample.image()
        },
        Call(operation: .deleteImage, target: "/images/deb") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.deleteImage("deb")
            return true
        },
        Call(operation: .listSwitches, target: "/switches") {
            try .json(Page(items: [Sample.natSwitch]))
        } call: {
            try await $0.listSwitches() == [Sample.natSwitch]
        },
        Call(operation: .getSwitch, target: "/switches/nat") {
            try .json(Sample.natSwitch)
        } call: {
            try await $0.getSwitch("nat") == Sample.natSwitch
        },
        Call(operation: .addAdapter, target: "/vms/hello/adapters") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.addAdapter("hello", AdapterRequest(switch: "nat"))
            return true
        },
        Call(operation: .setAdapter, target: "/vms/hello/adapters/52%3A54%3A00%3A12%3A34%3A56") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.setAdapter("hello", "52:54:00:12:34:56", AdapterRequest(vlan: 7))
            return true
        },
        Call(operation: .removeAdapter, target: "/vms/hello/adapters/0") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.removeAdapter("hello", "0")
            return true
        },
        Call(operation: .listCheckpoints, target: "/vms/hello/checkpoints") {
            try .json(Page(items: [Sample.checkpoint]))
        } call: {
            try await $0.listCheckpoints("hello") == [Sample.checkpoint]
        },
        Call(operation: .getCheckpoint, target: "/vms/hello/checkpoints/a%20b") {
            try .json(Sample.checkpoint)
        } call: {
            try await $0.getCheckpoint("hello", "a b") == Sample.checkpoint
        },
        Call(operation: .createCheckpoint, target: "/vms/hello/checkpoints") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.createCheckpoint("hello", CreateCheckpointRequest(name: "a"))
            return true
        },
        Call(operation: .updateCheckpoint, target: "/vms/hello/checkpoints/a") {
            try .json(Sample.checkpoint)
        } call: {
            try await $0.updateCheckpoint("hello", "a", UpdateCheckpointRequest(name: "b")) == Sample.checkpoint
        },
        Call(operation: .deleteCheckpoint, target: "/vms/hello/checkpoints/a?subtree=true&bandwidth=1048576") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.deleteCheckpoint("hello", "a", subtree: true, bandwidth: .mebibytes(1))
            return true
        },
        Call(operation: .applyCheckpoint, target: "/vms/hello/checkpoints/a/apply") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.applyCheckpoint("hello", "a")
            return true
        },
        Call(operation: .exportCheckpoint, target: "/vms/hello/checkpoints/a/export") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.exportCheckpoint("hello", "a", ExportCheckpointRequest(folder: "/srv/a"))
            return true
        },
        Call(operation: .mergeCheckpoints, target: "/vms/hello/merge-checkpoints?bandwidth=1048576") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.mergeCheckpoints("hello", bandwidth: .mebibytes(1))
            return true
        },
        Call(operation: .createSwitch, target: "/switches") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.createSwitch(CreateVirtualSwitchRequest(name: "lab", kind: .internal))
            return true
        },
        Call(operation: .updateSwitch, target: "/switches/nat") {
            try .json(Sample.natSwitch)
        } call: {
            try await $0.updateSwitch("nat", UpdateVirtualSwitchRequest(isDefault: true)) == Sample.natSwitch
        },
        Call(operation: .deleteSwitch, target: "/switches/nat") {
            try .json(Sample.operation(), status: 202)
        } call: {
            _ = try await $0.deleteSwitch("nat")
            return true
        },
        Call(operation: .getSwitchStatus, target: "/switches/nat/status") {
            try .json(Sample.switchStatus)
        } call: {
            try await $0.getSwitchStatus("nat") == Sample.switchStatus
        },
        Call(operation: .addForward, target: "/switches/nat/forwards") {
            try .json(Sample.natSwitch)
        } call: {
            let request = PortForwardRequest(hostPort: 2222, machine: "hello", port: 22)
            return try await $0.addForward("nat", request) == Sample.natSwitch
        },
        Call(operation: .removeForward, target: "/switches/nat/forwards/53?transport=udp&hostAddress=192.0.2.1") {
            try .json(Sample.natSwitch)
        } call: {
            _ = try await $0.removeForward("nat", .udp, hostPort: 53, hostAddress: "192.0.2.1")
            return true
        },
        Call(operation: .listOperations, target: "/operations?state=failed&limit=5000") {
            try .json(Page(items: [Sample.operation()]))
        } call: {
            try await $0.listOperations(state: .failed) == [Sample.operation()]
        },
        Call(operation: .getOperation, target: "/operations/o?waitInSeconds=60") {
            try .json(Sample.operation())
        } call: {
            try await $0.getOperation("o", waiting: .seconds(3600)) == Sample.operation()
        },
        Call(operation: .cancelOperation, target: "/operations/o/cancel") {
            try .json(Sample.operation())
        } call: {
            _ = try await $0.cancelOperation("o")
            return true
        },
        Call(operation: .listTokens, target: "/tokens") {
            try .json(Page(items: [Sample.token()]))
        } call: {
            try await $0.listTokens() == [Sample.token()]
        },
        Call(operation: .createToken, target: "/tokens") {
            try .json(CreatedToken(token: Sample.token(), secret: "s"), status: 201)
        } call: {
            try await $0.createToken(CreateTokenRequest(name: "ci", role: .viewer)).secret == "s"
        },
        Call(operation: .deleteToken, target: "/tokens/ci") {
            .noContent
        } call: {
            try await $0.deleteToken("ci")
            return true
        },
        Call(operation: .signIn, target: "/sign-in") {
            try .json(Sample.signedIn, status: 201)
        } call: {
            try await $0.signIn(SignInRequest(user: "alice", password: "s3cret")) == Sample.signedIn
        },
        Call(operation: .signOut, target: "/sign-out") {
            .noContent
        } call: {
            try await $0.signOut()
            return true
        },
        Call(operation: .getIdentity, target: "/whoami") {
            try .json(Sample.identity)
        } call: {
            try await $0.getIdentity() == Sample.identity
        },
        Call(operation: .listAudit, target: "/audit?since=2031-05-06T07%3A08%3A09.123Z&user=alice&subject=web&limit=2")
        {
            try .json(Page(items: Sample.auditEntries, next: "11"))
        } call: {
            let filter = AuditFilter(since: Sample.now, user: "alice", subject: "web")
            return try await $0.listAudit(filter, limit: 2) == Sample.auditEntries
        },
        Call(operation: .followEvents, target: "/events") {
            .pieces("text/event-stream", [])
        } call: {
            for try await _ in try await $0.followEvents(after: 41) { return false }
            return true
        },
    ]

    @Test("each method asks its route, with names percent-encoded, and reads the answer", arguments: calls.indices)
    func asks(index: Int) async throws {
        let call = Self.calls[index]
        try await withClient { _ in
            try call.answer()
        } _: { client, host in
            #expect(try await call.call(client))
            let request = try #require(host.requests.first)
            #expect(host.requests.count == 1)
            #expect(request.target == "/api/v1" + call.target)
            #expect(request.operation == call.operation)
            #expect(request.headers["host"] == "localhost")
            #expect(request.headers["user-agent"]?.hasPrefix("martlet/") == true)
            #expect(request.headers["authorization"] == nil)
        }
    }

    @Test("the methods cover every route")
    func coverage() {
        #expect(Set(Self.calls.map(\.operation)) == Set(OperationID.allCases))
    }

    @Test("bodies, If-Match and Last-Event-ID travel as the API has them")
    func bodies() async throws {
        try await withClient { request in
            switch request.operation {
            case .updateMachine: try .json(Sample.machine())
            case .followEvents: .pieces("text/event-stream", [])
            case .writeConsole: .noContent
            default: try .json(Sample.operation(), status: 202)
            }
        } _: { client, host in
            _ = try await client.updateMachine("x", revision: 7, UpdateVirtualMachineRequest(cpus: 3))
            _ = try await client.stopMachine("x", turnOff: true)
            _ = try await client.followEvents(after: 41)
            try await client.writeConsole("x", [0, 255])
            let requests = host.requests
            #expect(requests[0].headers["if-match"] == "\"7\"")
            #expect(requests[0].headers["content-type"] == "application/json")
            #expect(try requests[0].decode(UpdateVirtualMachineRequest.self) == UpdateVirtualMachineRequest(cpus: 3))
            #expect(try requests[1].decode(StopVirtualMachineRequest.self) == StopVirtualMachineRequest(turnOff: true))
            #expect(requests[2].headers["last-event-id"] == "41")
            #expect(requests[3].body == [0, 255])
            #expect(requests[3].headers["content-type"] == "application/octet-stream")
        }
    }

    @Test("a list of several pages is read to its end")
    func pages() async throws {
        try await withClient { request in
            switch request.query["after"] {
            case nil: try .json(Page(items: [Sample.disk(101)], next: "a/b"))
            case "a/b": try .json(Page(items: [Sample.disk(102)], next: nil))
            default: try .problem(400, "invalidArgument", "no such page")
            }
        } _: { client, _ in
            let answer = try await client.listDisks().map(\.id)
            #expect(answer == [Sample.id(101), Sample.id(102)])
        }
    }

    @Test("a list whose pages go round in a circle is refused")
    func circle() async throws {
        try await withClient { _ in
            try .json(Page(items: [Sample.disk(101)], next: "same"))
        } _: { client, _ in
            let error = try await failure { try await client.listDisks() }
            #expect(error.code == .unknown)
        }
    }

    @Test("what can't stand in a path is refused before anything is sent", arguments: ["", ".", ".."])
    func paths(name: String) async throws {
        try await withClient { _ in
            try .json(Sample.machine())
        } _: { client, host in
            let error = try await failure { try await client.getMachine(name) }
            #expect(error.code == .invalidArgument)
            #expect(host.requests.isEmpty)
        }
    }
}
