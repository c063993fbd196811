/* UBI, shared by the files of its reader: ubi.c (what the registry sees, facts), ubi_scan.c (erase blocks and their headers),
 * ubi_volume.c (volume table, volumes, copies) and ubi_fastmap.c.
 *
 * Flash is cut into physical erase blocks (PEB) of equal size. Each begins with an erase counter header ("UBI#", 64 bytes, big-endian,
 * CRC-32 from -1 without final inversion), which says where in the block the volume identifier header ("UBI!") and the data stand. That
 * names the volume and the logical erase block (LEB) that the data is. Nothing says how large a block is: that is the distance of the
 * headers. Source: Linux, drivers/mtd/ubi/ubi-media.h and attach.c; "UBI - Unsorted Block Images", linux-mtd.infradead.org. */
#ifndef ASSAY_EXTRACTORS_UBI_H
#define ASSAY_EXTRACTORS_UBI_H

#include "extractors/extractor.h"
#include "extractors/ubi_crc.h"

enum {
    UBI_HEADER        = 64,
    UBI_PEB_MIN       = 4096,
    UBI_PEB_MAX       = 16 << 20,
    UBI_STRANGERS_MAX = 8, /* blocks in a row that are neither UBI nor erased: behind more of them, UBI has ended */
    UBI_VOLUMES       = 128,
    UBI_RECORD        = 172,
    UBI_NAME_MAX      = 127,
    UBI_DYNAMIC       = 1,
    UBI_STATIC        = 2,
};
#define UBI_LAYOUT_VOLUME UINT32_C(0x7FFFEFFF)
#define UBI_FASTMAP_SUPER_VOLUME UINT32_C(0x7FFFF000)
#define UBI_FASTMAP_DATA_VOLUME UINT32_C(0x7FFFF001)
#define UBI_INTERNAL_VOLUME_LAST UINT32_C(0x7FFFFFFF)

typedef struct { uint64_t erase_count; uint32_t vid_offset, data_offset, image_seq; } ubi_ec_t;

typedef struct {
    uint8_t  type, compat;
    bool     copy;
    uint32_t volume, lnum, data_size, used_ebs, data_pad, data_crc;
    uint64_t sqnum;
} ubi_vid_t;

typedef struct {
    uint64_t peb_size;
    uint32_t vid_offset, data_offset, image_seq; /* image_seq 0: older writers have none */
    bool     guessed;                            /* the size: there is one header only */
} ubi_geometry_t;

typedef enum {
    UBI_PEB_ERASED,  /* FF, without any header */
    UBI_PEB_FREE,    /* an erase counter and nothing more */
    UBI_PEB_USED,    /* belongs to a volume; the erase counter may be damaged */
    UBI_PEB_NAMELESS,/* a good erase counter, and a volume identifier that cannot be read */
    UBI_PEB_FOREIGN, /* of another image: an older one that was never erased */
    UBI_PEB_STRANGE  /* no header can be read */
} ubi_state_t;

typedef struct {
    ubi_state_t state;
    bool        ec_good, vid_good, current; /* current: this, and not another copy, is its LEB */
    ubi_ec_t    ec;
    ubi_vid_t   vid;
} ubi_peb_t;

typedef struct {
    uint32_t reserved_pebs, alignment, data_pad;
    uint8_t  type, flags;
    bool     used, update_marker;
    size_t   name_size;
    uint8_t  name[UBI_NAME_MAX];
} ubi_record_t;

typedef struct {
    span_t         image;
    sink_t        *sink;
    ubi_geometry_t geometry;
    uint64_t       leb_size, fill_budget; /* bytes that may still be made up for LEBs that are not mapped */
    ubi_peb_t     *pebs;
    size_t         count;
    uint32_t      *order;                 /* used blocks by volume, LEB, and the newest first */
    size_t         ordered;
    ubi_record_t   table[UBI_VOLUMES];
    bool           table_found, cut;      /* cut: the image ends inside a block */
    uint8_t       *erased;                /* one LEB of FF */
} ubi_t;

/* ---- ubi_scan.c ---- */

bool ubi_read_ec(span_t header, ubi_ec_t *ec);
bool ubi_read_vid(span_t header, ubi_vid_t *vid);
/* From the headers at the start of the image and behind it. */
bool ubi_find_geometry(span_t image, ubi_geometry_t *geometry);
ubi_peb_t ubi_peb_at(span_t image, const ubi_geometry_t *geometry, size_t index);
/* How many blocks there are, up to the last that has a header of this image. */
size_t    ubi_count_pebs(span_t image, const ubi_geometry_t *geometry);

/* ---- ubi_volume.c ---- */

static inline uint64_t ubi_data_at(const ubi_t *ubi, size_t peb) { return peb * ubi->geometry.peb_size + ubi->geometry.data_offset; }
/* What there is of the data of a block: shorter at the end of the image. */
static inline span_t ubi_data(const ubi_t *ubi, size_t peb) { return span_clip(ubi->image, ubi_data_at(ubi, peb), ubi->leb_size); }

/* Sorts the used blocks and decides which of several copies of one LEB counts. False: out of memory. */
bool ubi_choose_copies(ubi_t *ubi);
/* The blocks of a volume in `order`: [from, from + count). */
size_t ubi_blocks_of(const ubi_t *ubi, uint32_t volume, size_t *count);
void   ubi_read_table(ubi_t *ubi);
/* Volumes become children; then, in lab mode, the copies that do not count. STATUS_LIMIT: say nothing more. */
status_t ubi_show_volumes(ubi_t *ubi);

/* ---- ubi_fastmap.c ---- */

/* Claims what a fastmap occupies, and says where it disagrees with the headers, which are what is believed. */
void ubi_read_fastmap(ubi_t *ubi);

#endif
