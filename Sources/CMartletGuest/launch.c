#define _GNU_SOURCE
#include "CMartletGuest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct report {
    int step;
    int failure;
};

static void fail(int report, enum martlet_launch_step step, int failure) {
    struct report said = {step, failure};
    ssize_t written = write(report, &said, sizeof said);
    (void)written;
    _exit(127);
}

// glibc's calls would tell the parent's threads, which don't exist here; the kernel's own change this thread alone.
static int become_user(const struct martlet_program *program) {
    if (geteuid() != 0 && geteuid() == program->user) return 0;
    if (syscall(SYS_setgroups, program->group_count, program->groups) != 0) return -1;
    if (syscall(SYS_setresgid, program->group, program->group, program->group) != 0) return -1;
    return (int)syscall(SYS_setresuid, program->user, program->user, program->user);
}

// They are closed by the program's start: what we need until then needn't be told from the rest.
static void close_others_on_exec(void) {
    if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
    // Kernels before 5.11 don't know it.
    long most = sysconf(_SC_OPEN_MAX);
    if (most < 0 || most > 65536) most = 65536;
    for (int descriptor = 3; descriptor < most; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// What protects the guest's program from the kernel's killing for memory isn't for those that it starts.
static void give_up_protection(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t written = write(file, "0", 1);
    (void)written;
    close(file);
}

static int execute(const struct martlet_program *program) {
    if (program->file >= 0) {
        syscall(SYS_execveat, program->file, "", program->arguments, program->environment, AT_EMPTY_PATH);
        return errno;
    }
    // As execvp: one that is there and may not be run tells more than none.
    int failure = ENOENT;
    for (char *const *path = program->candidates; *path; path++) {
        execve(*path, program->arguments, program->environment);
        if (errno == EACCES) failure = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR) return errno;
    }
    return failure;
}

// From the fork to the program: only what is safe in a child of a process with threads.
static void become(const struct martlet_program *program, int report) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    setsid();
    int streams[3] = {program->input, program->output, program->errors};
    for (int index = 0; index < 3; index++) {
        // Above the three first: none overwrites what a later one needs.
        streams[index] = fcntl(streams[index], F_DUPFD_CLOEXEC, 3);
        if (streams[index] < 0) fail(report, MARTLET_LAUNCH_PREPARE, errno);
    }
    for (int index = 0; index < 3; index++)
        if (dup2(streams[index], index) < 0) fail(report, MARTLET_LAUNCH_PREPARE, errno);
    if (program->has_terminal && ioctl(0, TIOCSCTTY, 0) != 0) fail(report, MARTLET_LAUNCH_TERMINAL, errno);
    close_others_on_exec();
    give_up_protection();
    if (become_user(program) != 0) fail(report, MARTLET_LAUNCH_USER, errno);
    if (chdir(program->folder) != 0) {
        int failure = errno;
        if (!program->other_folder || chdir(program->other_folder) != 0) fail(report, MARTLET_LAUNCH_FOLDER, failure);
    }
    fail(report, MARTLET_LAUNCH_PROGRAM, execute(program));
}

pid_t martlet_launch(const struct martlet_program *program, enum martlet_launch_step *step, int *failure) {
    int ends[2];
    *step = MARTLET_LAUNCH_PREPARE;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *failure = errno;
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        // Above the three that the program gets.
        int report = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
        become(program, report < 0 ? ends[1] : report);
    }
    *failure = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return -1;
    }
    struct report said;
    ssize_t count;
    do count = read(ends[0], &said, sizeof said);
    while (count < 0 && errno == EINTR);
    close(ends[0]);
    if (count == 0) return child;
    *step = count == sizeof said ? (enum martlet_launch_step)said.step : MARTLET_LAUNCH_PREPARE;
    *failure = count == sizeof said ? said.failure : EIO;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return -1;
}
