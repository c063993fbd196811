/* Inodes: attributes, link targets, extended attributes, content. */
#include "extractors/ext4.h"

#include <stdio.h>

enum {
    XATTR_MAGIC = 0xEA020000, XATTR_BLOCK_HEADER = 32, XATTR_ENTRY = 16, XATTR_VALUE_MAX = 1 << 20, XATTR_BYTES_MAX = 4 << 20, XATTR_CHECKSUM_AT = 16,
    XATTR_ENCRYPTION = 9, XATTR_SYSTEM = 7, LINK_MAX_BYTES = 4096, CHECKSUM_LOW_AT = 0x7C, CHECKSUM_HIGH_AT = 0x82,
};

#define QUOTA_USER    UINT32_C(0xD9C01F11)
#define QUOTA_GROUP   UINT32_C(0xD9C01927)
#define QUOTA_PROJECT UINT32_C(0xD9C03F14)
#define ORPHAN_MAGIC  UINT32_C(0x0B10CA04)

/* ---- attributes ---- */

bool ext4_mode_is_known(uint32_t mode)
{
    uint32_t type = mode & 0170000;
    return type == 0100000 || fs_type_of_mode(type) != CHILD_FILE;
}

/* 34 bits: the two lowest of the extra field extend the seconds beyond 2038. */
static int64_t time_with(uint32_t seconds, uint32_t extra) { return (int64_t)(int32_t)seconds + ((int64_t)(extra & 3) << 32); }

static bool checksum_holds(const ext4_t *fs, const ext4_inode_t *inode)
{
    static const uint8_t zero[2] = {0, 0};
    span_t               raw     = inode->raw;
    reader_t             low = reader_at(raw, CHECKSUM_LOW_AT), high = reader_at(raw, CHECKSUM_HIGH_AT);
    uint32_t             stored = read_le16(&low), crc = ext4_crc32c(inode->seed, span_sub(raw, 0, CHECKSUM_LOW_AT));
    crc = ext4_crc32c(crc, span_from(zero, sizeof zero));
    crc = ext4_crc32c(crc, span_sub(raw, CHECKSUM_LOW_AT + 2, EXT4_INODE_MIN - CHECKSUM_LOW_AT - 2));
    if (fs->super.inode_size > EXT4_INODE_MIN && inode->extra_size >= 4) {
        stored |= (uint32_t)read_le16(&high) << 16;
        crc = ext4_crc32c(crc, span_sub(raw, EXT4_INODE_MIN, 2));
        crc = ext4_crc32c(crc, span_from(zero, sizeof zero));
        return ext4_crc32c(crc, span_from_offset(raw, CHECKSUM_HIGH_AT + 2)) == stored;
    }
    return (ext4_crc32c(crc, span_from_offset(raw, EXT4_INODE_MIN)) & 0xFFFF) == stored;
}

void ext4_parse_inode(const ext4_t *fs, uint32_t number, span_t raw, ext4_inode_t *inode)
{
    *inode = (ext4_inode_t){.number = number, .raw = raw, .at = ext4_offset(fs, raw)};
    reader_t r  = reader_from(raw);
    inode->mode = read_le16(&r);
    inode->uid  = read_le16(&r);
    inode->size = read_le32(&r);
    reader_skip(&r, 8);
    uint32_t seconds  = read_le32(&r), extra = 0;
    inode->deleted_at = read_le32(&r);
    inode->gid        = read_le16(&r);
    inode->links      = read_le16(&r);
    reader_skip(&r, 4);
    inode->flags      = read_le32(&r);
    r                 = reader_at(raw, 0x64);
    inode->generation = read_le32(&r);
    inode->xattr_block = read_le32(&r);
    uint32_t size_high = read_le32(&r);
    if ((inode->mode & 0170000) == 0100000 || (inode->mode & 0170000) == 0040000)
        inode->size |= (uint64_t)size_high << 32;
    r = reader_at(raw, 0x76);
    inode->xattr_block |= (uint64_t)read_le16(&r) << 32;
    inode->uid |= (uint32_t)read_le16(&r) << 16;
    inode->gid |= (uint32_t)read_le16(&r) << 16;
    if (raw.size > EXT4_INODE_MIN) {
        r                 = reader_at(raw, 0x80);
        inode->extra_size = read_le16(&r);
        r                 = reader_at(raw, 0x88);
        extra             = inode->extra_size >= 0x8C - 0x80 ? read_le32(&r) : 0;
    }
    inode->mtime = time_with(seconds, extra);
    if (fs->checksums) {
        inode->seed         = ext4_crc32c_le32(ext4_crc32c_le32(fs->seed, number), inode->generation);
        inode->checksum_bad = !checksum_holds(fs, inode);
    }
}

