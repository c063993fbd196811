/* Oracle: mmls of sleuthkit, which knows these tables as well; sfdisk makes two of them. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct { uint64_t offset, length; bool seen; } row_t;

/* The partitions that mmls sees, the tables themselves, the unallocated and the whole disk left out. */
static size_t oracle(const char *image, const char *kind, row_t *rows, size_t most)
{
    char command[1400], line[512];
    (void)snprintf(command, sizeof command, "mmls -t %s '%s' | awk '$2 ~ /^[0-9]/ && $0 !~ /Unused|backup/ { print $3, $5 }'", kind, image);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t count = 0;
    while (count < most && fgets(line, sizeof line, pipe) != NULL) {
        unsigned long long start, length;
        assert_int_equal(sscanf(line, "%llu %llu", &start, &length), 2);
        rows[count++] = (row_t){start * 512, length * 512, false};
    }
    assert_int_equal(pclose(pipe), 0);
    return count;
}

static const struct { const char *format, *variant, *kind; size_t parts; const char *name; } tables[] = {
    {"mbr", "", "dos", 4, "partition5"}, {"gpt", "", "gpt", 5, "rootfs-3"}, {"bsdlabel", "", "bsd", 3, "d"}, {"sunlabel", "", "sun", 2, "b"},
};

static void every_table_yields_the_partitions_that_mmls_sees(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        row_t        rows[64];
        sample_t     sample = sample_build(tables[t].format, tables[t].variant);
        extraction_t e      = extraction_of(tables[t].format, sample_span(&sample));
        size_t       count  = oracle(sample.path, tables[t].kind, rows, 64);
        assert_true(status_ok(e.status));
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(count, tables[t].parts);
        assert_int_equal(e.tree.count, count);
        assert_non_null(tree_entry(&e.tree, tables[t].name));
        for (size_t i = 0; i < e.tree.count; i++) {
            const entry_t *entry = &e.tree.entries[i];
            bool           found = false;
            for (size_t n = 0; n < count && !found; n++)
                found = !rows[n].seen && rows[n].offset == entry->at_offset && rows[n].length == entry->at_length && (rows[n].seen = true);
            if (!found)
                fail_msg("%s: mmls sees no partition of %llu bytes at %llu", tables[t].format, (unsigned long long)entry->at_length, (unsigned long long)entry->at_offset);
            assert_true(entry->size == entry->at_length && memcmp(entry->content, sample.at + entry->at_offset, entry->size) == 0);
        }
        assert_true(explained_with_padding_ppm(tables[t].format, sample_span(&sample)) >= 995000);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_cut_disk_says_which_partitions_are_lost(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        sample_t sample = sample_build(tables[t].format, tables[t].variant);
        assert_cuts_are_told(tables[t].format, sample_span(&sample), strcmp(tables[t].format, "mbr") == 0 ? 900 * 512 : sample.size);
        sample_free(&sample);
    }
}

static void the_copy_at_the_end_serves_when_the_first_gpt_is_gone(void **state)
{
    (void)state;
    static const struct { uint64_t at, length; } wipes[] = {{512, 512}, {1024, 4096}, {0, 16384}};
    sample_t sample = sample_build("gpt", "");
    for (size_t i = 0; i < sizeof wipes / sizeof *wipes; i++) {
        extraction_t whole = extraction_of("gpt", sample_span(&sample));
        uint8_t     *copy  = malloc(sample.size);
        assert_non_null(copy);
        memcpy(copy, sample.at, sample.size);
        memset(copy + wipes[i].at, 0xA5, wipes[i].length);
        extraction_t e = extraction_of("gpt", span_from(copy, sample.size));
        assert_true(status_ok(e.status));
        assert_true(e.damage.count > 0);
        assert_same_tree(&e.tree, &whole.tree, 0);
        extraction_free(&e);
        extraction_free(&whole);
        free(copy);
    }
    sample_free(&sample);
}

static void copies_of_a_gpt_that_differ_are_told(void **state)
{
    (void)state;
    sample_t sample = sample_build("gpt", "");
    sample.at[sample.size - 33 * 512 + 56] ^= 1; /* a letter of the first name, in the copy */
    extraction_t e = extraction_of("gpt", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, 5);
    assert_true(e.damage.count > 0);
    extraction_free(&e);
    sample_free(&sample);
}

static void a_chain_of_extended_records_that_leads_backwards_ends(void **state)
{
    (void)state;
    sample_t sample = sample_build("mbr", "");
    /* The second EBR's link, made to lead to the first again. */
    uint8_t *link = sample.at + 127 * 512 + 446 + 16;
    memcpy(link, "\0\0\0\0\x05\0\0\0\0\0\0\0\x20\0\0\0", 16);
    extraction_t e = extraction_of("mbr", sample_span(&sample));
    assert_true(status_ok(e.status));
    assert_int_equal(e.tree.count, 4);
    assert_int_equal(e.damage.count, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void offsets_of_a_disklabel_may_count_from_the_disk_and_in_either_byte_order(void **state)
{
    (void)state;
    sample_t     plain  = sample_build("bsdlabel", ""), other = sample_build("bsdlabel", "be 63");
    extraction_t a      = extraction_of("bsdlabel", sample_span(&plain)), b = extraction_of("bsdlabel", sample_span(&other));
    assert_true(status_ok(b.status));
    assert_string_equal(extraction_fact(&b, "bsdlabel.byte-order"), "big-endian");
    assert_same_tree(&b.tree, &a.tree, 0);
    extraction_free(&a);
    extraction_free(&b);
    sample_free(&plain);
    sample_free(&other);
}

static void a_boot_sector_without_a_table_is_not_a_disk(void **state)
{
    (void)state;
    uint8_t sector[1024] = {0xEB, 0x3C, 0x90};
    sector[510]          = 0x55;
    sector[511]          = 0xAA;
    assert_int_equal(extractor_named("mbr")->probe(span_from(sector, sizeof sector)), 0);
    memset(sector + 446, 0x41, 64);
    assert_int_equal(extractor_named("mbr")->probe(span_from(sector, sizeof sector)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_yields_the_partitions_that_mmls_sees),
        cmocka_unit_test(a_cut_disk_says_which_partitions_are_lost),
        cmocka_unit_test(the_copy_at_the_end_serves_when_the_first_gpt_is_gone),
        cmocka_unit_test(copies_of_a_gpt_that_differ_are_told),
        cmocka_unit_test(a_chain_of_extended_records_that_leads_backwards_ends),
        cmocka_unit_test(offsets_of_a_disklabel_may_count_from_the_disk_and_in_either_byte_order),
        cmocka_unit_test(a_boot_sector_without_a_table_is_not_a_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
