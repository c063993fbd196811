#include "analysis/similar.h"

#include "analysis/files.h"
#include "analysis/yaml.h"

#include <fuzzy.h>
#include <stdlib.h>

_Static_assert(FUZZY_MAX_RESULT <= SIMILAR_TEXT, "a hash fits");

typedef struct { const char *name, *hash; unsigned long block; } sample_t; /* block: size of a piece; only neighbours can be compared */
struct similar { const char *vendor; const sample_t *samples; size_t count; };

static unsigned long block_of(const char *hash) { return strtoul(hash, NULL, 10); }

static void read_samples(yaml_t *yaml, struct fy_node *root, similar_t *similar)
{
    static const char *const keys[] = {"name", "size", "fuzzy", NULL};
    size_t    count   = yaml_count(yaml, root, "samples");
    sample_t *samples = count <= SIMILAR_SAMPLES_MAX ? arena_array(yaml->arena, count, sizeof *samples) : NULL;
    if (samples == NULL)
        yaml_complain(yaml, root, "too many samples: at most 100000");
    for (size_t i = 0; i < count && yaml_ok(yaml); i++) {
        struct fy_node *node = yaml_item(yaml, root, "samples", i);
        if (!yaml_allow_keys(yaml, node, keys))
            return;
        samples[i] = (sample_t){.name = yaml_text(yaml, node, "name"), .hash = yaml_text(yaml, node, "fuzzy")};
        (void)yaml_number(yaml, node, "size", SIMILAR_BYTES_MIN, SIMILAR_BYTES_MAX);
        if (!yaml_ok(yaml))
            return;
        samples[i].block = block_of(samples[i].hash);
        if (strlen(samples[i].hash) >= SIMILAR_TEXT || fuzzy_compare(samples[i].hash, samples[i].hash) < 0)
            yaml_complain(yaml, node, "\"%s\" is no ssdeep hash", samples[i].hash);
    }
    similar->samples = samples;
    similar->count   = count;
}

similar_t *similar_load(const char *path, const knowledge_t *knowledge, arena_t *arena, report_source_t *source, const char **why)
{
    static const char *const keys[] = {"vendor", "samples", NULL};
    data_files_t file;
    yaml_t       yaml;
    similar_t   *similar = arena_alloc(arena, sizeof *similar);
    *why                 = "out of memory";
    if (similar == NULL || !status_ok(file_read(path, arena, &file, why)))
        return NULL;
    yaml_open(&yaml, path, file.files[0].content, arena);
    struct fy_node *root = yaml_root(&yaml);
    *similar             = (similar_t){.vendor = NULL};
    if (yaml_allow_keys(&yaml, root, keys)) {
        similar->vendor = yaml_text(&yaml, root, "vendor");
        if (yaml_ok(&yaml) && knowledge_vendor(knowledge, similar->vendor) == NULL)
            yaml_complain(&yaml, root, "no vendor has the id \"%s\"", similar->vendor);
        read_samples(&yaml, root, similar);
    }
    yaml_close(&yaml);
    if (!yaml_ok(&yaml)) {
        *why = yaml.why;
        return NULL;
    }
    *source = (report_source_t){.name = arena_printf(arena, "similar: %s", file.files[0].name), .digest = arena_text(arena, span_from_text(file.digest)),
                                .count = similar->count};
    return source->name != NULL && source->digest != NULL ? similar : NULL;
}

bool similar_hash(span_t bytes, char hash[SIMILAR_TEXT])
{
    return bytes.size >= SIMILAR_BYTES_MIN && bytes.size <= SIMILAR_BYTES_MAX && fuzzy_hash_buf(bytes.at, (uint32_t)bytes.size, hash) == 0;
}

void similar_check(const similar_t *similar, const own_bytes_t *own, arena_t *arena, sink_t *sink)
{
    char            hash[SIMILAR_TEXT];
    const sample_t *best  = NULL;
    int             score = SIMILAR_SCORE_MIN - 1;
    if (similar == NULL || !own_is_whole(own) || !similar_hash(own->blob, hash))
        return;
    unsigned long block = block_of(hash);
    for (size_t i = 0; i < similar->count; i++) {
        const sample_t *sample = &similar->samples[i];
        if (sample->block != block && sample->block != 2 * block && block != 2 * sample->block)
            continue;
        int other = fuzzy_compare(hash, sample->hash);
        if (other > score) {
            score = other;
            best  = sample;
        }
    }
    char *text = best != NULL ? arena_printf(arena, "distance %d of 100 (ssdeep) from %s", 100 - score, best->name) : NULL;
    if (text == NULL)
        return;
    evidence_t evidence = {0, own->blob.size, "similar", span_clip(span_from_text(text), 0, TEXT_SHORT_MAX), (uint8_t)(score / 2)};
    sink_say(sink, &(record_t){.type = RECORD_MARKER, .marker = {similar->vendor, "similar", STRENGTH_SUPPORTING, evidence}});
}
