/* QCOW 1 to 3: the disk of QEMU, big-endian. Magic "QFI" FB, version, place and length of the backing file's name; from version 2 on: bits of a
 * cluster, size of the disk, encryption, entries and place of the L1 table, place and clusters of the refcount table, snapshots; from
 * version 3 on: features, width of a refcount, length of the header, kind of compression. An L1 entry leads to an L2 table of one cluster, its
 * entries to clusters: bits 9–55 the place, bit 0 reads as zeros, bit 62 compressed (place and count of sectors share the entry).
 * Clusters that are not there are the backing file's, or zeros. Source: QEMU, docs/interop/qcow2.txt, block/qcow.c. */
#include "extractors/codec.h"
#include "extractors/fs_content.h"
#include "extractors/partition_common.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BITS_MIN = 9, BITS_MAX = 21, SECTOR = 512, V1_HEADER = 48, V2_HEADER = 72, V3_HEADER = 104, NAME_MAX_BYTES = 1023, SNAPSHOTS_MAX = 256,
    INCOMPATIBLE_EXTERNAL = 4, INCOMPATIBLE_EXTENDED_L2 = 16, INCOMPATIBLE_CORRUPT = 2, SUBCLUSTERS = 32
};
#define PLACE_MASK UINT64_C(0x00FFFFFFFFFFFE00)
#define COMPRESSED (UINT64_C(1) << 62)
#define COMPRESSED_V1 (UINT64_C(1) << 63)
#define ZERO_FLAG UINT64_C(1)

typedef struct {
    uint32_t version, bits, l2_bits, crypt, l1_count, header, refcount_clusters, snapshots, backing_size, compression;
    uint64_t backing_at, size, l1_at, refcount_at, snapshots_at, incompatible;
} qcow_t;

typedef struct { qcow_t header; span_t image; sink_t *sink; codec_context_t *codecs; uint8_t *cluster; } disk_t;

static bool read_v1(reader_t *r, qcow_t *q)
{
    q->backing_at   = read_be64(r);
    q->backing_size = read_be32(r);
    reader_skip(r, 4);
    q->size    = read_be64(r);
    q->bits    = read_u8(r);
    q->l2_bits = read_u8(r);
    reader_skip(r, 2);
    q->crypt        = read_be32(r);
    q->l1_at        = read_be64(r);
    q->header       = V1_HEADER;
    if (!reader_ok(r) || q->bits < BITS_MIN || q->bits > BITS_MAX || q->l2_bits < 6 || q->l2_bits > 13 || q->size == 0 || q->size > UINT64_C(1) << 56)
        return false;
    q->l1_count = (uint32_t)min_u64(((q->size - 1) >> (q->bits + q->l2_bits)) + 1, UINT32_MAX);
    return true;
}

static bool read_v2(span_t image, reader_t *r, qcow_t *q)
{
    q->backing_at        = read_be64(r);
    q->backing_size      = read_be32(r);
    q->bits              = read_be32(r);
    q->size              = read_be64(r);
    q->crypt             = read_be32(r);
    q->l1_count          = read_be32(r);
    q->l1_at             = read_be64(r);
    q->refcount_at       = read_be64(r);
    q->refcount_clusters = read_be32(r);
    q->snapshots         = read_be32(r);
    q->snapshots_at      = read_be64(r);
    q->header            = V2_HEADER;
    if (q->version == 3) {
        q->incompatible = read_be64(r);
        reader_skip(r, 20);
        q->header = read_be32(r);
        if (q->header > V3_HEADER && span_holds(image, V3_HEADER, 1))
            q->compression = image.at[V3_HEADER];
    }
    if (!reader_ok(r) || q->bits < BITS_MIN || q->bits > BITS_MAX || q->crypt > 2 || q->size > UINT64_C(1) << 56 || q->l1_at % SECTOR != 0 || q->l1_at == 0)
        return false;
    q->l2_bits = q->bits - ((q->incompatible & INCOMPATIBLE_EXTENDED_L2) != 0 ? 4 : 3);
    uint64_t needed = q->size == 0 ? 0 : ((q->size - 1) >> (q->bits + q->l2_bits)) + 1;
    return q->header <= UINT64_C(1) << q->bits && q->l1_count >= needed;
}

