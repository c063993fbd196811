/* Files of UBIFS: inodes, directories and contents from the nodes that count; then what is lost, and what was deleted. */
#include "extractors/ubifs.h"

#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_BLOCKS = 16, XATTR_ENTRIES_MAX = 1024, TRUNCATIONS_MAX = 1024, OLDER_INODES_MAX = 1024, PATH_MAX_BYTES = 1024 };

/* Content on its way out: blocks that follow each other are handed on together. */
typedef struct { fs_content_t content; uint8_t bytes[BATCH_BLOCKS * UBIFS_BLOCK]; size_t size; uint64_t from, from_length; } batch_t;

typedef struct {
    ubifs_t            *fs;
    const ubifs_view_t *view;
    bool                deleted;  /* the view is of everything that ever was */
    fs_tree_t          *tree;
    xattr_t             xattrs[XATTRS_MAX];
    batch_t            *batch;
    size_t              encrypted;
} walk_t;

typedef struct {
    uint64_t size, mtime;
    uint32_t links, uid, gid, mode, flags, data_length, xattr_count;
    span_t   data;
} inode_t;

/* ---- nodes by key ---- */

typedef struct { size_t first, end; } range_t;

/* All nodes of one type that an inode has. */
static range_t nodes_of(const ubifs_view_t *view, uint64_t number, ubifs_type_t type)
{
    uint64_t key = UBIFS_KEY(number & UINT32_MAX, type, 0);
    return (range_t){ubifs_first_of(view, key), ubifs_first_of(view, key + ((uint64_t)1 << 29))};
}

static const ubifs_node_t *newest_of(const ubifs_view_t *view, uint64_t key)
{
    size_t first = ubifs_first_of(view, key), end = ubifs_first_of(view, key + 1);
    return end > first ? &view->nodes[end - 1] : NULL;
}

static bool parse_inode(const ubifs_node_t *node, inode_t *inode)
{
    reader_t r = ubifs_reader(node, 48);
    *inode     = (inode_t){.size = read_le64(&r)};
    reader_skip(&r, 16);
    inode->mtime = read_le64(&r);
    reader_skip(&r, 12);
    inode->links       = read_le32(&r);
    inode->uid         = read_le32(&r);
    inode->gid         = read_le32(&r);
    inode->mode        = read_le32(&r);
    inode->flags       = read_le32(&r);
    inode->data_length = read_le32(&r);
    inode->xattr_count = read_le32(&r);
    inode->data        = span_sub(ubifs_bytes(node), UBIFS_INODE, inode->data_length);
    return reader_ok(&r) && inode->data.at != NULL;
}

/* Of what was deleted, the last inode node says only that: the one before says what it was. */
static const ubifs_node_t *find_inode(const walk_t *w, uint64_t number, inode_t *inode)
{
    uint64_t key   = UBIFS_KEY(number & UINT32_MAX, UBIFS_INODE_NODE, 0);
    size_t   first = ubifs_first_of(w->view, key), end = ubifs_first_of(w->view, key + 1);
    const ubifs_node_t *newest = end > first ? &w->view->nodes[end - 1] : NULL;
    for (size_t i = end; w->deleted && i > first && end - i < OLDER_INODES_MAX; i--)
        if (parse_inode(&w->view->nodes[i - 1], inode) && inode->links > 0) {
            newest = &w->view->nodes[i - 1];
            break;
        }
    return newest != NULL && (newest->flags & UBIFS_LOST) == 0 && parse_inode(newest, inode) ? newest : NULL;
}

/* Calls for the newest of each name in [first, end); of what was deleted, the newest that is no deletion. */
typedef bool (*visit_t)(walk_t *w, const ubifs_node_t *dent, uint64_t number, void *context);

static uint64_t number_of(const ubifs_node_t *dent)
{
    reader_t r = ubifs_reader(dent, 40);
    return read_le64(&r);
}

