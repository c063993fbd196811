#include "extractors/kernel_content.h"

#include "extractors/kernel_stream.h"

#include <stdio.h>

enum { BANNER_MAX = 400, TRIES_MAX = 64, CPIO_HEADER = 110 };

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* "Linux version " then digits and dots, anything that a release may hold, " (" … */
static bool read_banner(span_t s, kernel_banner_t *banner)
{
    static const size_t prefix = sizeof "Linux version " - 1;
    size_t              at = prefix, dots = 0;
    if (s.size <= prefix || !is_digit(s.at[prefix]))
        return false;
    for (; at < s.size && at < prefix + 128 && s.at[at] > ' ' && s.at[at] < 0x7F; at++)
        dots += s.at[at] == '.' && is_digit(s.at[at - 1]);
    if (dots < 2 || !span_has_text_at(s, at, " ("))
        return false;
    banner->version = span_sub(s, prefix, at - prefix);
    for (; at < s.size && at < BANNER_MAX && s.at[at] != '\n' && s.at[at] != '\0'; at++)
        if (s.at[at] < ' ')
            return false;
    banner->text = span_clip(s, 0, at);
    return memmem(banner->text.at, banner->text.size, "@", 1) != NULL;
}

bool kernel_banner_find(span_t body, kernel_banner_t *banner)
{
    static const char text[] = "Linux version ";
    for (uint64_t at = 0; at < body.size;) {
        span_t         rest = span_from_offset(body, at);
        const uint8_t *hit  = memmem(rest.at, rest.size, text, sizeof text - 1);
        if (hit == NULL)
            return false;
        at = (uint64_t)(hit - body.at);
        if (read_banner(span_from_offset(body, at), banner))
            return true;
        at++;
    }
    return false;
}

bool kernel_say_banner(span_t body, sink_t *sink)
{
    kernel_banner_t banner;
    if (!kernel_banner_find(body, &banner))
        return false;
    sink_fact_printf(sink, "kernel.version", "%.*s", (int)banner.version.size, (const char *)banner.version.at);
    sink_fact_printf(sink, "kernel.banner", "%.*s", (int)banner.text.size, (const char *)banner.text.at);
    return true;
}

static void add_child(sink_t *sink, const char *path, uint64_t offset, uint64_t length)
{
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return;
    child_range(child, offset, length);
    sink_end_child(sink);
}

/* kernel/configs.c: "IKCFG_ST", a gzip stream, "IKCFG_ED". */
static void add_config(span_t area, uint64_t from, sink_t *sink)
{
    span_t         body  = span_from_offset(area, from);
    const uint8_t *start = body.size > 0 ? memmem(body.at, body.size, "IKCFG_ST\x1F\x8B\x08", 11) : NULL;
    if (start == NULL)
        return;
    uint64_t       at   = (uint64_t)(start - area.at) + 8;
    span_t         rest = span_from_offset(area, at);
    const uint8_t *end  = memmem(rest.at, rest.size, "IKCFG_ED", 8);
    if (end == NULL)
        return;
    sink_claim(sink, at - 8, 8, REGION_STRUCTURE);
    add_child(sink, "config.gz", at, (uint64_t)(end - rest.at));
    sink_claim(sink, at + (uint64_t)(end - rest.at), 8, REGION_STRUCTURE);
}

static bool read_hex(span_t header, size_t at, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < 8; i++) {
        uint8_t c = header.at[at + i], low = c | 0x20;
        if (!is_digit(c) && (low < 'a' || low > 'f'))
            return false;
        *value = *value << 4 | (uint32_t)(is_digit(c) ? c - '0' : low - 'a' + 10);
    }
    return true;
}

/* Length of a "newc" cpio archive up to and with its trailer; 0 when its members do not lead there. */
static uint64_t cpio_length(span_t s)
{
    for (uint64_t at = 0;;) {
        span_t   header = span_sub(s, at, CPIO_HEADER);
        uint32_t size, name;
        if (header.at == NULL || memcmp(header.at, "07070", 5) != 0 || (header.at[5] != '1' && header.at[5] != '2') ||
            !read_hex(header, 54, &size) || !read_hex(header, 94, &name) || name == 0 || name > 4096)
            return 0;
        if (name == sizeof "TRAILER!!!" && span_has_text_at(s, at + CPIO_HEADER, "TRAILER!!!"))
            return min_u64(round_up(at + CPIO_HEADER + name, 4), s.size);
        at = round_up(round_up(at + CPIO_HEADER + name, 4) + size, 4);
    }
}

/* Plain archives first: a small default one is in every kernel; then streams whose first decoded bytes are an archive's. */
static bool add_plain_initramfs(span_t area, uint64_t from, sink_t *sink)
{
    uint64_t at = from, tries = 0;
    for (const uint8_t *hit; tries < TRIES_MAX && at < area.size; tries++, at++) {
        span_t rest = span_from_offset(area, at);
        if ((hit = memmem(rest.at, rest.size, "070701", 6)) == NULL)
            return false;
        at              = (uint64_t)(hit - area.at);
        uint64_t length = cpio_length(span_from_offset(area, at));
        if (length == 0)
            continue;
        add_child(sink, "initramfs", at, length);
        return true;
    }
    return false;
}

static void add_compressed_initramfs(span_t area, uint64_t from, sink_t *sink)
{
    static const span_t magics[] = {
        {(const uint8_t *)"\x1F\x8B\x08\0", 4}, {(const uint8_t *)"\xFD" "7zXZ\0", 6}, {(const uint8_t *)"\x28\xB5\x2F\xFD", 4},
        {(const uint8_t *)"\x5D\0\0", 3},
    };
    for (size_t m = 0; m < sizeof magics / sizeof magics[0]; m++) {
        uint64_t at = from;
        for (size_t tries = 0; tries < TRIES_MAX; tries++, at++) {
            span_t         rest = span_from_offset(area, at);
            const uint8_t *hit  = rest.size > 0 ? memmem(rest.at, rest.size, magics[m].at, magics[m].size) : NULL;
            uint8_t        head[6];
            const char    *format;
            if (hit == NULL)
                break;
            at          = (uint64_t)(hit - area.at);
            span_t here = span_from_offset(area, at);
            if (!kernel_stream_head(here, head, sizeof head) || memcmp(head, "07070", 5) != 0)
                continue;
            uint64_t length = kernel_stream_length(here, &format);
            if (length == 0)
                continue;
            add_child(sink, "initramfs", at, length);
            return;
        }
    }
}

void kernel_add_children(span_t image, uint64_t from, uint64_t to, sink_t *sink)
{
    span_t area = span_clip(image, 0, to);
    add_config(area, from, sink);
    if (!add_plain_initramfs(area, from, sink))
        add_compressed_initramfs(area, from, sink);
}
