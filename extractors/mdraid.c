/* Linux software RAID: what one device of an array says of itself. Version 1: 256 bytes, little-endian, magic 0xA92B4EFC, at 0 (1.1), at 4096
 * (1.2) or near the end (1.0): features, UUID, name, creation, level, layout, size, chunk, devices; where data begin and how long they
 * are, where the superblock stands itself, number of this device; a checksum that adds all 32-bit words; roles. Version 0.90: 4096
 * bytes near the end, in the byte order of the machine. A mirror (level 1) and a single linear device hold the data as they are.
 * Source: Linux, include/uapi/linux/raid/md_p.h. */
#include "extractors/extractor.h"

#include <inttypes.h>

enum { SECTOR = 512, V1_SIZE = 256, V1_AT = 4096, V1_DEVICES_MAX = 1920, V0_SIZE = 4096, LEVEL_LINEAR = -1, LEVEL_MIRROR = 1, NAME_MAX_BYTES = 32 };

typedef struct {
    uint64_t at;      /* of the superblock in the image */
    uint64_t length;  /* with the roles of all devices */
    uint64_t data_at, data_length; /* bytes from the start of the device; of version 1 */
    uint64_t own_at;
    int32_t  level;
    uint32_t devices, number;
    bool     sum_holds, old, big;
} raid_t;

static bool read_v1(span_t image, uint64_t at, raid_t *raid)
{
    reader_t r   = reader_at(image, at);
    *raid        = (raid_t){.at = at};
    bool right   = read_le32(&r) == 0xA92B4EFC && read_le32(&r) == 1;
    reader_skip(&r, 64);
    raid->level = (int32_t)read_le32(&r);
    reader_skip(&r, 16);
    raid->devices = read_le32(&r);
    reader_t where    = reader_at(image, at + 128);
    raid->data_at     = read_le64(&where);
    raid->data_length = read_le64(&where);
    raid->own_at      = read_le64(&where);
    reader_skip(&where, 8);
    raid->number       = read_le32(&where);
    reader_t checks    = reader_at(image, at + 216);
    uint32_t sum_said  = read_le32(&checks), roles = read_le32(&checks);
    raid->length       = V1_SIZE + 2 * (uint64_t)roles;
    if (!right || !reader_ok(&r) || !reader_ok(&where) || !reader_ok(&checks) || roles > V1_DEVICES_MAX || raid->devices > V1_DEVICES_MAX || raid->level < -4 || raid->level > 10 ||
        raid->data_at > UINT64_MAX / SECTOR || raid->data_length > UINT64_MAX / SECTOR || raid->own_at > UINT64_MAX / SECTOR)
        return false;
    raid->data_at *= SECTOR;
    raid->data_length *= SECTOR;
    raid->own_at *= SECTOR;
    /* The sum of all words with its own field 0; an odd role at the end counts as a half word. */
    reader_t words = reader_from(span_sub(image, at, raid->length));
    uint64_t sum   = 0;
    while (reader_left(&words) >= 4)
        sum += read_le32(&words);
    if (reader_left(&words) >= 2)
        sum += read_le16(&words);
    sum -= sum_said;
    raid->sum_holds = reader_ok(&words) && (uint32_t)((sum & 0xFFFFFFFF) + (sum >> 32)) == sum_said;
    return true;
}

static bool read_v0(span_t image, bool big, raid_t *raid)
{
    reader_t r = reader_from(span_sub(image, 0, V0_SIZE));
    uint32_t words[V0_SIZE / 4];
    uint64_t sum = 0;
    for (size_t i = 0; i < V0_SIZE / 4; i++)
        words[i] = big ? read_be32(&r) : read_le32(&r);
    if (!reader_ok(&r) || words[0] != 0xA92B4EFC || words[1] != 0 || words[2] != 90)
        return false;
    *raid = (raid_t){.length = V0_SIZE, .level = (int32_t)words[7], .devices = words[10], .old = true, .big = big};
    for (size_t i = 0; i < V0_SIZE / 4; i++)
        sum += i == 38 ? 0 : words[i]; /* word 38: the sum itself */
    raid->sum_holds = (uint32_t)((sum & 0xFFFFFFFF) + (sum >> 32)) == words[38];
    return raid->devices <= 27 && raid->level >= -4 && raid->level <= 10;
}

