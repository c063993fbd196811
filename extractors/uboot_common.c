#include "extractors/uboot_common.h"

enum { VERSION_SIZE = 96 };

size_t uboot_version_at(span_t code)
{
    for (size_t at = 1; at + 16 < code.size; at++) {
        const uint8_t *found = memchr(code.at + at, 'U', code.size - 16 - at);
        if (found == NULL)
            return 0;
        at = (size_t)(found - code.at);
        if (span_has_text_at(code, at, "U-Boot 2") || span_has_text_at(code, at, "U-Boot 1") || span_has_text_at(code, at, "U-Boot SPL 2") ||
            span_has_text_at(code, at, "U-Boot TPL 2"))
            return at;
    }
    return 0;
}

static void say_version(span_t image, size_t version, sink_t *sink)
{
    char   text[VERSION_SIZE];
    span_t line = span_clip(image, version, VERSION_SIZE - 1);
    size_t size = 0;
    while (size < line.size && line.at[size] >= 0x20 && line.at[size] < 0x7F) {
        text[size] = (char)line.at[size];
        size++;
    }
    text[size] = '\0';
    sink_fact(sink, "uboot.version", text);
}

void uboot_show(const uboot_t *uboot, span_t image, sink_t *sink)
{
    partitions_t parts   = {.sink = sink};
    size_t       version = uboot_version_at(span_clip(image, 0, uboot->end));
    bool         linked  = uboot->relocations > 0;
    uint64_t     code    = (linked ? uboot->relocations : uboot->end) - uboot->header_size;
    sink_claim(sink, 0, uboot->header_size, REGION_STRUCTURE);
    sink_fact_printf(sink, "uboot.base", "0x%llx", (unsigned long long)uboot->base);
    sink_fact_printf(sink, "uboot.size", "%llu", (unsigned long long)uboot->end);
    if (version > 0)
        say_version(image, version, sink);
    if (uboot->end > image.size)
        sink_damage(sink, image.size, 0, "the image ends before U-Boot does");
    if (linked) {
        soc_show_trees(&parts, image, uboot->header_size, code);
        sink_claim(sink, uboot->header_size, code, REGION_CONTENT);
        sink_claim(sink, uboot->relocations, uboot->end - uboot->relocations, REGION_STRUCTURE);
    } else {
        (void)soc_show_code(&parts, version > 0 ? CHILD_FILE : CHILD_PAYLOAD, "code", image, uboot->header_size, code, NULL);
    }
    partitions_free(&parts);
}