bool ext4_read_inode(const ext4_t *fs, uint64_t number, ext4_inode_t *inode)
{
    const ext4_super_t *s     = &fs->super;
    uint64_t            group = (number - 1) / s->inodes_per_group, at = (number - 1) % s->inodes_per_group * s->inode_size;
    if (number == 0 || number > s->inodes || group >= fs->group_count || !fs->groups[group].good)
        return false;
    span_t raw = ext4_bytes(fs, fs->groups[group].inode_table + at / s->block_size, at % s->block_size, s->inode_size);
    if (raw.at == NULL)
        return false;
    ext4_parse_inode(fs, (uint32_t)number, raw, inode);
    return true;
}

static bool read_shown_inode(const ext4_t *fs, uint64_t number, ext4_inode_t *inode)
{
    if (fs->old == NULL || fs->old->number != number)
        return ext4_read_inode(fs, number, inode);
    *inode = *fs->old;
    return true;
}

/* ---- files of the file system's own ---- */

static bool keep_first(void *context, const ext4_run_t *run)
{
    *(ext4_run_t *)context = *run;
    return false;
}

/* Files of quota, of the kinds of Linux, begin with these; each block of the file of orphans ends with one more, and a checksum. */
static bool begins_with_magic(ext4_t *fs, const ext4_inode_t *inode, uint32_t magic, uint64_t from_end)
{
    ext4_run_t first = {.kind = EXT4_RUN_LOST};
    ext4_map(fs, inode, 1, keep_first, &first);
    span_t   block = first.kind == EXT4_RUN_DATA ? ext4_bytes(fs, first.physical, 0, fs->super.block_size) : (span_t){NULL, 0};
    reader_t r     = reader_at(block, from_end > 0 ? fs->super.block_size - from_end : 0);
    return read_le32(&r) == magic && reader_ok(&r);
}

bool ext4_is_own_file(ext4_t *fs, const ext4_inode_t *inode)
{
    static const uint32_t quota[] = {QUOTA_USER, QUOTA_GROUP, QUOTA_PROJECT};
    const ext4_super_t   *s       = &fs->super;
    if (inode->number == 1 || inode->number == 7 || inode->number == EXT4_ROOT || (fs->journal_good && inode->number == s->journal_inode))
        return true;
    for (size_t i = 0; i < sizeof quota / sizeof *quota; i++)
        if ((s->ro_compat & EXT4_RO_QUOTA) != 0 && inode->number == s->quota_inodes[i])
            return begins_with_magic(fs, inode, quota[i], 0);
    return (s->compat & EXT4_COMPAT_ORPHAN_FILE) != 0 && inode->number == s->orphan_file && begins_with_magic(fs, inode, ORPHAN_MAGIC, 8);
}

/* ---- extended attributes ---- */

static const char *const prefixes[] = {
    "", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security.", "system.", "system.richacl",
    "encryption.", "gnu.",
};
enum { PREFIXES = sizeof prefixes / sizeof *prefixes };

typedef struct { size_t name_at, name_size, value_at, value_size; } xattr_place_t;
typedef struct {
    ext4_t       *fs;
    xattr_place_t places[XATTRS_MAX];
    size_t        count;
    span_t        inline_data;
    bool          damaged, too_many;
} xattr_reader_t;

/* An access control list as user space sees it: on disk, entries of users and groups alone have an id. */
static void append_acl(buffer_t *out, span_t value)
{
    reader_t r = reader_from(value);
    reader_skip(&r, 4);
    buffer_append_le(out, 2, 4);
    while (reader_left(&r) >= 4) {
        uint16_t tag = read_le16(&r), permissions = read_le16(&r);
        uint32_t id  = tag == 2 || tag == 8 ? read_le32(&r) : UINT32_MAX; /* ACL_USER, ACL_GROUP */
        buffer_append_le(out, tag, 2);
        buffer_append_le(out, permissions, 2);
        buffer_append_le(out, id, 4);
    }
}

static bool append_value_of_inode(ext4_t *fs, uint32_t number, uint32_t size)
{
    ext4_inode_t inode;
    return size <= XATTR_VALUE_MAX && ext4_read_inode(fs, number, &inode) && (inode.flags & EXT4_FLAG_EA_INODE) != 0 && inode.size >= size &&
           ext4_collect(fs, &inode, size, &fs->xattr_bytes);
}

