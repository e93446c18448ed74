import FoundationEssentials
import MartletLinux
package import MartletModel

extension QEMUInstallation {
    /// The processor models that machines can be given, sorted by name: QEMU is started without a machine, asked, and ends.
    ///
    /// - Parameter user: whom it runs as; nil for ourselves.
    /// - Throws: `commandFailed`, `timedOut`, `cancelled`; `qemuFailed` for an answer of another shape.
    package func processorModels(
        accelerator: Accelerator, user: String?
    ) async throws(MartletError) -> [ProcessorModel] {
        let command = QEMULaunch.command(
            executable,
            [
                "-machine", "none", "-accel", accelerator.rawValue, "-nodefaults", "-no-user-config", "-display",
                "none", "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", "-qmp",
                "stdio",
            ],
            user: user
        )
        let input = ["qmp_capabilities", QueryCPUDefinitions.name, Quit.name].map { "{\"execute\":\"\($0)\"}\n" }
        let output = try await CommandRunner(timeLimit: .seconds(60), outputLimit: 4 << 20).run(
            command.executable, command.arguments, input: Array(input.joined().utf8))
        return try Self.models(in: output)
    }

    static func models(in output: [UInt8]) throws(MartletError) -> [ProcessorModel] {
        let answers = output.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(Answer.self, from: Data(line)).return
        }
        guard let definitions = answers.first else {
            throw MartletError(.qemuFailed, "qemu doesn't list its processor models in the way that is expected")
        }
        return definitions.filter { !pseudo.contains($0.name) }.map(ProcessorModel.init).sorted { $0.name < $1.name }
    }

    /// What isn't a model but a way to choose one; `host` and `max` are what a machine without a model has.
    private static let pseudo: Set<String> = ["base", "host", "max"]

    private struct Answer: Decodable { var `return`: [QueryCPUDefinitions.Definition] }
}

extension ProcessorModel {
    fileprivate init(_ definition: QueryCPUDefinitions.Definition) {
        let missing = definition.unavailableFeatures ?? []
        self.init(name: definition.name, isUsable: missing.isEmpty, missing: missing)
    }
}
