/* Sources: SmartMedia ECC, Toshiba/Samsung application notes; Linux, drivers/mtd/nand/ecc-sw-hamming.c and ecc-sw-bch.c for the order of
 * bits; S. Lin, D. Costello, "Error Control Coding", chapter 6 (BCH, Berlekamp-Massey for binary codes, Chien search). */
#include "extractors/nand_ecc.h"

#include <stdlib.h>

enum { BCH_WORDS_MAX = 9, BCH_STRENGTH_MAX = 40, FIELD_MAX = 1 << 14, HAMMING_BYTES = 3 };

struct nand_code {
    nand_code_kind_t kind;
    unsigned step, strength, bytes;
    /* BCH alone: */
    unsigned degree, bits, words;             /* of the field; of the code; 64-bit words of a remainder */
    uint32_t order;                           /* elements of the field but zero */
    uint16_t exp[2 * FIELD_MAX], log[FIELD_MAX];
    uint64_t table[256][BCH_WORDS_MAX];       /* what a byte that leaves the top of the remainder adds */
    uint8_t  mask[NAND_ECC_BYTES_MAX];        /* makes the code of erased data FF */
};

static unsigned field_degree(unsigned step) { return step == 512 ? 13 : 14; }

unsigned nand_code_bytes(nand_code_kind_t kind, unsigned step, unsigned strength)
{
    return kind == NAND_BCH ? (field_degree(step) * strength + 7) / 8 : HAMMING_BYTES;
}

/* ---- Hamming ---- */

/* Line parities: bit i of `odd` over the bytes whose index has bit i, of `even` over the others. */
static void hamming_calculate(const nand_code_t *code, const uint8_t *data, uint8_t ecc[HAMMING_BYTES])
{
    unsigned columns = 0, odd = 0, total = 0;
    for (unsigned i = 0; i < code->step; i++) {
        unsigned parity = (unsigned)__builtin_parity(data[i]);
        columns ^= data[i];
        total ^= parity;
        odd ^= parity != 0 ? i : 0;
    }
    unsigned even = total != 0 ? ~odd : odd, lines = 0, column = 0;
    for (unsigned bit = 0; bit < 9; bit++)
        lines |= (even >> bit & 1) << (2 * bit) | (odd >> bit & 1) << (2 * bit + 1);
    static const uint8_t columns_of[] = {0x55, 0xAA, 0x33, 0xCC, 0x0F, 0xF0};
    for (unsigned i = 0; i < sizeof columns_of; i++)
        column |= (unsigned)__builtin_parity(columns & columns_of[i]) << i;
    bool low_first = code->kind == NAND_HAMMING_SMARTMEDIA;
    ecc[low_first ? 0 : 1] = (uint8_t)~lines;
    ecc[low_first ? 1 : 0] = (uint8_t)~(lines >> 8);
    ecc[2]                 = (uint8_t)~(column << 2 | (code->step == 512 ? lines >> 16 & 3 : 0));
}

static int hamming_correct(const nand_code_t *code, uint8_t *data, uint8_t *ecc)
{
    uint8_t now[HAMMING_BYTES];
    hamming_calculate(code, data, now);
    bool     low_first = code->kind == NAND_HAMMING_SMARTMEDIA;
    uint32_t wrong[3]  = {(uint32_t)(now[0] ^ ecc[0]), (uint32_t)(now[1] ^ ecc[1]), (uint32_t)(now[2] ^ ecc[2])};
    uint32_t lines     = wrong[low_first ? 0 : 1] | wrong[low_first ? 1 : 0] << 8 | (code->step == 512 ? (wrong[2] & 3) << 16 : 0);
    uint32_t columns   = wrong[2] >> 2, pairs = code->step == 512 ? 9 : 8;
    int      set       = __builtin_popcount(lines) + __builtin_popcount(columns);
    if (set == 0)
        return 0;
    if (set == 1) {
        memcpy(ecc, now, sizeof now);
        return 1;
    }
    /* One wrong bit of the data changes one parity of each pair. */
    uint32_t index = 0, bit = 0;
    for (uint32_t i = 0; i < pairs; i++) {
        if ((lines >> (2 * i) & 1) == (lines >> (2 * i + 1) & 1))
            return NAND_UNCORRECTABLE;
        index |= (lines >> (2 * i + 1) & 1) << i;
    }
    for (uint32_t i = 0; i < 3; i++) {
        if ((columns >> (2 * i) & 1) == (columns >> (2 * i + 1) & 1))
            return NAND_UNCORRECTABLE;
        bit |= (columns >> (2 * i + 1) & 1) << i;
    }
    data[index] ^= (uint8_t)(1u << bit);
    return 1;
}

/* ---- BCH: the field and the code ---- */

static void make_field(nand_code_t *c)
{
    uint32_t polynomial = c->degree == 13 ? 0x201B : 0x402B, value = 1;
    for (uint32_t i = 0; i < c->order; i++) {
        c->exp[i] = c->exp[i + c->order] = (uint16_t)value;
        c->log[value] = (uint16_t)i;
        value <<= 1;
        if ((value >> c->degree) != 0)
            value ^= polynomial;
    }
}

