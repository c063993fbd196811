/* YAFFS, the Yet Another Flash File System: a log of chunks, each a page of NAND, with tags in the spare area (or at the end of the page)
 * that say to which object it belongs.
 *   YAFFS1 tags, 8 bytes of bit fields: chunk 20, serial 2, bytes 10, object 18, sum 12, bytes 2; page status 0xFF while in use
 *   YAFFS2 tags: sequence number of the block, object, chunk, bytes, and perhaps a code over these 16 bytes
 *   object header (chunk 0), 512 bytes: type, parent, FFFF, name[256], mode, owners, times, size, equivalent object, alias[160], device,
 *   …, shadowed object, shrink; behind it extended attributes
 * Objects 1 to 4 are the root, lost+found, and where the unlinked and the deleted are kept. The newest write of each chunk counts.
 * Sources: C. Manning, "How YAFFS Works", 2012; yaffs2, yaffs_guts.h, yaffs_packedtags1.h, yaffs_packedtags2.h (layouts). */
#include "extractors/yaffs.h"

#include <stdlib.h>

/* More than the code of a NAND page proves: without the tags these pages mean little. */
enum { BITS_OF_A_HEADER = 80, BITS_OF_A_CHUNK = 24, BITS_MAX = 500, DUMP_MIN = 64 << 10, DUMP_HEADERS_MIN = 2, DUMP_CHUNKS_MIN = 8 };

static unsigned bits_of(const yaffs_layout_t *l)
{
    unsigned bits = l->headers * BITS_OF_A_HEADER + l->chunks * BITS_OF_A_CHUNK;
    return bits < BITS_MAX ? bits : BITS_MAX;
}

static unsigned yaffs_probe(span_t image)
{
    yaffs_layout_t layout;
    return yaffs_find_layout(image, true, &layout) ? bits_of(&layout) : 0;
}

static uint64_t yaffs_extent(span_t image)
{
    yaffs_layout_t layout;
    return yaffs_find_layout(image, true, &layout) ? yaffs_find_end(image, &layout) : 0;
}

/* A log of which the first page holds content: only when many pages agree. */
static bool is_used_log(span_t image, yaffs_layout_t *layout)
{
    yaffs_header_t header;
    if (image.size < DUMP_MIN || yaffs_read_header(image, false, 0, &header) || yaffs_read_header(image, true, 0, &header))
        return false;
    return yaffs_find_layout(image, false, layout) && layout->headers >= DUMP_HEADERS_MIN && layout->headers + layout->chunks >= DUMP_CHUNKS_MIN;
}

static unsigned yaffs_log_probe(span_t image)
{
    yaffs_layout_t layout;
    return is_used_log(image, &layout) ? bits_of(&layout) : 0;
}

static uint64_t yaffs_log_extent(span_t image)
{
    yaffs_layout_t layout;
    return is_used_log(image, &layout) ? yaffs_find_end(image, &layout) : 0;
}

/* ---- extraction ---- */

static void tell_facts(const yaffs_t *fs)
{
    const yaffs_layout_t *l       = &fs->layout;
    size_t                deleted = 0;
    for (size_t i = 0; i < fs->object_count; i++)
        deleted += fs->objects[i].deleted;
    sink_fact(fs->sink, "yaffs.version", l->form == YAFFS2_TAGS ? "2" : "1");
    sink_fact(fs->sink, "yaffs.byte-order", l->big ? "big-endian" : "little-endian");
    sink_fact_printf(fs->sink, "yaffs.page-size", "%u", (unsigned)l->page);
    sink_fact_printf(fs->sink, "yaffs.spare-size", "%u", (unsigned)l->spare);
    const char *where = l->inband ? "inside the page" : l->form == YAFFS1_SPLIT ? "in the spare area, around the code" : "in the spare area";
    sink_fact_printf(fs->sink, "yaffs.tags", "%s%s at byte %u", where,
                     l->tags_have_code ? ", with a code of their own," : "", (unsigned)(l->inband ? l->tags_at : l->tags_at - l->page));
    sink_fact_printf(fs->sink, "yaffs.chunks", "%llu", (unsigned long long)fs->pages);
    sink_fact_printf(fs->sink, "yaffs.objects", "%zu", fs->object_count);
    sink_fact_printf(fs->sink, "yaffs.deleted-objects", "%zu", deleted);
    if (fs->checkpoints > 0)
        sink_fact_printf(fs->sink, "yaffs.checkpoint-pages", "%llu", (unsigned long long)fs->checkpoints);
    if (fs->corrected > 0)
        sink_fact_printf(fs->sink, "yaffs.corrected-tags", "%llu", (unsigned long long)fs->corrected);
}