static bool read_header(span_t image, qcow_t *q)
{
    reader_t r = reader_at(image, 4);
    *q         = (qcow_t){.version = read_be32(&r)};
    if (!span_has_text_at(image, 0, "QFI\xFB") || q->backing_size > NAME_MAX_BYTES)
        return false;
    return q->version == 1 ? read_v1(&r, q) : (q->version == 2 || q->version == 3) && read_v2(image, &r, q);
}

static uint64_t be64_at(span_t image, uint64_t at)
{
    reader_t r = reader_at(image, at);
    return read_be64(&r);
}

/* ---- clusters ---- */

static uint64_t cluster_size(const disk_t *d) { return UINT64_C(1) << d->header.bits; }

static void claim(const disk_t *d, uint64_t at, uint64_t length)
{
    if (at < d->image.size)
        sink_claim(d->sink, at, min_u64(length, d->image.size - at), REGION_STRUCTURE);
}

static void write_compressed(disk_t *d, fs_content_t *content, uint64_t entry)
{
    const qcow_t *q = &d->header;
    uint64_t      at, length;
    if (q->version == 1) {
        at     = entry & ((UINT64_C(1) << (63 - q->bits)) - 1);
        length = entry >> (63 - q->bits) & (cluster_size(d) - 1);
    } else {
        unsigned width = 62 - (q->bits - 8);
        at             = entry & ((UINT64_C(1) << width) - 1);
        length         = ((entry & (COMPRESSED - 1)) >> width) * SECTOR + SECTOR - at % SECTOR;
    }
    span_t   packed = span_clip(d->image, at, length);
    size_t   made   = 0;
    status_t status = codec_decode_with(d->codecs, q->compression == 1 ? CODEC_ZSTD : CODEC_DEFLATE, packed, d->cluster, cluster_size(d), &made);
    if (packed.size == 0 || !status_ok(status) || made != cluster_size(d))
        fs_content_lost(content, min_u64(at, d->image.size), packed.size, cluster_size(d), "a compressed cluster does not decode");
    else
        fs_content_decoded(content, span_from(d->cluster, made), at, packed.size);
}

/* Extended L2 entries say for each 32nd of a cluster whether it is there, or reads as zeros. */
static void write_subclusters(disk_t *d, fs_content_t *content, uint64_t place, uint64_t bitmap)
{
    uint64_t part = cluster_size(d) / SUBCLUSTERS;
    for (unsigned i = 0; i < SUBCLUSTERS; i++)
        if ((bitmap >> i & 1) != 0 && place != 0)
            fs_content_run(content, place + i * part, part);
        else
            fs_content_hole(content, part);
}

static void write_cluster(disk_t *d, fs_content_t *content, uint64_t entry, uint64_t bitmap)
{
    const qcow_t *q        = &d->header;
    bool          extended = (q->incompatible & INCOMPATIBLE_EXTENDED_L2) != 0;
    uint64_t      place    = q->version == 1 ? entry : entry & PLACE_MASK;
    if ((entry & (q->version == 1 ? COMPRESSED_V1 : COMPRESSED)) != 0)
        write_compressed(d, content, q->version == 1 ? entry & ~COMPRESSED_V1 : entry);
    else if (extended)
        write_subclusters(d, content, place, bitmap);
    else if (place == 0 || (q->version == 3 && (entry & ZERO_FLAG) != 0))
        fs_content_hole(content, cluster_size(d));
    else
        fs_content_run(content, place, cluster_size(d));
}

static void write_table(disk_t *d, fs_content_t *content, uint64_t table)
{
    bool     extended = (d->header.incompatible & INCOMPATIBLE_EXTENDED_L2) != 0;
    uint64_t count    = UINT64_C(1) << d->header.l2_bits, step = extended ? 16 : 8;
    if (!span_holds(d->image, table, count * step)) {
        fs_content_lost(content, min_u64(table, d->image.size), 0, count * cluster_size(d), "an L2 table lies behind the end of the image");
        return;
    }
    claim(d, table, count * step);
    for (uint64_t i = 0; i < count && !fs_content_full(content); i++)
        write_cluster(d, content, be64_at(d->image, table + i * step), extended ? be64_at(d->image, table + i * step + 8) : 0);
}

