#include "analysis/entropy.h"

#include "base/utf8.h"

enum {
    PADDING_RUN = 64,      /* a run of 00 or FF this long is padding wherever it stands */
    BLOCK       = 4096,
    SAMPLE_MAX  = 1 << 20  /* architecture is guessed from this much */
};

/* log2(x) × 2^16 for x ≥ 1, by repeated squaring of the mantissa: exact to the last bit on every machine. */
static uint64_t log2_q16(uint64_t x)
{
    unsigned whole    = 63 - (unsigned)__builtin_clzll(x);
    uint64_t mantissa = whole <= 31 ? x << (31 - whole) : x >> (whole - 31); /* 1.31 fixed point */
    uint64_t result   = (uint64_t)whole << 16;
    for (uint64_t bit = 1u << 15; bit > 0; bit >>= 1) {
        mantissa = mantissa * mantissa >> 31;
        if (mantissa >= UINT64_C(1) << 32) {
            mantissa >>= 1;
            result |= bit;
        }
    }
    return result;
}

static void count_bytes(span_t bytes, uint64_t counts[256])
{
    memset(counts, 0, 256 * sizeof *counts);
    for (size_t i = 0; i < bytes.size; i++)
        counts[bytes.at[i]]++;
}

static uint16_t entropy_of_counts(const uint64_t counts[256], uint64_t total)
{
    if (total == 0)
        return 0;
    /* H = log2(n) - (Σ c·log2 c) / n; the sum fits: n < 2^42 and log2 in Q16 < 2^22. */
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < 256; i++)
        if (counts[i] > 0)
            sum += (unsigned __int128)counts[i] * log2_q16(counts[i]);
    uint64_t mean = (uint64_t)(sum / total), all = log2_q16(total);
    uint64_t bits = all > mean ? all - mean : 0;
    return (uint16_t)min_u64(bits * 1000 >> 16, 8000);
}

uint16_t entropy_of(span_t bytes)
{
    uint64_t counts[256];
    count_bytes(bytes, counts);
    return entropy_of_counts(counts, bytes.size);
}

/* Chi-square against the uniform distribution, per mille of the degrees of freedom: about 1000 for random bytes, far more for
 * anything with structure. Compressed data of poor coders lies between. */
static uint64_t chi_square_per_mille(const uint64_t counts[256], uint64_t total)
{
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < 256; i++) {
        uint64_t scaled = counts[i] * 256;
        uint64_t off    = scaled > total ? scaled - total : total - scaled;
        sum += (unsigned __int128)off * off;
    }
    uint64_t chi = (uint64_t)(sum / total / 256);
    return chi * 1000 / 255;
}

static bool mostly_text(span_t bytes, const uint64_t counts[256])
{
    uint64_t printable = counts['\t'] + counts['\n'] + counts['\r'];
    for (size_t i = 0x20; i < 0x7F; i++)
        printable += counts[i];
    return printable >= bytes.size - bytes.size / 20;
}

region_class_t classify(span_t bytes, uint16_t entropy)
{
    uint64_t counts[256];
    count_bytes(bytes, counts);
    if (bytes.size == 0 || counts[0] + counts[0xFF] >= bytes.size - bytes.size / 10)
        return CLASS_SPARSE;
    if (mostly_text(bytes, counts))
        return CLASS_TEXT;
    if (bytes.size < 64)
        return CLASS_TABLE;
    /* The most that a random run of this size can show: log2(n) below 256 bytes, and somewhat less than 8 up to a few KiB. */
    unsigned high = bytes.size >= 4096 ? 7500 : bytes.size >= 1024 ? 7200 : bytes.size >= 256 ? 6600 : 5400;
    if (entropy >= high && (bytes.size < 4096 || chi_square_per_mille(counts, bytes.size) < 1000 * (4 + bytes.size / 4096)))
        return CLASS_COMPRESSED_OR_ENCRYPTED;
    return guess_architecture(bytes) != NULL ? CLASS_CODE : CLASS_TABLE;
}

static uint32_t word_le(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }

static bool mips_like(uint32_t word)
{
    uint32_t op = word >> 26;
    /* addiu, lui, lw, sw, lb(u), beq, bne, jal, ori, and SPECIAL with a plausible function. */
    return op == 9 || op == 15 || op == 35 || op == 43 || op == 32 || op == 36 || op == 4 || op == 5 || op == 3 || op == 13 ||
           (op == 0 && word != 0 && (word & 0x7C0) == 0 && (word & 0x3F) >= 8);
}

static bool arm64_like(uint32_t word)
{
    return (word >> 26) == 0x25 || (word >> 26) == 0x05 || word == 0xD65F03C0 || (word >> 22 & 0x3FF) == 0x2A5 || (word >> 22 & 0x3FF) == 0x2A4 ||
           (word >> 23 & 0x1FF) == 0x122 || (word >> 22 & 0x3FF) == 0x3E5 || (word >> 22 & 0x3FF) == 0x3E4 || (word >> 21 & 0x7FF) == 0x550 ||
           (word >> 24) == 0x54 || (word >> 25 & 0x3F) == 0x1A || (word >> 31 == 1 && (word >> 24 & 0x1F) == 0x10);
}

