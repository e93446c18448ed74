/// A small ISO 9660 disc made in memory: some files in its root folder, with their names in the Joliet extension as well,
/// which keeps small letters. The same files always make the same bytes.
package struct OpticalDisc: Sendable {
    private static let sector = 2048

    /// A file in the root folder.
    package struct File: Sendable, Hashable {
        /// 1 to 30 characters of letters, digits, `-`, `_` and `.`.
        package var name: String
        package var contents: [UInt8]

        package init(name: String, contents: [UInt8]) {
            self.name = name
            self.contents = contents
        }
    }

    private let label: String
    private let files: [File]

    /// - Parameter label: the volume's name; at most 16 ASCII characters, all that Joliet has room for.
    package init(label: String, files: [File]) {
        self.label = label
        self.files = files.sorted { $0.name < $1.name }
    }

    /// Where the parts are, in sectors; the first sixteen are the system's.
    private enum Place {
        static let primary = 16
        static let joliet = 17
        static let end = 18
        static let tables = 19
        static let primaryRoot = 23
        static let jolietRoot = 24
        static let files = 25
    }

    /// The disc, a whole number of sectors.
    package var bytes: [UInt8] {
        var starts: [Int] = []
        var next = Place.files
        for file in files {
            starts.append(next)
            next += Self.sectors(file.contents.count)
        }
        var disc = [UInt8](repeating: 0, count: Place.primary * Self.sector)
        disc += volume(joliet: false, total: next) + volume(joliet: true, total: next) + Self.terminator
        for joliet in [false, true] {
            disc += Self.pathTable(joliet: joliet, big: false) + Self.pathTable(joliet: joliet, big: true)
        }
        disc += folder(joliet: false, starts) + folder(joliet: true, starts)
        for file in files { disc += Self.padded(file.contents) }
        return disc
    }

    // MARK: Parts of the disc (ECMA-119)

    private func volume(joliet: Bool, total: Int) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: Self.sector)
        func put(_ bytes: [UInt8], at offset: Int) {
            part.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        func blank(_ range: Range<Int>) { put(Self.text("", joliet: joliet, count: range.count), at: range.lowerBound) }
        put([joliet ? 2 : 1] + Array("CD001".utf8) + [1], at: 0)
        blank(8..<40)
        put(Self.text(label, joliet: joliet, count: 32), at: 40)
        put(Self.both32(total), at: 80)
        // What says that names are in UCS-2, level 3.
        if joliet { put(Array("%/E".utf8), at: 88) }
        put(Self.both16(1), at: 120)
        put(Self.both16(1), at: 124)
        put(Self.both16(Self.sector), at: 128)
        put(Self.both32(10), at: 132)
        let tables = Place.tables + (joliet ? 2 : 0)
        put(Self.little(tables, 4), at: 140)
        put(Self.little(tables + 1, 4).reversed(), at: 148)
        put(Self.record([0], at: Self.root(joliet), length: Self.sector, isFolder: true), at: 156)
        blank(190..<813)
        // Times that aren't given.
        for offset in stride(from: 813, to: 881, by: 17) { put(Array("0000000000000000".utf8) + [0], at: offset) }
        put([1], at: 881)
        return part
    }

    private static let terminator = padded([255] + Array("CD001".utf8) + [1])

    private static func root(_ joliet: Bool) -> Int { joliet ? Place.jolietRoot : Place.primaryRoot }

    /// The root folder alone: its name is one byte of zero, and it is its own parent.
    private static func pathTable(joliet: Bool, big: Bool) -> [UInt8] {
        let (place, parent) = (little(root(joliet), 4), little(1, 2))
        return padded([1, 0] + (big ? place.reversed() : place) + (big ? parent.reversed() : parent) + [0, 0])
    }

    private func folder(joliet: Bool, _ starts: [Int]) -> [UInt8] {
        let place = Self.root(joliet)
        var bytes = Self.record([0], at: place, length: Self.sector, isFolder: true)
        bytes += Self.record([1], at: place, length: Self.sector, isFolder: true)
        for (index, (file, start)) in zip(files, starts).enumerated() {
            let name = joliet ? Self.wide(file.name) : Array("FILE\(index).;1".utf8)
            bytes += Self.record(name, at: start, length: file.contents.count, isFolder: false)
        }
        return Self.padded(bytes)
    }

    private static func record(_ name: [UInt8], at place: Int, length: Int, isFolder: Bool) -> [UInt8] {
        let size = 33 + name.count + (name.count % 2 == 0 ? 1 : 0)
        var bytes: [UInt8] = [UInt8(truncatingIfNeeded: size), 0] + both32(place) + both32(length)
        // 1 January 1970: the seconds that nobody needs.
        bytes += [70, 1, 1, 0, 0, 0, 0]
        bytes += [isFolder ? 2 : 0, 0, 0] + both16(1) + [UInt8(truncatingIfNeeded: name.count)] + name
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    // MARK: Numbers and texts

    private static func sectors(_ count: Int) -> Int { max((count + sector - 1) / sector, 1) }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: sectors(bytes.count) * sector - bytes.count)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func both16(_ value: Int) -> [UInt8] { little(value, 2) + little(value, 2).reversed() }
    private static func both32(_ value: Int) -> [UInt8] { little(value, 4) + little(value, 4).reversed() }

    private static func wide(_ text: String) -> [UInt8] {
        text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    /// A text in `count` bytes, with blanks after it.
    private static func text(_ text: String, joliet: Bool, count: Int) -> [UInt8] {
        let blank = joliet ? wide(" ") : [32]
        var bytes = Array((joliet ? wide(text) : Array(text.utf8)).prefix(count))
        while bytes.count + blank.count <= count { bytes += blank }
        return bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }
}
