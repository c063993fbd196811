/* The journal (jbd2), a file of the file system. All big-endian. Block 0 is its superblock; behind it, in a ring, transactions:
 * descriptor blocks (type 1) with tags that say where the blocks that follow belong, revoke blocks (5) with blocks whose earlier
 * copies must not be used, and a commit block (2). Each begins with the magic 0xC03B3998, type and number of the transaction.
 * Source: Linux, Documentation/filesystems/ext4/journal.rst. */
#include "extractors/ext4.h"

#include <stdlib.h>

enum {
    JBD_HEADER = 12, JBD_SUPER = 1024, JBD_DESCRIPTOR = 1, JBD_COMMIT = 2, JBD_SUPER_V1 = 3, JBD_SUPER_V2 = 4, JBD_REVOKE = 5,
    COMPAT_CHECKSUM = 1, INCOMPAT_64BIT = 2, INCOMPAT_ASYNC = 4, INCOMPAT_CSUM_V2 = 8, INCOMPAT_CSUM_V3 = 16, INCOMPAT_FAST_COMMIT = 32,
    TAG_ESCAPED = 1, TAG_SAME_UUID = 2, TAG_LAST = 8, UUID = 16, COMMIT_CHECKSUM_AT = 16, COMMIT_TIME_AT = 48, SUPER_CHECKSUM_AT = 0xFC,
    FAST_COMMIT_DEFAULT = 256, FAST_COMMIT_HEAD = 9, REVOKE_HEADER = 16,
};
#define JBD_MAGIC UINT32_C(0xC03B3998)

typedef struct { uint64_t logical, physical, count; } piece_t;

typedef struct {
    ext4_t  *fs;
    piece_t *pieces;    /* ascending */
    size_t   piece_count, piece_capacity;
    uint32_t blocks, last, first, sequence, start, compat, incompat, fast_blocks; /* last: the first block behind the ring */
    uint32_t seed, tag_size;
    bool     checksums, broken;
    ext4_table_t revoked;       /* block → newest transaction that revoked it */
} journal_t;

static bool keep_piece(void *context, const ext4_run_t *run)
{
    journal_t *j = context;
    if (run->kind != EXT4_RUN_DATA)
        return true;
    if (!ext4_grow((void **)&j->pieces, j->piece_count, &j->piece_capacity, sizeof *j->pieces)) {
        j->fs->no_memory = true;
        return false;
    }
    j->pieces[j->piece_count++] = (piece_t){run->logical, run->physical, run->count};
    return true;
}

/* A block of the journal, as it stands in the image. */
static span_t journal_block(const journal_t *j, uint32_t number)
{
    size_t low = 0, high = j->piece_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (j->pieces[middle].logical + j->pieces[middle].count <= number)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t size = j->fs->super.block_size;
    if (low == j->piece_count || number < j->pieces[low].logical)
        return (span_t){NULL, 0};
    return span_sub(j->fs->image, (j->pieces[low].physical + (number - j->pieces[low].logical)) * size, size);
}

static uint32_t following(const journal_t *j, uint32_t number) { return number + 1 >= j->last ? j->first : number + 1; }

/* ---- the superblock of the journal ---- */

static bool find_inode(ext4_t *fs, ext4_inode_t *inode, uint8_t backup[EXT4_INODE_MIN])
{
    const ext4_super_t *s = &fs->super;
    if (ext4_read_inode(fs, s->journal_inode, inode) && (inode->mode & 0170000) == 0100000 && inode->size > 0 && !inode->checksum_bad)
        return true;
    if (s->journal_backup_type != 1 || s->journal_backup[16] == 0)
        return false;
    sink_damage(fs->sink, inode->at == EXT4_HUGE ? 0 : inode->at, inode->raw.size,
        "the inode of the journal is damaged: its backup in the superblock was used");
    memset(backup, 0, EXT4_INODE_MIN);
    for (size_t i = 0; i < 60; i++)
        backup[EXT4_FIRST_BLOCK_FIELD + i] = (uint8_t)(s->journal_backup[i / 4] >> 8 * (i % 4));
    *inode = (ext4_inode_t){
        .number = s->journal_inode, .mode = 0100000, .raw = span_from(backup, EXT4_INODE_MIN), .at = EXT4_HUGE,
        .size = (uint64_t)s->journal_backup[15] << 32 | s->journal_backup[16],
        .flags = (s->journal_backup[0] & 0xFFFF) == 0xF30A ? EXT4_FLAG_EXTENTS : 0,
    };
    return true;
}

