/* Formats that say where in a memory bytes belong. Oracles: srec_cat and objcopy, which also make the samples. What neither knows (the
 * universal hex, UF2, the elements of DfuSe) is compared with what the builder put in; dfu-suffix judges the suffixes.
 * Dumps as text: xxd, for all variants are of the same bytes; uudecode and base64 for theirs. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

/* What srec_cat sees between two addresses, as a child of that name. */
#define CROP(kind, from, to, name) "srec_cat \"$1\" " kind " -crop " from " " to " -offset -" from " -o " name ".bin -binary; "

static const struct { const char *format, *variant, *oracle, *key, *value; } samples[] = {
    {"ihex", "", CROP("-intel", "0x0800F800", "0x08012000", "0800f800") CROP("-intel", "0x08014000", "0x08018000", "08014000"), "ihex.start", "0x0800f805"},
    {"ihex", "segmented", CROP("-intel", "0xF800", "0x12000", "0000f800") CROP("-intel", "0x14000", "0x18000", "00014000"), NULL, NULL},
    {"ihex", "plain", "objcopy -I ihex -O binary \"$1\" 00000000.bin", "ihex.records", "189"},
    {"ihex", "unordered", CROP("-intel", "0x100", "0x2000", "00000100") CROP("-intel", "0x4000", "0x8000", "00004000"), NULL, NULL},
    {"srec", "", CROP("-motorola", "0x08000000", "0x08002000", "08000000") CROP("-motorola", "0x08014000", "0x08018000", "08014000"), "srec.header", "sample v7"},
    {"srec", "s2", CROP("-motorola", "0x18000", "0x1A000", "00018000") CROP("-motorola", "0x24000", "0x28000", "00024000"), NULL, NULL},
    {"srec", "s1", CROP("-motorola", "0x1000", "0x2000", "00001000") CROP("-motorola", "0x4000", "0x8000", "00004000"), NULL, NULL},
    {"srec", "objcopy", "objcopy -I srec -O binary \"$1\" 00000000.bin", "srec.header", "out"},
    {"ti_txt", "", CROP("-ti_txt", "0xC000", "0xE000", "0000c000") CROP("-ti_txt", "0xF000", "0x10000", "0000f000"), "ti_txt.sections", "2"},
    {"hexdump", "", "xxd -r \"$1\" 00000000.bin", "hexdump.words", "as printed"},
    {"hexdump", "bytes", "xxd -r -c20 -s -0x1000 \"$1\" 00001000.bin", "hexdump.words", "as printed"},
    {"hexdump", "canonical", "ln \"$(dirname \"$1\")/hexdump.sample\" x && xxd -r x 00000000.bin && rm x", "hexdump.lines", "117"},
    {"hexdump", "words", "xxd -r \"$(dirname \"$1\")/hexdump.sample\" 00000000.bin", "hexdump.words", "little-endian"},
    {"hexdump", "bootlog", "xxd -r \"$(dirname \"$1\")/hexdump.sample\" 80000000.bin", "hexdump.words", "little-endian"},
    {"base64_block", "", "base64 -d \"$1\" > decoded", NULL, NULL},
    {"ti_txt", "verilog", "tail -n +2 \"$1\" | xxd -r -p > 00008000.bin", "ti_txt.dialect", "verilog"},
};

/* Files on disk are parts of a memory here. */
static tree_t parts_of_command(const char *image, const char *command)
{
    tree_t tree = tree_of_command(image, command);
    for (size_t i = 0; i < tree.count; i++)
        tree.entries[i].type = CHILD_PAYLOAD;
    return tree;
}

