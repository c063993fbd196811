/* passwd(5): name:password:uid:gid:gecos:home:shell. shadow(5): name:password and seven numbers that may be empty.
 * Hashes: crypt(5). Keys: sshd(8), "AUTHORIZED_KEYS FILE FORMAT". */
#include "analysis/accounts.h"

#include "analysis/text.h"

#include <stdio.h>

enum { ACCOUNTS_MAX_BYTES = 1 << 20, FIELDS_MAX = 9, PASSWD_FIELDS = 7, SHADOW_FIELDS = 9, FINDINGS_MAX = 256 };

typedef enum { LINE_OTHER, LINE_SKIP, LINE_PASSWD, LINE_SHADOW, LINE_KEY } line_kind_t;

typedef struct { span_t text; span_t field[FIELDS_MAX]; size_t count; } line_t;

static bool is_digits(span_t s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    return true;
}

static bool is_name(span_t s)
{
    for (size_t i = 0; i < s.size; i++) {
        uint8_t c = s.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '.' || c == '$'))))
            return false;
    }
    return s.size > 0 && s.size <= 64;
}

/* Fields between colons; more than FIELDS_MAX make no account. */
static void split(line_t *line)
{
    span_t rest = line->text;
    line->count = 0;
    while (line->count < FIELDS_MAX) {
        const uint8_t *colon       = memchr(rest.at, ':', rest.size);
        line->field[line->count++] = span_sub(rest, 0, colon != NULL ? (uint64_t)(colon - rest.at) : rest.size);
        if (colon == NULL)
            return;
        rest = span_from_offset(rest, (uint64_t)(colon - rest.at) + 1);
    }
    line->count = 0;
}

static bool is_passwd(const line_t *line)
{
    return line->count == PASSWD_FIELDS && is_name(line->field[0]) && line->field[2].size > 0 && is_digits(line->field[2]) && line->field[3].size > 0 &&
           is_digits(line->field[3]) && (line->field[5].size == 0 || line->field[5].at[0] == '/') &&
           (line->field[6].size == 0 || line->field[6].at[0] == '/');
}

static bool is_shadow(const line_t *line)
{
    if (line->count != SHADOW_FIELDS || !is_name(line->field[0]))
        return false;
    for (size_t i = 2; i < SHADOW_FIELDS; i++)
        if (!is_digits(line->field[i]) || line->field[i].size > 10)
            return false;
    return true;
}

/* "ssh-ed25519 AAAA…", perhaps behind options. */
static bool is_key(span_t text)
{
    static const char *const types[] = {"ssh-rsa AAAA", "ssh-ed25519 AAAA", "ssh-dss AAAA", "ecdsa-sha2-nistp256 AAAA", "ecdsa-sha2-nistp384 AAAA",
                                        "ecdsa-sha2-nistp521 AAAA", "sk-ssh-ed25519@openssh.com AAAA", "sk-ecdsa-sha2-nistp256@openssh.com AAAA"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const uint8_t *at = memmem(text.at, text.size < 1024 ? text.size : 1024, types[i], strlen(types[i]));
        if (at == text.at || (at != NULL && at[-1] == ' '))
            return true;
    }
    return false;
}

static line_kind_t kind_of(line_t *line)
{
    if (line->text.size == 0 || line->text.at[0] == '#' || line->text.at[0] == '+' || line->text.at[0] == '-')
        return LINE_SKIP; /* a comment, or an entry for NIS */
    split(line);
    if (is_passwd(line))
        return LINE_PASSWD;
    if (is_shadow(line))
        return LINE_SHADOW;
    return is_key(line->text) ? LINE_KEY : LINE_OTHER;
}

/* The kind of all lines of the blob that say something; LINE_OTHER when they differ. */
static line_kind_t kind_of_all(span_t blob)
{
    line_kind_t all = LINE_SKIP;
    line_t      line;
    for (size_t at = 0; text_line(blob, &at, &line.text);) {
        line_kind_t kind = kind_of(&line);
        if (kind == LINE_SKIP)
            continue;
        if (kind == LINE_OTHER || (all != LINE_SKIP && kind != all))
            return LINE_OTHER;
        all = kind;
    }
    return all;
}

/* ---- findings ------------------------------------------------------------------------------------------------------ */

static void say(sink_t *sink, span_t blob, const line_t *line, const char *method, const char *rule, const char *title, const char *references,
                severity_t severity, uint8_t confidence)
{
    evidence_t evidence = {(uint64_t)(line->text.at - blob.at), line->text.size, method, span_clip(line->text, 0, TEXT_SHORT_MAX), confidence};
    sink_say(sink, &(record_t){.type = RECORD_FINDING, .finding = {rule, title, references, FINDING_ACCOUNT, severity, evidence}});
}