static status_t write_disk(disk_t *d, child_t *child, uint64_t l1_at, uint32_t l1_count, uint64_t size)
{
    fs_content_t content;
    uint64_t     span = cluster_size(d) << d->header.l2_bits;
    fs_content_begin(&content, child, d->image, size);
    claim(d, l1_at, (uint64_t)l1_count * 8);
    for (uint32_t i = 0; i < l1_count && !fs_content_full(&content); i++) {
        if (!span_holds(d->image, l1_at, ((uint64_t)i + 1) * 8))
            return fs_content_end_lost(&content, d->image.size, "the image ends inside the L1 table");
        uint64_t entry = be64_at(d->image, l1_at + (uint64_t)i * 8), table = d->header.version == 1 ? entry : entry & PLACE_MASK;
        if (table == 0)
            fs_content_hole(&content, span);
        else
            write_table(d, &content, table);
    }
    return fs_content_end(&content);
}

/* ---- what stands beside the clusters ---- */

static void claim_refcounts(const disk_t *d)
{
    const qcow_t *q = &d->header;
    claim(d, q->refcount_at, q->refcount_clusters * cluster_size(d));
    uint64_t count = min_u64(q->refcount_clusters * cluster_size(d), span_clip(d->image, q->refcount_at, UINT64_MAX).size) / 8;
    for (uint64_t i = 0; q->version > 1 && i < count; i++) {
        uint64_t block = be64_at(d->image, q->refcount_at + i * 8) & PLACE_MASK;
        if (block != 0)
            claim(d, block, cluster_size(d));
    }
}

static void say_backing(const disk_t *d)
{
    char   name[NAME_MAX_BYTES + 1] = "";
    span_t text                     = span_sub(d->image, d->header.backing_at, d->header.backing_size);
    if (d->header.backing_at == 0 || d->header.backing_size == 0 || text.at == NULL)
        return;
    memcpy(name, text.at, text.size < NAME_MAX_BYTES ? text.size : NAME_MAX_BYTES);
    claim(d, d->header.backing_at, text.size);
    sink_fact(d->sink, "qcow2.backing-file", name);
    sink_limit(d->sink, d->header.backing_at, text.size, "parent", "the disk builds on a backing file that is not here: zeros stand in its place");
}

