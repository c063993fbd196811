/* squashfs, shared by the files of its reader: squashfs.c (what the registry sees, tables), squashfs_super.c (superblocks of all
 * versions), squashfs_codec.c (which compression it is), squashfs_metadata.c (blocks of metadata), squashfs_inode.c (inodes,
 * directories and extended attributes of 4.0), squashfs_old.c (the same of 1.x to 3.x), squashfs_data.c (content) and
 * squashfs_walk.c (the tree). Sources: Linux, fs/squashfs/squashfs_fs.h and "The squashfs 4.0 on-disk format" of squashfs-tools-ng
 * (doc/format.adoc); for 1.x to 3.x squashfs-tools, squashfs_compat.h.
 *
 * 4.0 is little-endian; vendors write it big-endian as well. 1.x to 3.x have the order of bytes, and of bits, of the machine that
 * they were made for. What differs is read in the files named above; all else works on what those make of it. */
#ifndef ASSAY_EXTRACTORS_SQUASHFS_H
#define ASSAY_EXTRACTORS_SQUASHFS_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"

enum {
    SQUASHFS_SUPER_SIZE    = 96,
    SQUASHFS_METADATA_SIZE = 8192,       /* of a decoded block of metadata, but for the last of a table */
    SQUASHFS_NAME_MAX      = 256,
    SQUASHFS_LINK_MAX      = TEXT_LONG_MAX,
    SQUASHFS_DEPTH_MAX     = 2048,
    SQUASHFS_BLOCK_STORED  = 1 << 24,    /* in the size of a data block: not compressed */
};
#define SQUASHFS_NO_TABLE UINT64_MAX
#define SQUASHFS_NONE UINT32_MAX         /* no fragment, no extended attributes */

enum { SQUASHFS_FLAG_NO_FRAGMENTS = 0x10, SQUASHFS_FLAG_EXPORTABLE = 0x80, SQUASHFS_FLAG_COMPRESSOR_OPTIONS = 0x400 };

typedef struct {
    bool     big_endian;
    uint32_t size; /* of the superblock itself */
    uint32_t inodes, created, block_size, fragments;
    uint16_t compressor, block_log, flags, ids, guids, major, minor;
    uint64_t root_inode, bytes_used, id_table, guid_table, xattr_table, inode_table, directory_table, fragment_table, export_table;
} squashfs_super_t;

/* A number of the image, which reads in the order of its bytes. */
static inline uint64_t squashfs_number(bool big_endian, reader_t *r, unsigned bytes) { return big_endian ? read_be(r, bytes) : read_le(r, bytes); }

/* A place in the decoded metadata: the block that begins at `at` of the image, `offset` bytes into it. */
typedef struct { uint64_t at; uint32_t offset; } squashfs_cursor_t;

/* A list of equal entries in metadata blocks, which an array of their positions at `pointers` finds. */
typedef struct { uint64_t pointers, count; uint32_t entry_size, pointer_size; } squashfs_table_t;

typedef struct { uint64_t at, next; uint64_t used; uint32_t size; bool bad; uint8_t *bytes; } squashfs_metadata_t;
typedef struct { uint32_t index; bool stored; uint64_t used; span_t bytes; uint64_t at, length; uint8_t *buffer; } squashfs_fragment_t;

/* Bounded memory: 4096 metadata blocks (32 MiB), fragments of 32 MiB together. */
enum { SQUASHFS_CACHE_SETS = 1024, SQUASHFS_CACHE_WAYS = 4, SQUASHFS_FRAGMENT_SLOTS = 256, SQUASHFS_FRAGMENT_MEMORY = 32 << 20 };

/* What blocks of one kind are compressed with: the first is what the image declares or proved to use, the second stands beside it
 * in images that take for each block what is smaller. */
typedef struct { codec_t known[2]; unsigned count, trials; bool proven; } squashfs_codecs_t;

typedef struct {
    span_t              image;
    sink_t             *sink;
    squashfs_super_t    super;
    codec_context_t    *codecs;
    squashfs_codecs_t   metadata, data;
    bool                sizes_are_big;  /* the sizes in front of metadata blocks: AVM keeps them little-endian in big-endian images */
    bool                quiet;          /* a compression is being tried: nothing is said to the sink, which may be NULL */
    squashfs_table_t    ids, fragment_blocks, exports, xattr_ids;
    uint64_t            xattrs_at;   /* where references of extended attributes count from */
    squashfs_metadata_t cache[SQUASHFS_CACHE_SETS][SQUASHFS_CACHE_WAYS];
    squashfs_fragment_t fragments[SQUASHFS_FRAGMENT_SLOTS];
    size_t              fragment_slots;
    uint8_t            *block;       /* one decoded data block */
    uint64_t            clock;       /* for what was used least recently */
    uint64_t            work, work_limit;
    bool                stopped;     /* a limit was reached: say nothing more */
    bool                no_memory;
    bool                owners_missing; /* an inode names an owner that the id table does not hold */
} squashfs_t;

/* ---- squashfs_super.c ---- */

/* False when it is not the superblock of a version that is read here. The magic is not looked at. */
bool squashfs_read_super(span_t image, squashfs_super_t *super);
/* Do the tables follow one another as every maker writes them? */
bool squashfs_tables_in_order(const squashfs_super_t *super);
bool squashfs_root_in_place(const squashfs_super_t *super);
static inline bool squashfs_is_old(const squashfs_super_t *super) { return super->major < 4; }

/* ---- squashfs_codec.c ---- */

/* The compression of the metadata, the declared one first: proven by the root directory and by an inode that it names, or in an image
 * cut short by the first inode. False when none decodes it; then the declared one stays. Says nothing to the sink. */
