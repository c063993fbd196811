/* Records of the master file table, their attributes, and runs of clusters. */
#include "extractors/ntfs.h"

#include <stdlib.h>

enum { FIX_UP_STEP = 512, HEADER = 48, DAMAGES_MAX = 1000, RUNS_MAX = 8 << 20, MIRRORED = 4 };
/* How many records may be read on behalf of files: a file's records are read again for each of its names. */
enum { LOADS_PER_RECORD = 64, LOADS_FREE = 100000 };

int64_t ntfs_time(uint64_t ticks)
{
    int64_t since = (int64_t)ticks, second = 10000000;
    return since / second - (since % second < 0) - INT64_C(11644473600);
}

void ntfs_damage(ntfs_t *fs, uint64_t at, uint64_t length, const char *what)
{
    if (++fs->damages <= DAMAGES_MAX)
        sink_damage(fs->sink, at, length, what);
    else if (fs->damages == DAMAGES_MAX + 1)
        sink_limit(fs->sink, at, length, "damages", "more than a thousand damages of records and indexes: the rest was not listed");
}

/* ---- fixups ---- */

bool ntfs_fix_up(uint8_t *bytes, size_t size, const char *magic)
{
    span_t   whole = span_from(bytes, size);
    reader_t r     = reader_at(whole, 4);
    size_t   at = read_le16(&r), count = read_le16(&r);
    if (!span_has_text_at(whole, 0, magic) || count == 0 || (count - 1) * FIX_UP_STEP != size || at < 8 || at + count * 2 > FIX_UP_STEP - 2)
        return false;
    bool good = true;
    for (size_t i = 1; i < count; i++) {
        uint8_t *end = bytes + i * FIX_UP_STEP - 2;
        if (memcmp(end, bytes + at, 2) != 0)
            good = false; /* written half: all that is not of this sector may still be read */
        else
            memcpy(end, bytes + at + i * 2, 2);
    }
    return good;
}

ntfs_record_state_t ntfs_read_record(ntfs_t *fs, uint32_t number)
{
    uint32_t size   = fs->boot.record;
    uint64_t length = 0;
    fs->record_at   = 0;
    if (!ntfs_read_bytes(fs, fs->mft.runs, fs->mft.count, (uint64_t)number * size, fs->record, size))
        return NTFS_RECORD_ABSENT;
    (void)ntfs_map(fs, fs->mft.runs, fs->mft.count, (uint64_t)number * size, &fs->record_at, &length);
    if (ntfs_fix_up(fs->record, size, "FILE"))
        return NTFS_RECORD_GOOD;
    uint64_t mirror = fs->boot.mirror * fs->boot.cluster + (uint64_t)number * size;
    if (number < MIRRORED && span_holds(fs->image, mirror, size)) {
        memcpy(fs->record, fs->image.at + mirror, size);
        if (ntfs_fix_up(fs->record, size, "FILE"))
            return NTFS_RECORD_GOOD;
    }
    return span_is_filled_with(span_from(fs->record, size), 0) ? NTFS_RECORD_BLANK : NTFS_RECORD_BROKEN;
}

/* ---- attributes ---- */

static bool read_attribute(span_t bytes, size_t at, ntfs_attribute_t *a)
{
    reader_t r        = reader_from(bytes);
    *a                = (ntfs_attribute_t){.type = read_le32(&r)};
    reader_skip(&r, 4);
    a->resident       = read_u8(&r) == 0;
    size_t name_size  = read_u8(&r), name_at = read_le16(&r);
    a->flags          = read_le16(&r);
    reader_skip(&r, 2);
    a->name           = span_sub(bytes, name_at, name_size * 2);
    if (a->resident) {
        size_t size = read_le32(&r), value_at = read_le16(&r);
        a->value    = span_sub(bytes, value_at, size);
        a->value_at = at + value_at;
        a->size = a->initialized = size;
        return reader_ok(&r) && a->value.at != NULL && a->name.at != NULL;
    }
    a->first_vcn = read_le64(&r);
    reader_skip(&r, 8);
    a->runs      = span_from_offset(bytes, read_le16(&r));
    a->unit      = read_u8(&r);
    reader_skip(&r, 13);
    a->size        = read_le64(&r);
    a->initialized = read_le64(&r);
    return reader_ok(&r) && a->name.at != NULL;
}

