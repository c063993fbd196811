/* cramfs, the compressed file system of older firmware, in either byte order. Superblock (76 bytes, at 0 or behind 512 bytes for a
 * boot sector): magic 0x28CD3D45, size, flags, "Compressed ROMFS", CRC-32 over the whole with the CRC as zero, edition, counts of
 * blocks and files, volume name, root inode. An inode (12 bytes) packs mode 16, owner 16, size 24, group 8, length of the name 6 (in
 * words) and offset 26 (in words) bits; in a directory its name follows. A file's blocks stand behind a table of where each ends.
 * Source: Linux, fs/cramfs/README, include/uapi/linux/cramfs_fs.h. */
#include "extractors/codec.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    SUPER = 76, ROOT_AT = 64, PAD = 512, INODE = 12, CRC_AT = 32, V1_SIZE_STEP = 4096, BLOCK_MIN = 4096, BLOCK_MAX = 65536, TARGET_MAX = 4096,
    FLAG_VERSION_2 = 1, FLAG_SHIFTED_ROOT = 0x400, FLAG_EXTENDED_POINTERS = 0x800, FLAGS_KNOWN = 0xFFF, SAMPLES = 64, WORK_PER_BYTE = 4,
};
#define POINTER_UNCOMPRESSED UINT32_C(0x80000000)
#define POINTER_DIRECT       UINT32_C(0x40000000)
#define POINTER_FLAGS        (POINTER_UNCOMPRESSED | POINTER_DIRECT)

typedef struct {
    uint64_t at;       /* 0 or PAD */
    bool     big;
    uint32_t size, flags, crc, edition, blocks, files;
    span_t   name;
    uint64_t root_offset;
} cramfs_super_t;

typedef struct { uint64_t at; uint32_t mode, uid, gid, size; uint64_t name_size, offset; } cramfs_inode_t;

typedef struct {
    span_t           image; /* cut to what the file system says it occupies */
    sink_t          *sink;
    cramfs_super_t   super;
    codec_context_t *codecs;
    codec_t          codec;
    uint32_t         block_size;
    uint8_t          target[TARGET_MAX], block[BLOCK_MAX];
    uint64_t         work, work_limit;
    bool             told_work;
} cramfs_t;

static uint32_t read_word(reader_t *r, bool big) { return big ? read_be32(r) : read_le32(r); }

/* The fields of a word stand from its least significant bit on, or when big-endian from its most significant. */
static bool read_inode(span_t image, bool big, uint64_t at, cramfs_inode_t *inode)
{
    reader_t r = reader_at(image, at);
    uint32_t a = read_word(&r, big), b = read_word(&r, big), c = read_word(&r, big);
    *inode = (cramfs_inode_t){
        .at = at, .mode = big ? a >> 16 : a & 0xFFFF, .uid = big ? a & 0xFFFF : a >> 16, .size = big ? b >> 8 : b & 0xFFFFFF,
        .gid = big ? b & 0xFF : b >> 24,
        .name_size = 4 * (uint64_t)(big ? c >> 26 : c & 0x3F), .offset = 4 * (uint64_t)(big ? c & 0x3FFFFFF : c >> 6),
    };
    return reader_ok(&r);
}

static bool read_super_at(span_t image, uint64_t at, cramfs_super_t *s)
{
    span_t         raw = span_sub(image, at, SUPER);
    reader_t       r   = reader_from(raw);
    cramfs_inode_t root;
    if (raw.at == NULL || !span_has_text_at(raw, 16, "Compressed ROMFS"))
        return false;
    *s = (cramfs_super_t){.at = at, .big = read_be32(&r) == 0x28CD3D45};
    r  = reader_from(raw);
    if (read_word(&r, s->big) != 0x28CD3D45)
        return false;
    s->size  = read_word(&r, s->big);
    s->flags = read_word(&r, s->big);
    r        = reader_at(raw, CRC_AT);
    s->crc     = read_word(&r, s->big);
    s->edition = read_word(&r, s->big);
    s->blocks  = read_word(&r, s->big);
    s->files   = read_word(&r, s->big);
    s->name    = span_sub(raw, 48, 16);
    const uint8_t *end = memchr(s->name.at, 0, s->name.size);
    if (end != NULL)
        s->name.size = (size_t)(end - s->name.at);
    (void)read_inode(raw, s->big, ROOT_AT, &root);
    s->root_offset = root.offset;
    bool padded    = root.offset == 0 ? at == 0 : root.offset == at + SUPER || (s->flags & FLAG_SHIFTED_ROOT) != 0;
    return (root.mode & 0170000) == 0040000 && root.offset < UINT64_C(1) << 28 && padded &&
        ((s->flags & FLAG_VERSION_2) == 0 || s->size >= at + SUPER);
}

