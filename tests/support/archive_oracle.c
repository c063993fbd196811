#include "support/archive_oracle.h"

#include <stdio.h>
#include <stdlib.h>

bool said(const sayings_t *sayings, const char *part)
{
    for (size_t i = 0; i < sayings->count; i++)
        if (strstr(sayings->sayings[i].what, part) != NULL)
            return true;
    return false;
}

/* Programs make the directories that an archive does not list. */
static void forget_unlisted_directories(tree_t *oracle, const tree_t *listed)
{
    size_t kept = 0;
    for (size_t i = 0; i < oracle->count; i++) {
        entry_t entry = oracle->entries[i];
        if (entry.type == CHILD_DIRECTORY && tree_entry(listed, entry.path) == NULL) {
            free(entry.path);
            free(entry.content);
            free(entry.xattrs);
        } else {
            oracle->entries[kept++] = entry;
        }
    }
    oracle->count = kept;
}

void assert_unpacks_as(const char *format, const char *variant, const char *unpack, unsigned compare)
{
    char directory[1024];
    scratch_make(directory);
    sample_t sample = sample_build(format, variant);
    run("cd '%s' && set -- '%s' && { %s; } > ../unpack.log 2>&1", directory, sample.path, unpack);
    tree_t       oracle = tree_of_directory(directory);
    extraction_t e      = extraction_of(format, sample_span(&sample));
    assert_true(status_ok(e.status));
    if (e.damage.count > 0)
        fail_msg("%s %s: %s", format, variant, e.damage.sayings[0].what);
    assert_int_equal(e.extent, sample.size);
    assert_int_equal(e.end, sample.size);
    forget_unlisted_directories(&oracle, &e.tree);
    assert_same_tree(&e.tree, &oracle, compare);
    assert_int_equal(explained_ppm(&e), 1000000);
    extraction_free(&e);
    tree_free(&oracle);
    sample_free(&sample);
    scratch_remove(directory);
}

void assert_cuts_keep_members(const char *format, const char *variant, size_t steps)
{
    sample_t     sample = sample_build(format, variant);
    extraction_t whole  = extraction_of(format, sample_span(&sample));
    assert_true(status_ok(whole.status));
    for (size_t step = 1; step < steps; step++) {
        size_t       cut = sample.size * step / steps;
        extraction_t e   = extraction_of(format, span_from(sample.at, cut));
        if (e.bits > 0 && status_ok(e.status))
            if (e.damage.count + e.limits.count + e.notes.count == 0)
                fail_msg("%s cut at %zu of %zu: not a word", format, cut, sample.size);
        for (size_t i = 0; i < whole.tree.count && e.bits > 0; i++) {
            const entry_t *was = &whole.tree.entries[i], *got = tree_entry(&e.tree, was->path);
            bool           before = was->type == CHILD_FILE && was->at_length > 0 && was->at_offset + was->at_length <= cut;
            bool           same   = got != NULL && sha256_equal(&got->sha256, &was->sha256);
            if (before && !same)
                fail_msg("%s cut at %zu of %zu: %s stands before the cut and is lost", format, cut, sample.size, was->path);
            if (got != NULL && !same && !got->damaged)
                fail_msg("%s cut at %zu of %zu: %s differs without a word", format, cut, sample.size, was->path);
        }
        extraction_free(&e);
    }
    extraction_free(&whole);
    sample_free(&sample);
}
