/* Directories, and what no directory leads to. Entries stand in blocks (or inside the inode) with a bitmap of places of 8 bytes of name: the
 * bits, 11 bytes for each (hash, inode, length, type), the names, which take as many places as they need. */
#include "extractors/f2fs.h"

#include <stdio.h>
#include <stdlib.h>

enum { DENTRY = 11, PLACE = 8, NAME_MAX_BYTES = 255, LINK_MAX_BYTES = 65536, PARENT_AT = 84, NAME_AT = 92, PATH_ROOM = 400, QUOTA_MAX_BYTES = 64 << 20 };

typedef struct { f2fs_t *fs; fs_tree_t *tree; } walk_t;

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    f2fs_t      *fs = ((walk_t *)context)->fs;
    f2fs_inode_t inode;
    if (!f2fs_read_inode(fs, number, &inode)) {
        damage->offset = min_u64(inode.at, fs->image.size);
        return false;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    damage->offset = inode.at;
    damage->what   = inode.checksum_wrong ? "the checksum of its inode does not agree" : NULL;
    const char *what = f2fs_read_xattrs(fs, &inode, info);
    damage->what     = what != NULL ? what : damage->what;
    if (info->type == CHILD_FILE)
        return true; /* its content, which may stand inside the inode, is claimed first */
    if (info->type == CHILD_SYMLINK) {
        if (!f2fs_read_content(fs, &inode, LINK_MAX_BYTES, &fs->text))
            damage->what = "the target of the link cannot be read";
        info->link = buffer_span(&fs->text);
    } else if (info->type != CHILD_DIRECTORY) {
        /* The old encoding of device numbers stands in the first address, the new one in the second. */
        reader_t r     = reader_at(fs->image, inode.addresses_at);
        uint32_t old   = read_le32(&r), number_of = read_le32(&r);
        bool     is_device = info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE;
        if (is_device && old != 0) {
            info->device_major = old >> 8 & 0xFF;
            info->device_minor = old & 0xFF;
        } else {
            fs_set_device(info, is_device ? number_of : 0);
        }
    }
    if (info->type != CHILD_DIRECTORY)
        sink_claim(fs->sink, inode.at, fs->block, REGION_STRUCTURE);
    return true;
}

/* ---- directories ---- */

/* False: something in it is not as it should be. */
static bool list_places(fs_tree_t *tree, span_t area)
{
    uint64_t places = (uint64_t)area.size * 8 / ((DENTRY + PLACE) * 8 + 1), bitmap = (places + 7) / 8, entries = area.size - places * (DENTRY + PLACE);
    bool     good   = true;
    for (uint64_t i = 0; i < places;) {
        if ((area.at[i / 8] >> i % 8 & 1) == 0) {
            i++;
            continue;
        }
        reader_t r = reader_at(area, entries + i * DENTRY);
        reader_skip(&r, 4);
        uint32_t inode  = read_le32(&r);
        uint16_t length = read_le16(&r);
        uint64_t taken  = (length + (uint64_t)PLACE - 1) / PLACE;
        if (length == 0 || length > NAME_MAX_BYTES || taken > places - i || entries < bitmap) {
            good = false;
            i++;
            continue;
        }
        span_t name = span_sub(area, entries + places * DENTRY + i * PLACE, length);
        i += taken;
        if (span_equal(name, span_from_text(".")) || span_equal(name, span_from_text("..")))
            continue;
        if (!fs_tree_entry(tree, name, inode))
            break;
    }
    return good;
}

static void list_directory(void *context, uint64_t number, fs_tree_t *tree)
{
    f2fs_t      *fs = ((walk_t *)context)->fs;
    f2fs_inode_t inode;
    uint64_t     at;
    if ((number & F2FS_BY_BLOCK) != 0 || !f2fs_read_inode(fs, number, &inode))
        return;
    sink_claim(fs->sink, inode.at, fs->block, REGION_STRUCTURE);
    if (inode.encrypted && !fs->told_encrypted)
        sink_limit(fs->sink, inode.at, 0, "encrypted", "names in encrypted directories (fscrypt) are shown as they stand, encrypted");
    fs->told_encrypted = fs->told_encrypted || inode.encrypted;
    bool good = true;
    if ((inode.inlined & F2FS_INLINE_DIRECTORY) != 0) {
        good = list_places(tree, f2fs_inline_area(fs, &inode, &at));
    } else {
        f2fs_stretch_t s      = {.inode = &inode};
        uint64_t       blocks = inode.size / fs->block + (inode.size % fs->block != 0);
        for (uint64_t i = 0; i < blocks && !fs->told_work;) {
            f2fs_seek(fs, &s, i);
            if (s.hole || s.lost) {
                good = good && !s.lost;
                i    = s.to;
                continue;
            }
            uint32_t address = f2fs_address(fs, &s, i++);
            if (address == F2FS_HOLE || address == F2FS_NEW)
                continue;
            span_t block = f2fs_in_main_area(fs, address) ? span_sub(fs->image, (uint64_t)address << fs->super.block_bits, fs->block) : (span_t){NULL, 0};
            if (block.at == NULL || !f2fs_spend(fs, 1)) {
                good = false;
                continue;
            }
            sink_claim(fs->sink, (uint64_t)address << fs->super.block_bits, fs->block, REGION_STRUCTURE);
            good = list_places(tree, block) && good;
        }
    }
    if (!good)
        sink_damage(fs->sink, inode.at, 0, "a directory cannot be read as a whole");
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    f2fs_t      *fs = ((walk_t *)context)->fs;
    f2fs_inode_t inode;
    if (!f2fs_read_inode(fs, number, &inode))
        return ok();
    status_t status = f2fs_write_content(fs, &inode, child);
    sink_claim(fs->sink, inode.at, fs->block, REGION_STRUCTURE);
    return status;
}

