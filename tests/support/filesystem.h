/* What tests of file systems share: a sample against the tree that it was made from, or that an independent program sees in it;
 * cut images; flipped bytes. */
#ifndef ASSAY_TESTS_FILESYSTEM_H
#define ASSAY_TESTS_FILESYSTEM_H

#include "support/extraction.h"

/* The directory that corpus/samples/tree.sh makes of this kind, built once per build directory. `path` has room for 1024. */
void tree_directory(const char *kind, char *path);

/* What the kernel sees in the image, mounted read-only as `type` ("ext4", or "ext4,noload": options follow). False, with a message
 * that says why, where this machine cannot mount it: the test should then skip or use another oracle. */
bool tree_of_mounted(const char *image, const char *type, tree_t *tree);

/* What a shell command unpacks into an empty directory; it finds the image as $1. Fails the test when the command fails. */
tree_t tree_of_command(const char *image, const char *command);

/* Opens `image` without damage and limits, to the same tree (see assert_same_tree), with at least `ppm` explained, and every byte of it
 * in a valid ledger (padding that a scan adds counts). */
void assert_opens_to(const char *format, span_t image, const tree_t *expected, unsigned compare, uint64_t ppm);

/* Bytes of the image that are not unknown after filling was recognised as in a scan, in parts per million. */
uint64_t explained_with_padding_ppm(const char *format, span_t image);

/* Cuts the image at 20, 50, 80 and 99 percent of `size`: it still opens; what is damaged says so; what is not damaged is as it was; and
 * whatever is missing from the tree or damaged is accounted for by some damage. Contents that lie wholly before the cut must
 * be there when their entry is there. */
void assert_cuts_are_told(const char *format, span_t image, uint64_t size);

/* Overwrites `length` bytes at `offset` (of a copy): only entries that are reported as damaged may differ, and at most `spoiled` do.
 * Formats without checksums of data cannot report it: `silent` allows differences without damage. */
void assert_flip_spoils_at_most(const char *format, span_t image, uint64_t offset, uint64_t length, size_t spoiled, bool silent);

#endif
