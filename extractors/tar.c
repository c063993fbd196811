/* tar: a chain of 512-byte headers, each followed by its content, padded to 512; ended by two zero blocks, padded to a record
 * (10,240 bytes usually). The header's checksum is the sum of its bytes with the checksum field as blanks; some writers summed
 * signed bytes. Headers of type x and g (pax), L, K (GNU) hold facts of the next member. Source: POSIX.1-2017 pax,
 * "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"; libarchive tar(5).
 *
 * The oldest tars (v7) have no magic: they are a format of their own here, looked for at the start of a blob only. */
#include "extractors/archive_common.h"

enum { BLOCK = 512, RECORD = 20 * BLOCK, PAX_SIZE_MAX = 1 << 20 };

typedef struct { span_t image; uint64_t at, pax_size; bool has_pax_size, pax_sparse, pax; } tar_walk_t;

typedef enum { TAR_MEMBER, TAR_FACTS, TAR_ZEROS, TAR_TRUNCATED, TAR_INVALID } tar_step_t;

/* One header: [start, content) is structure, [content, content+length) content, padded to next. */
typedef struct { uint64_t start, content, length, next; char type; bool sparse; } tar_header_t;

/* A number in octal with blanks around it, or in base 256 when the first bit is set. False when it is neither. */
static bool read_number(span_t field, uint64_t *value)
{
    *value = 0;
    if ((field.at[0] & 0x80) != 0) {
        if (field.at[0] != 0x80)
            return false; /* negative, or beyond 64 bits in any real field */
        for (size_t i = 1; i < field.size; i++) {
            if (*value >> 55 != 0)
                return false;
            *value = *value << 8 | field.at[i];
        }
        return true;
    }
    size_t i = 0;
    while (i < field.size && field.at[i] == ' ')
        i++;
    for (; i < field.size && field.at[i] >= '0' && field.at[i] <= '7'; i++)
        *value = *value << 3 | (uint64_t)(field.at[i] - '0'); /* at most 12 digits */
    while (i < field.size && (field.at[i] == ' ' || field.at[i] == '\0'))
        i++;
    return i == field.size || (i > 0 && (field.at[i - 1] == '\0' || field.at[i - 1] == ' '));
}

static bool checksum_agrees(span_t block)
{
    uint64_t said;
    if (block.size < BLOCK || !read_number(span_sub(block, 148, 8), &said))
        return false;
    uint64_t plain = 0;
    int64_t  with_sign = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t byte = i >= 148 && i < 156 ? ' ' : block.at[i];
        plain += byte;
        with_sign += (int8_t)byte;
    }
    return said == plain || (with_sign >= 0 && said == (uint64_t)with_sign);
}

static bool has_magic(span_t block) { return span_has_text_at(block, 257, "ustar"); }

static bool valid_header(span_t image, uint64_t at)
{
    span_t block = span_sub(image, at, BLOCK);
    return block.at != NULL && block.at[0] != 0 && checksum_agrees(block);
}

/* "25 size=1234567\n": takes what changes how much content the next header has. */
static void read_pax(tar_walk_t *walk, span_t records)
{
    for (size_t at = 0; at < records.size;) {
        uint64_t length = 0;
        size_t   digit  = at;
        for (; digit < records.size && digit - at < 8 && records.at[digit] >= '0' && records.at[digit] <= '9'; digit++)
            length = length * 10 + (uint64_t)(records.at[digit] - '0');
        span_t record = span_sub(records, at, length);
        if (digit == at || record.at == NULL || length < digit - at + 2)
            return;
        span_t pair = span_from_offset(record, digit - at + 1);
        if (span_has_text_at(pair, 0, "size=")) {
            uint64_t size = 0;
            for (size_t i = 5; i < pair.size && pair.at[i] >= '0' && pair.at[i] <= '9' && size < UINT64_MAX / 16; i++)
                size = size * 10 + (uint64_t)(pair.at[i] - '0');
            walk->pax_size     = size;
            walk->has_pax_size = true;
        }
        if (span_has_text_at(pair, 0, "GNU.sparse."))
            walk->pax_sparse = true;
        at += (size_t)length;
    }
}

static bool is_facts(char type) { return type == 'x' || type == 'g' || type == 'X' || type == 'L' || type == 'K'; }

