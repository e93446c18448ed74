package import MartletModel

/// What qemu-img says of a disk's file.
package struct ImageInformation: Sendable, Hashable {
    package var format: Disk.Format
    /// What a guest sees, in bytes.
    package var virtualSize: ByteCount
    /// What the file takes on the host's disk, in bytes.
    package var actualSize: ByteCount
    /// Whether it wasn't closed properly.
    package var isDirty: Bool
    /// Whether QEMU has marked it as corrupt; it can't be written then.
    package var isCorrupt: Bool
    /// Other files that the image names: its backing file and its external data file. A disk of ours names none.
    package var namedFiles: [String]

    package init(
        format: Disk.Format, virtualSize: ByteCount, actualSize: ByteCount, isDirty: Bool, isCorrupt: Bool,
        namedFiles: [String] = []
    ) {
        self.format = format
        self.virtualSize = virtualSize
        self.actualSize = actualSize
        self.isDirty = isDirty
        self.isCorrupt = isCorrupt
        self.namedFiles = namedFiles
    }
}

extension ImageInformation: Decodable {
    private enum Key: String, CodingKey {
        case format
        case virtualSize = "virtual-size"
        case actualSize = "actual-size"
        case dirty = "dirty-flag"
        case backingFile = "backing-filename"
        case specific = "format-specific"
    }

    private struct Specific: Decodable {
        struct Facts: Decodable {
            var corrupt: Bool?
            var dataFile: String?

            private enum CodingKeys: String, CodingKey {
                case corrupt
                case dataFile = "data-file"
            }
        }

        var data: Facts
    }

    /// Reads what `qemu-img info --output=json` prints.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let facts = try container.decodeIfPresent(Specific.self, forKey: .specific)?.data
        let backingFile = try container.decodeIfPresent(String.self, forKey: .backingFile)
        self.init(
            format: try container.decode(Disk.Format.self, forKey: .format),
            virtualSize: try container.decode(ByteCount.self, forKey: .virtualSize),
            actualSize: try container.decodeIfPresent(ByteCount.self, forKey: .actualSize) ?? ByteCount(bytes: 0),
            isDirty: try container.decodeIfPresent(Bool.self, forKey: .dirty) ?? false,
            isCorrupt: facts?.corrupt ?? false,
            namedFiles: [backingFile, facts?.dataFile].compactMap { $0 }
        )
    }
}

/// What a check of a disk's file found.
package struct ImageCheck: Sendable, Hashable, Decodable {
    /// Places where the image contradicts itself; data may be lost.
    package var corruptions: Int
    /// Clusters that are taken and used by nothing; only space is lost.
    package var leaks: Int
    /// Places that could not be checked.
    package var errors: Int

    /// Whether nothing but space can be lost.
    package var isSound: Bool { corruptions == 0 && errors == 0 }

    private enum CodingKeys: String, CodingKey {
        case corruptions, leaks
        case errors = "check-errors"
    }

    package init(corruptions: Int, leaks: Int, errors: Int) {
        self.corruptions = corruptions
        self.leaks = leaks
        self.errors = errors
    }

    /// Reads what `qemu-img check --output=json` prints, which leaves out what it didn't find.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        corruptions = try container.decodeIfPresent(Int.self, forKey: .corruptions) ?? 0
        leaks = try container.decodeIfPresent(Int.self, forKey: .leaks) ?? 0
        errors = try container.decode(Int.self, forKey: .errors)
    }
}
