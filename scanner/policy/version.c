#include "policy/version.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { VERSION_TEXT = 256 };

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

typedef enum { PIECE_BEFORE, PIECE_END, PIECE_WORD, PIECE_NUMBER } piece_kind_t; /* in their order */
typedef struct { piece_kind_t kind; const char *at; size_t size; } piece_t;

static bool is_word(const piece_t *piece, const char *word) { return piece->size == strlen(word) && strncasecmp(piece->at, word, piece->size) == 0; }

static bool stands_before(const piece_t *piece)
{
    static const char *const words[] = {"alpha", "beta", "pre", "preview", "rc", "dev", "snapshot"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(piece, words[i]))
            return true;
    return false;
}

/* The next number, word or end; what else stands between them only separates. */
static piece_t next_piece(const char **text)
{
    bool tilde = false;
    while (**text != '\0' && !digit(**text) && !letter(**text))
        tilde = *(*text)++ == '~' || tilde;
    piece_t piece = {PIECE_END, *text, 0};
    if (digit(**text)) {
        while (**text == '0' && digit((*text)[1]))
            (*text)++;
        piece = (piece_t){PIECE_NUMBER, *text, strspn(*text, "0123456789")};
    } else if (letter(**text)) {
        while (letter((*text)[piece.size]))
            piece.size++;
        piece.kind = stands_before(&piece) ? PIECE_BEFORE : PIECE_WORD;
    }
    *text += piece.size;
    if (tilde)
        piece.kind = PIECE_BEFORE;
    return piece;
}

static int compare_pieces(const piece_t *a, const piece_t *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == PIECE_NUMBER && a->size != b->size)
        return a->size < b->size ? -1 : 1;
    int sign = strncasecmp(a->at, b->at, a->size < b->size ? a->size : b->size);
    return sign != 0 ? sign : (a->size > b->size) - (a->size < b->size);
}

int version_compare(const char *a, const char *b)
{
    for (;;) {
        piece_t x = next_piece(&a), y = next_piece(&b);
        int     sign = compare_pieces(&x, &y);
        if (sign != 0)
            return sign;
        if (x.size == 0 && y.size == 0)
            return 0;
    }
}

/* The next comparison of the range; false at its end or, with *text unmoved, where there is none. */
static bool next_comparison(const char **text, char operator[3], char version[VERSION_TEXT])
{
    const char *at = *text + strspn(*text, " ");
    size_t      signs = strspn(at, "<>=");
    size_t      size  = strcspn(at + signs, " <>=");
    bool        known = signs == 1 || (signs == 2 && (strncmp(at, "<=", 2) == 0 || strncmp(at, ">=", 2) == 0));
    if (!known || size == 0 || size >= VERSION_TEXT)
        return false;
    memcpy(operator, at, signs);
    operator[signs] = '\0';
    memcpy(version, at + signs, size);
    version[size] = '\0';
    *text = at + signs + size;
    return true;
}

static bool holds(int sign, const char *operator)
{
    return (sign < 0 && operator[0] == '<') || (sign > 0 && operator[0] == '>') || (sign == 0 && strchr(operator, '=') != NULL);
}

bool version_range_valid(const char *range)
{
    char   operator[3], version[VERSION_TEXT];
    size_t count = 0;
    while (next_comparison(&range, operator, version))
        count++;
    return count > 0 && range[strspn(range, " ")] == '\0';
}

bool version_in_range(const char *version, const char *range)
{
    char operator[3], bound[VERSION_TEXT];
    if (!version_range_valid(range))
        return false;
    while (next_comparison(&range, operator, bound))
        if (!holds(version_compare(version, bound), operator))
            return false;
    return true;
}
