/* The content of files. An item of file data: generation, decoded size, compression, encryption, other encoding, kind; then the bytes
 * themselves (inline), or address and size of an extent, where in the decoded extent this piece begins and how long it is (regular, or
 * preallocated: zeros). Compression is zlib, zstd or LZO: a length of all, then segments of length and bytes, of a sector each when
 * decoded, whose length fields never cross a sector. Checksums of sectors stand in a tree by logical address.
 * Source: Linux, include/uapi/linux/btrfs_tree.h, fs/btrfs/{inode,lzo,file-item}.c. */
#include "extractors/btrfs.h"

#include "base/sha256.h"

#include <stdlib.h>

enum { HEADER = 21, REGULAR_SIZE = 53, EXTENT_MAX = 1 << 20, FIRST_CONTENTS = 256 };
enum { KIND_INLINE, KIND_REGULAR, KIND_PREALLOCATED };
enum { PLAIN, ZLIB, LZO, ZSTD };

typedef struct { uint64_t ram, disk, disk_size, offset, length; uint8_t compression, encryption, kind; uint16_t other; span_t inside; } extent_t;

typedef struct {
    btrfs_t       *fs;
    child_t       *child;
    fs_content_t   content;
    btrfs_cursor_t checksums;
    bool           verify, at_checksums, spoiled;
    uint64_t       bad_at, bad_length; /* neighbouring sectors that do not hold are one damage */
} writer_t;

static bool read_extent(span_t data, extent_t *extent)
{
    *extent = (extent_t){
        .ram = btrfs_u64(data, 8), .compression = btrfs_u8(data, 16), .encryption = btrfs_u8(data, 17), .other = btrfs_u16(data, 18),
        .kind = btrfs_u8(data, 20),
        .disk = btrfs_u64(data, 21), .disk_size = btrfs_u64(data, 29), .offset = btrfs_u64(data, 37), .length = btrfs_u64(data, 45),
    };
    if (data.size < HEADER || extent->kind > KIND_PREALLOCATED)
        return false;
    extent->inside = span_from_offset(data, HEADER);
    if (extent->kind == KIND_INLINE) {
        extent->length = extent->ram;
        return true;
    }
    uint64_t end, all = extent->compression == PLAIN && extent->disk != 0 ? extent->disk_size : extent->ram;
    return data.size >= REGULAR_SIZE && checked_add(extent->offset, extent->length, &end) && (extent->disk == 0 || end <= all);
}

/* ---- checksums of data ---- */

static void tell_bad(writer_t *w)
{
    if (w->bad_length > 0)
        child_damage(w->child, w->bad_at, w->bad_length, "the checksum of file data does not hold");
    w->bad_length = 0;
}

static void add_bad(writer_t *w, uint64_t at, uint64_t length)
{
    if (w->bad_length > 0 && w->bad_at + w->bad_length != at)
        tell_bad(w);
    if (w->bad_length == 0)
        w->bad_at = at;
    w->bad_length += length;
    w->spoiled = true;
}

/* The checksum of the sector at `logical`; empty: there is none. */
static span_t checksum_of(writer_t *w, uint64_t logical)
{
    btrfs_t *fs     = w->fs;
    size_t   size   = btrfs_checksum_size(fs->super.checksum);
    uint32_t sector = fs->super.sector_size;
    for (int tries = 0; tries < 2; tries++) {
        if (!w->at_checksums)
            w->at_checksums = btrfs_seek(fs, &fs->csum_tree, (btrfs_key_t){BTRFS_CSUM_OBJECT, BTRFS_EXTENT_CSUM, logical}, true, &w->checksums);
        if (!w->at_checksums)
            break;
        btrfs_item_t item = btrfs_item(&w->checksums);
        if (item.key.object == BTRFS_CSUM_OBJECT && item.key.type == BTRFS_EXTENT_CSUM && item.key.offset <= logical &&
            (logical - item.key.offset) / sector < item.data.size / size)
            return span_sub(item.data, (logical - item.key.offset) / sector * size, size);
        w->at_checksums = false; /* it is in another item, or there is none */
    }
    return (span_t){NULL, 0};
}

