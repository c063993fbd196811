#include "engine/worker.h"

#include "engine/sandbox.h"
#include "engine/spool.h"
#include "engine/wire.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SMALL      = 64 * 1024,  /* blobs up to this are read, larger ones mapped */
    FLUSH_AT   = 8 * 1024,   /* records wait until there are this many bytes of them, but never until a packet overflows */
    EXIT_BROKE = 3
};

typedef struct {
    int      socket;
    buffer_t records;
    int      pack;      /* -1: none in hand; the next message is one */
    uint64_t packed;    /* bytes in it */
    uint8_t *packet;    /* PACKET_MAX bytes */
    uint8_t *small;     /* SMALL bytes */
} worker_t;

/* The coordinator is gone or out of step: there is nobody to tell. */
static _Noreturn void give_up(void) { _exit(EXIT_BROKE); }

static void send_or_give_up(worker_t *worker, message_type_t type, span_t payload)
{
    if (!status_ok(packet_send(worker->socket, type, payload, NULL, 0)))
        give_up();
}

static void flush(worker_t *worker)
{
    if (worker->records.size > 0)
        send_or_give_up(worker, MESSAGE_RECORDS, buffer_span(&worker->records));
    worker->records.size = 0;
}

static void hand_over_pack(worker_t *worker)
{
    if (worker->packed == 0)
        return;
    flush(worker);
    buffer_t payload = {0};
    buffer_append_le(&payload, worker->packed, 8);
    (void)close(worker->pack);
    worker->pack   = -1;
    worker->packed = 0;
    send_or_give_up(worker, MESSAGE_PACKED, buffer_span(&payload));
    buffer_free(&payload);
}

static void take_record(void *context, const record_t *record)
{
    worker_t *worker = context;
    if (record->type == RECORD_DONE)
        hand_over_pack(worker);
    size_t before = worker->records.size;
    wire_put(&worker->records, record);
    if (worker->records.failed)
        give_up();
    if (worker->records.size >= PACKET_MAX - 1) {
        /* Did not fit beside what waits: send that alone, then this. */
        size_t length = worker->records.size - before;
        send_or_give_up(worker, MESSAGE_RECORDS, span_from(worker->records.at, before));
        memmove(worker->records.at, worker->records.at + before, length);
        worker->records.size = length;
    }
    if (worker->records.size >= FLUSH_AT || record->type == RECORD_DONE)
        flush(worker);
}

static void need_pack(worker_t *worker)
{
    packet_t packet;
    if (worker->pack >= 0)
        return;
    if (!status_ok(packet_receive(worker->socket, worker->packet, &packet)) || packet.type != MESSAGE_PACK || packet.fd_count != 1)
        give_up();
    worker->pack = packet.fds[0];
}

static status_t take_decoded(void *context, span_t bytes)
{
    worker_t *worker = context;
    while (bytes.size > 0) {
        need_pack(worker);
        size_t  room    = (size_t)min_u64(bytes.size, PACK_SIZE - worker->packed);
        ssize_t written = pwrite(worker->pack, bytes.at, room, (off_t)worker->packed);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return status_fail_io("worker", "could not write decoded bytes");
        worker->packed += (uint64_t)written;
        bytes = span_from_offset(bytes, (uint64_t)written);
        if (worker->packed == PACK_SIZE)
            hand_over_pack(worker);
    }
    return ok();
}

/* Zeros are left out of the pack: its file has a hole there. Only the last byte is written, for the length. */
static status_t take_zeros(void *context, uint64_t length)
{
    static const uint8_t zero   = 0;
    worker_t            *worker = context;
    while (length > 0) {
        need_pack(worker);
        uint64_t step = min_u64(length, PACK_SIZE - worker->packed);
        ssize_t  written;
        do
            written = pwrite(worker->pack, &zero, 1, (off_t)(worker->packed + step - 1));
        while (written < 0 && errno == EINTR);
        if (written != 1)
            return status_fail_io("worker", "could not write decoded bytes");
        worker->packed += step;
        length -= step;
        if (worker->packed == PACK_SIZE)
            hand_over_pack(worker);
    }
    return ok();
}

