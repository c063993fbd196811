/* UDF, shared by its parts: descriptors and partitions (udf_volume.c), what the file set leads to (udf_tree.c), the extractor (udf.c). */
#ifndef ASSAY_EXTRACTORS_UDF_H
#define ASSAY_EXTRACTORS_UDF_H

#include "base/buffer.h"
#include "extractors/extractor.h"
#include "extractors/fs_tree.h"

enum {
    UDF_TAG_SIZE = 16, UDF_PARTITIONS_MAX = 8, UDF_FILE_SETS_MAX = 16,
    UDF_PRIMARY = 1, UDF_ANCHOR = 2, UDF_POINTER = 3, UDF_PARTITION = 5, UDF_LOGICAL = 6, UDF_TERMINATOR = 8, UDF_INTEGRITY = 9, UDF_FILE_SET = 256,
    UDF_FILE_IDENTIFIER = 257, UDF_ALLOCATION_EXTENT = 258, UDF_INDIRECT_ENTRY = 259, UDF_FILE_ENTRY = 261, UDF_SPACE_BITMAP = 264,
        UDF_EXTENDED_FILE_ENTRY = 266
};

typedef enum { UDF_TAG_NONE, UDF_TAG_DAMAGED, UDF_TAG_SOUND } udf_tag_t;
typedef enum { UDF_PHYSICAL, UDF_VIRTUAL, UDF_SPARABLE, UDF_METADATA } udf_kind_t;

typedef struct { uint32_t block; uint16_t partition; } udf_address_t;
typedef struct { udf_address_t at; uint32_t length; uint8_t kind; } udf_extent_t; /* kind: 0 recorded, 1 and 2 zeros, 3 more descriptors */
typedef struct { uint32_t from, to, blocks; } udf_mapping_t;                      /* blocks of a mapped partition, and where they are */

typedef struct {
    udf_kind_t     kind;
    uint32_t       start, blocks;                    /* in sectors of the volume; of the physical partition below, if it is mapped */
    uint32_t       places[4], packet;                /* sparable: tables, blocks a packet; metadata: file, mirror, bitmap */
    uint16_t       number;
    udf_mapping_t *mappings;                         /* virtual, sparable, metadata: sorted by `from` */
    size_t         mapping_count;
    bool           broken;                           /* what maps it cannot be read */
} udf_partition_t;

typedef struct {
    span_t          image;
    sink_t         *sink;                            /* NULL: only looking */
    uint32_t        block;                           /* bytes of a sector, and of a logical block */
    uint64_t        anchor, end;
    uint64_t        primary, logical, integrity;     /* where they stand; 0: none */
    uint16_t        revision;
    udf_extent_t    file_set;
    udf_partition_t partitions[UDF_PARTITIONS_MAX];
    size_t          partition_count;
    uint8_t        *taken;                           /* a bit a block of the image: a directory's, or of descriptors; none belongs to two */
} udf_volume_t;

/* The tag at the start of `descriptor`: is it one of this kind (0: any), with checksum and CRC that agree? */
udf_tag_t udf_tag_of(span_t descriptor, uint16_t identifier);
udf_extent_t udf_read_long(reader_t *r);
/* Finds the anchor, the descriptors and the partitions. False: not a UDF. With a sink: claims what it read, says what is damaged. */
bool udf_open(span_t image, sink_t *sink, udf_volume_t *volume);
/* Reads what maps virtual, sparable and metadata partitions. False: out of memory. */
bool udf_map_partitions(udf_volume_t *volume);
void udf_close(udf_volume_t *volume);
/* Where the block is in the image, and how many bytes (at most `length`) go on there without a break. 0: nowhere. */
uint64_t udf_locate(const udf_volume_t *volume, udf_address_t address, uint64_t length, uint64_t *at);
/* The text of OSTA compressed unicode as UTF-8, appended. */
void udf_append_text(buffer_t *out, span_t text);
/* Seconds since 1970 of a timestamp of 12 bytes; false when there is none. */
bool udf_time(span_t stamp, int64_t *seconds);

typedef struct {
    udf_address_t at;
    uint64_t      offset;        /* in the image */
    uint16_t      identifier, flags;
    uint8_t       type;
    bool          damaged;       /* its CRC does not hold */
    uint32_t      uid, gid, permissions;
    uint64_t      size;
    int64_t       mtime;
    bool          has_mtime;
    udf_extent_t  streams;       /* its directory of named streams; length 0: none */
    span_t        attributes;    /* extended attributes */
    uint64_t      descriptors_at, descriptors_length; /* allocation descriptors, or the content itself */
} udf_entry_t;

bool udf_read_entry(udf_volume_t *volume, udf_address_t address, udf_entry_t *entry);
/* Calls `piece` for each extent of the entry, in order; false from it: enough. NULL, or why the list breaks off. */
const char *udf_extents(udf_volume_t *volume, const udf_entry_t *entry, bool (*piece)(void *context, const udf_extent_t *extent), void *context);

/* Shows all file sets, the first as `root`. */
status_t udf_show(udf_volume_t *volume, span_t root);

/* For a bridge, opened as ISO 9660: does that view have a file that is exactly these bytes of the image? */
uint64_t udf_end(span_t image); /* 0: there is no UDF view */
typedef bool (*udf_known_fn)(const void *context, uint64_t at, uint64_t size);
/* The UDF view beside the other one. Its structures are claimed; when a file of it is not known, the tree is shown below "[udf]/". */
status_t udf_show_beside(span_t image, sink_t *sink, udf_known_fn known, const void *context);

#endif