/* How much content stands behind the header of a member. */
static bool read_length(const tar_walk_t *walk, span_t block, tar_header_t *header)
{
    if (!read_number(span_sub(block, 124, 12), &header->length))
        return false;
    if (walk->has_pax_size && !is_facts(header->type))
        header->length = walk->pax_size;
    if (header->type >= '2' && header->type <= '6')
        header->length = 0;
    /* Some writers gave hard links the size of their target, without content; a header right behind tells. */
    if (header->type == '1' && !walk->pax && header->length > 0 && valid_header(walk->image, walk->at + BLOCK))
        header->length = 0;
    return true;
}

static tar_step_t walk_step(tar_walk_t *walk, tar_header_t *header)
{
    span_t block = span_sub(walk->image, walk->at, BLOCK);
    *header      = (tar_header_t){.start = walk->at};
    if (block.at == NULL)
        return TAR_TRUNCATED;
    if (span_is_filled_with(block, 0))
        return TAR_ZEROS;
    if (!checksum_agrees(block))
        return TAR_INVALID;
    header->type = (char)block.at[156];
    if (!read_length(walk, block, header))
        return TAR_INVALID;
    header->content = walk->at + BLOCK;
    header->sparse  = header->type == 'S' || walk->pax_sparse;
    /* The sparse map of old GNU tar goes on in blocks of its own, as long as a flag says so. */
    bool more = header->type == 'S' && block.at[482] != 0;
    while (more) {
        span_t extension = span_sub(walk->image, header->content, BLOCK);
        if (extension.at == NULL)
            return TAR_TRUNCATED;
        more = extension.at[504] != 0;
        header->content += BLOCK;
    }
    uint64_t end;
    if (!checked_add(header->content, header->length, &end))
        return TAR_INVALID;
    header->next = round_up(end, BLOCK);
    if (is_facts(header->type)) {
        span_t records = span_sub(walk->image, header->content, min_u64(header->length, PAX_SIZE_MAX));
        if (header->type == 'x' || header->type == 'X') {
            walk->pax = true;
            read_pax(walk, records);
        }
    } else {
        walk->has_pax_size = walk->pax_sparse = walk->pax = false;
    }
    walk->at = header->next;
    return is_facts(header->type) ? TAR_FACTS : TAR_MEMBER;
}

/* Where an archive ends whose zero blocks begin at `zeros`: after two of them, or at the end of the record they fill. */
static uint64_t end_of_zeros(span_t image, uint64_t zeros)
{
    uint64_t end = zeros;
    for (unsigned i = 0; i < 2; i++)
        if (span_is_filled_with(span_clip(image, end, BLOCK), 0))
            end = min_u64(end + BLOCK, image.size);
    uint64_t record = min_u64(end + (RECORD - end % RECORD) % RECORD, image.size);
    return span_is_filled_with(span_sub(image, end, record - end), 0) ? record : end;
}

static uint64_t tar_extent(span_t image)
{
    tar_walk_t   walk = {.image = image};
    tar_header_t header;
    for (;;) {
        switch (walk_step(&walk, &header)) {
        case TAR_MEMBER:
        case TAR_FACTS:
            if (header.next >= image.size)
                return image.size;
            break;
        case TAR_ZEROS: return end_of_zeros(image, header.start);
        case TAR_TRUNCATED: return image.size;
        case TAR_INVALID: return header.start;
        }
    }
}

/* Does what stands behind the first header bear it out? */
static bool second_is_sane(span_t image, bool *seen)
{
    tar_walk_t   walk = {.image = image};
    tar_header_t header, next;
    tar_step_t   first = walk_step(&walk, &header);
    *seen              = span_holds(image, header.next, BLOCK);
    if (first == TAR_INVALID || first == TAR_ZEROS)
        return false;
    if (!*seen)
        return true;
    tar_step_t second = walk_step(&walk, &next);
    return second != TAR_INVALID;
}

static unsigned tar_probe(span_t image)
{
    bool seen;
    if (!valid_header(image, 0) || !has_magic(image))
        return 0;
    bool sane = second_is_sane(image, &seen);
    return 40 + 16 + (sane && seen ? 16 : 0);
}

