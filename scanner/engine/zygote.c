#include "engine/zygote.h"

#include "engine/sandbox.h"
#include "engine/wire.h"
#include "extractors/archive_common.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOURCES_MAX = 64, LIBRARIES_MAX = 64 };

static void say_failed(int socket, const char *why)
{
    buffer_t text = {0};
    wire_put_text(&text, why);
    (void)packet_send(socket, MESSAGE_FAILED, buffer_span(&text), NULL, 0);
    buffer_free(&text);
}

static void say_ready(int socket, const analyser_t *analyser, arena_t *arena)
{
    buffer_t         payload   = {0};
    report_source_t *sources   = NULL;
    report_fact_t   *libraries = NULL;
    size_t source_count = analyser != NULL ? analyser_sources(analyser, arena, &sources) : 0, library_count = analyser != NULL ? analyser_libraries(arena, &libraries) : 0;
    buffer_append_le(&payload, source_count, 4);
    for (size_t i = 0; i < source_count; i++) {
        wire_put_text(&payload, sources[i].name);
        wire_put_text(&payload, sources[i].digest);
        buffer_append_le(&payload, sources[i].count, 8);
        wire_put_text(&payload, sources[i].disabled);
    }
    buffer_append_le(&payload, library_count, 4);
    for (size_t i = 0; i < library_count; i++) {
        wire_put_text(&payload, libraries[i].key);
        wire_put_text(&payload, libraries[i].value);
    }
    (void)packet_send(socket, MESSAGE_READY, buffer_span(&payload), NULL, 0);
    buffer_free(&payload);
}

status_t zygote_read_ready(span_t payload, report_t *report)
{
    static const char bad[] = "the zygote said something that does not hold";
    reader_t r     = reader_from(payload);
    uint32_t count = read_le32(&r);
    if (count > SOURCES_MAX || (report->sources = arena_array(report->arena, count, sizeof *report->sources)) == NULL)
        return status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
    report->source_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const char *name, *digest, *disabled;
        if (!wire_get_text(&r, TEXT_LONG_MAX, &name) || !wire_get_text(&r, TEXT_LONG_MAX, &digest) || name == NULL || digest == NULL)
            return status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
        uint64_t entries = read_le64(&r);
        if (!wire_get_text(&r, TEXT_LONG_MAX, &disabled))
            return status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
        report->sources[i] = (report_source_t){arena_text(report->arena, span_from_text(name)), arena_text(report->arena, span_from_text(digest)), entries,
                                               disabled != NULL ? arena_text(report->arena, span_from_text(disabled)) : NULL};
    }
    count = read_le32(&r);
    if (count > LIBRARIES_MAX || (report->libraries = arena_array(report->arena, count, sizeof *report->libraries)) == NULL)
        return status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
    report->library_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const char *key, *value;
        if (!wire_get_text(&r, TEXT_LONG_MAX, &key) || !wire_get_text(&r, TEXT_LONG_MAX, &value) || key == NULL || value == NULL)
            return status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
        report->libraries[i] = (report_fact_t){arena_text(report->arena, span_from_text(key)), arena_text(report->arena, span_from_text(value))};
    }
    return reader_ok(&r) ? ok() : status_fail(STATUS_PROTOCOL, "zygote", 0, bad);
}

/* Whatever else is open (the signer's socket, a terminal's input) is none of a parser's business. Standard error stays, for
 * what the C library may have to say of a corrupted heap. */
static void close_all_but(int socket)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDOUT_FILENO; fd++)
        (void)dup2(null, fd);
    if (socket > 3)
        (void)close_range(3, (unsigned)socket - 1, 0);
    (void)close_range((unsigned)socket + 1, ~0u, 0);
}

static void spawn(int socket, int worker_socket, const worker_setup_t *setup, const sigset_t *before)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)sigprocmask(SIG_SETMASK, before, NULL);
        close_all_but(worker_socket);
        worker_run(worker_socket, setup);
    }
    (void)close(worker_socket);
    buffer_t payload = {0};
    buffer_append_le(&payload, pid > 0 ? (uint32_t)pid : 0, 4);
    (void)packet_send(socket, MESSAGE_SPAWNED, buffer_span(&payload), NULL, 0);
    buffer_free(&payload);
}

static void reap(int socket)
{
    int   status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        buffer_t payload = {0};
        buffer_append_le(&payload, (uint32_t)pid, 4);
        buffer_append_le(&payload, (uint32_t)status, 4);
        (void)packet_send(socket, MESSAGE_EXITED, buffer_span(&payload), NULL, 0);
        buffer_free(&payload);
    }
}

static _Noreturn void serve(int socket, const worker_setup_t *setup, int children, const sigset_t *before)
{
    uint8_t      *buffer = malloc(PACKET_MAX);
    struct pollfd wait[] = {{socket, POLLIN, 0}, {children, POLLIN, 0}};
    packet_t      packet;
    if (buffer == NULL)
        _exit(1);
    for (;;) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            _exit(1);
        if (wait[1].revents != 0) {
            struct signalfd_siginfo info;
            (void)!read(children, &info, sizeof info);
            reap(socket);
        }
        if (wait[0].revents == 0)
            continue;
        if (!status_ok(packet_receive(socket, buffer, &packet)))
            _exit(0);
        if (packet.type == MESSAGE_SPAWN && packet.fd_count == 1)
            spawn(socket, packet.fds[0], setup, before);
        else
            packet_close_fds(&packet);
    }
}

static _Noreturn void zygote_main(int socket, const zygote_setup_t *setup)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t chld, before;
    (void)sigemptyset(&chld);
    (void)sigaddset(&chld, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &chld, &before);
    int            children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    arena_t       *arena    = arena_new(SIZE_MAX);
    const char    *why      = "out of memory";
    worker_setup_t worker   = {.search = search_new(), .limits = setup->limits, .heap_bytes = setup->heap_bytes, .reduced = setup->reduced};
    if (children < 0 || arena == NULL || worker.search == NULL) {
        say_failed(socket, why);
        _exit(1);
    }
    if (setup->data != NULL && (worker.analyser = analyser_new(setup->data, setup->extra_rules, arena, &why)) == NULL) {
        say_failed(socket, why);
        _exit(1);
    }
    if (worker.analyser != NULL && setup->similar != NULL && !analyser_add_similar(worker.analyser, setup->similar, arena, &why)) {
        say_failed(socket, why);
        _exit(1);
    }
    (void)archive_warm_up(); /* without it only names in other charsets than UTF-8 would suffer */
    status_t status = sandbox_close_paths(setup->reduced);
    if (!status_ok(status)) {
        char text[TEXT_SHORT_MAX];
        status_print(status, text, sizeof text);
        say_failed(socket, text);
        _exit(1);
    }
    say_ready(socket, worker.analyser, arena);
    serve(socket, &worker, children, &before);
}

status_t zygote_start(const zygote_setup_t *setup, int *socket, int *pid)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return status_fail_io("zygote", "could not make a socket pair");
    *pid = fork();
    if (*pid == 0) {
        close_all_but(ends[1]);
        zygote_main(ends[1], setup);
    }
    (void)close(ends[1]);
    if (*pid < 0) {
        (void)close(ends[0]);
        return status_fail_io("zygote", "could not start it");
    }
    *socket = ends[0];
    return ok();
}
