#include "base/file_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { STEP = 1 << 20 };

status_t file_digest(const char *path, sha256_t *sha256, sha512_t *sha512, uint64_t *size)
{
    hasher_t *hasher = hasher_new(sha512 != NULL);
    uint8_t  *block  = malloc(STEP);
    int       fd     = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t  length = 0;
    status_t  status = hasher == NULL || block == NULL ? status_fail(STATUS_MEMORY, "input", 0, "out of memory") : fd < 0 ? status_fail_io("input", "cannot open") : ok();
    while (status_ok(status)) {
        ssize_t got = read(fd, block, STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = status_fail_io("input", "cannot read");
        if (got <= 0)
            break;
        length += (uint64_t)got;
        status = hasher_add(hasher, span_from(block, (size_t)got));
    }
    if (status_ok(status))
        status = hasher_finish(hasher, sha256, sha512);
    if (size != NULL)
        *size = length;
    if (fd >= 0)
        (void)close(fd);
    free(block);
    hasher_free(hasher);
    return status;
}

status_t file_digest_hex(const char *path, char hex[SHA256_HEX])
{
    sha256_t sha256 = {0};
    status_t status = file_digest(path, &sha256, NULL, NULL);
    hex_encode(sha256.bytes, SHA256_SIZE, hex);
    return status;
}
