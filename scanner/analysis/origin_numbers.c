/* Numbers that registries give out, where the text around them says what they are.
 *   SNMP: IANA Private Enterprise Numbers, as text (1.3.6.1.4.1.N, iso.3.6.1.4.1.N), in a MIB (enterprises N), in DER (X.690, 8.19)
 *   modules: MODULE_ALIAS of Linux drivers (include/linux/mod_devicetable.h, scripts/mod/file2alias.c)
 *   MAC addresses: IEEE MA-L; only where a key or a word before them says that one is meant */
#include "analysis/origin_tables.h"

typedef enum { NUMBER_SNMP_TEXT, NUMBER_SNMP_DER, NUMBER_SNMP_MIB, NUMBER_PCI_ALIAS, NUMBER_USB_ALIAS, NUMBER_TREE_ALIAS, NUMBER_USB_RULE } number_t;

span_t origin_number_needle(size_t index)
{
    static const char *const texts[ORIGIN_NUMBER_NEEDLES] = {
        [NUMBER_SNMP_TEXT] = ".3.6.1.4.1.",  [NUMBER_SNMP_DER] = "\x2B\x06\x01\x04\x01", [NUMBER_SNMP_MIB] = "enterprises",
        [NUMBER_PCI_ALIAS] = "alias=pci:v0000", [NUMBER_USB_ALIAS] = "alias=usb:v",      [NUMBER_TREE_ALIAS] = "alias=of:N",
        [NUMBER_USB_RULE] = "idVendor",
    };
    return span_from_text(texts[index]);
}

