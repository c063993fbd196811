/* A checked reader of ELF files, and what its two users share: elf.c claims the bytes, elf_facts.c says what the file is. */
#ifndef ASSAY_EXTRACTORS_ELF_H
#define ASSAY_EXTRACTORS_ELF_H

#include "extractors/extractor.h"

enum { ELF_RELOCATABLE = 1, ELF_EXECUTABLE = 2, ELF_SHARED = 3, ELF_CORE = 4 };
enum { SEGMENT_LOAD = 1, SEGMENT_DYNAMIC = 2, SEGMENT_INTERPRETER = 3, SEGMENT_NOTE = 4, SEGMENT_GNU_STACK = 0x6474e551, SEGMENT_GNU_RELRO = 0x6474e552 };
enum { SECTION_PROGRAM = 1, SECTION_SYMBOLS = 2, SECTION_STRINGS = 3, SECTION_DYNAMIC = 6, SECTION_NOTE = 7, SECTION_NOBITS = 8 };

typedef struct {
    span_t   image;
    bool     is_64, is_big, tables_inside; /* tables_inside: both header tables lie wholly in the image */
    uint16_t type, machine, header_size, segment_size, section_size;
    uint32_t version, flags;
    uint64_t entry, segments_at, sections_at, segments, sections; /* as many as the image holds */
    uint64_t segments_told, sections_told;
    span_t   section_names;
} elf_t;

typedef struct { uint32_t type, flags; uint64_t offset, address, file_size, memory_size; } elf_segment_t;
typedef struct { uint32_t type, link; uint64_t flags, name, offset, address, size; } elf_section_t;

/* False when it is no ELF. */
bool elf_open(span_t image, elf_t *elf);
/* `index` below elf->segments, elf->sections. */
elf_segment_t elf_segment(const elf_t *elf, uint64_t index);
elf_section_t elf_section(const elf_t *elf, uint64_t index);
/* What is in the image of a section; empty for one without content. */
span_t elf_section_content(const elf_t *elf, const elf_section_t *section);
bool   elf_section_is(const elf_t *elf, const elf_section_t *section, const char *name);
/* A number of the file's byte order. */
uint64_t elf_number(const elf_t *elf, reader_t *r, unsigned bytes);

/* The text that begins at `offset` of a table of strings, cut to `most`; empty when there is none. */
span_t elf_string(span_t table, uint64_t offset, size_t most);

const char *elf_machine_name(uint16_t machine); /* NULL: unknown */
/* Freestanding: an executable that asks for no interpreter, so perhaps one that unpacks a kernel. */
typedef enum { ELF_PLAIN, ELF_KERNEL, ELF_FREESTANDING } elf_nature_t;
elf_nature_t elf_say_facts(const elf_t *elf, sink_t *sink);

#endif