static bool show_disk(disk_t *d, span_t path, uint64_t l1_at, uint32_t l1_count, uint64_t size)
{
    child_t *child = sink_child(d->sink, &(child_info_t){.path = path, .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    status_t status = write_disk(d, child, l1_at, l1_count, size);
    sink_end_child(d->sink);
    return status_ok(status);
}

/* Older states of the disk, each with its own L1 table. */
static void show_snapshots(disk_t *d)
{
    const qcow_t *q     = &d->header;
    partitions_t  names = {.sink = d->sink};
    reader_t      r     = reader_at(d->image, q->snapshots_at);
    for (uint32_t i = 0; q->version > 1 && i < q->snapshots; i++) {
        size_t from = r.pos;
        if (i == SNAPSHOTS_MAX) {
            sink_limit(d->sink, r.pos, 0, "snapshots", "more than 256 snapshots: the rest was not opened");
            break;
        }
        uint64_t l1_at    = read_be64(&r);
        uint32_t l1_count = read_be32(&r);
        uint16_t id       = read_be16(&r), name = read_be16(&r);
        reader_skip(&r, 20);
        uint32_t extra = read_be32(&r);
        reader_t more  = reader_from(read_span(&r, extra));
        reader_skip(&more, 8);
        uint64_t size = extra >= 16 ? read_be64(&more) : q->size;
        reader_skip(&r, id);
        span_t   text = read_span(&r, name);
        buffer_t path = {0};
        if (!reader_ok(&r)) {
            sink_damage(d->sink, from, 0, "the list of snapshots cannot be read to its end");
            break;
        }
        claim(d, from, r.pos - from);
        r.pos = (size_t)min_u64(round_up(r.pos, 8), d->image.size);
        buffer_append_text(&path, "snapshot-");
        buffer_append(&path, text);
        bool good = !path.failed && show_disk(d, partition_name(&names, buffer_span(&path), i), l1_at, l1_count, min_u64(size, UINT64_C(1) << 56));
        buffer_free(&path);
        if (!good)
            break;
    }
    partitions_free(&names);
}

static unsigned qcow2_probe(span_t image)
{
    qcow_t q;
    return read_header(image, &q) ? 64 + 24 : 0;
}

/* The highest cluster that anything leads to. */
static uint64_t qcow2_extent(span_t image)
{
    qcow_t   q;
    uint64_t end = 0;
    if (!read_header(image, &q))
        return 0;
    uint64_t cluster = UINT64_C(1) << q.bits;
    if (q.version == 1)
        return image.size;
    /* A refcount of not 0 marks a cluster in use, whatever uses it. */
    uint64_t blocks = min_u64(q.refcount_clusters * cluster, span_clip(image, q.refcount_at, UINT64_MAX).size) / 8;
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t block = be64_at(image, q.refcount_at + i * 8) & PLACE_MASK;
        span_t   counts = span_sub(image, block, cluster);
        if (block == 0 || counts.at == NULL)
            continue;
        size_t last = counts.size;
        while (last > 0 && counts.at[last - 1] == 0)
            last--;
        uint64_t used;
        if (last > 0 && checked_mul(i * (cluster / 2) + (last + 1) / 2, cluster, &used))
            end = max_u64(end, used);
    }
    return end == 0 ? image.size : min_u64(end, image.size);
}

static status_t open_disk(disk_t *d)
{
    const qcow_t *q = &d->header;
    claim(d, 0, q->header);
    if (q->version > 1)
        claim(d, 0, cluster_size(d)); /* header extensions and the name of the backing file */
    sink_fact_printf(d->sink, "qcow2.version", "%" PRIu32, q->version);
    sink_fact_printf(d->sink, "qcow2.size", "%" PRIu64, q->size);
    claim_refcounts(d);
    say_backing(d);
    if ((q->incompatible & INCOMPATIBLE_CORRUPT) != 0)
        sink_damage(d->sink, 72, 8, "the image is marked as corrupt by the program that wrote it");
    if (q->crypt != 0 || (q->incompatible & INCOMPATIBLE_EXTERNAL) != 0) {
        sink_limit(d->sink, 0, d->image.size, q->crypt != 0 ? "encrypted" : "parent",
                   q->crypt != 0 ? "the disk is encrypted: its content was not examined" : "the disk's data stand in a file of their own that is not here");
        return ok();
    }
    d->codecs  = codec_context_new();
    d->cluster = malloc(cluster_size(d));
    if (d->codecs == NULL || d->cluster == NULL)
        return status_fail(STATUS_MEMORY, "qcow2", 0, "out of memory");
    if (show_disk(d, span_from_text("disk"), q->l1_at, q->l1_count, q->size))
        show_snapshots(d);
    return ok();
}

static status_t qcow2_extract(span_t image, sink_t *sink)
{
    disk_t d = {.image = image, .sink = sink};
    if (!read_header(image, &d.header))
        return status_fail(STATUS_REJECTED, "qcow2", 0, "not a QCOW header");
    status_t status = open_disk(&d);
    codec_context_free(d.codecs);
    free(d.cluster);
    return status;
}

static const magic_t magics[] = {MAGIC("QFI\xFB", 0)};

const extractor_t qcow2_extractor = {
    .id = "qcow2", .name = "QEMU disk image (QCOW 1 to 3)", .specification = "QEMU, docs/interop/qcow2.txt", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = qcow2_probe, .extent = qcow2_extent, .extract = qcow2_extract,
};
