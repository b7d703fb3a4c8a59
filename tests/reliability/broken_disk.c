/* Preloaded into a process, and by it into all that it starts, this lets a disk break: while the first long in
   BROKEN_DISK, a file of two, is the number of a device, each read of a file there fails with EIO. The second counts
   the reads that failed. What is mapped into memory stays readable. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define VARIABLES 2
static const char *const names[VARIABLES] = {"LD_PRELOAD=", "BROKEN_DISK="};
static const char *kept[VARIABLES];
static long *disk;

/* At once: later the process may have given up opening files. */
__attribute__((constructor)) static void look(void) {
    for (char **word = environ; *word; word++)
        for (int n = 0; n < VARIABLES; n++)
            if (!strncmp(*word, names[n], strlen(names[n]))) kept[n] = strdup(*word);
    int file = kept[1] ? open(kept[1] + strlen(names[1]), O_RDWR | O_CLOEXEC) : -1;
    void *found = file < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (found != MAP_FAILED) disk = found;
}

static int broken(int file) {
    struct stat facts;
    if (!disk || !disk[0] || fstat(file, &facts) || !S_ISREG(facts.st_mode) || (long)facts.st_dev != disk[0]) return 0;
    __sync_fetch_and_add(&disk[1], 1);
    errno = EIO;
    return 1;
}

ssize_t read(int file, void *bytes, size_t count) { return broken(file) ? -1 : syscall(SYS_read, file, bytes, count); }

ssize_t readv(int file, const struct iovec *parts, int count) {
    return broken(file) ? -1 : syscall(SYS_readv, file, parts, count);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t at) {
    return broken(file) ? -1 : syscall(SYS_pread64, file, bytes, count, at);
}

ssize_t pread(int file, void *bytes, size_t count, off_t at) { return pread64(file, bytes, count, at); }

ssize_t sendfile64(int to, int from, off64_t *at, size_t count) {
    return broken(from) ? -1 : syscall(SYS_sendfile, to, from, at, count);
}

ssize_t sendfile(int to, int from, off_t *at, size_t count) { return sendfile64(to, from, at, count); }

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *there, size_t count, unsigned flags) {
    return broken(from) ? -1 : syscall(SYS_copy_file_range, from, at, to, there, count, flags);
}

/* The decoding process is started with an environment of its own, and yet is to read from the same disk. */
int execve(const char *program, char *const words[], char *const environment[]) {
    int (*real)(const char *, char *const[], char *const[]) = dlsym(RTLD_NEXT, "execve");
    int count = 0;
    while (environment && environment[count]) count++;
    const char *whole[count + VARIABLES + 1];
    memcpy(whole, environment, count * sizeof(*whole));
    for (int n = 0; n < VARIABLES; n++) {
        int there = !kept[n];
        for (int m = 0; m < count; m++) there |= !strncmp(whole[m], names[n], strlen(names[n]));
        if (!there) whole[count++] = kept[n];
    }
    whole[count] = NULL;
    return real(program, words, (char *const *)whole);
}