/* Checks the whole sectors of what stands at `at`. False: some do not hold; they are recorded when `record`. */
static bool sectors_hold(writer_t *w, uint64_t logical, uint64_t at, uint64_t length, bool record)
{
    btrfs_t *fs     = w->fs;
    uint32_t sector = fs->super.sector_size;
    bool     good   = true;
    if (!w->verify || btrfs_checksum_size(fs->super.checksum) == 0)
        return true;
    uint64_t skip = (sector - logical % sector) % sector;
    for (uint64_t pos = skip; pos + sector <= length && btrfs_spend(fs, sector); pos += sector) {
        span_t expected = checksum_of(w, logical + pos), bytes = span_sub(fs->image, at + pos, sector);
        if (expected.at == NULL || bytes.at == NULL || btrfs_checksum_holds(fs->super.checksum, bytes, expected))
            continue;
        good = false;
        if (!record)
            break;
        add_bad(w, at + pos, sector);
    }
    return good;
}

/* ---- pieces ---- */

/* Where [logical, length) stands as far as it stands together, in the copy that holds. False: not here; `*run` says how much. */
static bool find_piece(writer_t *w, uint64_t logical, uint64_t length, uint64_t *at, uint64_t *run)
{
    btrfs_t *fs     = w->fs;
    uint64_t mirror = UINT64_MAX, mirror_run = 0, first_run = 0;
    bool     found  = false;
    *at             = UINT64_MAX;
    for (unsigned copy = 0; copy < BTRFS_COPIES_MAX; copy++) {
        uint64_t copy_at, copy_run;
        bool     here = btrfs_locate(fs, logical, copy, &copy_at, &copy_run);
        first_run     = first_run == 0 ? copy_run : first_run;
        if (!here)
            continue;
        copy_run = min_u64(copy_run, length);
        if (!found) {
            *at   = copy_at;
            *run  = copy_run;
            found = true;
        } else {
            mirror     = copy_at;
            mirror_run = copy_run;
        }
    }
    if (!found) {
        *run = min_u64(first_run, length);
        return false;
    }
    if (mirror_run != *run || !span_holds(fs->image, mirror, *run) || !span_holds(fs->image, *at, *run)) {
        (void)sectors_hold(w, logical, *at, *run, true);
        return true;
    }
    bool same = memcmp(fs->image.at + *at, fs->image.at + mirror, (size_t)*run) == 0;
    if (!same && !sectors_hold(w, logical, *at, *run, false) && sectors_hold(w, logical, mirror, *run, false)) {
        sink_damage(fs->sink, *at, *run, "one of two copies of file data is damaged: the other was used");
        uint64_t damaged = *at;
        *at    = mirror;
        mirror = damaged;
    } else {
        if (!same)
            sink_damage(fs->sink, mirror, *run, "two copies of file data differ");
        (void)sectors_hold(w, logical, *at, *run, true);
    }
    /* The copy holds the same content. */
    w->content.status = status_ok(w->content.status) ? child_write(w->child, span_from(NULL, 0), mirror, *run) : w->content.status;
    return true;
}

/* The next `bytes` bytes of the content are not to be had. */
static void lose(writer_t *w, uint64_t at, uint64_t length, uint64_t bytes, const char *what)
{
    w->spoiled = true;
    fs_content_lost(&w->content, at, length, bytes, what);
}

#define NOT_HERE "file data stands on another device, or at an address that belongs to no device"

static void write_plain(writer_t *w, const extent_t *extent)
{
    uint64_t left    = min_u64(extent->length, w->content.size - w->content.done);
    uint64_t logical = extent->disk + extent->offset;
    while (left > 0 && !fs_content_full(&w->content)) {
        uint64_t at, run;
        bool     here = find_piece(w, logical, left, &at, &run);
        if (!btrfs_spend(w->fs, w->fs->super.sector_size))
            return;
        run        = run == 0 ? left : run;
        w->spoiled = w->spoiled || (here && !span_holds(w->fs->image, at, run));
        if (here)
            fs_content_run(&w->content, at, run);
        else
            lose(w, 0, 0, run, NOT_HERE);
        logical += run;
        left -= run;
    }
}

