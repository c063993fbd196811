/* Oracles: 7z -tCompound (streams, names), msiinfo (facts), and for the storages the tree that their builder made. */
#include "support/archive_oracle.h"
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

/* 7z writes control characters of names as [5]. */
#define UNPACK "7z x -y -tCompound \"$1\" > /dev/null && for f in '['*; do [ ! -e \"$f\" ] || mv \"$f\" \"$(printf '\\005')${f#?5?}\"; done"

static void streams_are_those_that_7z_unpacks(void **state)
{
    (void)state;
    static const char *const variants[] = {"msi", "storages", "v4"};
    for (size_t i = 0; i < 3; i++) {
        sample_t     sample   = sample_build("ole2", variants[i]);
        tree_t       expected = tree_of_command(sample.path, UNPACK);
        extraction_t e        = extraction_of("ole2", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.bits, 112);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_same_tree(&e.tree, &expected, 0);
        assert_true(explained_with_padding_ppm("ole2", sample_span(&sample)) >= 995000);
        extraction_free(&e);
        tree_free(&expected);
        sample_free(&sample);
    }
}

static void an_installer_tells_what_msiinfo_tells(void **state)
{
    (void)state;
    static const struct { const char *key, *label; } facts[] = {
        {"ole2.title", "Title"}, {"ole2.subject", "Subject"}, {"ole2.author", "Author"}, {"ole2.keywords", "Keywords"}, {"ole2.comments", "Comments"},
        {"ole2.template", "Template"}, {"ole2.revision", "Revision number (UUID)"}, {"ole2.application", "Application"},
    };
    sample_t     sample = sample_build("ole2", "msi");
    extraction_t e      = extraction_of("ole2", sample_span(&sample));
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value = extraction_fact(&e, facts[i].key);
        assert_non_null(value);
        run("msiinfo suminfo '%s' | grep -qxF '%s: %s'", sample.path, facts[i].label, value);
    }
    assert_non_null(extraction_fact(&e, "ole2.created"));
    assert_non_null(tree_entry(&e.tree, "data.cab"));
    run("tail -c +%llu '%s' | head -c 4 | grep -q MSCF", (unsigned long long)tree_entry(&e.tree, "data.cab")->at_offset + 1, sample.path);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_document_is_called_by_its_stream(void **state)
{
    (void)state;
    sample_t     sample = sample_build("ole2", "storages");
    extraction_t e      = extraction_of("ole2", sample_span(&sample));
    assert_string_equal(extraction_fact(&e, "ole2.kind"), "Word document");
    extraction_free(&e);
    sample_free(&sample);
}

static void cuts_and_flips_are_told(void **state)
{
    (void)state;
    static const char *const variants[] = {"storages", "v4"};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("ole2", variants[i]);
        extraction_t whole  = extraction_of("ole2", sample_span(&sample));
        for (unsigned percent = 20; percent < 100; percent += 20) {
            extraction_t e = extraction_of("ole2", span_from(sample.at, sample.size * percent / 100));
            assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
            assert_true(e.damage.count > 0);
            extraction_free(&e);
        }
        assert_flip_spoils_at_most("ole2", sample_span(&sample), tree_entry(&whole.tree, "noise")->at_offset + 700, 1, 1, true);
        extraction_free(&whole);
        sample_free(&sample);
    }
}

/* The entry of the stream "noise" in the directory. */
static uint8_t *entry_of(const sample_t *sample, const char *name)
{
    uint8_t units[64] = {0};
    size_t  size      = strlen(name) * 2;
    for (size_t i = 0; name[i] != '\0'; i++)
        units[2 * i] = (uint8_t)name[i];
    for (uint8_t *at = sample->at; at + 128 <= sample->at + sample->size; at += 128)
        if (memcmp(at, units, size + 2) == 0 && at[66] != 0)
            return at;
    fail_msg("no entry %s", name);
    return NULL;
}

static void a_chain_that_comes_back_and_invented_sizes_end(void **state)
{
    (void)state;
    sample_t sample = sample_build("ole2", "storages");
    uint8_t *entry  = entry_of(&sample, "noise");
    memset(entry + 120, 0xFF, 4); /* 4 GiB */
    extraction_t e = extraction_of("ole2", sample_span(&sample));
    assert_true(tree_entry(&e.tree, "noise")->damaged);
    assert_true(said(&e.damage, "the chain of sectors ends before the stream does"));
    assert_false(tree_entry(&e.tree, "WordDocument")->damaged);
    extraction_free(&e);
    /* Its chain leads back to its first sector. */
    reader_t r     = reader_at(sample_span(&sample), (size_t)(entry - sample.at) + 116);
    uint32_t start = read_le32(&r);
    r              = reader_at(sample_span(&sample), 76);
    uint64_t fat   = ((uint64_t)read_le32(&r) + 1) * 512;
    for (unsigned i = 0; i < 4; i++)
        sample.at[fat + 4 * (start + 2) + i] = (uint8_t)(start >> 8 * i);
    e = extraction_of("ole2", sample_span(&sample));
    assert_true(said(&e.damage, "a sector belongs to two streams"));
    extraction_free(&e);
    sample_free(&sample);
}

static void a_stream_taken_out_of_the_tree_is_shown(void **state)
{
    (void)state;
    sample_t sample = sample_build("ole2", "storages");
    memset(entry_of(&sample, "Macros") + 76, 0xFF, 4); /* its child */
    extraction_t e = extraction_of("ole2", sample_span(&sample));
    assert_true(said(&e.damage, "no storage lists it"));
    assert_true(e.tree.count >= 13);
    extraction_free(&e);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_those_that_7z_unpacks),
        cmocka_unit_test(an_installer_tells_what_msiinfo_tells),
        cmocka_unit_test(a_document_is_called_by_its_stream),
        cmocka_unit_test(cuts_and_flips_are_told),
        cmocka_unit_test(a_chain_that_comes_back_and_invented_sizes_end),
        cmocka_unit_test(a_stream_taken_out_of_the_tree_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
