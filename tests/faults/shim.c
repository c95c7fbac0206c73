/* Preloaded into a process under test (tests/faults/shim.py): it counts the file operations on paths below a root, and
 * ends the process in the midst of one, or lets some of them fail as a broken or full disk would.
 *
 * fault_trace(root, file)             write each operation, as "NAME PATH", to a file
 * fault_kill(root, nth, is_torn)      SIGKILL before the nth operation; if is_torn, after half of what it writes
 * fault_fail(root, name, nth, error, relief)
 *                                     from the nth operation on whose path contains name, writing operations fail with
 *                                     errno error, the first after half of its bytes, until the file relief is there
 * fault_stop(root, name)              SIGSTOP, once, before the first lock of a record (fcntl) on a path that contains name
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum act { PASS, HALF, FAIL };
static char mode, root[PATH_MAX], name[256], relief[PATH_MAX];
static long nth, seen;
static int is_torn, error_number, trace_fd = -1, has_torn;

void fault_trace(const char *below, const char *file) {
    snprintf(root, sizeof root, "%s", below);
    trace_fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    mode = 't';
}

void fault_kill(const char *below, long number, int torn) {
    snprintf(root, sizeof root, "%s", below);
    nth = number, is_torn = torn, mode = 'k';
}

void fault_fail(const char *below, const char *part, long number, int error, const char *until) {
    snprintf(root, sizeof root, "%s", below);
    snprintf(name, sizeof name, "%s", part);
    snprintf(relief, sizeof relief, "%s", until);
    nth = number, error_number = error, mode = 'e';
}

void fault_stop(const char *below, const char *part) {
    snprintf(root, sizeof root, "%s", below);
    snprintf(name, sizeof name, "%s", part);
    mode = 's';
}

/* The same for processes that can't call us: FAULT_FAIL=root:part:nth:errno:relief */
__attribute__((constructor)) static void read_environment(void) {
    char *plan = getenv("FAULT_FAIL"), *copy, *at, *parts[5];
    if (!plan) return;
    at = copy = strdup(plan);
    for (int i = 0; i < 5; i++) parts[i] = strsep(&at, ":");
    fault_fail(parts[0], parts[1], atol(parts[2]), atoi(parts[3]), parts[4]);
    free(copy);
}

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }

static enum act meet(const char *operation, const char *path, int is_writing) {
    if (!mode || mode == 's' || strncmp(path, root, strlen(root))) return PASS;
    if (mode == 't') {
        dprintf(trace_fd, "%s %s\n", operation, path + strlen(root));
        return PASS;
    }
    if (mode == 'k') {
        if (__atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST) != nth) return PASS;
        if (is_torn && is_writing) return HALF;
        die();
    }
    if (!is_writing || !strstr(path, name)) return PASS;
    if (__atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST) < nth || !syscall(SYS_access, relief, F_OK)) return PASS;
    errno = error_number;
    return __atomic_exchange_n(&has_torn, 1, __ATOMIC_SEQ_CST) ? FAIL : HALF;
}

static enum act meet_fd(const char *operation, int fd, int is_writing) {
    char link[64], path[PATH_MAX];
    if (!mode || fd == trace_fd) return PASS;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (n <= 0) return PASS;
    path[n] = 0;
    return meet(operation, path, is_writing);
}

#define REAL(result, symbol, ...)                                                                    \
    static result (*real)(__VA_ARGS__);                                                              \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, symbol)

/* What can be torn: half of it is done, then the process dies, or is told so. */
#define TORN(call_half, call)                                                                        \
    switch (act) {                                                                                   \
    case FAIL: return -1;                                                                            \
    case HALF: { ssize_t done = call_half; if (mode == 'k') die(); return done; }                    \
    default: return call;                                                                            \
    }

#define WHOLE(operation, path, is_writing) if (meet(operation, path, is_writing) != PASS) return refuse()
#define WHOLE_FD(operation, fd, is_writing) if (meet_fd(operation, fd, is_writing) != PASS) return refuse()
static int refuse(void) { if (mode == 'k') die(); return -1; }

#define OPEN(symbol)                                                                                 \
    int symbol(const char *path, int flags, ...) {                                                   \
        va_list list; va_start(list, flags); mode_t bits = va_arg(list, mode_t); va_end(list);       \
        REAL(int, #symbol, const char *, int, ...);                                                  \
        if (flags & O_CREAT) WHOLE("create", path, 1);                                               \
        return real(path, flags, bits);                                                              \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(symbol)                                                                               \
    int symbol(int folder, const char *path, int flags, ...) {                                       \
        va_list list; va_start(list, flags); mode_t bits = va_arg(list, mode_t); va_end(list);       \
        REAL(int, #symbol, int, const char *, int, ...);                                             \
        if (flags & O_CREAT) WHOLE("create", path, 1);                                               \
        return real(folder, path, flags, bits);                                                      \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    enum act act = meet_fd("write", fd, 1);
    TORN(real(fd, data, n / 2), real(fd, data, n))
}

#define PWRITE(symbol)                                                                               \
    ssize_t symbol(int fd, const void *data, size_t n, off_t at) {                                   \
        REAL(ssize_t, #symbol, int, const void *, size_t, off_t);                                    \
        enum act act = meet_fd("pwrite", fd, 1);                                                     \
        TORN(real(fd, data, n / 2, at), real(fd, data, n, at))                                       \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define SENDFILE(symbol)                                                                             \
    ssize_t symbol(int to, int from, off_t *at, size_t n) {                                          \
        REAL(ssize_t, #symbol, int, int, off_t *, size_t);                                           \
        struct stat source; size_t half = fstat(from, &source) ? n / 2 : (size_t)source.st_size / 2; \
        enum act act = meet_fd("sendfile", to, 1);                                                   \
        TORN(real(to, from, at, half), real(to, from, at, n))                                        \
    }
SENDFILE(sendfile)
SENDFILE(sendfile64)

#define SYNC(symbol)                                                                                 \
    int symbol(int fd) {                                                                             \
        REAL(int, #symbol, int);                                                                     \
        WHOLE_FD("sync", fd, 1);                                                                     \
        return real(fd);                                                                             \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(symbol)                                                                             \
    int symbol(int fd, off_t n) {                                                                    \
        REAL(int, #symbol, int, off_t);                                                              \
        WHOLE_FD("truncate", fd, 0);                                                                 \
        return real(fd, n);                                                                          \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    WHOLE("rename", to, 1);
    return real(from, to);
}

int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    WHOLE("link", to, 1);
    return real(from, to);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    WHOLE("unlink", path, 0);
    return real(path);
}

int mkdir(const char *path, mode_t bits) {
    REAL(int, "mkdir", const char *, mode_t);
    WHOLE("mkdir", path, 1);
    return real(path, bits);
}

static void stop_before_lock(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (n <= 0) return;
    path[n] = 0;
    if (strncmp(path, root, strlen(root)) || !strstr(path, name)) return;
    mode = 0;
    syscall(SYS_kill, getpid(), SIGSTOP);
}

#define FCNTL(symbol)                                                                                \
    int symbol(int fd, int command, ...) {                                                           \
        va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);  \
        REAL(int, #symbol, int, int, ...);                                                           \
        if (mode == 's' && (command == F_SETLK || command == F_SETLKW)) stop_before_lock(fd);        \
        return real(fd, command, argument);                                                          \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