/* ---- compression ---- */

/* Decodes LZO as btrfs writes it. */
static bool decode_lzo(btrfs_t *fs, span_t in, uint8_t *out, size_t capacity, size_t *produced)
{
    reader_t r     = reader_from(in);
    uint32_t total = read_le32(&r), sector = fs->super.sector_size;
    *produced      = 0;
    if (total > in.size || total < 4)
        return false;
    r.in.size = total;
    while (reader_left(&r) > 4 && *produced < capacity) {
        size_t   room = sector - r.pos % sector, got;
        if (room < 4)
            reader_skip(&r, room);
        uint32_t size    = read_le32(&r);
        span_t   segment = read_span(&r, size);
        if (!reader_ok(&r) || !status_ok(codec_decode_with(fs->codecs, CODEC_LZO1X, segment, out + *produced,
                                                           (size_t)min_u64(sector, capacity - *produced), &got)))
            return false;
        *produced += got;
    }
    return reader_ok(&r);
}

/* Decodes into fs->decoded; what an encoder left out at the end is zeros. */
static bool decode(btrfs_t *fs, uint8_t compression, span_t in, uint64_t size)
{
    size_t produced   = 0;
    bool   good       = false;
    fs->decoded_span  = 0;
    fs->decoded.size  = 0;
    uint8_t *out      = size <= EXTENT_MAX && btrfs_spend(fs, size) ? buffer_reserve(&fs->decoded, (size_t)size) : NULL;
    if (out == NULL)
        return false;
    if (compression == ZLIB)
        good = status_ok(codec_decode_with(fs->codecs, CODEC_ZLIB, in, out, (size_t)size, &produced));
    else if (compression == ZSTD)
        good = status_ok(codec_decode_with(fs->codecs, CODEC_ZSTD, span_clip(in, 0, codec_zstd_frame_size(in)), out, (size_t)size, &produced));
    else if (compression == LZO)
        good = decode_lzo(fs, in, out, (size_t)size, &produced);
    if (!good)
        return false;
    memset(out + produced, 0, (size_t)size - produced);
    fs->decoded.size = (size_t)size;
    return true;
}

/* The extent's bytes as they stand on disk, together. Empty: some are not here, the reason is said by the content. */
static span_t gather(writer_t *w, const extent_t *extent, uint64_t *first_at, uint64_t *first_run)
{
    btrfs_t *fs       = w->fs;
    fs->gathered.size = 0;
    for (uint64_t done = 0; done < extent->disk_size;) {
        uint64_t at, run;
        bool     here = find_piece(w, extent->disk + done, extent->disk_size - done, &at, &run);
        span_t   part = here ? span_sub(fs->image, at, run) : (span_t){NULL, 0};
        if (part.at == NULL || run == 0 || !btrfs_spend(fs, run))
            return (span_t){NULL, 0};
        if (done == 0) {
            *first_at  = at;
            *first_run = run;
            if (run == extent->disk_size)
                return part;
        } else if (status_ok(w->content.status)) {
            w->content.status = child_write(w->child, span_from(NULL, 0), at, run);
        }
        buffer_append(&fs->gathered, part);
        done += run;
    }
    return fs->gathered.failed ? (span_t){NULL, 0} : buffer_span(&fs->gathered);
}

