/* What libmagic calls a blob. It is never the sole judge: its opinion is reported as it is and never explains a byte. */
#ifndef ASSAY_ANALYSIS_IDENTIFY_H
#define ASSAY_ANALYSIS_IDENTIFY_H

#include "base/arena.h"
#include "model/report.h"
#include "model/sink.h"

typedef struct identify identify_t;

/* Loads the system's compiled database, once, into `arena`; neither MAGIC of the environment nor a file in the home
 * directory changes what it says. From here on the local time of the process is UTC: libmagic writes the times it finds as
 * local time. `source` gets the digest of the database. NULL and `*why` on failure. */
identify_t *identify_new(arena_t *arena, report_source_t *source, const char **why);
void        identify_free(identify_t *identify);

/* Says RECORD_IDENTITY of `blob`, judged by its first IDENTIFY_BYTES. Opens nothing. */
enum { IDENTIFY_BYTES = 256 * 1024 };
void identify_blob(identify_t *identify, span_t blob, sink_t *sink);

#endif
