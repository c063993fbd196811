/* UBIFS: the superblock, and what the registry sees. See ubifs.h for the layout. */
#include "extractors/ubifs.h"

#include "extractors/ubi_crc.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUPER_FIELDS = 128, LEBS_LEAST = 12 };

/* The fields of a superblock that can be one, whatever its CRC says. */
static bool read_super(span_t image, ubifs_super_t *s)
{
    reader_t r = reader_at(image, 16);
    uint32_t length = read_le32(&r);
    uint8_t  type   = read_u8(&r);
    reader_skip(&r, 5);
    s->key_hash      = read_u8(&r);
    s->key_format    = read_u8(&r);
    s->flags         = read_le32(&r);
    s->min_io        = read_le32(&r);
    s->leb_size      = read_le32(&r);
    s->leb_count     = read_le32(&r);
    s->leb_count_max = read_le32(&r);
    s->bud_bytes_max = read_le64(&r);
    s->log_lebs      = read_le32(&r);
    s->lpt_lebs      = read_le32(&r);
    s->orphan_lebs   = read_le32(&r);
    s->heads         = read_le32(&r);
    s->fanout        = read_le32(&r);
    s->lsave_count   = read_le32(&r);
    s->version       = read_le32(&r);
    s->compression   = read_le16(&r);
    reader_skip(&r, 10);
    s->reserved         = read_le64(&r);
    s->time_granularity = read_le32(&r);
    span_t uuid         = read_span(&r, sizeof s->uuid);
    s->ro_compatible    = read_le32(&r);
    if (!reader_ok(&r) || length != UBIFS_SUPER || type != UBIFS_SUPER_NODE || !span_has_text_at(image, 0, "\x31\x18\x10\x06"))
        return false;
    memcpy(s->uuid, uuid.at, sizeof s->uuid);
    uint64_t areas = (uint64_t)UBIFS_LOG_LEB + s->log_lebs + s->lpt_lebs + s->orphan_lebs;
    return s->key_format == 0 && s->leb_size >= UBIFS_LEB_MIN && s->leb_size <= UBIFS_LEB_MAX && s->min_io >= 8 &&
           (s->min_io & (s->min_io - 1)) == 0 && s->leb_size % s->min_io == 0 && s->leb_count >= LEBS_LEAST &&
           s->leb_count <= s->leb_count_max && s->log_lebs >= 2 && s->lpt_lebs >= 2 &&
           s->orphan_lebs >= 1 && areas < s->leb_count && s->fanout >= 3 && s->version >= 1;
}

static bool super_agrees(span_t image)
{
    ubifs_node_t node;
    return ubifs_read_node(span_clip(image, 0, UBIFS_SUPER), &node) && node.type == UBIFS_SUPER_NODE;
}

/* A volume whose first block is lost begins with the master node. */
static bool begins_with_master(span_t image)
{
    ubifs_node_t node;
    return ubifs_read_node(image, &node) && node.type == UBIFS_MASTER_NODE;
}

static unsigned ubifs_probe(span_t image)
{
    ubifs_super_t super;
    if (read_super(image, &super))
        return super_agrees(image) ? 80 : 48;
    if (image.size < SUPER_FIELDS) /* cut off before anything can be proven */
        return span_has_text_at(image, 0, "\x31\x18\x10\x06") && (image.size <= 20 || image.at[20] == UBIFS_SUPER_NODE) ? 32 : 0;
    return begins_with_master(image) ? 64 : 0;
}

/* Without a superblock: the second copy of the master node stands in the next block, which tells the size of one. */
static uint64_t extent_by_masters(span_t image)
{
    for (uint64_t at = UBIFS_LEB_MIN; at <= UBIFS_LEB_MAX && at < image.size;) {
        span_t         rest = span_clip(image, at, UBIFS_LEB_MAX);
        const uint8_t *hit  = memmem(rest.at, rest.size, "\x31\x18\x10\x06", 4);
        if (hit == NULL)
            break;
        at = (uint64_t)(hit - image.at);
        if (at % 512 == 0 && begins_with_master(span_from_offset(image, at))) {
            reader_t r = reader_at(image, 164);
            return min_u64(at * (max_u64(read_le32(&r), LEBS_LEAST) - 1), image.size);
        }
        at++;
    }
    return 0;
}

