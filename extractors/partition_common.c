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
