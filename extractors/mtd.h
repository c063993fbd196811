/* MTD partitions: dumps of raw flash hold no partition table of their own, but often name their parts somewhere inside. mtd.c judges what
 * the sources below find, and opens the dump by the best; each source is a file. */
#ifndef ASSAY_EXTRACTORS_MTD_H
#define ASSAY_EXTRACTORS_MTD_H

#include "extractors/extractor.h"

enum { MTD_PARTITIONS_MAX = 64, MTD_NAME_MAX = 64 };

typedef struct { char name[MTD_NAME_MAX]; uint64_t offset, size; } mtd_partition_t;

typedef struct {
    const char     *source;     /* what names the partitions, for the report; static */
    uint64_t        found_at;   /* where in the dump it stands */
    unsigned        bits;       /* of evidence in the source itself */
    mtd_partition_t partitions[MTD_PARTITIONS_MAX];
    size_t          count;
} mtd_layout_t;

/* False when there is no room, or the place cannot be one. The name is cut to what fits, up to its first NUL. */
bool mtd_add(mtd_layout_t *layout, span_t name, uint64_t offset, uint64_t size);

/* A source calls `judge` with each layout that it finds, as it stands in the flash; at most a bounded number of them. */
typedef struct { void *context; void (*judge)(void *context, mtd_layout_t *layout); } mtd_judge_t;

/* mtdparts= in the command line of a kernel or in a U-Boot environment. Source: Linux, drivers/mtd/parsers/cmdlinepart.c. */
void mtd_from_command_line(span_t dump, const mtd_judge_t *judge);
/* Nodes partition@… of device trees. Source: Linux, Documentation/devicetree/bindings/mtd/partitions. */
void mtd_from_device_tree(span_t dump, const mtd_judge_t *judge);
/* The FIS directory of RedBoot. Source: eCos, RedBoot User's Guide; Linux, drivers/mtd/parsers/redboot.c. */
void mtd_from_redboot(span_t dump, const mtd_judge_t *judge);
/* The partition table of Qualcomm's boot loaders. Source: Linux, drivers/mtd/parsers/qcomsmempart.c. */
void mtd_from_qualcomm(span_t dump, const mtd_judge_t *judge);
/* The partition table of MediaTek's boot loaders (PMT). Source: MediaTek U-Boot, partition_mt.h. */
void mtd_from_mediatek(span_t dump, const mtd_judge_t *judge);

#endif
