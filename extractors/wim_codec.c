/* XPRESS and LZX as WIM uses them: each chunk on its own, of at most 32 KiB.
 * XPRESS: 256 bytes with the code lengths of 512 symbols, four bits each; then bits in 16-bit words, the highest first. LZX: blocks (3 bits for
 * the kind, 1 for "of the usual size", else 16 for the size) with trees whose lengths are sent as differences from those before; the
 * operands of x86 calls are absolute and made relative again. Sources: [MS-XCA] 2.1; [MS-PATCH] 2 (LZX); wimlib, xpress_decompress.c,
 * lzx_decompress.c, lzx_constants.h. */
#include "extractors/wim.h"

#include <stdlib.h>

enum { XPRESS_SYMBOLS = 512, LZX_SLOTS = 30, LZX_MAIN = 256 + 8 * LZX_SLOTS, LZX_LENGTHS = 249, LZX_ALIGNED = 8, LZX_PRE = 20, BITS_MAX = 16, SYMBOLS_MAX = 512 };
enum { BLOCK_VERBATIM = 1, BLOCK_ALIGNED = 2, BLOCK_PLAIN = 3, CALL_FILE_SIZE = 12000000 };

typedef struct { span_t in; size_t at; uint64_t bits; unsigned have; bool over; } bits_t;

/* At least `count` (up to 16) bits are there; behind the end of the chunk they are zeros, but not for long. */
static void need(bits_t *b, unsigned count)
{
    while (b->have < count) {
        uint64_t word = 0;
        if (b->at + 2 <= b->in.size)
            word = (uint64_t)b->in.at[b->at] | (uint64_t)b->in.at[b->at + 1] << 8;
        else if (b->at > b->in.size + 8)
            b->over = true;
        b->at   += 2;
        b->bits  = b->bits << 16 | word;
        b->have += 16;
    }
}

static uint32_t take(bits_t *b, unsigned count)
{
    if (count == 0)
        return 0;
    need(b, count);
    b->have -= count;
    return (uint32_t)(b->bits >> b->have & ((1u << count) - 1));
}

static uint32_t plain_bytes(bits_t *b, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++, b->at++)
        value |= (b->at < b->in.size ? (uint32_t)b->in.at[b->at] : 0) << (8 * i);
    return value;
}

/* A canonical code: symbols in order of length, then of number. */
typedef struct { uint16_t count[BITS_MAX + 1], symbols[SYMBOLS_MAX]; bool empty; } code_t;

static bool build(code_t *code, const uint8_t *lengths, unsigned symbols)
{
    uint16_t at[BITS_MAX + 1] = {0};
    int      left             = 1;
    memset(code->count, 0, sizeof code->count);
    for (unsigned i = 0; i < symbols; i++)
        code->count[lengths[i]]++;
    code->empty    = code->count[0] == symbols;
    code->count[0] = 0;
    for (unsigned length = 1; length <= BITS_MAX; length++) {
        left = left * 2 - code->count[length];
        if (left < 0)
            return false;
        at[length] = (uint16_t)(at[length - 1] + code->count[length - 1]);
    }
    for (unsigned i = 0; i < symbols; i++)
        if (lengths[i] != 0)
            code->symbols[at[lengths[i]]++] = (uint16_t)i;
    return true;
}

static bool next_symbol(bits_t *b, const code_t *code, uint32_t *symbol)
{
    int value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= BITS_MAX; length++) {
        value    |= (int)take(b, 1);
        int count = code->count[length];
        if (value - count < first) {
            *symbol = code->symbols[index + (value - first)];
            return !b->over;
        }
        index += count;
        first  = (first + count) << 1;
        value <<= 1;
    }
    return false;
}

static bool copy(uint8_t *out, size_t *done, size_t size, uint64_t back, uint64_t length)
{
    if (back == 0 || back > *done || length > size - *done)
        return false;
    for (; length > 0; length--, (*done)++)
        out[*done] = out[*done - back];
    return true;
}