bool ntfs_next_attribute(span_t record, size_t *at, ntfs_attribute_t *attribute, bool *broken)
{
    reader_t r    = reader_at(record, 20);
    size_t   from = *at == 0 ? read_le16(&r) : *at;
    r             = reader_at(record, 24);
    span_t   used = span_clip(record, 0, read_le32(&r));
    r             = reader_at(used, from);
    uint32_t type = read_le32(&r), length = read_le32(&r);
    /* The end is four bytes of ones; some writers leave out the length behind it. */
    if (type == UINT32_MAX && from + 4 <= used.size)
        return false;
    span_t bytes = span_sub(used, from, length);
    *broken      = from < HEADER - 8 || !reader_ok(&r) || length < 24 || length % 8 != 0 || bytes.at == NULL
        || !read_attribute(bytes, from, attribute);
    *at          = from + length;
    return !*broken;
}

/* ---- runs ---- */

static bool add_run(ntfs_t *fs, ntfs_runs_t *runs, ntfs_run_t run)
{
    if (runs->count == runs->capacity) {
        size_t      capacity = runs->capacity == 0 ? 64 : runs->capacity * 2;
        ntfs_run_t *more     = runs->count < RUNS_MAX ? realloc(runs->runs, capacity * sizeof *more) : NULL;
        if (more == NULL) {
            fs->no_memory = true;
            return false;
        }
        runs->runs     = more;
        runs->capacity = capacity;
    }
    runs->runs[runs->count++] = run;
    return true;
}

bool ntfs_add_runs(ntfs_t *fs, ntfs_runs_t *runs, const ntfs_attribute_t *a, uint32_t stream)
{
    reader_t r   = reader_from(a->runs);
    uint64_t vcn = a->first_vcn, lcn = 0;
    for (;;) {
        uint8_t  sizes  = read_u8(&r);
        unsigned of_length = sizes & 15, of_step = sizes >> 4;
        if (!reader_ok(&r) || of_length > 8 || of_step > 8)
            return false;
        if (sizes == 0)
            return true;
        uint64_t length = read_le(&r, of_length), step = read_le(&r, of_step), end;
        if (of_step > 0 && of_step < 8 && (step >> (of_step * 8 - 1) & 1) != 0)
            step |= UINT64_MAX << (of_step * 8);
        lcn += step; /* a sum modulo 2^64 that lands outside is refused below */
        if (!reader_ok(&r) || length == 0 || !checked_add(vcn, length, &end) || end > UINT64_MAX / fs->boot.cluster
            || (of_step > 0 && (lcn > UINT64_MAX / fs->boot.cluster - length || lcn + length > fs->boot.clusters + 1)))
            return false;
        if (!add_run(fs, runs, (ntfs_run_t){vcn, length, of_step > 0 ? lcn : NTFS_HOLE, stream}))
            return false;
        vcn = end;
    }
}

static const ntfs_run_t *run_with(const ntfs_run_t *runs, size_t count, uint64_t vcn)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].vcn + runs[middle].length <= vcn)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && runs[low].vcn <= vcn ? &runs[low] : NULL;
}

bool ntfs_map(const ntfs_t *fs, const ntfs_run_t *runs, size_t count, uint64_t position, uint64_t *at, uint64_t *length)
{
    uint64_t          cluster = fs->boot.cluster;
    const ntfs_run_t *run     = run_with(runs, count, position / cluster);
    if (run == NULL || run->lcn == NTFS_HOLE)
        return false;
    uint64_t into = position - run->vcn * cluster;
    *at           = run->lcn * cluster + into;
    *length       = min_u64(run->length * cluster - into, span_from_offset(fs->image, *at).size);
    return *length > 0;
}

bool ntfs_read_bytes(const ntfs_t *fs, const ntfs_run_t *runs, size_t count, uint64_t position, uint8_t *out, size_t size)
{
    while (size > 0) {
        uint64_t at, length;
        if (!ntfs_map(fs, runs, count, position, &at, &length))
            return false;
        size_t step = (size_t)min_u64(length, size);
        memcpy(out, fs->image.at + at, step);
        out += step;
        position += step;
        size -= step;
    }
    return true;
}

/* ---- the master file table ---- */

