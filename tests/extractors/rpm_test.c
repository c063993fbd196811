/* Oracles: rpm2cpio (the payload, decoded) and rpm -qp (the facts). */
#include "support/archive_oracle.h"

#include <stdio.h>

static span_t payload_of(const extraction_t *e, const sample_t *sample)
{
    const entry_t *payload = tree_entry(&e->tree, "payload");
    assert_non_null(payload);
    return span_sub(sample_span(sample), payload->at_offset, payload->at_length);
}

static void the_payload_is_what_rpm2cpio_unpacks(void **state)
{
    (void)state;
    static const struct { const char *variant, *decode; } variants[] = {
        {"gzip", "gzip -dc"}, {"xz", "xz -dc"}, {"lzma", "xz --format=lzma -dc"}, {"bzip2", "bzip2 -dc"}, {"zstd", "zstd -dcq"}, {"none", "cat"},
        {"source", "gzip -dc"},
    };
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        char         directory[1024], path[1100];
        sample_t     sample = sample_build("rpm", variants[i].variant);
        extraction_t e      = extraction_of("rpm", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_int_equal(e.bits, 160);
        assert_int_equal(e.extent, sample.size);
        assert_int_equal(e.damage.count, 0);
        assert_int_equal(explained_ppm(&e), 1000000);
        assert_string_equal(extraction_fact(&e, "rpm.digest.header-sha256"), "holds");
        assert_string_equal(extraction_fact(&e, "rpm.digest.header-sha1"), "holds");
        assert_string_equal(extraction_fact(&e, "rpm.digest.payload-sha256"), "holds");
        assert_string_equal(extraction_fact(&e, "rpm.digest.md5"), "holds");
        scratch_make(directory);
        (void)snprintf(path, sizeof path, "%s/payload", directory);
        write_file(path, payload_of(&e, &sample));
        run("rpm2cpio '%s' > '%s/expected' && %s < '%s' | cmp - '%s/expected'", sample.path, directory, variants[i].decode, path, directory);
        scratch_remove(directory);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void facts_are_those_that_rpm_tells(void **state)
{
    (void)state;
    static const struct { const char *key, *tag; } facts[] = {
        {"rpm.name", "NAME"}, {"rpm.epoch", "EPOCH"}, {"rpm.version", "VERSION"}, {"rpm.release", "RELEASE"}, {"rpm.arch", "ARCH"},
        {"rpm.vendor", "VENDOR"},
        {"rpm.summary", "SUMMARY"}, {"rpm.license", "LICENSE"}, {"rpm.packager", "PACKAGER"}, {"rpm.buildhost", "BUILDHOST"}, {"rpm.url", "URL"},
        {"rpm.sourcerpm", "SOURCERPM"}, {"rpm.buildtime", "BUILDTIME"}, {"rpm.payload.compressor", "PAYLOADCOMPRESSOR"},
    };
    sample_t     sample = sample_build("rpm", "xz");
    extraction_t e      = extraction_of("rpm", sample_span(&sample));
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value = extraction_fact(&e, facts[i].key);
        assert_non_null(value);
        run("test \"$(rpm -qp --nosignature --qf '%%{%s}' '%s')\" = '%s'", facts[i].tag, sample.path, value);
    }
    assert_string_equal(extraction_fact(&e, "rpm.type"), "binary");
    extraction_free(&e);
    sample_free(&sample);
}

static void every_flipped_byte_of_header_and_payload_is_told(void **state)
{
    (void)state;
    sample_t       sample = sample_build("rpm", "gzip");
    extraction_t   whole  = extraction_of("rpm", sample_span(&sample));
    uint64_t       at     = tree_entry(&whole.tree, "payload")->at_offset;
    const uint64_t flips[] = {at + 100, sample.size - 1, at - 30};
    for (size_t i = 0; i < 3; i++) {
        sample.at[flips[i]] ^= 1;
        extraction_t e = extraction_of("rpm", sample_span(&sample));
        assert_true(status_ok(e.status));
        assert_true(said(&e.damage, i < 2 ? "MD5" : "SHA-256 of the RPM header"));
        assert_non_null(tree_entry(&e.tree, "payload"));
        extraction_free(&e);
        sample.at[flips[i]] ^= 1;
    }
    extraction_free(&whole);
    sample_free(&sample);
}

static void a_cut_package_tells_what_is_missing(void **state)
{
    (void)state;
    sample_t sample = sample_build("rpm", "gzip");
    for (unsigned percent = 20; percent < 100; percent += 10) {
        size_t       size = sample.size * percent / 100;
        extraction_t e    = extraction_of("rpm", span_from(sample.at, size));
        assert_true(e.bits >= BITS_ELSEWHERE && status_ok(e.status));
        assert_true(said(&e.damage, "the image ends before the RPM package does") || said(&e.damage, "the RPM header cannot be read"));
        assert_int_equal(e.extent, size);
        extraction_free(&e);
    }
    sample_free(&sample);
}

static void tables_that_point_outside_are_no_package(void **state)
{
    (void)state;
    sample_t sample = sample_build("rpm", "gzip");
    memset(sample.at + 96 + 8, 0xFF, 8); /* entries and store of the signature */
    assert_int_equal(extractor_named("rpm")->probe(sample_span(&sample)), 0);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_payload_is_what_rpm2cpio_unpacks),
        cmocka_unit_test(facts_are_those_that_rpm_tells),
        cmocka_unit_test(every_flipped_byte_of_header_and_payload_is_told),
        cmocka_unit_test(a_cut_package_tells_what_is_missing),
        cmocka_unit_test(tables_that_point_outside_are_no_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