const char *guess_architecture(span_t bytes)
{
    span_t   sample = span_clip(bytes, 0, SAMPLE_MAX);
    uint64_t words = 0, arm = 0, arm64 = 0, mips_le = 0, mips_be = 0, powerpc = 0, thumb = 0, x86 = 0;
    for (size_t i = 0; i + 4 <= sample.size; i += 4) {
        uint32_t le = word_le(sample.at + i), be = __builtin_bswap32(le);
        if (le == 0 || le == UINT32_MAX)
            continue;
        words++;
        arm += (le >> 28) == 0xE;
        arm64 += arm64_like(le);
        mips_le += mips_like(le);
        mips_be += mips_like(be);
        uint32_t op = be >> 26;
        powerpc += op == 14 || op == 32 || op == 36 || op == 18 || op == 16 || op == 31 || be == 0x4E800020;
        thumb += (le & 0xFF00) == 0xB500 || (le & 0xFF00) == 0xBD00 || (le & 0xFFFF) == 0x4770 || (le >> 24) == 0xB5 || (le >> 24) == 0xBD ||
                 (le >> 16) == 0x4770 || (le & 0xF800) == 0xF000 || (le & 0xF800) == 0x4800;
    }
    for (size_t i = 0; i + 4 <= sample.size; i++)
        x86 += (sample.at[i] == 0x48 && (sample.at[i + 1] == 0x89 || sample.at[i + 1] == 0x8B || sample.at[i + 1] == 0x83)) ||
               (sample.at[i] == 0x55 && sample.at[i + 1] == 0x89 && sample.at[i + 2] == 0xE5) || (sample.at[i] == 0x0F && sample.at[i + 1] == 0x84) ||
               (sample.at[i] == 0xE8 && (sample.at[i + 3] == 0xFF || sample.at[i + 3] == 0));
    if (words < 64)
        return NULL;
    const struct { const char *name; uint64_t hits, per_mille; } guesses[] = {
        {"arm", arm, 450}, {"arm64", arm64, 500}, {"mips-le", mips_le, 550}, {"mips-be", mips_be, 550}, {"powerpc", powerpc, 550},
        {"thumb", thumb, 120}, {"x86", x86, 100},
    };
    const char *best = NULL;
    uint64_t    most = 1000;
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        uint64_t score = guesses[i].hits * 1000 * 1000 / words / guesses[i].per_mille; /* 1000: just enough */
        if (score >= most) {
            most = score;
            best = guesses[i].name;
        }
    }
    return best;
}

size_t filling_run(span_t bytes)
{
    if (bytes.size == 0 || (bytes.at[0] != 0 && bytes.at[0] != 0xFF))
        return 0;
    size_t run = 1;
    while (run < bytes.size && run < BLOCK && bytes.at[run] == bytes.at[0])
        run++;
    /* Long runs block by block, each compared with the one before. */
    while (run >= BLOCK && bytes.size - run >= BLOCK && memcmp(bytes.at + run - BLOCK, bytes.at + run, BLOCK) == 0)
        run += BLOCK;
    while (run < bytes.size && bytes.at[run] == bytes.at[0])
        run++;
    return run;
}

typedef struct { ledger_t *ledger; span_t blob; } explainer_t;

static void say_unknown(explainer_t *e, uint64_t from, uint64_t to)
{
    if (from == to)
        return;
    span_t   bytes   = span_sub(e->blob, from, to - from);
    uint16_t entropy = entropy_of(bytes);
    (void)ledger_claim(e->ledger, (region_t){from, to - from, REGION_UNKNOWN, NULL, NO_CHILD, classify(bytes, entropy), entropy});
}

static void say_padding(explainer_t *e, uint64_t from, uint64_t to)
{
    (void)ledger_claim(e->ledger, (region_t){from, to - from, REGION_PADDING, NULL, NO_CHILD, CLASS_NONE, 0});
}

/* Long runs of filling are padding, what stands between them is unknown. */
static void explain_gap(explainer_t *e, uint64_t from, uint64_t to)
{
    uint64_t unknown_from = from;
    for (uint64_t at = from; at < to;) {
        const uint8_t *here = e->blob.at + at;
        if (*here != 0 && *here != 0xFF) {
            at++;
            continue;
        }
        size_t run   = filling_run(span_from(here, to - at));
        bool   whole = run == to - from;
        if (whole || run >= PADDING_RUN) {
            say_unknown(e, unknown_from, at);
            say_padding(e, at, at + run);
            unknown_from = at + run;
        }
        at += run;
    }
    say_unknown(e, unknown_from, to);
}

status_t explain_rest(ledger_t *ledger, span_t blob)
{
    ledger_t    gaps;
    explainer_t e      = {ledger, blob};
    status_t    status = ledger_take_gaps(ledger, &gaps);
    for (size_t i = 0; status_ok(status) && i < gaps.count; i++)
        explain_gap(&e, gaps.regions[i].offset, gaps.regions[i].offset + gaps.regions[i].length);
    ledger_free(&gaps);
    return status_ok(status) ? ledger_settle(ledger) : status;
}
