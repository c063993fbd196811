/* PCI option ROM: images, each 55AA, (legacy: its length in units of 512), the places of a PCI data structure ("PCIR": vendor, device,
 * class, length in units of 512, kind of code, whether it is the last) and, for EFI, of the executable, which may be compressed.
 * Legacy code makes the sum of its bytes 0. ROMs for ISA have 55AA, the length and the sum, no more. Source: PCI Firmware specification
 * 3.0, chapter 5; UEFI specification, "PCI Option ROMs". */
#include "extractors/uefi.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    UNIT = 512, PCIR_MIN = 24, IMAGES_MAX = 64, EFI_SIGNATURE = 0x0EF1, EFI_HEADER = 26, CODE_LEGACY = 0, CODE_EFI = 3, LAST = 0x80,
    PATH_ROOM = 48
};

#define EXECUTABLE_MAX ((uint64_t)64 << 20)

typedef struct {
    uint64_t at, size, pcir, pcir_size; /* size 0: no PCI data structure */
    uint16_t vendor, device;
    uint32_t class;
    uint8_t  code, sum;
    bool     last, is_efi, compressed;
    uint16_t machine;
    uint64_t executable; /* from the start of the image */
} image_t;

static bool has_signature(span_t rom, uint64_t at) { return span_has_text_at(rom, at, "\x55\xAA"); }

static bool read_image(span_t rom, uint64_t at, image_t *image)
{
    span_t   here   = span_from_offset(rom, at);
    reader_t head   = reader_at(here, 2);
    uint16_t first  = read_le16(&head);
    uint32_t mark   = read_le32(&head);
    reader_t place  = reader_at(here, 0x18);
    *image          = (image_t){.at = at, .pcir = read_le16(&place)};
    reader_t r      = reader_at(here, image->pcir);
    bool     marked = span_has_text_at(here, image->pcir, "PCIR");
    reader_skip(&r, 4);
    image->vendor = read_le16(&r);
    image->device = read_le16(&r);
    reader_skip(&r, 2);
    image->pcir_size = read_le16(&r);
    reader_skip(&r, 1);
    image->class = (uint32_t)read_le(&r, 3);
    image->size  = (uint64_t)read_le16(&r) * UNIT;
    reader_skip(&r, 2);
    image->code = read_u8(&r);
    image->last = (read_u8(&r) & LAST) != 0;
    if (!has_signature(rom, at) || !reader_ok(&head) || !reader_ok(&place) || !reader_ok(&r) || !marked || image->pcir < EFI_HEADER ||
        image->pcir_size < PCIR_MIN || image->size == 0 || image->pcir + image->pcir_size > image->size)
        return false;
    image->is_efi = image->code == CODE_EFI && mark == EFI_SIGNATURE && first != 0;
    if (image->is_efi) {
        reader_t efi      = reader_at(here, 10);
        image->machine    = read_le16(&efi);
        image->compressed = read_le16(&efi) == 1;
        reader_t where    = reader_at(here, 0x16);
        image->executable = read_le16(&where);
        image->is_efi     = image->executable >= EFI_HEADER && image->executable < image->size;
    }
    image->sum = uefi_sum8(span_clip(here, 0, image->size));
    return true;
}

/* A ROM without PCI data structure; 0: it is none. */
static uint64_t isa_size(span_t rom)
{
    if (!has_signature(rom, 0) || rom.size < 8)
        return 0;
    uint64_t size = (uint64_t)rom.at[2] * UNIT;
    span_t   code = span_sub(rom, 0, size);
    if (size == 0 || code.at == NULL || rom.at[3] == 0 || uefi_sum8(code) != 0)
        return 0;
    return span_is_filled_with(span_from_offset(code, 3), rom.at[3]) ? 0 : size;
}

static unsigned option_rom_probe(span_t rom)
{
    image_t image;
    if (!read_image(rom, 0, &image))
        return isa_size(rom) > 0 ? 16 + 8 : 0; /* enough at the start of a blob, nowhere else */
    return 16 + 32 + 8 + (image.code != CODE_LEGACY || image.sum == 0 ? 8u : 0u) + (image.is_efi ? 32u : 0u);
}

static uint64_t option_rom_extent(span_t rom)
{
    image_t  image;
    uint64_t at = 0;
    for (unsigned i = 0; i < IMAGES_MAX && at < rom.size && read_image(rom, at, &image); i++) {
        at += image.size;
        if (image.last)
            break;
    }
    return at == 0 ? isa_size(rom) : min_u64(at, rom.size);
}

/* `path` must live as long as the child. */
static child_t *open_child(sink_t *sink, char path[PATH_ROOM], const char *name, unsigned number, const char *ending)
{
    (void)snprintf(path, PATH_ROOM, "%s%u.%s", name, number, ending);
    return sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_FILE});
}

