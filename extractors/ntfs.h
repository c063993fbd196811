/* NTFS, shared by the files of its reader: ntfs.c (boot sector, what the registry sees), ntfs_record.c (records, attributes, runs),
 * ntfs_content.c (content of streams), ntfs_index.c (directories' indexes) and ntfs_tree.c (names, links, what is lost or deleted).
 *
 * Layout, little-endian: everything is a file, described by a record of the master file table ($MFT, itself file 0). A record begins
 * with "FILE"; the last two bytes of each 512 are a check number, their own bytes stand in the update sequence array. It holds
 * attributes: type, name, and a value in place (resident) or runs of clusters (a list of length and signed step from the run before,
 * both of 0–8 bytes, a run without a step being a hole). What does not fit stands in further records that name the first as their base.
 * Sources: Linux-NTFS project, "NTFS Documentation"; Microsoft, [MS-FSCC] (reparse points, attributes), [MS-XCA] (LZNT1).
 *
 * The tree is built from the names in the records, which are all read, not from the directories' indexes: these are read to be held
 * against it. So a file that no index lists is shown, and what is damaged in an index costs no file. For the same reason extension
 * records are found by what base they name, not by the base's list of attributes. */
#ifndef ASSAY_EXTRACTORS_NTFS_H
#define ASSAY_EXTRACTORS_NTFS_H

#include "base/buffer.h"
#include "extractors/fs_tree.h"

typedef struct {
    uint32_t sector, cluster, record, index;   /* bytes of one */
    uint64_t sectors, mft, mirror, serial;     /* mft, mirror: clusters */
    uint64_t clusters;
} ntfs_boot_t;

#define NTFS_HOLE UINT64_MAX
typedef struct { uint64_t vcn, length, lcn; uint32_t stream; } ntfs_run_t;
typedef struct { ntfs_run_t *runs; size_t count, capacity; } ntfs_runs_t;

enum {
    NTFS_STANDARD = 0x10, NTFS_LIST = 0x20, NTFS_NAME = 0x30, NTFS_LABEL = 0x60, NTFS_VOLUME = 0x70, NTFS_DATA = 0x80, NTFS_INDEX_ROOT = 0x90,
    NTFS_INDEX = 0xA0, NTFS_BITMAP = 0xB0, NTFS_REPARSE = 0xC0,
};
enum { NTFS_COMPRESSED = 0x0001, NTFS_ENCRYPTED = 0x4000 };                       /* of an attribute */
enum { NTFS_FILE_SYSTEM = 0x4, NTFS_FILE_REPARSE = 0x400 };                       /* of a file */
enum { NTFS_MFT_FILE = 0, NTFS_MIRROR_FILE = 1, NTFS_LOG_FILE = 2, NTFS_VOLUME_FILE = 3, NTFS_ROOT = 5, NTFS_BITMAP_FILE = 6, NTFS_BOOT_FILE = 7,
       NTFS_BAD_FILE = 8, NTFS_SECURE_FILE = 9, NTFS_EXTEND = 11, NTFS_FIRST_USER = 24 };

/* One attribute of one record; spans lie in the record's bytes. */
typedef struct {
    uint32_t type;
    bool     resident;
    uint16_t flags;
    uint8_t  unit;                              /* log2 of the clusters that are compressed together */
    span_t   name, value, runs;                 /* name: UTF-16 */
    size_t   value_at;                          /* in the record */
    uint64_t first_vcn, size, initialized;
} ntfs_attribute_t;

/* A whole attribute, gathered from all records of a file. Names and values stand in the file's `bytes`. */
typedef struct {
    uint32_t type;
    bool     resident;
    uint16_t flags;
    uint8_t  unit;
    size_t   name_at, name_size, value_at, value_size, first_run, run_count;
    uint64_t image_at;                          /* of a resident value */
    uint64_t size, initialized;
} ntfs_stream_t;

enum { NTFS_STREAMS_MAX = 1024 };

typedef struct {
    uint32_t      record;
    bool          loaded, sound, deleted;
    int64_t       mtime;
    bool          has_mtime;
    uint32_t      attributes;                   /* of $STANDARD_INFORMATION */
    uint64_t      at;                           /* of the base record in the image */
    ntfs_stream_t streams[NTFS_STREAMS_MAX];
    size_t        count;
    ntfs_runs_t   runs;
    buffer_t      bytes;
} ntfs_file_t;

enum { NTFS_IN_USE = 1, NTFS_IS_DIRECTORY = 2, NTFS_IS_RECORD = 4, NTFS_IS_EXTENSION = 8, NTFS_HAS_NAME = 16, NTFS_UNLISTED = 32, NTFS_BAD_INDEX = 64,
       NTFS_HAS_STREAMS = 128, NTFS_CLAIMED = 256 };
#define NTFS_NONE UINT32_MAX
typedef struct { uint32_t base, next; uint16_t sequence, base_sequence, flags; } ntfs_entry_t; /* next: record of the same file */

typedef struct { uint32_t parent, record; uint16_t parent_sequence; bool is_dos; uint32_t name_size; uint64_t name_at, hash, order; } ntfs_link_t;