static void keep_xattr(xattr_reader_t *x, uint8_t index, span_t name, span_t value, uint32_t value_inode, uint32_t size)
{
    buffer_t *bytes = &x->fs->xattr_bytes;
    if (index == XATTR_SYSTEM && name.size == 4 && memcmp(name.at, "data", 4) == 0) {
        x->inline_data = value;
        return;
    }
    if (index == XATTR_ENCRYPTION) /* the policy of fscrypt: a kernel does not list it either */
        return;
    if (x->count == XATTRS_MAX) {
        x->too_many = true;
        return;
    }
    xattr_place_t place = {.name_at = bytes->size};
    if (index < PREFIXES)
        buffer_append_text(bytes, prefixes[index]);
    else
        buffer_printf(bytes, "%u.", (unsigned)index);
    buffer_append(bytes, name);
    place.name_size = bytes->size - place.name_at;
    place.value_at  = bytes->size;
    if (value_inode != 0) {
        if (!append_value_of_inode(x->fs, value_inode, size))
            x->damaged = true;
    } else if (index == 2 || index == 3) {
        append_acl(bytes, value);
    } else {
        buffer_append(bytes, value);
    }
    place.value_size = bytes->size - place.value_at;
    if (bytes->failed)
        x->damaged = true;
    else
        x->places[x->count++] = place;
}

/* Entries from `at` on; positions of values count from `values`. */
static void read_xattr_entries(xattr_reader_t *x, span_t entries, span_t values)
{
    reader_t r = reader_from(entries);
    while (reader_left(&r) >= 4) {
        reader_t ahead = r;
        if (read_le32(&ahead) == 0)
            return;
        uint8_t  name_size = read_u8(&r), index = read_u8(&r);
        uint16_t value_at  = read_le16(&r);
        uint32_t inode     = read_le32(&r), size = read_le32(&r);
        reader_skip(&r, 4);
        span_t name  = read_span(&r, name_size);
        span_t value = inode == 0 ? span_sub(values, value_at, size) : (span_t){NULL, 0};
        reader_skip(&r, min_u64(round_up(name_size, 4) - name_size, reader_left(&r)));
        if (!reader_ok(&r) || (inode == 0 && size > 0 && value.at == NULL)) {
            x->damaged = true;
            return;
        }
        keep_xattr(x, index, name, value, inode, size);
    }
}

static void read_xattr_block(xattr_reader_t *x, uint64_t number)
{
    static const uint8_t zero[4] = {0, 0, 0, 0};
    ext4_t              *fs      = x->fs;
    span_t               block   = ext4_bytes(fs, number, 0, fs->super.block_size);
    reader_t             r       = reader_from(block);
    if (block.at == NULL || !ext4_spend(fs, block.size) || read_le32(&r) != XATTR_MAGIC) {
        x->damaged = true;
        return;
    }
    sink_claim(fs->sink, number * fs->super.block_size, block.size, REGION_STRUCTURE);
    if (fs->checksums) {
        uint32_t crc = ext4_crc32c_le32(ext4_crc32c_le32(fs->seed, (uint32_t)number), (uint32_t)(number >> 32));
        crc          = ext4_crc32c(crc, span_sub(block, 0, XATTR_CHECKSUM_AT));
        crc          = ext4_crc32c(crc, span_from(zero, sizeof zero));
        crc          = ext4_crc32c(crc, span_from_offset(block, XATTR_CHECKSUM_AT + 4));
        r            = reader_at(block, XATTR_CHECKSUM_AT);
        x->damaged   = x->damaged || crc != read_le32(&r);
    }
    read_xattr_entries(x, span_from_offset(block, XATTR_BLOCK_HEADER), block);
}

static void read_xattrs(xattr_reader_t *x, const ext4_inode_t *inode)
{
    x->fs->xattr_bytes.size   = 0;
    x->fs->xattr_bytes.failed = false;
    x->fs->xattr_bytes.limit  = XATTR_BYTES_MAX;
    if (inode->raw.size > EXT4_INODE_MIN && inode->extra_size > 0) {
        reader_t r = reader_at(inode->raw, EXT4_INODE_MIN + (uint64_t)inode->extra_size);
        if (reader_left(&r) >= 4 && read_le32(&r) == XATTR_MAGIC) {
            span_t entries = span_from_offset(inode->raw, r.pos);
            read_xattr_entries(x, entries, entries);
        }
    }
    if (inode->xattr_block != 0)
        read_xattr_block(x, inode->xattr_block);
}

