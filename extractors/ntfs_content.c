/* Content of NTFS streams: in the record, in runs, in compressed units, up to the initialised size (what is allocated behind it reads
 * as zeros, and what stands there belongs to nobody). Every cluster remembers that it is held, so that crossings are told. */
#include "extractors/fs_content.h"
#include "extractors/lznt1.h"
#include "extractors/ntfs.h"

#include <stdlib.h>

enum { UNIT_MAX = 1 << 20, CROSSINGS_PER_CLUSTER = 8, CROSSINGS_FREE = 65536 };

bool ntfs_cluster_is_free(const ntfs_t *fs, uint64_t lcn)
{
    return lcn / 8 < fs->bitmap.size && (fs->bitmap.at[lcn / 8] >> lcn % 8 & 1) == 0;
}

/* ---- who holds a cluster ---- */

/* Marks them; how many were marked before. */
static uint64_t hold(ntfs_t *fs, uint64_t lcn, uint64_t length)
{
    uint64_t again = 0, end = min_u64(lcn + length, fs->held_clusters);
    for (; lcn < end; lcn++) {
        again += fs->held[lcn / 8] >> lcn % 8 & 1;
        fs->held[lcn / 8] |= (uint8_t)(1 << lcn % 8);
    }
    fs->crossings += again;
    return again;
}

static bool too_many_crossings(const ntfs_t *fs) { return fs->crossings > fs->held_clusters * CROSSINGS_PER_CLUSTER + CROSSINGS_FREE; }

void ntfs_claim_stream(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    const ntfs_run_t *runs = ntfs_stream_runs(file, stream);
    for (size_t i = 0; i < stream->run_count && !too_many_crossings(fs); i++) {
        if (runs[i].lcn == NTFS_HOLE)
            continue;
        uint64_t at = runs[i].lcn * fs->boot.cluster;
        sink_claim(fs->sink, at, min_u64(runs[i].length * fs->boot.cluster, span_from_offset(fs->image, at).size), REGION_STRUCTURE);
        (void)hold(fs, runs[i].lcn, runs[i].length);
    }
}

/* ---- as it stands ---- */

typedef struct {
    ntfs_t              *fs;
    const ntfs_file_t   *file;
    const ntfs_stream_t *stream;
    child_t             *child;
    fs_content_t         content;
    uint64_t             left; /* of the initialised size */
    bool                 told;
} writer_t;

/* May the clusters be read as this file's? Of a deleted file only those that are free; `*clusters` is cut to them. */
static const char *take(writer_t *w, uint64_t lcn, uint64_t *clusters)
{
    uint64_t wanted = *clusters;
    if (too_many_crossings(w->fs)) {
        *clusters = 0;
        return "too many files hold the same clusters: the content is cut";
    }
    if (w->file->deleted) {
        for (*clusters = 0; *clusters < wanted && ntfs_cluster_is_free(w->fs, lcn + *clusters);)
            ++*clusters;
        w->fs->crossings += *clusters;
        return *clusters == wanted ? NULL : "the clusters of a deleted file were used again: its content is cut";
    }
    if (hold(w->fs, lcn, wanted) > 0 && !w->told) {
        child_damage(w->child, lcn * w->fs->boot.cluster, wanted * w->fs->boot.cluster, "another file holds the same clusters");
        w->told = true;
    }
    return NULL;
}

static void run_out(writer_t *w, uint64_t bytes)
{
    bytes = min_u64(bytes, w->left);
    w->left -= bytes;
}

/* The end that a deleted file has is where its clusters were used again; that is no damage of the volume. */
static status_t end_early(writer_t *w, const char *why)
{
    if (!w->file->deleted)
        return fs_content_end_lost(&w->content, w->file->at, why);
    sink_note(w->fs->sink, w->file->at, why);
    w->content.size = w->content.done;
    return fs_content_end(&w->content);
}

static status_t write_plain(writer_t *w)
{
    const ntfs_run_t *runs = ntfs_stream_runs(w->file, w->stream);
    uint64_t          vcn = 0, cluster = w->fs->boot.cluster;
    for (size_t i = 0; i < w->stream->run_count && w->left > 0 && !fs_content_full(&w->content); i++) {
        if (runs[i].vcn > vcn) {
            uint64_t missing = min_u64((runs[i].vcn - vcn) * cluster, w->left);
            fs_content_lost(&w->content, w->file->at, 0, missing, "a part of the list of its runs is missing");
            run_out(w, missing);
        }
        uint64_t bytes = min_u64(runs[i].length * cluster, w->left), clusters = bytes / cluster + (bytes % cluster != 0);
        vcn            = runs[i].vcn + runs[i].length;
        if (runs[i].lcn == NTFS_HOLE) {
            fs_content_hole(&w->content, bytes);
        } else {
            const char *why = take(w, runs[i].lcn, &clusters);
            bytes           = min_u64(bytes, clusters * cluster);
            fs_content_run(&w->content, runs[i].lcn * cluster, bytes);
            if (why != NULL)
                return end_early(w, why);
        }
        run_out(w, bytes);
    }
    return w->left > 0 && !fs_content_full(&w->content) ? end_early(w, "the list of its runs ends before its size: the content is cut")
        : fs_content_end(&w->content);
}

/* ---- compressed ---- */

static bool make_unit(ntfs_t *fs, size_t size)
{
    if (fs->unit_size < size) {
        free(fs->unit);
        free(fs->unit_out);
        fs->unit      = malloc(size);
        fs->unit_out  = malloc(size);
        fs->unit_size = fs->unit != NULL && fs->unit_out != NULL ? size : 0;
        fs->no_memory = fs->no_memory || fs->unit_size == 0;
    }
    return fs->unit_size >= size;
}