static void visit_names(walk_t *w, size_t first, size_t end, visit_t visit, void *context)
{
    const ubifs_view_t *view = w->view;
    for (size_t i = first, next; i < end; i = next) {
        const ubifs_node_t *dent = &view->nodes[i], *best = NULL;
        if ((dent->flags & UBIFS_LOST) != 0) {
            sink_damage(w->fs->sink, ubifs_offset(w->fs, dent), dent->length, "a directory entry cannot be read: its name is lost");
            next = i + 1;
            continue;
        }
        span_t name = ubifs_name(dent);
        for (next = i; next < end && view->nodes[next].key == dent->key && (view->nodes[next].flags & UBIFS_LOST) == 0 &&
                       span_equal(ubifs_name(&view->nodes[next]), name); next++)
            if (!w->deleted || number_of(&view->nodes[next]) != 0)
                best = &view->nodes[next];
        uint64_t number = best != NULL ? number_of(best) : 0;
        if (number != 0 && !visit(w, best, number, context))
            return;
    }
}

/* ---- one object ---- */

typedef struct { size_t count; } xattr_list_t;

static bool take_xattr(walk_t *w, const ubifs_node_t *dent, uint64_t number, void *context)
{
    xattr_list_t *list = context;
    inode_t       value;
    if (list->count == XATTRS_MAX)
        return false;
    if (find_inode(w, number, &value) != NULL)
        w->xattrs[list->count++] = (xattr_t){ubifs_name(dent), value.data};
    return true;
}

static size_t read_xattrs(walk_t *w, uint64_t number)
{
    xattr_list_t list  = {0};
    range_t      range = nodes_of(w->view, number, UBIFS_XENT_NODE);
    visit_names(w, range.first, (size_t)min_u64(range.end, range.first + XATTR_ENTRIES_MAX), take_xattr, &list);
    return list.count;
}

static void set_device(child_info_t *info, span_t data)
{
    reader_t r = reader_from(data);
    fs_set_device(info, (uint32_t)read_le(&r, data.size >= 8 ? 8 : 4));
}

/* Are there nodes of this type for an inode? If it is lost itself, they tell what it was. */
static bool has_nodes(const walk_t *w, uint64_t number, ubifs_type_t type)
{
    range_t range = nodes_of(w->view, number, type);
    return number <= UINT32_MAX && range.first < range.end;
}

static bool ubifs_read(void *context, uint64_t number, child_info_t *info, fs_damage_t *damage)
{
    walk_t             *w = context;
    inode_t             inode;
    const ubifs_node_t *node = number <= UINT32_MAX ? find_inode(w, number, &inode) : NULL;
    if (node == NULL) {
        const ubifs_node_t *lost = newest_of(w->view, UBIFS_KEY(number & UINT32_MAX, UBIFS_INODE_NODE, 0));
        if (lost != NULL)
            *damage = (fs_damage_t){ubifs_offset(w->fs, lost), lost->length, "its inode cannot be read: only the name is known"};
        bool directory = has_nodes(w, number, UBIFS_DENT_NODE), file = has_nodes(w, number, UBIFS_DATA_NODE);
        if (!directory && !file)
            return false;
        info->type   = directory ? CHILD_DIRECTORY : CHILD_FILE;
        damage->what = directory ? "the inode of this directory is lost, its entries are not"
                                 : "the inode of this file is lost: it is given as far as its blocks go";
        return true;
    }
    info->type = fs_type_of_mode(inode.mode);
    fs_set_attributes(info, inode.mode, inode.uid, inode.gid, (int64_t)inode.mtime);
    if (info->type == CHILD_SYMLINK)
        info->link = inode.data;
    if (info->type == CHILD_CHAR_DEVICE || info->type == CHILD_BLOCK_DEVICE)
        set_device(info, inode.data);
    if (info->type == CHILD_SYMLINK && (inode.flags & UBIFS_INODE_IS_ENCRYPTED) != 0)
        sink_limit(w->fs->sink, ubifs_offset(w->fs, node), node->length, "encrypted", "the target of a symbolic link is encrypted");
    info->xattrs      = w->xattrs;
    info->xattr_count = inode.xattr_count > 0 || w->fs->by_scan ? read_xattrs(w, number) : 0;
    w->encrypted += (inode.flags & UBIFS_INODE_IS_ENCRYPTED) != 0;
    return true;
}

