// What Swift's Glibc module leaves out: system calls newer than it, variadic ones, and macros with casts.
#ifndef CMARTLETLINUX_SHIM_H
#define CMARTLETLINUX_SHIM_H

#include <sys/xattr.h>
#include <malloc.h>
#include <cpuid.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <linux/vhost.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
// After sys/socket.h, whose types it uses.
#include <linux/vm_sockets.h>

// Declared by glibc for _GNU_SOURCE alone, which a module can't define after the fact.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

#define MARTLET_SPAWN_SETSID 0x80
#define MARTLET_P_PIDFD 3

// struct ucred, which sys/socket.h declares for _GNU_SOURCE alone.
struct martlet_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

// A pipe that no program we start inherits.
static inline int martlet_pipe(int ends[2]) {
    return (int)syscall(SYS_pipe2, ends, 02000000 /* O_CLOEXEC */);
}

// Sets how much a pipe holds; `F_SETPIPE_SZ`, which fcntl.h declares for _GNU_SOURCE alone.
#define MARTLET_F_SETPIPE_SZ 1031

static inline int martlet_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int martlet_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

// Whether the process behind `pidfd` has ended: 1 and its code and status when it was our child and is now reaped, 0 when it
// runs on, -1 and errno otherwise (ECHILD: not our child).
static inline int martlet_pidfd_reap(int pidfd, int *code, int *status) {
    siginfo_t info = {0};
    if (waitid((idtype_t)MARTLET_P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -1;
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

static inline int martlet_peer_credentials(int socket, struct martlet_peer *peer) {
    socklen_t length = sizeof *peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, peer, &length);
}

// Sends bytes with one descriptor beside them, all or nothing; -1 and errno otherwise.
static inline ssize_t martlet_send_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static inline int martlet_clone_file(int to, int from) {
    return ioctl(to, FICLONE, from);
}

// Holds a file system still, by any folder of it, and lets it go on.
static inline int martlet_freeze(int folder) {
    return ioctl(folder, FIFREEZE, 0);
}

static inline int martlet_thaw(int folder) {
    return ioctl(folder, FITHAW, 0);
}

static inline int martlet_sync_file_system(int folder) {
    return (int)syscall(SYS_syncfs, folder);
}

static inline ssize_t martlet_copy_file_range(int from, int to, size_t count) {
    return syscall(SYS_copy_file_range, from, NULL, to, NULL, count, 0);
}

static inline int martlet_duplicate_above(int descriptor, int lowest) {
    // fcntl.h would make this module the owner of struct stat, which files that import Glibc alone could then not see.
    return (int)syscall(SYS_fcntl, descriptor, 1030 /* F_DUPFD_CLOEXEC */, lowest);
}

// A file in memory, closed on exec.
static inline int martlet_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1 /* MFD_CLOEXEC */);
}

// CRC-32C (Castagnoli), eight bytes an instruction.
__attribute__((target("sse4.2"))) static inline uint32_t martlet_crc32c_fast(uint32_t crc, const uint8_t *bytes,
                                                                             size_t count) {
    uint64_t sum = crc;
    for (; count >= 8; count -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        sum = __builtin_ia32_crc32di(sum, word);
    }
    for (; count > 0; count--, bytes++) sum = __builtin_ia32_crc32qi((uint32_t)sum, *bytes);
    return (uint32_t)sum;
}

static inline uint32_t martlet_crc32c_slow(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count > 0; count--, bytes++) {
        crc ^= *bytes;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1u)));
    }
    return crc;
}

// Goes on with a CRC-32C; every x86-64 processor since 2008 has the instruction, and some emulated ones don't.
static inline uint32_t martlet_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    int has_instruction = __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 20));
    crc = ~crc;
    return ~(has_instruction ? martlet_crc32c_fast(crc, bytes, count) : martlet_crc32c_slow(crc, bytes, count));
}

// Two sums that grow with the bytes, after Fletcher: of the words, and of the first sum after each word, so that their order counts.
struct martlet_sums {
    uint64_t words;
    uint64_t sums;
};