bool squashfs_find_codec(squashfs_t *fs, codec_t declared);
/* Can the root directory and an inode that it names be read? */
bool squashfs_root_is_sound(squashfs_t *fs);
/* `expected` is how long it must become, 0 when that is not known. */
bool squashfs_decompress(squashfs_t *fs, squashfs_codecs_t *codecs, span_t in, uint8_t *out, size_t capacity, uint64_t expected,
                         size_t *produced);
/* The compression as reports show it. */
void squashfs_say_codec(const squashfs_t *fs, bool found);

/* ---- squashfs.c ---- */

/* Counts work against what this image may cost; false once it is used up (recorded) and everything must end. */
bool squashfs_spend(squashfs_t *fs, uint64_t amount);

/* ---- squashfs_metadata.c ---- */

/* The block of metadata at `at` as it stands in the image; `next` is where the one behind it would begin. False when it cannot be one. */
bool squashfs_metadata_block(const squashfs_t *fs, uint64_t at, span_t *bytes, bool *stored, uint64_t *next);
/* The next `size` bytes, over block borders; moves the cursor. False when a block does not decode (recorded once). */
bool squashfs_read(squashfs_t *fs, squashfs_cursor_t *cursor, void *out, size_t size);
bool squashfs_skip(squashfs_t *fs, squashfs_cursor_t *cursor, uint64_t size);
/* Moves a cursor that stands at the end of a block to the next; false when that does not decode. */
bool squashfs_settle(squashfs_t *fs, squashfs_cursor_t *cursor);
squashfs_table_t squashfs_table(const squashfs_super_t *super, uint64_t pointers, uint64_t count, uint32_t entry_size);
bool squashfs_table_entry(squashfs_t *fs, const squashfs_table_t *table, uint64_t index, void *out);
/* Reads all of it, so that it is explained; damage is recorded. */
void squashfs_explain_table(squashfs_t *fs, const squashfs_table_t *table, const char *what_is_damaged);
/* Decodes everything anew from here on. */
void squashfs_forget_metadata(squashfs_t *fs);
void squashfs_free_metadata(squashfs_t *fs);

/* ---- squashfs_inode.c ---- */

typedef struct {
    uint64_t          reference;
    child_type_t      type;
    bool              extended, has_owner;
    uint32_t          mode, uid, gid, mtime, number, links;
    uint32_t          device_major, device_minor;
    uint64_t          size;      /* of the content, of the directory listing, of the link's target */
    uint64_t          start;     /* where the content begins in the image */
    uint32_t          fragment, fragment_offset, xattr;
    uint32_t          index_count; /* of the directory index behind the inode */
    squashfs_cursor_t listing;   /* of a directory */
    squashfs_cursor_t tail;      /* list of blocks, target of a link, directory index: what follows the inode's fields */
} squashfs_inode_t;

typedef struct {
    squashfs_cursor_t at;
    uint64_t          left;       /* bytes of the listing */
    uint32_t          run_left, run_block;
} squashfs_listing_t;

typedef struct { uint64_t inode; child_type_t type; uint8_t name[SQUASHFS_NAME_MAX]; size_t name_size; } squashfs_entry_t;
typedef enum { SQUASHFS_ENTRY, SQUASHFS_LISTING_END, SQUASHFS_LISTING_DAMAGED } squashfs_next_t;

bool squashfs_read_inode(squashfs_t *fs, squashfs_cursor_t at, squashfs_inode_t *inode);
/* A reference as directories hold it: position of the block in the inode table, shifted by 16, and offset in the decoded block. */
bool squashfs_inode_at(squashfs_t *fs, uint64_t reference, squashfs_inode_t *inode);
/* Moves `cursor` from the inode's tail to the inode behind it. */
bool squashfs_skip_tail(squashfs_t *fs, const squashfs_inode_t *inode, squashfs_cursor_t *cursor);
/* How many whole or last blocks the content has, its tail in a fragment not counted. */
uint64_t squashfs_block_count(const squashfs_t *fs, const squashfs_inode_t *inode);

/* What 1 to 7 mean, in the basic types of inodes and in directory entries. */
bool squashfs_child_type(unsigned basic, child_type_t *type);

squashfs_listing_t squashfs_listing(const squashfs_t *fs, const squashfs_inode_t *directory);
squashfs_next_t    squashfs_next_entry(squashfs_t *fs, squashfs_listing_t *listing, squashfs_entry_t *entry);

/* Fills `xattrs` (XATTRS_MAX) with spans into `bytes`, which is emptied first; false when they cannot all be read. */
bool squashfs_read_xattrs(squashfs_t *fs, uint32_t index, buffer_t *bytes, xattr_t *xattrs, size_t *count);

/* ---- squashfs_old.c: 1.x to 3.x, called by the functions of squashfs_inode.c ---- */

bool            squashfs_read_old_inode(squashfs_t *fs, squashfs_cursor_t at, squashfs_inode_t *inode);
bool            squashfs_skip_old_index(squashfs_t *fs, const squashfs_inode_t *inode, squashfs_cursor_t *cursor);
squashfs_next_t squashfs_next_old_entry(squashfs_t *fs, squashfs_listing_t *listing, squashfs_entry_t *entry);
/* Claims the two arrays of owners, which stand uncompressed. */
void            squashfs_explain_old_owners(squashfs_t *fs);

/* ---- squashfs_data.c ---- */

/* Hands the content on to `child`. Damage is recorded; not ok only when everything must end. */
status_t squashfs_write_content(squashfs_t *fs, const squashfs_inode_t *inode, child_t *child);
void     squashfs_free_fragments(squashfs_t *fs);

/* ---- squashfs_walk.c ---- */

/* Everything below the root inode, then the inodes that no directory leads to. */
status_t squashfs_walk(squashfs_t *fs);

#endif
