#include "extractors/vendor_image.h"

#include "extractors/partition_common.h"

#include <openssl/evp.h>

void vendor_add_part(vendor_image_t *image, span_t name, uint64_t offset, uint64_t length)
{
    if (length > 0 && image->part_count < VENDOR_PARTS_MAX)
        image->parts[image->part_count++] = (vendor_part_t){name, offset, length};
}

void vendor_add_sum(vendor_image_t *image, const char *what, uint64_t offset, uint64_t length, unsigned bits, bool agrees)
{
    if (image->sum_count < VENDOR_SUMS_MAX)
        image->sums[image->sum_count++] = (vendor_sum_t){what, offset, length, bits, agrees};
}

unsigned vendor_bits(const vendor_image_t *image)
{
    unsigned bits = image->bits;
    for (size_t i = 0; i < image->sum_count; i++)
        bits += image->sums[i].agrees ? image->sums[i].bits : 0;
    return bits;
}

uint64_t vendor_extent(span_t bytes, const vendor_image_t *image) { return min_u64(bytes.size, image->length); }

void vendor_claim(span_t bytes, sink_t *sink, const vendor_image_t *image)
{
    sink_claim(sink, 0, min_u64(image->header, bytes.size), REGION_STRUCTURE);
    if (image->length > bytes.size)
        sink_damage(sink, bytes.size, 0, "the image ends before it should by its header");
    for (size_t i = 0; i < image->sum_count; i++)
        if (!image->sums[i].agrees)
            sink_damage(sink, image->sums[i].offset, image->sums[i].length, image->sums[i].what);
}

status_t vendor_show(span_t bytes, sink_t *sink, const vendor_image_t *image)
{
    partitions_t parts = {.sink = sink};
    bool         more  = true;
    vendor_claim(bytes, sink, image);
    for (size_t i = 0; more && i < image->part_count; i++)
        more = partition_show(&parts, image->parts[i].name, (unsigned)i, image->parts[i].offset, image->parts[i].length);
    partitions_free(&parts);
    return ok();
}

bool vendor_text(span_t bytes, uint64_t offset, uint64_t size, span_t *text)
{
    span_t field = span_sub(bytes, offset, size);
    size_t end   = 0;
    if (field.at == NULL)
        return false;
    while (end < field.size && field.at[end] != 0x00 && field.at[end] != 0xFF) {
        uint8_t c = field.at[end++];
        if ((c < 0x20 || c > 0x7E) && c != '\r' && c != '\n' && c != '\t')
            return false;
    }
    *text = span_from(field.at, end);
    return true;
}

void vendor_fact(sink_t *sink, const char *key, span_t text)
{
    while (text.size > 0 && (text.at[text.size - 1] == '\r' || text.at[text.size - 1] == '\n' || text.at[text.size - 1] == ' '))
        text.size--;
    if (text.size > 0)
        sink_fact_printf(sink, key, "%.*s", (int)min_u64(text.size, TEXT_SHORT_MAX), (const char *)text.at);
}

bool vendor_md5(const span_t *pieces, size_t count, uint8_t digest[MD5_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool        good    = context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1;
    for (size_t i = 0; good && i < count; i++)
        good = EVP_DigestUpdate(context, pieces[i].at, pieces[i].size) == 1;
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}
