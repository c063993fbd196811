/* Inodes of a UFS: attributes, blocks of a content, directories, symbolic links, extended attributes. */
#include "extractors/ufs.h"

#include "extractors/fs_content.h"

enum { FLAG_SNAPSHOT = 0x00200000, RECORD_HEADER = 8, RECORD_BLOCK = 512, LINK_MAX_BYTES = 4096, ATTRIBUTE_HEADER = 7 };

bool ufs_read_inode(const ufs_super_t *super, uint64_t number, ufs_inode_t *inode)
{
    uint64_t group = number / super->inodes_per_group, index = number % super->inodes_per_group;
    if (group >= super->groups)
        return false;
    *inode      = (ufs_inode_t){.at = ufs_group_part(super, (uint32_t)group, super->inode_block) * super->fragment_size + index * ufs_inode_size(super)};
    span_t span = span_sub(super->image, inode->at, ufs_inode_size(super));
    if (span.at == NULL)
        return false;
    reader_t r  = reader_from(span);
    inode->mode = (uint16_t)ufs_read(super, &r, 2);
    reader_skip(&r, 2);
    unsigned width = super->ufs2 ? 8 : 4;
    if (super->ufs2) {
        inode->uid = (uint32_t)ufs_read(super, &r, 4);
        inode->gid = (uint32_t)ufs_read(super, &r, 4);
        reader_skip(&r, 4);
        inode->size   = ufs_read(super, &r, 8);
        inode->blocks = ufs_read(super, &r, 8);
        reader_skip(&r, 8);
        inode->mtime = (int64_t)ufs_read(super, &r, 8);
        r            = reader_at(span, 88);
        inode->flags           = (uint32_t)ufs_read(super, &r, 4);
        inode->attributes_size = (uint32_t)ufs_read(super, &r, 4);
        inode->attributes[0]   = ufs_read(super, &r, 8);
        inode->attributes[1]   = ufs_read(super, &r, 8);
    } else {
        inode->uid  = (uint32_t)ufs_read(super, &r, 2);
        inode->gid  = (uint32_t)ufs_read(super, &r, 2);
        inode->size = ufs_read(super, &r, 8);
        reader_skip(&r, 8);
        inode->mtime = (int32_t)(uint32_t)ufs_read(super, &r, 4);
        r            = reader_at(span, 100);
        inode->flags  = (uint32_t)ufs_read(super, &r, 4);
        inode->blocks = ufs_read(super, &r, 4);
        /* 0xFFFF in Sun's short fields: the long ones count. */
        bool is_long = super->flavour == UFS_FLAVOUR_44BSD || (super->flavour == UFS_FLAVOUR_SUN && inode->uid == 0xFFFF);
        r            = reader_at(span, super->flavour == UFS_FLAVOUR_SUN ? 116 : 112);
        if (is_long) {
            inode->uid = (uint32_t)ufs_read(super, &r, 4);
            inode->gid = (uint32_t)ufs_read(super, &r, 4);
        }
        r = reader_at(span, 40);
    }
    for (size_t i = 0; i < UFS_POINTERS; i++)
        inode->pointers[i] = ufs_read(super, &r, width);
    return true;
}

/* ---- blocks ---- */

/* What is done with each piece of a file, in order. `fragment` 0: a hole. False: enough. */
typedef bool (*piece_fn)(void *context, uint64_t fragment, uint64_t bytes);
typedef struct {
    ufs_walk_t        *walk;
    const ufs_inode_t *inode;
    piece_fn           piece;
    void              *context;
    uint64_t           left;
    const char        *broken; /* why a block of pointers was not followed; `left` bytes are not known from there on */
    uint64_t           broken_at;
} map_t;

/* Takes a block of the file system for a purpose that no two have in common. */
static bool take(ufs_walk_t *walk, uint64_t fragment)
{
    uint8_t *byte = &walk->taken[fragment / 8], bit = (uint8_t)(1u << fragment % 8);
    bool     free = (*byte & bit) == 0;
    *byte         = (uint8_t)(*byte | bit);
    return free;
}

static bool give(map_t *map, uint64_t fragment, uint64_t span)
{
    uint64_t bytes = min_u64(span, map->left);
    map->left -= bytes;
    return map->piece(map->context, fragment, bytes) && map->left > 0;
}

