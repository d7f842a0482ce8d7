/* A library before the system's: disks that fail, that take less than they are given, and a clock that was set.
 *
 * Loaded by LD_PRELOAD into the programs under test. What it does is told by a small file, MEDDLER, which both sides
 * map: struct orders. Only files below its prefix are meddled with, so that pipes, sockets and libraries work on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, RESERVE = 4, NAME = 8, READ = 16 };

struct orders {            /* as in meddler.py */
    int64_t clock_offset;  /* nanoseconds that the wall clock is off */
    int64_t full;          /* calls to which the disk itself said that it is full */
    int32_t what;          /* which calls */
    int32_t error;         /* how they fail; 0: writes take a part only */
    int32_t left;          /* so many calls more */
    int32_t hits;          /* so many were meddled with */
    char prefix[480];
};

static struct orders *orders;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("MEDDLER");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *there = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (there != MAP_FAILED)
        orders = there;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int wanted(int what) {
    return orders && (__atomic_load_n(&orders->what, __ATOMIC_ACQUIRE) & what) && orders->left > 0;
}

/* Whether a call is meddled with; counts it. */
static int taken(const char *path) {
    if (!path || strncmp(path, orders->prefix, strlen(orders->prefix)) != 0)
        return 0;
    if (__atomic_fetch_sub(&orders->left, 1, __ATOMIC_SEQ_CST) <= 0)
        return 0;
    __atomic_fetch_add(&orders->hits, 1, __ATOMIC_SEQ_CST);
    return 1;
}

static int file_taken(int file, int what) {
    if (!wanted(what))
        return 0;
    int before = errno;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length <= 0)
        return 0;
    path[length] = 0;
    return taken(path);
}

static int path_taken(const char *path, int what) {
    return wanted(what) && taken(path);
}

/* Fails, or says how much of a write is taken. */
static int failed(void) {
    if (orders->error)
        errno = orders->error;
    return orders->error != 0;
}

static ssize_t told(ssize_t result) {
    if (result < 0 && errno == ENOSPC && orders)
        __atomic_fetch_add(&orders->full, 1, __ATOMIC_SEQ_CST);
    return result;
}

static size_t part(size_t size) {
    return size > 1 ? size / 2 : size;
}

ssize_t write(int file, const void *data, size_t size) {
    REAL(write);
    if (file_taken(file, WRITE)) {
        if (failed())
            return -1;
        size = part(size);
    }
    return told(real(file, data, size));
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    REAL(pwrite64);
    if (file_taken(file, WRITE)) {
        if (failed())
            return -1;
        size = part(size);
    }
    return told(real(file, data, size, offset));
}

ssize_t read(int file, void *data, size_t size) {
    REAL(read);
    if (file_taken(file, READ)) {
        if (failed())
            return -1;
        size = part(size);
    }
    return real(file, data, size);
}

ssize_t pread64(int file, void *data, size_t size, off64_t offset) {
    REAL(pread64);
    if (file_taken(file, READ)) {
        if (failed())
            return -1;
        size = part(size);
    }
    return real(file, data, size, offset);
}

#define SYNCS(name) \
    int name(int file) { \
        REAL(name); \
        if (orders && orders->error && file_taken(file, SYNC)) { \
            failed(); \
            return -1; \
        } \
        return (int)told(real(file)); \
    }
SYNCS(fsync)
SYNCS(fdatasync)

int posix_fallocate64(int file, off64_t offset, off64_t size) {
    REAL(posix_fallocate64);
    if (orders && orders->error && file_taken(file, RESERVE))
        return orders->error;
    int result = real(file, offset, size);
    if (result == ENOSPC && orders)
        __atomic_fetch_add(&orders->full, 1, __ATOMIC_SEQ_CST);
    return result;
}

int ftruncate64(int file, off64_t size) {
    REAL(ftruncate64);
    if (orders && orders->error && file_taken(file, WRITE)) {
        failed();
        return -1;
    }
    return (int)told(real(file, size));
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_CREAT) && orders && orders->error && path_taken(path, NAME)) {
        failed();
        return -1;
    }
    return (int)told(real(path, flags, mode));
}

int rename(const char *from, const char *to) {
    REAL(rename);
    if (orders && orders->error && path_taken(to, NAME)) {
        failed();
        return -1;
    }
    return (int)told(real(from, to));
}

int link(const char *from, const char *to) {
    REAL(link);
    if (orders && orders->error && path_taken(to, NAME)) {
        failed();
        return -1;
    }
    return (int)told(real(from, to));
}

int unlink(const char *path) {
    REAL(unlink);
    if (orders && orders->error && path_taken(path, NAME)) {
        failed();
        return -1;
    }
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (orders && orders->error && path_taken(path, NAME)) {
        failed();
        return -1;
    }
    return (int)told(real(path, mode));
}

/* ------------------------------------------------------------ the wall clock; the others nobody sets */

static int64_t offset(void) {
    return orders ? __atomic_load_n(&orders->clock_offset, __ATOMIC_RELAXED) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t moment = now->tv_sec * INT64_C(1000000000) + now->tv_nsec + offset();
        now->tv_sec = moment / INT64_C(1000000000);
        now->tv_nsec = moment % INT64_C(1000000000);
    }
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}

time_t time(time_t *there) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (there)
        *there = exact.tv_sec;
    return exact.tv_sec;
}