typedef struct { bool encrypted; } listing_t;

/* An encrypted name may hold any byte: it is shown in hexadecimal. */
static bool list_entry(walk_t *w, const ubifs_node_t *dent, uint64_t number, void *context)
{
    const listing_t *listing = context;
    span_t           name    = ubifs_name(dent);
    if (!listing->encrypted)
        return fs_tree_entry(w->tree, name, number);
    char   text[16 + 2 * UBIFS_NAME_MAX] = "[encrypted]";
    size_t size = 11;
    for (size_t i = 0; i < name.size && i < UBIFS_NAME_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%02x", name.at[i]);
    return fs_tree_entry(w->tree, span_from(text, size), number);
}

static void ubifs_list(void *context, uint64_t number, fs_tree_t *tree)
{
    walk_t   *w       = context;
    inode_t   inode;
    listing_t listing = {.encrypted = find_inode(w, number, &inode) != NULL && (inode.flags & UBIFS_INODE_IS_ENCRYPTED) != 0};
    range_t   range   = nodes_of(w->view, number, UBIFS_DENT_NODE);
    w->tree           = tree;
    visit_names(w, range.first, range.end, list_entry, &listing);
}

/* ---- content ---- */

static void flush(batch_t *b)
{
    if (b->size > 0)
        fs_content_decoded(&b->content, span_from(b->bytes, b->size), b->from, b->from_length);
    b->size = 0;
}

typedef struct { uint32_t size, stored; uint16_t compression, cipher_size; span_t data; } block_t;

static block_t parse_block(const ubifs_node_t *node)
{
    reader_t r = ubifs_reader(node, 40);
    block_t  b = {.size = read_le32(&r)};
    b.compression = read_le16(&r);
    b.cipher_size = read_le16(&r);
    b.data        = span_from_offset(ubifs_bytes(node), UBIFS_DATA);
    return b;
}

/* Decodes into the batch; false when it is no such block. */
static bool decode_block(walk_t *w, const block_t *block, uint8_t *out)
{
    static const codec_t codecs[] = {[1] = CODEC_LZO1X, [2] = CODEC_DEFLATE, [3] = CODEC_ZSTD};
    size_t               produced;
    if (block->size > UBIFS_BLOCK || block->compression >= sizeof codecs / sizeof *codecs)
        return false;
    if (block->compression == 0) {
        if (block->data.size < block->size)
            return false;
        memcpy(out, block->data.at, block->size);
        return true;
    }
    status_t status = codec_decode_with(w->fs->codecs, codecs[block->compression], block->data, out, UBIFS_BLOCK, &produced);
    return status_ok(status) && produced == block->size;
}

static void write_block(walk_t *w, const ubifs_node_t *node, bool encrypted)
{
    batch_t *b  = w->batch;
    uint64_t at = ubifs_offset(w->fs, node), from = at + UBIFS_DATA;
    if ((node->flags & UBIFS_LOST) != 0) {
        flush(b);
        fs_content_lost(&b->content, at, node->length, UBIFS_BLOCK, "a block of this file cannot be read");
        return;
    }
    block_t block = parse_block(node);
    if (encrypted) {
        flush(b);
        fs_content_decoded(&b->content, block.data, from, block.data.size);
        return;
    }
    if (b->size + UBIFS_BLOCK > sizeof b->bytes)
        flush(b);
    if (!decode_block(w, &block, b->bytes + b->size)) {
        flush(b);
        fs_content_lost(&b->content, at, node->length, UBIFS_BLOCK, "a block of this file does not decode");
        return;
    }
    if (b->size == 0) {
        b->from        = from;
        b->from_length = block.data.size;
    } else {
        (void)child_write(b->content.child, span_from(NULL, 0), from, block.data.size);
    }
    /* A block may be stored without the zeros at its end. */
    memset(b->bytes + b->size + block.size, 0, UBIFS_BLOCK - block.size);
    b->size += UBIFS_BLOCK;
}

/* From which block on a node of this sequence number was cut off by a later truncation. */
static uint64_t truncated_from(const walk_t *w, range_t cuts, uint64_t sqnum)
{
    uint64_t from = UINT64_MAX;
    /* Newest last; few are in a journal, and more than a few of one file hardly ever. */
    for (size_t i = cuts.end; i > cuts.first && cuts.end - i < TRUNCATIONS_MAX && w->view->nodes[i - 1].sqnum > sqnum; i--) {
        reader_t r    = ubifs_reader(&w->view->nodes[i - 1], 48);
        uint64_t size = read_le64(&r);
        from          = min_u64(from, size / UBIFS_BLOCK + (size % UBIFS_BLOCK != 0));
    }
    return from;
}

static uint64_t end_of_block(const ubifs_node_t *node, uint64_t block)
{
    return block * UBIFS_BLOCK + ((node->flags & UBIFS_LOST) != 0 ? UBIFS_BLOCK : min_u64(parse_block(node).size, UBIFS_BLOCK));
}

/* After a power failure a file may have more content in the journal than its inode knows of: Linux mends the size. */
static uint64_t mended_size(const walk_t *w, uint64_t size, const ubifs_node_t *node, uint64_t block)
{
    return !w->fs->dirty || w->deleted || (node->flags & UBIFS_BUD) == 0 ? size : max_u64(size, end_of_block(node, block));
}

/* The next block that counts, from *i on; false: there is none. */
static bool next_block(const walk_t *w, size_t *i, size_t end, range_t cuts, const ubifs_node_t **node)
{
    while (*i < end) {
        size_t last = *i;
        while (last + 1 < end && w->view->nodes[last + 1].key == w->view->nodes[*i].key)
            last++;
        *node = &w->view->nodes[last];
        *i    = last + 1;
        if (w->deleted || cuts.first == cuts.end || ubifs_key_low((*node)->key) < truncated_from(w, cuts, (*node)->sqnum))
            return true;
    }
    return false;
}

static status_t ubifs_write(void *context, uint64_t number, child_t *child)
{
    walk_t             *w = context;
    batch_t            *b = w->batch;
    inode_t             inode;
    const ubifs_node_t *own = find_inode(w, number, &inode), *node;
    if (own == NULL)
        inode = (inode_t){.size = 0};
    range_t  data = nodes_of(w->view, number, UBIFS_DATA_NODE), cuts = nodes_of(w->view, number, UBIFS_TRUNCATION_NODE);
    uint64_t size = inode.size, blocks = 0, at = 0;
    bool     encrypted = (inode.flags & UBIFS_INODE_IS_ENCRYPTED) != 0;
    for (size_t i = data.first; next_block(w, &i, data.end, cuts, &node); blocks++)
        size = own != NULL ? mended_size(w, size, node, ubifs_key_low(node->key)) : max_u64(size, end_of_block(node, ubifs_key_low(node->key)));
    if (encrypted && blocks > 0)
        child_limit(child, "encrypted", "the content is encrypted (fscrypt): what is stored is given, block after block");
    fs_content_begin(&b->content, child, w->fs->image, encrypted ? UINT64_MAX : size);
    b->size = 0;
    for (size_t i = data.first; next_block(w, &i, data.end, cuts, &node) && !fs_content_full(&b->content);) {
        uint64_t block = ubifs_key_low(node->key);
        if (block * UBIFS_BLOCK >= size)
            break;
        if (block > at && !encrypted) {
            flush(b);
            fs_content_hole(&b->content, (block - at) * UBIFS_BLOCK);
        }
        write_block(w, node, encrypted);
        at = block + 1;
    }
    flush(b);
    if (own != NULL && (w->fs->by_scan || w->deleted) && !encrypted && blocks < size / UBIFS_BLOCK + (size % UBIFS_BLOCK != 0))
        child_damage(child, ubifs_offset(w->fs, own), own->length, "blocks of this file were not found: holes, or lost");
    if (encrypted)
        b->content.size = b->content.done;
    return fs_content_end(&b->content);
}

static const fs_operations_t operations = {.format = "ubifs", .read = ubifs_read, .list = ubifs_list, .write = ubifs_write};

/* ---- what no directory leads to ---- */

static bool is_orphan(const ubifs_t *fs, uint64_t number)
{
    size_t low = 0, high = fs->orphan_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fs->orphans[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fs->orphan_count && fs->orphans[low] == number;
}

/* The number of the inode that ends at nodes[i], if it is one that no directory led to. 0: none. */
static uint64_t unseen_inode(const walk_t *w, size_t i, inode_t *inode)
{
    const ubifs_node_t *node   = &w->view->nodes[i];
    uint64_t            number = ubifs_key_inode(node->key);
    if (node->type != UBIFS_INODE_NODE || (i + 1 < w->view->count && w->view->nodes[i + 1].key == node->key) || fs_tree_seen(w->tree, number))
        return 0;
    return find_inode(w, number, inode) != NULL && (inode->flags & UBIFS_INODE_IS_XATTR) == 0 ? number : 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Inodes that some entry names, in order. */
static uint64_t *named_inodes(const ubifs_view_t *view, size_t *count)
{
    size_t    dents = 0;
    for (size_t i = 0; i < view->count; i++)
        dents += view->nodes[i].type == UBIFS_DENT_NODE && (view->nodes[i].flags & UBIFS_LOST) == 0;
    uint64_t *named = calloc(dents + 1, sizeof *named);
    *count          = 0;
    for (size_t i = 0; named != NULL && i < view->count; i++)
        if (view->nodes[i].type == UBIFS_DENT_NODE && (view->nodes[i].flags & UBIFS_LOST) == 0)
            named[(*count)++] = number_of(&view->nodes[i]);
    if (named != NULL && *count > 1)
        qsort(named, *count, sizeof *named, by_number);
    return named;
}

static status_t show_at(walk_t *w, const char *prefix, uint64_t number)
{
    char path[PATH_MAX_BYTES];
    int  size = snprintf(path, sizeof path, "%sinode-%llu", prefix, (unsigned long long)number);
    return fs_tree_show(w->tree, span_from(path, (size_t)size), number);
}

/* Directories that nothing names first, so that what is in them is found by its name; then other directories, then files. */
static status_t show_lost(walk_t *w)
{
    bool      told = false;
    size_t    count;
    status_t  status = ok();
    uint64_t *named  = named_inodes(w->view, &count);
    if (named == NULL)
        return status_fail(STATUS_MEMORY, "ubifs", 0, "out of memory");
    for (int pass = 0; pass < 3 && status_ok(status); pass++)
        for (size_t i = 0; i < w->view->count && status_ok(status); i++) {
            inode_t  inode;
            uint64_t number = w->view->nodes[i].type == UBIFS_INODE_NODE ? unseen_inode(w, i, &inode) : 0;
            if (number == 0 || inode.links == 0 || is_orphan(w->fs, number))
                continue;
            if (pass < 2 && fs_type_of_mode(inode.mode) != CHILD_DIRECTORY)
                continue;
            if (pass == 0 && bsearch(&number, named, count, sizeof *named, by_number) != NULL)
                continue;
            if (!told)
                sink_damage(w->fs->sink, ubifs_offset(w->fs, &w->view->nodes[i]), 0,
                            "no readable directory leads to some inodes: they are shown below lost+found");
            told   = true;
            status = show_at(w, FS_LOST_PATH, number);
        }
    free(named);
    return status;
}

/* Blocks whose inode is lost, and with it the only thing that could have been named. */
static status_t show_lost_content(walk_t *w)
{
    status_t status = ok();
    for (size_t i = 0; i < w->view->count && status_ok(status); i++) {
        const ubifs_node_t *node   = &w->view->nodes[i];
        uint64_t            number = ubifs_key_inode(node->key);
        inode_t             inode;
        bool same = i > 0 && node[-1].type == UBIFS_DATA_NODE && ubifs_key_inode(node[-1].key) == number;
        if (node->type == UBIFS_DATA_NODE && !same && !fs_tree_seen(w->tree, number) && find_inode(w, number, &inode) == NULL)
            status = show_at(w, FS_LOST_PATH, number);
    }
    return status;
}

/* ---- what was deleted ---- */

static status_t show_deleted_name(walk_t *w, const ubifs_node_t *dent, uint64_t number)
{
    uint8_t path[PATH_MAX_BYTES];
    span_t  name = ubifs_name(dent);
    size_t  size = (size_t)snprintf((char *)path, sizeof path, "%s%llu-", FS_DELETED_PATH, (unsigned long long)number);
    for (size_t i = 0; i < name.size && size < sizeof path; i++)
        path[size++] = name.at[i] == '/' || name.at[i] == '\0' ? '_' : name.at[i];
    return fs_tree_show(w->tree, span_from(path, size), number);
}

/* By names first: those in directories that still are, then all; then inodes whose name is gone. */
static status_t show_deleted(walk_t *w, const ubifs_view_t *everything)
{
    status_t status = ok();
    w->view         = everything;
    w->deleted      = true;
    for (int pass = 0; pass < 2 && status_ok(status); pass++)
        for (size_t i = 0; i < everything->count && status_ok(status); i++) {
            const ubifs_node_t *dent   = &everything->nodes[i];
            uint64_t            number = dent->type == UBIFS_DENT_NODE ? number_of(dent) : 0;
            inode_t             inode;
            if (number == 0 || number > UINT32_MAX || fs_tree_seen(w->tree, number))
                continue;
            if (pass == 0 && !fs_tree_seen(w->tree, ubifs_key_inode(dent->key)))
                continue;
            if (find_inode(w, number, &inode) != NULL)
                status = show_deleted_name(w, dent, number);
        }
    for (size_t i = 0; i < everything->count && status_ok(status); i++) {
        inode_t  inode;
        uint64_t number = everything->nodes[i].type == UBIFS_INODE_NODE ? unseen_inode(w, i, &inode) : 0;
        if (number != 0)
            status = show_at(w, FS_DELETED_PATH, number);
    }
    return status;
}

static status_t show_all(walk_t *w)
{
    ubifs_t *fs     = w->fs;
    status_t status = fs_tree_walk(w->tree, UBIFS_ROOT);
    if (status_ok(status))
        status = show_lost(w);
    if (status_ok(status) && fs->by_scan)
        status = show_lost_content(w);
    if (status_ok(status) && sink_wants_deleted(fs->sink)) {
        ubifs_view_t everything = {0};
        for (size_t i = 0; i < fs->all.count; i++)
            if (fs->all.nodes[i].type <= UBIFS_TRUNCATION_NODE && !ubifs_add(fs, &everything, &fs->all.nodes[i]))
                break;
        ubifs_sort(&everything);
        status = fs->no_memory ? status_fail(STATUS_MEMORY, "ubifs", 0, "out of memory") : show_deleted(w, &everything);
        free(everything.nodes);
    }
    if (w->encrypted > 0)
        sink_fact_printf(fs->sink, "ubifs.encrypted-inodes", "%zu", w->encrypted);
    return status;
}

status_t ubifs_show(ubifs_t *fs)
{
    walk_t *w = calloc(1, sizeof *w);
    if (w == NULL)
        return status_fail(STATUS_MEMORY, "ubifs", 0, "out of memory");
    w->fs    = fs;
    w->view  = &fs->live;
    w->batch = malloc(sizeof *w->batch);
    w->tree  = fs_tree_new(fs->sink, &operations, w);
    status_t status = w->batch != NULL && w->tree != NULL ? show_all(w) : status_fail(STATUS_MEMORY, "ubifs", 0, "out of memory");
    fs_tree_free(w->tree);
    free(w->batch);
    free(w);
    return status;
}
