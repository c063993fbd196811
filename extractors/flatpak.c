/* Flatpak bundle in one file: a static delta of OSTree, a GVariant whose metadata begin with the name "flatpak" and a magic number; the parts of the
 * delta are packed streams, which are found as such. Source: flatpak, data/org.freedesktop.Flatpak.xml and common/flatpak-bundle (the MIME
 * type application/vnd.flatpak in shared-mime-info). */
#include "extractors/extractor.h"

enum { MAGIC_SIZE = 12 };

static bool is_bundle(span_t image)
{
    static const uint8_t behind[] = {0x00, 0x01, 0x00, 0x89, 0xE5};
    return image.size > 256 && (span_has_text_at(image, 0, "flatpak") || span_has_text_at(image, 0, "xdg-app")) &&
           memcmp(image.at + 7, behind, sizeof behind) == 0;
}

static unsigned flatpak_probe(span_t image) { return is_bundle(image) ? 96 : 0; }

static uint64_t flatpak_extent(span_t image) { return is_bundle(image) ? image.size : 0; }

static status_t flatpak_extract(span_t image, sink_t *sink)
{
    if (!is_bundle(image))
        return status_fail(STATUS_REJECTED, "flatpak", 0, "not a flatpak bundle");
    sink_claim(sink, 0, MAGIC_SIZE, REGION_STRUCTURE);
    sink_fact(sink, "flatpak.kind", "single-file bundle (OSTree static delta)");
    return ok();
}

static const magic_t magics[] = {MAGIC("flatpak\x00\x01\x00\x89\xE5", 0), MAGIC("xdg-app\x00\x01\x00\x89\xE5", 0)};

const extractor_t flatpak_extractor = {
    .id = "flatpak", .name = "Flatpak bundle", .specification = "shared-mime-info, application/vnd.flatpak", .reach = REACH_RECOGNISE,
    .magics = magics,
    .magic_count = 2, .only_at_start = true, .probe = flatpak_probe, .extent = flatpak_extent, .extract = flatpak_extract,
};
