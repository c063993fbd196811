/* The environment of U-Boot: CRC-32 (little- or big-endian, as the machine) of all that follows, in a redundant one a byte that says whether it is
 * current, then NAME=VALUE texts each with a NUL, one more NUL, filling. Its size stands nowhere: those in use are tried.
 * Source: U-Boot, include/env_internal.h; tools/env/fw_env.c. */
#include "extractors/extractor.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { CRC = 4, SMALLEST = 512, LARGEST = 1 << 20, FACTS_MAX = 256, NAME_MAX_BYTES = 64 };

typedef struct { uint64_t size, text_at; bool big; } env_t;

static bool begins_variable(span_t image, uint64_t at)
{
    for (uint64_t i = at; i < at + NAME_MAX_BYTES && i < image.size; i++) {
        uint8_t c = image.at[i];
        if (c == '=')
            return i > at;
        if (c < 0x21 || c > 0x7E)
            return false;
    }
    return false;
}

static bool crc_holds(span_t image, uint64_t text_at, uint64_t size, bool *big)
{
    reader_t le = reader_from(image), be = reader_from(image);
    uint32_t crc = (uint32_t)crc32_z(0, image.at + text_at, (size_t)(size - text_at));
    *big         = read_be32(&be) == crc;
    return *big || read_le32(&le) == crc;
}

static bool find(span_t image, env_t *env)
{
    for (uint64_t text_at = CRC; text_at <= CRC + 1; text_at++) {
        if (!begins_variable(image, text_at))
            continue;
        for (uint64_t size = SMALLEST; size <= LARGEST; size *= 2)
            for (uint64_t part = size; part <= size + size / 2; part += size / 2) /* 2^n, and 3 × 2^n */
                if (part <= image.size && crc_holds(image, text_at, part, &env->big)) {
                    env->size    = part;
                    env->text_at = text_at;
                    return true;
                }
        if (image.size <= LARGEST && image.size > text_at && crc_holds(image, text_at, image.size, &env->big)) {
            env->size    = image.size;
            env->text_at = text_at;
            return true;
        }
    }
    return false;
}

static unsigned uboot_env_probe(span_t image)
{
    env_t env;
    return find(image, &env) ? 32 + 24 : 0;
}

static uint64_t uboot_env_extent(span_t image)
{
    env_t env;
    return find(image, &env) ? env.size : 0;
}

static void say_variable(sink_t *sink, span_t text)
{
    const uint8_t *equals = memchr(text.at, '=', text.size);
    if (equals == NULL)
        return;
    char   key[NAME_MAX_BYTES + 16], value[TEXT_SHORT_MAX];
    size_t name = (size_t)(equals - text.at), size = text.size - name - 1;
    (void)snprintf(key, sizeof key, "uboot-env.%.*s", (int)min_u64(name, NAME_MAX_BYTES), (const char *)text.at);
    (void)snprintf(value, sizeof value, "%.*s", (int)min_u64(size, sizeof value - 1), (const char *)equals + 1);
    sink_fact(sink, key, value);
}

static status_t uboot_env_extract(span_t image, sink_t *sink)
{
    env_t env;
    if (!find(image, &env))
        return status_fail(STATUS_REJECTED, "uboot-env", 0, "no environment whose CRC-32 holds");
    reader_t r     = reader_at(span_clip(image, 0, env.size), env.text_at);
    unsigned facts = 0;
    while (reader_left(&r) > 0 && image.at[r.pos] != 0) {
        span_t         rest = span_from_offset(r.in, r.pos);
        const uint8_t *nul  = memchr(rest.at, 0, rest.size);
        span_t         text = span_clip(rest, 0, nul != NULL ? (uint64_t)(nul - rest.at) : rest.size);
        if (facts++ < FACTS_MAX)
            say_variable(sink, text);
        reader_skip(&r, min_u64(text.size + 1, reader_left(&r)));
    }
    if (facts > FACTS_MAX)
        sink_note(sink, r.pos, "more than 256 variables: the rest stands in the image only");
    /* What follows the variables is under the CRC as well, but it is not explained by them. */
    sink_claim(sink, 0, min_u64(r.pos + 1, env.size), REGION_STRUCTURE);
    return ok();
}

const extractor_t uboot_env_extractor = {
    .id = "uboot-env", .name = "U-Boot environment", .specification = "U-Boot, include/env_internal.h", .reach = REACH_VERIFY,
    .probe = uboot_env_probe, .extent = uboot_env_extent, .extract = uboot_env_extract,
};
