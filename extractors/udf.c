/* UDF. From 32 KiB on a sequence of 2048-byte descriptors that says NSR02 or NSR03; at sector 256, and at the end, an anchor that leads to
 * the volume descriptors, twice; these name partitions and, through maps that may be virtual, sparable or kept in a file of metadata,
 * the file set with its root. Files are entries with lists of extents, directories are files of identifiers. Nearly every structure
 * begins with a tag: identifier, checksum, CRC. Source: ECMA-167, 3rd edition; OSTA UDF 2.60. */
#include "extractors/udf.h"

#include <stdio.h>

static unsigned udf_probe(span_t image)
{
    udf_volume_t volume;
    if (!udf_open(image, NULL, &volume))
        return 0;
    udf_close(&volume);
    return 40 + 24; /* a word of the recognition sequence; an anchor with checksum and CRC in its place. Less than ISO 9660 has, on a bridge */
}

uint64_t udf_end(span_t image)
{
    udf_volume_t volume;
    if (!udf_open(image, NULL, &volume))
        return 0;
    udf_close(&volume);
    return volume.end;
}

/* A dstring: the last byte says how many are used. */
static void say_text(sink_t *sink, const char *key, span_t field)
{
    if (field.size < 2)
        return;
    buffer_t text = {0};
    udf_append_text(&text, span_clip(field, 0, min_u64(field.at[field.size - 1], field.size - 1)));
    buffer_append_byte(&text, 0);
    if (!text.failed && text.at[0] != 0)
        sink_fact(sink, key, (const char *)text.at);
    buffer_free(&text);
}

/* The identifier of an entity: flags, 23 characters. */
static void say_entity(sink_t *sink, const char *key, span_t entity)
{
    if (entity.size >= 24 && entity.at[1] != 0)
        sink_fact_printf(sink, key, "%.23s", (const char *)entity.at + 1);
}

static void say_facts(const udf_volume_t *v)
{
    static const char *const kinds[] = {[UDF_PHYSICAL] = "physical", [UDF_VIRTUAL] = "virtual", [UDF_SPARABLE] = "sparable",
        [UDF_METADATA] = "metadata"};
    sink_fact_printf(v->sink, "udf.revision", "%x.%02x", v->revision >> 8u, v->revision & 0xFFu);
    sink_fact_printf(v->sink, "udf.block_size", "%u", v->block);
    for (size_t i = 0; i < v->partition_count; i++) {
        char key[48];
        (void)snprintf(key, sizeof key, "udf.partition.%zu", i);
        sink_fact_printf(v->sink, key, "%s, %u blocks from sector %u", kinds[v->partitions[i].kind], v->partitions[i].blocks, v->partitions[i].start);
    }
    span_t primary = span_sub(v->image, v->primary, 512), logical = span_sub(v->image, v->logical, 440);
    if (v->primary != 0) {
        int64_t recorded;
        say_text(v->sink, "udf.volume", span_sub(primary, 24, 32));
        say_text(v->sink, "udf.volume_set", span_sub(primary, 72, 128));
        say_entity(v->sink, "udf.application", span_sub(primary, 344, 32));
        say_entity(v->sink, "udf.implementation", span_sub(primary, 388, 32));
        if (udf_time(span_sub(primary, 376, 12), &recorded))
            sink_fact_printf(v->sink, "udf.recorded", "%lld", (long long)recorded);
    }
    say_text(v->sink, "udf.logical_volume", span_sub(logical, 84, 128));
    if (v->integrity != 0) {
        reader_t r = reader_at(v->image, v->integrity + 28);
        sink_fact(v->sink, "udf.integrity", read_le32(&r) == 1 ? "closed" : "open: it was not closed after the last write");
    }
}

static void claim_boot_area(const udf_volume_t *v)
{
    span_t area = span_clip(v->image, 0, 32768);
    if (span_is_filled_with(area, 0))
        return;
    child_t *child = sink_child(v->sink, &(child_info_t){.path = span_from_text("system-area"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, 0, area.size);
    sink_end_child(v->sink);
}

static status_t udf_extract(span_t image, sink_t *sink)
{
    udf_volume_t v;
    if (!udf_open(image, sink, &v))
        return status_fail(STATUS_REJECTED, "udf", 0, "no recognition sequence with an anchor");
    status_t status = ok();
    if (v.partition_count == 0) {
        sink_damage(sink, v.anchor * v.block, v.block, "the volume descriptors are not complete: what the volume holds is not known");
    } else {
        uint64_t promised = 0;
        bool     once     = false; /* a disc that is written once is not full, and its image shorter than its partition */
        for (size_t i = 0; i < v.partition_count; i++) {
            promised = max_u64(promised, ((uint64_t)v.partitions[i].start + v.partitions[i].blocks) * v.block);
            once     = once || v.partitions[i].kind == UDF_VIRTUAL;
        }
        if (promised > image.size && !once)
            sink_damage(sink, image.size, 0, "the image ends before its partition does");
        v.image = span_clip(image, 0, v.end);
        say_facts(&v);
        claim_boot_area(&v);
        status = udf_map_partitions(&v) ? udf_show(&v, (span_t){0}) : status_fail(STATUS_MEMORY, "udf", 0, "out of memory");
    }
    udf_close(&v);
    return status.code == STATUS_LIMIT ? ok() : status;
}

/* The recognition sequence, alone or behind the descriptors of ISO 9660; one of its words may be damaged. */
#define WORDS_AT(offset) MAGIC("BEA01", (offset) + 1), MAGIC("NSR02", (offset) + 1), MAGIC("NSR03", (offset) + 1)

static const magic_t magics[] = {WORDS_AT(32768), WORDS_AT(34816), WORDS_AT(36864), WORDS_AT(38912), WORDS_AT(40960)};

const extractor_t udf_extractor = {
    .id = "udf", .name = "UDF", .specification = "ECMA-167, 3rd edition; OSTA Universal Disk Format 2.60", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = udf_probe, .extent = udf_end, .extract = udf_extract,
};