static uint32_t tag_size_of(const journal_t *j)
{
    if ((j->incompat & INCOMPAT_CSUM_V3) != 0)
        return 16;
    return 8 + ((j->incompat & INCOMPAT_64BIT) != 0 ? 4U : 0) + ((j->incompat & INCOMPAT_CSUM_V2) != 0 ? 2U : 0);
}

/* CRC-32C of a block whose 4 bytes at `at` count as zero. */
static uint32_t checksum_without(uint32_t seed, span_t block, uint64_t at)
{
    static const uint8_t zero[4] = {0, 0, 0, 0};
    uint32_t             crc     = ext4_crc32c(seed, span_sub(block, 0, at));
    crc                          = ext4_crc32c(crc, span_from(zero, sizeof zero));
    return ext4_crc32c(crc, span_from_offset(block, at + sizeof zero));
}

static bool read_journal_super(journal_t *j)
{
    span_t   block = journal_block(j, 0);
    reader_t r     = reader_from(block);
    uint32_t magic = read_be32(&r), type = read_be32(&r);
    reader_skip(&r, 4);
    uint32_t size = read_be32(&r);
    j->blocks     = read_be32(&r);
    j->first      = read_be32(&r);
    j->sequence   = read_be32(&r);
    j->start      = read_be32(&r);
    reader_skip(&r, 4);
    if (magic != JBD_MAGIC || (type != JBD_SUPER_V1 && type != JBD_SUPER_V2) || size != j->fs->super.block_size || j->first == 0 ||
        j->first >= j->blocks)
        return false;
    if (type == JBD_SUPER_V2) {
        j->compat   = read_be32(&r);
        j->incompat = read_be32(&r);
        reader_skip(&r, 4);
        j->seed = ext4_crc32c(UINT32_MAX, read_span(&r, UUID));
        r       = reader_at(block, 0x54);
        uint32_t fast  = read_be32(&r);
        j->fast_blocks = (j->incompat & INCOMPAT_FAST_COMMIT) == 0 ? 0 : fast == 0 ? FAST_COMMIT_DEFAULT : fast;
    }
    j->checksums = (j->incompat & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3)) != 0;
    j->tag_size  = tag_size_of(j);
    uint64_t end = j->piece_count > 0 ? j->pieces[j->piece_count - 1].logical + j->pieces[j->piece_count - 1].count : 0;
    j->blocks    = (uint32_t)min_u64(j->blocks, end);
    j->last      = j->blocks - (uint32_t)min_u64(j->fast_blocks, j->blocks);
    r            = reader_at(block, SUPER_CHECKSUM_AT);
    if (j->checksums && checksum_without(UINT32_MAX, span_sub(block, 0, JBD_SUPER), SUPER_CHECKSUM_AT) != read_be32(&r))
        sink_damage(j->fs->sink, ext4_offset(j->fs, block), JBD_SUPER, "the checksum of the journal's superblock does not hold");
    return j->last > j->first;
}

/* ---- tags ---- */

typedef struct { uint64_t block; uint32_t flags, checksum; } tag_t;

/* The next tag; false at the end of the block. */
static bool read_tag(const journal_t *j, reader_t *r, tag_t *tag)
{
    reader_t t = reader_from(read_span(r, j->tag_size));
    if (!reader_ok(r))
        return false;
    tag->block = read_be32(&t);
    if ((j->incompat & INCOMPAT_CSUM_V3) != 0) {
        tag->flags = read_be32(&t);
        tag->block |= (uint64_t)read_be32(&t) << 32;
        tag->checksum = read_be32(&t);
    } else {
        tag->checksum = read_be16(&t);
        tag->flags    = read_be16(&t);
        if ((j->incompat & INCOMPAT_64BIT) != 0)
            tag->block |= (uint64_t)read_be32(&t) << 32;
    }
    if ((tag->flags & TAG_SAME_UUID) == 0)
        reader_skip(r, UUID);
    return true;
}