static bool ends_with(span_t s, const char *text)
{
    size_t size = strlen(text);
    return s.size >= size && memcmp(s.at + s.size - size, text, size) == 0;
}

static bool forbids_login(span_t shell) { return ends_with(shell, "/nologin") || ends_with(shell, "/false") || ends_with(shell, "/sync"); }

static bool is_hash_text(span_t s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || (s.at[i] >= 'A' && s.at[i] <= 'Z') || (s.at[i] >= '0' && s.at[i] <= '9') || s.at[i] == '.' || s.at[i] == '/'))
            return false;
    return true;
}

/* What crypt(5) calls unfit: DES in its two forms, and MD5. A leading '!' only locks the account. */
static const char *weak_hash(span_t hash)
{
    while (hash.size > 0 && hash.at[0] == '!')
        hash = span_from_offset(hash, 1);
    if (span_has_text_at(hash, 0, "$1$"))
        return "password hashed with MD5: guessed at billions a second";
    if ((hash.size == 13 && is_hash_text(hash)) || (hash.size == 20 && hash.at[0] == '_' && is_hash_text(span_from_offset(hash, 1))))
        return "password hashed with DES: guessed at billions a second";
    return NULL;
}

/* A locked account ('!') opens again with the password it had. */
static void judge_password(const passwords_t *passwords, sink_t *sink, span_t blob, const line_t *line, const char *method, bool locked, uint32_t *work)
{
    char     title[TEXT_SHORT_MAX];
    span_t   hash = line->field[1], word;
    bool     shut = locked || (hash.size > 0 && hash.at[0] == '!');
    switch (passwords_try(passwords, line->field[0], hash, work, &word)) {
    case PASSWORD_FOUND:
        (void)snprintf(title, sizeof title, "account with a password that everybody knows: %.*s", (int)word.size, (const char *)word.at);
        say(sink, blob, line, method, "known-password", title, "CWE-1392", shut ? SEVERITY_MEDIUM : SEVERITY_HIGH, 98);
        break;
    case PASSWORD_NOT_TRIED:
        if (hash.size > 12)
            sink_note(sink, (uint64_t)(line->text.at - blob.at), "a password hash that was not tried: unknown, or too costly");
        break;
    case PASSWORD_NOT_FOUND: break;
    }
}

static void judge_account(const passwords_t *passwords, sink_t *sink, span_t blob, const line_t *line, bool is_shadow_line, uint32_t *work)
{
    const char *method = is_shadow_line ? "shadow" : "passwd";
    bool        locked = !is_shadow_line && forbids_login(line->field[6]);
    judge_password(passwords, sink, blob, line, method, locked, work);
    if (line->field[1].size == 0)
        say(sink, blob, line, method, "empty-password", "account without a password", "CWE-258", locked ? SEVERITY_LOW : SEVERITY_HIGH, 95);
    const char *weak = weak_hash(line->field[1]);
    if (weak != NULL)
        say(sink, blob, line, method, "weak-password-hash", weak, "CWE-916", SEVERITY_MEDIUM, 90);
    if (!is_shadow_line && line->field[2].size > 0 && span_is_filled_with(line->field[2], '0') && !span_equal(line->field[0], span_from_text("root")))
        say(sink, blob, line, method, "second-root", "account other than root with the rights of root", "CWE-250", SEVERITY_HIGH, 90);
}

void accounts_examine(const passwords_t *passwords, span_t blob, sink_t *sink)
{
    if (blob.size < 4 || blob.size > ACCOUNTS_MAX_BYTES)
        return;
    line_kind_t kind = kind_of_all(blob);
    if (kind != LINE_PASSWD && kind != LINE_SHADOW && kind != LINE_KEY)
        return;
    line_t line;
    size_t   judged = 0;
    uint32_t work = PASSWORD_WORK;
    for (size_t at = 0; text_line(blob, &at, &line.text);) {
        if (kind_of(&line) != kind)
            continue;
        if (judged++ == FINDINGS_MAX) {
            uint64_t offset = (uint64_t)(line.text.at - blob.at);
            sink_limit(sink, offset, blob.size - offset, "accounts", "more than 256 accounts: the rest was not judged");
            return;
        }
        if (kind == LINE_KEY)
            say(sink, blob, &line, "ssh-keys", "ssh-public-key", "SSH public key: in authorized_keys, its owner may log in", NULL, SEVERITY_INFO, 80);
        else
            judge_account(passwords, sink, blob, &line, kind == LINE_SHADOW, &work);
    }
}
