import ArgumentParser
import MartletClient
import MartletModel

/// Which machines a verb is for: names, or all, or those with labels.
struct MachineSelection: ParsableArguments {
    @Argument(help: "The machines, by name or id.")
    var names: [String] = []

    @OptionGroup var choice: MachineChoice

    func validate() throws { try choice.validate(with: names) }

    /// The machines' names; those chosen by `--all` and `--label` are only the ones in `states`, where there is something to do.
    ///
    /// - Throws: `notFound` when no machine has the labels.
    func machines(in states: Set<VirtualMachineState>?, _ session: HostSession) async throws -> [String] {
        try await choice.machines(names, in: states, session)
    }
}

/// How machines are chosen other than by name.
struct MachineChoice: ParsableArguments {
    @Flag(help: "Every machine of the host.")
    var all = false

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Those with this label, such as env=test or env; repeated, those with all of them."),
        transform: { try LabelSelector($0) }
    )
    var labels: [LabelSelector] = []

    var isGiven: Bool { all || !labels.isEmpty }

    func validate(with names: [String]) throws {
        if isGiven, !names.isEmpty { throw ValidationError("give names, or --all and --label, not both") }
        if !isGiven, names.isEmpty { throw ValidationError("name a machine, or choose some with --all or --label") }
    }

    func machines(
        _ names: [String], in states: Set<VirtualMachineState>?, _ session: HostSession
    ) async throws -> [String] {
        isGiven ? try await Self.machines(labels: labels, in: states, session) : names
    }

    static func machines(
        labels: [LabelSelector], in states: Set<VirtualMachineState>?, _ session: HostSession
    ) async throws -> [String] {
        let found = try await session.client.listMachines(labels: labels, as: MachineLine.self)
        if found.isEmpty, !labels.isEmpty {
            let text = labels.map(\.description).joined(separator: " and ")
            throw MartletError(
                .notFound, "no machine has the label \(text); `martlet vm show` shows a machine's labels")
        }
        let chosen = found.filter { states?.contains($0.state) ?? true }
        if chosen.isEmpty { session.streams.tell("martlet: there is no machine to do this with\n") }
        return chosen.map(\.id)
    }
}
