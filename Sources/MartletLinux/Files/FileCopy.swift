import CLibCrypto
import CMartletLinux
import Glibc
package import MartletModel

/// Copies of large files that tell how far they are and can be cancelled.
package enum FileCopy {
    private static let piece = 64 << 20

    /// Copies a regular file to `target`, which must not exist, and gives it its owner and mode; shares blocks where the
    /// file system can, and leaves holes where the source has them.
    ///
    /// - Parameter progress: told after each piece how much is done, from 0 to 1.
    /// - Throws: `invalidArgument` for a source that isn't a regular file; `alreadyExists`, `insufficientSpace`,
    ///   `notFound`, `forbidden`, `ioFailed`, `cancelled`; nothing is left then.
    package static func copy(
        from source: String, to target: String, mode: UInt32, owner: FileOwner?,
        progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws(MartletError) {
        let files = try await BlockingWork.run { () throws(MartletError) in try OpenPair(source, target) }
        do {
            try await copyAll(files, progress)
            try await BlockingWork.run { () throws(MartletError) in try files.finish(mode: mode, owner: owner) }
        } catch {
            unlink(target)
            throw error
        }
    }

    private static func copyAll(
        _ files: OpenPair, _ progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) {
        if martlet_clone_file(files.to, files.from) == 0 { return }
        while files.position.value < files.length {
            if Task.isCancelled { throw MartletError(.cancelled, "the copy of '\(files.source)' was cancelled") }
            try await BlockingWork.run { () throws(MartletError) in try files.copyPiece(piece) }
            await progress(Double(files.position.value) / Double(files.length))
        }
    }

    /// The SHA-256 of a regular file's bytes.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`, `cancelled`.
    package static func digest(
        of path: String, progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws(MartletError) -> String {
        let reader = try await BlockingWork.run { () throws(MartletError) in try DigestReader(path) }
        while true {
            if Task.isCancelled { throw MartletError(.cancelled, "reading '\(path)' was cancelled") }
            let isMore = try await BlockingWork.run { () throws(MartletError) in try reader.readPiece(piece) }
            if !isMore { return try reader.finish() }
            await progress(reader.fraction)
        }
    }
}
