/* PEM: certificates and keys as text. Blocks from "-----BEGIN LABEL-----" to "-----END LABEL-----", base64 between them, text before and behind
 * each; every block must decode to a DER element that ends where it ends. An encrypted key has headers in front ("Proc-Type: 4,ENCRYPTED") or
 * another label. What the certificates say is told by the analysis. Source: RFC 7468; RFC 1421, 4.6. */
#include "extractors/base64_common.h"
#include "extractors/der_common.h"
#include "extractors/memory_common.h"

enum { LINE_MAX_SIZE = 1024, LABEL_MAX = 64, BITS_BLOCK = 96, BLOCKS_MAX = 4096, GAP_MAX = 64 << 10 };

typedef struct { uint64_t end; span_t label; bool sound, encrypted; } block_t; /* end 0: none begins here */

static bool is_mark(span_t line, const char *mark, span_t *label)
{
    size_t begin = strlen(mark);
    if (!span_starts_with(line, span_from_text(mark)) || line.size < begin + 6 || line.size > begin + 5 + LABEL_MAX ||
        !span_has_text_at(line, line.size - 5, "-----"))
        return false;
    *label = span_sub(line, begin, line.size - begin - 5);
    for (size_t i = 0; i < label->size; i++)
        if ((label->at[i] < 'A' || label->at[i] > 'Z') && label->at[i] != ' ' && (label->at[i] < '0' || label->at[i] > '9'))
            return false;
    return true;
}

/* What was decoded is one DER element, or data that is encrypted or of OpenPGP or SSH, which have other forms. */
static bool is_sound(span_t decoded, const block_t *block)
{
    reader_t r = reader_from(decoded);
    der_t    element;
    bool     other = span_starts_with(block->label, span_from_text("PGP ")) || span_starts_with(block->label, span_from_text("OPENSSH "));
    return block->encrypted || other ? decoded.size > 0 : der_expect(&r, DER_SEQUENCE, &element) && reader_left(&r) == 0;
}

static block_t read_block(span_t image, uint64_t at)
{
    block_t  block   = {.end = 0};
    buffer_t decoded = {0};
    line_t   line;
    span_t   end;
    uint8_t  out[LINE_MAX_SIZE];
    size_t   size;
    bool     filled, headers = false;
    if (!line_next(image, &at, LINE_MAX_SIZE, &line) || !is_mark(line.text, "-----BEGIN ", &block.label))
        return block;
    while (line_next(image, &at, LINE_MAX_SIZE, &line)) {
        if (is_mark(line.text, "-----END ", &end)) {
            block.sound = span_equal(end, block.label) && is_sound(span_from(decoded.at, decoded.size), &block);
            block.end   = at;
            break;
        }
        bool is_header = decoded.size == 0 && memchr(line.text.at, ':', line.text.size) != NULL;
        headers        = headers || is_header;
        block.encrypted = block.encrypted || (is_header && span_has_text_at(line.text, 0, "Proc-Type: 4,ENCRYPTED"));
        if (is_header || line.text.size == 0 || line.text.at[0] == '=')
            continue; /* '=': the checksum of OpenPGP */
        if (!base64_line(line.text, out, &size, &filled))
            break;
        buffer_append(&decoded, span_from(out, size));
    }
    buffer_free(&decoded);
    return block;
}

static unsigned pem_probe(span_t image)
{
    block_t block = read_block(image, 0);
    return block.end > 0 && block.sound ? BITS_BLOCK : 0;
}

static bool is_text(span_t s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((s.at[i] < 0x20 && s.at[i] != '\n' && s.at[i] != '\r' && s.at[i] != '\t') || s.at[i] == 0x7F)
            return false;
    return true;
}

/* Blocks with text between them, to the end of the last; text to the end of the image belongs to it as well. */
static uint64_t walk(span_t image, sink_t *sink, unsigned *blocks)
{
    static const char begin[] = "-----BEGIN ";
    uint64_t          at      = 0;
    *blocks                   = 0;
    while (*blocks < BLOCKS_MAX) {
        block_t block = read_block(image, at);
        if (block.end > 0) {
            ++*blocks;
            if (sink != NULL && !block.sound)
                sink_damage(sink, at, block.end - at, "the block does not hold one DER element, or ends as another");
            if (sink != NULL && (block.encrypted || span_starts_with(block.label, span_from_text("ENCRYPTED "))))
                sink_limit(sink, at, block.end - at, "encrypted", "a private key encrypted with a password");
            at = block.end;
        } else if (*blocks > 0) {
            at += sizeof begin - 1; /* one that is broken is text */
        }
        span_t         rest = span_clip(image, at, GAP_MAX);
        const uint8_t *next = rest.size > 0 ? memmem(rest.at, rest.size, begin, sizeof begin - 1) : NULL;
        size_t         gap  = next != NULL ? (size_t)(next - rest.at) : rest.size;
        if (!is_text(span_clip(rest, 0, gap)))
            break;
        if (next == NULL)
            return at + gap == image.size ? image.size : at;
        at += gap;
    }
    return at;
}

static uint64_t pem_extent(span_t image)
{
    unsigned blocks;
    return pem_probe(image) > 0 ? walk(image, NULL, &blocks) : 0;
}

static status_t pem_extract(span_t image, sink_t *sink)
{
    unsigned blocks;
    if (pem_probe(image) == 0)
        return status_fail(STATUS_REJECTED, "pem", 0, "not a PEM block");
    sink_claim(sink, 0, min_u64(walk(image, sink, &blocks), image.size), REGION_CONTENT);
    sink_fact_printf(sink, "pem.blocks", "%u", blocks);
    return ok();
}

static const magic_t magics[] = {MAGIC("-----BEGIN ", 0)};

const extractor_t pem_extractor = {
    .id = "pem", .name = "PEM certificates and keys", .specification = "RFC 7468", .reach = REACH_VERIFY, .magics = magics, .magic_count = 1,
    .probe = pem_probe, .extent = pem_extent, .extract = pem_extract,
};