/* Adds what this record holds of the table's own runs, when it goes on where the known ones end. */
static bool extend_mft(ntfs_t *fs)
{
    span_t           record = span_from(fs->record, fs->boot.record);
    size_t           at     = 0, before = fs->mft.count;
    bool             broken = false;
    ntfs_attribute_t a;
    uint64_t         end = before > 0 ? fs->mft.runs[before - 1].vcn + fs->mft.runs[before - 1].length : 0;
    while (ntfs_next_attribute(record, &at, &a, &broken))
        if (a.type == NTFS_DATA && a.name.size == 0 && !a.resident && a.first_vcn == end) {
            if (end == 0)
                fs->mft_size = a.size;
            (void)ntfs_add_runs(fs, &fs->mft, &a, 0);
            break;
        }
    return fs->mft.count > before;
}

static bool first_record_at(ntfs_t *fs, uint64_t lcn)
{
    uint64_t at   = lcn * fs->boot.cluster;
    span_t   from = span_sub(fs->image, at, fs->boot.record);
    if (from.at == NULL)
        return false;
    memcpy(fs->record, from.at, from.size);
    return ntfs_fix_up(fs->record, from.size, "FILE") && extend_mft(fs);
}

/* Records of the table that extend record 0: as long as one goes on where the table's end is known, it grows. */
static void find_extensions(ntfs_t *fs)
{
    uint64_t known = 0;
    for (unsigned rounds = 0; rounds < 64; rounds++) {
        bool grew = false;
        uint64_t end = (fs->mft.runs[fs->mft.count - 1].vcn + fs->mft.runs[fs->mft.count - 1].length) * fs->boot.cluster / fs->boot.record;
        for (uint64_t i = rounds == 0 ? 1 : 0; i < min_u64(end, UINT32_MAX - 1); i++) {
            if (ntfs_read_record(fs, (uint32_t)i) != NTFS_RECORD_GOOD)
                continue;
            reader_t r    = reader_at(span_from(fs->record, fs->boot.record), 32);
            uint64_t base = read_le64(&r);
            grew          = (base != 0 && (base & 0xFFFFFFFFFFFF) == 0 && extend_mft(fs)) || grew;
        }
        if (!grew || end == known)
            return;
        known = end;
    }
}

bool ntfs_open_mft(ntfs_t *fs)
{
    if (!first_record_at(fs, fs->boot.mft)) {
        if (!first_record_at(fs, fs->boot.mirror))
            return false;
        sink_damage(fs->sink, fs->boot.mft * fs->boot.cluster, fs->boot.record,
            "the first record of the master file table is damaged: its mirror was used");
    }
    uint64_t mapped = (fs->mft.runs[fs->mft.count - 1].vcn + fs->mft.runs[fs->mft.count - 1].length) * fs->boot.cluster;
    if (mapped < fs->mft_size)
        find_extensions(fs);
    mapped          = (fs->mft.runs[fs->mft.count - 1].vcn + fs->mft.runs[fs->mft.count - 1].length) * fs->boot.cluster;
    uint64_t held   = min_u64(min_u64(fs->mft_size, mapped), fs->image.size);
    fs->count       = (uint32_t)min_u64(held / fs->boot.record, UINT32_MAX - 1);
    if (mapped < fs->mft_size)
        sink_damage(fs->sink, fs->boot.mft * fs->boot.cluster, fs->boot.record, "a part of the master file table cannot be found");
    return fs->count > NTFS_ROOT;
}

/* ---- a file ---- */

static ntfs_stream_t *stream_of(ntfs_file_t *file, const ntfs_attribute_t *a)
{
    for (size_t i = file->count; i-- > 0;) {
        ntfs_stream_t *s = &file->streams[i];
        if (s->type == a->type && !s->resident && span_equal(ntfs_stream_name(file, s), a->name))
            return s;
    }
    return NULL;
}

static void add_attribute(ntfs_t *fs, ntfs_file_t *file, const ntfs_attribute_t *a)
{
    ntfs_stream_t *s = a->resident || a->first_vcn == 0 ? NULL : stream_of(file, a);
    if (s == NULL) {
        if (file->count == NTFS_STREAMS_MAX) {
            if (file->sound)
                sink_limit(fs->sink, file->at, fs->boot.record, "streams", "a file has more than 1024 attributes: the rest was left out");
            file->sound = false;
            return;
        }
        s  = &file->streams[file->count++];
        *s = (ntfs_stream_t){.type = a->type, .resident = a->resident, .flags = a->flags, .unit = a->unit, .name_at = file->bytes.size,
            .name_size = a->name.size,
                             .size = a->size, .initialized = a->initialized};
        buffer_append(&file->bytes, a->name);
        if (a->resident) {
            s->value_at   = file->bytes.size;
            s->value_size = a->value.size;
            s->image_at   = fs->record_at + a->value_at;
            buffer_append(&file->bytes, a->value);
        }
    } else if (a->first_vcn == 0) {
        s->size = a->size, s->initialized = a->initialized, s->flags = a->flags, s->unit = a->unit;
    }
    if (!a->resident && !ntfs_add_runs(fs, &file->runs, a, (uint32_t)(s - file->streams)))
        file->sound = false;
}

