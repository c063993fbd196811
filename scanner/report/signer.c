#include "report/signer.h"

#include "engine/sandbox.h"
#include "engine/wire.h"
#include "report/dsse.h"
#include "report/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char signer_id[] = "signer";

/* ---- in the signer ----------------------------------------------------------------------------------------------- */

static void answer_failed(int socket, const char *what, bool encrypted)
{
    buffer_t text = {0};
    buffer_append_byte(&text, encrypted);
    wire_put_text(&text, what);
    (void)packet_send(socket, MESSAGE_FAILED, buffer_span(&text), NULL, 0);
    buffer_free(&text);
}

/* The bytes to sign may not change while they are signed: only a sealed file will do. */
static status_t sign_file(EVP_PKEY *key, int fd, uint64_t length, buffer_t *signature)
{
    const int    seals = F_SEAL_WRITE | F_SEAL_SHRINK;
    struct stat  facts;
    if (fstat(fd, &facts) != 0 || (uint64_t)facts.st_size != length || length == 0)
        return status_fail(STATUS_PROTOCOL, signer_id, 0, "what is to be signed is not as long as said");
    int has = fcntl(fd, F_GET_SEALS);
    if (has < 0 || (has & seals) != seals)
        return status_fail(STATUS_PROTOCOL, signer_id, 0, "what is to be signed could still be changed");
    void *at = mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return status_fail_io(signer_id, "could not map what is to be signed");
    status_t status = dsse_sign(key, STATEMENT_PAYLOAD_TYPE, span_from(at, (size_t)length), signature);
    (void)munmap(at, (size_t)length);
    return status;
}

static _Noreturn void serve(int socket, EVP_PKEY *key, const char *keyid, uint8_t *packet_buffer)
{
    packet_t packet;
    while (status_ok(packet_receive(socket, packet_buffer, &packet))) {
        reader_t r         = reader_from(packet.payload);
        uint64_t length    = read_le64(&r);
        buffer_t signature = {0}, payload = {0};
        status_t status    = packet.type == MESSAGE_SIGN && packet.fd_count == 1 && reader_ok(&r)
                                 ? sign_file(key, packet.fds[0], length, &signature) : status_fail(STATUS_PROTOCOL, signer_id, 0, "not a request to sign");
        packet_close_fds(&packet);
        if (status_ok(status)) {
            wire_put_text(&payload, keyid);
            buffer_append(&payload, buffer_span(&signature));
            (void)packet_send(socket, MESSAGE_SIGNED, buffer_span(&payload), NULL, 0);
        } else {
            answer_failed(socket, status.what, false);
        }
        buffer_free(&payload);
        buffer_free(&signature);
    }
    _exit(0);
}