static void write_compressed(writer_t *w, const extent_t *extent)
{
    btrfs_t *fs = w->fs;
    uint64_t at = 0, run = 0;
    if (extent->disk_size > EXTENT_MAX || extent->ram > EXTENT_MAX) {
        lose(w, 0, 0, extent->length, "a compressed extent is larger than one can be");
        return;
    }
    bool   again = fs->decoded_span != 0 && fs->decoded_from == extent->disk && fs->decoded_span == extent->ram;
    span_t bytes = gather(w, extent, &at, &run);
    if (bytes.at == NULL) {
        lose(w, min_u64(at, fs->image.size), run, extent->length, "compressed file data is not all here");
        return;
    }
    if (!again && !decode(fs, extent->compression, bytes, extent->ram)) {
        lose(w, at, run, extent->length, "compressed file data does not decode");
        return;
    }
    fs->decoded_from = extent->disk;
    fs->decoded_span = extent->ram;
    fs_content_decoded(&w->content, span_sub(buffer_span(&fs->decoded), extent->offset, extent->length), at, run);
}

static void write_inline(writer_t *w, const extent_t *extent, uint64_t at)
{
    btrfs_t *fs = w->fs;
    if (extent->compression == PLAIN)
        fs_content_run(&w->content, at + HEADER, min_u64(extent->inside.size, extent->ram));
    else if (decode(fs, extent->compression, extent->inside, extent->ram))
        fs_content_decoded(&w->content, buffer_span(&fs->decoded), at + HEADER, extent->inside.size);
    else
        lose(w, at, HEADER + extent->inside.size, extent->ram, "compressed file data in a tree block does not decode");
}

static void write_item(writer_t *w, const btrfs_item_t *item, bool gap)
{
    extent_t extent;
    bool     possible = read_extent(item->data, &extent);
    if (!possible || item->key.offset < w->content.done) {
        if (!fs_content_full(&w->content)) {
            child_damage(w->child, item->at, item->data.size, "an item of file data is impossible, or overlaps the one before");
            w->spoiled = true;
        }
        return;
    }
    uint64_t hole = item->key.offset - w->content.done;
    if (gap)
        lose(w, item->at, 0, hole, "the list of a file's data cannot be read as a whole");
    else
        fs_content_hole(&w->content, hole);
    if (extent.encryption != 0 || extent.other != 0 || extent.compression > ZSTD)
        lose(w, item->at, item->data.size, extent.length, "file data is encoded in a way that is not known");
    else if (extent.kind == KIND_INLINE)
        write_inline(w, &extent, item->at);
    else if (extent.kind == KIND_PREALLOCATED || extent.disk == 0)
        fs_content_hole(&w->content, extent.length);
    else if (extent.compression == PLAIN)
        write_plain(w, &extent);
    else
        write_compressed(w, &extent);
}

/* ---- the same content again ---- */

/* A digest of all that makes up the content. Only what would be copied has one: contents of several pieces, or compressed. */
static bool content_digest(btrfs_t *fs, const btrfs_root_t *root, uint64_t inode, uint64_t size, sha256_t *digest)
{
    btrfs_cursor_t cursor;
    buffer_t       facts = {0};
    size_t         count = 0;
    bool           copied = false;
    buffer_append_le(&facts, size, 8);
    for (bool more = btrfs_seek(fs, root, (btrfs_key_t){inode, BTRFS_EXTENT_DATA, 0}, false, &cursor); more; more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        extent_t     extent;
        if (item.key.object != inode || item.key.type != BTRFS_EXTENT_DATA)
            break;
        if (!read_extent(item.data, &extent) || !btrfs_spend(fs, item.data.size)) {
            cursor.tainted = true;
            break;
        }
        copied = copied || (extent.kind != KIND_INLINE && (extent.compression != PLAIN || count > 0));
        count++;
        buffer_append_le(&facts, item.key.offset, 8);
        buffer_append(&facts, span_from_offset(item.data, 8)); /* all but the generation */
    }
    fs->no_memory = fs->no_memory || facts.failed;
    bool good     = copied && !cursor.gap && !cursor.tainted && !facts.failed && status_ok(sha256_of(buffer_span(&facts), digest));
    buffer_free(&facts);
    return good;
}

