/* What the processes say to each other: packets over SOCK_SEQPACKET socket pairs, a packet a message, file descriptors beside it.
 *
 *   packet = type byte, payload          integers little-endian
 *   MESSAGE_RECORDS payload = record*    record = length (u32, of what follows), type (u8), fields
 *   text field = length (u32), bytes; the C strings among them end with a NUL that is counted, and hold no other; NULL has length 0
 *
 * The reader of a packet trusts nothing in it: every length, enumeration and order is checked, and what does not hold is
 * STATUS_PROTOCOL. Nothing decoded is copied: spans and texts point into the packet. */
#ifndef ASSAY_ENGINE_WIRE_H
#define ASSAY_ENGINE_WIRE_H

#include "base/buffer.h"
#include "model/record.h"

enum { PACKET_MAX = 64 * 1024, PACKET_FDS = 2, WORKERS_MAX = 64, JOBS_IN_MESSAGE = 32 };

typedef enum {
    MESSAGE_JOBS = 1, /* coordinator → worker, with the file of the blobs: for each offset u64, length u64, open u8 */
    MESSAGE_PACK,     /* coordinator → worker, with an empty memfd to write decoded bytes to */
    MESSAGE_RECORDS,  /* worker → coordinator */
    MESSAGE_PACKED,   /* worker → coordinator: the pack is full or the job over; length u64: bytes in it, the worker is done with it */
    MESSAGE_SPAWN,    /* coordinator → zygote, with a worker's end of a socket pair */
    MESSAGE_SPAWNED,  /* zygote → coordinator: pid u32 */
    MESSAGE_EXITED,   /* zygote → coordinator: pid u32, wait status u32 */
    MESSAGE_READY,    /* zygote or signer → coordinator: loaded; text */
    MESSAGE_FAILED,   /* zygote or signer → coordinator: text says why */
    MESSAGE_SIGN,     /* coordinator → signer, with a sealed memfd: length u64 */
    MESSAGE_DERIVE,   /* coordinator → signer, with a sealed memfd: length u64 */
    MESSAGE_SIGNED    /* signer → coordinator: keyid text, signature bytes; or an empty text and the secret that was derived */
} message_type_t;

typedef struct {
    message_type_t type;
    span_t         payload; /* in the buffer that was given to packet_receive */
    int            fds[PACKET_FDS];
    size_t         fd_count; /* the receiver owns them */
} packet_t;

/* Sends one packet with up to PACKET_FDS descriptors (borrowed). Blocks; never raises SIGPIPE. */
status_t packet_send(int socket, message_type_t type, span_t payload, const int *fds, size_t fd_count);
/* Receives one packet into `buffer` of PACKET_MAX bytes. STATUS_IO with os_error 0: the peer closed. */
status_t packet_receive(int socket, uint8_t *buffer, packet_t *packet);
void     packet_close_fds(packet_t *packet);

/* Appends the encoded record. Texts too long for a record are cut. The result is always shorter than PACKET_MAX - 1. */
void wire_put(buffer_t *out, const record_t *record);
/* The next record of a MESSAGE_RECORDS payload. `xattrs` has room for XATTRS_MAX and is used by a child record. */
status_t wire_get(reader_t *in, record_t *record, xattr_t *xattrs);

void   wire_put_text(buffer_t *out, const char *text);
bool   wire_get_text(reader_t *in, size_t most, const char **text); /* NULL allowed */

#endif
