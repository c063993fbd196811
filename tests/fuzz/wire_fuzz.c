/* libFuzzer: the coordinator's reader of what a worker says. */
#include "engine/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reader_t r = reader_from(span_from(data, size));
    xattr_t  xattrs[XATTRS_MAX];
    record_t record;
    while (reader_left(&r) > 0 && status_ok(wire_get(&r, &record, xattrs))) {
        buffer_t again = {0};
        wire_put(&again, &record); /* what was believed can be said again */
        if (again.failed || again.size >= PACKET_MAX - 1)
            __builtin_trap();
        buffer_free(&again);
    }
    return 0;
}