static void add_standard(ntfs_file_t *file, span_t value)
{
    reader_t r = reader_at(value, 8);
    uint64_t modified = read_le64(&r);
    reader_skip(&r, 16);
    uint32_t attributes = read_le32(&r);
    if (!reader_ok(&r))
        return;
    file->has_mtime  = true;
    file->mtime      = ntfs_time(modified);
    file->attributes = attributes;
}

static void add_record(ntfs_t *fs, ntfs_file_t *file, uint32_t number)
{
    fs->loads++;
    if (ntfs_read_record(fs, number) != NTFS_RECORD_GOOD) {
        file->sound = false;
        return;
    }
    if (number == file->record)
        file->at = fs->record_at;
    size_t           at     = 0;
    bool             broken = false;
    ntfs_attribute_t a;
    while (ntfs_next_attribute(span_from(fs->record, fs->boot.record), &at, &a, &broken))
        if (a.type == NTFS_STANDARD)
            add_standard(file, a.value);
        else if (a.type != NTFS_NAME)
            add_attribute(fs, file, &a);
    file->sound = file->sound && !broken;
}

static int by_stream_and_vcn(const void *a, const void *b)
{
    const ntfs_run_t *x = a, *y = b;
    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return x->vcn < y->vcn ? -1 : x->vcn > y->vcn;
}

/* Puts each stream's runs in order; of runs that overlap the first stands. */
static void settle_runs(ntfs_file_t *file)
{
    ntfs_runs_t *all = &file->runs;
    size_t       to  = 0;
    if (all->count > 1)
        qsort(all->runs, all->count, sizeof *all->runs, by_stream_and_vcn);
    for (size_t i = 0; i < all->count; i++) {
        ntfs_run_t    *run    = &all->runs[i];
        ntfs_stream_t *stream = &file->streams[run->stream];
        if (stream->run_count == 0)
            stream->first_run = to;
        else if (run->vcn < all->runs[to - 1].vcn + all->runs[to - 1].length)
            continue;
        all->runs[to++] = *run;
        stream->run_count++;
    }
    all->count = to;
}

const ntfs_file_t *ntfs_load(ntfs_t *fs, uint32_t record)
{
    ntfs_file_t *file = &fs->file;
    if (file->loaded && file->record == record)
        return file;
    file->loaded     = file->sound = true;
    file->record     = record;
    file->deleted    = (fs->entries[record].flags & NTFS_IN_USE) == 0;
    file->has_mtime  = false;
    file->attributes = 0;
    file->at         = 0;
    file->count      = file->runs.count = file->bytes.size = 0;
    for (uint32_t next = record; next != NTFS_NONE; next = fs->entries[next].next) {
        if (fs->loads > (uint64_t)fs->count * LOADS_PER_RECORD + LOADS_FREE) {
            if (!fs->told_loads)
                sink_limit(fs->sink, file->at, 0, "records", "too many records belong to files with many names: some files were left out");
            fs->told_loads = true;
            file->sound    = false;
            break;
        }
        add_record(fs, file, next);
    }
    settle_runs(file);
    fs->no_memory = fs->no_memory || file->bytes.failed;
    return file;
}

const ntfs_stream_t *ntfs_find(const ntfs_file_t *file, uint32_t type, const char *name)
{
    for (size_t i = 0; i < file->count; i++) {
        span_t has = ntfs_stream_name(file, &file->streams[i]);
        bool   is  = file->streams[i].type == type && has.size == strlen(name) * 2;
        for (size_t c = 0; is && c < has.size; c += 2)
            is = has.at[c] == (uint8_t)name[c / 2] && has.at[c + 1] == 0;
        if (is)
            return &file->streams[i];
    }
    return NULL;
}
