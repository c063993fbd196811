/* A parser that was taken over. Built in only with ASSAY_TEST_EXTRACTORS: never part of what is shipped. An input that begins with
 * "ASSAY-TAKEOVER:" and a word makes the worker try the thing; what came of it is said as a fact, unless the kernel ends
 * the process first. */
#include "extractors/extractor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char prefix[] = "ASSAY-TAKEOVER:";

static unsigned takeover_probe(span_t image) { return span_has_text_at(image, 0, prefix) ? 120 : 0; }
static uint64_t takeover_extent(span_t image) { return image.size; }

static long try_open(void) { return open("/etc/passwd", O_RDONLY); }
static long try_create(void) { return open("/tmp/assay-was-here", O_CREAT | O_WRONLY, 0600); }
static long try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long try_fork(void) { return fork(); }
static long try_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }
static long try_kill(void) { return kill(-1, 0); }
static long try_exec(void) { return execl("/bin/true", "true", (char *)NULL); }
static long try_unlink(void) { return unlink("/tmp/assay-was-here"); }
static long try_proc(void) { return open("/proc/self/maps", O_RDONLY); }
static long try_peek(void) { return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }
static long try_pidfd(void) { return syscall(SYS_pidfd_open, getppid(), 0); }
static long try_memory_file(void) { return memfd_create("x", 0); }
static long try_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }

static long try_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? -1 : 0;
}

static long try_crash(void)
{
    (void)raise(SIGSEGV);
    return 0;
}

static long try_abort(void)
{
    (void)raise(SIGABRT);
    return 0;
}

static long try_loop(void)
{
    for (volatile bool on = true; on;)
        ;
    return 0;
}

static long try_memory(void)
{
    for (;;) {
        char *block = malloc(16 << 20);
        if (block == NULL)
            return -1;
        for (size_t i = 0; i < 16 << 20; i += 4096)
            ((volatile char *)block)[i] = 1;
    }
}

/* Does anything that this process may read look like the key? The text to look for stands behind the word. */
static long try_key(void) { return open("/proc/self/mem", O_RDONLY); }

/* Writes rubbish to every descriptor it has: the coordinator must not believe it. */
static long try_lie(void)
{
    static const char rubbish[] = "\x03\xff\xff\xff\xff rubbish";
    for (int fd = 3; fd < 32; fd++)
        (void)!write(fd, rubbish, sizeof rubbish);
    return 0;
}

static const struct { const char *word; long (*try)(void); } tries[] = {
    {"open", try_open}, {"create", try_create}, {"socket", try_socket}, {"fork", try_fork}, {"ptrace", try_ptrace}, {"kill", try_kill}, {"exec", try_exec},
    {"unlink", try_unlink}, {"proc", try_proc}, {"peek", try_peek}, {"pidfd", try_pidfd}, {"memory-file", try_memory_file}, {"uring", try_uring},
    {"code", try_code}, {"crash", try_crash}, {"abort", try_abort}, {"loop", try_loop}, {"memory", try_memory}, {"key", try_key}, {"lie", try_lie},
};

static status_t takeover_extract(span_t image, sink_t *sink)
{
    sink_claim(sink, 0, image.size, REGION_STRUCTURE);
    span_t word = span_from_offset(image, sizeof prefix - 1);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        size_t length = strlen(tries[i].word);
        if (!span_has_text_at(word, 0, tries[i].word) || (word.size > length && word.at[length] != '\n'))
            continue;
        long got    = tries[i].try();
        int  reason = errno;
        sink_fact_printf(sink, "takeover.result", "%s", got >= 0 ? "SUCCEEDED" : strerrorname_np(reason));
    }
    return ok();
}

static const magic_t magics[] = {MAGIC("ASSAY-TAKEOVER:", 0)};

const extractor_t takeover_extractor = {
    .id = "takeover", .name = "A parser that was taken over (tests only)", .specification = "tests/engine/takeover.c", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 1, .only_at_start = true, .probe = takeover_probe, .extent = takeover_extent, .extract = takeover_extract,
};
