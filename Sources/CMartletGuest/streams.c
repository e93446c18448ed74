#define _GNU_SOURCE
#include "CMartletGuest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

// What the kernel keeps of a program's input or output that nobody reads yet, in bytes. As much as anybody may have (pipe(7)): who
// fills or empties it a piece at a time makes the kernel switch between programs as often.
enum { pipe_size = 1024 * 1024 };

static int give_up(int one, int other) {
    int failure = errno;
    if (one >= 0) close(one);
    if (other >= 0) close(other);
    errno = failure;
    return -1;
}

int martlet_make_pipe(int ends[2], uid_t user, gid_t group) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    if (fchown(ends[0], user, group) != 0 && geteuid() == 0) return give_up(ends[0], ends[1]);
    // A smaller one does as well.
    fcntl(ends[0], F_SETPIPE_SZ, pipe_size);
    return 0;
}

int martlet_open_terminal(int *ours, int *theirs, uid_t user, gid_t group, unsigned columns, unsigned rows) {
    *theirs = -1;
    *ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ours < 0) return -1;
    char path[64];
    int failure = 0;
    if (unlockpt(*ours) != 0 || (failure = ptsname_r(*ours, path, sizeof path)) != 0) {
        if (failure) errno = failure;
        return give_up(*ours, -1);
    }
    *theirs = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*theirs < 0) return give_up(*ours, -1);
    // As login does it: the user's, and the group's that may write messages.
    if (geteuid() == 0 && (fchown(*theirs, user, group) != 0 || fchmod(*theirs, 0620) != 0)) return give_up(*ours, *theirs);
    struct termios modes;
    if (tcgetattr(*theirs, &modes) == 0) {
        modes.c_iflag |= IUTF8;
        tcsetattr(*theirs, TCSANOW, &modes);
    }
    martlet_resize_terminal(*ours, columns, rows);
    return 0;
}

int martlet_resize_terminal(int terminal, unsigned columns, unsigned rows) {
    struct winsize size = {.ws_row = rows > 65535 ? 65535 : rows, .ws_col = columns > 65535 ? 65535 : columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

pid_t martlet_foreground_group(int terminal) {
    return tcgetpgrp(terminal);
}

unsigned char martlet_end_of_input_sign(int terminal) {
    struct termios modes;
    return tcgetattr(terminal, &modes) == 0 ? modes.c_cc[VEOF] : 4;
}

int martlet_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

ssize_t martlet_read_pages(int descriptor, void *bytes, size_t count) {
    enum { page = 4096, most = 64 };
    struct iovec pages[most];
    int used = 0;
    for (char *next = bytes; count > 0 && used < most; used++) {
        size_t length = count < page ? count : page;
        pages[used] = (struct iovec){.iov_base = next, .iov_len = length};
        next += length;
        count -= length;
    }
    // Linux reads such a device once for each of them, until one isn't filled.
    return readv(descriptor, pages, used);
}

int martlet_send_datagram(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0) return -1;
    ssize_t sent = sendto(sender, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    if (sent < 0) return give_up(sender, -1);
    close(sender);
    return 0;
}
