#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

status_t status_fail_io(const char *subsystem, const char *what)
{
    return (status_t){.code = STATUS_IO, .os_error = errno, .format = subsystem, .what = what};
}

void status_print(status_t status, char *out, size_t out_size)
{
    char        where[96] = "";
    char        text[128] = "";
    const char *what      = status.what != NULL ? status.what : "no reason given";
    if (status.format != NULL && status.offset != 0)
        (void)snprintf(where, sizeof where, "%s at offset %" PRIu64 ": ", status.format, status.offset);
    else if (status.format != NULL)
        (void)snprintf(where, sizeof where, "%s: ", status.format);
    if (status.os_error != 0) {
        char buffer[96];
        (void)snprintf(text, sizeof text, " (%s)", strerror_r(status.os_error, buffer, sizeof buffer));
    }
    (void)snprintf(out, out_size, "%s%s%s", where, what, text);
}
