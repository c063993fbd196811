/* The partition table of Espressif's chips alone (esp_table.h): where a whole flash is at hand, esp_flash opens what it tells of. */
#include "extractors/esp_table.h"

static unsigned esp_partitions_probe(span_t image)
{
    esp_table_t table;
    return esp_table_read(image, &table) ? esp_table_bits(&table) : 0;
}

static uint64_t esp_partitions_extent(span_t image)
{
    esp_table_t table;
    return esp_table_read(image, &table) ? table.length : 0;
}

static status_t esp_partitions_extract(span_t image, sink_t *sink)
{
    esp_table_t table;
    if (!esp_table_read(image, &table))
        return status_fail(STATUS_REJECTED, "esp_partitions", 0, "no partition table");
    esp_table_say(&table, 0, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xAA\x50\x00", 0), MAGIC("\xAA\x50\x01", 0)}; /* an application, or data, comes first */

const extractor_t esp_partitions_extractor = {
    .id = "esp_partitions", .name = "Espressif partition table", .specification = "ESP-IDF, Partition Tables", .reach = REACH_VERIFY,
    .magics = magics, .magic_count = 2, .probe = esp_partitions_probe, .extent = esp_partitions_extent, .extract = esp_partitions_extract,
};
