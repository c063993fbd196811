/* NVS, the key-value store of ESP-IDF: pages of 4096 bytes, little-endian.
 *
 *   page    state (FFFFFFFE in use, FFFFFFFC full, FFFFFFF8 being moved), sequence, version (FE: 2, FF: 1), FF (19), CRC-32 of bytes 4–27;
 *           two bits for each entry (11 empty, 10 written, 00 erased); 126 entries of 32 bytes
 *   entry   namespace, type, entries it takes, number of the piece, CRC-32 of all of the entry but this, key (16), value (8); in namespace 0
 *           the keys are names of namespaces. Types: 01 02 04 08 unsigned, 11 12 14 18 signed, 21 text, 41 blob (version 1), 42 piece of a
 *           blob, 48 size, count of pieces and first number of a blob. Text and pieces: size (2), FFFF, CRC-32 of the bytes that follow.
 *
 * Where every written entry fails its CRC though pages hold, the store is encrypted (XTS-AES).
 * Source: ESP-IDF, "Non-Volatile Storage Library", "Internals". */
#include "extractors/fs_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    PAGE = 4096, ENTRIES_AT = 64, ENTRY = 32, ENTRIES = 126, KEY = 16, PAGES_LOOKED_AT = 16, FACTS_MAX = 32, PATH = 64,
    TEXT = 0x21, BLOB_V1 = 0x41, PIECE = 0x42, BLOB = 0x48, CRC_SEED = -1
};
typedef enum { SLOT_ERASED = 0, SLOT_WRITTEN = 2, SLOT_EMPTY = 3 } slot_t;

typedef struct {
    uint64_t at, data_at, data_size, slots;
    uint32_t data_crc;
    uint8_t  space, type, piece;
    span_t   key, value;
    bool     is_erased, is_used;
} item_t;

typedef struct {
    span_t   image;
    sink_t  *sink;
    item_t  *items;
    size_t   count, capacity;
    span_t   spaces[256];    /* names of namespaces */
    uint64_t written, facts; /* entries that the bitmaps call written; facts said */
    unsigned pages;
    char     path[PATH];
} nvs_t;

static uint32_t crc_of(span_t bytes) { return (uint32_t)crc32_z((uint32_t)CRC_SEED, bytes.at, bytes.size); }

static bool page_holds(span_t page)
{
    reader_t r     = reader_from(page);
    uint32_t state = read_le32(&r);
    reader_skip(&r, 4);
    uint8_t version = read_u8(&r);
    reader_skip(&r, 19);
    uint32_t crc      = read_le32(&r);
    bool     is_state = state == 0xFFFFFFFE || state == 0xFFFFFFFC || state == 0xFFFFFFF8 || state == 0xFFFFFFF0 || state == 0;
    return reader_ok(&r) && is_state && version >= 0xFE && crc == crc_of(span_sub(page, 4, 24));
}

static unsigned esp_nvs_probe(span_t image)
{
    unsigned bits = 0;
    for (uint64_t at = 0; at < (uint64_t)PAGES_LOOKED_AT * PAGE && span_holds(image, at, ENTRIES_AT); at += PAGE) {
        span_t page = span_clip(image, at, PAGE);
        if (page_holds(page))
            bits += 64;
        else if (!span_is_filled_with(page, 0xFF) && bits == 0)
            return 0;
    }
    return bits > 128 ? 128 : bits;
}

/* Behind the last page that holds; erased pages may be between. */
static uint64_t esp_nvs_extent(span_t image)
{
    uint64_t end = 0;
    for (uint64_t at = 0; span_holds(image, at, ENTRIES_AT); at += PAGE) {
        span_t page = span_clip(image, at, PAGE);
        if (page_holds(page))
            end = at + page.size;
        else if (!span_is_filled_with(page, 0xFF) && at > end + PAGE)
            break;
    }
    return end;
}

