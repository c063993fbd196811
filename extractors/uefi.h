/* What the formats of UEFI firmware share: GUIDs and their names, sums, and the sections that files of a volume consist of. */
#ifndef ASSAY_EXTRACTORS_UEFI_H
#define ASSAY_EXTRACTORS_UEFI_H

#include "base/buffer.h"
#include "extractors/codec.h"
#include "extractors/extractor.h"

enum { UEFI_GUID = 16, UEFI_GUID_TEXT = 37 };

/* The sixteen bytes of a GUID from its usual text, as a constant: UEFI_GUID_BYTES(0x8C8CE578, 0x8A3D, 0x4F1C, 0x99, 0x35, …). */
#define UEFI_GUID_BYTES(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                                                      \
    {(a) & 0xFF, (a) >> 8 & 0xFF, (a) >> 16 & 0xFF, (a) >> 24 & 0xFF, (b) & 0xFF, (b) >> 8 & 0xFF, (c) & 0xFF, (c) >> 8 & 0xFF, d0, d1, d2, \
     d3, d4, d5, d6, d7}

/* "8C8CE578-8A3D-4F1C-9935-896185C32DD3" of the first sixteen bytes; what is missing counts as zeros. */
void uefi_guid_text(span_t guid, char text[UEFI_GUID_TEXT]);
/* What public specifications and EDK2 call it; NULL when it is not in the table. */
const char *uefi_guid_name(span_t guid);
/* The name, or the text where there is none (into `text`). */
const char *uefi_guid_call(span_t guid, char text[UEFI_GUID_TEXT]);
bool        uefi_guid_is(span_t guid, const uint8_t known[UEFI_GUID]);

uint8_t  uefi_sum8(span_t bytes);
uint16_t uefi_sum16(span_t bytes);

/* One component of a path: UTF-16 text up to its NUL as UTF-8 without '/', control characters and surrounding blanks. */
void uefi_path_component(span_t utf16, buffer_t *out);

/* Bytes that stand in the image at `at`, or that were decoded from [at, length) of it. */
typedef struct { span_t bytes; bool decoded; uint64_t at, length; } uefi_piece_t;

/* The part [offset, offset+length) of a piece, cut where the piece ends. */
uefi_piece_t uefi_piece_part(uefi_piece_t piece, uint64_t offset, uint64_t length);

enum {
    UEFI_SECTION_COMPRESSION = 0x01, UEFI_SECTION_GUID_DEFINED = 0x02, UEFI_SECTION_DISPOSABLE = 0x03, UEFI_SECTION_PE32 = 0x10,
    UEFI_SECTION_PIC = 0x11, UEFI_SECTION_TE = 0x12, UEFI_SECTION_DXE_DEPEX = 0x13, UEFI_SECTION_VERSION = 0x14, UEFI_SECTION_UI = 0x15,
    UEFI_SECTION_COMPATIBILITY16 = 0x16, UEFI_SECTION_VOLUME = 0x17, UEFI_SECTION_FREEFORM = 0x18, UEFI_SECTION_RAW = 0x19,
    UEFI_SECTION_PEI_DEPEX = 0x1B, UEFI_SECTION_MM_DEPEX = 0x1C,
    UEFI_SECTION_NONE = 0x100 /* bytes that are no section, or that could not be decoded */
};

/* A section that holds no others. */
typedef struct {
    unsigned     type;
    uefi_piece_t body;
    span_t       guid;   /* of a freeform section, or of what could not be decoded; else empty */
    const char  *damage; /* one static line, or NULL */
} uefi_leaf_t;

typedef struct {
    sink_t          *sink;
    codec_context_t *codecs;
    uint64_t         budget;      /* bytes that may still be decoded of the volume */
    uint64_t         file_budget; /* and of this file, which are held at the same time */
    uefi_leaf_t     *leaves;
    size_t           count, capacity;
    uint8_t        **decoded;     /* what the leaves point into */
    size_t           decoded_count, decoded_capacity;
    bool             failed;      /* out of memory */
} uefi_sections_t;

/* Takes the sections of `piece` apart, down to the leaves, which are added to `sections`. Headers that stand in the image are claimed;
 * damage and limits are said. `damage`: what is wrong with all of it, or NULL. */
void uefi_sections_read(uefi_sections_t *sections, uefi_piece_t piece, const char *damage);
/* Forgets the leaves and what was decoded for them. */
void uefi_sections_clear(uefi_sections_t *sections);
void uefi_sections_free(uefi_sections_t *sections);

#endif
