/* Content of squashfs files: blocks one after another, each with its size on disk in a list (bit 24: stored as it is; 0: a hole),
 * and a tail shorter than a block that stands among the tails of other files in a fragment block. */
#include "extractors/squashfs.h"

#include <stdlib.h>

enum { LIST_BATCH = 256, CODEC_TRIALS = 8, FRAGMENT_SLOTS_MIN = 2 };

#define MISSING_BLOCK "a data block does not decode: zeros stand in its place, or nothing where no content follows"

static uint32_t size_on_disk(uint32_t word) { return word & (SQUASHFS_BLOCK_STORED - 1); }
static bool     is_stored(uint32_t word) { return (word & SQUASHFS_BLOCK_STORED) != 0; }

static bool try_codec(squashfs_t *fs, codec_t codec, span_t in, uint8_t *out, size_t *produced)
{
    return status_ok(codec_decode_with(fs->codecs, codec, in, out, fs->super.block_size, produced)) && *produced > 0;
}

/* Vendors declare one compression and use another. As long as no data block has proven the codec, the others are tried, and
 * believed when the format checks itself or the length is right. */
static bool find_codec(squashfs_t *fs, span_t in, uint8_t *out, size_t *produced)
{
    for (codec_t codec = 0; codec < CODEC_TRIED_COUNT; codec++) {
        if (codec == fs->data_codec || !try_codec(fs, codec, in, out, produced) || (!codec_checks_itself(codec) && *produced != fs->super.block_size))
            continue;
        fs->data_codec = codec;
        sink_note(fs->sink, (uint64_t)(in.at - fs->image.at), "data blocks are compressed otherwise than metadata or than declared");
        return true;
    }
    return false;
}

static bool decompress(squashfs_t *fs, span_t in, uint8_t *out, size_t *produced)
{
    if (try_codec(fs, fs->data_codec, in, out, produced))
        return fs->data_codec_proven = true;
    if (fs->data_codec_proven || fs->data_codec_trials++ >= CODEC_TRIALS)
        return false;
    return fs->data_codec_proven = find_codec(fs, in, out, produced);
}

/* The block of `word` at `at`, decoded into `out` where it is compressed; {NULL, 0} when it cannot be had. */
static span_t decode_block(squashfs_t *fs, uint64_t at, uint32_t word, uint8_t *out)
{
    span_t in = span_sub(fs->image, at, size_on_disk(word));
    if (in.at == NULL || in.size == 0 || in.size > fs->super.block_size)
        return (span_t){NULL, 0};
    if (is_stored(word))
        return in;
    size_t produced;
    if (!squashfs_spend(fs, in.size + fs->super.block_size / 8) || !decompress(fs, in, out, &produced) || !squashfs_spend(fs, produced))
        return (span_t){NULL, 0};
    return span_from(out, produced);
}

/* ---- fragments ---- */

static squashfs_fragment_t *slot_for(squashfs_t *fs, uint32_t index, bool *found)
{
    squashfs_fragment_t *least = &fs->fragments[0];
    for (size_t i = 0; i < fs->fragment_slots; i++) {
        squashfs_fragment_t *slot = &fs->fragments[i];
        *found                    = slot->used != 0 && slot->index == index;
        if (*found)
            return slot;
        if (slot->used < least->used)
            least = slot;
    }
    return least;
}

static void decode_fragment(squashfs_t *fs, squashfs_fragment_t *slot)
{
    uint8_t raw[16];
    slot->bytes = (span_t){NULL, 0};
    if (!squashfs_table_entry(fs, &fs->fragment_blocks, slot->index, raw))
        return; /* told by the damage of the table or of the file */
    reader_t r    = reader_from(span_from(raw, sizeof raw));
    slot->at      = read_le64(&r);
    uint32_t word = read_le32(&r);
    slot->length  = size_on_disk(word);
    slot->stored  = is_stored(word);
    slot->bytes   = decode_block(fs, slot->at, word, slot->buffer);
    if (slot->bytes.at == NULL && !fs->stopped)
        sink_damage(fs->sink, slot->at, slot->length, "a fragment block does not decode: files that end in it are cut");
    else if (slot->bytes.at != NULL && !slot->stored)
        sink_claim(fs->sink, slot->at, slot->length, REGION_CONTENT); /* many files stand in it: it belongs to no one child */
}

