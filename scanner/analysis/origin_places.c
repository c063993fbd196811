/* Where the bytes of a marker count: in a string, a line or a window that means what the marker says. */
#include "analysis/origin_tables.h"

static bool is_printable(uint8_t c) { return (c >= ' ' && c <= '~') || c == '\t'; }

span_t origin_string_around(const own_bytes_t *own, uint64_t offset, uint64_t length)
{
    const own_range_t *range = own_range_at(own, offset);
    uint64_t           first = offset, last = offset + length;
    uint64_t           least = max_u64(range->offset, offset - min_u64(offset, ORIGIN_STRING_MAX));
    uint64_t           most  = min_u64(range->offset + range->length, last + ORIGIN_STRING_MAX);
    while (first > least && is_printable(own->blob.at[first - 1]))
        first--;
    while (last < most && is_printable(own->blob.at[last]))
        last++;
    return span_sub(own->blob, first, last - first);
}

static bool is_label_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A whole domain, or the end of a longer one: labels do not go on to either side. */
static bool is_whole_domain(span_t string, size_t before, size_t behind)
{
    if (before > 0 && is_label_character(string.at[before - 1]))
        return false;
    if (behind < string.size && is_label_character(string.at[behind]))
        return false;
    return !(behind + 1 < string.size && string.at[behind] == '.' && is_label_character(string.at[behind + 1]));
}

static bool contains(span_t in, const char *text) { return memmem(in.at, in.size, text, strlen(text)) != NULL; }

static bool contains_one(span_t in, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (contains(in, *texts))
            return true;
    return false;
}

static bool begins_with_one(span_t string, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (span_has_text_at(string, 0, *texts))
            return true;
    return false;
}

/* The comments that compilers leave, the names of their toolchains, and the banner of a Linux kernel. */
static const char *const compilers[] = {"GCC", "gcc", "clang", "LLVM", "armcc", "ARM C", "IAR ",
                                        "Green Hills", "Diab", "icc ", "lcc:", "crosstool", "Buildroot", "-linux-", NULL};
static const char *const paths[]     = {"/", ":\\", NULL};
/* Control files of dpkg and opkg, the index of apk, .PKGINFO, headers of rpm in text. */
static const char *const maintainers[] = {"Maintainer:", "Original-Maintainer:", "Vendor:", "Packager:", "Supplier:",
                                          "maintainer = ", "packager = ", "# Maintainer:", "m:", NULL};

/* "Linux version 4.9.37 (user@host) (gcc …": inside the first parentheses. */
static bool is_build_host(span_t string, size_t before, size_t behind)
{
    const uint8_t *open = memchr(string.at, '(', before), *close = memchr(string.at + behind, ')', string.size - behind);
    if (!contains(string, "Linux version ") || open == NULL || close == NULL)
        return false;
    span_t inside = span_from(open, (size_t)(close - open));
    return contains(inside, "@") && memchr(inside.at, ')', inside.size) == NULL;
}

/* ---- copyright ------------------------------------------------------------------------------------------------------ */

enum { LINE_MAX_BYTES = 256 };

/* The line around [offset, offset+length): to the next control character, in code units of `unit` bytes. */
static span_t line_around(const own_bytes_t *own, uint64_t offset, uint64_t length, unsigned unit)
{
    const own_range_t *range = own_range_at(own, offset);
    uint64_t           first = offset, last = offset + length;
    uint64_t           least = max_u64(range->offset, offset - min_u64(offset, LINE_MAX_BYTES));
    uint64_t           most  = min_u64(range->offset + range->length, last + LINE_MAX_BYTES);
    while (first >= least + unit) {
        const uint8_t *c = own->blob.at + first - unit;
        if (c[0] < ' ' && c[0] != '\t' && (unit == 1 || c[1] == 0))
            break;
        first -= unit;
    }
    while (last + unit <= most) {
        const uint8_t *c = own->blob.at + last;
        if (c[0] < ' ' && c[0] != '\t' && (unit == 1 || c[1] == 0))
            break;
        last += unit;
    }
    return span_sub(own->blob, first, last - first);
}

/* The sign or the word, as the encodings write it: © and 版权 (copyright), Авторские права (author's rights). */
static bool says_copyright(span_t line, encoding_t encoding)
{
    static const char *const ascii[] = {"opyright", "OPYRIGHT", "(c)", "(C)", NULL};
    static const char *const signs[][4] = {
        [ENCODING_UTF8]    = {"\xC2\xA9", "\xE7\x89\x88\xE6\x9D\x83", "\xD0\xBF\xD1\x80\xD0\xB0\xD0\xB2\xD0\xB0", NULL},
        [ENCODING_GB18030] = {"\xB0\xE6\xC8\xA8", NULL},
        [ENCODING_CP1251]  = {"\xA9", "\xEF\xF0\xE0\xE2\xE0", NULL},
        [ENCODING_KOI8R]   = {"\xBF", "\xD0\xD2\xC1\xD7\xC1", NULL},
        [ENCODING_UTF16LE] = {NULL},
    };
    if (encoding != ENCODING_UTF16LE)
        return contains_one(line, ascii) || contains_one(line, signs[encoding]);
    uint8_t narrow[2 * LINE_MAX_BYTES + 512]; /* a line has at most LINE_MAX_BYTES to either side of the marker's 512 */
    size_t  size = 0;
    for (size_t i = 0; i + 1 < line.size && size < sizeof narrow; i += 2) {
        bool word      = line.at[i] == 0x48 && line.at[i + 1] == 0x72; /* 版 */
        narrow[size++] = line.at[i + 1] == 0 ? line.at[i] : word ? 0xA9 : 0;
    }
    return contains_one(span_from(narrow, size), ascii) || contains_one(span_from(narrow, size), signs[ENCODING_CP1251]);
}

bool origin_place_fits(const marker_t *marker, const own_bytes_t *own, uint64_t offset)
{
    uint64_t length = marker->bytes.size;
    if (marker->kind == MARKER_STRING || marker->kind == MARKER_UEFI_GUID)
        return true;
    if (marker->kind == MARKER_COPYRIGHT)
        return says_copyright(line_around(own, offset, length, marker->encoding == ENCODING_UTF16LE ? 2 : 1), marker->encoding);
    span_t string = origin_string_around(own, offset, length);
    size_t before = (size_t)(own->blob.at + offset - string.at), behind = before + (size_t)length;
    switch (marker->kind) {
    case MARKER_DOMAIN:              return marker->encoding != ENCODING_UTF8 || is_whole_domain(string, before, behind);
    case MARKER_COMPILER:            return contains_one(string, compilers);
    case MARKER_BUILD_PATH:          return contains_one(string, paths);
    case MARKER_BUILD_HOST:          return is_build_host(string, before, behind);
    case MARKER_MODINFO_AUTHOR:      return span_has_text_at(string, 0, "author=");
    case MARKER_MODINFO_DESCRIPTION: return span_has_text_at(string, 0, "description=");
    case MARKER_PACKAGE_MAINTAINER:  return begins_with_one(string, maintainers);
    case MARKER_STRING: case MARKER_SNMP_ENTERPRISE: case MARKER_APK_PACKAGE: case MARKER_COPYRIGHT: case MARKER_UEFI_GUID:
    case MARKER_CERTIFICATE_SUBJECT: case MARKER_DEVICE_TREE: case MARKER_MAGIC: case MARKER_OUI: case MARKER_USB_ID: case MARKER_PCI_ID:
    case MARKER_SIGNING_KEY: case MARKER_IP_BLOCK: case MARKER_IMAGE_VENDOR: break;
    }
    return false;
}