typedef struct {
    span_t        image;
    sink_t       *sink;
    ntfs_boot_t   boot;
    uint8_t      *record;                       /* one, fixups applied */
    uint64_t      record_at;
    ntfs_runs_t   mft;
    uint64_t      mft_size;
    ntfs_entry_t *entries;
    uint32_t      count;
    ntfs_link_t  *links;                        /* by parent, when all are known */
    size_t        link_count, link_capacity;
    buffer_t      names;                        /* UTF-8 */
    uint64_t     *listed;                       /* hashes of what the indexes list, sorted */
    size_t        listed_count, listed_capacity;
    ntfs_file_t   file;                         /* the one that was loaded last */
    uint64_t      loads;                        /* records read for it, for a bound */
    uint8_t      *held;                         /* a bit a cluster: some file has it */
    uint64_t      held_clusters, crossings;
    buffer_t      bitmap;                       /* $Bitmap, in lab mode */
    buffer_t      link, path;
    uint8_t      *unit, *unit_out;              /* one unit of compression */
    size_t        unit_size;
    unsigned      damages;
    bool          no_memory, told_loads;
} ntfs_t;

/* ---- ntfs_record.c ---- */

typedef enum { NTFS_RECORD_ABSENT, NTFS_RECORD_BLANK, NTFS_RECORD_BROKEN, NTFS_RECORD_GOOD } ntfs_record_state_t;

/* Checks and removes the check numbers of `bytes`, which begin with `magic`. */
bool ntfs_fix_up(uint8_t *bytes, size_t size, const char *magic);
/* Record `number` into fs->record. */
ntfs_record_state_t ntfs_read_record(ntfs_t *fs, uint32_t number);
/* The next attribute of `record`; `*at` begins with 0. False at the end; `*broken` when that is no proper end. */
bool ntfs_next_attribute(span_t record, size_t *at, ntfs_attribute_t *attribute, bool *broken);
/* Adds the runs of an attribute. False: they are not sound, what stands before that was added. */
bool ntfs_add_runs(ntfs_t *fs, ntfs_runs_t *runs, const ntfs_attribute_t *attribute, uint32_t stream);
/* Where byte `position` of a stream stands and how many bytes follow it there; false: in a hole, lost, or behind the image. */
bool ntfs_map(const ntfs_t *fs, const ntfs_run_t *runs, size_t count, uint64_t position, uint64_t *at, uint64_t *length);
bool ntfs_read_bytes(const ntfs_t *fs, const ntfs_run_t *runs, size_t count, uint64_t position, uint8_t *out, size_t size);
/* Finds the master file table and its size in records. False: it cannot be found. */
bool ntfs_open_mft(ntfs_t *fs);
/* Gathers the attributes of a file into fs->file, unless it is there already. */
const ntfs_file_t *ntfs_load(ntfs_t *fs, uint32_t record);
const ntfs_stream_t *ntfs_find(const ntfs_file_t *file, uint32_t type, const char *name);
static inline span_t ntfs_stream_name(const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    return span_sub(buffer_span(&file->bytes), stream->name_at, stream->name_size);
}
static inline span_t ntfs_stream_value(const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    return span_sub(buffer_span(&file->bytes), stream->value_at, stream->value_size);
}
static inline const ntfs_run_t *ntfs_stream_runs(const ntfs_file_t *file, const ntfs_stream_t *stream)
{
    return stream->run_count == 0 ? NULL : file->runs.runs + stream->first_run; /* C knows no NULL plus nothing */
}
/* Seconds since 1970 of a time in 100 ns since 1601. */
int64_t ntfs_time(uint64_t ticks);
/* A damage of which a volume gets a thousand at most. */
void ntfs_damage(ntfs_t *fs, uint64_t at, uint64_t length, const char *what);

/* ---- ntfs_content.c ---- */

status_t ntfs_write_content(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream, child_t *child);
/* Up to `most` first bytes of a stream's content, appended. */
bool ntfs_read_content(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream, size_t most, buffer_t *out);
/* Claims what stands outside the records as structure. */
void ntfs_claim_stream(ntfs_t *fs, const ntfs_file_t *file, const ntfs_stream_t *stream);
bool ntfs_cluster_is_free(const ntfs_t *fs, uint64_t lcn);

/* ---- ntfs_index.c ---- */

uint64_t ntfs_link_hash(uint32_t parent, uint32_t record, span_t name);
/* Reads the indexes of all directories and marks what they do not list; names of records that cannot be read become links. */
bool ntfs_check_indexes(ntfs_t *fs);

/* ---- ntfs_tree.c ---- */

/* Reads all records: what is used, what extends what, and all names. False: out of memory. */
bool     ntfs_read_all_records(ntfs_t *fs);
/* Adds a name by the value of a $FILE_NAME attribute; from an index only when the record cannot be read. */
bool     ntfs_add_link(ntfs_t *fs, uint32_t record, span_t value, bool from_index);
/* Claims what the files of the system hold; what does not belong there stays unclaimed. */
void     ntfs_claim_system(ntfs_t *fs);
status_t ntfs_walk(ntfs_t *fs);

#endif
