/* Source: SPDX licence list 3.25 and SPDX 2.3, annex D. The list is what firmware is full of: an identifier that is not here is written as
 * words, which is true as well. */
#include "report/licence.h"

#include "base/bytes.h"

static const char *const ids[] = {
    "0BSD", "AFL-2.1", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0", "Artistic-1.0-Perl", "Artistic-2.0",
    "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause", "BSD-4-Clause-UC", "BSL-1.0", "Beerware", "BlueOak-1.0.0", "CC-BY-3.0",
    "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "CPL-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "FSFAP", "FSFUL", "FSFULLR",
    "FTL", "GFDL-1.1-or-later", "GFDL-1.2-or-later", "GFDL-1.3-only", "GFDL-1.3-or-later", "GPL-1.0-only", "GPL-1.0-or-later", "GPL-2.0-only",
    "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "HPND", "ICU", "IJG", "ISC", "JSON", "LGPL-2.0-only", "LGPL-2.0-or-later",
    "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "Libpng", "MIT", "MIT-0", "MPL-1.0", "MPL-1.1", "MPL-2.0", "MS-PL",
    "NCSA", "NTP", "Net-SNMP", "OFL-1.0", "OFL-1.1", "OLDAP-2.8", "OpenSSL", "PHP-3.0", "PHP-3.01", "PSF-2.0", "PostgreSQL", "Python-2.0", "Ruby",
    "SGI-B-2.0", "SSH-OpenSSH", "SSLeay", "Sleepycat", "TCL", "Unicode-3.0", "Unicode-DFS-2015", "Unicode-DFS-2016", "Unlicense", "Vim", "W3C",
    "WTFPL", "X11", "Zlib", "ZPL-2.1", "bzip2-1.0.6", "curl", "libpng-2.0", "libtiff", "zlib-acknowledgement",
};

static const char *const exceptions[] = {
    "Autoconf-exception-2.0", "Autoconf-exception-3.0", "Bison-exception-2.2", "Classpath-exception-2.0", "GCC-exception-2.0", "GCC-exception-3.1",
    "LLVM-exception", "Libtool-exception", "Linux-syscall-note", "OCaml-LGPL-linking-exception", "OpenJDK-assembly-exception-1.0",
    "openvpn-openssl-exception", "u-boot-exception-2.0",
};

static bool is_one_of(span_t word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal(word, span_from_text(list[i])))
            return true;
    return false;
}

static bool is_id(span_t word)
{
    return is_one_of(word, ids, sizeof ids / sizeof *ids);
}

bool licence_is_id(const char *text) { return is_id(span_from_text(text)); }

static bool is_word(span_t word, const char *text) { return span_equal(word, span_from_text(text)); }

/* The next token: a parenthesis or what stands before the next blank or parenthesis. Single blanks only. */
static span_t next_token(span_t *rest)
{
    size_t n = 0;
    if (rest->size > 0 && (rest->at[0] == '(' || rest->at[0] == ')'))
        n = 1;
    else
        while (n < rest->size && strchr(" ()", rest->at[n]) == NULL)
            n++;
    span_t token = span_clip(*rest, 0, n);
    *rest        = span_from_offset(*rest, n);
    if (rest->size > 1 && rest->at[0] == ' ')
        *rest = span_from_offset(*rest, 1);
    return token;
}

bool licence_is_expression(const char *text)
{
    enum { WANTS_ID, WANTS_JOINT, WANTS_EXCEPTION, AFTER_EXCEPTION } state = WANTS_ID;
    span_t   rest  = span_from_text(text);
    unsigned depth = 0;
    while (rest.size > 0) {
        span_t token = next_token(&rest);
        if (token.size == 0)
            return false;
        if (state == WANTS_ID && is_word(token, "(")) {
            depth++;
        } else if (state == WANTS_ID) {
            bool plus = token.at[token.size - 1] == '+';
            if (!is_id(span_clip(token, 0, token.size - plus)))
                return false;
            state = WANTS_JOINT;
        } else if (state == WANTS_EXCEPTION) {
            if (!is_one_of(token, exceptions, sizeof exceptions / sizeof *exceptions))
                return false;
            state = AFTER_EXCEPTION;
        } else if (is_word(token, ")") && depth > 0) {
            depth--;
            state = AFTER_EXCEPTION;
        } else if (is_word(token, "AND") || is_word(token, "OR")) {
            state = WANTS_ID;
        } else if (is_word(token, "WITH") && state == WANTS_JOINT) {
            state = WANTS_EXCEPTION;
        } else {
            return false;
        }
    }
    return depth == 0 && (state == WANTS_JOINT || state == AFTER_EXCEPTION);
}
