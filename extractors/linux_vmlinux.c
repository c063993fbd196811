/* A decompressed Linux kernel without a container: what remains of a zImage or a uImage once it is decompressed, on machines
 * whose kernel has no header of its own. It is recognised by what every kernel says: its banner, and several of the texts
 * that are compiled into each (init/main.c, init/version.c, kernel/panic.c). A dump of a whole flash may hold such a kernel
 * beside other things, so nothing that another format explains, and nothing with a file system in it, is taken for one. */
#include "extractors/kernel_content.h"

enum { SIZE_MIN = 1 << 20, ALIGNMENT = 1024, ERASED_MAX = 65536, TEXTS_NEEDED = 4 };

/* Beginnings of containers and file systems on flash, where they stand aligned. */
static bool begins_something_else(span_t s)
{
    static const span_t magics[] = {
        {(const uint8_t *)"hsqs", 4}, {(const uint8_t *)"sqsh", 4}, {(const uint8_t *)"UBI#", 4}, {(const uint8_t *)"\x27\x05\x19\x56", 4},
        {(const uint8_t *)"HDR0", 4}, {(const uint8_t *)"-rom1fs-", 8}, {(const uint8_t *)"\x45\x3D\xCD\x28", 4},
        {(const uint8_t *)"\x85\x19\x01\xE0", 4}, {(const uint8_t *)"\x85\x19\x02\xE0", 4}, {(const uint8_t *)"\x19\x85\xE0\x01", 4},
        {(const uint8_t *)"\x19\x85\xE0\x02", 4}, {(const uint8_t *)"\x31\x18\x10\x06", 4},
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (span_starts_with(s, magics[i]))
            return true;
    return false;
}

static bool holds_something_else(span_t image)
{
    uint64_t erased = 0;
    for (uint64_t at = 0; at < image.size; at += ALIGNMENT) {
        span_t here = span_clip(image, at, ALIGNMENT);
        if (begins_something_else(here))
            return true;
        erased = span_is_filled_with(here, 0xFF) ? erased + ALIGNMENT : 0;
        if (erased >= ERASED_MAX)
            return true;
    }
    return false;
}

static bool says_what_kernels_say(span_t image)
{
    static const char *const texts[] = {
        "%s version %s", "/sbin/init", "Kernel panic - not syncing", "/proc/sys/kernel", "swapper", "rdinit=", "loglevel", "/dev/console",
    };
    unsigned found = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && found < TEXTS_NEEDED; i++)
        found += memmem(image.at, image.size, texts[i], strlen(texts[i])) != NULL;
    return found >= TEXTS_NEEDED;
}

static bool has_a_format(span_t image)
{
    for (size_t i = 0; extractors[i] != NULL; i++)
        for (size_t m = 0; m < extractors[i]->magic_count; m++)
            if (span_starts_with(span_from_offset(image, extractors[i]->magics[m].at), extractors[i]->magics[m].bytes) &&
                extractors[i]->probe(image) >= BITS_AT_START)
                return true;
    return false;
}

static unsigned linux_vmlinux_probe(span_t image)
{
    kernel_banner_t banner;
    if (image.size < SIZE_MIN || has_a_format(image) || !kernel_banner_find(image, &banner) || !says_what_kernels_say(image) || holds_something_else(image))
        return 0;
    return 24;
}

static uint64_t linux_vmlinux_extent(span_t image) { return image.size; }

static status_t linux_vmlinux_extract(span_t image, sink_t *sink)
{
    (void)kernel_say_banner(image, sink);
    kernel_add_children(image, 0, image.size, sink);
    sink_claim(sink, 0, image.size, REGION_CONTENT);
    return ok();
}

const extractor_t linux_vmlinux_extractor = {
    .id = "linux-kernel", .name = "Linux kernel without a container", .specification = "Linux, init/version.c", .reach = REACH_EXTRACT,
    .probe = linux_vmlinux_probe, .extent = linux_vmlinux_extent, .extract = linux_vmlinux_extract,
};