typedef struct { span_t blob; void *mapped; size_t mapped_size; } loaded_t;

static loaded_t load(worker_t *worker, int fd, uint64_t offset, uint64_t length)
{
    loaded_t loaded = {.blob = span_from(worker->small, 0)};
    if (length <= SMALL) {
        while (loaded.blob.size < length) {
            ssize_t got = pread(fd, worker->small + loaded.blob.size, (size_t)(length - loaded.blob.size), (off_t)(offset + loaded.blob.size));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                give_up();
            loaded.blob.size += (size_t)got;
        }
        return loaded;
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = offset / page * page;
    loaded.mapped_size = (size_t)(length + offset - start);
    loaded.mapped      = mmap(NULL, loaded.mapped_size, PROT_READ, MAP_PRIVATE | (length < PACK_SIZE ? MAP_POPULATE : 0), fd, (off_t)start);
    if (loaded.mapped == MAP_FAILED)
        give_up();
    loaded.blob = span_from((uint8_t *)loaded.mapped + (offset - start), (size_t)length);
    return loaded;
}

static void do_job(worker_t *worker, const worker_setup_t *setup, int fd, uint64_t offset, uint64_t length, bool open)
{
    loaded_t loaded = load(worker, fd, offset, length);
    status_t status = examine_blob(setup->search, setup->analyser, loaded.blob, open, &setup->limits,
                                   (sink_output_t){.context = worker, .record = take_record, .decoded = take_decoded, .zeros = take_zeros});
    if (!status_ok(status))
        _exit(EXIT_BROKE); /* out of memory: the coordinator sees a lost worker and says so */
    if (loaded.mapped != NULL)
        (void)munmap(loaded.mapped, loaded.mapped_size);
}

static void do_jobs(worker_t *worker, const worker_setup_t *setup, const packet_t *packet)
{
    struct { uint64_t offset, length; bool open; } jobs[JOBS_IN_MESSAGE]; /* the packet's buffer serves others while they are done */
    reader_t r     = reader_from(packet->payload);
    size_t   count = 0;
    for (; count < JOBS_IN_MESSAGE && reader_left(&r) > 0; count++) {
        jobs[count].offset = read_le64(&r);
        jobs[count].length = read_le64(&r);
        jobs[count].open   = read_u8(&r) != 0;
    }
    if (!reader_ok(&r) || reader_left(&r) > 0 || packet->fd_count != 1)
        give_up();
    for (size_t i = 0; i < count; i++)
        do_job(worker, setup, packet->fds[0], jobs[i].offset, jobs[i].length, jobs[i].open);
    (void)close(packet->fds[0]);
}

_Noreturn void worker_run(int socket, const worker_setup_t *setup)
{
    worker_t worker = {.socket = socket, .pack = -1, .packet = malloc(PACKET_MAX), .small = malloc(SMALL)};
    /* Freed memory goes back: a worker lives long and must stay below its bound. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
    if (worker.packet == NULL || worker.small == NULL || buffer_reserve(&worker.records, 2 * PACKET_MAX) == NULL)
        give_up();
    status_t status = sandbox_enter_worker(setup->heap_bytes, setup->reduced);
    if (!status_ok(status)) {
        buffer_t why = {0};
        wire_put_text(&why, status.what);
        send_or_give_up(&worker, MESSAGE_FAILED, buffer_span(&why));
        give_up();
    }
    for (;;) {
        packet_t packet;
        if (!status_ok(packet_receive(socket, worker.packet, &packet)))
            _exit(0);
        if (packet.type == MESSAGE_JOBS)
            do_jobs(&worker, setup, &packet);
        else if (packet.type == MESSAGE_PACK && packet.fd_count == 1 && worker.pack < 0)
            worker.pack = packet.fds[0];
        else
            give_up();
    }
}