static bool read_super(span_t image, cramfs_super_t *super) { return read_super_at(image, 0, super) || read_super_at(image, PAD, super); }

static bool crc_holds(span_t image, const cramfs_super_t *s)
{
    static const uint8_t zero[4] = {0, 0, 0, 0};
    span_t               covered = s->size > s->at ? span_sub(image, s->at, s->size - s->at) : (span_t){NULL, 0};
    if (covered.size < SUPER)
        return false;
    uLong crc = crc32_z(0, covered.at, CRC_AT);
    crc       = crc32_z(crc, zero, sizeof zero);
    return (uint32_t)crc32_z(crc, covered.at + CRC_AT + 4, covered.size - CRC_AT - 4) == s->crc;
}

static unsigned cramfs_probe(span_t image)
{
    cramfs_super_t s;
    if (!read_super(image, &s))
        return 0;
    bool version_2 = (s.flags & FLAG_VERSION_2) != 0;
    return 32U + 128U + ((s.flags & ~(uint32_t)FLAGS_KNOWN) == 0 ? 16U : 0U) + (version_2 && crc_holds(image, &s) ? 32U : 0U);
}

/* ---- where it ends ---- */

static uint32_t word_at(span_t image, bool big, uint64_t at, bool *good)
{
    reader_t r     = reader_at(image, at);
    uint32_t value = read_word(&r, big);
    *good          = *good && reader_ok(&r);
    return value;
}

/* The first version does not say how long it is: the furthest end of a file tells. Directories stand before all contents, entry
 * after entry, so they can be read as one list. */
static uint64_t end_of_version_1(span_t image, const cramfs_super_t *s)
{
    uint64_t end = s->at + SUPER, first_content = image.size;
    for (uint64_t at = s->root_offset; at > 0 && at + INODE <= first_content;) {
        cramfs_inode_t inode;
        if (!read_inode(image, s->big, at, &inode) || inode.name_size == 0)
            break;
        bool     file  = ((inode.mode & 0170000) == 0100000 || (inode.mode & 0170000) == 0120000) && inode.size > 0;
        uint64_t count = (inode.size + (uint64_t)BLOCK_MIN - 1) / BLOCK_MIN;
        bool     good  = file && inode.offset >= s->at + SUPER;
        uint64_t last  = good ? word_at(image, s->big, inode.offset + 4 * (count - 1), &good) & ~POINTER_FLAGS : 0;
        if (good && last <= image.size && last >= inode.offset) {
            end           = max_u64(end, last);
            first_content = min_u64(first_content, inode.offset);
        }
        at += INODE + inode.name_size;
        end = max_u64(end, at);
    }
    return round_up(end, V1_SIZE_STEP);
}

static uint64_t end_of(span_t image, const cramfs_super_t *s)
{
    return (s->flags & FLAG_VERSION_2) != 0 ? s->size : end_of_version_1(image, s);
}

static uint64_t cramfs_extent(span_t image)
{
    cramfs_super_t s;
    return read_super(image, &s) ? min_u64(end_of(image, &s), image.size) : 0;
}

/* ---- blocks ---- */

typedef struct { uint64_t at, length; bool raw; uint64_t head; } block_t; /* head: bytes before it that say its length */

static uint64_t block_count(const cramfs_t *fs, const cramfs_inode_t *inode) { return ((uint64_t)inode->size + fs->block_size - 1) / fs->block_size; }

/* How many bytes block `index` decodes to. */
static uint64_t decoded_size(const cramfs_t *fs, const cramfs_inode_t *inode, uint64_t index)
{
    return min_u64(fs->block_size, inode->size - index * fs->block_size);
}