/* The pointers of one block, `level` above data; each covers `span` bytes. False: enough, or broken. */
static bool follow(map_t *map, uint64_t fragment, unsigned level, uint64_t span)
{
    const ufs_super_t *super = map->walk->super;
    unsigned           width = super->ufs2 ? 8 : 4;
    uint64_t           at;
    span_t             block = checked_mul(fragment, super->fragment_size, &at) ? span_clip(super->image, at, super->block_size) : (span_t){0};
    if (block.size < super->block_size || !take(map->walk, fragment)) {
        map->broken    = block.size < super->block_size ? "a block of pointers lies behind the end of the image"
            : "a block of pointers is used more than once";
        map->broken_at = block.size < super->block_size ? super->image.size : at;
        return false;
    }
    sink_claim(map->walk->sink, at, block.size, REGION_STRUCTURE);
    reader_t r = reader_from(block);
    for (uint32_t i = 0; i < super->block_size / width; i++) {
        uint64_t pointer = ufs_read(super, &r, width);
        if (level == 1 || pointer == 0) {
            if (!give(map, pointer, span))
                return false;
        } else if (!follow(map, pointer, level - 1, span / (super->block_size / width))) {
            return false;
        }
    }
    return true;
}

/* Calls `piece` for all blocks of the inode. */
static void map_blocks(map_t *map)
{
    const ufs_super_t *super = map->walk->super;
    uint64_t           span  = super->block_size, pointers = super->block_size / (super->ufs2 ? 8 : 4);
    map->left = map->inode->size;
    for (unsigned i = 0; i < UFS_DIRECT && map->left > 0; i++)
        if (!give(map, map->inode->pointers[i], span))
            return;
    for (unsigned level = 1; level <= UFS_INDIRECT && map->left > 0; level++) {
        uint64_t pointer = map->inode->pointers[UFS_DIRECT + level - 1];
        bool     more    = pointer != 0 ? follow(map, pointer, level, span) : give(map, 0, span * pointers);
        span *= pointers; /* at most 2^16 * 2^14^3 */
        if (!more)
            return;
    }
}

/* ---- contents ---- */

typedef struct { ufs_walk_t *walk; fs_content_t content; bool snapshot; } writing_t;

static bool write_piece(void *context, uint64_t fragment, uint64_t bytes)
{
    writing_t *writing = context;
    uint64_t   at;
    /* In a snapshot 1 and 2 mean that there was nothing to keep. */
    if (fragment == 0 || (writing->snapshot && fragment <= 2))
        fs_content_hole(&writing->content, bytes);
    else
        fs_content_run(&writing->content, checked_mul(fragment, writing->walk->super->fragment_size, &at) ? at : UINT64_MAX, bytes);
    return !fs_content_full(&writing->content);
}

static status_t write_content(void *fs, uint64_t number, child_t *child)
{
    ufs_walk_t *walk = fs;
    ufs_inode_t inode;
    if (!ufs_read_inode(walk->super, number, &inode))
        return ok();
    writing_t writing = {.walk = walk, .snapshot = walk->super->flavour == UFS_FLAVOUR_44BSD && (inode.flags & FLAG_SNAPSHOT) != 0};
    map_t     map     = {.walk = walk, .inode = &inode, .piece = write_piece, .context = &writing};
    if (writing.snapshot && !walk->told_snapshot) {
        sink_note(walk->sink, inode.at, "a snapshot: only blocks that changed since stand in its file, the others are shown as zeros");
        walk->told_snapshot = true;
    }
    fs_content_begin(&writing.content, child, walk->super->image, inode.size);
    map_blocks(&map);
    if (map.broken != NULL)
        return fs_content_end_lost(&writing.content, map.broken_at, map.broken);
    return fs_content_end(&writing.content);
}

/* ---- directories ---- */

typedef struct { ufs_walk_t *walk; fs_tree_t *tree; } listing_t;