static const squashfs_fragment_t *load_fragment(squashfs_t *fs, uint32_t index)
{
    if (fs->fragment_slots == 0)
        fs->fragment_slots = (size_t)max_u64(min_u64(SQUASHFS_FRAGMENT_SLOTS, SQUASHFS_FRAGMENT_MEMORY / fs->super.block_size), FRAGMENT_SLOTS_MIN);
    bool                 found;
    squashfs_fragment_t *slot = slot_for(fs, index, &found);
    if (!found) {
        if (slot->buffer == NULL)
            slot->buffer = malloc(fs->super.block_size);
        if (slot->buffer == NULL) {
            fs->no_memory = fs->stopped = true;
            return NULL;
        }
        slot->index = index;
        decode_fragment(fs, slot);
    }
    slot->used = ++fs->clock;
    return slot->bytes.at != NULL ? slot : NULL;
}

void squashfs_free_fragments(squashfs_t *fs)
{
    for (size_t i = 0; i < SQUASHFS_FRAGMENT_SLOTS; i++)
        free(fs->fragments[i].buffer);
}

static uint64_t tail_size(const squashfs_t *fs, const squashfs_inode_t *inode)
{
    return inode->fragment == SQUASHFS_NONE ? 0 : inode->size % fs->super.block_size;
}

/* ---- the list of blocks ---- */

typedef struct { squashfs_cursor_t at; uint64_t left; size_t held, next; uint32_t words[LIST_BATCH]; } block_list_t;

static void list_begin(const squashfs_t *fs, const squashfs_inode_t *inode, block_list_t *list)
{
    list->at   = inode->tail;
    list->left = squashfs_block_count(fs, inode);
    list->held = list->next = 0;
}

/* The size of the next block; false when the list cannot be read. Only called while some are left. */
static bool list_next(squashfs_t *fs, block_list_t *list, uint32_t *word)
{
    if (list->next == list->held) {
        uint8_t raw[LIST_BATCH * 4];
        list->held = (size_t)min_u64(list->left, LIST_BATCH);
        list->next = 0;
        if (!squashfs_spend(fs, list->held * 4) || !squashfs_read(fs, &list->at, raw, list->held * 4))
            return false;
        reader_t r = reader_from(span_from(raw, sizeof raw));
        for (size_t i = 0; i < list->held; i++)
            list->words[i] = read_le32(&r);
    }
    *word = list->words[list->next++];
    list->left--;
    return true;
}

/* Does the whole content stand in the image as it is, in one run? Then no copy is needed. */
static bool stands_as_it_is(squashfs_t *fs, const squashfs_inode_t *inode, uint64_t *at)
{
    uint64_t tail = tail_size(fs, inode), left = inode->size;
    if (tail != 0) {
        const squashfs_fragment_t *fragment = tail == inode->size ? load_fragment(fs, inode->fragment) : NULL;
        if (fragment == NULL || !fragment->stored || !span_holds(fragment->bytes, inode->fragment_offset, tail))
            return false;
        *at = fragment->at + inode->fragment_offset;
        return true;
    }
    if (left == 0 || !span_holds(fs->image, inode->start, left))
        return false;
    block_list_t list;
    for (list_begin(fs, inode, &list); list.left > 0;) {
        uint32_t word;
        if (!list_next(fs, &list, &word) || !is_stored(word) || size_on_disk(word) != min_u64(left, fs->super.block_size))
            return false;
        left -= size_on_disk(word);
    }
    *at = inode->start;
    return left == 0;
}

/* ---- content ---- */

/* What is missing is made up by zeros only when something readable follows; neighbouring losses are one damage. */
typedef struct {
    squashfs_t *fs;
    child_t    *child;
    uint64_t    owed;
    uint64_t    lost_at, lost_length;
} writer_t;

