import CMartletLinux
import Glibc
import MartletModel

/// The file actions and attributes of one `posix_spawn`, with the descriptors that must stay open until then.
struct SpawnActions: ~Copyable {
    private var actions = posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()
    /// Our duplicates, all numbered above those that the child gets, so that no action overwrites what a later one needs.
    private var held: [Int32] = []

    init(workingDirectory: String, log: String, descriptors: [Int32]) throws(MartletError) {
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        let firstFree = Int32(3 + descriptors.count)
        let logFile = try OwnedDescriptor.open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
        let logNumber = try hold(logFile.number, above: firstFree)
        try check(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
        try check(posix_spawn_file_actions_adddup2(&actions, logNumber, 1))
        try check(posix_spawn_file_actions_adddup2(&actions, logNumber, 2))
        for (index, descriptor) in descriptors.enumerated() {
            let number = try hold(descriptor, above: firstFree)
            try check(posix_spawn_file_actions_adddup2(&actions, number, Int32(3 + index)))
        }
        try check(posix_spawn_file_actions_addclosefrom_np(&actions, firstFree))
        try check(posix_spawn_file_actions_addchdir_np(&actions, workingDirectory))
        try setAttributes()
    }

    deinit {
        for descriptor in held { close(descriptor) }
        var actions = actions
        var attributes = attributes
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
    }

    /// Starts the program.
    ///
    /// - Throws: by errno's table, naming the executable.
    mutating func spawn(
        _ executable: String,
        arguments: [String],
        environment: [String]
    ) throws(MartletError) -> Int32 {
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var processID: pid_t = 0
        let failure = posix_spawn(
            &processID, executable, &actions, &attributes, argumentPointers, environmentPointers
        )
        if failure != 0 { throw .system(failure, "run '\(executable)'") }
        return processID
    }

    private mutating func hold(_ descriptor: Int32, above lowest: Int32) throws(MartletError) -> Int32 {
        let number = try OwnedDescriptor.duplicate(descriptor, lowest: lowest).release()
        held.append(number)
        return number
    }

    private mutating func setAttributes() throws(MartletError) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        let flags = Int32(MARTLET_SPAWN_SETSID) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        try check(posix_spawnattr_setsigmask(&attributes, &none))
        try check(posix_spawnattr_setsigdefault(&attributes, &all))
        try check(posix_spawnattr_setflags(&attributes, Int16(flags)))
    }

    private func check(_ failure: Int32) throws(MartletError) {
        if failure != 0 { throw .system(failure, "prepare a process") }
    }
}
