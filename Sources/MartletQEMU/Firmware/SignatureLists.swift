/// What `db` and its like hold: lists of signatures of one kind each (`EFI_SIGNATURE_LIST`).
struct SignatureLists {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The lists with the signatures that `isWanted` by their kind and their data; what can't be read is left out with all that follows.
    func keeping(where isWanted: (_ kind: [UInt8], _ data: [UInt8]) -> Bool) -> [UInt8] {
        var kept: [UInt8] = []
        var rest = bytes[...]
        while let list = SignatureList(rest) {
            let wanted = list.signatures.filter { isWanted(list.kind, Array($0.dropFirst(Self.ownerLength))) }
            if !wanted.isEmpty { kept += list.with(wanted) }
            rest = rest.dropFirst(list.length)
        }
        return kept
    }

    /// `EFI_CERT_X509_GUID`.
    static let certificate: [UInt8] = [
        0xA1, 0x59, 0xC0, 0xA5, 0xE4, 0x94, 0xA7, 0x4A, 0x87, 0xB5, 0xAB, 0x15, 0x5C, 0x2B, 0xF0, 0x72,
    ]
    /// Each signature begins with the GUID of whoever put it there.
    static let ownerLength = 16
}

/// One list, all of whose signatures are of one kind and one length.
private struct SignatureList {
    var kind: [UInt8]
    /// In bytes, its header included.
    var length: Int
    var signatures: [ArraySlice<UInt8>]
    private var signatureLength: Int
    private var header: ArraySlice<UInt8>

    /// The list that the bytes begin with; nil when they begin with none.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let kind = bytes.bytes(at: 0, count: 16), let length = bytes.number(at: 16, count: 4),
            let headerLength = bytes.number(at: 20, count: 4), let each = bytes.number(at: 24, count: 4),
            each > SignatureLists.ownerLength, let header = bytes.bytes(at: 28, count: headerLength),
            length >= 28 + headerLength,
            let contents = bytes.bytes(at: 28 + headerLength, count: length - 28 - headerLength),
            contents.count % each == 0
        else { return nil }
        self.kind = Array(kind)
        self.length = length
        self.signatureLength = each
        self.header = header
        signatures = stride(from: contents.startIndex, to: contents.endIndex, by: each).map { contents[$0..<$0 + each] }
    }

    func with(_ chosen: [ArraySlice<UInt8>]) -> [UInt8] {
        let length = 28 + header.count + chosen.count * signatureLength
        return kind + length.fourBytes + header.count.fourBytes + signatureLength.fourBytes + header
            + chosen.flatMap(\.self)
    }
}
