/* No stream, archive or firmware is seen where there is none: in random bytes, and in the code and data of a program. More is
 * searched when ASSAY_HAYSTACK names a file: whatever is then believed in it is printed, and fails the test. */
#include "support/extraction.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const formats[] = {
    "amd-microcode", "ar", "bzip2", "cbfs", "cpio", "efi-siglist", "gzip", "intel-flash", "intel-me", "lz4", "lz4-legacy", "lzip", "lzma", "lzop",
    "option-rom", "uefi-capsule", "uefi-fv", "uefi-vars", "xz", "zstd",
};

static void forget_record(void *context, const record_t *record)
{
    (void)context;
    (void)record;
}

static status_t forget_decoded(void *context, span_t bytes)
{
    (void)context;
    (void)bytes;
    return ok();
}

static bool extracts(const extractor_t *extractor, span_t image)
{
    limits_t limits = limits_default();
    sink_t  *sink   = sink_new(image, &limits, (sink_output_t){.record = forget_record, .decoded = forget_decoded});
    assert_non_null(sink);
    sink_begin_format(sink, extractor->id, 0);
    bool right = status_ok(extractor->extract(image, sink));
    sink_reject_format(sink);
    sink_free(sink);
    return right;
}

/* As a driver would take it: enough bits, a known end, and an extraction that does not take it back. */
static bool is_believed(const extractor_t *extractor, span_t image, uint64_t *extent)
{
    if (extractor->probe(image) < BITS_ELSEWHERE)
        return false;
    *extent = extractor->extent(image);
    return *extent > 0 && extracts(extractor, image);
}

static size_t believed_in(span_t haystack)
{
    size_t count = 0;
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        const extractor_t *extractor = extractor_named(formats[f]);
        for (size_t m = 0; m < extractor->magic_count; m++) {
            const magic_t *magic = &extractor->magics[m];
            const uint8_t *hit   = haystack.at, *end = haystack.at + haystack.size;
            for (; (hit = memmem(hit, (size_t)(end - hit), magic->bytes.at, magic->bytes.size)) != NULL; hit++) {
                uint64_t at = (uint64_t)(hit - haystack.at), extent = 0;
                if (at < magic->at || !is_believed(extractor, span_from_offset(haystack, at - magic->at), &extent))
                    continue;
                print_message("%s at %llu, %llu bytes\n", formats[f], (unsigned long long)(at - magic->at), (unsigned long long)extent);
                count++;
            }
        }
    }
    return count;
}

static void nothing_is_believed_in_random_bytes(void **state)
{
    (void)state;
    sample_t random = {.size = 4 << 20};
    uint64_t seed   = 88172645463325252u;
    random.at       = malloc(random.size);
    assert_non_null(random.at);
    for (size_t at = 0; at < random.size; at++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        random.at[at] = (uint8_t)(seed >> 24);
    }
    assert_int_equal(believed_in(sample_span(&random)), 0);
    sample_free(&random);
}

static void nothing_is_believed_in_a_program(void **state)
{
    (void)state;
    sample_t program = sample_read("/proc/self/exe");
    assert_int_equal(believed_in(sample_span(&program)), 0);
    sample_free(&program);
}

static void nothing_is_believed_in_the_haystack(void **state)
{
    (void)state;
    const char *path = getenv("ASSAY_HAYSTACK");
    if (path == NULL)
        skip();
    sample_t haystack = sample_read(path);
    assert_int_equal(believed_in(sample_span(&haystack)), 0);
    sample_free(&haystack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_believed_in_random_bytes),
        cmocka_unit_test(nothing_is_believed_in_a_program),
        cmocka_unit_test(nothing_is_believed_in_the_haystack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
