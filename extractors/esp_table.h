/* The partition table of Espressif's chips: entries of 32 bytes, little-endian: AA 50, type, subtype, offset in the flash, size, label (16),
 * flags; then an entry EB EB, fourteen FF, and the MD5 of the entries before it; the rest is erased. At most 0xC00 bytes.
 * Source: ESP-IDF, "Partition Tables" and components/esp_partition/… gen_esp32part.py. */
#ifndef ASSAY_EXTRACTORS_ESP_TABLE_H
#define ASSAY_EXTRACTORS_ESP_TABLE_H

#include "extractors/extractor.h"

enum { ESP_ENTRY = 32, ESP_TABLE_MAX = 0xC00, ESP_PARTITIONS_MAX = ESP_TABLE_MAX / ESP_ENTRY, ESP_LABEL = 16 };

typedef struct { uint8_t type, subtype; uint32_t offset, size, flags; span_t label; } esp_partition_t;

typedef enum { ESP_MD5_NONE, ESP_MD5_HOLDS, ESP_MD5_BROKEN } esp_md5_t;

typedef struct {
    esp_partition_t partitions[ESP_PARTITIONS_MAX];
    size_t          count;
    uint64_t        length; /* of the entries, and of the MD5 where there is one */
    esp_md5_t       md5;
    bool            ends;   /* erased flash or an MD5 follows the entries */
} esp_table_t;

/* The table that `bytes` begin with; false when there is none. */
bool     esp_table_read(span_t bytes, esp_table_t *table);
unsigned esp_table_bits(const esp_table_t *table);
/* Claims the table, which stands at `at`, and says its facts and damage. */
void     esp_table_say(const esp_table_t *table, uint64_t at, sink_t *sink);

#endif
