// What the guest's program does in C: a process started as another user, and a password compared with its hash.
#ifndef CMARTLETGUEST_H
#define CMARTLETGUEST_H

#include <stddef.h>
#include <sys/types.h>

// A program to be started as a user. Every pointer is prepared before the fork, since nothing may be allocated after it.
struct martlet_program {
    // Absolute paths that are tried one after the other, ended by NULL; NULL when `file` says which.
    char *const *candidates;
    // An open executable, or -1.
    int file;
    // Ended by NULL.
    char *const *arguments;
    char *const *environment;
    // Entered as the user.
    const char *folder;
    // Entered when `folder` can't be; NULL for none.
    const char *other_folder;
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t group_count;
    // What become descriptors 0, 1 and 2; no other stays open.
    int input, output, errors;
    // Whether `input` is a terminal that becomes the controlling one of the new session.
    int has_terminal;
};

// Where starting failed.
enum martlet_launch_step {
    MARTLET_LAUNCH_PREPARE,
    MARTLET_LAUNCH_TERMINAL,
    MARTLET_LAUNCH_USER,
    MARTLET_LAUNCH_FOLDER,
    MARTLET_LAUNCH_PROGRAM,
};

// Starts a program in a session of its own and returns its process id once it executes; -1, the step and errno otherwise, and then no
// process is left. Signals have their default dispositions and none is blocked; the umask is 022.
pid_t martlet_launch(const struct martlet_program *program, enum martlet_launch_step *step, int *failure);

// A pipe, closed on exec, whose ends belong to a user so that /dev/stdin and the like can be opened by it. 0, or -1 and errno.
int martlet_make_pipe(int ends[2], uid_t user, gid_t group);

// A new pseudo terminal that belongs to a user: the side of the terminal's emulator and that of the program. 0, or -1 and errno.
int martlet_open_terminal(int *ours, int *theirs, uid_t user, gid_t group, unsigned columns, unsigned rows);

int martlet_resize_terminal(int terminal, unsigned columns, unsigned rows);

// The process group in a terminal's foreground, or -1.
pid_t martlet_foreground_group(int terminal);

// The sign that means the end of input at a terminal.
unsigned char martlet_end_of_input_sign(int terminal);

// 0, or -1 and errno.
int martlet_set_nonblocking(int descriptor);

// As read(2), of a device that gives a page at a time: as many pages as it has and there is room for, 256 KiB at most.
ssize_t martlet_read_pages(int descriptor, void *bytes, size_t count);

// Whether crypt(3) makes `hash` of `password`, in a time that doesn't depend on where they differ: 1 or 0, and 0 for a hash that it doesn't know.
int martlet_password_matches(const char *password, const char *hash);

// Sends a datagram to the socket at `path`, without waiting. 0, or -1 and errno.
int martlet_send_datagram(const char *path, const void *bytes, size_t count);

#endif
