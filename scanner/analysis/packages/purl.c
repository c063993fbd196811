#include "analysis/packages/purl.h"

static bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/* Unreserved characters and the colon stand for themselves (purl-spec, "Character encoding"). */
static char *percent_encode(const char *text, arena_t *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t            size     = strlen(text), at = 0;
    char             *out      = arena_array(arena, size + 1, 3);
    for (size_t i = 0; i < size && out != NULL; i++) {
        if (is_letter_or_digit(text[i]) || strchr(".-_~:", text[i]) != NULL) {
            out[at++] = text[i];
        } else {
            out[at++] = '%';
            out[at++] = digits[(uint8_t)text[i] >> 4];
            out[at++] = digits[(uint8_t)text[i] & 15];
        }
    }
    return out;
}

/* The types used here have names without case: the canonical form is the lower one. */
static void lower_case(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

const char *purl_of(const char *type, const char *space, const char *name, const char *version, const char *arch, arena_t *arena)
{
    char *folded = arena_text(arena, span_from_text(name));
    if (folded == NULL)
        return NULL;
    lower_case(folded);
    const char *n = percent_encode(folded, arena), *v = percent_encode(version, arena), *a = arch != NULL ? percent_encode(arch, arena) : "";
    if (n == NULL || v == NULL || a == NULL)
        return NULL;
    return arena_printf(arena, "pkg:%s/%s%s%s@%s%s%s", type, space != NULL ? space : "", space != NULL ? "/" : "", n, v, arch != NULL ? "?arch=" : "", a);
}

const char *purl_with_version(const char *purl, const char *version, arena_t *arena)
{
    const char *encoded = percent_encode(version, arena);
    return encoded != NULL ? arena_printf(arena, "%s@%s", purl, encoded) : NULL;
}

/* In a formatted string all but letters, digits and the underscore is quoted; '.' and '-' need not be (NIST IR 7695, 6.2.2.2). */
static const char *cpe_quote(const char *text, arena_t *arena)
{
    size_t size = strlen(text), at = 0;
    char  *out  = arena_array(arena, size + 1, 2);
    for (size_t i = 0; i < size && out != NULL; i++) {
        if (!is_letter_or_digit(text[i]) && strchr("._-", text[i]) == NULL)
            out[at++] = '\\';
        out[at++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A')) : text[i];
    }
    return out;
}

const char *cpe_with_version(const char *cpe, const char *version, arena_t *arena)
{
    const char *colon  = strchr(cpe, ':');
    bool        part   = colon != NULL && strchr(colon + 1, ':') != NULL;
    const char *quoted = cpe_quote(version, arena);
    return quoted != NULL ? arena_printf(arena, "cpe:2.3:%s%s:%s:*:*:*:*:*:*:*", part ? "" : "a:", cpe, quoted) : NULL;
}

static const char any_version[] = ":*:*:*:*:*:*:*:*";

const char *cpe_of_any_version(const char *cpe, arena_t *arena)
{
    const char *colon = strchr(cpe, ':');
    bool        part  = colon != NULL && strchr(colon + 1, ':') != NULL;
    return arena_printf(arena, "cpe:2.3:%s%s%s", part ? "" : "a:", cpe, any_version);
}

const char *cpe_set_version(const char *cpe, const char *version, arena_t *arena)
{
    const char *end    = strstr(cpe, any_version);
    const char *quoted = end != NULL ? cpe_quote(version, arena) : NULL;
    return quoted != NULL ? arena_printf(arena, "%.*s:%s%s", (int)(end - cpe), cpe, quoted, any_version + 2) : NULL;
}
