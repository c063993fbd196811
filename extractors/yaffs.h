/* What the parts of the YAFFS reader share: how chunks and their tags are laid out, and the tables made of them.
 *
 * yaffs_layout.c finds the layout and reads tags and object headers; yaffs_log.c reads all tags into tables; yaffs_tree.c shows the tree;
 * yaffs.c is the extractor. */
#ifndef ASSAY_EXTRACTORS_YAFFS_H
#define ASSAY_EXTRACTORS_YAFFS_H

#include "base/buffer.h"
#include "extractors/extractor.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum {
    YAFFS_ROOT = 1, YAFFS_LOST = 2, YAFFS_UNLINKED = 3, YAFFS_DELETED = 4, YAFFS_FIRST_ORDINARY = 0x100, YAFFS_OBJECT_MAX = 0x3FFFF,
    YAFFS_FILE = 1, YAFFS_SYMLINK = 2, YAFFS_DIRECTORY = 3, YAFFS_HARDLINK = 4, YAFFS_SPECIAL = 5,
    YAFFS_HEADER = 512, YAFFS_NAME_MAX = 256, YAFFS_ALIAS_MAX = 160, YAFFS_CHECKPOINT_SEQUENCE = 0x21,
};

typedef enum {
    YAFFS1_SPLIT,  /* 8 bytes of tags around the code for the data, as in SmartMedia */
    YAFFS1_PACKED, /* 8 bytes of tags in a row */
    YAFFS2_TAGS    /* 16 bytes, and perhaps a code for them */
} yaffs_form_t;

typedef struct {
    yaffs_form_t form;
    bool         big, inband, tags_have_code;
    uint32_t     page, spare;     /* as in the image; spare is 0 with tags inside the page */
    uint32_t     data;            /* bytes of content in a chunk */
    uint32_t     tags_at;         /* from the start of the page */
    unsigned     headers, chunks; /* that were seen and agree, when the layout was found */
} yaffs_layout_t;

static inline uint64_t yaffs_stride(const yaffs_layout_t *layout) { return (uint64_t)layout->page + layout->spare; }

typedef enum { YAFFS_PAGE_ERASED, YAFFS_PAGE_USED, YAFFS_PAGE_CHECKPOINT, YAFFS_PAGE_INVALID } yaffs_page_t;

typedef struct {
    uint32_t object, chunk, bytes, sequence; /* chunk 0: the object's header, else content from (chunk - 1) chunks on */
    uint8_t  serial;                         /* YAFFS1: of two writes of the same chunk the one that follows the other */
    bool     deleted, shrink, corrected;
} yaffs_tags_t;

typedef struct {
    uint32_t type, parent, mode, uid, gid, mtime, equivalent, device;
    uint64_t size;
    bool     shrink;
    span_t   name, alias;
} yaffs_header_t;

/* How this image is laid out, from its first pages; `from_start`: the first must hold an object header. */
bool yaffs_find_layout(span_t image, bool from_start, yaffs_layout_t *layout);
/* The tags of the page that begins at `at`. */
yaffs_page_t yaffs_read_tags(span_t image, const yaffs_layout_t *layout, uint64_t at, yaffs_tags_t *tags);
/* An object header. False: not one. */
bool yaffs_read_header(span_t image, bool big, uint64_t at, yaffs_header_t *header);

/* ---- yaffs_log.c ---- */

typedef struct {
    uint32_t object, chunk, bytes;
    uint64_t time;   /* grows with each write */
    uint64_t at;     /* of the page */
    uint8_t  serial;
    bool     deleted, shrink;
} yaffs_chunk_t;

typedef struct {
    uint32_t id;
    size_t   first, headers, count; /* its chunks in the table: headers first, newest first, then content */
    size_t   header;                /* the one that counts; SIZE_MAX: there is none */
    size_t   buried;                /* a deleted object's last header from before it was deleted; SIZE_MAX: none */
    uint32_t parent;                /* 0 when there is no header */
    bool     deleted;
} yaffs_object_t;

typedef struct {
    span_t         image;
    sink_t        *sink;
    yaffs_layout_t layout;
    yaffs_chunk_t  *chunks;
    size_t          chunk_count, chunk_capacity;
    yaffs_object_t *objects;    /* by number */
    size_t          object_count, object_capacity;
    size_t         *children;   /* objects by parent */
    size_t          child_count;
    uint64_t        pages, checkpoints, invalid, corrected, end;
    uint64_t        newest;     /* time of the last write */
    bool            cut;        /* pages are missing, or cannot be read */
    buffer_t        xattr_names;
    xattr_t         xattrs[XATTRS_MAX];
} yaffs_t;

/* Reads all pages; damage is recorded. False when out of memory. */
bool yaffs_read_log(yaffs_t *fs);
void yaffs_free_log(yaffs_t *fs);
/* Where the last used page ends, as far as pages follow each other. */
uint64_t yaffs_find_end(span_t image, const yaffs_layout_t *layout);
const yaffs_object_t *yaffs_object(const yaffs_t *fs, uint32_t id);
/* The first of the objects below a parent, in `children`. */
size_t yaffs_first_child(const yaffs_t *fs, uint32_t parent);
/* Reads a header by its place in the table of chunks. */
bool yaffs_header_of(const yaffs_t *fs, size_t chunk, yaffs_header_t *header);

/* ---- yaffs_tree.c ---- */

status_t yaffs_show_tree(yaffs_t *fs);

#endif
