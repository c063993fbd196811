#include "extractors/vendor_cipher.h"

enum { STEP = 4096 };

status_t vendor_show_undone(span_t image, sink_t *sink, const char *name, uint64_t offset, uint64_t length, vendor_cipher_t cipher)
{
    span_t   content = span_clip(image, offset, length);
    status_t status  = ok();
    uint8_t  piece[STEP];
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(name), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return ok();
    for (size_t at = 0; status_ok(status) && at < content.size; at += STEP) {
        size_t size = (size_t)min_u64(STEP, content.size - at);
        memcpy(piece, content.at + at, size);
        cipher.undo(cipher.context, at, piece, size);
        status = child_write(child, span_from(piece, size), offset + at, size);
    }
    if (content.size < length)
        child_damage(child, offset, length, "the image ends before this content does");
    sink_end_child(sink);
    return status.code == STATUS_LIMIT ? ok() : status;
}

void vendor_each_undone(span_t content, vendor_cipher_t cipher, void *context, void (*take)(void *context, span_t piece))
{
    uint8_t piece[STEP];
    for (size_t at = 0; at < content.size; at += STEP) {
        size_t size = (size_t)min_u64(STEP, content.size - at);
        memcpy(piece, content.at + at, size);
        cipher.undo(cipher.context, at, piece, size);
        take(context, span_from(piece, size));
    }
}