static uint16_t length_before(const cramfs_t *fs, uint64_t at, bool *good)
{
    reader_t r     = reader_at(fs->image, at);
    uint16_t value = fs->super.big ? read_be16(&r) : read_le16(&r);
    *good          = *good && reader_ok(&r);
    return value;
}

/* The block that an extended pointer leads to directly. */
static block_t direct_block(const cramfs_t *fs, uint32_t pointer, uint64_t decoded, bool *good)
{
    uint64_t at = (uint64_t)(pointer & ~POINTER_FLAGS) << 2;
    if ((pointer & POINTER_UNCOMPRESSED) != 0)
        return (block_t){at, decoded, true, 0};
    return (block_t){at + 2, length_before(fs, at, good), false, 2};
}

/* False when its pointers cannot be read or lead nowhere. */
static bool find_block(const cramfs_t *fs, const cramfs_inode_t *inode, uint64_t index, block_t *block)
{
    bool     good = true, extended = (fs->super.flags & FLAG_EXTENDED_POINTERS) != 0;
    uint64_t table = inode->offset, decoded = decoded_size(fs, inode, index);
    uint32_t pointer = word_at(fs->image, fs->super.big, table + 4 * index, &good);
    if (extended && (pointer & POINTER_DIRECT) != 0) {
        *block = direct_block(fs, pointer, decoded, &good);
        return good;
    }
    uint64_t start = table + 4 * block_count(fs, inode);
    if (index > 0) {
        uint32_t before = word_at(fs->image, fs->super.big, table + 4 * (index - 1), &good);
        if (extended && (before & POINTER_DIRECT) != 0) {
            block_t previous = direct_block(fs, before, fs->block_size, &good);
            start            = previous.at + previous.length;
        } else {
            start = extended ? before & ~POINTER_FLAGS : before;
        }
    }
    uint64_t end = extended ? pointer & ~POINTER_FLAGS : pointer;
    *block       = (block_t){start, end - min_u64(start, end), extended && (pointer & POINTER_UNCOMPRESSED) != 0, 0};
    return good && end >= start && block->length <= 2 * (uint64_t)fs->block_size;
}

/* Decodes into the fs's `block`; false when it is not a block of this size. */
static bool decode_block(cramfs_t *fs, const block_t *block, uint64_t decoded)
{
    size_t produced;
    span_t in = span_sub(fs->image, block->at, block->length);
    return in.at != NULL && status_ok(codec_decode_with(fs->codecs, fs->codec, in, fs->block, (size_t)decoded, &produced)) && produced == decoded;
}

/* ---- the tree: an object is known by where its inode stands. Files with equal content share it; they are no hard links. ---- */

static void claim(const cramfs_t *fs, uint64_t at, uint64_t length, region_kind_t kind)
{
    span_t there = span_clip(fs->image, at, length);
    if (there.size > 0)
        sink_claim(fs->sink, at, there.size, kind);
}

static void read_target(cramfs_t *fs, const cramfs_inode_t *inode, child_info_t *info, fs_damage_t *damage)
{
    block_t block;
    if (inode->size == 0)
        return;
    bool found = inode->size <= TARGET_MAX && find_block(fs, inode, 0, &block);
    if (found && block.length > 0 && (block.raw ? block.length == inode->size && span_holds(fs->image, block.at, block.length)
        : decode_block(fs, &block, inode->size))) {
        memcpy(fs->target, block.raw ? fs->image.at + block.at : fs->block, inode->size);
        info->link = span_from(fs->target, inode->size);
        claim(fs, inode->offset, 4, REGION_STRUCTURE);
        claim(fs, block.at, block.length, REGION_STRUCTURE);
    } else {
        *damage = (fs_damage_t){.offset = min_u64(inode->offset, fs->image.size), .what = "the target of the link cannot be read"};
    }
}

static bool read_object(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    cramfs_t      *fs = context;
    cramfs_inode_t inode;
    uint32_t       type;
    *damage = (fs_damage_t){.offset = min_u64(number, fs->image.size), .length = INODE};
    if (!read_inode(fs->image, fs->super.big, number, &inode))
        return false;
    type       = inode.mode & 0170000;
    info->type = fs_type_of_mode(type);
    if (info->type == CHILD_FILE && type != 0100000) {
        damage->what = "its inode is of no known type: only the name is known";
        return false;
    }
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, 0);
    info->has_mtime = false; /* cramfs holds none */
    if (info->type == CHILD_SYMLINK)
        read_target(fs, &inode, info, damage);
    if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        fs_set_device(info, inode.size);
    return true;
}

