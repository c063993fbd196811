/* Records survive the wire; rubbish does not get through it. */
#include "engine/wire.h"
#include "support/sample.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const xattr_t two_xattrs[] = {{{(const uint8_t *)"user.a", 6}, {(const uint8_t *)"\0\1", 2}}, {{(const uint8_t *)"user.b", 6}, {NULL, 0}}};

static const evidence_t some_evidence = {.offset = 7, .length = 9, .method = "yara", .text = {(const uint8_t *)"x\0y", 3}, .confidence = 90};

static const record_t examples[] = {
    {.type = RECORD_IDENTITY, .identity = {"text/plain", "ASCII text"}},
    {.type = RECORD_FACT, .fact = {"elf.machine", "ARM"}},
    {.type = RECORD_FORMAT, .format = {"trx", 1, 2, 80}},
    {.type = RECORD_ROLLBACK},
    {.type = RECORD_REGION, .region = {0, UINT64_MAX, REGION_UNKNOWN, NULL, NO_CHILD, CLASS_CODE, 8000}},
    {.type = RECORD_CHILD, .child = {.info = {.path = {(const uint8_t *)"a\xff/b", 4}, .type = CHILD_SYMLINK, .has_mode = true, .has_mtime = true, .mode = 07777, .mtime = -1,
                                              .link = {(const uint8_t *)"..", 2}, .xattrs = two_xattrs, .xattr_count = 2},
                                     .index = 3, .source_kind = SOURCE_SAME, .source = 1, .size = 5, .at_offset = 6, .at_length = 7}},
    {.type = RECORD_DAMAGE, .damage = {1, 2, "squashfs", "a block does not inflate", 4}},
    {.type = RECORD_LIMIT, .limit = {0, 10, "ratio", "too much"}},
    {.type = RECORD_NOTE, .note = {5, NULL, "lost"}},
    {.type = RECORD_COMPONENT, .component = {"busybox", "1:1.35.0-4", NULL, "pkg:deb/debian/busybox@1:1.35.0-4", NULL, "GPL-2.0-only", some_evidence, SCOPE_INSTALLED,
                                             "1.35.0", "node_modules/a"}},
    {.type = RECORD_RELATION, .relation = {RELATION_DEPENDS_ON, NULL, "soname:libc.so.6", ">= 2", some_evidence}},
    {.type = RECORD_MARKER, .marker = {"huawei", "string", STRENGTH_DEFINITIVE, some_evidence}},
    {.type = RECORD_FINDING, .finding = {"rule", "title", "a\nb", FINDING_LIMIT, SEVERITY_CRITICAL, some_evidence}},
    {.type = RECORD_DONE},
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

static void every_record_survives_the_wire(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        buffer_t first = {0}, second = {0};
        xattr_t  xattrs[XATTRS_MAX];
        record_t got;
        wire_put(&first, &examples[i]);
        reader_t r = reader_from(buffer_span(&first));
        assert_true(status_ok(wire_get(&r, &got, xattrs)));
        assert_int_equal(reader_left(&r), 0);
        assert_int_equal(got.type, examples[i].type);
        /* What was read says the same again. */
        wire_put(&second, &got);
        assert_true(span_equal(buffer_span(&first), buffer_span(&second)));
        buffer_free(&first);
        buffer_free(&second);
    }
}

static void a_child_keeps_bytes_that_are_no_text(void **state)
{
    (void)state;
    buffer_t out = {0};
    xattr_t  xattrs[XATTRS_MAX];
    record_t got;
    wire_put(&out, &examples[5]);
    reader_t r = reader_from(buffer_span(&out));
    assert_true(status_ok(wire_get(&r, &got, xattrs)));
    assert_true(span_equal(got.child.info.path, examples[5].child.info.path));
    assert_true(got.child.info.has_mode && !got.child.info.has_owner && got.child.info.has_mtime);
    assert_int_equal(got.child.info.mtime, -1);
    assert_int_equal(got.child.info.xattr_count, 2);
    assert_true(span_equal(got.child.info.xattrs[0].value, two_xattrs[0].value));
    buffer_free(&out);
}

static void the_longest_record_fits_into_a_packet(void **state)
{
    (void)state;
    static uint8_t many[70000];
    xattr_t        xattrs[XATTRS_MAX];
    memset(many, 'x', sizeof many);
    for (size_t i = 0; i < XATTRS_MAX; i++)
        xattrs[i] = (xattr_t){span_from(many, sizeof many), span_from(many, sizeof many)};
    record_t record = {.type = RECORD_CHILD, .child = {.info = {.path = span_from(many, sizeof many), .link = span_from(many, sizeof many), .xattrs = xattrs, .xattr_count = XATTRS_MAX}}};
    buffer_t out    = {0};
    wire_put(&out, &record);
    assert_false(out.failed);
    assert_true(out.size < PACKET_MAX - 1);
    reader_t r = reader_from(buffer_span(&out));
    assert_true(status_ok(wire_get(&r, &record, xattrs)));
    buffer_free(&out);
}

/* Every byte set to extremes, every cut: refused or read, never more than that. */
static void no_mutation_of_a_record_gets_past_the_reader(void **state)
{
    (void)state;
    static const uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF};
    for (size_t i = 0; i < EXAMPLES; i++) {
        buffer_t out = {0};
        wire_put(&out, &examples[i]);
        for (size_t cut = 0; cut <= out.size; cut++) {
            uint8_t *copy = malloc(cut > 0 ? cut : 1);
            assert_non_null(copy);
            memcpy(copy, out.at, cut);
            for (size_t at = 0; at < cut; at += cut == out.size ? 1 : cut)
                for (size_t v = 0; v < sizeof values; v++) {
                    uint8_t  kept = copy[at];
                    xattr_t  xattrs[XATTRS_MAX];
                    record_t got;
                    copy[at]   = values[v];
                    reader_t r = reader_from(span_from(copy, cut));
                    status_t s = wire_get(&r, &got, xattrs);
                    assert_true(status_ok(s) || s.code == STATUS_PROTOCOL);
                    assert_true(r.pos <= cut);
                    copy[at] = kept;
                }
            free(copy);
        }
        buffer_free(&out);
    }
}

static void a_packet_carries_bytes_and_descriptors(void **state)
{
    (void)state;
    int      ends[2], pipe_ends[2];
    uint8_t *buffer = malloc(PACKET_MAX);
    packet_t packet;
    assert_non_null(buffer);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(status_ok(packet_send(ends[0], MESSAGE_JOB, span_from_text("hello"), pipe_ends, 2)));
    assert_true(status_ok(packet_receive(ends[1], buffer, &packet)));
    assert_int_equal(packet.type, MESSAGE_JOB);
    assert_true(span_equal(packet.payload, span_from_text("hello")));
    assert_int_equal(packet.fd_count, 2);
    packet_close_fds(&packet);
    assert_int_equal(write(ends[0], "\xff", 1), 1);
    assert_int_equal(packet_receive(ends[1], buffer, &packet).code, STATUS_PROTOCOL);
    (void)close(ends[0]);
    assert_int_equal(packet_receive(ends[1], buffer, &packet).code, STATUS_IO);
    (void)close(ends[1]);
    (void)close(pipe_ends[0]);
    (void)close(pipe_ends[1]);
    free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_survives_the_wire),
        cmocka_unit_test(a_child_keeps_bytes_that_are_no_text),
        cmocka_unit_test(the_longest_record_fits_into_a_packet),
        cmocka_unit_test(no_mutation_of_a_record_gets_past_the_reader),
        cmocka_unit_test(a_packet_carries_bytes_and_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
