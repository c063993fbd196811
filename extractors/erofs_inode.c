/* Inodes, extended attributes, directories. A directory consists of blocks of their own: entries of 12 bytes (number, where its name begins,
 * type), then the names, one ending where the next begins. Extended attributes stand behind the inode or, when inodes share them, at a
 * place that is named by a number; a prefix of their names is a number, too, of a fixed table or of one that the superblock names. */
#include "extractors/erofs.h"

enum { COMPACT_SIZE = 32, EXTENDED_SIZE = 64, XATTR_HEADER = 12, XATTR_ENTRY = 4, DIRENT = 12, NAME_MAX_BYTES = 255, LONG_PREFIX = 0x80 };
enum { LINK_MAX_BYTES = 65536, DIRECTORY_MAX_BYTES = 64 << 20, XATTR_NAME_MAX = 255 + 255 + 32 };

bool erofs_read_inode(const erofs_t *fs, uint64_t number, erofs_inode_t *inode)
{
    uint64_t at, from;
    *inode = (erofs_inode_t){.number = number};
    if (!checked_mul(number, EROFS_SLOT, &at) || !checked_mul(fs->super.meta_block, fs->block, &from) || !checked_add(at, from, &at))
        return false;
    reader_t r      = reader_at(fs->image, at);
    uint16_t format = read_le16(&r), xattrs = read_le16(&r), more;
    bool     extended = (format & 1) != 0;
    inode->at         = at;
    inode->layout     = format >> 1 & 7;
    inode->mode       = read_le16(&r);
    more              = read_le16(&r); /* upper bits of the block, or number of links */
    inode->size       = extended ? read_le64(&r) : read_le32(&r);
    inode->mtime      = extended ? 0 : fs->super.epoch + read_le32(&r);
    inode->raw        = read_le32(&r);
    reader_skip(&r, 4);
    inode->uid = extended ? read_le32(&r) : read_le16(&r);
    inode->gid = extended ? read_le32(&r) : read_le16(&r);
    if (extended)
        inode->mtime = (int64_t)read_le64(&r);
    bool high       = (fs->super.incompat & EROFS_48BIT) != 0 && (extended || ((format >> 4 & 1) != 0 && (inode->mode & 0170000) != 0040000));
    inode->start    = inode->raw | (high ? (uint64_t)more << 32 : 0);
    uint64_t size   = extended ? EXTENDED_SIZE : COMPACT_SIZE;
    inode->xattr_at = at + size;
    inode->end      = inode->xattr_at + (xattrs == 0 ? 0 : XATTR_HEADER + (xattrs - 1u) * 4u);
    return span_holds(fs->image, at, size);
}

/* ---- extended attributes ---- */

