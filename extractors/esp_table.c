#include "extractors/esp_table.h"

#include <openssl/evp.h>

enum { MD5_SIZE = 16, FLASH_SECTOR = 0x1000 };

static bool read_label(span_t field, span_t *label)
{
    size_t length = strnlen((const char *)field.at, field.size);
    for (size_t i = 0; i < field.size; i++)
        if (i < length ? field.at[i] < ' ' || field.at[i] > '~' : field.at[i] != 0)
            return false;
    *label = span_clip(field, 0, length);
    return length > 0;
}

static bool read_entry(span_t bytes, uint64_t at, esp_partition_t *entry)
{
    reader_t r     = reader_at(bytes, at);
    uint16_t magic = read_le16(&r);
    entry->type    = read_u8(&r);
    entry->subtype = read_u8(&r);
    entry->offset  = read_le32(&r);
    entry->size    = read_le32(&r);
    span_t label   = read_span(&r, ESP_LABEL);
    entry->flags   = read_le32(&r);
    bool is_placed = entry->offset % FLASH_SECTOR == 0 && entry->size > 0 && (uint64_t)entry->offset + entry->size <= UINT64_C(1) << 30;
    return reader_ok(&r) && magic == 0x50AA && is_placed && read_label(label, &entry->label);
}

static esp_md5_t check_md5(span_t entries, span_t expected)
{
    uint8_t  md5[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    bool     done = EVP_Digest(entries.at, entries.size, md5, &size, EVP_md5(), NULL) == 1 && size == MD5_SIZE;
    return done && memcmp(md5, expected.at, MD5_SIZE) == 0 ? ESP_MD5_HOLDS : ESP_MD5_BROKEN;
}

bool esp_table_read(span_t bytes, esp_table_t *table)
{
    *table = (esp_table_t){0};
    bytes  = span_clip(bytes, 0, ESP_TABLE_MAX);
    while (table->count < ESP_PARTITIONS_MAX && read_entry(bytes, table->length, &table->partitions[table->count])) {
        table->count++;
        table->length += ESP_ENTRY;
    }
    span_t next = span_sub(bytes, table->length, ESP_ENTRY);
    if (table->count == 0 || next.at == NULL)
        return table->count > 0;
    if (span_has_text_at(next, 0, "\xEB\xEB") && span_is_filled_with(span_sub(next, 2, 14), 0xFF)) {
        table->md5 = check_md5(span_sub(bytes, 0, table->length), span_sub(next, MD5_SIZE, MD5_SIZE));
        table->length += ESP_ENTRY;
        table->ends = true;
    } else {
        table->ends = span_is_filled_with(next, 0xFF);
    }
    return true;
}

unsigned esp_table_bits(const esp_table_t *table)
{
    return 16 * (unsigned)min_u64(table->count, 4) + (table->md5 == ESP_MD5_HOLDS ? 64u : 0u) + (table->ends ? 16u : 0u);
}

void esp_table_say(const esp_table_t *table, uint64_t at, sink_t *sink)
{
    sink_claim(sink, at, table->length, REGION_STRUCTURE);
    sink_fact_printf(sink, "esp.partitions", "%zu", table->count);
    for (size_t i = 0; i < table->count; i++) {
        const esp_partition_t *entry = &table->partitions[i];
        sink_fact_printf(sink, "esp.partition", "%.*s type 0x%02x subtype 0x%02x offset 0x%x size 0x%x%s",
                         (int)entry->label.size, (const char *)entry->label.at,
                         entry->type, entry->subtype, (unsigned)entry->offset, (unsigned)entry->size, (entry->flags & 1) != 0 ? " encrypted" : "");
    }
    if (table->md5 == ESP_MD5_BROKEN)
        sink_damage(sink, at, table->length, "the MD5 of the partition table does not agree with it");
    if (!table->ends)
        sink_damage(sink, at + table->length, 0, "the partition table does not end as it should");
}
