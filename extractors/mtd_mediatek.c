/* MediaTek's table: "1vTP" (or "1vPM" in its copy), version; then entries: name (64 bytes), size, id, offset, flags (64 bits each).
 * Little-endian. Offsets count from the start of the flash. */
#include "extractors/mtd.h"

enum { HEADER = 8, ENTRY = 96, NAME = 64, PLACES_MAX = 32 };

void mtd_from_mediatek(span_t dump, const mtd_judge_t *judge)
{
    static const char magic[] = "1vTP";
    const uint8_t    *at = dump.at, *end = dump.at + dump.size;
    for (size_t n = 0; n < PLACES_MAX && (at = memmem(at, (size_t)(end - at), magic, sizeof magic - 1)) != NULL; n++) {
        uint64_t     place  = (uint64_t)(at - dump.at);
        reader_t     r      = reader_at(dump, place + HEADER);
        mtd_layout_t layout = {.source = "MediaTek partition table", .found_at = place, .bits = 48};
        at += sizeof magic - 1;
        for (;;) {
            span_t   name = read_span(&r, NAME);
            uint64_t size = read_le64(&r);
            reader_skip(&r, 8);
            uint64_t offset = read_le64(&r);
            reader_skip(&r, 8);
            if (!reader_ok(&r) || name.at[0] < 0x21 || name.at[0] > 0x7E || memchr(name.at, 0, NAME) == NULL)
                break;
            /* The last of them takes what remains. */
            if (!mtd_add(&layout, name, offset, size != 0 ? size : dump.size > offset ? dump.size - offset : 0))
                break;
        }
        judge->judge(judge->context, &layout);
    }
}
