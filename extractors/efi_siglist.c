/* EFI signature lists, as in the variables PK, KEK, db and dbx: type (a GUID), size of the list, of its header, of each signature; then
 * signatures, each the GUID of its owner and a certificate or a hash. Lists follow one another. Certificates become files, hashes are
 * counted. Source: UEFI specification, "Secure Boot and Driver Signing", EFI_SIGNATURE_LIST. */
#include "extractors/uefi.h"

#include <stdio.h>

enum { LIST_HEADER = 28 };

static const struct { uint8_t guid[UEFI_GUID]; const char *name; uint32_t size; bool is_certificate; } types[] = {
    {UEFI_GUID_BYTES(0xA5C059A1, 0x94E4, 0x4AA7, 0x87, 0xB5, 0xAB, 0x15, 0x5C, 0x2B, 0xF0, 0x72), "x509", 0, true},
    {UEFI_GUID_BYTES(0x4AAFD29D, 0x68DF, 0x49EE, 0x8A, 0xA9, 0x34, 0x7D, 0x37, 0x56, 0x65, 0xA7), "pkcs7", 0, true},
    {UEFI_GUID_BYTES(0xC1C41626, 0x504C, 0x4092, 0xAC, 0xA9, 0x41, 0xF9, 0x36, 0x93, 0x43, 0x28), "sha256", 32, false},
    {UEFI_GUID_BYTES(0x826CA512, 0xCF10, 0x4AC9, 0xB1, 0x87, 0xBE, 0x01, 0x49, 0x66, 0x31, 0xBD), "sha1", 20, false},
    {UEFI_GUID_BYTES(0x0B6E5233, 0xA65C, 0x44C9, 0x94, 0x07, 0xD9, 0xAB, 0x83, 0xBF, 0xC8, 0xBD), "sha224", 28, false},
    {UEFI_GUID_BYTES(0xFF3E5307, 0x9FD0, 0x48C9, 0x85, 0xF1, 0x8A, 0xD5, 0x6C, 0x70, 0x1E, 0x01), "sha384", 48, false},
    {UEFI_GUID_BYTES(0x093E0FAE, 0xA6C4, 0x4F50, 0x9F, 0x1B, 0xD4, 0x1E, 0x2B, 0x89, 0xC1, 0x9A), "sha512", 64, false},
    {UEFI_GUID_BYTES(0x3C5766E8, 0x269C, 0x4E34, 0xAA, 0x14, 0xED, 0x77, 0x6E, 0x85, 0xB3, 0xB6), "rsa2048", 256, false},
    {UEFI_GUID_BYTES(0xE2B36190, 0x879B, 0x4A3D, 0xAD, 0x8D, 0xF2, 0xE7, 0xBB, 0xA3, 0x27, 0x84), "rsa2048-sha256", 256, false},
    {UEFI_GUID_BYTES(0x3BD2A492, 0x96C0, 0x4079, 0xB4, 0x20, 0xFC, 0xF9, 0x8E, 0xF1, 0x03, 0xED), "x509-sha256", 48, false},
};
enum { TYPES = sizeof types / sizeof *types };

typedef struct { size_t type; uint64_t at, size, first, signature, count; } list_t; /* the list stands at `at`, its first signature at `first` */

static bool read_list(span_t image, uint64_t at, list_t *list)
{
    reader_t r      = reader_at(image, at);
    span_t   guid   = read_span(&r, UEFI_GUID);
    uint64_t size   = read_le32(&r), header = read_le32(&r), signature = read_le32(&r);
    *list           = (list_t){.at = at, .size = size, .first = at + LIST_HEADER + header, .signature = signature};
    while (list->type < TYPES && !uefi_guid_is(guid, types[list->type].guid))
        list->type++;
    if (!reader_ok(&r) || list->type == TYPES || signature <= UEFI_GUID || size < LIST_HEADER + header + signature)
        return false;
    uint64_t content = size - LIST_HEADER - header;
    if (content % signature != 0 || (types[list->type].size != 0 && signature != UEFI_GUID + types[list->type].size))
        return false;
    list->count = content / signature;
    return true;
}

static unsigned efi_siglist_probe(span_t image)
{
    list_t list;
    return read_list(image, 0, &list) ? 128 : 0;
}

static uint64_t efi_siglist_extent(span_t image)
{
    list_t   list;
    uint64_t at = 0;
    while (at < image.size && read_list(image, at, &list))
        at += list.size;
    return min_u64(at, image.size);
}

static bool show_certificate(span_t image, sink_t *sink, const list_t *list, uint64_t at, unsigned number)
{
    char owner[UEFI_GUID_TEXT], path[96];
    uefi_guid_text(span_sub(image, at, UEFI_GUID), owner);
    (void)snprintf(path, sizeof path, "%u-%s.%s", number, owner, list->type == 0 ? "der" : "p7");
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(path), .type = CHILD_FILE});
    if (child == NULL)
        return false;
    child_range(child, at + UEFI_GUID, list->signature - UEFI_GUID);
    sink_end_child(sink);
    return true;
}

/* False: a limit was reached. */
static bool show_list(span_t image, sink_t *sink, const list_t *list, uint64_t counts[TYPES], unsigned *certificates)
{
    sink_claim(sink, list->at, min_u64(list->first, image.size) - list->at, REGION_STRUCTURE);
    uint64_t whole = list->first < image.size ? min_u64(list->count, (image.size - list->first) / list->signature) : 0;
    for (uint64_t i = 0; i < whole && types[list->type].is_certificate; i++) {
        uint64_t at = list->first + i * list->signature;
        sink_claim(sink, at, UEFI_GUID, REGION_STRUCTURE);
        if (!show_certificate(image, sink, list, at, ++*certificates))
            return false;
    }
    if (!types[list->type].is_certificate)
        sink_claim(sink, list->first, whole * list->signature, REGION_CONTENT);
    counts[list->type] += whole;
    if (whole < list->count)
        sink_damage(sink, image.size, 0, "the image ends before the signature list does");
    return true;
}

static status_t efi_siglist_extract(span_t image, sink_t *sink)
{
    list_t   list;
    uint64_t at = 0, counts[TYPES] = {0};
    unsigned certificates = 0;
    if (efi_siglist_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "efi-siglist", 0, "not a signature list");
    for (; at < image.size && read_list(image, at, &list); at += list.size)
        if (!show_list(image, sink, &list, counts, &certificates))
            break;
    for (size_t i = 0; i < TYPES; i++) {
        char key[48];
        (void)snprintf(key, sizeof key, "efi-siglist.%s", types[i].name);
        if (counts[i] > 0)
            sink_fact_printf(sink, key, "%llu", (unsigned long long)counts[i]);
    }
    return ok();
}

#define TYPE_MAGIC(i) {{types[i].guid, UEFI_GUID}, 0}
static const magic_t magics[TYPES] = {TYPE_MAGIC(0), TYPE_MAGIC(1), TYPE_MAGIC(2), TYPE_MAGIC(3), TYPE_MAGIC(4),
                                      TYPE_MAGIC(5), TYPE_MAGIC(6), TYPE_MAGIC(7), TYPE_MAGIC(8), TYPE_MAGIC(9)};

const extractor_t efi_siglist_extractor = {
    .id = "efi-siglist", .name = "EFI signature list", .specification = "UEFI specification, EFI_SIGNATURE_LIST", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = TYPES, .probe = efi_siglist_probe, .extent = efi_siglist_extent, .extract = efi_siglist_extract,
};
