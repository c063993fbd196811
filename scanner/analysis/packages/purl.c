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

static void lower_case(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

/* Types whose names have no case: the canonical form is the lower one (purl-spec, "Known types"). */
static bool folds_case(const char *type)
{
    static const char *const types[] = {"deb", "opkg", "apk", "alpm", "pypi", "composer", "conan", "vcpkg"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

/* In the form of the type: folded; Python's names know no difference between '_', '.' and '-'. */
static char *canonical_name(const char *type, const char *name, arena_t *arena)
{
    char *own = arena_text(arena, span_from_text(name));
    if (own != NULL && folds_case(type))
        lower_case(own);
    for (char *c = own; own != NULL && strcmp(type, "pypi") == 0 && *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return own;
}

/* A namespace has parts of its own, between slashes. */
static const char *encode_space(const char *space, arena_t *arena)
{
    const char *out = "";
    while (*space != '\0' && out != NULL) {
        size_t size = strcspn(space, "/");
        char  *part = size > 0 ? arena_text(arena, span_from(space, size)) : NULL, *encoded = part != NULL ? percent_encode(part, arena) : NULL;
        if (size > 0)
            out = encoded != NULL ? arena_printf(arena, "%s%s/", out, encoded) : NULL;
        space += size + (space[size] == '/' ? 1 : 0);
    }
    return out;
}

const char *purl_of(const char *type, const char *space, const char *name, const char *version, const char *arch, arena_t *arena)
{
    char       *own = canonical_name(type, name, arena);
    const char *s   = encode_space(space != NULL ? space : "", arena);
    const char *n = own != NULL ? percent_encode(own, arena) : NULL, *v = version != NULL ? percent_encode(version, arena) : "",
               *a = arch != NULL ? percent_encode(arch, arena) : "";
    if (n == NULL || s == NULL || v == NULL || a == NULL)
        return NULL;
    return arena_printf(arena, "pkg:%s/%s%s%s%s%s%s", type, s, n, version != NULL ? "@" : "", v, arch != NULL ? "?arch=" : "", a);
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