static const char *prefix_name(uint8_t index)
{
    static const char *const names[] = {"", "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", "lustre.", "security."};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

/* A length of 16 bits, a number of the fixed table, the rest of the prefix; each begins at a multiple of four. */
void erofs_read_prefixes(erofs_t *fs)
{
    uint64_t at     = (uint64_t)fs->super.prefix_start * 4;
    bool     packed = (fs->super.incompat & EROFS_FRAGMENTS) != 0 && fs->super.packed != 0 && (fs->super.compat & EROFS_COMPAT_PLAIN_PREFIXES) == 0;
    for (uint8_t i = 0; i < fs->super.prefix_count && fs->prefix_count < EROFS_PREFIXES_MAX; i++) {
        buffer_t text = {0};
        reader_t r    = reader_at(fs->image, at);
        uint64_t size = 0;
        if (packed) {
            size = erofs_read_packed(fs, at, 2, &text) ? text.at[0] | (uint64_t)text.at[1] << 8 : 0;
            text.size = 0;
            (void)erofs_read_packed(fs, at + 2, size, &text);
        } else {
            size = read_le16(&r);
            buffer_append(&text, read_span(&r, size));
        }
        bool good = size > 0 && text.size == size && prefix_name(text.at[0]) != NULL && size <= NAME_MAX_BYTES;
        if (good) {
            fs->prefixes[fs->prefix_count].base = text.at[0];
            fs->prefixes[fs->prefix_count].at   = fs->prefix_bytes.size;
            fs->prefixes[fs->prefix_count].size = (size_t)size - 1;
            fs->prefix_count++;
            buffer_append(&fs->prefix_bytes, span_from_offset(buffer_span(&text), 1));
            if (!packed)
                sink_claim(fs->sink, at, 2 + size, REGION_STRUCTURE);
        }
        buffer_free(&text);
        if (!good) {
            sink_damage(fs->sink, packed ? 0 : min_u64(at, fs->image.size), 0, "the long prefixes of extended attributes cannot be read");
            return;
        }
        at = round_up(at + 2 + size, 4);
    }
}

typedef struct { size_t name_at, name_size; span_t value; } pending_t;

/* The attribute at `at`, which must end before `end`. Returns behind it; 0 when it cannot be read. */
static uint64_t read_xattr(erofs_t *fs, uint64_t at, uint64_t end, pending_t *pending)
{
    span_t      within = span_clip(fs->image, 0, end);
    reader_t    r      = reader_at(within, at);
    uint8_t     length = read_u8(&r), index = read_u8(&r);
    uint16_t    size   = read_le16(&r);
    span_t      name   = read_span(&r, length);
    const char *prefix = prefix_name(index);
    pending->value     = read_span(&r, size);
    pending->name_at   = fs->xattr_bytes.size;
    if (!reader_ok(&r))
        return 0;
    span_t infix = {NULL, 0};
    if ((index & LONG_PREFIX) != 0 && (index & ~LONG_PREFIX) < (int)fs->prefix_count) {
        prefix = prefix_name(fs->prefixes[index & ~LONG_PREFIX].base);
        infix  = span_sub(buffer_span(&fs->prefix_bytes), fs->prefixes[index & ~LONG_PREFIX].at, fs->prefixes[index & ~LONG_PREFIX].size);
    }
    if (prefix == NULL)
        buffer_printf(&fs->xattr_bytes, "prefix-%u.", index);
    else
        buffer_append_text(&fs->xattr_bytes, prefix);
    buffer_append(&fs->xattr_bytes, infix);
    buffer_append(&fs->xattr_bytes, name);
    pending->name_size = fs->xattr_bytes.size - pending->name_at;
    sink_claim(fs->sink, at, r.pos - at, REGION_STRUCTURE);
    return round_up(r.pos, 4);
}

/* Fills `info`; what is wrong, NULL: nothing. */
static const char *read_xattrs(erofs_t *fs, const erofs_inode_t *inode, child_info_t *info)
{
    pending_t   pending[XATTRS_MAX];
    size_t      count = 0;
    const char *what  = NULL;
    reader_t    r     = reader_at(span_clip(fs->image, 0, inode->end), inode->xattr_at);
    fs->xattr_bytes.size = 0;
    if (inode->end - inode->xattr_at < XATTR_HEADER)
        return NULL;
    reader_skip(&r, 4);
    uint8_t shared = read_u8(&r);
    reader_skip(&r, 7);
    for (uint8_t i = 0; i < shared && what == NULL; i++) {
        uint64_t at = (uint64_t)fs->super.xattr_block * fs->block + (uint64_t)read_le32(&r) * 4;
        if (count == XATTRS_MAX)
            what = "it has more extended attributes than can be shown";
        else if (!reader_ok(&r) || read_xattr(fs, at, UINT64_MAX, &pending[count]) == 0 || !erofs_spend(fs, pending[count++].value.size))
            what = "a shared extended attribute cannot be read";
    }
    /* Zeros fill up the end. */
    uint64_t at = r.pos;
    while (what == NULL && inode->end - at > XATTR_ENTRY && !span_is_filled_with(span_clip(fs->image, at, inode->end - at), 0)) {
        if (count == XATTRS_MAX)
            what = "it has more extended attributes than can be shown";
        else if ((at = read_xattr(fs, at, inode->end, &pending[count])) == 0)
            what = "an extended attribute cannot be read";
        else if (!erofs_spend(fs, pending[count++].value.size) || at > inode->end)
            break;
    }
    if (fs->xattr_bytes.failed)
        return "its extended attributes cannot be read";
    for (size_t i = 0; i < count; i++)
        fs->xattrs[i] = (xattr_t){span_sub(buffer_span(&fs->xattr_bytes), pending[i].name_at, pending[i].name_size), pending[i].value};
    info->xattrs      = fs->xattrs;
    info->xattr_count = count;
    return what;
}

/* ---- what fs_tree asks ---- */

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    erofs_t      *fs = context;
    erofs_inode_t inode;
    if (!erofs_read_inode(fs, number, &inode)) {
        damage->offset = min_u64(inode.at, fs->image.size);
        if ((fs->super.incompat & EROFS_METABOX) != 0 && number >> 63 != 0)
            damage->what = "its inode stands in compressed metadata, which this program does not read";
        return false;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    damage->offset = inode.at;
    damage->what   = read_xattrs(fs, &inode, info);
    if (info->type == CHILD_SYMLINK) {
        if (!erofs_read_content(fs, &inode, LINK_MAX_BYTES, &fs->text))
            damage->what = "the target of the link cannot be read";
        info->link = buffer_span(&fs->text);
    } else if (info->type != CHILD_DIRECTORY && info->type != CHILD_FILE) {
        fs_set_device(info, info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE ? inode.raw : 0);
        sink_claim(fs->sink, inode.at, inode.end - inode.at, REGION_STRUCTURE);
    } else if ((inode.mode & 0170000) == 0) {
        damage->what = "its inode is none: no type of file";
        return false;
    }
    return true;
}

/* False: something in this block is not as it should be. */
static bool list_block(fs_tree_t *tree, span_t block)
{
    reader_t first = reader_at(block, 8);
    uint16_t names = read_le16(&first);
    if (!reader_ok(&first) || names < DIRENT || names % DIRENT != 0 || names > block.size)
        return false;
    bool good = true;
    for (uint64_t i = 0; i < names / DIRENT; i++) {
        reader_t r      = reader_at(block, i * DIRENT);
        uint64_t number = read_le64(&r), from = read_le16(&r), end = block.size;
        if (i + 1 < names / DIRENT) {
            reader_t next = reader_at(block, (i + 1) * DIRENT + 8);
            end           = read_le16(&next);
        }
        span_t         name = end >= from ? span_sub(block, from, end - from) : (span_t){NULL, 0};
        const uint8_t *nul  = name.size > 0 ? memchr(name.at, 0, name.size) : NULL;
        if (nul != NULL)
            name.size = (size_t)(nul - name.at);
        if (from < names || name.size == 0 || name.size > NAME_MAX_BYTES)
            good = false;
        if (name.size == 0 || span_equal(name, span_from_text(".")) || span_equal(name, span_from_text("..")))
            continue;
        if (!fs_tree_entry(tree, name, number))
            break;
    }
    return good;
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    erofs_t      *fs = context;
    erofs_inode_t inode;
    if (!erofs_read_inode(fs, number, &inode))
        return;
    bool     good = erofs_read_content(fs, &inode, DIRECTORY_MAX_BYTES, &fs->directory);
    uint64_t step = fs->block << fs->super.directory_bits;
    for (uint64_t at = 0; at < fs->directory.size; at += step) {
        span_t block = span_clip(buffer_span(&fs->directory), at, step);
        good         = list_block(tree, block) && good;
    }
    if (!good)
        sink_damage(fs->sink, inode.at, 0, "a directory cannot be read as a whole");
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    erofs_t      *fs = context;
    erofs_inode_t inode;
    return erofs_read_inode(fs, number, &inode) ? erofs_write_content(fs, &inode, child) : ok();
}

status_t erofs_walk(erofs_t *fs)
{
    static const fs_operations_t operations = {.format = "erofs", .read = read_object, .list = list_directory, .write = write_file};
    fs_tree_t *tree = fs_tree_new(fs->sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "erofs", 0, "out of memory");
    status_t status = fs_tree_walk(tree, fs->super.root);
    fs_tree_free(tree);
    return status;
}
