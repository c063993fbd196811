/* A set of samples of one vendor, for analysis/similar.h. */
#ifndef ASSAY_CLI_LEARN_H
#define ASSAY_CLI_LEARN_H

#include "base/buffer.h"

/* Appends the set: the regular files below `directory` in order of their names, without links, each of a size that
 * can be compared. Files are only hashed, never parsed. False after a message. */
bool learn_samples(const char *directory, const char *vendor, buffer_t *out);

#endif
