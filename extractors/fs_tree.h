/* The tree of a file system on its way to the sink: what readers of file systems share. A reader says how an object is found by
 * its number and what a directory lists; paths, hard links, cycles, depth, and names that no file can have are dealt with here.
 *
 * A number is whatever the format finds an object by: of an inode, of a record, the position of a directory entry. Equal numbers
 * are the same object: a second name of a file becomes a hard link, a second name of a directory is shown and not entered. */
#ifndef ASSAY_EXTRACTORS_FS_TREE_H
#define ASSAY_EXTRACTORS_FS_TREE_H

#include "extractors/extractor.h"

/* What is wrong with an object whose other facts are sound. `what` is one short line, NULL: nothing. */
typedef struct { uint64_t offset, length; const char *what; } fs_damage_t;

typedef struct fs_tree fs_tree_t;

typedef struct {
    const char *format;
    /* What the object is: fills `info`, all but the path. Texts must stay as they are until the next call of `read`. False: it
     * cannot be read, and only its name will be shown, with `damage` (by default: that its inode cannot be read). */
    bool (*read)(void *fs, uint64_t number, child_info_t *info, fs_damage_t *damage);
    /* Calls fs_tree_entry for each entry of the directory, in the order in which they stand, "." and ".." left out. */
    void (*list)(void *fs, uint64_t number, fs_tree_t *tree);
    /* Hands on the content of a file (CHILD_FILE). Damage is recorded; not ok only when everything must end. */
    status_t (*write)(void *fs, uint64_t number, child_t *child);
} fs_operations_t;

enum { FS_DEPTH_MAX = 2048 };

/* `operations` and `fs` are borrowed. NULL when out of memory. */
fs_tree_t *fs_tree_new(sink_t *sink, const fs_operations_t *operations, void *fs);
void       fs_tree_free(fs_tree_t *tree);

/* Only from within `list`: the directory holds `name` (copied) for this object. False: out of memory, stop listing. */
bool fs_tree_entry(fs_tree_t *tree, span_t name, uint64_t number);

/* Shows the root as ".", and everything below it. STATUS_LIMIT: a limit was reached and recorded, say nothing more. */
status_t fs_tree_walk(fs_tree_t *tree, uint64_t root);
/* The same for one more tree whose root is shown as `path`: a lost inode, a deleted file, another subvolume. `path` is taken as it
 * is. An object that was shown before is not shown again. */
status_t fs_tree_show(fs_tree_t *tree, span_t path, uint64_t number);
/* Was this object shown? */
bool fs_tree_seen(const fs_tree_t *tree, uint64_t number);

/* How paths of what is not part of the live tree begin. */
#define FS_LOST_PATH "lost+found/"    /* in use, but no readable directory leads to it: damage */
#define FS_DELETED_PATH "[deleted]/"  /* only when sink_wants_deleted */

/* The type of a Unix mode's upper bits (0170000); CHILD_FILE for what they do not name. */
child_type_t fs_type_of_mode(uint32_t mode);
/* Permission bits, owner and time into `info`. */
void fs_set_attributes(child_info_t *info, uint32_t mode, uint32_t uid, uint32_t gid, int64_t mtime);
/* Device numbers as Linux encodes them in 32 bits: 12 bits of major between 20 bits of minor. */
void fs_set_device(child_info_t *info, uint32_t number);

#endif
