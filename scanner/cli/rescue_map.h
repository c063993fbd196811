/* The record that ddrescue keeps of an acquisition (its map file): which ranges the device gave, and which not.
 * Source: GNU ddrescue manual, "Mapfile structure". */
#ifndef ASSAY_CLI_RESCUE_MAP_H
#define ASSAY_CLI_RESCUE_MAP_H

#include "base/sha256.h"
#include "engine/coordinator.h"

typedef struct {
    unread_t *unread; /* ascending, disjoint; malloc'ed */
    size_t    count;
    char      digest[SHA256_HEX];
} rescue_map_t;

/* Reads the map at `path`. On failure `why` (of `why_size` bytes) says which line is wrong, and how. */
status_t rescue_map_read(const char *path, rescue_map_t *map, char *why, size_t why_size);
void     rescue_map_free(rescue_map_t *map);

#endif