// Goes on with the sums of words of eight bytes, little-endian; what is left at the end counts as if zeros followed.
static inline void martlet_sum(struct martlet_sums *sums, const uint8_t *bytes, size_t count) {
    uint64_t a = sums->words, b = sums->sums, word;
    for (; count >= 8; count -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        a += word;
        b += a;
    }
    word = 0;
    for (size_t index = 0; index < count; index++) word |= (uint64_t)bytes[index] << (8 * index);
    sums->words = a + word;
    sums->sums = b + sums->words;
}

static inline int martlet_epoll_make(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

// Watches a descriptor until it is ready once; ended or broken counts as ready.
static inline int martlet_epoll_add(int epoll, int descriptor, int for_writing, uint64_t name) {
    struct epoll_event event = {.events = EPOLLONESHOT | (for_writing ? EPOLLOUT : EPOLLIN), .data.u64 = name};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int martlet_epoll_remove(int epoll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event);
}

// Waits for what is ready and fills in its names, 16 at most; how many, or -1 and errno.
static inline int martlet_epoll_wait(int epoll, uint64_t *names) {
    struct epoll_event events[16];
    int count = epoll_wait(epoll, events, 16, -1);
    for (int index = 0; index < count; index++) names[index] = events[index].data.u64;
    return count;
}

// A stream socket between virtual machines and their host, closed on exec, whose calls don't wait.
static inline int martlet_vsock_make(void) {
    return socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static inline int martlet_vsock_bind(int socket, unsigned cid, unsigned port) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}

static inline int martlet_vsock_connect(int socket, unsigned cid, unsigned port) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}

// Takes a connection as accept4 does, and says who is at its other end.
static inline int martlet_vsock_accept(int listener, unsigned *cid, unsigned *port) {
    struct sockaddr_vm address = {0};
    socklen_t length = sizeof address;
    // accept4 is declared for _GNU_SOURCE alone.
    int connection = (int)syscall(SYS_accept4, listener, &address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    *cid = address.svm_cid;
    *port = address.svm_port;
    return connection;
}

// struct ifreq, which net/if.h and linux/if.h declare each in its own way.
struct martlet_interface {
    char name[16];
    union {
        short flags;
        int number;
        char room[24];
    };
};

static inline struct martlet_interface martlet_interface_named(const char *name) {
    struct martlet_interface interface = {0};
    strncpy(interface.name, name, sizeof interface.name - 1);
    return interface;
}

// With a descriptor of /dev/net/tun, makes a tap with virtio's header that this user may open and that stays; -1 and errno, EBUSY when
// there is an interface of this name. A name has at most 15 bytes.
static inline int martlet_tap_make(int device, const char *name, uid_t owner) {
    struct martlet_interface request = martlet_interface_named(name);
    request.flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (short)IFF_TUN_EXCL;
    int failed = ioctl(device, TUNSETIFF, &request) || ioctl(device, TUNSETOWNER, (unsigned long)owner)
        || ioctl(device, TUNSETPERSIST, 1UL);
    return failed ? -1 : 0;
}

// With a descriptor of any socket, plugs an interface into a bridge and turns it on; -1 and errno.
static inline int martlet_bridge_plug(int any, const char *bridge, const char *name) {
    struct martlet_interface port = martlet_interface_named(name), whole = martlet_interface_named(bridge);
    if (ioctl(any, SIOCGIFINDEX, &port) != 0) return -1;
    whole.number = port.number;
    if (ioctl(any, SIOCBRADDIF, &whole) != 0 || ioctl(any, SIOCGIFFLAGS, &port) != 0) return -1;
    port.flags |= 1; // IFF_UP
    return ioctl(any, SIOCSIFFLAGS, &port);
}

// Gives a descriptor of /dev/vhost-vsock its context id; EADDRINUSE when another has it.
static inline int martlet_vhost_vsock_set_cid(int device, uint64_t cid) {
    return ioctl(device, VHOST_VSOCK_SET_GUEST_CID, &cid);
}

static inline int martlet_window_size(int terminal, struct winsize *size) {
    return ioctl(terminal, TIOCGWINSZ, size);
}

// A POSIX access control list, in the kernel's own form (linux/posix_acl_xattr.h).
static inline int martlet_set_access_list(const char *path, const void *list, size_t length) {
    return setxattr(path, "system.posix_acl_access", list, length, 0);
}

#endif
