/* Boot stage of Trusted Firmware-A for arm64 ("BL31" and its kin), a raw program: a table of exception vectors at a multiple of 2048, sixteen
 * places of 128 bytes, each a branch or a few instructions and zeros behind; texts that name the stage ("BL31: ..."), the version
 * ("v2.8(release):") and the time of building. How long it is no header tells: it is asked for the start of a blob only, and what carries it says
 * where it ends. Source: Arm Architecture Reference Manual for A-profile, D1.4.1; Trusted Firmware-A, include/common/asm_macros_common.S,
 * bl31/bl31_main.c. */
#include "extractors/soc_common.h"

enum { TABLE = 2048, SLOT = 128, SLOTS = 16, VECTORS_MIN = 12, BRANCHES_MIN = 4, STAGE_MIN = 8192, STAGE_MAX = 4 << 20, LINE_MAX_SIZE = 80,
       VERSION_BACK = 40 };

typedef struct { uint64_t table; size_t version, built; const char *stage; } image_t;

static bool is_vector(span_t slot)
{
    return slot.size == SLOT && slot.at[3] != 0 && span_is_filled_with(span_from_offset(slot, SLOT - 16), 0) && slot.at[SLOT - 1] == 0;
}

/* What no one expects to happen is a branch (B, BL) and nothing more. */
static bool is_branch(span_t slot)
{
    reader_t r      = reader_from(slot);
    uint32_t opcode = read_le32(&r) >> 26;
    return is_vector(slot) && (opcode == 0x05 || opcode == 0x25);
}

static bool has_table(span_t image, image_t *found)
{
    for (uint64_t at = TABLE; at + TABLE <= image.size; at += TABLE) {
        unsigned vectors = 0, branches = 0;
        for (unsigned i = 0; i < SLOTS; i++) {
            span_t slot = span_sub(image, at + (uint64_t)i * SLOT, SLOT);
            vectors += is_vector(slot);
            branches += is_branch(slot);
        }
        found->table = at;
        if (vectors >= VECTORS_MIN && branches >= BRANCHES_MIN)
            return true;
    }
    return false;
}

static size_t find_text(span_t image, const char *text)
{
    const uint8_t *at = memmem(image.at, image.size, text, strlen(text));
    return at != NULL ? (size_t)(at - image.at) : 0;
}

static bool read_image(span_t image, image_t *found)
{
    static const char *const stages[] = {"BL31: ", "BL2: ", "BL1: ", "BL32: "};
    reader_t                 r        = reader_from(image);
    uint32_t                 first    = read_le32(&r);
    *found                            = (image_t){.stage = NULL};
    /* Each stage begins with saving its four arguments, or a branch; data does not. */
    if (image.size < STAGE_MIN || image.size > STAGE_MAX || (first != 0xAA0003F4 && first >> 26 != 0x05 && first >> 20 != 0xD53))
        return false;
    found->built = find_text(image, "Built : ");
    for (size_t i = 0; i < 4 && found->stage == NULL && found->built > 0; i++)
        if (find_text(image, stages[i]) > 0)
            found->stage = stages[i];
    return found->stage != NULL && has_table(image, found);
}

static unsigned tf_a_probe(span_t image)
{
    image_t found;
    return read_image(image, &found) ? BITS_AT_START + 12 : 0;
}

static uint64_t tf_a_extent(span_t image) { return image.size; }

static void say_line(sink_t *sink, const char *key, span_t text)
{
    char   line[LINE_MAX_SIZE];
    size_t size = 0;
    while (size < text.size && size + 1 < sizeof line && text.at[size] >= 0x20 && text.at[size] < 0x7F) {
        line[size] = (char)text.at[size];
        size++;
    }
    line[size] = '\0';
    if (size > 0)
        sink_fact(sink, key, line);
}

/* "v2.8(release):" stands somewhere in the texts, often at the end of another one: found by its brackets. */
static void say_version(span_t image, sink_t *sink)
{
    size_t at = find_text(image, "(release):");
    at        = at > 0 ? at : find_text(image, "(debug):");
    size_t from = at;
    while (at > 0 && from > 0 && at - from < VERSION_BACK && image.at[from] != 'v')
        from--;
    if (at > 0 && image.at[from] == 'v')
        say_line(sink, "tf-a.version", span_from_offset(image, from));
}

static status_t tf_a_extract(span_t image, sink_t *sink)
{
    image_t found;
    if (!read_image(image, &found))
        return status_fail(STATUS_REJECTED, "tf_a", 0, "not Trusted Firmware-A");
    partitions_t parts = {.sink = sink};
    char         stage[8];
    size_t       length = strlen(found.stage) - 2;
    memcpy(stage, found.stage, length);
    stage[length] = '\0';
    sink_fact(sink, "tf-a.stage", stage);
    say_version(image, sink);
    say_line(sink, "tf-a.built", span_from_offset(image, found.built + strlen("Built : ")));
    sink_claim(sink, found.table, TABLE, REGION_STRUCTURE);
    sink_fact_printf(sink, "tf-a.vectors", "0x%llx", (unsigned long long)found.table);
    if (soc_show(&parts, CHILD_FILE, "code.bin", 0, found.table, NULL))
        (void)soc_show_code(&parts, CHILD_FILE, "data", image, found.table + TABLE, image.size - found.table - TABLE, NULL);
    partitions_free(&parts);
    return ok();
}

const extractor_t tf_a_extractor = {
    .id = "tf_a", .name = "Trusted Firmware-A stage", .specification = "Trusted Firmware-A, docs/design/firmware-design.rst", .reach = REACH_EXTRACT,
    .only_at_start = true, .probe = tf_a_probe, .extent = tf_a_extent, .extract = tf_a_extract,
};