static void list(void *context, uint64_t number, fs_tree_t *tree)
{
    cramfs_t      *fs = context;
    cramfs_inode_t directory, inode;
    if (!read_inode(fs->image, fs->super.big, number, &directory) || directory.size == 0)
        return;
    uint64_t at = directory.offset, end = at + directory.size;
    fs->work += directory.size;
    if (fs->work > fs->work_limit) {
        if (!fs->told_work)
            sink_limit(fs->sink, min_u64(at, fs->image.size), 0, "work",
                "directories hold more entries than the image has room for: the rest was not examined");
        fs->told_work = true;
        return;
    }
    while (at < end) {
        span_t name = {NULL, 0};
        if (at + INODE <= end && read_inode(fs->image, fs->super.big, at, &inode) && inode.name_size > 0)
            name = span_sub(fs->image, at + INODE, inode.name_size);
        if (name.at == NULL || at + INODE + inode.name_size > end) {
            sink_damage(fs->sink, min_u64(at, fs->image.size), span_clip(fs->image, at, end - at).size, "a directory cannot be read to its end");
            return;
        }
        claim(fs, at, INODE + inode.name_size, REGION_STRUCTURE);
        while (name.size > 0 && name.at[name.size - 1] == 0)
            name.size--;
        if (!fs_tree_entry(tree, name, at))
            return;
        at += INODE + inode.name_size;
    }
}

static void write_block(cramfs_t *fs, const cramfs_inode_t *inode, uint64_t index, fs_content_t *content)
{
    uint64_t decoded = decoded_size(fs, inode, index);
    block_t  block   = {0};
    bool     found   = find_block(fs, inode, index, &block);
    if (found && block.head > 0)
        claim(fs, block.at - block.head, block.head, REGION_STRUCTURE);
    if (!found)
        fs_content_lost(content, min_u64(inode->offset + 4 * index, fs->image.size), 0, decoded, "a pointer to a block leads nowhere");
    else if (block.length == 0)
        fs_content_hole(content, decoded);
    else if (block.raw)
        fs_content_run(content, block.at, min_u64(block.length, decoded));
    else if (!span_holds(fs->image, block.at, block.length))
        fs_content_lost(content, min_u64(block.at, fs->image.size), span_clip(fs->image, block.at, block.length).size, decoded,
            "the image ends before this block does");
    else if (decode_block(fs, &block, decoded))
        fs_content_decoded(content, span_from(fs->block, (size_t)decoded), block.at, block.length);
    else
        fs_content_lost(content, block.at, block.length, decoded, "a block does not decode");
}

static status_t write_file(void *context, uint64_t number, child_t *child)
{
    cramfs_t      *fs = context;
    cramfs_inode_t inode;
    fs_content_t   content;
    if (!read_inode(fs->image, fs->super.big, number, &inode))
        return ok();
    uint64_t count = block_count(fs, &inode);
    claim(fs, inode.offset, inode.size > 0 ? 4 * count : 0, REGION_STRUCTURE);
    fs_content_begin(&content, child, fs->image, inode.size);
    for (uint64_t i = 0; i < count && !fs_content_full(&content); i++)
        write_block(fs, &inode, i, &content);
    return fs_content_end(&content);
}

static const fs_operations_t operations = {.format = "cramfs", .read = read_object, .list = list, .write = write_file};

/* ---- codec and size of blocks: nothing says them ---- */

static bool decodes_first_block(cramfs_t *fs, const cramfs_inode_t *inode)
{
    block_t block;
    return find_block(fs, inode, 0, &block) && !block.raw && block.length > 0 && decode_block(fs, &block, decoded_size(fs, inode, 0));
}

