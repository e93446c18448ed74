import MartletLinux
import MartletModel
import MartletTestSupport

/// What is in a picture.
enum Picture {
    /// How large a PNG says it is in its first part.
    static func size(of path: String) async throws -> RemoteFramebuffer.Size {
        let head = try BoundedFile.readRegular(path, limit: 40 << 20).prefix(24)
        guard head.count == 24 else { throw MartletError(.ioFailed, "'\(path)' is no picture") }
        func number(_ place: Int) -> Int { head[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
        return RemoteFramebuffer.Size(width: number(16), height: number(20))
    }

    /// How many different colours a PNG has, up to a hundred; decoded with Python's own zlib.
    static func colours(of path: String) async throws -> Int {
        let script = """
            import struct, sys, zlib
            data = open(sys.argv[1], 'rb').read()
            assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
            place, packed = 8, b''
            while place < len(data):
                length, kind = struct.unpack('>I4s', data[place:place + 8])
                body = data[place + 8:place + 8 + length]
                if kind == b'IHDR': width, height, depth, colour = struct.unpack('>IIBB', body[:10])
                if kind == b'IDAT': packed += body
                place += 12 + length
            size = {2: 3, 6: 4}[colour]
            rows, line, seen, before = zlib.decompress(packed), width * size + 1, set(), bytes(width * size)
            for y in range(height):
                kind, row = rows[y * line], bytearray(rows[y * line + 1:(y + 1) * line])
                for x in range(len(row)):
                    a = row[x - size] if x >= size else 0
                    b, c = before[x], before[x - size] if x >= size else 0
                    p = a + b - c
                    near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                    row[x] = (row[x] + (0, a, b, (a + b) // 2, near)[kind]) & 255
                seen.update(bytes(row[i:i + size]) for i in range(0, len(row), size * 7))
                before = row
                if len(seen) > 100: break
            print(len(seen))
            """
        let text = try await CommandRunner(timeLimit: .seconds(120)).runText("/usr/bin/python3", ["-c", script, path])
        return Int(text.filter(\.isNumber)) ?? 0
    }
}