static bool find(span_t image, raid_t *raid)
{
    return read_v1(image, V1_AT, raid) || read_v1(image, 0, raid) || read_v0(image, false, raid) || read_v0(image, true, raid);
}

/* Does the image begin where the device does? A superblock of version 1.0 or 0.90 is found alone, behind the data. */
static bool is_device(const raid_t *raid) { return !raid->old && raid->own_at == raid->at; }

static unsigned mdraid_probe(span_t image)
{
    raid_t raid;
    if (!find(image, &raid) || (raid.at != 0 && !is_device(&raid)))
        return 0;
    return raid.sum_holds ? 64 + 32 : raid.old ? 0 : 40;
}

static uint64_t end_of(const raid_t *raid, span_t image)
{
    uint64_t end = raid->at + raid->length, data_end;
    if (is_device(raid) && checked_add(raid->data_at, raid->data_length, &data_end))
        end = max_u64(end, data_end);
    return min_u64(end, image.size);
}

static uint64_t mdraid_extent(span_t image)
{
    raid_t raid;
    return find(image, &raid) ? end_of(&raid, image) : 0;
}

static void show_data(const raid_t *raid, sink_t *sink)
{
    bool     whole = raid->level == LEVEL_MIRROR || (raid->level == LEVEL_LINEAR && raid->devices == 1);
    child_t *child = sink_child(sink, &(child_info_t){.path = span_from_text(whole ? "data" : "data-of-one-device"), .type = CHILD_PAYLOAD});
    if (child == NULL)
        return;
    child_range(child, raid->data_at, raid->data_length);
    sink_end_child(sink);
    if (!whole)
        sink_limit(sink, raid->data_at, 0, "devices", "one device of an array that spreads its data: the array was not put together");
}

static status_t mdraid_extract(span_t image, sink_t *sink)
{
    raid_t raid;
    if (!find(image, &raid))
        return status_fail(STATUS_REJECTED, "mdraid", 0, "not a RAID superblock");
    sink_claim(sink, raid.at, min_u64(raid.length, image.size - raid.at), REGION_STRUCTURE);
    if (!raid.sum_holds)
        sink_damage(sink, raid.at, min_u64(raid.length, image.size - raid.at), "the checksum of the superblock does not hold");
    sink_fact(sink, "mdraid.version", raid.old ? "0.90" : raid.own_at == 0 ? "1.1" : raid.own_at == V1_AT ? "1.2" : "1.0");
    sink_fact_printf(sink, "mdraid.level", "%d", (int)raid.level);
    sink_fact_printf(sink, "mdraid.devices", "%" PRIu32, raid.devices);
    if (!raid.old) {
        char   name[NAME_MAX_BYTES + 1] = "";
        span_t text                     = span_sub(image, raid.at + 32, NAME_MAX_BYTES);
        memcpy(name, text.at, text.size);
        sink_fact(sink, "mdraid.name", name);
    }
    if (is_device(&raid))
        show_data(&raid, sink);
    return ok();
}

static const magic_t magics[] = {MAGIC("\xFC\x4E\x2B\xA9", 0), MAGIC("\xFC\x4E\x2B\xA9", V1_AT), MAGIC("\xA9\x2B\x4E\xFC", 0)};

const extractor_t mdraid_extractor = {
    .id = "mdraid", .name = "Linux software RAID", .specification = "Linux, include/uapi/linux/raid/md_p.h", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 3, .probe = mdraid_probe, .extent = mdraid_extent, .extract = mdraid_extract,
};