size_t ext4_read_xattrs(ext4_t *fs, const ext4_inode_t *inode, span_t *inline_data, const char **what)
{
    xattr_reader_t x = {.fs = fs};
    read_xattrs(&x, inode);
    for (size_t i = 0; i < x.count; i++) {
        const xattr_place_t *place = &x.places[i];
        const uint8_t       *bytes = fs->xattr_bytes.at;
        fs->xattrs[i] = (xattr_t){span_from(bytes + place->name_at, place->name_size), span_from(bytes + place->value_at, place->value_size)};
    }
    if (x.damaged || x.too_many)
        *what = x.damaged ? "not all extended attributes can be read" : "more extended attributes than are shown";
    *inline_data = x.inline_data;
    return x.count;
}

span_t ext4_inline_rest(ext4_t *fs, const ext4_inode_t *inode)
{
    span_t      rest;
    const char *what = NULL;
    (void)ext4_read_xattrs(fs, inode, &rest, &what);
    return rest;
}

/* ---- objects of the tree ---- */

static span_t read_target(ext4_t *fs, const ext4_inode_t *inode, span_t inline_data, const char **what)
{
    uint64_t size    = min_u64(inode->size, LINK_MAX_BYTES);
    fs->link.size    = 0;
    fs->link.failed  = false;
    if (inode->size > LINK_MAX_BYTES)
        *what = "the target of the link is longer than a path can be and was cut";
    if ((inode->flags & (EXT4_FLAG_EXTENTS | EXT4_FLAG_INLINE_DATA)) == 0 && inode->size < EXT4_IN_INODE) {
        buffer_append(&fs->link, span_sub(inode->raw, EXT4_FIRST_BLOCK_FIELD, size));
    } else if ((inode->flags & EXT4_FLAG_INLINE_DATA) != 0) {
        buffer_append(&fs->link, span_sub(inode->raw, EXT4_FIRST_BLOCK_FIELD, min_u64(size, EXT4_IN_INODE)));
        buffer_append(&fs->link, span_clip(inline_data, 0, size - fs->link.size));
    } else if (!ext4_collect(fs, inode, size, &fs->link)) {
        *what = "the target of the link cannot be read";
    }
    return buffer_span(&fs->link);
}

