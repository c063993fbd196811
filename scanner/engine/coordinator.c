#include "engine/coordinator.h"

#include "analysis/knowledge.h"
#include "engine/assemble.h"
#include "engine/file_versions.h"
#include "engine/sandbox.h"
#include "engine/zygote.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EXITS_KEPT = 64,
    TICK_MS    = 100,
    BATCH_SIZE = 512 * 1024 /* bytes of blobs that are given out together: for a large one, one at a time */
};

typedef struct {
    int    socket; /* -1: none */
    pid_t  pid;
    int    pack;   /* the memory file it writes decoded bytes to */
    job_t *jobs[JOBS_IN_MESSAGE];
    size_t count, current; /* of the jobs; it is at `current`; equal: idle */
    double since;          /* when it began the current one */
} crew_t;

typedef struct {
    const scan_setup_t *setup;
    collector_t        *collector;
    spool_t            *spool;
    int                 zygote_socket;
    int                 zygote_pid;
    crew_t              crew[WORKERS_MAX];
    size_t              workers;
    struct { pid_t pid; int status; } exits[EXITS_KEPT]; /* of workers, as the zygote reported them; a ring */
    size_t              exit_count;
    uint8_t            *packet;
    double              started;
    uint64_t            bytes_done;
    size_t              blobs_done;
} coordinator_t;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned usable_processors(void)
{
    cpu_set_t set;
    int       count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

/* ---- workers ----------------------------------------------------------------------------------------------------- */

static status_t zygote_message(coordinator_t *c, packet_t *packet)
{
    status_t status = packet_receive(c->zygote_socket, c->packet, packet);
    if (!status_ok(status))
        return status_fail(STATUS_PROTOCOL, "zygote", 0, "the process that starts workers has gone");
    packet_close_fds(packet);
    if (packet->type == MESSAGE_EXITED) {
        reader_t r   = reader_from(packet->payload);
        pid_t    pid = (pid_t)read_le32(&r);
        c->exits[c->exit_count % EXITS_KEPT].pid    = pid;
        c->exits[c->exit_count++ % EXITS_KEPT].status = (int)read_le32(&r);
    }
    return ok();
}

static status_t give_pack(crew_t *worker)
{
    worker->pack = spool_pack();
    if (worker->pack < 0)
        return status_fail_io("coordinator", "could not make a memory file");
    (void)packet_send(worker->socket, MESSAGE_PACK, span_from(NULL, 0), &worker->pack, 1); /* one that has gone is missed when it is heard next */
    return ok();
}

static status_t start_worker(coordinator_t *c, crew_t *worker)
{
    int ends[2];
    *worker = (crew_t){.socket = -1, .pack = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return status_fail_io("coordinator", "could not make a socket pair");
    worker->socket  = ends[0];
    status_t status = packet_send(c->zygote_socket, MESSAGE_SPAWN, span_from(NULL, 0), &ends[1], 1);
    (void)close(ends[1]);
    packet_t packet = {0};
    while (status_ok(status) && packet.type != MESSAGE_SPAWNED)
        status = zygote_message(c, &packet);
    if (!status_ok(status))
        return status;
    reader_t r  = reader_from(packet.payload);
    worker->pid = (pid_t)read_le32(&r);
    if (worker->pid == 0)
        return status_fail(STATUS_IO, "zygote", 0, "could not start a worker: out of processes or memory");
    return give_pack(worker);
}

/* Waits briefly for the zygote's word on how a worker ended. */
static void describe_exit(coordinator_t *c, pid_t pid, char *out, size_t size)
{
    double until = now() + 2;
    for (;;) {
        for (size_t i = 0; i < EXITS_KEPT && i < c->exit_count; i++) {
            if (c->exits[i].pid != pid)
                continue;
            int status = c->exits[i].status;
            if (WIFSIGNALED(status))
                (void)snprintf(out, size, "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
            else if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
                (void)snprintf(out, size, "ran out of memory or broke the protocol");
            else
                (void)snprintf(out, size, "ended with status %d", WIFEXITED(status) ? WEXITSTATUS(status) : status);
            return;
        }
        struct pollfd wait = {c->zygote_socket, POLLIN, 0};
        packet_t      packet;
        double        left = until - now();
        if (left <= 0 || poll(&wait, 1, (int)(left * 1000) + 1) <= 0 || !status_ok(zygote_message(c, &packet)))
            break;
    }
    (void)snprintf(out, size, "was lost");
}

static job_t *job_of(const crew_t *worker) { return worker->current < worker->count ? worker->jobs[worker->current] : NULL; }

/* A worker says what it has of one job before it begins the next: the first that is not done is the one it was lost over. */
static status_t lose_worker(coordinator_t *c, crew_t *worker, const char *why)
{
    char   how[160];
    job_t *job = job_of(worker);
    (void)kill(worker->pid, SIGKILL);
    if (why != NULL)
        (void)snprintf(how, sizeof how, "%s", why);
    else
        describe_exit(c, worker->pid, how, sizeof how);
    (void)close(worker->socket);
    (void)close(worker->pack);
    if (job != NULL && !collector_lost(c->collector, job, how))
        c->blobs_done++;
    while (++worker->current < worker->count)
        collector_return(c->collector, worker->jobs[worker->current]);
    return start_worker(c, worker);
}

/* Small blobs that lie in one store go out together, as long as there is enough for all workers. */
static void take_jobs(coordinator_t *c, crew_t *worker)
{
    size_t   most  = collector_queued(c->collector) / (2 * c->workers) + 1;
    uint64_t bytes = 0;
    worker->count = worker->current = 0;
    while (worker->count < most && worker->count < JOBS_IN_MESSAGE && bytes < BATCH_SIZE) {
        job_t *job = collector_begin(c->collector, worker->count > 0 ? job_content(worker->jobs[0])->store : NULL);
        if (job == NULL)
            return;
        bytes += job_content(job)->length;
        worker->jobs[worker->count++] = job;
    }
}

static status_t give_jobs(coordinator_t *c, crew_t *worker)
{
    buffer_t payload = {0};
    take_jobs(c, worker);
    if (worker->count == 0)
        return ok();
    for (size_t i = 0; i < worker->count; i++) {
        const content_t *content = job_content(worker->jobs[i]);
        buffer_append_le(&payload, content->offset, 8);
        buffer_append_le(&payload, content->length, 8);
        buffer_append_byte(&payload, job_open(worker->jobs[i]));
    }
    int fd          = store_fd(job_content(worker->jobs[0])->store);
    worker->since   = now();
    status_t status = payload.failed ? status_fail(STATUS_MEMORY, "coordinator", 0, "out of memory")
                                     : packet_send(worker->socket, MESSAGE_JOBS, buffer_span(&payload), &fd, 1);
    buffer_free(&payload);
    return status_ok(status) || status.code == STATUS_MEMORY ? status : lose_worker(c, worker, NULL);
}

/* The worker gets the next pack first: it decodes on while what is in this one is digested here. */
static status_t take_pack(crew_t *worker, span_t payload)
{
    reader_t r      = reader_from(payload);
    uint64_t length = read_le64(&r);
    int      pack   = worker->pack;
    status_t status = give_pack(worker);
    if (status_ok(status))
        return job_take_pack(job_of(worker), pack, length);
    (void)close(pack);
    return status;
}

static status_t finish_job(coordinator_t *c, crew_t *worker)
{
    uint64_t length = job_content(job_of(worker))->length;
    status_t status = collector_finish(c->collector, job_of(worker));
    if (!status_ok(status))
        return status;
    worker->current++;
    worker->since = now();
    c->bytes_done += length;
    c->blobs_done++;
    return ok();
}

static status_t take_records(coordinator_t *c, crew_t *worker, span_t payload)
{
    reader_t r      = reader_from(payload);
    status_t status = ok();
    while (status_ok(status) && reader_left(&r) > 0) {
        if (job_of(worker) == NULL)
            return status_fail(STATUS_PROTOCOL, "coordinator", 0, "records of no job");
        status = job_take_records(job_of(worker), &r);
        if (status_ok(status) && job_is_done(job_of(worker)))
            status = finish_job(c, worker);
    }
    return status;
}

/* What one worker says. A worker that says what it may not is replaced; other errors end the scan. */
static status_t take_packet(coordinator_t *c, crew_t *worker)
{
    packet_t packet;
    status_t status = packet_receive(worker->socket, c->packet, &packet);
    if (!status_ok(status))
        return lose_worker(c, worker, NULL);
    packet_close_fds(&packet); /* a worker has nothing to hand out */
    if (packet.type == MESSAGE_FAILED)
        return status_fail(STATUS_UNSUPPORTED, "sandbox", 0, "a worker could not be confined: see `assay doctor`, or go on with less by --sandbox=reduced");
    if (job_of(worker) == NULL)
        return lose_worker(c, worker, "spoke without being asked");
    if (packet.type == MESSAGE_RECORDS)
        status = take_records(c, worker, packet.payload);
    else if (packet.type == MESSAGE_PACKED)
        status = take_pack(worker, packet.payload);
    else
        status = status_fail(STATUS_PROTOCOL, "coordinator", 0, "a message that no worker may send");
    return status.code == STATUS_PROTOCOL ? lose_worker(c, worker, "broke the protocol") : status;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void say_progress(const coordinator_t *c)
{
    if (c->setup->progress == NULL)
        return;
    progress_t progress = {.blobs_total = collector_blobs(c->collector), .blobs_done = c->blobs_done, .bytes_done = c->bytes_done,
                           .bytes_total = c->bytes_done, .seconds = now() - c->started};
    for (size_t i = 0; i < c->workers; i++)
        for (size_t k = c->crew[i].current; k < c->crew[i].count; k++)
            progress.bytes_total += job_content(c->crew[i].jobs[k])->length;
    c->setup->progress(c->setup->progress_context, &progress);
}

static status_t watch_the_clock(coordinator_t *c)
{
    double t = now();
    if (c->setup->limits.seconds != 0 && t - c->started > c->setup->limits.seconds)
        collector_stop(c->collector, "time", "the scan reached its time limit: this was not examined");
    bool stopped = c->setup->limits.seconds != 0 && t - c->started > c->setup->limits.seconds;
    for (size_t i = 0; i < c->workers; i++) {
        crew_t *worker = &c->crew[i];
        if (job_of(worker) == NULL || (!stopped && t - worker->since <= c->setup->limits.job_seconds))
            continue;
        status_t status = lose_worker(c, worker, stopped ? "was stopped at the time limit of the scan" : "took longer than one blob may take");
        if (!status_ok(status))
            return status;
    }
    return ok();
}

static status_t work(coordinator_t *c)
{
    double last_said = 0;
    for (;;) {
        struct pollfd wait[WORKERS_MAX + 1];
        size_t        busy = 0;
        for (size_t i = 0; i < c->workers; i++) {
            if (job_of(&c->crew[i]) == NULL) {
                status_t status = give_jobs(c, &c->crew[i]);
                if (!status_ok(status))
                    return status;
            }
            busy += job_of(&c->crew[i]) != NULL;
            wait[i] = (struct pollfd){c->crew[i].socket, POLLIN, 0};
        }
        if (busy == 0)
            return ok();
        wait[c->workers] = (struct pollfd){c->zygote_socket, POLLIN, 0};
        if (poll(wait, c->workers + 1, TICK_MS) < 0 && errno != EINTR)
            return status_fail_io("coordinator", "could not wait for its workers");
        packet_t packet;
        status_t status = wait[c->workers].revents != 0 ? zygote_message(c, &packet) : ok();
        for (size_t i = 0; status_ok(status) && i < c->workers; i++)
            if (wait[i].revents != 0)
                status = take_packet(c, &c->crew[i]);
        if (status_ok(status))
            status = watch_the_clock(c);
        if (!status_ok(status))
            return status;
        if (now() - last_said > TICK_MS / 1000.0) {
            say_progress(c);
            last_said = now();
        }
    }
}

/* "disk.001" and those behind it are "disk". */
static status_t join_inputs(coordinator_t *c, const content_t *contents)
{
    content_t joined;
    char      name[PATH_MAX];
    (void)snprintf(name, sizeof name, "%s", c->setup->inputs[0]);
    char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    if (dot != NULL && dot > (slash != NULL ? slash + 1 : name))
        *dot = '\0';
    status_t status = spool_join(c->spool, contents, c->setup->input_count, &joined);
    return status_ok(status) ? collector_join(c->collector, name, joined) : status;
}

static status_t open_inputs(coordinator_t *c, content_t *contents, char *why, size_t why_size)
{
    for (size_t i = 0; i < c->setup->input_count; i++) {
        const char *path = c->setup->inputs[i];
        sha256_t    sha256;
        sha512_t    sha512 = {0};
        status_t    status = spool_open_input(c->spool, path, &contents[i], &sha256, c->setup->data != NULL ? &sha512 : NULL);
        if (!status_ok(status)) {
            char text[200];
            status_print(status, text, sizeof text);
            (void)snprintf(why, why_size, "%s: %s", path, text);
            return status;
        }
        const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
        if (c->setup->joined) {
            status = collector_add_segment(c->collector, name, contents[i].length, &sha256, &sha512);
        } else {
            store_keep(contents[i].store); /* ours, to look for changes at the end */
            status = collector_add_input(c->collector, name, contents[i], &sha256, &sha512);
        }
        if (!status_ok(status))
            return status;
    }
    return c->setup->joined ? join_inputs(c, contents) : ok();
}

/* The record of an acquisition says what the device did not give: what stands there in the image is not evidence. */
static void tell_unread(coordinator_t *c)
{
    const collector_root_t *roots;
    if (c->setup->unread_digest == NULL || collector_roots(c->collector, &roots) != 1)
        return;
    collector_say(c->collector, roots[0].blob, &(record_t){.type = RECORD_FACT, .fact = {"acquisition.map-sha256", c->setup->unread_digest}});
    for (size_t i = 0; i < c->setup->unread_count; i++) {
        const unread_t *u = &c->setup->unread[i];
        if (u->offset < roots[0].size)
            collector_say(c->collector, roots[0].blob, &(record_t){.type = RECORD_DAMAGE, .damage = {
                u->offset, min_u64(u->length, roots[0].size - u->offset), "acquisition", u->why, NO_CHILD}});
    }
}

/* An input that changed while it was examined is not evidence: every claim about it may be about other bytes. */
static void look_for_changes(coordinator_t *c, const content_t *contents)
{
    const collector_input_t *inputs;
    size_t                   count = collector_inputs(c->collector, &inputs);
    for (size_t i = 0; i < count; i++)
        if (spool_input_changed(&contents[i]))
            collector_say(c->collector, inputs[i].blob, &(record_t){.type = RECORD_DAMAGE, .damage = {
                0, inputs[i].size, "input", "the input changed while it was examined: the report does not speak for it", NO_CHILD}});
}

static status_t wait_until_ready(coordinator_t *c, report_t *report, char *why, size_t why_size)
{
    packet_t packet;
    status_t status = packet_receive(c->zygote_socket, c->packet, &packet);
    if (!status_ok(status))
        return status_fail(STATUS_PROTOCOL, "zygote", 0, "the process that starts workers did not start");
    if (packet.type == MESSAGE_READY)
        return zygote_read_ready(packet.payload, report);
    reader_t    r = reader_from(packet.payload);
    const char *text;
    if (packet.type == MESSAGE_FAILED && wire_get_text(&r, TEXT_LONG_MAX, &text) && text != NULL)
        (void)snprintf(why, why_size, "%s", text);
    return status_fail(STATUS_INVALID, "zygote", 0, "rules or knowledge base could not be loaded");
}

static bool has_content(const report_artifact_t *artifact) { return artifact->type == CHILD_FILE || artifact->type == CHILD_PAYLOAD; }

static status_t hand_out(const coordinator_t *c, const report_t *report)
{
    status_t status = ok();
    for (uint32_t i = 0; status_ok(status) && i < report->artifact_count; i++) {
        const report_artifact_t *artifact = &report->artifacts[i];
        status = c->setup->artifact(c->setup->artifact_context, report, i, has_content(artifact) ? collector_content(c->collector, &artifact->sha256) : NULL);
    }
    return status;
}

/* Signals that would kill this process must not: a socket of a dead worker is an answer of its own. */
static status_t scan(coordinator_t *c, report_t *report, char *why, size_t why_size)
{
    content_t  *contents  = calloc(c->setup->input_count + 1, sizeof *contents);
    knowledge_t knowledge = {0};
    const char *text      = NULL;
    status_t    status    = contents != NULL ? ok() : status_fail(STATUS_MEMORY, "coordinator", 0, "out of memory");
    if (status_ok(status) && c->setup->data != NULL)
        status = knowledge_load(c->setup->data, report->arena, &knowledge, &text);
    if (!status_ok(status) && text != NULL)
        (void)snprintf(why, why_size, "%s", text);
    if (status_ok(status))
        status = open_inputs(c, contents, why, why_size);
    if (status_ok(status))
        status = wait_until_ready(c, report, why, why_size);
    while (status_ok(status) && c->workers < (c->setup->workers != 0 ? c->setup->workers : usable_processors()) && c->workers < WORKERS_MAX)
        status = start_worker(c, &c->crew[c->workers++]);
    if (status_ok(status))
        status = work(c);
    if (status_ok(status)) {
        look_for_changes(c, contents);
        tell_unread(c);
        status = file_versions_fill(c->collector, report->arena);
    }
    if (status_ok(status))
        status = assemble_report(c->collector, c->setup->data != NULL ? &knowledge : NULL, &c->setup->limits, report);
    if (status_ok(status) && c->setup->artifact != NULL)
        status = hand_out(c, report);
    for (size_t i = 0; contents != NULL && i < c->setup->input_count; i++)
        store_release(contents[i].store);
    free(contents);
    return status;
}

static void dismiss(coordinator_t *c)
{
    for (size_t i = 0; i < c->workers; i++) {
        for (size_t k = c->crew[i].current; k < c->crew[i].count; k++)
            (void)collector_lost(c->collector, c->crew[i].jobs[k], "was dismissed");
        if (c->crew[i].pid > 0)
            (void)kill(c->crew[i].pid, SIGKILL);
        if (c->crew[i].socket >= 0)
            (void)close(c->crew[i].socket);
        if (c->crew[i].pack >= 0)
            (void)close(c->crew[i].pack);
    }
    if (c->zygote_pid > 0) {
        (void)close(c->zygote_socket);
        (void)kill(c->zygote_pid, SIGKILL);
        (void)waitpid(c->zygote_pid, NULL, 0);
    }
    collector_free(c->collector);
    spool_free(c->spool);
    free(c->packet);
    (void)malloc_trim(0); /* the tables lay between the pieces of the report: the heap keeps them otherwise */
}

/* Of the memory that is allowed, a quarter is for blobs that wait, half for the heaps of workers; the rest is for tables, results
 * and the packs in flight. */
static uint64_t heap_of_worker(const scan_setup_t *setup, unsigned workers) { return max_u64(setup->limits.memory / 2 / workers, (uint64_t)96 << 20); }

status_t scan_run(const scan_setup_t *setup, report_t **report, char *why, size_t why_size)
{
    unsigned      workers = setup->workers != 0 ? setup->workers : usable_processors();
    coordinator_t c       = {.setup = setup, .started = now(), .packet = malloc(PACKET_MAX), .spool = spool_new(setup->work_directory, setup->limits.memory / 4)};
    zygote_setup_t zygote = {.data = setup->data, .extra_rules = setup->extra_rules, .similar = setup->similar, .limits = setup->limits,
                              .heap_bytes = heap_of_worker(setup, workers), .reduced = setup->reduced};
    why[0]    = '\0';
    *report   = report_new();
    if (c.spool != NULL)
        c.collector = collector_new(&setup->limits, c.spool);
    if (c.collector != NULL && setup->artifact != NULL)
        collector_keep_contents(c.collector);
    if (c.collector != NULL && setup->data == NULL)
        collector_only_unpack(c.collector);
    status_t status = c.packet != NULL && c.collector != NULL && *report != NULL ? ok() : status_fail(STATUS_MEMORY, "coordinator", 0, "out of memory");
    sandbox_offer_t offer = sandbox_offer();
    if (status_ok(status) && !sandbox_is_full(&offer) && !setup->reduced)
        status = status_fail(STATUS_UNSUPPORTED, "sandbox", 0, "this kernel cannot confine the parsers fully: see `assay doctor`, or go on with less by --sandbox=reduced");
    if (status_ok(status))
        status = zygote_start(&zygote, &c.zygote_socket, &c.zygote_pid);
    if (status_ok(status)) {
        (*report)->version = ASSAY_VERSION;
        (*report)->sandbox = sandbox_is_full(&offer) ? "full" : "reduced";
        (*report)->mode    = setup->mode;
        (*report)->limits  = setup->limits;
        status             = scan(&c, *report, why, why_size);
    }
    dismiss(&c);
    if (!status_ok(status)) {
        if (why[0] == '\0')
            status_print(status, why, why_size);
        report_free(*report);
        *report = NULL;
    }
    return status;
}