static uint16_t multiply(const nand_code_t *c, uint16_t a, uint16_t b) { return a == 0 || b == 0 ? 0 : c->exp[c->log[a] + c->log[b]]; }
static uint16_t divide(const nand_code_t *c, uint16_t a, uint16_t b) { return a == 0 ? 0 : c->exp[c->log[a] + c->order - c->log[b]]; }

/* The generator has all powers 1 to 2t of the primitive element as roots, and with each its conjugates. `generator` has room for
 * bits + 1 coefficients, which end as 0 and 1. Returns its degree. */
static unsigned make_generator(const nand_code_t *c, uint16_t *generator, bool *is_root)
{
    unsigned degree = 0;
    generator[0]    = 1;
    for (uint32_t odd = 1; odd < 2 * c->strength; odd += 2)
        for (uint32_t root = odd; !is_root[root]; root = root * 2 % c->order) {
            is_root[root]         = true;
            generator[degree + 1] = 1;
            for (unsigned i = degree; i > 0; i--)
                generator[i] = generator[i - 1] ^ multiply(c, generator[i], c->exp[root]);
            generator[0] = multiply(c, generator[0], c->exp[root]);
            degree++;
        }
    return degree;
}

/* A remainder stands at the top of its words: its highest coefficient is the highest bit of the first. */
static void shift_one(const nand_code_t *c, uint64_t *words, const uint64_t *generator)
{
    bool carry = words[0] >> 63 != 0;
    for (unsigned w = 0; w < c->words; w++)
        words[w] = words[w] << 1 | (w + 1 < c->words ? words[w + 1] >> 63 : 0);
    for (unsigned w = 0; carry && w < c->words; w++)
        words[w] ^= generator[w];
}

static void make_table(nand_code_t *c, const uint16_t *coefficients)
{
    uint64_t generator[BCH_WORDS_MAX] = {0};
    for (unsigned i = 0; i < c->bits; i++) /* without the leading one */
        generator[i / 64] |= (uint64_t)coefficients[c->bits - 1 - i] << (63 - i % 64);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint64_t *words = c->table[byte];
        words[0]        = (uint64_t)byte << 56;
        for (unsigned i = 0; i < 8; i++)
            shift_one(c, words, generator);
    }
}

static void bch_calculate(const nand_code_t *c, const uint8_t *data, uint8_t *ecc)
{
    uint64_t words[BCH_WORDS_MAX] = {0};
    for (unsigned i = 0; i < c->step; i++) {
        const uint64_t *add = c->table[data[i] ^ (uint8_t)(words[0] >> 56)];
        for (unsigned w = 0; w + 1 < c->words; w++)
            words[w] = (words[w] << 8 | words[w + 1] >> 56) ^ add[w];
        words[c->words - 1] = words[c->words - 1] << 8 ^ add[c->words - 1];
    }
    for (unsigned i = 0; i < c->bytes; i++)
        ecc[i] = (uint8_t)(words[i / 8] >> (56 - 8 * (i % 8))) ^ c->mask[i];
}

static bool make_bch(nand_code_t *c)
{
    c->degree           = field_degree(c->step);
    c->order            = (1u << c->degree) - 1;
    c->bits             = c->degree * c->strength;
    c->words            = (c->bits + 63) / 64;
    uint16_t *generator = calloc(c->bits + 2, sizeof *generator);
    bool     *is_root   = calloc(c->order + 1, sizeof *is_root);
    bool      made      = generator != NULL && is_root != NULL && c->strength <= BCH_STRENGTH_MAX;
    if (made) {
        make_field(c);
        made = make_generator(c, generator, is_root) == c->bits;
    }
    if (made) {
        uint8_t erased[NAND_STEP_MAX], ecc[NAND_ECC_BYTES_MAX];
        make_table(c, generator);
        memset(erased, 0xFF, sizeof erased);
        bch_calculate(c, erased, ecc);
        for (unsigned i = 0; i < c->bytes; i++)
            c->mask[i] = (uint8_t)~ecc[i];
    }
    free(generator);
    free(is_root);
    return made;
}

/* ---- BCH: correction ---- */

/* The 2t syndromes of the difference between what is stored and what was calculated, which is the remainder of the error. */
static bool find_syndromes(const nand_code_t *c, const uint8_t *difference, uint16_t *syndromes)
{
    bool any = false;
    for (unsigned j = 1; j <= 2 * c->strength; j++) {
        uint16_t sum = 0;
        for (unsigned bit = 0; bit < c->bits; bit++)
            if ((difference[bit / 8] >> (7 - bit % 8) & 1) != 0)
                sum ^= c->exp[(uint64_t)j * (c->bits - 1 - bit) % c->order];
        syndromes[j] = sum;
        any          = any || sum != 0;
    }
    return any;
}