static reader_t tags_of(const journal_t *j, span_t descriptor)
{
    return reader_at(span_clip(descriptor, 0, descriptor.size - (j->checksums ? 4 : 0)), JBD_HEADER);
}

static bool tail_checksum_holds(const journal_t *j, span_t block)
{
    reader_t r = reader_at(block, block.size - 4);
    return !j->checksums || checksum_without(j->seed, block, block.size - 4) == read_be32(&r);
}

static bool copy_checksum_holds(const journal_t *j, const tag_t *tag, span_t copy, uint32_t sequence)
{
    const uint8_t number[4] = {(uint8_t)(sequence >> 24), (uint8_t)(sequence >> 16), (uint8_t)(sequence >> 8), (uint8_t)sequence};
    if (!j->checksums)
        return true;
    uint32_t crc = ext4_crc32c(ext4_crc32c(j->seed, span_from(number, sizeof number)), copy);
    return ((j->incompat & INCOMPAT_CSUM_V3) != 0 ? crc : crc & 0xFFFF) == tag->checksum;
}

/* CRC-32 of Ethernet, most significant bit first, not inverted: of whole transactions in the first kind of checksums. */
static uint32_t crc32_be(uint32_t crc, span_t bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        crc ^= (uint32_t)bytes.at[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7 : 0);
    }
    return crc;
}

/* ---- replay ---- */

typedef enum { PASS_SCAN, PASS_REVOKE, PASS_REPLAY } pass_t;

typedef struct {
    pass_t   pass;
    uint32_t sequence, at, end;  /* transaction and block in hand; the first transaction that is not applied */
    uint32_t crc;                /* of the transaction so far */
    uint64_t last_commit;        /* its time */
    bool     suspect;            /* a checksum in this transaction does not hold */
    uint64_t visited, replayed;
} replay_t;

static bool read_header(span_t block, uint32_t *type, uint32_t *sequence)
{
    reader_t r = reader_from(block);
    uint32_t magic = read_be32(&r);
    *type          = read_be32(&r);
    *sequence      = read_be32(&r);
    return reader_ok(&r) && magic == JBD_MAGIC;
}

static void use_copy(journal_t *j, replay_t *p, const tag_t *tag, span_t copy)
{
    ext4_t            *fs      = j->fs;
    const ext4_item_t *revoked = ext4_table_find(&j->revoked, tag->block);
    if (tag->block >= fs->super.blocks || (revoked != NULL && (int32_t)(p->sequence - (uint32_t)revoked->value) <= 0))
        return;
    if (copy.at == NULL || !copy_checksum_holds(j, tag, copy, p->sequence)) {
        sink_damage(fs->sink, copy.at != NULL ? ext4_offset(fs, copy) : fs->image.size, copy.size,
            "a block in the journal is damaged: the older one in its place was used");
        return;
    }
    bool escaped = (tag->flags & TAG_ESCAPED) != 0;
    if (escaped) { /* it began with the journal's magic, which was zeroed */
        size_t at = fs->restored.size;
        buffer_append_le(&fs->restored, __builtin_bswap32(JBD_MAGIC), 4);
        buffer_append(&fs->restored, span_from_offset(copy, 4));
        fs->no_memory = fs->no_memory || fs->restored.failed || !ext4_table_put(&fs->escaped, tag->block, at);
    } else if (ext4_table_find(&fs->escaped, tag->block) != NULL) {
        size_t at = fs->restored.size; /* a newer copy of a block that was escaped before */
        buffer_append(&fs->restored, copy);
        fs->no_memory = fs->no_memory || fs->restored.failed || !ext4_table_put(&fs->escaped, tag->block, at);
    }
    fs->no_memory = fs->no_memory || !ext4_table_put(&fs->replayed, tag->block, ext4_offset(fs, copy));
    p->replayed++;
}

static void read_descriptor(journal_t *j, replay_t *p, span_t block)
{
    reader_t r = tags_of(j, block);
    tag_t    tag;
    bool     add_up = p->pass == PASS_SCAN && (j->compat & COMPAT_CHECKSUM) != 0;
    p->suspect = p->suspect || (p->pass == PASS_SCAN && !tail_checksum_holds(j, block));
    if (add_up)
        p->crc = crc32_be(p->crc, block);
    while (p->visited <= j->blocks && !j->fs->no_memory && read_tag(j, &r, &tag)) {
        span_t copy = journal_block(j, p->at);
        p->at       = following(j, p->at);
        p->visited++;
        if (add_up && copy.at != NULL)
            p->crc = crc32_be(p->crc, copy);
        if (p->pass == PASS_REPLAY)
            use_copy(j, p, &tag, copy);
        if ((tag.flags & TAG_LAST) != 0)
            return;
    }
}

