import FoundationEssentials
import Glibc
import MartletModel

/// dnsmasq on one switch: DHCP and DNS for its guests. It outlives the daemon and is adopted again.
struct AddressService: Sendable {
    let plan: SwitchPlan
    /// Holds the configuration, the leases, the log, and who the process is.
    let folder: String
    /// What dnsmasq runs as once it has its sockets.
    let user: String
    let runner: CommandRunner

    private var configurationPath: String { "\(folder)/dnsmasq.conf" }
    private var reservationsPath: String { "\(folder)/reservations" }
    private var identityPath: String { "\(folder)/process.json" }
    /// Written by dnsmasq itself before the command that starts it returns.
    private var processIDPath: String { "\(folder)/dnsmasq.pid" }
    /// What tells our dnsmasq from any other by its command line.
    private var configurationArgument: String { "--conf-file=\(configurationPath)" }

    /// The running process: the one that was there when it has this very configuration, else a new one. It reads the reservations
    /// anew either way.
    ///
    /// - Throws: `commandFailed` with dnsmasq's reason; `notFound` when it isn't installed; `timedOut`, `forbidden`, `ioFailed`.
    func ensureRunning() async throws(MartletError) -> ProcessIdentity {
        let (isCurrent, readsFile) = try await BlockingWork.run { () throws(MartletError) in
            try Folder.make(folder, mode: 0o711)
            let readsFile = canReadFile
            return (try writeConfiguration(readsFile), readsFile)
        }
        if let running = try await BlockingWork.run({ () throws(MartletError) in try find() }) {
            do throws(MartletError) {
                // Whatever was written: whoever wrote it may have been killed before this.
                if isCurrent {
                    try running.signal(SIGHUP)
                    return running
                }
                try await end(running)
            } catch  where error.code == .notFound {}
        }
        // It goes into the background by itself, and only when it serves: what fails before that comes back as the command's failure.
        try await runner.run("dnsmasq", arguments(readsFile))
        return try await BlockingWork.run { () throws(MartletError) in
            guard let started = try findByNumber() else {
                throw MartletError(
                    .commandFailed, "dnsmasq ended right after it was started; see '\(folder)/dnsmasq.log'")
            }
            try keep(started)
            return started
        }
    }

    /// Ends the process, if there is one.
    ///
    /// - Throws: `timedOut` when it doesn't end; `forbidden`, `ioFailed`.
    func stop() async throws(MartletError) {
        guard let running = try await BlockingWork.run({ () throws(MartletError) in try find() }) else { return }
        try await end(running)
    }

    // MARK: Who it is

    /// By what we noted when we started it; failing that, by what it noted, since we may have been killed in between.
    private func find() throws(MartletError) -> ProcessIdentity? {
        if let noted = noted(), noted.isAlive { return noted }
        guard let found = try findByNumber() else { return nil }
        try keep(found)
        return found
    }

    private func noted() -> ProcessIdentity? {
        guard let bytes = try? BoundedFile.read(identityPath, limit: 4096) else { return nil }
        return try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes))
    }

    /// The number in the file may be another process's by now: its command line must name our configuration.
    private func findByNumber() throws(MartletError) -> ProcessIdentity? {
        guard let text = try? BoundedFile.readText(processIDPath, limit: 64),
            let processID = Int32(text.prefix { $0.isNumber }),
            let identity = try? ProcessIdentity(processID: processID),
            let commandLine = try? BoundedFile.read("/proc/\(processID)/cmdline", limit: 1 << 18),
            commandLine.split(separator: 0).contains(where: { $0.elementsEqual(configurationArgument.utf8) }),
            identity.isAlive
        else { return nil }
        return identity
    }

    private func keep(_ identity: ProcessIdentity) throws(MartletError) {
        do {
            try AtomicFile.write(
                Array(try JSONEncoder().encode(identity)), to: identityPath, mode: 0o600, isLasting: false)
        } catch let error as MartletError {
            throw error
        } catch {
            throw MartletError(.ioFailed, "who dnsmasq is can't be written as JSON", cause: error)
        }
    }

    private func end(_ running: ProcessIdentity) async throws(MartletError) {
        for signal in [SIGTERM, SIGKILL] {
            do throws(MartletError) {
                try running.signal(signal)
            } catch  where error.code == .notFound {
                return
            }
            if await running.hasEnded(within: .seconds(5)) { return }
        }
        throw MartletError(.timedOut, "dnsmasq (process \(running.processID)) does not end")
    }

    // MARK: Configuration

    /// Returns whether dnsmasq's configuration had this content already, the reservations apart where it reads them from a file.
    private func writeConfiguration(_ readsFile: Bool) throws(MartletError) -> Bool {
        let reservations = plan.reservations.map { "\($0.hardwareAddress),\($0.address)" }.sorted()
        if readsFile {
            try write(reservations.map { "\($0)\n" }.joined(), to: reservationsPath, mode: 0o644)
        }
        let lines =
            readsFile ? ["# Reservations are in 'reservations'."] : reservations.map { "dhcp-host=\($0)" }
        return try write(configuration + lines.map { "\($0)\n" }.joined(), to: configurationPath, mode: 0o600)
    }

    /// Whether it gets to the file when it has given up its privileges: below a home folder it doesn't.
    private var canReadFile: Bool {
        guard let account = try? UserAccount(name: user) else { return false }
        return FolderSafety.isPassable(folder, by: account)
    }

    /// Returns whether the file had this content already. After a power loss nobody needs it.
    @discardableResult
    private func write(_ text: String, to path: String, mode: UInt32) throws(MartletError) -> Bool {
        let wanted = Array(text.utf8)
        if let present = try? BoundedFile.read(path), present == wanted { return true }
        try AtomicFile.write(wanted, to: path, mode: mode, isLasting: false)
        return false
    }

    /// Paths go here: in the configuration a `#` or a `"` in them would mean something.
    ///
    /// The files are opened before dnsmasq gives up its privileges, so its user needs no access to the folder; the reservations alone
    /// are read afterwards, and again at each SIGHUP.
    private func arguments(_ readsFile: Bool) -> [String] {
        [
            configurationArgument, "--pid-file=\(processIDPath)", "--log-facility=\(folder)/dnsmasq.log",
            "--dhcp-leasefile=\(folder)/leases",
        ] + (readsFile ? ["--dhcp-hostsfile=\(reservationsPath)"] : [])
    }

    private var configuration: String {
        guard let first = plan.firstLease, let last = plan.lastLease else { return "" }
        return """
            # Written by Martlet whenever the switch is brought up.
            interface=\(plan.bridge)
            except-interface=lo
            bind-interfaces
            user=\(user)
            dhcp-range=\(first),\(last),255.255.255.0,12h
            dhcp-authoritative
            dhcp-no-override
            quiet-dhcp
            no-hosts
            domain-needed
            bogus-priv
            \(isolation)
            """
    }

    /// Guests of an `internal` switch have no way outside: neither a route nor names, which would carry what they like.
    private var isolation: String {
        plan.kind == .internal ? "port=0\ndhcp-option=option:router\ndhcp-option=option:dns-server\n" : ""
    }
}