/* Berlekamp-Massey: the shortest polynomial whose roots tell the places. Returns its degree, or more than `strength` when there is none. */
static unsigned find_locator(const nand_code_t *c, const uint16_t *syndromes, uint16_t *locator)
{
    enum { LENGTH = BCH_STRENGTH_MAX * 2 + 2 };
    uint16_t before[LENGTH] = {1}, kept[LENGTH], discrepancy_before = 1;
    unsigned degree = 0, gap = 1;
    memset(locator, 0, LENGTH * sizeof *locator);
    locator[0] = 1;
    for (unsigned n = 0; n < 2 * c->strength; n++) {
        uint16_t discrepancy = syndromes[n + 1];
        for (unsigned i = 1; i <= degree; i++)
            discrepancy ^= multiply(c, locator[i], syndromes[n + 1 - i]);
        if (discrepancy == 0) {
            gap++;
            continue;
        }
        memcpy(kept, locator, sizeof kept);
        uint16_t scale = divide(c, discrepancy, discrepancy_before);
        for (unsigned i = 0; i + gap < LENGTH; i++)
            locator[i + gap] ^= multiply(c, scale, before[i]);
        if (2 * degree <= n) {
            degree = n + 1 - degree;
            memcpy(before, kept, sizeof kept);
            discrepancy_before = discrepancy;
            gap                = 1;
        } else {
            gap++;
        }
    }
    return degree;
}

/* Chien search: each place in turn. Returns how many were found. */
static unsigned find_places(const nand_code_t *c, const uint16_t *locator, unsigned degree, uint32_t *places)
{
    uint32_t length = c->step * 8 + c->bits, logs[BCH_STRENGTH_MAX + 1];
    unsigned found  = 0;
    for (unsigned i = 0; i <= degree; i++)
        logs[i] = locator[i] != 0 ? c->log[locator[i]] : 0;
    for (uint32_t place = 0; place < length && found < degree; place++) {
        uint16_t sum = 0;
        for (unsigned i = 0; i <= degree; i++) {
            sum ^= locator[i] != 0 ? c->exp[logs[i]] : 0;
            /* The inverse of the place's element, once more for each power. */
            logs[i] = logs[i] >= i ? logs[i] - i : logs[i] + c->order - i;
        }
        if (sum == 0)
            places[found++] = place;
    }
    return found;
}

static void flip(const nand_code_t *c, uint8_t *data, uint8_t *ecc, uint32_t place)
{
    uint32_t bit = place < c->bits ? c->bits - 1 - place : c->step * 8 + c->bits - 1 - place;
    uint8_t *at  = (place < c->bits ? ecc : data) + bit / 8;
    *at ^= (uint8_t)(0x80 >> bit % 8);
}

static int bch_correct(const nand_code_t *c, uint8_t *data, uint8_t *ecc)
{
    uint8_t  difference[NAND_ECC_BYTES_MAX];
    uint16_t syndromes[2 * BCH_STRENGTH_MAX + 1] = {0}, locator[2 * BCH_STRENGTH_MAX + 2];
    uint32_t places[BCH_STRENGTH_MAX];
    bch_calculate(c, data, difference);
    for (unsigned i = 0; i < c->bytes; i++)
        difference[i] ^= ecc[i];
    if (!find_syndromes(c, difference, syndromes))
        return nand_code_agrees(c, data, ecc) ? 0 : NAND_UNCORRECTABLE;
    unsigned degree = find_locator(c, syndromes, locator);
    if (degree == 0 || degree > c->strength || find_places(c, locator, degree, places) != degree)
        return NAND_UNCORRECTABLE;
    for (unsigned i = 0; i < degree; i++)
        flip(c, data, ecc, places[i]);
    if (nand_code_agrees(c, data, ecc))
        return (int)degree;
    for (unsigned i = 0; i < degree; i++)
        flip(c, data, ecc, places[i]);
    return NAND_UNCORRECTABLE;
}

/* ---- either ---- */

nand_code_t *nand_code_new(nand_code_kind_t kind, unsigned step, unsigned strength)
{
    nand_code_t *code = calloc(1, sizeof *code);
    if (code == NULL)
        return NULL;
    code->kind     = kind;
    code->step     = step;
    code->strength = strength;
    code->bytes    = nand_code_bytes(kind, step, strength);
    if (kind == NAND_BCH && !make_bch(code)) {
        free(code);
        return NULL;
    }
    return code;
}

void nand_code_free(nand_code_t *code) { free(code); }

bool nand_code_agrees(const nand_code_t *code, const uint8_t *data, const uint8_t *ecc)
{
    uint8_t now[NAND_ECC_BYTES_MAX];
    if (code->kind == NAND_BCH)
        bch_calculate(code, data, now);
    else
        hamming_calculate(code, data, now);
    return memcmp(now, ecc, code->bytes) == 0;
}

int nand_code_correct(const nand_code_t *code, uint8_t *data, uint8_t *ecc)
{
    return code->kind == NAND_BCH ? bch_correct(code, data, ecc) : hamming_correct(code, data, ecc);
}
