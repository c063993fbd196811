/* Puts artifacts below one directory, and nowhere else.
 *
 * Names of an image are data. Each name that is used is one component of a report's escaped path, never "." or "..", never with a
 * '/'; it is created or opened relative to the descriptor of the directory that holds it, and no symbolic link is ever followed:
 * what openat2 promises with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, on every kernel. Nothing that exists is ever opened for
 * writing.
 *
 * Layout: an input is not copied; what is in it stands in NAME.extracted/. An artifact NAME that holds others is the file NAME and
 * the directory NAME.extracted/. A name that is taken becomes NAME.2, NAME.3 …; a directory whose name is taken by something else
 * becomes NAME.directory; a name too long for the file system is cut, with a part of its SHA-256. All these are listed in renamed.tsv:
 * path of the report, tabulator, path below the directory.
 *
 * Modes and times are applied, those of directories at the end. Owners and extended attributes are not. Devices, pipes and sockets
 * are never made; hard links become copies; symbolic links are made as they are. */
#ifndef ASSAY_CLI_TREE_WRITER_H
#define ASSAY_CLI_TREE_WRITER_H

#include "engine/spool.h"
#include "model/report.h"

typedef struct {
    uint64_t containers, files, directories, links; /* made; directories that nobody named are not counted */
    uint64_t bytes;                                 /* of the files */
    uint64_t specials;                              /* devices, pipes and sockets left out */
    uint64_t refused;                               /* left out: the file system cannot hold it, or it is nested too deep */
    uint64_t renamed;
} tree_tally_t;

typedef struct tree_writer tree_writer_t;

/* `directory` must be new or empty. `special`: keep set-user-ID, set-group-ID and sticky bits. On failure the status says what to do. */
status_t tree_writer_new(const char *directory, bool special, tree_writer_t **writer);
/* Removes the directory again when it was new and nothing was put into it. */
void     tree_writer_free(tree_writer_t *writer);

/* Puts one artifact; all of a report in their order. Suits scan_setup_t.artifact, with the writer as context. */
status_t tree_writer_put(void *writer, const report_t *report, uint32_t artifact, const content_t *content);
/* When all are put: modes and times of directories. */
status_t tree_writer_finish(tree_writer_t *writer);

const tree_tally_t *tree_writer_tally(const tree_writer_t *writer);
/* The path below the directory where it failed; "" when it did not. */
const char *tree_writer_where(const tree_writer_t *writer);

#endif
