import CMartletLinux
import Glibc
package import MartletModel

/// A pipe whose writer stands still at its first byte until it is opened, and a process that then passes what comes into a file.
///
/// The pipe is made full: it holds one page, and that is filled. The process outlives us, for a writer whose pipe nobody reads may be
/// past helping: a QEMU that writes memory beside its guest and meets such a pipe saves no more pages, and whoever writes to one waits
/// for ever, QEMU's own main loop too (seen with 7.2). When we are gone, or discard it, the stream runs out into nothing.
package final class GatedStream: Sendable {
    private let process: ProcessIdentity
    private let control: OwnedDescriptor
    /// For the writer: to be handed over and then closed with `closeWriter`, so that the stream ends when the writer does.
    package let writer: Int32

    /// - Parameters:
    ///   - helper: a program that runs `StreamPasser`.
    ///   - file: gets what comes where it stands.
    /// - Throws: by errno's table; as `DetachedProcess.spawn`.
    package init(to file: StreamFile, helper: String) throws(MartletError) {
        var ends: [Int32] = [0, 0]
        if martlet_pipe(&ends) != 0 { throw .system(errno, "make a pipe") }
        let reader = OwnedDescriptor(ends[0])
        writer = ends[1]
        do throws(MartletError) {
            let junk = [UInt8](repeating: 0, count: StreamPasser.page)
            guard fcntl(writer, MARTLET_F_SETPIPE_SZ, Int32(StreamPasser.page)) == Int32(StreamPasser.page),
                write(writer, junk, junk.count) == junk.count
            else { throw .system(errno, "fill a pipe") }
            var pair: [Int32] = [0, 0]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
                throw .system(errno, "make a socket pair")
            }
            control = OwnedDescriptor(pair[0])
            let theirs = OwnedDescriptor(pair[1])
            process = try DetachedProcess.spawn(
                executable: helper, arguments: [StreamPasser.word], environment: [:], workingDirectory: "/",
                log: "/dev/null", descriptors: [reader.number, file.number, theirs.number])
        } catch {
            close(writer)
            throw error
        }
    }

    package func closeWriter() { close(writer) }

    /// Lets the writer go on.
    package func open() { _ = send(control.number, [1], 1, Int32(MSG_NOSIGNAL)) }

    /// Lets the writer go on, and has nothing more written to the file.
    package func discard() { shutdown(control.number, Int32(SHUT_WR)) }

    /// Waits until the writer has ended and everything is written. Blocks.
    ///
    /// - Throws: by errno's table, as `insufficientSpace`, when it couldn't be written; `ioFailed` for a process that was killed.
    package func end() throws(MartletError) {
        var answer: Int32 = 0
        var got: Int
        repeat {
            got = recv(control.number, &answer, MemoryLayout<Int32>.size, Int32(MSG_WAITALL))
        } while got < 0 && errno == EINTR
        guard got == MemoryLayout<Int32>.size else {
            throw MartletError(.ioFailed, "the process that wrote a guest's state was ended")
        }
        if answer != 0 { throw .system(answer, "write a guest's state") }
    }

    /// Waits for the process, so that it stays no zombie.
    package func reap() async { _ = await process.waitForExit() }
}