typedef struct { const origin_t *origin; const own_bytes_t *own; sink_t *sink; origin_named_t named; } search_t;

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static unsigned hex_value(uint8_t c)
{
    return is_digit(c) ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

static void say_number(search_t *s, marker_kind_t kind, uint32_t number, span_t text)
{
    size_t                count;
    const origin_entry_t *entries = origin_with_number(s->origin, kind, number, &count);
    for (size_t i = 0; i < count; i++)
        if (origin_name_once(&s->named, entries[i].vendor))
            origin_say(&entries[i], (uint64_t)(text.at - s->own->blob.at), text.size, text, s->sink);
}

/* The decimal number at `at` of the string; false when none stands there or it does not end there. */
static bool decimal_at(span_t string, size_t at, uint32_t *number)
{
    uint64_t value = 0;
    size_t   end   = at;
    for (; end < string.size && is_digit(string.at[end]) && end - at < 10; end++)
        value = 10 * value + (uint64_t)(string.at[end] - '0');
    *number = (uint32_t)value;
    return end > at && value <= UINT32_MAX && !(end < string.size && is_digit(string.at[end]));
}

static bool hex_at(span_t string, size_t at, size_t digits, uint32_t *number)
{
    *number = 0;
    if (!span_holds(string, at, digits))
        return false;
    for (size_t i = 0; i < digits; i++) {
        unsigned value = hex_value(string.at[at + i]);
        if (value == 16)
            return false;
        *number = *number << 4 | value;
    }
    return true;
}

/* ---- SNMP ------------------------------------------------------------------------------------------------------------ */

/* 1.3.6.1.4.1.N, not the inside of a longer number. */
static void snmp_text(search_t *s, span_t string, size_t at)
{
    uint32_t number;
    bool     iso = at >= 3 && memcmp(string.at + at - 3, "iso", 3) == 0;
    bool     one = at >= 1 && string.at[at - 1] == '1' && !(at >= 2 && is_digit(string.at[at - 2])) &&
               !(at >= 3 && string.at[at - 2] == '.' && is_digit(string.at[at - 3]));
    if ((iso || one) && decimal_at(string, at + origin_number_needle(NUMBER_SNMP_TEXT).size, &number))
        say_number(s, MARKER_SNMP_ENTERPRISE, number, string);
}

/* "{ enterprises 2011 }", "enterprises.2011" */
static void snmp_mib(search_t *s, span_t string, size_t at)
{
    uint32_t number;
    size_t   next = at + origin_number_needle(NUMBER_SNMP_MIB).size;
    while (next < string.size && (string.at[next] == ' ' || string.at[next] == '\t' || string.at[next] == '.'))
        next++;
    if (next > at && decimal_at(string, next, &number))
        say_number(s, MARKER_SNMP_ENTERPRISE, number, string);
}

/* OBJECT IDENTIFIER (06), length, 1.3.6.1.4.1, then N in groups of seven bits. */
static void snmp_der(search_t *s, uint64_t offset)
{
    span_t blob = s->own->blob;
    if (offset < 2 || blob.at[offset - 2] != 0x06 || blob.at[offset - 1] < 6 || blob.at[offset - 1] >= 0x80)
        return;
    reader_t r      = reader_at(span_sub(blob, offset, blob.at[offset - 1]), origin_number_needle(NUMBER_SNMP_DER).size);
    uint64_t number = 0;
    for (size_t i = 0; i < 5; i++) {
        uint8_t group = read_u8(&r);
        number        = number << 7 | (group & 0x7F);
        if ((group & 0x80) == 0) {
            if (reader_ok(&r) && number <= UINT32_MAX)
                say_number(s, MARKER_SNMP_ENTERPRISE, (uint32_t)number, span_sub(blob, offset - 2, (uint64_t)blob.at[offset - 1] + 2));
            return;
        }
    }
}

/* ---- drivers --------------------------------------------------------------------------------------------------------- */

/* alias=pci:v000019E5d…, alias=usb:v12D1p…: the whole string is one alias. */
static void alias(search_t *s, span_t string, size_t at, marker_kind_t kind, size_t digits_at)
{
    uint32_t number;
    if (at == 0 && hex_at(string, digits_at, 4, &number))
        say_number(s, kind, number, string);
}

/* alias=of:N*T*Chisilicon,hi3660-…C*: what a driver can drive, so never more than supporting. */
static void tree_alias(search_t *s, span_t string, size_t at)
{
    const uint8_t *c = memchr(string.at, 'C', string.size);
    if (at != 0 || c == NULL)
        return;
    span_t                  compatible = span_from_offset(string, (uint64_t)(c - string.at) + 1);
    const origin_entries_t *trees      = &s->origin->by_kind[MARKER_DEVICE_TREE];
    for (size_t i = 0; i < trees->count; i++)
        if (span_starts_with(compatible, trees->entries[i].marker->bytes) && origin_name_once(&s->named, trees->entries[i].vendor))
            origin_say_as(&trees->entries[i], "device-tree-node", (uint64_t)(string.at - s->own->blob.at), string.size, string, s->sink);
}

/* Rules of udev and hotplug: ATTR{idVendor}=="12d1", idVendor=12d1, idVendor: 0x12d1 */
static void usb_rule(search_t *s, span_t string, size_t at)
{
    uint32_t number;
    size_t   next = at + origin_number_needle(NUMBER_USB_RULE).size;
    while (next < string.size && next - at < 16 && strchr("}=:\" \t", string.at[next]) != NULL)
        next++;
    if (span_has_text_at(string, next, "0x"))
        next += 2;
    if (hex_at(string, next, 4, &number) && !(next + 4 < string.size && hex_value(string.at[next + 4]) < 16))
        say_number(s, MARKER_USB_ID, number, string);
}

static void look_at(search_t *s, number_t what, uint64_t offset)
{
    if (what == NUMBER_SNMP_DER) {
        snmp_der(s, offset);
        return;
    }
    span_t needle = origin_number_needle(what), string = origin_string_around(s->own, offset, needle.size);
    size_t at = (size_t)(s->own->blob.at + offset - string.at);
    switch (what) {
    case NUMBER_SNMP_TEXT: snmp_text(s, string, at); break;
    case NUMBER_SNMP_MIB: snmp_mib(s, string, at); break;
    case NUMBER_PCI_ALIAS: alias(s, string, at, MARKER_PCI_ID, needle.size); break;
    case NUMBER_USB_ALIAS: alias(s, string, at, MARKER_USB_ID, needle.size); break;
    case NUMBER_TREE_ALIAS: tree_alias(s, string, at); break;
    case NUMBER_USB_RULE: usb_rule(s, string, at); break;
    case NUMBER_SNMP_DER: break;
    }
}

void origin_number_found(const origin_t *origin, size_t index, const own_bytes_t *own, uint64_t offset, sink_t *sink)
{
    search_t s = {.origin = origin, .own = own, .sink = sink};
    for (size_t places = 0; offset != UINT64_MAX && places < ORIGIN_PLACES_MAX; places++) {
        if (own_range_at(own, offset) != NULL)
            look_at(&s, (number_t)index, offset);
        offset = own_find(own, offset + 1, origin_number_needle(index), false);
    }
}

/* ---- addresses in text ------------------------------------------------------------------------------------------------ */

enum { MAC_TEXT = 17, CONTEXT_MAX = 48, ADDRESSES_MAX = 65536 };

void origin_check_mac(const origin_t *origin, const uint8_t *mac, uint64_t offset, uint64_t length, span_t text, origin_named_t *named, sink_t *sink)
{
    size_t                count;
    const origin_entry_t *entries = origin_with_bytes(origin, MARKER_OUI, span_from(mac, 3), &count);
    for (size_t i = 0; i < count; i++)
        if (origin_name_once(named, entries[i].vendor))
            origin_say(&entries[i], offset, length, text, sink);
}

/* Six bytes of two digits with the same separator between them; nothing of the kind goes on to either side. */
static bool mac_at(span_t in, size_t at, uint8_t separator, uint8_t mac[6])
{
    if (!span_holds(in, at, MAC_TEXT))
        return false;
    for (size_t i = 0; i < MAC_TEXT; i++) {
        uint8_t c = in.at[at + i];
        if (i % 3 == 2 ? c != separator : hex_value(c) == 16)
            return false;
    }
    for (size_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)(hex_value(in.at[at + 3 * i]) << 4 | hex_value(in.at[at + 3 * i + 1]));
    bool goes_on = (at > 0 && (hex_value(in.at[at - 1]) < 16 || in.at[at - 1] == separator)) ||
                   (at + MAC_TEXT < in.size && (hex_value(in.at[at + MAC_TEXT]) < 16 || in.at[at + MAC_TEXT] == separator));
    return !goes_on;
}

/* A key of a configuration, of NVRAM or of U-Boot's environment, or a word: on the same line, or in the string before. */
static bool means_mac(span_t in, size_t at)
{
    static const char *const words[] = {"mac", "addr", "ether", "bssid", NULL};
    char                     before[CONTEXT_MAX + 1];
    size_t                   size = 0, from = at - (size_t)min_u64(at, CONTEXT_MAX);
    for (size_t i = from; i < at; i++) {
        uint8_t c = in.at[i];
        size      = c == '\n' || c == '\0' ? 0 : size;
        if (c >= 'A' && c <= 'Z')
            before[size++] = (char)(c + ('a' - 'A'));
        else if (c >= ' ' && c <= '~')
            before[size++] = (char)c;
    }
    before[size] = '\0';
    for (size_t i = 0; words[i] != NULL; i++)
        if (strstr(before, words[i]) != NULL)
            return true;
    return false;
}

static void check_macs(search_t *s, span_t in, uint64_t base, uint8_t separator)
{
    uint8_t mac[6];
    size_t  tried = 0;
    for (size_t at = 0; at < in.size && tried < ADDRESSES_MAX; at++) {
        const uint8_t *found = memchr(in.at + at, separator, in.size - at);
        if (found == NULL)
            return;
        at = (size_t)(found - in.at);
        if (at < 2 || !mac_at(in, at - 2, separator, mac))
            continue;
        tried++;
        if (means_mac(in, at - 2))
            origin_check_mac(s->origin, mac, base + at - 2, MAC_TEXT, span_sub(in, at - 2, MAC_TEXT), &s->named, s->sink);
        at += MAC_TEXT - 3;
    }
}

/* A dotted quad that is no part of a longer number, a name or a version; `*size` in characters. */
static bool quad_at(span_t in, size_t at, uint32_t *address, size_t *size)
{
    size_t next = at;
    *address    = 0;
    for (unsigned part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        while (next < in.size && is_digit(in.at[next]) && digits < 4) {
            value = 10 * value + (unsigned)(in.at[next++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || value > 255 || (part < 3 && (next >= in.size || in.at[next++] != '.')))
            return false;
        *address = *address << 8 | value;
    }
    *size = next - at;
    bool goes_on = next < in.size && (is_digit(in.at[next]) || hex_value(in.at[next]) < 16 || in.at[next] == '-' || in.at[next] == '_' ||
                                      (in.at[next] == '.' && next + 1 < in.size && is_digit(in.at[next + 1])));
    return !goes_on;
}

static bool begins_a_word(span_t in, size_t at)
{
    uint8_t c = at > 0 ? in.at[at - 1] : ' ';
    return !(is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c >= 0x80);
}

static void check_blocks(search_t *s, span_t in, uint64_t base)
{
    const origin_entries_t *blocks = &s->origin->by_kind[MARKER_IP_BLOCK];
    size_t                  tried  = 0;
    for (size_t at = 1; at < in.size && tried < ADDRESSES_MAX; at++) {
        const uint8_t *found = memchr(in.at + at, '.', in.size - at);
        uint32_t       address;
        size_t         size, first;
        if (found == NULL)
            return;
        at    = (size_t)(found - in.at);
        first = at;
        while (first > 0 && at - first < 3 && is_digit(in.at[first - 1]))
            first--;
        if (first == at || !begins_a_word(in, first) || !quad_at(in, first, &address, &size))
            continue;
        tried++;
        for (size_t i = 0; i < blocks->count; i++) {
            const marker_t *block = blocks->entries[i].marker;
            reader_t        r     = reader_from(block->bytes);
            if ((address ^ read_be32(&r)) >> (32 - block->number) == 0 && origin_name_once(&s->named, blocks->entries[i].vendor))
                origin_say(&blocks->entries[i], base + first, size, span_sub(in, first, size), s->sink);
        }
        at = first + size - 1;
    }
}

void origin_check_addresses(const origin_t *origin, const own_bytes_t *own, sink_t *sink)
{
    search_t macs = {.origin = origin, .own = own, .sink = sink}, blocks = macs;
    for (size_t i = 0; i < own->count; i++) {
        span_t in = own_span(own, i);
        if (origin->by_kind[MARKER_OUI].count > 0) {
            check_macs(&macs, in, own->ranges[i].offset, ':');
            check_macs(&macs, in, own->ranges[i].offset, '-');
        }
        if (origin->by_kind[MARKER_IP_BLOCK].count > 0)
            check_blocks(&blocks, in, own->ranges[i].offset);
    }
}