static uint64_t ubifs_extent(span_t image)
{
    ubifs_super_t super;
    if (read_super(image, &super))
        return min_u64((uint64_t)super.leb_size * super.leb_count, image.size);
    return begins_with_master(image) ? extent_by_masters(image) : 0;
}

/* ---- facts ---- */

static void tell_super(const ubifs_t *fs)
{
    static const char *const compressions[] = {"none", "lzo", "zlib", "zstd"};
    static const struct { uint32_t flag; const char *name; } flags[] = {
        {UBIFS_BIG_LPT, "big-lpt"}, {UBIFS_SPACE_FIXUP, "space-fixup"}, {UBIFS_DOUBLE_HASH, "double-hash"}, {UBIFS_ENCRYPTION, "encryption"},
        {UBIFS_AUTHENTICATION, "authentication"},
    };
    const ubifs_super_t *s = &fs->super;
    char                 text[128];
    size_t               size = 0;
    sink_fact_printf(fs->sink, "ubifs.version", "%u (read-only compatible with %u)", s->version, s->ro_compatible);
    for (size_t i = 0; i < sizeof s->uuid; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%02x%s", s->uuid[i], i == 3 || i == 5 || i == 7 || i == 9 ? "-" : "");
    sink_fact(fs->sink, "ubifs.uuid", text);
    sink_fact_printf(fs->sink, "ubifs.leb-size", "%u", s->leb_size);
    sink_fact_printf(fs->sink, "ubifs.leb-count", "%u of at most %u", s->leb_count, s->leb_count_max);
    sink_fact_printf(fs->sink, "ubifs.min-io", "%u", s->min_io);
    sink_fact(fs->sink, "ubifs.key-hash", s->key_hash == 0 ? "r5" : s->key_hash == 1 ? "test" : "unknown");
    sink_fact(fs->sink, "ubifs.compression", s->compression < 4 ? compressions[s->compression] : "unknown");
    sink_fact_printf(fs->sink, "ubifs.reserved", "%llu", (unsigned long long)s->reserved);
    text[0] = '\0';
    size    = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if ((s->flags & flags[i].flag) != 0)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", size > 0 ? " " : "", flags[i].name);
    sink_fact(fs->sink, "ubifs.flags", text);
}

static void tell_bad_super(const ubifs_t *fs, bool fields)
{
    const char *what = fields ? "the superblock does not agree with its CRC" : "the superblock cannot be read";
    sink_damage(fs->sink, 0, min_u64(UBIFS_SUPER, fs->image.size), what);
    sink_claim(fs->sink, 0, min_u64(fields ? SUPER_FIELDS : UBIFS_HEADER, fs->image.size), REGION_STRUCTURE);
}

/* ---- everything ---- */

static status_t no_memory(void) { return status_fail(STATUS_MEMORY, "ubifs", 0, "out of memory"); }

static status_t open_volume(ubifs_t *fs)
{
    if (!ubifs_scan(fs) || !ubifs_find_live(fs))
        return no_memory();
    status_t status = ubifs_show(fs);
    sink_end_child(fs->sink);
    ubifs_claim_structure(fs);
    return status;
}

static status_t ubifs_extract(span_t image, sink_t *sink)
{
    if (ubifs_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "ubifs", 0, "no UBIFS superblock at the start");
    uint64_t extent = ubifs_extent(image);
    ubifs_t  fs     = {.image = extent > 0 ? span_clip(image, 0, extent) : image, .sink = sink};
    bool     fields = read_super(image, &fs.super);
    fs.super_good   = fields && super_agrees(image);
    if (fs.super_good)
        tell_super(&fs);
    else
        tell_bad_super(&fs, fields);
    if (fs.super_good && fs.image.size % fs.super.leb_size != 0)
        sink_damage(sink, fs.image.size, 0, "the image ends inside a block");
    fs.codecs       = codec_context_new();
    status_t status = fs.codecs != NULL ? open_volume(&fs) : no_memory();
    codec_context_free(fs.codecs);
    free(fs.all.nodes);
    free(fs.live.nodes);
    free(fs.orphans);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static const magic_t magics[] = {MAGIC("\x31\x18\x10\x06", 0)};

const extractor_t ubifs_extractor = {
    .id = "ubifs", .name = "UBIFS file system", .specification = "Linux, fs/ubifs/ubifs-media.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = ubifs_probe, .extent = ubifs_extent, .extract = ubifs_extract,
};