/* The first that decodes the first block of a file; files of more than one block tell how large blocks are. */
static bool try_all(cramfs_t *fs, const cramfs_inode_t *inode)
{
    static const codec_t codecs[] = {CODEC_ZLIB, CODEC_LZMA_ALONE, CODEC_LZMA_BARE, CODEC_XZ, CODEC_LZO1X};
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        for (fs->block_size = BLOCK_MIN; fs->block_size <= BLOCK_MAX; fs->block_size *= 2) {
            fs->codec = codecs[i];
            if (decodes_first_block(fs, inode))
                return true;
        }
    return false;
}

static void find_block_size(cramfs_t *fs)
{
    uint64_t at = fs->super.root_offset;
    for (unsigned tried = 0; at > 0 && tried < SAMPLES;) {
        cramfs_inode_t inode;
        if (!read_inode(fs->image, fs->super.big, at, &inode) || inode.name_size == 0)
            break;
        at += INODE + inode.name_size;
        if ((inode.mode & 0170000) != 0100000 || inode.size <= BLOCK_MIN)
            continue;
        tried++;
        if (try_all(fs, &inode))
            break;
        fs->block_size = 0;
    }
    if (fs->block_size >= BLOCK_MIN && fs->block_size <= BLOCK_MAX)
        return;
    fs->block_size = BLOCK_MIN;
    fs->codec      = CODEC_ZLIB;
}

static status_t extract(cramfs_t *fs)
{
    const cramfs_super_t *s    = &fs->super;
    sink_t               *sink = fs->sink;
    fs_tree_t            *tree = fs_tree_new(sink, &operations, fs);
    if (tree == NULL)
        return status_fail(STATUS_MEMORY, "cramfs", 0, "out of memory");
    bool version_2 = (s->flags & FLAG_VERSION_2) != 0;
    sink_claim(sink, s->at, SUPER, REGION_STRUCTURE);
    sink_fact_printf(sink, "cramfs.version", "%u", version_2 ? 2U : 1U);
    sink_fact(sink, "cramfs.byte_order", s->big ? "big-endian" : "little-endian");
    if (s->name.size > 0)
        sink_fact_printf(sink, "cramfs.name", "%.*s", (int)s->name.size, (const char *)s->name.at);
    if (version_2) {
        sink_fact_printf(sink, "cramfs.edition", "%u", s->edition);
        sink_fact_printf(sink, "cramfs.files", "%u", s->files);
    }
    if (version_2 && s->size > fs->image.size)
        sink_damage(sink, fs->image.size, 0, "the image ends before the file system does");
    else if (version_2 && !crc_holds(fs->image, s))
        sink_damage(sink, s->at, s->size - s->at, "the CRC-32 of the file system does not agree with its content");
    find_block_size(fs);
    sink_fact_printf(sink, "cramfs.block_size", "%u", fs->block_size);
    sink_fact(sink, "cramfs.compression", codec_name(fs->codec));
    status_t status = fs_tree_walk(tree, s->at + ROOT_AT);
    fs_tree_free(tree);
    return status;
}

static status_t cramfs_extract(span_t image, sink_t *sink)
{
    cramfs_super_t super;
    if (!read_super(image, &super))
        return status_fail(STATUS_REJECTED, "cramfs", 0, "not a cramfs");
    cramfs_t *fs = calloc(1, sizeof *fs);
    if (fs == NULL)
        return status_fail(STATUS_MEMORY, "cramfs", 0, "out of memory");
    fs->super      = super;
    fs->sink       = sink;
    fs->image      = span_clip(image, 0, end_of(image, &super));
    fs->work_limit = fs->image.size * WORK_PER_BYTE;
    fs->codecs     = codec_context_new();
    status_t status = fs->codecs != NULL ? extract(fs) : status_fail(STATUS_MEMORY, "cramfs", 0, "out of memory");
    codec_context_free(fs->codecs);
    free(fs);
    return status;
}

static const magic_t magics[] = {
    MAGIC("\x45\x3D\xCD\x28", 0), MAGIC("\x28\xCD\x3D\x45", 0), MAGIC("\x45\x3D\xCD\x28", PAD), MAGIC("\x28\xCD\x3D\x45", PAD),
};

const extractor_t cramfs_extractor = {
    .id = "cramfs", .name = "cramfs file system", .specification = "Linux, fs/cramfs/README", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = sizeof magics / sizeof *magics, .probe = cramfs_probe, .extent = cramfs_extent, .extract = cramfs_extract,
};
