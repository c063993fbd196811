/* FAT12, FAT16 and FAT32, shared by the files of their reader: fat.c (boot sector, what the registry sees), fat_table.c (the file
 * allocation table, chains of clusters, content) and fat_directory.c (entries, names, what is deleted or lost).
 *
 * Layout, little-endian: reserved sectors (boot sector with the parameter block at 11; FAT32 also an FSInfo sector and a copy of the
 * boot sector), one or more equal file allocation tables with an entry of 12, 16 or 32 bits a cluster (0: free, …FF7: bad, …FF8 and
 * up: last of its chain, else the next), FAT12/16 the root directory, then clusters, counted from 2. Source: Microsoft, "FAT32 File
 * System Specification" 1.03 (2000), and Linux, Documentation/filesystems/vfat.rst. */
#ifndef ASSAY_EXTRACTORS_FAT_H
#define ASSAY_EXTRACTORS_FAT_H

#include "base/buffer.h"
#include "extractors/fs_tree.h"

typedef struct {
    uint32_t sector, cluster;            /* bytes of one */
    uint32_t reserved, fats, fat_sectors, total_sectors, root_entries;
    uint32_t root_cluster, fsinfo, backup, serial;
    uint32_t clusters;                   /* numbers 2 … clusters + 1 */
    unsigned width;                      /* bits of an entry of the table: 12, 16, 32 */
    unsigned active;                     /* the copy of the table that counts */
    bool     mirrored, small_table;      /* copies are kept equal; the table is too small for the clusters that there would be */
    uint8_t  media, state;
    uint64_t fat_at, fat_size, root_at, root_size, data_at;
} fat_boot_t;

/* Values of the table as FAT32 has them, whatever the width. */
#define FAT_FREE 0u
#define FAT_BAD 0x0FFFFFF7u
#define FAT_END 0x0FFFFFF8u
#define FAT_UNREADABLE UINT32_MAX        /* the entry lies behind the end of the image */

typedef enum { FAT_FILE, FAT_DIRECTORY } fat_kind_t;
typedef struct {
    uint64_t   at, size;                 /* of its entry in the image (0: it has none); bytes of content */
    uint64_t   name_at;                  /* in `names` */
    uint32_t   first, parent;            /* cluster; object of its directory */
    uint32_t   name_size;
    fat_kind_t kind;
    bool       deleted, apart;           /* apart: deleted itself, in a directory that is not */
    const char *what;                    /* what is wrong with its entry; NULL: nothing */
} fat_object_t;

typedef struct {
    span_t        image;
    sink_t       *sink;
    fat_boot_t    boot;
    bool          tables_differ;
    uint32_t     *owner;                 /* a cluster → 1 + the object that holds it; 0: none yet */
    uint32_t     *free_run;              /* a cluster → how many are free from it on; NULL until it is asked for */
    uint32_t      owned;                 /* clusters with a place in `owner`, from 2 on */
    uint64_t      crossings, checks;     /* clusters that were followed a second time; looked at in another copy */
    fat_object_t *objects;               /* 0: the root */
    size_t        count, capacity;
    buffer_t      names;
    unsigned      notes;
    bool          no_memory;
    buffer_t      scratch;
} fat_t;

/* ---- fat_table.c ---- */

/* The entry of `cluster` in copy `copy`, as FAT32 would have it. */
uint32_t fat_next(const fat_t *fs, unsigned copy, uint32_t cluster);
static inline bool fat_is_cluster(const fat_t *fs, uint32_t cluster) { return cluster >= 2 && cluster - 2 < fs->boot.clusters; }
static inline uint64_t fat_cluster_at(const fat_t *fs, uint32_t cluster) { return fs->boot.data_at + (uint64_t)(cluster - 2) * fs->boot.cluster; }
/* Where the table's entry for `cluster` stands, to say where a chain breaks. */
uint64_t fat_entry_at(const fat_t *fs, uint32_t cluster);
/* Compares the copies, claims them, makes room for the owners of clusters. False: out of memory. */
bool     fat_open_table(fat_t *fs);
/* Marks `cluster` as held by `object`; false when it is held already, by `*holder`. */
bool     fat_take(fat_t *fs, uint32_t cluster, uint32_t object, uint32_t *holder);
/* How many clusters are free from this one on. */
uint32_t fat_free_from(fat_t *fs, uint32_t cluster);
status_t fat_write_content(fat_t *fs, uint32_t object, child_t *child);
/* Chains that are marked as used and that nothing led to. Calls `show` with the first cluster of each and its length in clusters. */
status_t fat_find_lost(fat_t *fs, status_t (*show)(void *context, uint32_t first, uint32_t length), void *context);

/* ---- fat_directory.c ---- */

/* The whole tree, then what is lost, then what is deleted. */
status_t fat_walk(fat_t *fs);
/* A note, of which a volume gets a hundred at most. */
void     fat_note(fat_t *fs, uint64_t at, const char *what);

#endif
