/* What no program that reads files can go below: two threads open, read and close every file that
 * is named, and hash nothing. Measured beside the others by ../peers.sh.
 *
 *   floor read NAMES    open, read, close
 *   floor look NAMES    the same, and fstat before and after, as Vidimus does
 *
 * NAMES holds paths that end in NUL, those of one folder together. Not portable, checks little.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 2, TOGETHER = 64, BUFFER = 256 << 10 };

static char **names;
static size_t count;
static atomic_size_t next_name;
static int look;

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static void read_file(int folder, const char *name, char *buffer) {
    struct stat stat;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (file < 0 || (look && fstat(file, &stat) != 0)) stop(name);
    ssize_t got = BUFFER;
    /* Fewer bytes than asked for are the end of a cached file. */
    while (got == BUFFER)
        if ((got = read(file, buffer, BUFFER)) < 0) stop(name);
    if ((look && fstat(file, &stat) != 0) || close(file) != 0) stop(name);
}

/* The folder of a path, opened anew only where it is another than before. */
static int enter(const char *path, size_t length, char *entered, int folder) {
    if (folder >= 0 && strncmp(entered, path, length) == 0 && entered[length] == 0) return folder;
    if (folder >= 0) close(folder);
    memcpy(entered, path, length);
    entered[length] = 0;
    folder = open(length ? entered : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) stop(entered);
    return folder;
}

static void *work(void *unused) {
    char *buffer = malloc(BUFFER), entered[4096];
    int folder = -1;
    size_t first;
    while ((first = atomic_fetch_add(&next_name, TOGETHER)) < count)
        for (size_t at = first; at < first + TOGETHER && at < count; at++) {
            const char *slash = strrchr(names[at], '/');
            size_t length = slash ? (size_t)(slash - names[at]) : 0;
            if (length >= sizeof entered) exit(1);
            folder = enter(names[at], length, entered, folder);
            read_file(folder, slash ? slash + 1 : names[at], buffer);
        }
    free(buffer);
    return unused;
}

static void load(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) stop(path);
    char *line = NULL;
    size_t size = 0;
    while (getdelim(&line, &size, 0, file) > 0) {
        names = realloc(names, (count + 1) * sizeof *names);
        if (!names || !(names[count++] = strdup(line))) stop("memory");
    }
    free(line);
    fclose(file);
}

int main(int arguments, char **argument) {
    if (arguments != 3) return 2;
    look = strcmp(argument[1], "look") == 0;
    load(argument[2]);
    pthread_t threads[THREADS];
    for (int at = 0; at < THREADS; at++)
        if (pthread_create(&threads[at], NULL, work, NULL) != 0) stop("thread");
    for (int at = 0; at < THREADS; at++) pthread_join(threads[at], NULL);
    return 0;
}
