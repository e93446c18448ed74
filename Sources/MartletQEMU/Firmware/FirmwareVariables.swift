package import MartletModel

/// The flash in which OVMF keeps its variables: a firmware volume that holds one store of authenticated variables.
///
/// Written after EDK II's `VariableFormat.h`. A guest can write this file, so nothing in it is believed: every length is held against
/// what is there.
package struct FirmwareVariables: Sendable, Hashable {
    /// One variable that is in force.
    struct Variable: Sendable, Hashable {
        /// As stored: the state, the attributes, times, lengths and the owner's GUID.
        var header: [UInt8]
        /// UTF-16 with a zero at its end.
        var name: [UInt8]
        var data: [UInt8]
    }

    /// The volume's header and the store's, and what follows the store: the work space of interrupted writes.
    private var head: [UInt8]
    private var tail: [UInt8]
    /// In bytes, without its header.
    private var capacity: Int
    private(set) var variables: [Variable]

    /// - Throws: `invalidArgument` for what is no such flash.
    package init(_ flash: [UInt8]) throws(MartletError) {
        let bytes = flash[...]
        guard bytes.bytes(at: 40, count: 4).map(Array.init) == Array("_FVH".utf8),
            let store = bytes.number(at: 48, count: 2),
            bytes.bytes(at: store, count: 16).map(Array.init) == Self.authenticatedStore,
            let size = bytes.number(at: store + 16, count: 4), size > Self.storeHeader,
            bytes.bytes(at: store + 20, count: 2).map(Array.init) == [0x5A, 0xFE],
            let contents = bytes.bytes(at: store + Self.storeHeader, count: size - Self.storeHeader)
        else { throw Self.malformed("it has no store of authenticated variables") }
        head = Array(flash[..<(store + Self.storeHeader)])
        tail = Array(flash[(store + size)...])
        capacity = size - Self.storeHeader
        variables = try Self.parse(contents)
    }

    /// The flash with these variables and no trace of former ones.
    package var flash: [UInt8] {
        var contents: [UInt8] = []
        for variable in variables {
            contents += variable.header + variable.name + variable.data
            contents += [UInt8](repeating: 0xFF, count: (4 - contents.count % 4) % 4)
        }
        contents += [UInt8](repeating: 0xFF, count: max(0, capacity - contents.count))
        return head + contents + tail
    }

    /// A variable's data; nil when there is none of this name and owner.
    subscript(name: String, owner: [UInt8]) -> [UInt8]? { index(name, owner).map { variables[$0].data } }

    /// Gives a variable data that are no longer than what it had; one that isn't there stays away.
    mutating func shorten(_ name: String, owner: [UInt8], to data: [UInt8]) {
        guard let index = index(name, owner), data.count <= variables[index].data.count else { return }
        variables[index].data = data
        variables[index].header.replaceSubrange(Self.dataLength..<Self.dataLength + 4, with: data.count.fourBytes)
    }

    private func index(_ name: String, _ owner: [UInt8]) -> Int? {
        let wanted = name.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] } + [0, 0]
        return variables.firstIndex { $0.name == wanted && Array($0.header[Self.ownerGUID...]) == owner }
    }

    private static func parse(_ contents: ArraySlice<UInt8>) throws(MartletError) -> [Variable] {
        var variables: [Variable] = []
        var offset = 0
        while let mark = contents.number(at: offset, count: 2), mark == startOfVariable {
            guard let header = contents.bytes(at: offset, count: variableHeader),
                let nameLength = header.number(at: nameLength, count: 4),
                let dataLength = header.number(at: dataLength, count: 4),
                let name = contents.bytes(at: offset + variableHeader, count: nameLength),
                let data = contents.bytes(at: offset + variableHeader + nameLength, count: dataLength)
            else { throw malformed("a variable reaches past the end of the store") }
            if header[header.startIndex + 2] == inForce {
                variables.append(Variable(header: Array(header), name: Array(name), data: Array(data)))
            }
            offset = (offset + variableHeader + nameLength + dataLength + 3) & ~3
        }
        return variables
    }

    private static func malformed(_ reason: String) -> MartletError {
        MartletError(.invalidArgument, "these aren't OVMF's variables: \(reason)")
    }

    /// `VARIABLE_STORE_HEADER`, and the GUID that it begins with (`gEfiAuthenticatedVariableGuid`).
    private static let storeHeader = 28
    private static let authenticatedStore: [UInt8] = [
        0x78, 0x2C, 0xF3, 0xAA, 0x7B, 0x94, 0x9A, 0x43, 0xA1, 0x80, 0x2E, 0x14, 0x4E, 0xC3, 0x77, 0x92,
    ]
    /// `AUTHENTICATED_VARIABLE_HEADER`: its length, and where its parts are.
    private static let variableHeader = 60
    private static let nameLength = 36
    private static let dataLength = 40
    private static let ownerGUID = 44
    private static let startOfVariable = 0x55AA
    /// `VAR_ADDED`; a state with another bit cleared is being replaced, or was.
    private static let inForce: UInt8 = 0x3F
}