static void read_revocations(journal_t *j, replay_t *p, span_t block)
{
    unsigned width = (j->incompat & INCOMPAT_64BIT) != 0 ? 8 : 4;
    reader_t r     = reader_at(block, JBD_HEADER);
    uint32_t used  = read_be32(&r);
    r              = reader_at(span_clip(block, 0, min_u64(used, block.size - (j->checksums ? 4 : 0))), REVOKE_HEADER);
    while (reader_left(&r) >= width && !j->fs->no_memory)
        j->fs->no_memory = !ext4_table_put(&j->revoked, read_be(&r, width), p->sequence);
}

/* Is the transaction in hand, whose commit block this is, whole? In doubt it is what an earlier round in the ring left. */
static bool commit_holds(journal_t *j, replay_t *p, span_t block)
{
    reader_t r      = reader_at(block, JBD_HEADER);
    uint8_t  type   = read_u8(&r), size = read_u8(&r);
    r               = reader_at(block, COMMIT_CHECKSUM_AT);
    uint32_t stored = read_be32(&r);
    r               = reader_at(block, COMMIT_TIME_AT);
    uint64_t time   = read_be64(&r);
    bool     good   = !p->suspect;
    if ((j->compat & COMPAT_CHECKSUM) != 0)
        good = good && ((type == 1 && size == 4 && stored == p->crc) || (type == 0 && size == 0 && stored == 0));
    if (j->checksums)
        good = good && checksum_without(j->seed, block, COMMIT_CHECKSUM_AT) == stored;
    if (!good && time >= p->last_commit) {
        sink_damage(j->fs->sink, ext4_offset(j->fs, block), block.size,
            "a transaction in the journal is damaged: it and those behind it were not applied");
        j->broken = true;
    }
    p->last_commit = time;
    return good;
}

static void run_pass(journal_t *j, replay_t *p, pass_t pass)
{
    p->pass     = pass;
    p->sequence = j->sequence;
    p->at       = j->start;
    p->visited  = 0;
    p->crc      = UINT32_MAX;
    while (p->visited <= j->blocks && !j->fs->no_memory && (pass == PASS_SCAN || p->sequence != p->end)) {
        span_t   block = journal_block(j, p->at);
        uint32_t type, sequence;
        if (block.at == NULL || !read_header(block, &type, &sequence) || sequence != p->sequence)
            break;
        p->at = following(j, p->at);
        p->visited++;
        if (type == JBD_DESCRIPTOR) {
            read_descriptor(j, p, block);
        } else if (type == JBD_REVOKE) {
            p->suspect = p->suspect || (pass == PASS_SCAN && !tail_checksum_holds(j, block));
            if (pass == PASS_REVOKE)
                read_revocations(j, p, block);
        } else if (type == JBD_COMMIT) {
            if (pass == PASS_SCAN && !commit_holds(j, p, block))
                break;
            p->sequence++;
            p->crc     = UINT32_MAX;
            p->suspect = false;
        } else {
            break;
        }
    }
    if (pass == PASS_SCAN)
        p->end = p->sequence;
}

/* Fast commits change inodes without copies of blocks; they are not applied here. */
static void look_for_fast_commits(const journal_t *j, uint32_t sequence)
{
    span_t   block = j->fast_blocks > 0 ? journal_block(j, j->last) : (span_t){NULL, 0};
    reader_t r     = reader_from(block);
    uint16_t tag   = read_le16(&r);
    reader_skip(&r, 6);
    if (reader_ok(&r) && tag == FAST_COMMIT_HEAD && read_le32(&r) == sequence)
        sink_limit(j->fs->sink, ext4_offset(j->fs, block), (uint64_t)j->fast_blocks * block.size, "fast-commit",
            "the journal holds fast commits, which were not applied: the last changes before the file system was left are missing");
}

