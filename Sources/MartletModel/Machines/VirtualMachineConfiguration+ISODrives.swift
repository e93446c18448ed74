extension VirtualMachineConfiguration {
    /// The drive in a slot; without one the machine's only drive, or its first.
    ///
    /// - Throws: `notFound`.
    package func isoDrive(in slot: Int?) throws(MartletError) -> ISODrive {
        let found = slot.map { slot in isoDrives.first { $0.slot == slot } } ?? isoDrives.first
        if let found { return found }
        throw MartletError(
            .notFound,
            slot.map { "'\(name)' has no ISO drive \($0); `martlet iso list` shows those it has" }
                ?? "'\(name)' has no ISO drive; add one with `martlet iso add` while it is off"
        )
    }

    /// Puts an image into a drive that is there, or takes out what is in it.
    package mutating func changeISO(in slot: Int, to image: ID<Image>?) {
        guard let index = isoDrives.firstIndex(where: { $0.slot == slot }) else { return }
        isoDrives[index].image = image
    }

    /// Adds a drive in the first free slot.
    ///
    /// - Throws: `tooMany`.
    package mutating func addISODrive(with image: ID<Image>?) throws(MartletError) {
        let taken = Set(isoDrives.map(\.slot))
        guard let slot = (0..<VirtualMachineRules.mostISODrives).first(where: { !taken.contains($0) }) else {
            throw MartletError(
                .tooMany,
                "'\(name)' has \(isoDrives.count) ISO drives already, the most there can be; change what is in one of them"
            )
        }
        isoDrives.append(ISODrive(slot: slot, image: image))
        isoDrives.sort { $0.slot < $1.slot }
    }
}
