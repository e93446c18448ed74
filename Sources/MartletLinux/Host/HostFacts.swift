import Glibc
package import MartletModel

/// What this host is: read once at start, since none of it changes while the host runs.
package struct HostFacts: Hashable, Sendable {
    package var hostName: String
    package var kernelVersion: String
    package var bootID: String
    /// Processors that are online.
    package var cpus: Int
    package var memory: ByteCount
    /// The processor's name, such as `AMD EPYC 7763 64-Core Processor`; empty where the kernel doesn't tell.
    package var processorName: String
    /// Whether the processor offers virtualization: `vmx` or `svm` among its flags.
    package var hasVirtualizationExtensions: Bool
    /// `vmx` or `svm`, as the processor has it; nil for neither.
    package var virtualizationExtension: String?
    /// Why `/dev/kvm` can't be opened for reading and writing; nil when it can. That it opens is no proof that it works.
    package var kvmFailure: MartletError.Code?
    package var effectiveUserID: UInt32

    /// Looks at the running system. Blocks only for reads of `/proc`.
    ///
    /// - Throws: `notFound`, `ioFailed` when `/proc` isn't mounted or isn't Linux's.
    package static func read() throws(MartletError) -> HostFacts {
        let processor = ProcessorDescription(parsing: try BoundedFile.readText("/proc/cpuinfo", limit: 64 << 20))
        var names = utsname()
        uname(&names)
        return HostFacts(
            hostName: text(of: names.nodename),
            kernelVersion: text(of: names.release),
            bootID: try BootIdentity.read(),
            cpus: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memory: try HostMemory.read().total,
            processorName: processor.name,
            hasVirtualizationExtensions: processor.hasVirtualizationExtensions,
            virtualizationExtension: processor.virtualizationExtension,
            kvmFailure: kvmFailure(at: "/dev/kvm"),
            effectiveUserID: geteuid()
        )
    }

    package var kvmOpens: Bool { kvmFailure == nil }

    static func kvmFailure(at path: String) -> MartletError.Code? {
        do throws(MartletError) {
            _ = try OwnedDescriptor.open(path, O_RDWR)
            return nil
        } catch { return error.code }
    }

    private static func text<Characters>(of characters: Characters) -> String {
        // The C arrays of `utsname` come to Swift as tuples, laid out as the arrays are.
        withUnsafeBytes(of: characters) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