static _Noreturn void signer_main(int socket, const char *key_path, const passphrase_t *phrase, bool reduced)
{
    char     keyid[SHA256_HEX];
    EVP_PKEY *key       = NULL;
    bool      encrypted = false;
    uint8_t  *buffer    = malloc(PACKET_MAX);
    buffer_t  trial     = {0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    status_t status = buffer != NULL ? key_load_private(key_path, phrase, &key, &encrypted) : status_fail(STATUS_MEMORY, signer_id, 0, "out of memory");
    if (status_ok(status))
        status = dsse_keyid(key, keyid);
    /* Once before the doors close: whatever OpenSSL loads on first use is loaded then. */
    if (status_ok(status))
        status = dsse_sign(key, STATEMENT_PAYLOAD_TYPE, span_from_text("{}"), &trial);
    buffer_free(&trial);
    if (status_ok(status))
        status = sandbox_enter_signer(reduced);
    if (!status_ok(status)) {
        char text[TEXT_SHORT_MAX];
        status_print(status, text, sizeof text);
        answer_failed(socket, text, encrypted);
        _exit(1);
    }
    (void)packet_send(socket, MESSAGE_READY, span_from(NULL, 0), NULL, 0);
    serve(socket, key, keyid, buffer);
}

/* ---- in the coordinator ------------------------------------------------------------------------------------------ */

static status_t failure_of(const packet_t *packet, bool *encrypted, char *why, size_t why_size)
{
    reader_t    r    = reader_from(packet->payload);
    bool        flag = read_u8(&r) != 0;
    const char *text = NULL;
    if (encrypted != NULL)
        *encrypted = flag;
    if (packet->type != MESSAGE_FAILED || !wire_get_text(&r, TEXT_LONG_MAX, &text) || text == NULL)
        return status_fail(STATUS_PROTOCOL, signer_id, 0, "the signer said something that does not hold");
    (void)snprintf(why, why_size, "%s", text);
    return status_fail(STATUS_CRYPTO, signer_id, 0, "the signer could not use the key");
}

status_t signer_start(const char *key_path, const passphrase_t *phrase, bool reduced, signer_t *signer, bool *encrypted, char *why, size_t why_size)
{
    int ends[2];
    *encrypted = false;
    why[0]     = '\0';
    *signer    = (signer_t){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return status_fail_io(signer_id, "could not make a socket pair");
    signer->pid = fork();
    if (signer->pid == 0) {
        (void)close(ends[0]);
        signer_main(ends[1], key_path, phrase, reduced);
    }
    (void)close(ends[1]);
    signer->socket = ends[0];
    uint8_t *buffer = malloc(PACKET_MAX);
    packet_t packet = {0};
    status_t status = signer->pid > 0 ? ok() : status_fail_io(signer_id, "could not start it");
    if (status_ok(status))
        status = buffer != NULL ? packet_receive(signer->socket, buffer, &packet) : status_fail(STATUS_MEMORY, signer_id, 0, "out of memory");
    packet_close_fds(&packet);
    if (status_ok(status) && packet.type != MESSAGE_READY)
        status = failure_of(&packet, encrypted, why, why_size);
    free(buffer);
    if (!status_ok(status)) {
        if (why[0] == '\0')
            status_print(status, why, why_size);
        signer_stop(signer);
    }
    return status;
}

static status_t sealed_copy(span_t payload, int *fd)
{
    *fd = memfd_create("assay-statement", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (size_t at = 0; *fd >= 0 && at < payload.size;) {
        ssize_t written = write(*fd, payload.at + at, payload.size - at);
        if (written < 0 && errno != EINTR)
            return status_fail_io(signer_id, "could not hand over what is to be signed");
        at += written > 0 ? (size_t)written : 0;
    }
    if (*fd < 0 || fcntl(*fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return status_fail_io(signer_id, "could not seal what is to be signed");
    return ok();
}

status_t signer_sign(const signer_t *signer, span_t payload, char keyid[SHA256_HEX], buffer_t *signature)
{
    uint8_t *buffer  = malloc(PACKET_MAX);
    buffer_t request = {0};
    packet_t packet  = {0};
    int      fd      = -1;
    char     why[TEXT_SHORT_MAX];
    status_t status  = buffer != NULL ? sealed_copy(payload, &fd) : status_fail(STATUS_MEMORY, signer_id, 0, "out of memory");
    buffer_append_le(&request, payload.size, 8);
    if (status_ok(status))
        status = packet_send(signer->socket, MESSAGE_SIGN, buffer_span(&request), &fd, 1);
    if (status_ok(status))
        status = packet_receive(signer->socket, buffer, &packet);
    packet_close_fds(&packet);
    if (status_ok(status) && packet.type != MESSAGE_SIGNED)
        status = failure_of(&packet, NULL, why, sizeof why);
    if (status_ok(status)) {
        reader_t    r  = reader_from(packet.payload);
        const char *id = NULL;
        if (wire_get_text(&r, TEXT_SHORT_MAX, &id) && id != NULL && strlen(id) == SHA256_HEX - 1) {
            memcpy(keyid, id, SHA256_HEX);
            buffer_append(signature, read_span(&r, reader_left(&r)));
        } else {
            status = status_fail(STATUS_PROTOCOL, signer_id, 0, "the signer said something that does not hold");
        }
    }
    if (fd >= 0)
        (void)close(fd);
    buffer_free(&request);
    free(buffer);
    return status;
}

void signer_stop(signer_t *signer)
{
    if (signer->socket >= 0)
        (void)close(signer->socket);
    signer->socket = -1;
    if (signer->pid > 0) {
        (void)kill(signer->pid, SIGKILL);
        (void)waitpid(signer->pid, NULL, 0);
    }
    signer->pid = 0;
}