static void every_sample_gives_the_segments_that_other_programs_see(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        sample_t     sample = sample_build(samples[i].format, samples[i].variant);
        tree_t       tree   = parts_of_command(sample.path, samples[i].oracle);
        extraction_t e      = extraction_of(samples[i].format, sample_span(&sample));
        print_message("%s %s\n", samples[i].format, samples[i].variant);
        assert_opens_to(samples[i].format, sample_span(&sample), &tree, 0, 1000000);
        assert_true(e.bits > BITS_AT_START && e.extent == sample.size);
        if (samples[i].key != NULL)
            assert_string_equal(extraction_fact(&e, samples[i].key), samples[i].value);
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void a_cut_sample_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (strcmp(samples[i].variant, "verilog") == 0 || strcmp(samples[i].format, "hexdump") == 0 || strcmp(samples[i].format, "base64_block") == 0)
            continue; /* they have no end that could be missing */
        sample_t sample = sample_build(samples[i].format, samples[i].variant);
        assert_cuts_are_told(samples[i].format, sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_digit_that_was_changed_spoils_one_segment_and_is_told(void **state)
{
    (void)state;
    static const char *const summed[] = {"ihex", "srec"};
    for (size_t i = 0; i < 2; i++) {
        sample_t sample = sample_build(summed[i], "");
        for (uint64_t at = 400; at < 2000; at += 333) {
            sample.at[at] = sample.at[at] == '0' ? '1' : '0';
            extraction_t e = extraction_of(summed[i], sample_span(&sample));
            assert_true(status_ok(e.status));
            assert_true(e.damage.count > 0);
            assert_true(e.tree.count >= 2);
            extraction_free(&e);
            assert_flip_spoils_at_most(summed[i], sample_span(&sample), at + 7000, 1, 1, false);
        }
        sample_free(&sample);
    }
}

static void a_universal_hex_keeps_boards_apart_and_shows_what_is_behind_the_end(void **state)
{
    (void)state;
    static const struct { const char *path; const char *begins; uint64_t size; } parts[] = {
        {"board-9900/00000000.bin", "for the first board", 400}, {"board-9903/00000000.bin", "for the other board", 400},
        {"behind-end-1/00000200.bin", "behind the end  ", 16},
    };
    sample_t     sample = sample_build("ihex", "universal");
    extraction_t e      = extraction_of("ihex", sample_span(&sample));
    assert_int_equal(e.tree.count, 3);
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.notes.count, 1);
    assert_int_equal(explained_ppm(&e), 1000000);
    for (size_t i = 0; i < 3; i++) {
        const entry_t *entry = tree_entry(&e.tree, parts[i].path);
        assert_non_null(entry);
        assert_int_equal(entry->size, parts[i].size);
        assert_memory_equal(entry->content, parts[i].begins, strlen(parts[i].begins));
    }
    extraction_free(&e);
    sample_free(&sample);
}

static void bytes_that_are_given_twice_are_both_shown(void **state)
{
    (void)state;
    static const char text[] = ":0400000041414141F8\r\n:0400020042424242F2\r\n:0400040043434343EC\r\n:00000001FF\r\n";
    extraction_t      e      = extraction_of("ihex", span_from_text(text));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.notes.count, 1);
    assert_int_equal(e.tree.count, 3);
    assert_memory_equal(tree_entry(&e.tree, "00000000.bin")->content, "AAAA", 4);
    assert_memory_equal(tree_entry(&e.tree, "00000002-1.bin")->content, "BBBB", 4);
    extraction_free(&e);
}

static void a_record_that_crosses_its_segment_wraps(void **state)
{
    (void)state;
    static const char text[] = ":020000021000EC\n:04FFFE0041424344F5\n:00000001FF\n";
    extraction_t      e      = extraction_of("ihex", span_from_text(text));
    assert_true(status_ok(e.status));
    assert_int_equal(e.damage.count, 0);
    assert_int_equal(e.tree.count, 2);
    assert_memory_equal(tree_entry(&e.tree, "0001fffe.bin")->content, "AB", 2);
    assert_memory_equal(tree_entry(&e.tree, "00010000.bin")->content, "CD", 2);
    extraction_free(&e);
}

static void plain_text_is_none_of_them(void **state)
{
    (void)state;
    static const char *const formats[] = {"ihex", "srec", "ti_txt"};
    static const char *const texts[]   = {": a colon\n:more\n", "S1 is a type\nS2 as well\n", "@0 is no address\n@author me\n", ":10 oh\n", "", ":", "S", "@"};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            assert_true(extractor_named(formats[f])->probe(span_from_text(texts[t])) <= BITS_AT_START);
}

