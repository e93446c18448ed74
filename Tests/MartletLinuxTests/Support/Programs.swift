import Glibc
import MartletLinux
import MartletModel

/// A detached `/bin/sh` that runs `script` in `folder`, its output in `folder/log`.
func shell(
    _ script: String,
    in folder: String,
    environment: [String: String] = [:],
    descriptors: [Int32] = []
) throws -> ProcessIdentity {
    try DetachedProcess.spawn(
        executable: "/bin/sh",
        arguments: ["-c", script],
        environment: environment,
        workingDirectory: folder,
        log: "\(folder)/log",
        descriptors: descriptors
    )
}
