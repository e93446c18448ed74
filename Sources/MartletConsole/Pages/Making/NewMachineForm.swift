import MartletModel

/// What somebody chose in the wizard, as text until it is looked at.
struct NewMachineForm: Sendable {
    /// What the machine begins from.
    enum Source: String, CaseIterable {
        case image, iso, nothing

        var title: String {
            switch self {
            case .image: "An image"
            case .iso: "The disc of an installer"
            case .nothing: "Nothing"
            }
        }

        var explanation: String {
            switch self {
            case .image:
                "A system that is installed already; the machine is ready in seconds, and an SSH key lets you in."
            case .iso: "An empty disk, and an ISO in the drive to install a system from."
            case .nothing: "An empty disk that boots from the network, or from what you give it later."
            }
        }
    }

    var fields: ConsoleRequest.Fields

    var source: Source? { fields["source"].flatMap(Source.init) }

    func text(_ name: String, _ standard: String = "") -> String { fields.raw(name) ?? standard }
    /// Whether a box is ticked; `standard` before the form was sent.
    func isTicked(_ name: String, _ standard: Bool) -> Bool { fields.pairs.isEmpty ? standard : fields.has(name) }

    /// What the API is asked for.
    ///
    /// - Throws: `invalidArgument`, naming the field.
    func request() throws(MartletError) -> CreateVirtualMachineRequest {
        guard let source else { throw MartletError(.invalidArgument, "choose what the machine begins from") }
        guard let name = fields["name"] else { throw MartletError(.invalidArgument, "give the machine a name") }
        var request = CreateVirtualMachineRequest(
            name: name, notes: fields["notes"],
            generation: VirtualMachineConfiguration.Generation(rawValue: text("generation", "2")),
            memory: try size("memory", "MiB", "memory"), cpus: try cpus())
        if let chosen = fields["switch"] { request.switches = chosen == Self.noSwitch ? [] : [chosen] }
        if request.generation == .uefi { request.settings.secureBoot = fields.has("secureBoot") }
        switch source {
        case .image:
            guard let image = fields["image"] else { throw MartletError(.invalidArgument, "choose an image") }
            request.image = .init(image: image, capacity: try fields["disk"] == nil ? nil : size("disk", "GiB", "disk"))
            var cloudInit = CloudInit(installServices: fields.has("services") ? true : nil)
            if let key = fields["key"] { cloudInit.sshKeys = key.split(whereSeparator: \.isNewline).map(String.init) }
            request.cloudInit = cloudInit
        case .iso:
            guard let iso = fields["iso"] else { throw MartletError(.invalidArgument, "choose an ISO") }
            request.isos = [iso]
            request.disks = [.new(capacity: try size("disk", "GiB", "disk") ?? Self.standardDisk)]
        case .nothing:
            request.disks = [.new(capacity: try size("disk", "GiB", "disk") ?? Self.standardDisk)]
        }
        return request
    }

    static let noSwitch = "none:"
    static let standardDisk = ByteCount.gibibytes(20)

    private func cpus() throws(MartletError) -> Int? {
        guard let text = fields["cpus"] else { return nil }
        guard let cpus = Int(text) else {
            throw MartletError(.invalidArgument, "'\(text.prefix(20))' is not a number of processors")
        }
        return cpus
    }

    private func size(_ name: String, _ unit: String, _ word: String) throws(MartletError) -> ByteCount? {
        guard let text = fields[name] else { return nil }
        // A number alone has the unit that the form shows.
        let whole = text.allSatisfy { $0.isNumber || $0 == "." } ? text + unit : text
        guard let size = ByteCount(whole) else {
            throw MartletError(
                .invalidArgument, "'\(text.prefix(20))' is not an amount of \(word); write it as 512 or 2GiB")
        }
        return size
    }
}