static void read_device(const ext4_inode_t *inode, child_info_t *info)
{
    reader_t r     = reader_at(inode->raw, EXT4_FIRST_BLOCK_FIELD);
    uint32_t older = read_le32(&r), newer = read_le32(&r);
    if (older != 0)
        fs_set_device(info, older & 0xFFFF);
    else
        fs_set_device(info, newer);
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    ext4_t      *fs = context;
    ext4_inode_t inode;
    span_t       inline_data = {NULL, 0};
    if (!read_shown_inode(fs, number, &inode)) {
        *damage = (fs_damage_t){.offset = fs->image.size};
        if (number > fs->super.inodes || number == 0)
            damage->what = "its directory entry names an inode that cannot be: only the name is known";
        return false;
    }
    uint64_t at = inode.at == EXT4_HUGE ? 0 : inode.at;
    *damage     = (fs_damage_t){.offset = at, .length = inode.raw.size};
    if (!ext4_mode_is_known(inode.mode)) {
        damage->what = inode.mode == 0 ? "its inode is empty: only the name is known" : "its inode is damaged: only the name is known";
        return false;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    info->xattrs      = fs->xattrs;
    info->xattr_count = ext4_read_xattrs(fs, &inode, &inline_data, &damage->what);
    if (info->type == CHILD_SYMLINK)
        info->link = read_target(fs, &inode, inline_data, &damage->what);
    if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        read_device(&inode, info);
    if ((inode.flags & EXT4_FLAG_ENCRYPT) != 0) {
        fs->encrypted += info->type != CHILD_FILE; /* files are counted when they are written: once */
        if (info->type == CHILD_DIRECTORY)
            sink_limit(fs->sink, at, inode.raw.size, "encrypted", "the names of a directory are encrypted (fscrypt): they are shown as they stand");
        if (info->type == CHILD_SYMLINK)
            sink_limit(fs->sink, at, inode.raw.size, "encrypted", "the target of a link is encrypted (fscrypt): it is shown as it stands");
    }
    if (!fs->reading_deleted && inode.links == 0 && fs->old == NULL && number != EXT4_ROOT)
        damage->what = "it is named by a directory, but its inode counts no links: deleted, or about to be";
    if (inode.checksum_bad && !fs->reading_deleted)
        damage->what = "the checksum of its inode does not hold";
    return true;
}

/* ---- content ---- */

typedef struct { ext4_t *fs; fs_content_t content; uint64_t size; bool claim_rest; } writer_t;

static bool plain(const ext4_t *fs) { return fs->replayed.count == 0 && !fs->reading_deleted; }

static void write_block(writer_t *w, uint64_t block)
{
    ext4_t  *fs = w->fs;
    uint64_t size = fs->super.block_size, at = block * size;
    if (fs->reading_deleted && ext4_block_in_use(fs, block)) {
        fs_content_lost(&w->content, at, size, size, "a block of this deleted file was given to another since");
        fs->fragments_lost++;
        return;
    }
    span_t   bytes = ext4_table_find(&fs->replayed, block) != NULL ? ext4_bytes(fs, block, 0, size) : (span_t){NULL, 0};
    uint64_t there = bytes.at != NULL ? ext4_offset(fs, bytes) : at;
    if (there == EXT4_HUGE)
        fs_content_decoded(&w->content, bytes, at, 0);
    else
        fs_content_run(&w->content, there, size);
}

static bool write_run(void *context, const ext4_run_t *run)
{
    writer_t *w    = context;
    ext4_t   *fs   = w->fs;
    uint64_t  size = fs->super.block_size, from = run->logical * size;
    if (from > w->content.done)
        fs_content_hole(&w->content, from - w->content.done);
    if (run->kind == EXT4_RUN_LOST)
        fs_content_lost(&w->content, run->physical == EXT4_HUGE ? 0 : run->physical, 0, run->count * size, run->what);
    else if (run->kind == EXT4_RUN_UNWRITTEN)
        fs_content_hole(&w->content, run->count * size);
    else if (plain(fs))
        fs_content_run(&w->content, run->physical * size, run->count * size);
    else
        for (uint64_t i = 0; i < run->count && !fs_content_full(&w->content); i++)
            write_block(w, run->physical + i);
    return w->claim_rest || !fs_content_full(&w->content);
}

/* The tree of hashes of fs-verity stands behind the end of the content. */
static bool claim_behind(void *context, const ext4_run_t *run)
{
    writer_t *w    = context;
    uint64_t  size = w->fs->super.block_size, first = (w->size + size - 1) / size;
    uint64_t  skip = run->logical < first ? min_u64(first - run->logical, run->count) : 0;
    uint64_t  at = (run->physical + skip) * size;
    if (run->kind == EXT4_RUN_DATA && at < w->fs->image.size)
        sink_claim(w->fs->sink, at, min_u64((run->count - skip) * size, w->fs->image.size - at), REGION_STRUCTURE);
    return true;
}

static void write_inline(writer_t *w, const ext4_inode_t *inode, span_t rest)
{
    const span_t parts[] = {span_sub(inode->raw, EXT4_FIRST_BLOCK_FIELD, EXT4_IN_INODE), rest};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t at = ext4_offset(w->fs, parts[i]);
        if (at == EXT4_HUGE)
            fs_content_decoded(&w->content, parts[i], 0, 0);
        else
            fs_content_run(&w->content, at, parts[i].size);
    }
}

static status_t write_object(void *context, uint64_t number, child_t *child)
{
    ext4_t      *fs = context;
    ext4_inode_t inode;
    if (!read_shown_inode(fs, number, &inode))
        return ok();
    uint64_t at   = inode.at == EXT4_HUGE ? 0 : inode.at, block_size = fs->super.block_size;
    writer_t w    = {.fs = fs, .size = inode.size};
    bool     encrypted = (inode.flags & EXT4_FLAG_ENCRYPT) != 0;
    if (encrypted) {
        fs->encrypted++;
        sink_limit(fs->sink, at, inode.raw.size, "encrypted", "the content of a file is encrypted (fscrypt): it is given as it stands");
        child_damage(child, at, inode.raw.size, "encrypted (fscrypt): the content is ciphertext");
        w.size = round_up(inode.size, block_size); /* whole blocks are encrypted */
    }
    fs->child = child;
    fs_content_begin(&w.content, child, fs->image, w.size);
    status_t status;
    if ((inode.flags & EXT4_FLAG_INLINE_DATA) != 0) {
        write_inline(&w, &inode, ext4_inline_rest(fs, &inode));
        status = fs_content_end(&w.content); /* mke2fs leaves holes out */
    } else {
        ext4_map(fs, &inode, w.size / block_size + (w.size % block_size != 0), write_run, &w);
        status = fs->told_work ? fs_content_end_lost(&w.content, at, "the list of blocks costs more to read than this image may")
            : fs_content_end(&w.content);
        if ((inode.flags & EXT4_FLAG_VERITY) != 0) {
            fs->verity++;
            ext4_map(fs, &inode, UINT32_MAX, claim_behind, &w);
        }
    }
    fs->child = NULL;
    return status;
}

const fs_operations_t ext4_operations = {.format = "ext4", .read = read_object, .list = ext4_list, .write = write_object};