bool wim_xpress(span_t in, uint8_t *out, size_t size)
{
    uint8_t lengths[XPRESS_SYMBOLS];
    code_t  code;
    if (in.size < XPRESS_SYMBOLS / 2)
        return false;
    for (unsigned i = 0; i < XPRESS_SYMBOLS; i++)
        lengths[i] = i % 2 == 0 ? in.at[i / 2] & 15 : in.at[i / 2] >> 4;
    if (!build(&code, lengths, XPRESS_SYMBOLS))
        return false;
    bits_t b = {.in = span_from_offset(in, XPRESS_SYMBOLS / 2)};
    for (size_t done = 0; done < size;) {
        uint32_t symbol;
        need(&b, 16);
        if (!next_symbol(&b, &code, &symbol))
            return false;
        if (symbol < 256) {
            out[done++] = (uint8_t)symbol;
            continue;
        }
        unsigned offset_bits = symbol >> 4 & 15;
        uint64_t length      = symbol & 15;
        need(&b, 16);
        uint64_t back = (uint64_t)1 << offset_bits | take(&b, offset_bits);
        if (length == 15) {
            length += plain_bytes(&b, 1);
            if (length == 15 + 255)
                length = plain_bytes(&b, 2);
        }
        if (!copy(out, &done, size, back, length + 3))
            return false;
    }
    return true;
}

typedef struct { bits_t b; uint8_t main[LZX_MAIN], lengths[LZX_LENGTHS]; code_t main_code, length_code, aligned_code; uint32_t recent[3]; } lzx_t;

/* Lengths are sent as differences from those before, with a code of their own. */
static bool read_lengths(lzx_t *z, uint8_t *lengths, unsigned count)
{
    uint8_t pre[LZX_PRE];
    code_t  code;
    for (unsigned i = 0; i < LZX_PRE; i++)
        pre[i] = (uint8_t)take(&z->b, 4);
    if (!build(&code, pre, LZX_PRE))
        return false;
    for (unsigned i = 0; i < count;) {
        uint32_t symbol;
        unsigned run = 1;
        uint8_t  value = 0;
        if (!next_symbol(&z->b, &code, &symbol))
            return false;
        if (symbol < 17) {
            value = (uint8_t)((lengths[i] + 17 - symbol) % 17);
        } else if (symbol == 17) {
            run = 4 + take(&z->b, 4);
        } else if (symbol == 18) {
            run = 20 + take(&z->b, 5);
        } else {
            run = 4 + take(&z->b, 1);
            if (!next_symbol(&z->b, &code, &symbol) || symbol > 16)
                return false;
            value = (uint8_t)((lengths[i] + 17 - symbol) % 17);
        }
        while (run-- > 0 && i < count)
            lengths[i++] = value;
    }
    return true;
}

static bool read_trees(lzx_t *z, unsigned kind)
{
    uint8_t aligned[LZX_ALIGNED];
    for (unsigned i = 0; kind == BLOCK_ALIGNED && i < LZX_ALIGNED; i++)
        aligned[i] = (uint8_t)take(&z->b, 3);
    if (kind == BLOCK_ALIGNED && !build(&z->aligned_code, aligned, LZX_ALIGNED))
        return false;
    return read_lengths(z, z->main, 256) && read_lengths(z, z->main + 256, LZX_MAIN - 256) && build(&z->main_code, z->main, LZX_MAIN) &&
           read_lengths(z, z->lengths, LZX_LENGTHS) && build(&z->length_code, z->lengths, LZX_LENGTHS);
}

static unsigned extra_bits(unsigned slot) { return slot < 4 ? 0 : slot / 2 - 1; }

static uint32_t slot_base(unsigned slot)
{
    uint32_t base = 0;
    for (unsigned i = 0; i < slot; i++)
        base += 1u << extra_bits(i);
    return base;
}

