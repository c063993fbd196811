/* The one place that talks to libarchive. It is driven with a single format enabled, without filters, on an exact range of
 * bytes in memory: no other format can win a bid, no external program, file or thread is ever needed. The formats read the
 * structure themselves (where it ends, who owns which byte, whether the claimed sizes can be true) and use libarchive for
 * member facts and for decoding.
 *
 * Names are delivered as found. libarchive converts UTF-16 and UTF-8 names to the charset of LC_CTYPE, DOS times with the
 * time zone: archive_warm_up settles both, before confinement. */
#ifndef ASSAY_EXTRACTORS_ARCHIVE_COMMON_H
#define ASSAY_EXTRACTORS_ARCHIVE_COMMON_H

#include "extractors/extractor.h"

#include <archive.h>
#include <archive_entry.h>

typedef struct { uint64_t offset, length; } place_t;

enum {
    ARCHIVE_TRAIT_MODE = 1,        /* permission bits mean something in this format */
    ARCHIVE_TRAIT_OWNER = 2,
    ARCHIVE_TRAIT_HARD_LINKS = 4,
    ARCHIVE_TRAIT_HOLES = 8,       /* content that ends early ends in a hole */
    ARCHIVE_TRAIT_INDEPENDENT = 16 /* after a member that breaks the reader, a new reader may find the ones behind it */
};

typedef struct {
    const char *format;                   /* id of the extractor */
    int (*enable)(struct archive *);      /* archive_read_support_format_… */
    const char *options;                  /* of that format, or NULL */
    unsigned    traits;
    void       *context;                  /* of `where` */
    /* Where in the image the encoded content of a member stands; length 0: not known. `member` counts from 0, `position` is
     * how far the reader had come when it had read the member's header. NULL: contents are found by looking where the
     * reader's data blocks lie. */
    place_t (*where)(void *context, uint64_t member, uint64_t position);
    /* Why the content of a member is not to be read, as the format's own reader knows ("encrypted"); NULL: it is. May be NULL. */
    const char *(*obstacle)(void *context, uint64_t member);
} archive_source_t;

typedef struct {
    bool     whole;   /* everything could be read */
    bool     limited; /* a limit was reached: say no more children */
    uint64_t members; /* that became children */
} archive_outcome_t;

/* Extracts all members of `image`, which holds the archive and nothing behind it. Damage is recorded. */
archive_outcome_t archive_extract(span_t image, sink_t *sink, const archive_source_t *source);

/* A member whose name is known and whose content could not be read; false: a limit was reached. */
bool archive_say_lost(sink_t *sink, const child_info_t *info, place_t place, const char *why);

/* The decoded content of the first member of the `count` parts taken together, in pieces. `take` returns false to stop. NULL when all went well, else
 * one line that says what did not (valid until `error` is reused). */
typedef struct { char text[160]; } archive_error_t;
const char *archive_decode_first(const span_t *parts, size_t count, const archive_source_t *source, bool (*take)(void *context, span_t bytes),
                                 void *context, archive_error_t *error);

/* "./a/b/" as "a/b"; "./" as ".". Everything else of the path stays as found. */
span_t archive_plain_path(span_t path);

/* Seconds since 1970 of a DOS date and time, read as UTC: the format does not say in which zone it was written. */
int64_t archive_dos_time(uint16_t date, uint16_t time);

/* Once at program start, before confinement and before any fork: the locale, the time zone and the conversions that
 * libarchive uses are loaded here, so that none of them opens a file later. False when the locale is not there. */
bool archive_warm_up(void);

#endif
