/* Erase blocks of UBI: their headers, their size and their number. */
#include "extractors/ubi.h"

enum { HEADERS_ASKED = 64, GUESSED_PEB = 128 << 10, PAGES_OF_A_PEB = 64, UBI_VERSION = 1 };
/* How far the headers are looked for that tell the size. */
enum { WINDOW = 64 << 20 };

/* Both headers end with the CRC of what is before it. */
static bool header_is_sound(span_t header, const char *magic)
{
    if (header.size < UBI_HEADER || memcmp(header.at, magic, 4) != 0 || header.at[4] != UBI_VERSION)
        return false;
    reader_t r = reader_at(header, UBI_HEADER - 4);
    return read_be32(&r) == ubi_crc(span_sub(header, 0, UBI_HEADER - 4));
}

bool ubi_read_ec(span_t header, ubi_ec_t *ec)
{
    if (!header_is_sound(header, "UBI#"))
        return false;
    reader_t r      = reader_at(header, 8);
    ec->erase_count = read_be64(&r);
    ec->vid_offset  = read_be32(&r);
    ec->data_offset = read_be32(&r);
    ec->image_seq   = read_be32(&r);
    return ec->vid_offset >= UBI_HEADER && ec->vid_offset < UBI_PEB_MAX && ec->data_offset >= ec->vid_offset + UBI_HEADER &&
           ec->data_offset < UBI_PEB_MAX;
}

bool ubi_read_vid(span_t header, ubi_vid_t *vid)
{
    if (!header_is_sound(header, "UBI!"))
        return false;
    reader_t r = reader_at(header, 5);
    *vid       = (ubi_vid_t){.type = read_u8(&r)};
    vid->copy  = read_u8(&r) != 0;
    vid->compat = read_u8(&r);
    vid->volume = read_be32(&r);
    vid->lnum   = read_be32(&r);
    reader_skip(&r, 4);
    vid->data_size = read_be32(&r);
    vid->used_ebs  = read_be32(&r);
    vid->data_pad  = read_be32(&r);
    vid->data_crc  = read_be32(&r);
    reader_skip(&r, 4);
    vid->sqnum = read_be64(&r);
    return (vid->type == UBI_DYNAMIC || vid->type == UBI_STATIC) && vid->volume <= UBI_INTERNAL_VOLUME_LAST && vid->lnum <= INT32_MAX;
}

/* ---- geometry ---- */

/* The next sound erase counter header at `from` or later; image.size when there is none before `to`. */
static uint64_t next_ec(span_t image, uint64_t from, uint64_t to, ubi_ec_t *ec)
{
    span_t rest = span_clip(image, 0, to);
    while (from < rest.size) {
        const uint8_t *hit = memmem(rest.at + from, rest.size - from, "UBI#", 4);
        if (hit == NULL)
            break;
        from = (uint64_t)(hit - rest.at);
        if (ubi_read_ec(span_from_offset(image, from), ec))
            return from;
        from++;
    }
    return image.size;
}

static bool size_is_possible(const ubi_geometry_t *g, uint64_t size)
{
    return size >= UBI_PEB_MIN && size <= UBI_PEB_MAX && size >= (uint64_t)g->data_offset * 2 && size % 64 == 0;
}

/* The distance that neighbouring headers have most often; erased blocks in between make some of them larger. */
static uint64_t usual_distance(const ubi_geometry_t *g, const uint64_t *at, size_t count)
{
    uint64_t best  = 0;
    size_t   votes = 0;
    for (size_t i = 1; i < count; i++) {
        uint64_t size = at[i] - at[i - 1];
        size_t   same = 0;
        if (!size_is_possible(g, size))
            continue;
        for (size_t j = 1; j < count; j++)
            same += at[j] - at[j - 1] == size;
        if (same > votes || (same == votes && size < best)) {
            best  = size;
            votes = same;
        }
    }
    return best;
}

/* A first block whose own header is damaged: its volume identifier must stand where the header of a block behind it says. Few places
 * are looked at, since many false volume identifiers may ask for it. */