static void tell_loss(writer_t *w)
{
    if (w->lost_length > 0 && !w->fs->stopped)
        child_damage(w->child, w->lost_at, w->lost_length, MISSING_BLOCK);
    w->lost_length = 0;
}

static void lose(writer_t *w, uint64_t at, uint64_t length, uint64_t bytes)
{
    if (w->lost_at + w->lost_length != at)
        tell_loss(w);
    if (w->lost_length == 0)
        w->lost_at = at;
    w->lost_length += length;
    w->owed += bytes;
}

static status_t pay(writer_t *w)
{
    status_t status = w->owed > 0 ? child_write_zeros(w->child, w->owed) : ok();
    w->owed         = 0;
    return status;
}

static status_t write_block(writer_t *w, uint64_t at, uint32_t word, uint64_t expected)
{
    span_t   decoded = decode_block(w->fs, at, word, w->fs->block);
    uint64_t length  = size_on_disk(word);
    if (decoded.at == NULL || decoded.size > expected) {
        lose(w, at, length, expected);
        return ok();
    }
    status_t status = pay(w);
    if (status_ok(status))
        status = child_write(w->child, decoded, at, length);
    if (decoded.size < expected)
        lose(w, at, length, expected - decoded.size);
    return status;
}

static status_t write_blocks(writer_t *w, const squashfs_inode_t *inode, bool *all)
{
    squashfs_t  *fs   = w->fs;
    uint64_t     left = inode->size, at = inode->start;
    status_t     status = ok();
    block_list_t list;
    for (list_begin(fs, inode, &list); list.left > 0 && status_ok(status);) {
        uint32_t word;
        uint64_t expected = min_u64(left, fs->super.block_size);
        *all              = list_next(fs, &list, &word);
        if (!*all) {
            if (!fs->stopped)
                child_damage(w->child, at, 0, "the list of blocks cannot be read to its end: the content is cut");
            return ok();
        }
        *all = word == 0 || span_holds(fs->image, at, size_on_disk(word));
        if (!*all) {
            child_damage(w->child, at, left, "data blocks lie behind the end of the image: the content is cut");
            return ok();
        }
        if (word == 0) {
            status = pay(w);
            if (status_ok(status))
                status = child_write_zeros(w->child, expected);
        } else {
            status = write_block(w, at, word, expected);
        }
        at += size_on_disk(word);
        left -= expected;
        if (fs->stopped)
            break;
    }
    return status;
}

static status_t write_tail(writer_t *w, const squashfs_inode_t *inode, uint64_t size)
{
    const squashfs_fragment_t *fragment = load_fragment(w->fs, inode->fragment);
    if (fragment == NULL || !span_holds(fragment->bytes, inode->fragment_offset, size)) {
        if (!w->fs->stopped)
            child_damage(w->child, fragment != NULL ? fragment->at : 0, fragment != NULL ? fragment->length : 0,
                         fragment != NULL ? "the end of the content lies behind the end of its fragment block" : "the fragment with the end of the content cannot be read");
        return ok();
    }
    status_t status = pay(w);
    if (!status_ok(status))
        return status;
    span_t bytes = span_sub(fragment->bytes, inode->fragment_offset, size);
    return fragment->stored ? child_write(w->child, bytes, fragment->at + inode->fragment_offset, size)
                            : child_write(w->child, bytes, fragment->at, fragment->length);
}

status_t squashfs_write_content(squashfs_t *fs, const squashfs_inode_t *inode, child_t *child)
{
    uint64_t run;
    if (stands_as_it_is(fs, inode, &run)) {
        child_range(child, run, inode->size);
        return ok();
    }
    writer_t w      = {.fs = fs, .child = child};
    uint64_t tail   = tail_size(fs, inode);
    bool     whole  = true;
    status_t status = write_blocks(&w, inode, &whole);
    if (status_ok(status) && whole && tail > 0 && !fs->stopped)
        status = write_tail(&w, inode, tail);
    tell_loss(&w);
    return status;
}
