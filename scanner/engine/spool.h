/* Where the bytes of blobs live: inputs, packs of decoded children in sealed memory files, and, above the memory budget, unlinked
 * files in the work directory. Small packs, and what goes to disk, share stores: descriptors are few however many blobs wait.
 * Stores are counted; the last one who lets go frees the bytes. */
#ifndef ASSAY_ENGINE_SPOOL_H
#define ASSAY_ENGINE_SPOOL_H

#include "base/bytes.h"
#include "base/sha256.h"

#define PACK_SIZE ((uint64_t)32 << 20) /* of one pack; larger children are joined from several */

typedef struct spool spool_t;
typedef struct store store_t;
typedef struct { store_t *store; uint64_t offset, length; } content_t; /* bytes of a blob; holds no count of its own */

/* `work_directory` NULL: TMPDIR, else /var/tmp. At most `budget` bytes of stores stay in memory. */
spool_t *spool_new(const char *work_directory, uint64_t budget);
void     spool_free(spool_t *spool);
uint64_t spool_in_memory(const spool_t *spool);

/* Opens a regular file as an input and computes its digests (`sha512` NULL: not that one). Small ones are copied first, so that what is hashed is what is
 * examined; large ones are read in place and must be checked with spool_input_changed afterwards. "-" reads standard input.
 * The store comes with one count. `content` gets its full length. Errors: STATUS_IO, STATUS_INVALID (not a regular file). */
status_t spool_open_input(spool_t *spool, const char *path, content_t *content, sha256_t *sha256, sha512_t *sha512);
/* Has the file behind this input changed size or time since it was opened? Always false for a copy. */
bool spool_input_changed(const content_t *content);

/* An empty memory file for a worker to write decoded bytes to; -1 with errno. */
int spool_pack(void);
/* Takes a pack back (owns `fd` from here on): seals it and keeps it, or copies it when it is small or over the budget.
 * STATUS_PROTOCOL when the worker still holds it mapped for writing or it is not `length` long. One count. */
status_t spool_adopt(spool_t *spool, int fd, uint64_t length, content_t *content);
/* The bytes of all parts, in order, in one place. One count; the parts keep theirs. */
status_t spool_join(spool_t *spool, const content_t *parts, size_t count, content_t *content);

void store_keep(store_t *store);
void store_release(store_t *store);
/* A read-only descriptor, owned by the store. */
int store_fd(const store_t *store);

typedef struct { void *at; size_t size; } mapping_t;
/* The bytes of `content`, mapped; give back with content_unmap. */
status_t content_map(const content_t *content, mapping_t *mapping, span_t *bytes);
void     content_unmap(mapping_t *mapping);

#endif
