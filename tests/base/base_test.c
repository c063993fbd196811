/* Reader, buffer, arena, UTF-8 and escaping. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/sha256.h"
#include "base/texts.h"
#include "base/utf8.h"
#include "support/sample.h"

#include <stdio.h>

static void a_failed_read_yields_zero_and_sticks(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    reader_t             r       = reader_from(span_from(bytes, sizeof bytes));
    assert_int_equal(read_le32(&r), 0x04030201);
    assert_int_equal(read_be16(&r), 0);
    assert_false(reader_ok(&r));
    assert_int_equal(read_u8(&r), 0);
    assert_int_equal(reader_left(&r), 0);
    r = reader_at(span_from(bytes, sizeof bytes), 6);
    assert_false(reader_ok(&r));
    r = reader_from(span_from(bytes, sizeof bytes));
    assert_int_equal(read_be32(&r), 0x01020304);
    reader_skip(&r, UINT64_MAX);
    assert_false(reader_ok(&r));
}

static void a_part_of_a_span_lies_inside_it_or_is_nothing(void **state)
{
    (void)state;
    span_t s = span_from_text("hello");
    assert_true(span_equal(span_sub(s, 1, 3), span_from_text("ell")));
    assert_null(span_sub(s, 3, 3).at);
    assert_null(span_sub(s, UINT64_MAX, 2).at);
    assert_null(span_sub(s, 2, UINT64_MAX).at);
    assert_int_equal(span_clip(s, 3, 10).size, 2);
    assert_int_equal(span_clip(s, 9, 10).size, 0);
    assert_true(span_is_filled_with(span_from_text("aaaa"), 'a'));
    assert_false(span_is_filled_with(span_from_text("aaab"), 'a'));
    assert_int_equal(round_up(UINT64_MAX - 1, 4096), UINT64_MAX);
}

static void an_arena_refuses_to_grow_past_its_limit(void **state)
{
    (void)state;
    arena_t *arena = arena_new(100000);
    assert_non_null(arena_alloc(arena, 60000));
    assert_null(arena_alloc(arena, 60000));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_array(arena, SIZE_MAX, 2));
    assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
    arena_reset(arena);
    assert_non_null(arena_alloc(arena, 60000));
    arena_free(arena);
}

static void a_text_met_again_is_the_same_copy(void **state)
{
    (void)state;
    texts_t     texts = {.arena = arena_new(SIZE_MAX)};
    const char *first[3000];
    char        text[16];
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3000; i++) {
            (void)snprintf(text, sizeof text, "text %u", i);
            const char *kept = texts_keep(&texts, span_from_text(text));
            assert_string_equal(kept, text);
            if (round == 0)
                first[i] = kept;
            assert_ptr_equal(first[i], kept);
        }
    assert_int_equal(texts.count, 3000);
    assert_string_equal(texts_keep(&texts, span_from_text("")), "");
    assert_null(texts_keep(&texts, span_from(NULL, 0)));
    texts_free(&texts);
    arena_free(texts.arena);
}

static void a_buffer_remembers_that_it_could_not_grow(void **state)
{
    (void)state;
    buffer_t b = {.limit = 10};
    buffer_append_text(&b, "12345678");
    assert_false(b.failed);
    buffer_append_text(&b, "123");
    assert_true(b.failed);
    buffer_append_text(&b, "1");
    assert_int_equal(b.size, 8);
    buffer_free(&b);
}

static const struct { const char *raw, *text, *path; } escapes[] = {
    {"plain", "plain", "plain"},
    {"/etc/passwd", "/etc/passwd", "etc/passwd"},
    {"./a//b/./c", "./a//b/./c", "a/b/c"},
    {"../../x", "../../x", "%2E%2E/%2E%2E/x"},
    {"a\\b", "a\\b", "a%5Cb"},
    {"100%", "100%25", "100%25"},
    {"t\tn\n", "t%09n%0A", "t%09n%0A"},
    {"caf\xC3\xA9", "caf\xC3\xA9", "caf\xC3\xA9"},
    {"caf\xE9", "caf%E9", "caf%E9"},
    {"\xE2\x80\xAE" "cod.exe", "%E2%80%AE" "cod.exe", "%E2%80%AE" "cod.exe"},
    {"\xED\xA0\x80", "%ED%A0%80", "%ED%A0%80"},
    {"\x1B[31m", "%1B[31m", "%1B[31m"},
    {"", "", "."},
    {".", ".", "."},
};

static void hostile_names_are_escaped_and_harmless_ones_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        buffer_t text = {0}, path = {0};
        escape_text(span_from_text(escapes[i].raw), &text);
        escape_path(span_from_text(escapes[i].raw), &path);
        assert_true(span_equal(buffer_span(&text), span_from_text(escapes[i].text)));
        assert_true(span_equal(buffer_span(&path), span_from_text(escapes[i].path)));
        assert_true(utf8_valid(buffer_span(&text)));
        buffer_free(&text);
        buffer_free(&path);
    }
}

static void digests_agree_with_the_published_vectors(void **state)
{
    (void)state;
    sha256_t a, b;
    sha512_t c;
    char     hex[SHA512_HEX];
    assert_true(status_ok(sha256_of(span_from_text("abc"), &a)));
    hex_encode(a.bytes, sizeof a.bytes, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2, B.1 */
    hasher_t *hasher = hasher_new(true);
    assert_true(status_ok(hasher_add(hasher, span_from_text("a"))) && status_ok(hasher_add(hasher, span_from_text("bc"))));
    assert_true(status_ok(hasher_finish(hasher, &b, &c)));
    hasher_free(hasher);
    assert_true(sha256_equal(&a, &b));
    hex_encode(c.bytes, sizeof c.bytes, hex);
    assert_memory_equal(hex, "ddaf35a193617abacc417349ae204131", 32); /* FIPS 180-2, C.1 */
    assert_true(hex_decode("00fF", a.bytes, 2));
    assert_int_equal(a.bytes[1], 255);
    assert_false(hex_decode("00f", a.bytes, 2));
    assert_false(hex_decode("00fg", a.bytes, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_read_yields_zero_and_sticks),
        cmocka_unit_test(a_part_of_a_span_lies_inside_it_or_is_nothing),
        cmocka_unit_test(an_arena_refuses_to_grow_past_its_limit),
        cmocka_unit_test(a_text_met_again_is_the_same_copy),
        cmocka_unit_test(a_buffer_remembers_that_it_could_not_grow),
        cmocka_unit_test(hostile_names_are_escaped_and_harmless_ones_are_not),
        cmocka_unit_test(digests_agree_with_the_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
