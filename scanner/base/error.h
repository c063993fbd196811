/* The one error type. Damage in an input is a record (see model/sink.h), not an error; errors are what the program cannot do. */
#ifndef ASSAY_BASE_ERROR_H
#define ASSAY_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    STATUS_OK,
    STATUS_REJECTED,   /* the bytes are not of this format after all: everything said since the probe is taken back */
    STATUS_DAMAGED,    /* the format is right, the bytes are not; the caller records the damage */
    STATUS_LIMIT,      /* a bound was reached; the caller records the limit */
    STATUS_MEMORY,
    STATUS_IO,         /* os_error says why */
    STATUS_PROTOCOL,   /* a peer process said something it may not say */
    STATUS_CRYPTO,     /* keys, signatures, digests */
    STATUS_INVALID,    /* a file of ours (policy, report, rule, knowledge base) or an argument is wrong */
    STATUS_UNSUPPORTED /* this machine or this build cannot do it */
} status_code_t;

typedef struct {
    status_code_t code;
    int           os_error; /* errno value, or 0 */
    const char   *format;   /* extractor id or subsystem; static text, may be NULL */
    const char   *what;     /* one line, static text: what happened and, where it helps, what to do; NULL when OK */
    uint64_t      offset;   /* inside the bytes that `format` was reading; 0 when it does not apply */
} status_t;

static inline bool status_ok(status_t s) { return s.code == STATUS_OK; }

static inline status_t ok(void) { return (status_t){0}; }

static inline status_t status_fail(status_code_t code, const char *format, uint64_t offset, const char *what)
{
    return (status_t){.code = code, .format = format, .what = what, .offset = offset};
}

/* As status_fail(STATUS_IO …) with errno kept. Call it before anything can change errno. */
status_t status_fail_io(const char *subsystem, const char *what);

/* "format at offset N: what (os error)" into `out`, always NUL-terminated. */
void status_print(status_t status, char *out, size_t out_size);

#endif
