#include "extractors/partition_common.h"

void partitions_free(partitions_t *parts) { buffer_free(&parts->names); }

static bool is_taken(const partitions_t *parts, span_t name)
{
    span_t names = buffer_span(&parts->names);
    for (size_t at = 0; at < names.size;) {
        size_t size = strnlen((const char *)names.at + at, names.size - at);
        if (span_equal(span_sub(names, at, size), name))
            return true;
        at += size + 1;
    }
    return false;
}

static void put_component(buffer_t *out, span_t name)
{
    bool dots = span_equal(name, span_from_text(".")) || span_equal(name, span_from_text(".."));
    for (size_t i = 0; i < name.size; i++) {
        if (name.at[i] == '/' || name.at[i] == 0)
            buffer_printf(out, "%%%02X", name.at[i]);
        else if (dots)
            buffer_append_text(out, "%2E");
        else
            buffer_append_byte(out, name.at[i]);
    }
}

span_t partition_name(partitions_t *parts, span_t name, unsigned number)
{
    buffer_t text = {0};
    put_component(&text, span_clip(name, 0, PARTITION_NAME_MAX));
    if (name.size == 0)
        buffer_printf(&text, "partition%u", number);
    while (!text.failed && is_taken(parts, buffer_span(&text)))
        buffer_printf(&text, "-%u", number);
    size_t at = parts->names.size;
    buffer_append(&parts->names, buffer_span(&text));
    buffer_append_byte(&parts->names, 0);
    span_t kept = parts->names.failed ? span_from_text("partition") : span_sub(buffer_span(&parts->names), at, text.size);
    buffer_free(&text);
    return kept;
}

bool partition_show(partitions_t *parts, span_t name, unsigned number, uint64_t offset, uint64_t length)
{
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, name, number), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, offset, length);
    sink_end_child(parts->sink);
    return true;
}

static void put_utf8(buffer_t *out, uint32_t code)
{
    if (code < 0x80) {
        buffer_append_byte(out, (uint8_t)code);
    } else if (code < 0x800) {
        buffer_append_byte(out, (uint8_t)(0xC0 | code >> 6));
        buffer_append_byte(out, (uint8_t)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        buffer_append_byte(out, (uint8_t)(0xE0 | code >> 12));
        buffer_append_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (code & 0x3F)));
    } else {
        buffer_append_byte(out, (uint8_t)(0xF0 | code >> 18));
        buffer_append_byte(out, (uint8_t)(0x80 | (code >> 12 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
        buffer_append_byte(out, (uint8_t)(0x80 | (code & 0x3F)));
    }
}

void partition_text_utf16(span_t text, buffer_t *out)
{
    reader_t r = reader_from(text);
    for (uint32_t code; reader_left(&r) >= 2 && (code = read_le16(&r)) != 0;) {
        if (code >= 0xD800 && code < 0xDC00) {
            reader_t ahead = r;
            uint32_t low   = read_le16(&ahead);
            if (reader_ok(&ahead) && low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                r    = ahead;
            } else {
                code = 0xFFFD;
            }
        } else if (code >= 0xDC00 && code < 0xE000) {
            code = 0xFFFD;
        }
        put_utf8(out, code);
    }
}