/* Without a magic, every field has to be what it should be. */
static unsigned v7_probe(span_t image)
{
    static const struct { uint16_t at, size; } numbers[] = {{100, 8}, {108, 8}, {116, 8}, {124, 12}, {136, 12}};
    if (!valid_header(image, 0) || has_magic(image))
        return 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        span_t   field = span_sub(image, numbers[i].at, numbers[i].size);
        uint64_t value;
        bool     digits = false;
        for (size_t j = 0; j < field.size; j++)
            digits = digits || (field.at[j] >= '0' && field.at[j] <= '7');
        if (!digits || (field.at[0] & 0x80) != 0 || !read_number(field, &value))
            return 0;
    }
    char type = (char)image.at[156];
    bool seen, sane = second_is_sane(image, &seen);
    if (!sane || image.at[0] < ' ' || (type != '\0' && (type < '0' || type > '7')))
        return 0;
    return seen ? 32 : 20;
}

/* Headers, facts and zeros are claimed before the contents, which libarchive finds. Says why the archive ends where it does. */
static void claim_structure(span_t image, uint64_t archive_end, sink_t *sink)
{
    tar_walk_t   walk = {.image = image};
    tar_header_t header;
    for (;;) {
        tar_step_t step = walk_step(&walk, &header);
        if (step == TAR_ZEROS) {
            sink_claim(sink, header.start, archive_end - header.start, REGION_PADDING);
            return;
        }
        if (step == TAR_INVALID) {
            sink_damage(sink, header.start, BLOCK, "the checksum of a header does not agree: the archive ends before it");
            return;
        }
        if (step == TAR_TRUNCATED) {
            if (header.start < image.size)
                sink_damage(sink, header.start, image.size - header.start, "the image ends in a header");
            else
                sink_note(sink, image.size, "the archive has no end mark");
            return;
        }
        sink_claim(sink, header.start, header.content - header.start, REGION_STRUCTURE);
        uint64_t end = min_u64(header.content + header.length, image.size);
        if (step == TAR_FACTS || header.type == 'D')
            sink_claim(sink, header.content, end - min_u64(header.content, end), REGION_STRUCTURE);
        span_t padding = span_clip(image, end, header.next - (header.content + header.length));
        if (span_is_filled_with(padding, 0))
            sink_claim(sink, end, padding.size, REGION_PADDING);
        if (header.next > image.size) {
            if (step == TAR_FACTS)
                sink_damage(sink, header.content, image.size - min_u64(header.content, image.size), "the image ends in an extended header");
            return;
        }
    }
}

/* What stands in a sparse member before its pieces is the map of where they belong. */
static void claim_sparse_maps(span_t image, sink_t *sink)
{
    tar_walk_t   walk = {.image = image};
    tar_header_t header;
    tar_step_t   step;
    while ((step = walk_step(&walk, &header)) == TAR_MEMBER || step == TAR_FACTS)
        if (header.sparse && span_holds(image, header.content, header.length))
            sink_claim(sink, header.content, header.length, REGION_STRUCTURE);
}

static status_t tar_extract_as(const char *format, span_t image, sink_t *sink)
{
    uint64_t end = tar_extent(image);
    if (end == 0)
        return status_fail(STATUS_REJECTED, format, 0, "not a tar header");
    archive_source_t source = {
        .format = format, .enable = archive_read_support_format_tar,
        .traits = ARCHIVE_TRAIT_MODE | ARCHIVE_TRAIT_OWNER | ARCHIVE_TRAIT_HARD_LINKS | ARCHIVE_TRAIT_HOLES,
    };
    claim_structure(image, end, sink);
    if (archive_extract(span_clip(image, 0, end), sink, &source).whole)
        claim_sparse_maps(span_clip(image, 0, end), sink);
    return ok();
}

static status_t tar_extract(span_t image, sink_t *sink) { return tar_extract_as("tar", image, sink); }
static status_t v7_extract(span_t image, sink_t *sink) { return tar_extract_as("tar-v7", image, sink); }

static const magic_t magics[] = {MAGIC("ustar", 257)};

const extractor_t tar_extractor = {
    .id = "tar", .name = "tar (ustar, pax, GNU)", .specification = "POSIX.1-2017, pax; GNU tar manual; libarchive tar(5)", .reach = REACH_EXTRACT,
    .magics = magics, .magic_count = 1, .probe = tar_probe, .extent = tar_extent, .extract = tar_extract,
};

const extractor_t tar_v7_extractor = {
    .id = "tar-v7", .name = "tar (Seventh Edition)", .specification = "Unix Seventh Edition, tar(5); libarchive tar(5)", .reach = REACH_EXTRACT,
    .magics = NULL, .magic_count = 0, .probe = v7_probe, .extent = tar_extent, .extract = v7_extract,
};