static bool read_match(lzx_t *z, unsigned kind, uint32_t symbol, uint8_t *out, size_t *done, size_t size)
{
    uint32_t length = (symbol - 256) & 7, slot = (symbol - 256) >> 3, more, back;
    if (length == 7) {
        if (z->length_code.empty || !next_symbol(&z->b, &z->length_code, &more))
            return false;
        length += more;
    }
    if (slot < 3) {
        back            = z->recent[slot];
        z->recent[slot] = z->recent[0];
    } else {
        unsigned extra = extra_bits(slot);
        back           = slot_base(slot) - 2;
        if (kind == BLOCK_ALIGNED && extra >= 3) {
            back += take(&z->b, extra - 3) << 3;
            if (!next_symbol(&z->b, &z->aligned_code, &more))
                return false;
            back += more;
        } else {
            back += take(&z->b, extra);
        }
        z->recent[2] = z->recent[1];
        z->recent[1] = z->recent[0];
    }
    z->recent[0] = back;
    return copy(out, done, size, back, (uint64_t)length + 2);
}

static bool read_plain(lzx_t *z, uint8_t *out, size_t *done, uint64_t length)
{
    /* To the next word; one that is wholly unread is filling as well. */
    if (z->b.have >= 16)
        z->b.at -= 2 * (z->b.have / 16);
    if (z->b.have % 16 == 0 && z->b.have == 0)
        z->b.at += 2;
    z->b.have = 0;
    for (unsigned i = 0; i < 3; i++)
        z->recent[i] = plain_bytes(&z->b, 4);
    if (z->b.at > z->b.in.size || length > z->b.in.size - z->b.at)
        return false;
    memcpy(out + *done, z->b.in.at + z->b.at, (size_t)length);
    *done   += (size_t)length;
    z->b.at += (size_t)length + (length & 1);
    return true;
}

/* The operands of calls: absolute where the packer found them in reach. */
static void relative_calls(uint8_t *out, size_t size)
{
    for (size_t i = 0; size > 10 && i < size - 10; i++) {
        if (out[i] != 0xE8)
            continue;
        reader_t r        = reader_from(span_from(out + i + 1, 4));
        int32_t  absolute = (int32_t)read_le32(&r), relative = absolute;
        if (absolute >= 0 && absolute < CALL_FILE_SIZE)
            relative = absolute - (int32_t)i;
        else if (absolute < 0 && absolute >= -(int32_t)i)
            relative = absolute + CALL_FILE_SIZE;
        for (unsigned j = 0; j < 4; j++)
            out[i + 1 + j] = (uint8_t)((uint32_t)relative >> (8 * j));
        i += 4;
    }
}

static bool unpack_lzx(lzx_t *z, uint8_t *out, size_t size)
{
    for (size_t done = 0; done < size;) {
        unsigned kind  = take(&z->b, 3);
        uint64_t block = take(&z->b, 1) != 0 ? WIM_CHUNK : take(&z->b, 16);
        size_t   end   = done + (size_t)min_u64(block, size - done);
        if (block == 0 || kind == 0 || kind > BLOCK_PLAIN || z->b.over)
            return false;
        if (kind == BLOCK_PLAIN) {
            if (!read_plain(z, out, &done, end - done))
                return false;
            continue;
        }
        if (!read_trees(z, kind))
            return false;
        while (done < end) {
            uint32_t symbol;
            if (!next_symbol(&z->b, &z->main_code, &symbol))
                return false;
            if (symbol < 256)
                out[done++] = (uint8_t)symbol;
            else if (!read_match(z, kind, symbol, out, &done, end))
                return false;
        }
    }
    relative_calls(out, size);
    return true;
}

bool wim_lzx(span_t in, uint8_t *out, size_t size)
{
    lzx_t *z = calloc(1, sizeof *z);
    if (z == NULL)
        return false;
    z->b         = (bits_t){.in = in};
    z->recent[0] = z->recent[1] = z->recent[2] = 1;
    bool good = unpack_lzx(z, out, size);
    free(z);
    return good;
}