static bool starts_without_ec(span_t image)
{
    ubi_ec_t  ec;
    ubi_vid_t vid;
    for (uint64_t size = UBI_PEB_MIN; size <= UBI_PEB_MAX && size < image.size; size *= 2)
        if (ubi_read_ec(span_from_offset(image, size), &ec))
            return ubi_read_vid(span_from_offset(image, ec.vid_offset), &vid);
    return false;
}

bool ubi_find_geometry(span_t image, ubi_geometry_t *geometry)
{
    uint64_t at[HEADERS_ASKED], window = WINDOW;
    ubi_ec_t ec, first;
    if (!ubi_read_ec(image, &first) && !starts_without_ec(image))
        return false;
    uint64_t place = next_ec(image, 0, window, &first);
    if (place >= image.size)
        return false;
    *geometry    = (ubi_geometry_t){.vid_offset = first.vid_offset, .data_offset = first.data_offset, .image_seq = first.image_seq};
    size_t count = 0;
    for (at[count++] = place; count < HEADERS_ASKED; ) {
        place = next_ec(image, place + UBI_HEADER, window, &ec);
        if (place >= image.size)
            break;
        /* Headers of another image, or of one that a volume holds, tell another distance. */
        if (ec.vid_offset == first.vid_offset && ec.data_offset == first.data_offset && (ec.image_seq == first.image_seq || ec.image_seq == 0))
            at[count++] = place;
    }
    geometry->peb_size = usual_distance(geometry, at, count);
    if (geometry->peb_size == 0) {
        /* Two blocks, and the first has no header. */
        if (at[0] != 0) {
            geometry->peb_size = at[0];
            return size_is_possible(geometry, at[0]);
        }
        geometry->guessed  = true;
        geometry->peb_size = max_u64(GUESSED_PEB, min_u64((uint64_t)geometry->data_offset / 2 * PAGES_OF_A_PEB, UBI_PEB_MAX));
        geometry->peb_size = round_up(geometry->peb_size, 4096);
        if (image.size >= (uint64_t)geometry->data_offset * 2 && image.size < geometry->peb_size)
            geometry->peb_size = image.size;
        return geometry->peb_size >= (uint64_t)geometry->data_offset * 2;
    }
    return at[0] % geometry->peb_size == 0;
}

/* ---- blocks ---- */

ubi_peb_t ubi_peb_at(span_t image, const ubi_geometry_t *g, size_t index)
{
    ubi_peb_t peb   = {.state = UBI_PEB_STRANGE};
    span_t    block = span_clip(image, index * g->peb_size, g->peb_size), vid = span_clip(block, g->vid_offset, UBI_HEADER);
    peb.ec_good  = ubi_read_ec(block, &peb.ec);
    peb.vid_good = ubi_read_vid(vid, &peb.vid);
    if (peb.ec_good && g->image_seq != 0 && peb.ec.image_seq != 0 && peb.ec.image_seq != g->image_seq)
        peb.state = UBI_PEB_FOREIGN;
    else if (peb.vid_good)
        peb.state = UBI_PEB_USED;
    else if (peb.ec_good)
        peb.state = span_is_filled_with(vid, 0xFF) ? UBI_PEB_FREE : UBI_PEB_NAMELESS;
    else if (span_is_filled_with(block, 0xFF))
        peb.state = UBI_PEB_ERASED;
    return peb;
}

size_t ubi_count_pebs(span_t image, const ubi_geometry_t *g)
{
    size_t count = 0, strangers = 0;
    for (size_t i = 0; i < image.size / g->peb_size + 1 && i * g->peb_size < image.size && strangers <= UBI_STRANGERS_MAX; i++) {
        ubi_peb_t peb = ubi_peb_at(image, g, i);
        if (peb.state == UBI_PEB_STRANGE || peb.state == UBI_PEB_FOREIGN) {
            strangers++;
        } else if (peb.state != UBI_PEB_ERASED) {
            strangers = 0;
            count     = i + 1;
        }
    }
    return count;
}