/* A record that does not fit ends its 512 bytes, not the directory. */
static bool list_records(listing_t *listing, span_t block)
{
    const ufs_super_t *super = listing->walk->super;
    for (size_t at = 0; at + RECORD_HEADER <= block.size;) {
        reader_t r      = reader_at(block, at);
        uint32_t number = (uint32_t)ufs_read(super, &r, 4);
        uint16_t length = (uint16_t)ufs_read(super, &r, 2);
        uint64_t offset = (uint64_t)(block.at - super->image.at) + at;
        /* Before 4.4BSD there was no type, and the length of a name took two bytes. */
        uint32_t name_size = block.at[at + 7];
        if (super->flavour != UFS_FLAVOUR_44BSD && ufs_read(super, &r, 2) < 256)
            name_size = super->big ? block.at[at + 7] : block.at[at + 6];
        if (length < RECORD_HEADER || length % 4 != 0 || length > block.size - at || (number != 0 && RECORD_HEADER + name_size > length)) {
            size_t next = (at / RECORD_BLOCK + 1) * RECORD_BLOCK;
            sink_damage(listing->walk->sink, offset, min_u64(next, block.size) - at,
                "a record of a directory is not sound: the rest of its 512 bytes is not known");
            at = next;
            continue;
        }
        span_t name = span_sub(block, at + RECORD_HEADER, name_size);
        bool   dots = (name_size == 1 && name.at[0] == '.') || (name_size == 2 && name.at[0] == '.' && name.at[1] == '.');
        if (number != 0 && !dots && !fs_tree_entry(listing->tree, name, number))
            return false;
        at += length;
    }
    return true;
}

static bool list_piece(void *context, uint64_t fragment, uint64_t bytes)
{
    listing_t         *listing = context;
    const ufs_super_t *super   = listing->walk->super;
    uint64_t           at;
    if (fragment == 0)
        return true;
    span_t block = checked_mul(fragment, super->fragment_size, &at) ? span_clip(super->image, at, bytes) : (span_t){0};
    if (block.size < bytes)
        sink_damage(listing->walk->sink, super->image.size, 0,
            "blocks of a directory lie behind the end of the image: what it holds there is not known");
    if (block.size == 0)
        return true;
    if (!take(listing->walk, fragment)) {
        sink_damage(listing->walk->sink, at, block.size, "a block of a directory is used more than once: it was not read again");
        return true;
    }
    sink_claim(listing->walk->sink, at, block.size, REGION_STRUCTURE);
    return list_records(listing, block);
}

static void list(void *fs, uint64_t number, fs_tree_t *tree)
{
    ufs_walk_t *walk = fs;
    ufs_inode_t inode;
    if (!ufs_read_inode(walk->super, number, &inode))
        return;
    listing_t listing = {walk, tree};
    map_t     map     = {.walk = walk, .inode = &inode, .piece = list_piece, .context = &listing};
    map_blocks(&map);
    if (map.broken != NULL)
        sink_damage(walk->sink, map.broken_at, 0, "the list of a directory's blocks cannot be read: what it holds further on is not known");
}

/* ---- attributes ---- */

static bool append_piece(void *context, uint64_t fragment, uint64_t bytes)
{
    ufs_walk_t *walk = context;
    uint64_t    at;
    span_t      piece = fragment != 0 && checked_mul(fragment, walk->super->fragment_size, &at) ? span_sub(walk->super->image, at, bytes)
        : (span_t){0};
    buffer_append(&walk->link, piece);
    if (piece.size > 0)
        sink_claim(walk->sink, at, piece.size, REGION_STRUCTURE);
    return piece.size > 0;
}

static void read_link(ufs_walk_t *walk, ufs_inode_t *inode, child_info_t *info, fs_damage_t *damage)
{
    const ufs_super_t *super = walk->super;
    uint32_t           room  = super->ufs2 ? 120 : 60;
    walk->link.size          = 0;
    if (inode->size <= room && (inode->size < super->symlink_max || inode->blocks == 0)) {
        info->link = span_sub(super->image, inode->at + (super->ufs2 ? 112 : 40), inode->size);
    } else if (inode->size <= LINK_MAX_BYTES) {
        map_t map = {.walk = walk, .inode = inode, .piece = append_piece, .context = walk};
        map_blocks(&map);
        info->link = buffer_span(&walk->link);
    }
    if (info->link.size != inode->size)
        *damage = (fs_damage_t){inode->at, ufs_inode_size(super), "the target of a symbolic link cannot be read"};
}

