import Glibc
import MartletModel

/// Looks at a key pair on the disk, sets it aside, puts a new one in its place. All of it blocks on the disk.
enum StoredPair {
    enum Look: Sendable {
        case sound(SHA256Digest, notes: [String])
        /// Nothing is there, so nothing can be lost.
        case missing
        /// Why, to follow "the certificate".
        case damaged(String)
    }

    /// - Throws: `forbidden`, `ioFailed` when the files are there and can't be read: then they aren't damaged for all we know.
    static func look(_ paths: CertificatePaths) throws(MartletError) -> Look {
        let certificate = try bytes(paths.certificate)
        let key = try bytes(paths.key)
        switch (certificate, key) {
        case (nil, nil):
            // An empty folder holds nothing either; one that doesn't go isn't empty.
            let isGone = rmdir(paths.folder) == 0 || errno == ENOENT
            return isGone ? .missing : .damaged("has neither certificate nor key")
        case (nil, _?): return .damaged("has no certificate to its key")
        case (_?, nil): return .damaged("has no key")
        case (let certificate?, let key?): return try judge(certificate, key, paths)
        }
    }

    /// Renames the folder, and returns its new name.
    ///
    /// - Throws: by errno's table.
    static func setAside(_ paths: CertificatePaths) throws(MartletError) -> String {
        var number = 1
        while access("\(paths.folder).damaged-\(number)", F_OK) == 0 { number += 1 }
        let kept = "\(paths.folder).damaged-\(number)"
        try move(paths.folder, to: kept)
        return kept
    }

    /// Puts a new pair on the disk and then in its place, and returns its fingerprint.
    ///
    /// - Throws: `ioFailed` when it isn't a pair; by errno's table.
    static func publish(_ new: CertificatePaths, as paths: CertificatePaths) throws(MartletError) -> SHA256Digest {
        guard case .sound(let fingerprint, _) = try look(new) else {
            throw MartletError(.ioFailed, "openssl made no sound certificate in '\(new.folder)'")
        }
        for path in [new.certificate, new.key] {
            let file = try OwnedDescriptor.open(path, O_RDONLY)
            if fsync(file.number) != 0 { throw .system(errno, "write '\(path)'") }
        }
        try Folder.synchronize(new.folder)
        try move(new.folder, to: paths.folder)
        return fingerprint
    }

    private static func judge(
        _ certificate: [UInt8],
        _ key: [UInt8],
        _ paths: CertificatePaths
    ) throws(MartletError) -> Look {
        guard let pair = KeyPair(certificate: certificate) else { return .damaged("can't be read") }
        guard pair.isCertified(key: key) else { return .damaged("has a key that is damaged or another's") }
        return .sound(pair.fingerprint, notes: try narrowKey(paths.key))
    }

    private static func narrowKey(_ path: String) throws(MartletError) -> [String] {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        var status = stat()
        if fstat(file.number, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        if status.st_mode & 0o077 == 0 { return [] }
        if fchmod(file.number, 0o600) != 0 { throw .system(errno, "narrow the mode of '\(path)'") }
        return ["others could read the API's key '\(path)'; its mode is 0600 now, make a new one if that worries you"]
    }

    private static func bytes(_ path: String) throws(MartletError) -> [UInt8]? {
        do throws(MartletError) {
            return try BoundedFile.read(path, limit: 1 << 16)
        } catch  where error.code == .notFound {
            return nil
        } catch  where error.code == .tooLarge {
            return []
        } catch {
            throw error
        }
    }

    private static func move(_ path: String, to other: String) throws(MartletError) {
        if rename(path, other) != 0 { throw .system(errno, "rename '\(path)' to '\(other)'") }
        try Folder.synchronize(FilePathParts(other).folder)
    }
}