static item_t *new_item(nvs_t *nvs)
{
    if (nvs->count == nvs->capacity) {
        size_t  capacity = nvs->capacity == 0 ? 256 : nvs->capacity * 2;
        item_t *grown    = realloc(nvs->items, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        nvs->items    = grown;
        nvs->capacity = capacity;
    }
    return &nvs->items[nvs->count++];
}

static bool holds_bytes(uint8_t type) { return type == TEXT || type == BLOB_V1 || type == PIECE; }

/* The entry in this slot, when its CRC holds. */
static bool read_item(span_t image, uint64_t page_at, unsigned slot, item_t *item)
{
    span_t entry = span_sub(image, page_at + ENTRIES_AT + (uint64_t)slot * ENTRY, ENTRY);
    if (entry.at == NULL)
        return false;
    reader_t r    = reader_from(entry);
    *item         = (item_t){.at = page_at + ENTRIES_AT + (uint64_t)slot * ENTRY};
    item->space   = read_u8(&r);
    item->type    = read_u8(&r);
    item->slots   = read_u8(&r);
    item->piece   = read_u8(&r);
    uint32_t crc  = read_le32(&r);
    span_t   key  = read_span(&r, KEY);
    item->value   = read_span(&r, 8);
    uLong    sum  = crc32_z((uint32_t)CRC_SEED, entry.at, 4);
    if ((uint32_t)crc32_z(sum, entry.at + 8, 24) != crc || item->slots == 0 || slot + item->slots > ENTRIES)
        return false;
    item->key = span_clip(key, 0, strnlen((const char *)key.at, KEY));
    reader_t value  = reader_from(item->value);
    item->data_at   = item->at + ENTRY;
    item->data_size = holds_bytes(item->type) ? read_le16(&value) : 0;
    reader_skip(&value, 2);
    item->data_crc = read_le32(&value);
    return item->data_size <= (item->slots - 1) * ENTRY;
}

static slot_t slot_state(span_t page, unsigned slot) { return (slot_t)(page.at[32 + slot / 4] >> slot % 4 * 2 & 3); }

/* False: out of memory. */
static bool collect_page(nvs_t *nvs, uint64_t at)
{
    span_t page = span_clip(nvs->image, at, PAGE);
    sink_claim(nvs->sink, at, ENTRIES_AT, REGION_STRUCTURE);
    nvs->pages++;
    for (unsigned slot = 0; slot < ENTRIES;) {
        slot_t state = slot_state(page, slot);
        item_t item;
        if (state == SLOT_EMPTY) {
            slot++;
            continue;
        }
        nvs->written += state != SLOT_ERASED;
        if (!read_item(nvs->image, at, slot, &item)) {
            slot++;
            continue;
        }
        item.is_erased = state == SLOT_ERASED;
        item_t *kept   = new_item(nvs);
        if (kept == NULL)
            return false;
        *kept = item;
        if (item.space == 0 && !item.is_erased && item.type == 1)
            nvs->spaces[item.value.at[0]] = item.key;
        slot += (unsigned)item.slots;
    }
    return true;
}

static void append_clean(char *out, size_t size, span_t text)
{
    size_t at = strnlen(out, size);
    for (size_t i = 0; i < text.size && at + 1 < size; i++)
        out[at++] = text.at[i] == '/' || text.at[i] == 0 ? '_' : (char)text.at[i];
    out[at] = 0;
}

/* "namespace/key", below the deleted where it was erased; then a number that tells apart what has the same name. */
static void name_item(nvs_t *nvs, const item_t *item)
{
    (void)snprintf(nvs->path, PATH, "%s", item->is_erased ? FS_DELETED_PATH : "");
    if (nvs->spaces[item->space].size > 0)
        append_clean(nvs->path, PATH, nvs->spaces[item->space]);
    else
        (void)snprintf(nvs->path + strlen(nvs->path), PATH - strlen(nvs->path), "namespace%u", item->space);
    append_clean(nvs->path, PATH - 16, span_from_text("\n"));
    nvs->path[strlen(nvs->path) - 1] = '/';
    append_clean(nvs->path, PATH, item->key.size > 0 ? item->key : span_from_text("unnamed"));
    if (item->is_erased)
        (void)snprintf(nvs->path + strlen(nvs->path), PATH - strlen(nvs->path), "@%llx", (unsigned long long)item->at);
}

static void say_number(nvs_t *nvs, const item_t *item)
{
    unsigned size = item->type & 0x0F;
    reader_t r    = reader_from(item->value);
    if (item->is_erased || (size != 1 && size != 2 && size != 4 && size != 8) || (item->type & 0xE0) != 0 || nvs->facts++ >= FACTS_MAX)
        return;
    uint64_t value = read_le(&r, size);
    char     key[PATH];
    name_item(nvs, item);
    (void)snprintf(key, sizeof key, "nvs.%.58s", nvs->path);
    if ((item->type & 0x10) != 0 && size < 8 && (value >> (8 * size - 1) & 1) != 0)
        value |= UINT64_MAX << (8 * size);
    if ((item->type & 0x10) != 0)
        sink_fact_printf(nvs->sink, key, "%lld", (long long)value);
    else
        sink_fact_printf(nvs->sink, key, "%llu", (unsigned long long)value);
}

static child_t *begin_child(nvs_t *nvs, const item_t *item)
{
    sink_end_child(nvs->sink);
    name_item(nvs, item);
    return sink_child(nvs->sink, &(child_info_t){.path = span_from_text(nvs->path), .type = CHILD_FILE});
}

static status_t write_bytes(nvs_t *nvs, child_t *child, const item_t *item)
{
    span_t   bytes = span_clip(nvs->image, item->data_at, item->data_size);
    uint64_t size  = bytes.size;
    if (bytes.size < item->data_size)
        child_damage(child, item->data_at, bytes.size, "the image ends before this value does");
    else if (crc_of(bytes) != item->data_crc)
        child_damage(child, item->data_at, item->data_size, "the CRC-32 of this value does not agree with it");
    if (item->type == TEXT && size > 0 && bytes.at[size - 1] == 0)
        size--;
    return child_write(child, span_clip(bytes, 0, size), item->data_at, size);
}

/* Pieces by namespace, key and number; of the same, those that live first. */
static int by_piece(const void *a, const void *b)
{
    const item_t *x = a, *y = b;
    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    int keys = memcmp(x->key.at, y->key.at, min_u64(x->key.size, y->key.size));
    if (keys != 0 || x->key.size != y->key.size)
        return keys != 0 ? keys : x->key.size < y->key.size ? -1 : 1;
    if (x->is_erased != y->is_erased)
        return x->is_erased ? 1 : -1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return x->piece != y->piece ? (x->piece < y->piece ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

static item_t *find_piece(nvs_t *nvs, const item_t *blob, uint8_t number)
{
    item_t wanted = *blob;
    wanted.type   = PIECE;
    wanted.piece  = number;
    size_t low = 0, high = nvs->count;
    wanted.at = 0; /* before all that are the same */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (by_piece(&nvs->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    item_t *found = low < nvs->count ? &nvs->items[low] : NULL;
    bool    is_it = found != NULL && found->type == PIECE && found->piece == number && found->space == blob->space &&
                    found->is_erased == blob->is_erased && span_equal(found->key, blob->key);
    return is_it ? found : NULL;
}

static status_t show_blob(nvs_t *nvs, const item_t *blob)
{
    reader_t r     = reader_from(blob->value);
    uint32_t size  = read_le32(&r);
    uint8_t  count = read_u8(&r), first = read_u8(&r);
    child_t *child = begin_child(nvs, blob);
    uint64_t given = 0;
    status_t status = ok();
    if (child == NULL)
        return ok();
    for (unsigned i = 0; i < count && status_ok(status); i++) {
        item_t *piece = find_piece(nvs, blob, (uint8_t)(first + i));
        if (piece == NULL)
            continue;
        piece->is_used = true;
        given += piece->data_size;
        status = write_bytes(nvs, child, piece);
    }
    if (given != size)
        child_damage(child, blob->at, ENTRY, "pieces of this blob are missing");
    sink_end_child(nvs->sink);
    return status;
}

static status_t show_item(nvs_t *nvs, item_t *item)
{
    status_t status = ok();
    if (item->is_erased && !sink_wants_deleted(nvs->sink))
        return status;
    if (item->type == BLOB)
        return show_blob(nvs, item);
    if (!holds_bytes(item->type) || item->is_used) {
        if (item->space != 0)
            say_number(nvs, item);
        return status;
    }
    child_t *child = begin_child(nvs, item);
    if (child == NULL)
        return status;
    if (item->type == PIECE && !item->is_erased)
        child_damage(child, item->at, ENTRY, "a piece of a blob that nothing tells of");
    status = write_bytes(nvs, child, item);
    sink_end_child(nvs->sink);
    return status;
}

static bool is_blob(const item_t *item) { return item->type == BLOB; }

/* Blobs come before their pieces, so that these are known to be used. */
static status_t show_items(nvs_t *nvs)
{
    status_t status = ok();
    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i < nvs->count && status_ok(status); i++)
            if (is_blob(&nvs->items[i]) == (round == 0))
                status = show_item(nvs, &nvs->items[i]);
    for (size_t i = 0; i < nvs->count; i++)
        sink_claim(nvs->sink, nvs->items[i].at, min_u64(nvs->items[i].slots * ENTRY, nvs->image.size - nvs->items[i].at), REGION_STRUCTURE);
    return status;
}

static void say_spaces(nvs_t *nvs)
{
    char names[400] = "";
    for (size_t i = 1; i < 255; i++)
        if (nvs->spaces[i].size > 0) {
            append_clean(names, sizeof names, span_from_text(names[0] != 0 ? " " : ""));
            append_clean(names, sizeof names, nvs->spaces[i]);
        }
    sink_fact(nvs->sink, "nvs.namespaces", names);
}

/* Slots that are written, and hold no entry. */
static void say_losses(nvs_t *nvs)
{
    uint64_t sound = 0;
    for (size_t i = 0; i < nvs->count; i++)
        sound += !nvs->items[i].is_erased;
    if (sound < nvs->written)
        sink_damage(nvs->sink, 0, 0, "entries that are written do not hold");
}

static void show_ciphertext(nvs_t *nvs, uint64_t end)
{
    sink_limit(nvs->sink, 0, end, "encrypted", "the pages hold, but no entry does: an encrypted store");
    child_t *child = sink_child(nvs->sink, &(child_info_t){.path = span_from_text("encrypted"), .type = CHILD_PAYLOAD});
    if (child != NULL)
        child_range(child, 0, end);
    sink_end_child(nvs->sink);
}

static status_t read_pages(nvs_t *nvs, uint64_t end)
{
    for (uint64_t at = 0; at < end; at += PAGE) {
        span_t page = span_clip(nvs->image, at, PAGE);
        if (page.size >= ENTRIES_AT && page_holds(page)) {
            if (!collect_page(nvs, at))
                return status_fail(STATUS_MEMORY, "esp_nvs", at, "out of memory");
        } else if (!span_is_filled_with(page, 0xFF)) {
            sink_damage(nvs->sink, at, page.size, "a page whose header does not hold");
        }
        if (page.size < PAGE)
            sink_damage(nvs->sink, at, page.size, "the image ends within a page");
    }
    return nvs->pages > 0 ? ok() : status_fail(STATUS_REJECTED, "esp_nvs", 0, "no page holds");
}

static status_t esp_nvs_extract(span_t image, sink_t *sink)
{
    nvs_t    nvs    = {.image = image, .sink = sink};
    uint64_t end    = esp_nvs_extent(image);
    status_t status = read_pages(&nvs, end);
    if (status_ok(status)) {
        sink_fact_printf(sink, "nvs.pages", "%u", nvs.pages);
        sink_fact_printf(sink, "nvs.entries", "%zu", nvs.count);
        if (nvs.count == 0 && nvs.written > 0) {
            show_ciphertext(&nvs, end);
        } else {
            say_spaces(&nvs);
            say_losses(&nvs);
            if (nvs.count > 1)
                qsort(nvs.items, nvs.count, sizeof *nvs.items, by_piece);
            status = show_items(&nvs);
        }
    }
    free(nvs.items);
    return status;
}

const extractor_t esp_nvs_extractor = {
    .id = "esp_nvs", .name = "ESP-IDF non-volatile storage", .specification = "ESP-IDF, Non-Volatile Storage Library, Internals",
    .reach = REACH_EXTRACT, .probe = esp_nvs_probe, .extent = esp_nvs_extent, .extract = esp_nvs_extract,
};
