#include "extractors/firmware_common.h"

#include <time.h>

span_t firmware_text(span_t image, uint64_t at, uint64_t length)
{
    span_t field = span_clip(image, at, length);
    return field.size == 0 ? field : span_clip(field, 0, strnlen((const char *)field.at, field.size));
}

bool firmware_is_text(span_t image, uint64_t at, uint64_t length)
{
    if (!span_holds(image, at, length))
        return false;
    span_t text = firmware_text(image, at, length);
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] < 0x20 || text.at[i] > 0x7E)
            return false;
    return true;
}

void firmware_fact(sink_t *sink, const char *key, span_t text)
{
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX - 1), (const char *)text.at);
}

void firmware_fact_time(sink_t *sink, const char *key, uint64_t seconds)
{
    struct tm split;
    time_t    when = (time_t)seconds;
    char      text[64];
    if (gmtime_r(&when, &split) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &split) > 0)
        sink_fact(sink, key, text);
}

firmware_work_t firmware_work(span_t image)
{
    uint64_t much;
    return (firmware_work_t){.left = checked_mul(image.size, 8, &much) ? much : UINT64_MAX};
}

bool firmware_may(firmware_work_t *work, sink_t *sink, uint64_t offset, uint64_t length)
{
    if (length <= work->left) {
        work->left -= length;
        return true;
    }
    if (!work->said)
        sink_limit(sink, offset, length, "work", "parts overlap so much that the checksums of the rest were not checked");
    work->said = true;
    return false;
}

bool firmware_show(partitions_t *parts, const firmware_part_t *part, unsigned number)
{
    child_t *child = sink_child(parts->sink, &(child_info_t){.path = partition_name(parts, part->name, number), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return false;
    child_range(child, part->offset, part->length);
    if (part->damage != NULL)
        child_damage(child, part->offset, part->length, part->damage);
    sink_end_child(parts->sink);
    return true;
}

uint32_t firmware_sum(span_t bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += bytes.at[i];
    return sum;
}
