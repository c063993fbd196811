/* EROFS, the enhanced read-only file system (Android system images, containers). Little-endian. Layout: Linux fs/erofs/erofs_fs.h and
 * Documentation/filesystems/erofs.rst.
 *
 *   1024        superblock: magic 0xE0F5E1E2, CRC-32C over its block, features, sizes as powers of two, root, where inodes begin;
 *               behind it extension slots, then the settings of the compressors
 *   inodes      numbered in units of 32 bytes from the block `meta_block` on: 32 bytes (compact) or 64 (extended), extended attributes,
 *               then what the layout of the data needs: the tail of the content, chunk addresses, or the index of compressed extents
 *   data        a run of blocks (flat), chunks, or compressed clusters of one or more blocks ("pclusters") that each hold an extent of
 *               the content, which begins anywhere inside a block-sized piece of it ("lcluster")
 *   fragments   ends of files, or whole small files, stand together in the content of one more inode, the packed one */
#ifndef ASSAY_EXTRACTORS_EROFS_H
#define ASSAY_EXTRACTORS_EROFS_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"
#include "extractors/fs_content.h"
#include "extractors/fs_tree.h"

enum { EROFS_SUPER_AT = 1024, EROFS_SUPER_SIZE = 128, EROFS_SLOT = 32, EROFS_DEVICE_SIZE = 128, EROFS_PREFIXES_MAX = 128 };
enum { EROFS_COMPAT_CHECKSUM = 1, EROFS_COMPAT_PLAIN_PREFIXES = 0x10 };
enum {
    EROFS_ZERO_PADDING = 0x01, EROFS_COMPRESSOR_SETTINGS = 0x02, EROFS_CHUNKED = 0x04, EROFS_DEVICES = 0x08, EROFS_TAILPACKING = 0x10,
    EROFS_FRAGMENTS = 0x20, EROFS_XATTR_PREFIXES = 0x40, EROFS_48BIT = 0x80, EROFS_METABOX = 0x100
};
enum { EROFS_FLAT, EROFS_COMPRESSED_FULL, EROFS_INLINE, EROFS_COMPRESSED_COMPACT, EROFS_CHUNKS };
/* A compressed cluster is at most 1 MiB, and decodes to at most 12 MiB. */
enum { EROFS_ENCODED_MAX = 1 << 20, EROFS_DECODED_MAX = 12 << 20 };

typedef struct {
    uint32_t checksum, compat, incompat, nanoseconds, meta_block, xattr_block, prefix_start;
    uint8_t  block_bits, directory_bits, extension_slots, prefix_count;
    uint16_t algorithms, devices, device_slot;
    uint64_t root, inodes, packed, blocks, size; /* size: of the superblock with its extensions */
    int64_t  epoch, created;
    uint8_t  uuid[16], name[16];
} erofs_super_t;

typedef struct {
    uint64_t number, at, xattr_at, end; /* end: behind the extended attributes */
    uint64_t size, start;               /* start: the block where flat content begins */
    uint32_t mode, uid, gid, raw;       /* raw: device number, format of chunks */
    int64_t  mtime;
    uint8_t  layout;
} erofs_inode_t;

typedef enum {
    EROFS_RUN,       /* as it stands at `at` */
    EROFS_TAIL,      /* the same, behind the inode */
    EROFS_HOLE,
    EROFS_ROTATED,   /* as it stands, but a byte of it at the same place inside the block as in the content: the beginning last */
    EROFS_ENCODED,
    EROFS_FRAGMENT,  /* at offset `at` of the packed inode */
    EROFS_ELSEWHERE, /* on another device */
    EROFS_LOST
} erofs_kind_t;

typedef struct {
    erofs_kind_t kind;
    uint64_t     from, size; /* of the content */
    uint64_t     at, length; /* of the image */
    uint8_t      algorithm;
    bool         partial;    /* the cluster holds more than this */
    const char  *what;       /* why it is lost */
} erofs_extent_t;

/* A decoded cluster, kept because the next fragment mostly stands in the same one. */
typedef struct { uint64_t at, length, size; uint8_t algorithm; uint8_t *bytes; size_t capacity; bool used; } erofs_decoded_t;

typedef struct {
    span_t           image;
    sink_t          *sink;
    erofs_super_t    super;
    uint64_t         block; /* size in bytes */
    codec_context_t *codecs;
    erofs_decoded_t  content, packed_slot;
    erofs_extent_t  *packed;
    size_t           packed_count, packed_capacity;
    bool             packed_read;
    uint64_t         work;  /* bytes that may still be decoded or read without being handed on */
    bool             told_work;
    buffer_t         text, directory, xattr_bytes;
    xattr_t          xattrs[XATTRS_MAX];
    buffer_t         prefix_bytes;
    struct { size_t at, size; uint8_t base; } prefixes[EROFS_PREFIXES_MAX];
    size_t           prefix_count;
} erofs_t;

/* ---- erofs_map.c: where content stands ---- */

typedef struct { uint8_t type; bool partial; uint32_t offset, count; uint64_t block; } erofs_index_t;

typedef struct {
    const erofs_t       *fs;
    const erofs_inode_t *inode;
    uint64_t             next;    /* the content up to here was said */
    bool                 broken;
    /* compressed inodes */
    uint64_t             index_at, index_end, lclusters, lcluster; /* lcluster: the head in hand */
    uint64_t             records, record, place;
    uint64_t             fragment;
    uint32_t             advise, tail_size;
    uint8_t              algorithms[2], bits, record_size;
    bool                 whole_fragment, has_head;
    erofs_index_t        head;
} erofs_map_t;

void erofs_map_begin(erofs_map_t *map, const erofs_t *fs, const erofs_inode_t *inode);
/* The next extent; together they cover the content without gaps, except that the last one may be LOST. False at the end. */
bool erofs_map_next(erofs_map_t *map, erofs_extent_t *extent);
/* Behind the last byte of the inode's own indexes and inline data. */
uint64_t erofs_map_end(const erofs_map_t *map);

/* ---- erofs_data.c: content ---- */

/* What `extent` becomes: a part of the image, or decoded bytes that stand until the slot is used again. Not for holes and fragments. */
bool erofs_decode(erofs_t *fs, const erofs_extent_t *extent, erofs_decoded_t *slot, span_t *bytes);
status_t erofs_write_content(erofs_t *fs, const erofs_inode_t *inode, child_t *child);
/* The content of a directory or link, cut at `limit`; its bytes are claimed as structure. False when something of it is missing: then
 * what could be read stands with zeros in between. */
bool erofs_read_content(erofs_t *fs, const erofs_inode_t *inode, uint64_t limit, buffer_t *content);
/* The bytes [offset, offset+length) of the packed inode's content. */
bool erofs_read_packed(erofs_t *fs, uint64_t offset, uint64_t length, buffer_t *bytes);
/* May `bytes` more be decoded or read for nothing? Says so once when not. */
bool erofs_spend(erofs_t *fs, uint64_t bytes);
void erofs_data_free(erofs_t *fs);

/* ---- erofs_inode.c ---- */

bool erofs_read_inode(const erofs_t *fs, uint64_t number, erofs_inode_t *inode);
void erofs_read_prefixes(erofs_t *fs);
status_t erofs_walk(erofs_t *fs);

#endif