static void a_uf2_gives_what_was_put_in(void **state)
{
    (void)state;
    static const struct { const char *variant, *path, *begins, *key, *value; uint64_t size; size_t children; } cases[] = {
        {"", "family-e48bff56/10000000.bin", "flash of a pico", "uf2.family", "0xe48bff56 RP2040", 8000, 2},
        {"", "family-e48bff56/10100000.bin", "another segment", "uf2.blocks", "40", 2000, 2},
        {"tags", "family-e48bff56/10000000.bin", "flash of a pico", "uf2.version", "1.2.3", 8000, 2},
        {"families", "family-e48bff59/10000000.bin", "another segment", NULL, NULL, 2000, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_t       sample = sample_build("uf2", cases[i].variant);
        extraction_t   e      = extraction_of("uf2", sample_span(&sample));
        const entry_t *entry  = tree_entry(&e.tree, cases[i].path);
        assert_int_equal(e.tree.count, cases[i].children);
        assert_int_equal(e.damage.count + e.notes.count + e.limits.count, 0);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_int_equal(e.extent, sample.size);
        assert_non_null(entry);
        assert_int_equal(entry->size, cases[i].size);
        for (uint64_t at = 0; at < cases[i].size; at += 16)
            assert_memory_equal(entry->content + at, cases[i].begins, 15);
        if (cases[i].key != NULL)
            assert_string_equal(extraction_fact(&e, cases[i].key), cases[i].value);
        extraction_free(&e);
        if (strcmp(cases[i].variant, "families") != 0) /* which may be cut between its families */
            assert_cuts_are_told("uf2", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_missing_block_of_a_uf2_is_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("uf2", "");
    memset(sample.at + 512 * 5, 0xA5, 512);
    extraction_t e = extraction_of("uf2", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_true(e.damage.count > 0);
    assert_int_equal(e.damage.sayings[0].offset, 512 * 5);
    extraction_free(&e);
    sample_free(&sample);
}

static const struct { const char *format, *variant, *path, *vendor; size_t children; } upgrades[] = {
    {"dfu", "", "firmware", "0x1d50", 1}, {"dfuse", "", "target0-alt0-Internal_Flash/0-08000000.bin", "0x0483", 3},
};

static void files_for_dfu_give_their_images_and_dfu_suffix_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof upgrades / sizeof *upgrades; i++) {
        sample_t       sample = sample_build(upgrades[i].format, upgrades[i].variant);
        extraction_t   e      = extraction_of(upgrades[i].format, sample_span(&sample));
        const entry_t *entry  = tree_entry(&e.tree, upgrades[i].path);
        assert_int_equal(e.damage.count + e.limits.count, 0);
        assert_int_equal(e.tree.count, upgrades[i].children);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_non_null(entry);
        assert_memory_equal(entry->content, "image for an upgrade", 20);
        assert_int_equal(entry->size, 4000);
        assert_string_equal(extraction_fact(&e, "dfu.vendor"), upgrades[i].vendor);
        assert_string_equal(extraction_fact(&e, "dfu.crc-holds"), "yes");
        assert_int_equal(run_status("dfu-suffix -c '%s' | grep -qi '%s'", sample.path, upgrades[i].vendor), 0);
        extraction_free(&e);
        sample.at[500] ^= 1;
        e = extraction_of(upgrades[i].format, sample_span(&sample));
        assert_true(status_ok(e.status) && e.bits >= BITS_AT_START);
        assert_int_equal(e.damage.count, 1);
        extraction_free(&e);
        sample_free(&sample);
    }
    sample_t cut = sample_build("dfuse", "");
    assert_cuts_are_told("dfuse", sample_span(&cut), cut.size);
    sample_free(&cut);
}

static void uudecode_sees_the_same_files(void **state)
{
    (void)state;
    static const char *const variants[] = {"", "base64", "two"};
    for (size_t i = 0; i < 3; i++) {
        sample_t sample = sample_build("uuencode", variants[i]);
        tree_t   tree   = tree_of_command(sample.path, "awk '/^begin/ { n++ } { print > (\"part\" n) }' \"$1\"; for part in part*; do uudecode $part; done; rm part*");
        assert_opens_to("uuencode", sample_span(&sample), &tree, COMPARE_MODE, 1000000);
        assert_int_equal(extractor_named("uuencode")->extent(sample_span(&sample)), sample.size);
        if (i < 2)
            assert_cuts_are_told("uuencode", sample_span(&sample), sample.size);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void base64_of_nothing_known_stays_text(void **state)
{
    (void)state;
    sample_t sample = sample_build("base64_block", "");
    assert_true(extractor_named("base64_block")->probe(sample_span(&sample)) > BITS_AT_START);
    memcpy(sample.at, "QUJD", 4);
    assert_int_equal(extractor_named("base64_block")->probe(sample_span(&sample)), 0);
    assert_int_equal(extractor_named("text")->probe(sample_span(&sample)), BITS_AT_START);
    sample_free(&sample);
}

static void a_wrong_byte_in_a_dump_is_told_by_the_ascii_beside_it(void **state)
{
    (void)state;
    sample_t sample = sample_build("hexdump", "");
    sample.at[10]   = '4'; /* a blank becomes '@' */
    extraction_t e  = extraction_of("hexdump", sample_span(&sample));
    assert_int_equal(e.damage.count, 1);
    assert_int_equal(e.tree.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_star_cannot_invent_gigabytes(void **state)
{
    (void)state;
    static const char text[] = "00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|\n"
                               "00000010  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|\n"
                               "00000020  42 42 42 42 42 42 42 42  41 41 41 41 41 41 41 41  |BBBBBBBBAAAAAAAA|\n*\n7ffffff0\n";
    extraction_t      e      = extraction_of("hexdump", span_from_text(text));
    assert_true(status_ok(e.status));
    assert_int_equal(e.limits.count, 1);
    assert_int_equal(e.tree.count, 1);
    assert_int_equal(e.tree.entries[0].size, 48);
    extraction_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_gives_the_segments_that_other_programs_see),
        cmocka_unit_test(a_cut_sample_says_so),
        cmocka_unit_test(a_digit_that_was_changed_spoils_one_segment_and_is_told),
        cmocka_unit_test(a_universal_hex_keeps_boards_apart_and_shows_what_is_behind_the_end),
        cmocka_unit_test(bytes_that_are_given_twice_are_both_shown),
        cmocka_unit_test(a_record_that_crosses_its_segment_wraps),
        cmocka_unit_test(plain_text_is_none_of_them),
        cmocka_unit_test(a_uf2_gives_what_was_put_in),
        cmocka_unit_test(a_missing_block_of_a_uf2_is_told),
        cmocka_unit_test(uudecode_sees_the_same_files),
        cmocka_unit_test(base64_of_nothing_known_stays_text),
        cmocka_unit_test(a_wrong_byte_in_a_dump_is_told_by_the_ascii_beside_it),
        cmocka_unit_test(a_star_cannot_invent_gigabytes),
        cmocka_unit_test(files_for_dfu_give_their_images_and_dfu_suffix_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