static btrfs_content_t *content_place(btrfs_content_t *contents, size_t capacity, const uint8_t *digest)
{
    size_t at = (size_t)btrfs_u32(span_from(digest, SHA256_SIZE), 0) & (capacity - 1);
    while (contents[at].child != NO_CHILD && memcmp(contents[at].digest, digest, SHA256_SIZE) != 0)
        at = (at + 1) & (capacity - 1);
    return &contents[at];
}

static void remember(btrfs_t *fs, const sha256_t *digest, uint32_t child)
{
    if (fs->content_count * 2 >= fs->content_capacity) {
        size_t           capacity = fs->content_capacity == 0 ? FIRST_CONTENTS : fs->content_capacity * 2;
        btrfs_content_t *more     = malloc(capacity * sizeof *more);
        if (more == NULL)
            return; /* the content will be written again */
        for (size_t i = 0; i < capacity; i++)
            more[i].child = NO_CHILD;
        for (size_t i = 0; i < fs->content_capacity; i++)
            if (fs->contents[i].child != NO_CHILD)
                *content_place(more, capacity, fs->contents[i].digest) = fs->contents[i];
        free(fs->contents);
        fs->contents         = more;
        fs->content_capacity = capacity;
    }
    btrfs_content_t *place = content_place(fs->contents, fs->content_capacity, digest->bytes);
    memcpy(place->digest, digest->bytes, SHA256_SIZE);
    place->child = child;
    fs->content_count++;
}

/* ---- all of a file ---- */

void btrfs_claim_extent(btrfs_t *fs, const btrfs_item_t *item)
{
    extent_t extent;
    if (!read_extent(item->data, &extent) || extent.kind == KIND_INLINE || extent.disk == 0)
        return;
    for (uint64_t done = 0; done < extent.disk_size && btrfs_spend(fs, fs->super.sector_size);) {
        uint64_t at, run;
        bool     here = btrfs_locate(fs, extent.disk + done, 0, &at, &run);
        run           = min_u64(run, extent.disk_size - done);
        if (run == 0)
            break;
        if (here && span_holds(fs->image, at, run))
            sink_claim(fs->sink, at, run, REGION_STRUCTURE);
        done += run;
    }
}

status_t btrfs_write_content(btrfs_t *fs, const btrfs_root_t *root, uint64_t inode, uint64_t size, uint64_t flags, child_t *child)
{
    sha256_t digest;
    bool     has_digest = size > 0 && content_digest(fs, root, inode, size, &digest);
    if (has_digest && fs->content_capacity > 0) {
        const btrfs_content_t *known = content_place(fs->contents, fs->content_capacity, digest.bytes);
        if (known->child != NO_CHILD) {
            child_same_as(child, known->child);
            return ok();
        }
    }
    writer_t w = {.fs = fs, .child = child, .verify = (flags & BTRFS_INODE_NO_CHECKSUMS) == 0 && fs->has_csum_tree};
    fs_content_begin(&w.content, child, fs->image, size);
    btrfs_cursor_t cursor;
    bool           more = btrfs_seek(fs, root, (btrfs_key_t){inode, BTRFS_EXTENT_DATA, 0}, false, &cursor);
    for (; more && !fs_content_full(&w.content); more = btrfs_next(fs, &cursor)) {
        btrfs_item_t item = btrfs_item(&cursor);
        if (item.key.object != inode || item.key.type != BTRFS_EXTENT_DATA)
            break;
        write_item(&w, &item, cursor.gap);
    }
    tell_bad(&w);
    if (cursor.tainted)
        child_damage(child, cursor.taint_at, fs->super.node_size, "a tree block that lists the file's data is damaged");
    bool whole = !w.spoiled && !cursor.tainted && !cursor.gap && !fs->stopped;
    if (has_digest && whole && w.content.done == size && !w.content.stopped)
        remember(fs, &digest, child_index(child));
    if (fs->stopped)
        return fs_content_end_lost(&w.content, 0, "reading was stopped by a limit");
    if (cursor.gap)
        return fs_content_end_lost(&w.content, fs->image.size, "the list of a file's data cannot be read as a whole");
    return fs_content_end(&w.content);
}
