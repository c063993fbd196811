/* Console fonts. PSF1: magic 36 04, mode, bytes of a glyph, 256 or 512 glyphs. PSF2: magic 72 B5 4A 86, version, size of the
 * header, flags, glyphs, bytes of a glyph, height, width. Either may end with a table of characters: per glyph a list that
 * FFFF (PSF1) or FF (PSF2) ends. Source: kbd, psf.h and psfxtable. */
#include "extractors/extractor.h"

enum { PSF1_HEADER = 4, PSF1_512 = 1, PSF1_TABLES = 6, PSF2_HEADER = 32, PSF2_TABLE = 1, GLYPHS_MAX = 65536 };

typedef struct { uint64_t glyphs, glyph_size, start, end; bool is_2; } psf_t;

/* The end of a table of `glyphs` lists at `at`; 0 when it does not end in the image. */
static uint64_t table_end(span_t image, uint64_t at, uint64_t glyphs, bool is_2)
{
    reader_t r = reader_at(image, at);
    while (glyphs > 0 && reader_ok(&r))
        glyphs -= is_2 ? read_u8(&r) == 0xFF : read_le16(&r) == 0xFFFF;
    return reader_ok(&r) ? r.pos : 0;
}

static bool read_psf1(span_t image, psf_t *psf, bool *has_table)
{
    reader_t r    = reader_at(image, 2);
    uint8_t  mode = read_u8(&r);
    *psf          = (psf_t){.glyphs = (mode & PSF1_512) != 0 ? 512 : 256, .glyph_size = read_u8(&r), .start = PSF1_HEADER};
    *has_table    = (mode & PSF1_TABLES) != 0;
    return reader_ok(&r) && mode <= 7 && psf->glyph_size >= 4 && psf->glyph_size <= 64;
}

static bool read_psf2(span_t image, psf_t *psf, bool *has_table)
{
    reader_t r       = reader_at(image, 4);
    uint32_t version = read_le32(&r), header = read_le32(&r), flags = read_le32(&r), glyphs = read_le32(&r), size = read_le32(&r);
    uint64_t height = read_le32(&r), width = read_le32(&r);
    *psf       = (psf_t){.glyphs = glyphs, .glyph_size = size, .start = header, .is_2 = true};
    *has_table = (flags & PSF2_TABLE) != 0;
    return reader_ok(&r) && version == 0 && header >= PSF2_HEADER && header <= 4096 && flags <= 1 && glyphs > 0 && glyphs <= GLYPHS_MAX &&
           height > 0 && height <= 256 && width > 0 && width <= 256 && size == height * ((width + 7) / 8);
}

static bool read_psf(span_t image, psf_t *psf)
{
    bool has_table;
    if (!(span_has_text_at(image, 0, "\x36\x04") ? read_psf1(image, psf, &has_table)
                                                 : span_has_text_at(image, 0, "\x72\xB5\x4A\x86") && read_psf2(image, psf, &has_table)))
        return false;
    psf->end = psf->start + psf->glyphs * psf->glyph_size;
    if (psf->end > image.size)
        return false;
    if (has_table)
        psf->end = table_end(image, psf->end, psf->glyphs, psf->is_2);
    return psf->end > 0 && (psf->is_2 || psf->end == image.size); /* the short magic alone is not enough */
}

static unsigned psf_probe(span_t image)
{
    psf_t psf;
    return read_psf(image, &psf) ? (psf.is_2 ? 32 + 64 : 16 + 32) : 0;
}

static uint64_t psf_extent(span_t image)
{
    psf_t psf;
    return read_psf(image, &psf) ? psf.end : 0;
}

static status_t psf_extract(span_t image, sink_t *sink)
{
    psf_t psf;
    if (!read_psf(image, &psf))
        return status_fail(STATUS_REJECTED, "psf", 0, "not a console font");
    sink_fact_printf(sink, "psf.glyphs", "%llu", (unsigned long long)psf.glyphs);
    sink_claim(sink, 0, psf.end, REGION_CONTENT);
    return ok();
}

static const magic_t magics[] = {MAGIC("\x36\x04", 0), MAGIC("\x72\xB5\x4A\x86", 0)};

const extractor_t psf_extractor = {
    .id = "psf", .name = "Console font", .specification = "kbd, src/psf.h", .reach = REACH_VERIFY, .only_at_start = true,
    .magics = magics, .magic_count = 2, .probe = psf_probe, .extent = psf_extent, .extract = psf_extract,
};