static void read_device(const ufs_super_t *super, const ufs_inode_t *inode, child_info_t *info)
{
    uint32_t number = (uint32_t)inode->pointers[0];
    if (super->flavour != UFS_FLAVOUR_SUN) {
        fs_set_device(info, number);
        return;
    }
    /* Solaris: 14 bits of major above 18 of minor, in the second pointer; the first has the 16 bits of old, or nothing. */
    if (inode->pointers[1] != 0)
        number = (uint32_t)inode->pointers[1];
    bool old           = number >> 16 == 0;
    info->device_major = old ? number >> 8 & 0x7F : number >> 18;
    info->device_minor = old ? number & 0xFF : number & 0x3FFFF;
}

static bool gather_attributes(ufs_walk_t *walk, const ufs_inode_t *inode)
{
    const ufs_super_t *super   = walk->super;
    walk->attribute_bytes.size = 0;
    if (inode->attributes_size > walk->budget) {
        if (walk->budget > 0)
            sink_limit(walk->sink, 0, 0, "ratio", "extended attributes that are read again and again: further ones were left out");
        walk->budget = 0;
        return false;
    }
    walk->budget -= inode->attributes_size;
    for (size_t i = 0, left = inode->attributes_size; i < 2 && left > 0; i++) {
        uint64_t at, length = min_u64(left, super->block_size);
        span_t   block = checked_mul(inode->attributes[i], super->fragment_size, &at) ? span_sub(super->image, at, length) : (span_t){0};
        if (block.size < length || at == 0)
            return false;
        buffer_append(&walk->attribute_bytes, block);
        sink_claim(walk->sink, at, length, REGION_STRUCTURE);
        left -= length;
    }
    return inode->attributes_size <= 2 * super->block_size && !walk->attribute_bytes.failed;
}

/* Records: length, name space (1 user, 2 system), padding of the value, length of the name, name, padding to 8, value. */
static bool read_attributes(ufs_walk_t *walk, const ufs_inode_t *inode, child_info_t *info)
{
    if (!gather_attributes(walk, inode))
        return false;
    span_t all = buffer_span(&walk->attribute_bytes);
    size_t count = 0, ends[XATTRS_MAX];
    walk->attribute_names.size = 0;
    for (size_t at = 0; at + ATTRIBUTE_HEADER < all.size && count < XATTRS_MAX;) {
        reader_t r         = reader_at(all, at);
        uint64_t length    = ufs_read(walk->super, &r, 4);
        uint8_t  space     = read_u8(&r), padding = read_u8(&r), name_size = read_u8(&r);
        uint64_t value_at  = round_up(ATTRIBUTE_HEADER + (uint64_t)name_size, 8);
        span_t   name      = read_span(&r, name_size);
        if (length == 0)
            break; /* the rest is free */
        if (!reader_ok(&r) || length < value_at + padding || !span_holds(all, at, length))
            return false;
        buffer_append_text(&walk->attribute_names, space == 1 ? "user." : "system.");
        buffer_append(&walk->attribute_names, name);
        ends[count]                   = walk->attribute_names.size;
        walk->attributes[count++].value = span_sub(all, at + value_at, length - value_at - padding);
        at += length;
    }
    for (size_t i = 0, from = 0; i < count; from = ends[i++])
        walk->attributes[i].name = span_sub(buffer_span(&walk->attribute_names), from, ends[i] - from);
    info->xattrs      = walk->attributes;
    info->xattr_count = walk->attribute_names.failed ? 0 : count;
    return true;
}

static bool read_object(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    ufs_walk_t *walk = fs;
    ufs_inode_t inode;
    if (!ufs_read_inode(walk->super, number, &inode))
        return false;
    *damage = (fs_damage_t){inode.at, ufs_inode_size(walk->super), walk->lost ? "in use, but no directory leads to it" : NULL};
    if ((inode.mode & 0170000) == 0) {
        damage->what = "a directory leads to an inode that is not in use";
        return false;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, inode.mtime);
    if (info->type == CHILD_SYMLINK)
        read_link(walk, &inode, info, damage);
    else if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        read_device(walk->super, &inode, info);
    if (inode.attributes_size > 0 && !read_attributes(walk, &inode, info))
        *damage = (fs_damage_t){inode.at, ufs_inode_size(walk->super), "its extended attributes cannot be read"};
    return true;
}

const fs_operations_t ufs_operations = {.format = "ufs", .read = read_object, .list = list, .write = write_content};
