/* Which compression an image uses. 4.0 declares it, older versions had zlib alone; vendors declare one and use another, put LZMA where
 * zlib was, leave out LZMA's header, rearrange it, or take for each block what is smaller. So a compression is believed for what it
 * makes of the root directory, and a block that does not decode is tried with the others. */
#include "extractors/squashfs.h"

enum { TRIALS = 8, HEADER_MAX = 13, LITERAL_BITS_MAX = 4, POSITION_BITS_MAX = 4, BITS = POSITION_BITS_MAX + 1, USUAL_PROPERTIES = 0x5D };

static bool decode(squashfs_t *fs, codec_t codec, span_t in, uint8_t *out, size_t capacity, size_t *produced)
{
    return status_ok(codec_decode_with(fs->codecs, codec, in, out, capacity, produced)) && *produced > 0;
}

/* ---- LZMA without the header that tells its properties ---- */

static uint8_t properties_number(unsigned number) { return (uint8_t)(number / (BITS * BITS) * 45 + number / BITS % BITS * 9 + number % BITS); }

/* The properties stand somewhere in the first bytes, or nowhere: then all are tried that liblzma decodes, the usual ones first. */
static bool shape_number(unsigned number, codec_lzma_shape_t *shape)
{
    for (unsigned skip = 0; skip <= HEADER_MAX; skip++) {
        unsigned here = skip + 1 + BITS * BITS * BITS;
        if (number >= here) {
            number -= here;
            continue;
        }
        *shape = (codec_lzma_shape_t){.skip = (uint8_t)skip, .properties_at = CODEC_LZMA_FIXED, .properties = USUAL_PROPERTIES};
        if (number < skip)
            shape->properties_at = (uint8_t)number;
        else if (number > skip)
            shape->properties = properties_number(number - skip - 1);
        return true;
    }
    return false;
}

/* Can the block be of this shape at all? LZMA's range coder begins with a zero byte. */
static bool shape_fits(codec_lzma_shape_t shape, span_t in)
{
    unsigned literal = shape.properties % 9 + shape.properties / 9 % 5;
    return shape.skip + 5u < in.size && in.at[shape.skip] == 0 && (shape.properties_at != CODEC_LZMA_FIXED || literal <= LITERAL_BITS_MAX);
}

/* ---- the compression of the metadata ---- */

bool squashfs_root_is_sound(squashfs_t *fs)
{
    squashfs_inode_t root, inode;
    squashfs_entry_t entry;
    if (!squashfs_inode_at(fs, fs->super.root_inode, &root) || root.type != CHILD_DIRECTORY)
        return false;
    squashfs_listing_t listing = squashfs_listing(fs, &root);
    squashfs_next_t    next    = squashfs_next_entry(fs, &listing, &entry);
    return next == SQUASHFS_LISTING_END || (next == SQUASHFS_ENTRY && squashfs_inode_at(fs, entry.inode, &inode) && inode.type == entry.type);
}

static bool first_inode_is_sound(squashfs_t *fs)
{
    squashfs_inode_t inode;
    return squashfs_inode_at(fs, 0, &inode);
}

/* Sound with this compression alone? What was decoded for it is forgotten. */
static bool is_sound(squashfs_t *fs, codec_t codec, bool (*sound)(squashfs_t *))
{
    fs->metadata  = (squashfs_codecs_t){.known = {codec}, .count = 1, .trials = TRIALS};
    fs->quiet     = true;
    bool good     = sound(fs);
    fs->quiet     = false;
    squashfs_forget_metadata(fs);
    fs->owners_missing = false;
    return good;
}

static bool find_shape(squashfs_t *fs, bool (*sound)(squashfs_t *), span_t sample)
{
    codec_lzma_shape_t shape;
    for (unsigned i = 0; shape_number(i, &shape); i++) {
        if (!shape_fits(shape, sample))
            continue;
        codec_set_lzma_shape(fs->codecs, shape);
        if (is_sound(fs, CODEC_LZMA_SHAPED, sound))
            return true;
    }
    return false;
}

static bool find_for(squashfs_t *fs, codec_t declared, bool (*sound)(squashfs_t *), uint64_t reference)
{
    if (is_sound(fs, declared, sound))
        return true;
    for (codec_t codec = 0; codec <= CODEC_ZSTD; codec++)
        if (codec != declared && is_sound(fs, codec, sound))
            return true;
    span_t   sample;
    bool     stored;
    uint64_t next;
    bool     there = squashfs_metadata_block(fs, fs->super.inode_table + (reference >> 16), &sample, &stored, &next);
    return there && !stored && find_shape(fs, sound, sample);
}

