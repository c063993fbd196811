#include "analysis/marker_values.h"

#include "base/sha256.h"

#include <arpa/inet.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

/* Shorter values are everywhere by chance, and slow to look for. */
enum { MARKER_BYTES_MIN = 4, MARKER_BYTES_MAX = 512, OUI_BYTES = 3, GUID_BYTES = 16, PREFIX_MIN = 8, PREFIX_MAX = 32 };

typedef enum { VALUE_SEARCHED, VALUE_TEXT, VALUE_NUMBER, VALUE_ID, VALUE_OUI, VALUE_GUID, VALUE_DIGEST, VALUE_BLOCK } value_form_t;

static const struct { const char *name; value_form_t form; strength_t strongest; } kinds[MARKER_KINDS] = {
    [MARKER_STRING]              = {"string", VALUE_SEARCHED, STRENGTH_DEFINITIVE},
    [MARKER_DOMAIN]              = {"domain", VALUE_SEARCHED, STRENGTH_DEFINITIVE},
    [MARKER_SNMP_ENTERPRISE]     = {"snmp-enterprise", VALUE_NUMBER, STRENGTH_SUPPORTING},
    [MARKER_COMPILER]            = {"compiler", VALUE_SEARCHED, STRENGTH_DEFINITIVE},
    [MARKER_BUILD_PATH]          = {"build-path", VALUE_SEARCHED, STRENGTH_DEFINITIVE},
    [MARKER_BUILD_HOST]          = {"build-host", VALUE_SEARCHED, STRENGTH_STRONG},
    [MARKER_MODINFO_AUTHOR]      = {"modinfo-author", VALUE_SEARCHED, STRENGTH_STRONG},
    [MARKER_MODINFO_DESCRIPTION] = {"modinfo-description", VALUE_SEARCHED, STRENGTH_STRONG},
    [MARKER_PACKAGE_MAINTAINER]  = {"package-maintainer", VALUE_SEARCHED, STRENGTH_STRONG},
    [MARKER_APK_PACKAGE]         = {"apk-package", VALUE_TEXT, STRENGTH_STRONG},
    [MARKER_COPYRIGHT]           = {"copyright", VALUE_SEARCHED, STRENGTH_STRONG},
    [MARKER_UEFI_GUID]           = {"uefi-guid", VALUE_GUID, STRENGTH_DEFINITIVE},
    [MARKER_CERTIFICATE_SUBJECT] = {"certificate-subject", VALUE_TEXT, STRENGTH_DEFINITIVE},
    [MARKER_DEVICE_TREE]         = {"device-tree", VALUE_TEXT, STRENGTH_STRONG},
    [MARKER_MAGIC]               = {"magic", VALUE_SEARCHED, STRENGTH_DEFINITIVE},
    [MARKER_OUI]                 = {"oui", VALUE_OUI, STRENGTH_SUPPORTING},
    [MARKER_USB_ID]              = {"usb-id", VALUE_ID, STRENGTH_SUPPORTING},
    [MARKER_PCI_ID]              = {"pci-id", VALUE_ID, STRENGTH_SUPPORTING},
    [MARKER_SIGNING_KEY]         = {"signing-key", VALUE_DIGEST, STRENGTH_DEFINITIVE},
    [MARKER_IP_BLOCK]            = {"ip-block", VALUE_BLOCK, STRENGTH_SUPPORTING},
    [MARKER_IMAGE_VENDOR]        = {"image-vendor", VALUE_TEXT, STRENGTH_STRONG},
};

static const struct { const char *name, *iconv; } encodings[] = {
    [ENCODING_UTF8] = {"utf-8", "UTF-8"},    [ENCODING_GB18030] = {"gb18030", "GB18030"},    [ENCODING_CP1251] = {"cp1251", "CP1251"},
    [ENCODING_KOI8R] = {"koi8-r", "KOI8-R"}, [ENCODING_UTF16LE] = {"utf-16le", "UTF-16LE"},
};

const char *marker_kind_name(marker_kind_t kind) { return kinds[kind].name; }
const char *encoding_name(encoding_t encoding) { return encodings[encoding].name; }
strength_t  marker_strongest(marker_kind_t kind) { return kinds[kind].strongest; }

bool marker_is_searched(marker_kind_t kind)
{
    return kind != MARKER_MAGIC && (kinds[kind].form == VALUE_SEARCHED || kinds[kind].form == VALUE_GUID);
}

bool marker_kind_from(const char *name, marker_kind_t *kind)
{
    for (size_t i = 0; i < MARKER_KINDS; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = (marker_kind_t)i;
            return true;
        }
    return false;
}

bool encoding_from(const char *name, encoding_t *encoding)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (strcmp(name, encodings[i].name) == 0) {
            *encoding = (encoding_t)i;
            return true;
        }
    return false;
}

/* Ids, nodes, aliases and descriptions of drivers say what could be driven, not what is there; authors are another matter. */
const char *marker_family(const char *kind)
{
    static const char *const families[][2] = {
        {"usb-id", "hardware"}, {"pci-id", "hardware"}, {"device-tree-node", "hardware"}, {"modinfo-description", "hardware"},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(kind, families[i][0]) == 0)
            return families[i][1];
    return kind;
}

/* ---- values ----------------------------------------------------------------------------------------------------------- */

static bool set_bytes(marker_t *marker, arena_t *arena, const uint8_t *bytes, size_t size)
{
    marker->bytes = arena_copy(arena, span_from(bytes, size));
    return marker->bytes.at != NULL;
}

