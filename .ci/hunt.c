/* Bad weather for tests; see .ci/hunt. Preloaded into every test and every program that a test starts.
 *
 * - Delays: system calls on files and sockets take up to 2 ms at times and, in HUNT_DELAYS of 1000 calls, up to 40 ms.
 * - Births: in the tests' own processes HUNT_BIRTHS threads fork all the time. The child lives for up to 60 ms and has copies
 *   of every descriptor, as a program has that another test is just starting: what a test closed is not closed yet.
 * - Stalls: the tests' own processes stand still again and again, for up to HUNT_STALLS ms.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RARE_US = 40000, COMMON_US = 2000, CHILD_MS = 60, PAUSE_MS = 4, RUN_MS = 50 };

static unsigned delays; /* of 1000 calls; ten times as many have a short one */

/* xorshift64, a state for each thread. */
static uint64_t chance(void) {
    static __thread uint64_t state;
    if (!state) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = ((uint64_t)now.tv_nsec * 2654435761u) ^ (uintptr_t)&state ^ (uint64_t)getpid();
        state |= 1;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
}

static void pause_us(long us) {
    struct timespec time = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&time, NULL);
}

static void nap(void) {
    int before = errno;
    unsigned throw = chance() % 1000;
    if (throw < delays)
        pause_us(chance() % RARE_US);
    else if (throw < delays * 10)
        pause_us(chance() % COMMON_US);
    errno = before;
}

#define DELAYED(result, name, parameters, arguments) \
    result name parameters {                         \
        static result(*real) parameters;             \
        if (!real) real = dlsym(RTLD_NEXT, #name);   \
        nap();                                       \
        result value = real arguments;               \
        nap();                                       \
        return value;                                \
    }

DELAYED(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))
DELAYED(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
DELAYED(ssize_t, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
DELAYED(ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags))
DELAYED(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))
DELAYED(int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
DELAYED(int, accept4, (int fd, struct sockaddr *who, socklen_t *size, int flags), (fd, who, size, flags))
DELAYED(int, poll, (struct pollfd *fds, nfds_t count, int ms), (fds, count, ms))
DELAYED(int, shutdown, (int fd, int how), (fd, how))
DELAYED(int, close, (int fd), (fd))

static void *births(void *unused) {
    (void)unused;
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pause_us(chance() % (CHILD_MS * 1000));
            _exit(0);
        }
        pause_us(chance() % (PAUSE_MS * 1000));
        while (child > 0 && waitpid(child, NULL, WNOHANG) == 0)
            pause_us(1000);
    }
    return NULL;
}

static void stall(pid_t tests, unsigned ms) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == tests) {
        pause_us(chance() % (RUN_MS * 1000));
        kill(tests, SIGSTOP);
        pause_us(chance() % (ms * 1000));
        kill(tests, SIGCONT);
    }
    _exit(0);
}

static int is_a_test(void) {
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return 0;
    program[length] = 0;
    return strstr(program, "/deps/") != NULL;
}

static unsigned number(const char *variable) {
    const char *value = getenv(variable);
    return value ? (unsigned)atoi(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
    delays = number("HUNT_DELAYS");
    if (!is_a_test()) return;
    pid_t self = getpid();
    unsigned stalls = number("HUNT_STALLS");
    if (stalls && fork() == 0) stall(self, stalls);
    /* Signals are for the tests' threads. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned left = number("HUNT_BIRTHS"); left; left--) {
        pthread_t thread;
        pthread_create(&thread, NULL, births, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