/* ---- what no directory leads to ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_orphan(const f2fs_t *fs, uint32_t node)
{
    return fs->orphan_count > 0 && bsearch(&node, fs->orphans, fs->orphan_count, sizeof node, by_number) != NULL;
}

static bool is_own(const f2fs_t *fs, uint32_t node)
{
    return node < 3 || node == fs->super.quota[0] || node == fs->super.quota[1] || node == fs->super.quota[2];
}

static status_t show_as(walk_t *w, const char *prefix, const char *kind, uint64_t number, const f2fs_inode_t *inode)
{
    char   path[PATH_ROOM];
    int    size = snprintf(path, sizeof path - NAME_MAX_BYTES, "%s%s-%lu", prefix, kind, (unsigned long)(number & UINT32_MAX));
    span_t name = span_sub(inode->raw, NAME_AT, inode->name_size);
    if (name.size > 0 && memchr(name.at, '/', name.size) == NULL && memchr(name.at, 0, name.size) == NULL) {
        path[size++] = '-';
        memcpy(path + size, name.at, name.size);
        size += (int)name.size;
    }
    return fs_tree_show(w->tree, span_from(path, (size_t)size), number);
}

/* An inode that is in use, and that nothing has shown. */
static bool read_lost(walk_t *w, uint32_t node, f2fs_inode_t *inode)
{
    f2fs_entry_t entry;
    return !is_own(w->fs, node) && f2fs_find_node(w->fs, node, &entry) && entry.inode == node && !fs_tree_seen(w->tree, node)
           && f2fs_read_inode(w->fs, node, inode) && !is_orphan(w->fs, node);
}

static status_t show_lost(walk_t *w)
{
    f2fs_t  *fs    = w->fs;
    uint64_t nodes = ((uint64_t)fs->super.nat_segments / 2 << fs->super.segment_bits) * f2fs_entries_per_table_block(fs);
    nodes          = min_u64(nodes, fs->image.size / 4);
    bool told      = false;
    /* First those whose own parent is not lost, so that what they hold is shown below them. */
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t node = 3; node < nodes; node++) {
            f2fs_inode_t inode, parent;
            if (!read_lost(w, node, &inode))
                continue;
            reader_t r = reader_at(inode.raw, PARENT_AT);
            if (pass == 0 && read_lost(w, read_le32(&r), &parent))
                continue;
            if (!told)
                sink_damage(fs->sink, inode.at, 0, "no readable directory leads to some inodes: they are shown in lost+found");
            told            = true;
            status_t status = show_as(w, FS_LOST_PATH, "inode", node, &inode);
            if (!status_ok(status))
                return status;
        }
    return ok();
}

/* Inodes in blocks that the node table does not name: deleted, or older than what it names. */
static status_t show_deleted(walk_t *w)
{
    f2fs_t  *fs     = w->fs;
    uint64_t blocks = min_u64(fs->super.blocks, fs->image.size >> fs->super.block_bits);
    for (size_t i = 0; i < fs->orphan_count; i++) {
        f2fs_inode_t inode;
        status_t     status = f2fs_read_inode(fs, fs->orphans[i], &inode) ? show_as(w, FS_DELETED_PATH, "orphan", fs->orphans[i], &inode) : ok();
        if (!status_ok(status))
            return status;
    }
    for (uint64_t block = fs->super.main; block < blocks; block++) {
        f2fs_entry_t footer, entry;
        f2fs_inode_t inode;
        uint32_t     flags, next;
        uint64_t     version;
        if (!f2fs_read_footer(fs, block, &footer, &flags, &version, &next) || footer.node != footer.inode || is_own(fs, footer.node)
            || (version & UINT32_MAX) > fs->checkpoint.version || (f2fs_find_node(fs, footer.node, &entry) && entry.block == block)
            || !f2fs_read_inode(fs, F2FS_BY_BLOCK | block, &inode) || (inode.mode & 0170000) == 0 || inode.name_size == 0)
            continue;
        status_t status = show_as(w, FS_DELETED_PATH, "block", F2FS_BY_BLOCK | block, &inode);
        if (!status_ok(status))
            return status;
    }
    return ok();
}

/* Files of the file system itself: quota. */
static void claim_own(f2fs_t *fs)
{
    for (size_t i = 0; i < 3 && (fs->super.features & F2FS_QUOTA_INODES) != 0; i++) {
        f2fs_inode_t inode;
        if (fs->super.quota[i] == 0 || !f2fs_read_inode(fs, fs->super.quota[i], &inode))
            continue;
        (void)f2fs_read_content(fs, &inode, QUOTA_MAX_BYTES, &fs->text);
        sink_claim(fs->sink, inode.at, fs->block, REGION_STRUCTURE);
    }
}

status_t f2fs_walk(f2fs_t *fs)
{
    static const fs_operations_t operations = {.format = "f2fs", .read = read_object, .list = list_directory, .write = write_file};
    walk_t w = {.fs = fs};
    w.tree   = fs_tree_new(fs->sink, &operations, &w);
    if (w.tree == NULL)
        return status_fail(STATUS_MEMORY, "f2fs", 0, "out of memory");
    status_t status = fs_tree_walk(w.tree, fs->super.root);
    claim_own(fs);
    if (fs->orphan_count > 0)
        qsort(fs->orphans, fs->orphan_count, sizeof *fs->orphans, by_number);
    if (status_ok(status))
        status = show_lost(&w);
    if (status_ok(status) && sink_wants_deleted(fs->sink))
        status = show_deleted(&w);
    fs_tree_free(w.tree);
    return status;
}