/* Every character has to exist in the encoding: none is replaced. */
static bool encode(marker_t *marker, arena_t *arena, const char **why)
{
    uint8_t out[4 * MARKER_BYTES_MAX];
    char   *from = (char *)(uintptr_t)marker->value, *to = (char *)out; /* iconv does not write through its input */
    size_t  from_left = strlen(marker->value), to_left = sizeof out;
    iconv_t converter = iconv_open(encodings[marker->encoding].iconv, "UTF-8");
    *why              = "this system cannot convert to that encoding (is glibc's gconv there?)";
    if (converter == (iconv_t)-1)
        return false;
    size_t lost = iconv(converter, &from, &from_left, &to, &to_left);
    (void)iconv_close(converter);
    *why = "has a character that the encoding lacks";
    return lost == 0 && from_left == 0 && set_bytes(marker, arena, out, sizeof out - to_left);
}

static bool set_text(marker_t *marker, arena_t *arena, const char **why)
{
    marker->bytes = span_from_text(marker->value);
    if (marker->hex) {
        size_t   size = strlen(marker->value) / 2;
        uint8_t *at   = arena_alloc(arena, size + 1);
        *why          = "must be an even number of hexadecimal digits";
        if (at == NULL || !hex_decode(marker->value, at, size))
            return false;
        marker->bytes = span_from(at, size);
    } else if (marker->encoding != ENCODING_UTF8 && !encode(marker, arena, why))
        return false;
    marker->ignore_case = marker->ignore_case || marker->kind == MARKER_DOMAIN;
    *why                = "a value that is searched for must have from 4 to 512 bytes";
    return marker->bytes.size <= MARKER_BYTES_MAX && (kinds[marker->kind].form != VALUE_SEARCHED || marker->bytes.size >= MARKER_BYTES_MIN);
}

static bool set_number(marker_t *marker, int base, unsigned long most)
{
    char         *end;
    errno                = 0;
    unsigned long number = strtoul(marker->value, &end, base);
    marker->number       = (uint32_t)number;
    return errno == 0 && *end == '\0' && number > 0 && number <= most && strspn(marker->value, "0123456789abcdefABCDEF") == strlen(marker->value);
}

/* Hexadecimal digits, with or without separators. */
static bool hex_with(const char *text, const char *separators, uint8_t *out, size_t size)
{
    char   digits[2 * GUID_BYTES + 1];
    size_t count = 0;
    for (; *text != '\0'; text++)
        if (strchr(separators, *text) == NULL) {
            if (count == 2 * size)
                return false;
            digits[count++] = *text;
        }
    digits[count] = '\0';
    return count == 2 * size && hex_decode(digits, out, size);
}

static bool set_oui(marker_t *marker, arena_t *arena)
{
    uint8_t bytes[OUI_BYTES];
    return hex_with(marker->value, ":-", bytes, OUI_BYTES) && (bytes[0] & 3) == 0 && set_bytes(marker, arena, bytes, OUI_BYTES);
}

/* UEFI specification, appendix A: the first three fields stand little-endian. */
static bool set_guid(marker_t *marker, arena_t *arena)
{
    static const uint8_t order[GUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t              text[GUID_BYTES], bytes[GUID_BYTES];
    if (strlen(marker->value) != 36 || !hex_with(marker->value, "-", text, GUID_BYTES))
        return false;
    for (size_t i = 0; i < GUID_BYTES; i++)
        bytes[i] = text[order[i]];
    return set_bytes(marker, arena, bytes, GUID_BYTES);
}

static bool set_digest(marker_t *marker, arena_t *arena)
{
    uint8_t bytes[SHA256_SIZE];
    return strlen(marker->value) == 2 * SHA256_SIZE && hex_decode(marker->value, bytes, SHA256_SIZE) && set_bytes(marker, arena, bytes, SHA256_SIZE);
}

static bool set_block(marker_t *marker, arena_t *arena)
{
    char           address[INET_ADDRSTRLEN] = "";
    struct in_addr parsed;
    const char    *slash = strchr(marker->value, '/');
    size_t         size  = slash != NULL ? (size_t)(slash - marker->value) : sizeof address;
    char          *end   = NULL;
    if (size >= sizeof address)
        return false;
    memcpy(address, marker->value, size);
    unsigned long prefix = strtoul(slash + 1, &end, 10);
    if (inet_pton(AF_INET, address, &parsed) != 1 || *end != '\0' || prefix < PREFIX_MIN || prefix > PREFIX_MAX)
        return false;
    marker->number = (uint32_t)prefix;
    return (ntohl(parsed.s_addr) & (uint32_t)((UINT64_C(1) << (32 - prefix)) - 1)) == 0 && set_bytes(marker, arena, (const uint8_t *)&parsed.s_addr, 4);
}

bool marker_set_value(marker_t *marker, arena_t *arena, const char **why)
{
    value_form_t form = kinds[marker->kind].form;
    *why              = "only text has an encoding";
    if (marker->encoding != ENCODING_UTF8 && (form != VALUE_SEARCHED || marker->hex || marker->kind == MARKER_MAGIC))
        return false;
    switch (form) {
    case VALUE_SEARCHED: case VALUE_TEXT: return set_text(marker, arena, why);
    case VALUE_NUMBER: *why = "must be a decimal number"; return set_number(marker, 10, UINT32_MAX);
    case VALUE_ID: *why = "must be four hexadecimal digits"; return strlen(marker->value) == 4 && set_number(marker, 16, 0xFFFF);
    case VALUE_OUI: *why = "must be three bytes in hexadecimal, universal and unicast"; return set_oui(marker, arena);
    case VALUE_GUID: *why = "must be a GUID"; return set_guid(marker, arena);
    case VALUE_DIGEST: *why = "must be a SHA-256 in hexadecimal"; return set_digest(marker, arena);
    case VALUE_BLOCK: *why = "must be an IPv4 block, as in 192.0.2.0/24"; return set_block(marker, arena);
    }
    return false;
}
