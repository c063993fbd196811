/* The flash of an Espressif chip from its first byte: the bootloader at 0, 0x1000 or 0x2000 by chip, the partition table (esp_table.h) at
 * 0x8000 unless it was built to stand elsewhere, and the partitions. Source: ESP-IDF, "Partition Tables", "Bootloader". */
#include "extractors/esp_table.h"
#include "extractors/partition_common.h"

static const uint32_t table_places[]      = {0x8000, 0x9000, 0xA000, 0xC000, 0x10000};
static const uint32_t bootloader_places[] = {0, 0x1000, 0x2000};

enum { IMAGE_MAGIC = 0xE9 };

static bool find_table(span_t image, esp_table_t *table, uint32_t *at)
{
    for (size_t i = 0; i < sizeof table_places / sizeof *table_places; i++) {
        *at = table_places[i];
        if (esp_table_read(span_from_offset(image, *at), table) && table->partitions[0].offset > *at)
            return true;
    }
    return false;
}

static unsigned esp_flash_probe(span_t image)
{
    esp_table_t table;
    uint32_t    at;
    return find_table(image, &table, &at) ? 16 + esp_table_bits(&table) : 0;
}

/* To the end of the last partition: what is behind it is not of the table. */
static uint64_t esp_flash_extent(span_t image)
{
    esp_table_t table;
    uint32_t    at;
    uint64_t    end = 0;
    if (!find_table(image, &table, &at))
        return 0;
    for (size_t i = 0; i < table.count; i++)
        end = max_u64(end, (uint64_t)table.partitions[i].offset + table.partitions[i].size);
    return min_u64(end, image.size);
}

static bool show_bootloader(span_t image, partitions_t *parts, uint32_t table_at)
{
    for (size_t i = 0; i < sizeof bootloader_places / sizeof *bootloader_places; i++) {
        uint32_t at = bootloader_places[i];
        if (at < table_at && at < image.size && image.at[at] == IMAGE_MAGIC)
            return partition_show(parts, span_from_text("bootloader"), 0, at, table_at - at);
    }
    return true;
}

static status_t esp_flash_extract(span_t image, sink_t *sink)
{
    esp_table_t table;
    uint32_t    at;
    if (!find_table(image, &table, &at))
        return status_fail(STATUS_REJECTED, "esp_flash", 0, "no partition table");
    partitions_t parts = {.sink = sink};
    esp_table_say(&table, at, sink);
    bool more = show_bootloader(image, &parts, at);
    for (size_t i = 0; i < table.count && more; i++) {
        const esp_partition_t *entry = &table.partitions[i];
        if ((entry->flags & 1) != 0)
            sink_note(sink, entry->offset, "this partition is encrypted when the flash is");
        more = partition_show(&parts, entry->label, (unsigned)i, entry->offset, entry->size);
    }
    partitions_free(&parts);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xAA\x50", 0x8000), MAGIC("\xAA\x50", 0x9000), MAGIC("\xAA\x50", 0xA000),
                                 MAGIC("\xAA\x50", 0xC000), MAGIC("\xAA\x50", 0x10000)};

const extractor_t esp_flash_extractor = {
    .id = "esp_flash", .name = "Espressif flash", .specification = "ESP-IDF, Partition Tables", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 5, .only_at_start = true, .probe = esp_flash_probe, .extent = esp_flash_extent, .extract = esp_flash_extract,
};
