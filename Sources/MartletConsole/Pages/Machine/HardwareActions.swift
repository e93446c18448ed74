import MartletClient
import MartletModel

/// Does what the page of a machine's hardware is asked for.
struct HardwareActions {
    var visit: Visit

    /// How long a new disk may take before it is given to the machine; it is made in moments.
    private static let patience: Duration = .seconds(30)

    private var machine: String { visit.name("machine") }
    private var form: ConsoleRequest.Fields { visit.request.form }

    /// - Throws: `notFound` for nothing that it knows; what the API answers.
    func answer() async throws -> ConsoleReply {
        let client = visit.client
        switch visit.name("action") {
        case "grow":
            _ = try await client.resizeDisk(form["disk"] ?? "", ResizeDiskRequest(capacity: try capacity()))
            return try visit.answer(.done("The disk is being grown."))
        case "remove-disk":
            _ = try await client.detachDisk(form["disk"] ?? "")
            return try visit.answer(.done("The disk is being taken out; it stays on the host."))
        case "add-disk":
            _ = try await client.attachDisk(form["disk"] ?? "", AttachDiskRequest(machine: machine))
            return try visit.answer(.done("The disk is being added."))
        case "new-disk": return try await addNewDisk()
        case "add-drive":
            _ = try await client.addISODrive(machine, AddISODriveRequest())
            return try visit.answer(.done("There is another drive."))
        case "disc":
            let body = ChangeISORequest(image: form["image"], slot: form["slot"].flatMap { Int($0) })
            _ = try await client.changeISO(machine, body)
            return try visit.answer(.done(body.image == nil ? "The drive is empty." : "The disc is in the drive."))
        case "add-adapter":
            _ = try await client.addAdapter(machine, AdapterRequest(switch: form["switch"]))
            return try visit.answer(.done("An adapter is being added."))
        case "remove-adapter":
            _ = try await client.removeAdapter(machine, form["adapter"] ?? "")
            return try visit.answer(.done("The adapter is being taken out."))
        default: throw MartletError(.notFound, "there is nothing like that to do with a machine's hardware")
        }
    }

    private func addNewDisk() async throws -> ConsoleReply {
        let body = CreateDiskRequest(name: form["name"] ?? "", capacity: try capacity())
        let begun = try await visit.client.createDisk(body)
        let made = try await visit.client.getOperation("\(begun.id)", waiting: Self.patience)
        guard made.state == .succeeded else {
            let reason = made.error?.message ?? "the disk is still being made; add it when it is there"
            throw MartletError(.conflict, reason)
        }
        _ = try await visit.client.attachDisk(made.subject, AttachDiskRequest(machine: machine))
        return try visit.answer(.done("The disk '\(body.name)' is being added."))
    }

    private func capacity() throws(MartletError) -> ByteCount {
        let text = form["capacity"] ?? ""
        // A number alone is what people mean by a disk's size.
        let whole = !text.isEmpty && text.allSatisfy { $0.isNumber || $0 == "." } ? text + "GiB" : text
        if let capacity = ByteCount(whole) { return capacity }
        throw MartletError(.invalidArgument, "'\(text.prefix(20))' is not a capacity; write it as 40GiB")
    }
}