/* The clusters of one unit, in order; those behind a hole in it do not count. */
typedef struct { uint64_t present, at, length; bool whole; } unit_t;

static unit_t gather_unit(writer_t *w, const ntfs_run_t *runs, size_t count, uint64_t vcn, uint64_t clusters)
{
    uint64_t cluster = w->fs->boot.cluster;
    unit_t   unit    = {.whole = true};
    for (uint64_t i = 0; i < clusters && unit.whole;) {
        uint64_t at, length;
        if (!ntfs_map(w->fs, runs, count, (vcn + i) * cluster, &at, &length))
            break;
        uint64_t n  = min_u64(length / cluster, clusters - i);
        unit.whole  = n > 0 && take(w, at / cluster, &n) == NULL;
        n           = unit.whole ? n : 0;
        memcpy(w->fs->unit + i * cluster, w->fs->image.at + at, (size_t)(n * cluster));
        if (unit.present == 0)
            unit.at = at;
        if (unit.at + unit.length == at)
            unit.length += n * cluster;
        else
            sink_claim(w->fs->sink, at, n * cluster, REGION_CONTENT);
        unit.present += n;
        i += n;
    }
    return unit;
}

static void write_unit(writer_t *w, const unit_t *unit, uint64_t clusters)
{
    uint64_t size = clusters * w->fs->boot.cluster, wanted = min_u64(size, w->left);
    size_t   made = (size_t)(unit->present * w->fs->boot.cluster);
    uint8_t *from = w->fs->unit;
    if (unit->present < clusters) {
        if (!lznt1_decode(span_from(w->fs->unit, made), w->fs->unit_out, (size_t)size, &made)) {
            fs_content_lost(&w->content, unit->at, unit->length, wanted, "a compressed unit does not decode");
            return;
        }
        from = w->fs->unit_out;
    }
    memset(from + made, 0, (size_t)size - made);
    fs_content_decoded(&w->content, span_from(from, (size_t)wanted), unit->at, unit->length);
}

static const ntfs_run_t *run_at(const ntfs_run_t *runs, size_t count, size_t *next, uint64_t vcn)
{
    while (*next < count && runs[*next].vcn + runs[*next].length <= vcn)
        ++*next;
    return *next < count ? &runs[*next] : NULL;
}

static status_t write_compressed(writer_t *w)
{
    const ntfs_run_t *runs     = ntfs_stream_runs(w->file, w->stream);
    uint64_t          clusters = UINT64_C(1) << w->stream->unit, cluster = w->fs->boot.cluster, vcn = 0;
    size_t            next = 0;
    while (w->left > 0 && !fs_content_full(&w->content)) {
        const ntfs_run_t *run = run_at(runs, w->stream->run_count, &next, vcn);
        if (run == NULL)
            return end_early(w, "the list of its runs ends before its size: the content is cut");
        /* Whole units of a hole, or of what is missing from the list, at once. */
        bool     missing = run->vcn > vcn;
        uint64_t empty   = missing ? run->vcn - vcn : run->lcn == NTFS_HOLE ? run->vcn + run->length - vcn : 0;
        uint64_t units   = max_u64(empty / clusters, 1);
        uint64_t bytes   = min_u64(units * clusters * cluster, w->left);
        if (empty >= clusters && missing) {
            fs_content_lost(&w->content, w->file->at, 0, bytes, "a part of the list of its runs is missing");
        } else if (empty >= clusters) {
            fs_content_hole(&w->content, bytes);
        } else {
            unit_t unit = gather_unit(w, runs, w->stream->run_count, vcn, clusters);
            if (!unit.whole || (unit.present == 0 && empty == 0))
                fs_content_lost(&w->content, unit.at, unit.length, bytes, "a compressed unit cannot be read");
            else if (unit.present == 0)
                fs_content_hole(&w->content, bytes);
            else
                write_unit(w, &unit, clusters);
        }
        vcn += units * clusters;
        run_out(w, bytes);
    }
    return fs_content_end(&w->content);
}

/* ---- what callers ask for ---- */

status_t ntfs_write_content(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream, child_t *child)
{
    if (stream->resident)
        return stream->value_size > 0 ? child_write(child, ntfs_stream_value(file, stream), stream->image_at, stream->value_size) : ok();
    writer_t w = {.fs = fs, .file = file, .stream = stream, .child = child, .left = min_u64(stream->size, stream->initialized)};
    if ((stream->flags & NTFS_ENCRYPTED) != 0)
        child_limit(child, "encrypted", "encrypted with EFS: the content is the ciphertext");
    fs_content_begin(&w.content, child, fs->image, stream->size);
    if ((stream->flags & NTFS_COMPRESSED) == 0 || stream->unit == 0)
        return write_plain(&w);
    if (stream->unit > 16 || ((uint64_t)fs->boot.cluster << stream->unit) > UNIT_MAX || !make_unit(fs, (size_t)fs->boot.cluster << stream->unit))
        return fs_content_end_lost(&w.content, file->at, "its units of compression are larger than NTFS has them");
    return write_compressed(&w);
}

bool ntfs_read_content(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream, size_t most, buffer_t *out)
{
    if (stream->resident) {
        buffer_append(out, span_clip(ntfs_stream_value(file, stream), 0, most));
        return !out->failed;
    }
    size_t   size = (size_t)min_u64(min_u64(stream->size, stream->initialized), most);
    uint8_t *room = buffer_reserve(out, size);
    if (room == NULL || (stream->flags & (NTFS_COMPRESSED | NTFS_ENCRYPTED)) != 0
        || !ntfs_read_bytes(fs, ntfs_stream_runs(file, stream), stream->run_count, 0, room, size))
        return false;
    out->size += size;
    return true;
}
