#include "report/signer.h"

#include "engine/sandbox.h"
#include "engine/wire.h"
#include "report/commitment.h"
#include "report/dsse.h"
#include "report/pkcs11.h"
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

typedef struct {
    EVP_PKEY *key;   /* the public half only when there is a token */
    pkcs11_t *token; /* NULL: the key is here */
    char      keyid[SHA256_HEX];
    bool      has_share_key;
    sha256_t  share_key;
} holder_t;

static status_t load_key(holder_t *h, const signer_setup_t *setup, bool *encrypted)
{
    status_t status = strncmp(setup->key, PKCS11_SCHEME, strlen(PKCS11_SCHEME)) == 0 ? pkcs11_open(setup->key, setup->phrase, &h->token, &h->key, encrypted)
                                                                                     : key_load_private(setup->key, setup->phrase, &h->key, encrypted);
    if (status_ok(status) && setup->share_key != NULL) {
        status           = key_load_secret(setup->share_key, &h->share_key);
        h->has_share_key = status_ok(status);
    }
    return status_ok(status) ? dsse_keyid(h->key, h->keyid) : status;
}

static status_t sign_payload(const holder_t *h, span_t payload, buffer_t *signature)
{
    buffer_t pae = {0};
    if (h->token == NULL)
        return dsse_sign(h->key, STATEMENT_PAYLOAD_TYPE, payload, signature);
    dsse_pae(STATEMENT_PAYLOAD_TYPE, payload, &pae);
    status_t status = pae.failed ? status_fail(STATUS_MEMORY, signer_id, 0, "out of memory") : pkcs11_sign(h->token, buffer_span(&pae), signature);
    buffer_free(&pae);
    if (status_ok(status) && !dsse_signature_stands(h->key, STATEMENT_PAYLOAD_TYPE, payload, buffer_span(signature)))
        status = status_fail(STATUS_CRYPTO, signer_id, 0, "the signature just made does not verify: the public key on the token is not that of the private one, or it is faulty");
    return status;
}

static status_t derive(const holder_t *h, span_t payload, buffer_t *secret)
{
    sha256_t derived;
    if (!h->has_share_key)
        return status_fail(STATUS_CRYPTO, signer_id, 0, "the signer has no share key");
    status_t status = commitment_secret_from(&h->share_key, payload, &derived);
    buffer_append(secret, span_from(derived.bytes, sizeof derived.bytes));
    explicit_bzero(&derived, sizeof derived);
    return status;
}

/* The bytes to sign may not change while they are signed: only a sealed file will do. */
static status_t answer_file(const holder_t *h, bool sign, int fd, uint64_t length, buffer_t *answer)
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
    span_t   payload = span_from(at, (size_t)length);
    status_t status  = sign ? sign_payload(h, payload, answer) : derive(h, payload, answer);
    (void)munmap(at, (size_t)length);
    return status;
}

static _Noreturn void serve(int socket, const holder_t *h, uint8_t *packet_buffer)
{
    packet_t packet;
    while (status_ok(packet_receive(socket, packet_buffer, &packet))) {
        reader_t r         = reader_from(packet.payload);
        uint64_t length    = read_le64(&r);
        buffer_t signature = {0}, payload = {0};
        bool     sign      = packet.type == MESSAGE_SIGN;
        status_t status    = (sign || packet.type == MESSAGE_DERIVE) && packet.fd_count == 1 && reader_ok(&r)
                                 ? answer_file(h, sign, packet.fds[0], length, &signature) : status_fail(STATUS_PROTOCOL, signer_id, 0, "not a request to sign");
        packet_close_fds(&packet);
        if (status_ok(status)) {
            wire_put_text(&payload, sign ? h->keyid : "");
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

static _Noreturn void signer_main(int socket, const signer_setup_t *setup)
{
    holder_t  h         = {0};
    bool      encrypted = false;
    uint8_t  *buffer    = malloc(PACKET_MAX);
    buffer_t  trial     = {0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    status_t status = buffer != NULL ? load_key(&h, setup, &encrypted) : status_fail(STATUS_MEMORY, signer_id, 0, "out of memory");
    /* Once before the doors close: whatever OpenSSL loads on first use is loaded then. */
    if (status_ok(status))
        status = sign_payload(&h, span_from_text("{}"), &trial);
    buffer_free(&trial);
    if (status_ok(status))
        status = h.token != NULL ? sandbox_enter_token_signer(setup->reduced) : sandbox_enter_signer(setup->reduced);
    if (!status_ok(status)) {
        char text[TEXT_SHORT_MAX];
        status_print(status, text, sizeof text);
        answer_failed(socket, text, encrypted);
        _exit(1);
    }
    (void)packet_send(socket, MESSAGE_READY, span_from(NULL, 0), NULL, 0);
    serve(socket, &h, buffer);
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

status_t signer_start(const signer_setup_t *setup, signer_t *signer, bool *encrypted, char *why, size_t why_size)
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
        signer_main(ends[1], setup);
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

/* Asks for something about the payload; `text` is what the answer begins with, and must be `text_size` - 1 long. */
static status_t ask(const signer_t *signer, message_type_t type, span_t payload, char *text, size_t text_size, buffer_t *answer)
{
    uint8_t *buffer  = malloc(PACKET_MAX);
    buffer_t request = {0};
    packet_t packet  = {0};
    int      fd      = -1;
    char     why[TEXT_SHORT_MAX];
    status_t status  = buffer != NULL ? sealed_copy(payload, &fd) : status_fail(STATUS_MEMORY, signer_id, 0, "out of memory");
    buffer_append_le(&request, payload.size, 8);
    if (status_ok(status))
        status = packet_send(signer->socket, type, buffer_span(&request), &fd, 1);
    if (status_ok(status))
        status = packet_receive(signer->socket, buffer, &packet);
    packet_close_fds(&packet);
    if (status_ok(status) && packet.type != MESSAGE_SIGNED)
        status = failure_of(&packet, NULL, why, sizeof why);
    if (status_ok(status)) {
        reader_t    r  = reader_from(packet.payload);
        const char *id = NULL;
        if (wire_get_text(&r, TEXT_SHORT_MAX, &id) && id != NULL && strlen(id) == text_size - 1) {
            memcpy(text, id, text_size);
            buffer_append(answer, read_span(&r, reader_left(&r)));
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

status_t signer_sign(const signer_t *signer, span_t payload, char keyid[SHA256_HEX], buffer_t *signature)
{
    return ask(signer, MESSAGE_SIGN, payload, keyid, SHA256_HEX, signature);
}

status_t signer_derive(const signer_t *signer, span_t payload, sha256_t *secret)
{
    char     nothing[1];
    buffer_t answer = {0};
    status_t status = ask(signer, MESSAGE_DERIVE, payload, nothing, sizeof nothing, &answer);
    if (status_ok(status) && answer.size != sizeof secret->bytes)
        status = status_fail(STATUS_PROTOCOL, signer_id, 0, "the signer said something that does not hold");
    if (status_ok(status))
        memcpy(secret->bytes, answer.at, sizeof secret->bytes);
    if (answer.at != NULL)
        explicit_bzero(answer.at, answer.size);
    buffer_free(&answer);
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