bool squashfs_find_codec(squashfs_t *fs, codec_t declared)
{
    /* Only in 4.0 may the sizes of the blocks be otherwise than the rest. */
    unsigned orders = fs->super.big_endian && !squashfs_is_old(&fs->super) ? 2 : 1;
    bool     found  = false;
    for (unsigned i = 0; i < orders && !found; i++) {
        fs->sizes_are_big = fs->super.big_endian && i == 0;
        found             = squashfs_root_in_place(&fs->super) && find_for(fs, declared, squashfs_root_is_sound, fs->super.root_inode);
    }
    for (unsigned i = 0; i < orders && !found; i++) {
        fs->sizes_are_big = fs->super.big_endian && i == 0;
        found             = find_for(fs, declared, first_inode_is_sound, 0);
    }
    if (!found)
        fs->metadata.known[0] = declared;
    fs->metadata.proven = found;
    fs->metadata.trials = 0;
    fs->data            = (squashfs_codecs_t){.known = {fs->metadata.known[0]}, .count = 1};
    return found;
}

/* ---- one block ---- */

/* May what came out be believed of a compression that was not yet seen to be used? */
static bool is_convincing(codec_t codec, size_t produced, uint64_t expected)
{
    return codec_checks_itself(codec) || codec == CODEC_LZMA_ALONE || (expected > 0 && produced == expected);
}

static bool try_shapes(squashfs_t *fs, span_t in, uint8_t *out, size_t capacity, uint64_t expected, size_t *produced)
{
    codec_lzma_shape_t shape;
    for (unsigned i = 0; shape_number(i, &shape); i++) {
        if (!shape_fits(shape, in))
            continue;
        codec_set_lzma_shape(fs->codecs, shape);
        if (decode(fs, CODEC_LZMA_SHAPED, in, out, capacity, produced) && is_convincing(CODEC_LZMA_SHAPED, *produced, expected))
            return true;
    }
    return false;
}

static bool uses(const squashfs_codecs_t *codecs, codec_t codec)
{
    return (codecs->count > 0 && codecs->known[0] == codec) || (codecs->count > 1 && codecs->known[1] == codec);
}

/* The compression that decodes a block where none of the known ones does; CODEC_COUNT: none. */
static codec_t try_others(squashfs_t *fs, const squashfs_codecs_t *codecs, span_t in, uint8_t *out, size_t capacity, uint64_t expected, size_t *produced)
{
    for (codec_t codec = 0; codec <= CODEC_ZSTD; codec++) {
        if (uses(codecs, codec))
            continue;
        if (decode(fs, codec, in, out, capacity, produced) && is_convincing(codec, *produced, expected))
            return codec;
    }
    /* The context holds one shape: not another one where the metadata have theirs. */
    bool free_to_try = !codecs->proven && !uses(&fs->metadata, CODEC_LZMA_SHAPED);
    return free_to_try && try_shapes(fs, in, out, capacity, expected, produced) ? CODEC_LZMA_SHAPED : CODEC_COUNT;
}

bool squashfs_decompress(squashfs_t *fs, squashfs_codecs_t *codecs, span_t in, uint8_t *out, size_t capacity, uint64_t expected,
                         size_t *produced)
{
    for (unsigned i = 0; i < codecs->count; i++)
        if (decode(fs, codecs->known[i], in, out, capacity, produced) && (i == 0 || is_convincing(codecs->known[i], *produced, expected))) {
            codecs->proven = codecs->proven || i == 0;
            return true;
        }
    if (codecs->count == 2 || codecs->trials >= TRIALS)
        return false;
    codecs->trials++;
    codec_t found = try_others(fs, codecs, in, out, capacity, expected, produced);
    if (found == CODEC_COUNT)
        return false;
    if (codecs->proven)
        codecs->known[codecs->count++] = found;
    else
        codecs->known[0] = found;
    codecs->proven = true;
    if (!fs->quiet)
        sink_note(fs->sink, (uint64_t)(in.at - fs->image.at), "blocks are compressed otherwise than others or than declared");
    return true;
}

void squashfs_say_codec(const squashfs_t *fs, bool found)
{
    codec_t            codec = fs->metadata.known[0];
    codec_lzma_shape_t shape = codec_lzma_shape(fs->codecs);
    if (!found)
        sink_fact(fs->sink, "squashfs.compression", "unknown");
    else if (codec == CODEC_LZMA_SHAPED && shape.properties_at != CODEC_LZMA_FIXED)
        sink_fact_printf(fs->sink, "squashfs.compression", "lzma behind %u bytes, properties in byte %u", (unsigned)shape.skip,
                         (unsigned)shape.properties_at);
    else if (codec == CODEC_LZMA_SHAPED)
        sink_fact_printf(fs->sink, "squashfs.compression", "lzma behind %u bytes, lc=%u lp=%u pb=%u", (unsigned)shape.skip, shape.properties % 9u,
                         shape.properties / 9u % 5u, shape.properties / 45u);
    else
        sink_fact(fs->sink, "squashfs.compression", codec == CODEC_ZLIB ? "gzip" : codec_name(codec));
}