static void replay(journal_t *j)
{
    replay_t p = {0};
    if (j->start < j->first || j->start >= j->last) {
        sink_damage(j->fs->sink, ext4_offset(j->fs, journal_block(j, 0)), JBD_SUPER,
            "the journal says that it begins where it cannot: it was not applied");
        return;
    }
    run_pass(j, &p, PASS_SCAN);
    run_pass(j, &p, PASS_REVOKE);
    run_pass(j, &p, PASS_REPLAY);
    uint32_t transactions = p.end - j->sequence;
    sink_fact_printf(j->fs->sink, "ext4.journal", "%u transactions not written back, %llu blocks%s", transactions, (unsigned long long)p.replayed,
        j->broken ? ", damaged" : "");
    if (transactions > 0)
        sink_note(j->fs->sink, ext4_offset(j->fs, journal_block(j, j->start)),
            "the file system was not unmounted cleanly: it is read with the committed transactions of its journal applied");
    look_for_fast_commits(j, p.end);
}

/* ---- what the journal still holds ---- */

static int newest_first(const void *a, const void *b)
{
    const ext4_copy_t *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (x->sequence != y->sequence)
        return (int32_t)(x->sequence - y->sequence) > 0 ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool keep_copies(journal_t *j, uint32_t number, span_t descriptor, uint32_t sequence)
{
    ext4_copies_t *h = &j->fs->history;
    reader_t       r = tags_of(j, descriptor);
    tag_t          tag;
    for (uint32_t at = following(j, number), n = 0; n < j->blocks && read_tag(j, &r, &tag); at = following(j, at), n++) {
        span_t copy = journal_block(j, at);
        if (copy.at != NULL && tag.block < j->fs->super.blocks && copy_checksum_holds(j, &tag, copy, sequence)) {
            if (!ext4_grow((void **)&h->copies, h->count, &h->capacity, sizeof *h->copies))
                return false;
            h->copies[h->count++] = (ext4_copy_t){tag.block, ext4_offset(j->fs, copy), sequence, (tag.flags & TAG_ESCAPED) != 0};
        }
        if ((tag.flags & TAG_LAST) != 0)
            break;
    }
    return true;
}

/* All copies in the ring, of whatever transaction: of the blocks as they were before. */
static void read_history(journal_t *j)
{
    for (uint32_t number = j->first; number < j->last && !j->fs->no_memory; number++) {
        span_t   block = journal_block(j, number);
        uint32_t type, sequence;
        if (block.at == NULL || !read_header(block, &type, &sequence) || type != JBD_DESCRIPTOR || !tail_checksum_holds(j, block))
            continue;
        if (!ext4_spend(j->fs, block.size * 16))
            break;
        j->fs->no_memory = !keep_copies(j, number, block, sequence);
    }
    if (j->fs->history.count > 0)
        qsort(j->fs->history.copies, j->fs->history.count, sizeof *j->fs->history.copies, newest_first);
}

void ext4_open_journal(ext4_t *fs)
{
    journal_t    j = {.fs = fs};
    ext4_inode_t inode = {0};
    uint8_t      backup[EXT4_INODE_MIN];
    bool         dirty = (fs->super.incompat & EXT4_INCOMPAT_RECOVER) != 0;
    if ((fs->super.compat & EXT4_COMPAT_JOURNAL) == 0 || fs->super.journal_inode == 0)
        return;
    bool found = find_inode(fs, &inode, backup);
    if (found)
        ext4_map(fs, &inode, (inode.size + fs->super.block_size - 1) / fs->super.block_size, keep_piece, &j);
    if (!found || !read_journal_super(&j)) {
        sink_damage(fs->sink, found && j.piece_count > 0 ? j.pieces[0].physical * fs->super.block_size : EXT4_SUPER_AT, 0,
            dirty ? "the journal cannot be read: the last changes, which were not written back, are missing" : "the journal cannot be read");
    } else {
        fs->journal_good = true;
        ext4_claim_file(fs, &inode);
        if (dirty && j.start != 0)
            replay(&j);
        else
            sink_fact(fs->sink, "ext4.journal", "clean");
        if (fs->deleted)
            read_history(&j);
    }
    free(j.pieces);
    free(j.revoked.items);
}
