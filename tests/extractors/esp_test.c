/* Images of microcontrollers by Espressif and ST. Debian has no program for the former: what the builder put in counts. (By hand, images of
 * the builder pass esptool's image-info, and stores of ESP-IDF's nvs_partition_gen open.) For STM32: mkimage made it, dumpimage reads it. */
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { const char *format, *variant; size_t children; const char *path, *begins, *key, *value; uint64_t ppm; } samples[] = {
    {"esp_image", "", 3, "segment0-3f400020.bin", "\x32\x54\xCD\xAB", "esp.project", "lamp-controller", 1000000},
    {"esp_image", "c3", 3, "segment1-40080000.bin", "", "esp.chip", "ESP32-C3", 1000000},
    {"esp_image", "bootloader", 2, "segment1-40080400.bin", "", "esp.hash", "holds", 1000000},
    {"esp_image", "esp8266", 2, "segment1-3ffe8000.bin", "data of an older chip", "esp.chip", "ESP8266", 1000000},
    {"esp_partitions", "", 0, NULL, NULL, "esp.partitions", "4", 1000000},
    {"esp_partitions", "old", 0, NULL, NULL, "esp.partitions", "4", 1000000},
    {"esp_flash", "", 5, "storage", "files of the user", "esp.partitions", "4", 1000000},
    {"esp_flash", "", 5, "bootloader", "\xE9", NULL, NULL, 1000000},
    {"esp_nvs", "", 3, "wifi/ssid", "workshop", "nvs.namespaces", "wifi app", 1000000},
    {"esp_nvs", "", 3, "wifi/password", "battery staple", "nvs.app/offset", "-7", 1000000},
    {"esp_nvs", "", 3, "app/certificate", "a long certificate ", "nvs.app/serial", "1099511627776", 1000000},
    {"stm32_image", "", 1, "firmware", "1\n2\n3\n", "stm32.load", "0x2ffc2500", 1000000},
};

static void every_sample_opens_to_what_it_was_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        sample_t     sample = sample_build(samples[i].format, samples[i].variant);
        extraction_t e      = extraction_of(samples[i].format, sample_span(&sample));
        print_message("%s %s: %u bits\n", samples[i].format, samples[i].variant, e.bits);
        assert_true(status_ok(e.status) && e.bits >= BITS_AT_START);
        assert_int_equal(e.damage.count + e.limits.count, 0);
        assert_int_equal(e.tree.count, samples[i].children);
        assert_true(explained_with_padding_ppm(samples[i].format, sample_span(&sample)) >= samples[i].ppm);
        if (samples[i].path != NULL) {
            const entry_t *entry = tree_entry(&e.tree, samples[i].path);
            assert_non_null(entry);
            assert_true(entry->size >= strlen(samples[i].begins));
            assert_memory_equal(entry->content, samples[i].begins, strlen(samples[i].begins));
        }
        if (samples[i].key != NULL)
            assert_string_equal(extraction_fact(&e, samples[i].key), samples[i].value);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_cut_sample_says_so(void **state)
{
    (void)state;
    static const char *const formats[] = {"esp_image", "esp_flash", "esp_nvs", "stm32_image"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        sample_t sample = sample_build(formats[i], "");
        uint64_t size   = strcmp(formats[i], "esp_nvs") == 0 ? 2 * 4096 - 1 : sample.size;
        /* Before its table, a flash is none. */
        if (strcmp(formats[i], "esp_nvs") != 0 && strcmp(formats[i], "esp_flash") != 0)
            assert_cuts_are_told(formats[i], sample_span(&sample), size);
        /* A store is cut between its pages without a trace; within one, it shows. */
        extraction_t e = extraction_of(formats[i], span_from(sample.at, (size_t)size - 3000));
        assert_true(status_ok(e.status));
        assert_true(e.damage.count > 0);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void a_flipped_byte_breaks_a_checksum(void **state)
{
    (void)state;
    static const struct { const char *format; uint64_t at; } flips[] = {
        {"esp_image", 5000}, {"esp_partitions", 33}, {"esp_flash", 0x8000 + 12}, {"esp_nvs", 300}, {"stm32_image", 900},
    };
    for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
        sample_t sample = sample_build(flips[i].format, "");
        sample.at[flips[i].at] ^= 0x04;
        extraction_t e = extraction_of(flips[i].format, sample_span(&sample));
        if (e.bits < BITS_AT_START || !status_ok(e.status) || e.damage.count == 0)
            fail_msg("%s: a flip at %llu is not told", flips[i].format, (unsigned long long)flips[i].at);
        extraction_free(&e);
        sample_free(&sample);
    }
}

static void erased_values_are_shown_on_request(void **state)
{
    (void)state;
    sample_t sample = sample_build("esp_nvs", "");
    limits_t limits = limits_default();
    limits.deleted  = true;
    extraction_t e  = extraction_with("esp_nvs", sample_span(&sample), &limits);
    size_t       n  = 0;
    for (size_t i = 0; i < e.tree.count; i++)
        if (strncmp(e.tree.entries[i].path, "[deleted]/wifi/password@", 24) == 0) {
            assert_int_equal(e.tree.entries[i].size, 13);
            assert_memory_equal(e.tree.entries[i].content, "correct horse", 13);
            n++;
        }
    assert_int_equal(n, 1);
    extraction_free(&e);
    sample_free(&sample);
}

static void an_encrypted_store_is_called_so(void **state)
{
    (void)state;
    sample_t     sample = sample_build("esp_nvs", "encrypted");
    extraction_t e      = extraction_of("esp_nvs", sample_span(&sample));
    assert_int_equal(e.limits.count, 1);
    assert_int_equal(e.tree.count, 1);
    assert_string_equal(e.tree.entries[0].path, "encrypted");
    extraction_free(&e);
    sample_free(&sample);
}

static void a_jump_is_no_image(void **state)
{
    (void)state;
    static const uint8_t jump[64] = {0xE9, 0x02, 0x00, 0x90, 0x34, 0x12, 0x08, 0x00, 0x20, 0x00, 0x40, 0x3F, 0x10};
    assert_int_equal(extractor_named("esp_image")->probe(span_from(jump, sizeof jump)), 0);
}

static void dumpimage_reads_the_same_header(void **state)
{
    (void)state;
    sample_t sample = sample_build("stm32_image", "");
    assert_int_equal(run_status("dumpimage -l '%s' | grep -qi '2ffc2500'", sample.path), 0);
    sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_opens_to_what_it_was_made_of),
        cmocka_unit_test(a_cut_sample_says_so),
        cmocka_unit_test(a_flipped_byte_breaks_a_checksum),
        cmocka_unit_test(erased_values_are_shown_on_request),
        cmocka_unit_test(an_encrypted_store_is_called_so),
        cmocka_unit_test(a_jump_is_no_image),
        cmocka_unit_test(dumpimage_reads_the_same_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
