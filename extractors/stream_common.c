#include "extractors/stream_common.h"

#include <stdlib.h>

static bool stream_open(stream_t *stream, uint64_t budget)
{
    stream->budget = budget;
    stream->room   = (size_t)min_u64(budget, STREAM_PIECE);
    stream->buffer = malloc(stream->room);
    return stream->buffer != NULL;
}

static void stream_close(stream_t *stream)
{
    free(stream->buffer);
    stream->buffer = NULL;
}

bool stream_give(stream_t *stream, span_t decoded, uint64_t from_offset, uint64_t from_length)
{
    stream->produced += decoded.size;
    if (stream->child != NULL && !status_ok(child_write(stream->child, decoded, from_offset, from_length)))
        return false;
    return stream->produced < stream->budget;
}

void stream_claim(stream_t *stream, uint64_t offset, uint64_t length, region_kind_t kind)
{
    if (stream->sink != NULL && length > 0)
        sink_claim(stream->sink, offset, length, kind);
}

void stream_damage(stream_t *stream, uint64_t offset, uint64_t length, const char *what)
{
    stream->damages++;
    if (stream->child != NULL)
        child_damage(stream->child, offset, length, what);
}

stream_end_t stream_no_memory(span_t image, stream_t *stream)
{
    if (stream->sink != NULL)
        sink_limit(stream->sink, stream->at, image.size - min_u64(stream->at, image.size), "memory",
            "the stream asks for a window larger than a decoder may have: it was not decoded");
    return STREAM_STOPPED;
}

stream_end_t stream_pump(span_t image, uint64_t end, stream_t *stream, stream_step_t *step, void *decoder)
{
    for (;;) {
        span_t in = span_clip(image, stream->at, min_u64(end - stream->at, STREAM_PIECE));
        size_t before = in.size, made = 0;
        step_t   did  = step(decoder, &in, stream->buffer, stream->room, &made);
        uint64_t from = stream->at, taken = before - in.size;
        stream->at += taken;
        bool go_on = (made == 0 && taken == 0) || stream_give(stream, span_from(stream->buffer, made), from, taken);
        if (did == STEP_END)
            return STREAM_WHOLE;
        if (did == STEP_MEMORY)
            return stream_no_memory(image, stream);
        if (did == STEP_BROKEN)
            return STREAM_BROKEN;
        if (!go_on)
            return STREAM_STOPPED;
        if (made == 0 && taken == 0)
            return before == 0 ? STREAM_TRUNCATED : STREAM_BROKEN;
    }
}

stream_end_t stream_try(span_t image, stream_decode_t *decode, uint64_t budget, stream_t *result)
{
    *result = (stream_t){.one_part = true};
    if (!stream_open(result, budget))
        return STREAM_STOPPED;
    stream_end_t how = decode(image, result);
    stream_close(result);
    return how;
}

/* Nothing came out and nothing vouches for it: then it was something else. */
static bool believable(stream_end_t how, const stream_t *stream)
{
    return how == STREAM_WHOLE || how == STREAM_STOPPED || stream->produced > 0 || stream->sure;
}

uint64_t stream_extent(span_t image, stream_decode_t *decode)
{
    stream_t stream = {0};
    if (!stream_open(&stream, STREAM_EXTENT_BUDGET))
        return 0;
    stream_end_t how = decode(image, &stream);
    stream_close(&stream);
    return believable(how, &stream) ? stream.at : 0;
}

status_t stream_extract(const char *format, span_t image, sink_t *sink, const child_info_t *info, stream_decode_t *decode, stream_t *result)
{
    stream_t stream = {.sink = sink};
    if (!stream_open(&stream, UINT64_MAX))
        return status_fail(STATUS_MEMORY, format, 0, "no memory to decode the stream");
    stream.child = sink_child(sink, info);
    if (stream.child == NULL) {
        stream_close(&stream);
        return ok();
    }
    stream_end_t how = decode(image, &stream);
    stream_close(&stream);
    if (!believable(how, &stream))
        return status_fail(STATUS_REJECTED, format, stream.at, "nothing of it decodes");
    if (how == STREAM_TRUNCATED)
        stream_damage(&stream, image.size, 0, "the image ends before the compressed stream does");
    if (how == STREAM_BROKEN)
        stream_damage(&stream, stream.at, 0, "the compressed data is damaged from here on");
    sink_end_child(sink);
    if (result != NULL)
        *result = stream;
    return ok();
}

uint64_t stream_skippable_end(span_t image, uint64_t at)
{
    for (;;) {
        reader_t r     = reader_at(image, at);
        uint32_t magic = read_le32(&r);
        uint32_t size  = read_le32(&r);
        if (!reader_ok(&r) || (magic & 0xFFFFFFF0) != 0x184D2A50 || !span_holds(image, at + 8, size))
            return at;
        at += 8 + (uint64_t)size;
    }
}

static span_t base_name(span_t name)
{
    size_t start = name.size;
    while (start > 0 && name.at[start - 1] != '/')
        start--;
    return span_from_offset(name, start);
}

child_info_t stream_child(span_t name)
{
    span_t base   = base_name(name);
    bool   usable = base.size > 0 && !span_equal(base, span_from_text(".")) && !span_equal(base, span_from_text(".."));
    return (child_info_t){.path = usable ? base : span_from_text("content"), .type = CHILD_PAYLOAD};
}
