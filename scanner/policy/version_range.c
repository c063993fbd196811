#include "policy/version_range.h"

#include "base/version.h"

#include <string.h>

enum { VERSION_TEXT = 256 };

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
        if (!holds(version_compare_generic(version, bound), operator))
            return false;
    return true;
}