/* Pages that tags explain are structure where no file has claimed them: headers, and what was superseded. */
static void claim_pages(const yaffs_t *fs)
{
    uint64_t stride = yaffs_stride(&fs->layout);
    for (uint64_t at = 0; at < fs->end; at += stride) {
        yaffs_tags_t tags;
        yaffs_page_t page = yaffs_read_tags(fs->image, &fs->layout, at, &tags);
        if (page == YAFFS_PAGE_USED || page == YAFFS_PAGE_CHECKPOINT)
            sink_claim(fs->sink, at, fs->layout.page, REGION_STRUCTURE);
        if (page != YAFFS_PAGE_ERASED)
            sink_claim(fs->sink, at + fs->layout.page, fs->layout.spare, REGION_SPARE);
    }
    uint64_t left = fs->image.size - fs->end;
    if (left > 0 && left < stride && !span_is_filled_with(span_from_offset(fs->image, fs->end), 0xFF))
        sink_damage(fs->sink, fs->end, left, "the image ends inside a page");
}

static status_t extract_with(span_t image, sink_t *sink, const yaffs_layout_t *layout)
{
    yaffs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "yaffs", 0, "out of memory");
    *fs = (yaffs_t){.image = image, .sink = sink, .layout = *layout, .cut = image.size % yaffs_stride(layout) != 0};
    status_t status = yaffs_read_log(fs) ? ok() : status_fail(STATUS_MEMORY, "yaffs", 0, "out of memory");
    if (status_ok(status)) {
        tell_facts(fs);
        status = yaffs_show_tree(fs);
        sink_end_child(sink);
    }
    if (status_ok(status) || status.code == STATUS_LIMIT)
        claim_pages(fs);
    yaffs_free_log(fs);
    free(fs);
    return status.code == STATUS_LIMIT ? ok() : status;
}

static status_t yaffs_extract(span_t image, sink_t *sink)
{
    yaffs_layout_t layout;
    if (!yaffs_find_layout(image, true, &layout))
        return status_fail(STATUS_REJECTED, "yaffs", 0, "no object header whose tags agree");
    return extract_with(image, sink, &layout);
}

static status_t yaffs_log_extract(span_t image, sink_t *sink)
{
    yaffs_layout_t layout;
    if (!is_used_log(image, &layout))
        return status_fail(STATUS_REJECTED, "yaffs_log", 0, "too few pages whose tags agree");
    return extract_with(image, sink, &layout);
}

/* A header of what stands in the root. */
static const magic_t magics[] = {MAGIC("\x01\x00\x00\x00\xFF\xFF", 4), MAGIC("\x00\x00\x00\x01\xFF\xFF", 4)};

const extractor_t yaffs_extractor = {
    .id = "yaffs", .name = "YAFFS file system", .specification = "C. Manning, \"How YAFFS Works\"; yaffs2, yaffs_guts.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = yaffs_probe, .extent = yaffs_extent, .extract = yaffs_extract,
};

const extractor_t yaffs_log_extractor = {
    .id = "yaffs_log", .name = "YAFFS file system that begins inside a file",
    .specification = "C. Manning, \"How YAFFS Works\"; yaffs2, yaffs_guts.h",
    .reach = REACH_EXTRACT,
    .probe = yaffs_log_probe, .extent = yaffs_log_extent, .extract = yaffs_log_extract,
};