/* EFI's own compression; some builders use Tiano's, which nothing says. */
static uint8_t *decode_executable(span_t packed, size_t *size)
{
    static const codec_t codecs[] = {CODEC_EFI, CODEC_TIANO};
    reader_t r    = reader_at(packed, 4);
    uint64_t told = read_le32(&r);
    if (!reader_ok(&r) || told < 2 || told > EXECUTABLE_MAX || told / 512 > packed.size) /* its matches are no longer than 256 bytes */
        return NULL;
    uint8_t *out = malloc((size_t)told);
    for (size_t i = 0; out != NULL && i < 2; i++)
        if (status_ok(codec_decode(codecs[i], packed, out, (size_t)told, size)) && out[0] == 'M' && out[1] == 'Z')
            return out;
    free(out);
    return NULL;
}

static bool show_executable(span_t rom, sink_t *sink, const image_t *image, unsigned number)
{
    uint64_t from   = image->at + image->executable, end = min_u64(image->at + image->size, rom.size);
    span_t   packed = span_sub(rom, from, end > from ? end - from : 0);
    if (packed.at == NULL)
        return true;
    char     path[PATH_ROOM];
    size_t   size    = 0;
    uint8_t *decoded = image->compressed ? decode_executable(packed, &size) : NULL;
    child_t *child   = open_child(sink, path, "efi", number, image->compressed && decoded == NULL ? "packed" : "efi");
    status_t status  = child == NULL ? status_fail(STATUS_LIMIT, "option-rom", 0, "limit") : ok();
    if (child != NULL && decoded != NULL)
        status = child_write(child, span_from(decoded, size), from, packed.size);
    else if (child != NULL)
        child_range(child, from, image->size - image->executable);
    if (child != NULL && image->compressed && decoded == NULL)
        child_damage(child, from, packed.size, "the compressed executable does not decode");
    sink_end_child(sink);
    free(decoded);
    return status_ok(status);
}

static bool show_image(span_t rom, sink_t *sink, const image_t *image, unsigned number)
{
    uint64_t left = rom.size - image->at, size = min_u64(image->size, left);
    sink_claim(sink, image->at, min_u64(EFI_HEADER, size), REGION_STRUCTURE);
    sink_claim(sink, image->at + image->pcir, min_u64(image->pcir_size, size - min_u64(image->pcir, size)), REGION_STRUCTURE);
    if (size < image->size)
        sink_damage(sink, rom.size, 0, "the ROM ends before its image does");
    else if (image->code == CODE_LEGACY && image->sum != 0)
        sink_damage(sink, image->at, size, "the bytes of a legacy image do not add up to 0");
    if (image->is_efi) {
        if (image->executable > EFI_HEADER)
            sink_claim(sink, image->at + EFI_HEADER, min_u64(image->executable, size) - min_u64(EFI_HEADER, size), REGION_STRUCTURE);
        return show_executable(rom, sink, image, number);
    }
    char     path[PATH_ROOM];
    child_t *child = open_child(sink, path, image->code == CODE_LEGACY ? "legacy" : "code", number, "bin");
    if (child == NULL)
        return false;
    child_range(child, image->at + EFI_HEADER, image->size - EFI_HEADER); /* what is missing of it is said */
    sink_end_child(sink);
    return true;
}

static status_t option_rom_extract(span_t rom, sink_t *sink)
{
    image_t  image;
    unsigned count = 0;
    if (option_rom_probe(rom) == 0)
        return status_fail(STATUS_REJECTED, "option-rom", 0, "not an option ROM");
    for (uint64_t at = 0; count < IMAGES_MAX && at < rom.size && read_image(rom, at, &image); at += image.size) {
        if (count == 0) {
            sink_fact_printf(sink, "option-rom.device", "%04X:%04X", image.vendor, image.device);
            sink_fact_printf(sink, "option-rom.class", "%06lX", (unsigned long)image.class);
        }
        if (!show_image(rom, sink, &image, ++count) || image.last)
            break;
    }
    if (count == 0) {
        sink_claim(sink, 0, 3, REGION_STRUCTURE);
        sink_claim(sink, 3, isa_size(rom) - 3, REGION_CONTENT);
    }
    sink_fact_printf(sink, "option-rom.images", "%u", count == 0 ? 1 : count);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x55\xAA", 0)};

const extractor_t option_rom_extractor = {
    .id = "option-rom", .name = "PCI option ROM",
    .specification = "PCI Firmware specification 3.0, chapter 5; UEFI specification, \"PCI Option ROMs\"",
    .reach = REACH_EXTRACT, .magics = magics, .magic_count = 1, .probe = option_rom_probe, .extent = option_rom_extent, .extract = option_rom_extract,
};
