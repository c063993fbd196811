/* The disclosure is canonical JSON (docs/format.md):
 *   {"profile":id,"sections":{name:{"proof":base64,"records":[record…]}}}
 *   record = {"at":place in the section's tree,"count":fields,"fields":[{"at":place,"leaf":[key,value],"salt":base64}…],"proof":base64}
 * Places are in ascending order; a proof is the roots of what is withheld, 32 bytes each. */
#include "report/redact.h"

#include "base/canonical.h"
#include "base/grow.h"
#include "base/json_walk.h"
#include "report/base64.h"

#include <stdlib.h>

static status_t no_memory(void) { return status_fail(STATUS_MEMORY, "redact", 0, "out of memory"); }

/* ---- what no profile shows -------------------------------------------------------------------------------------------- */

/* Findings of these kinds may have a password, a key or its hash as their evidence. Digests of contents that hold such a thing, and ids that
 * are made from them, let whoever has a list of candidates find the right one: they are withheld as well. */
static const char *const secret_kinds[] = {"secret", "account", "crypto"};

enum { NAMED = 1, HOLDS_SECRET = 2, CONTAINS_SECRET = 4, TOKEN_MAX = 64 };

typedef struct { char text[TOKEN_MAX + 1]; } token_t; /* lower-case hexadecimal */

typedef struct {
    size_t    artifact_count;
    uint32_t *parents;
    uint8_t  *flags;
    token_t  *tokens; /* ascending */
    size_t    token_count, token_capacity;
    bool      failed;
} concerns_t;

static bool is_secret_kind(span_t kind)
{
    for (size_t i = 0; i < sizeof secret_kinds / sizeof *secret_kinds; i++)
        if (json_is(kind, secret_kinds[i]))
            return true;
    return false;
}

/* The index of "a17": 16; `count` when it is no such id. */
static size_t artifact_index(span_t id, size_t count)
{
    span_t   text = json_plain(id);
    uint64_t number;
    bool     good = text.size > 1 && text.at[0] == 'a' && json_uint(span_from(text.at + 1, text.size - 1), &number) && number >= 1 && number <= count;
    return good ? (size_t)number - 1 : count;
}

static void add_token(concerns_t *c, span_t value)
{
    span_t text = json_plain(value);
    if (text.size == 0 || text.size > TOKEN_MAX)
        return;
    void *tokens = c->tokens;
    if (!grow(&tokens, c->token_count, &c->token_capacity, sizeof *c->tokens)) {
        c->failed = true;
        return;
    }
    c->tokens   = tokens;
    token_t *token = &c->tokens[c->token_count++];
    *token         = (token_t){{0}};
    memcpy(token->text, text.at, text.size);
}

static int by_text(const void *a, const void *b) { return strcmp(((const token_t *)a)->text, ((const token_t *)b)->text); }

static bool is_token(const concerns_t *c, span_t text)
{
    token_t wanted = {{0}};
    if (text.size > TOKEN_MAX || c->token_count == 0)
        return false;
    memcpy(wanted.text, text.at, text.size);
    return bsearch(&wanted, c->tokens, c->token_count, sizeof wanted, by_text) != NULL;
}

/* Does a run of hexadecimal digits in it name a secret? */
static bool names_secret(const concerns_t *c, span_t bytes)
{
    if (c->token_count == 0)
        return false;
    for (size_t i = 0; i < bytes.size;) {
        size_t from = i;
        while (i < bytes.size && ((bytes.at[i] >= '0' && bytes.at[i] <= '9') || (bytes.at[i] >= 'a' && bytes.at[i] <= 'f')))
            i++;
        if (i - from >= 16 && is_token(c, span_from(bytes.at + from, i - from)))
            return true;
        i += i == from;
    }
    return false;
}

static void flag_upwards(concerns_t *c, size_t index, uint8_t flag)
{
    while (index < c->artifact_count && (c->flags[index] & flag) == 0) {
        c->flags[index] |= flag;
        index = c->parents[index];
    }
}

static bool find_secret(const concerns_t *c, span_t finding)
{
    size_t artifact = artifact_index(json_find(finding, "artifact"), c->artifact_count);
    return is_secret_kind(json_find(finding, "kind")) || (artifact < c->artifact_count && (c->flags[artifact] & HOLDS_SECRET) != 0);
}

static void flag_artifacts(concerns_t *c, span_t findings, bool only_secrets)
{
    json_walk_t walk = json_walk(findings);
    span_t      finding, item;
    while (json_walk_next(&walk, NULL, &finding)) {
        bool        is_secret = is_secret_kind(json_find(finding, "kind"));
        size_t      artifact  = artifact_index(json_find(finding, "artifact"), c->artifact_count);
        json_walk_t evidence  = json_walk(json_find(finding, "evidence"));
        do {
            if (artifact < c->artifact_count && is_secret)
                c->flags[artifact] |= HOLDS_SECRET;
            if (!only_secrets)
                flag_upwards(c, artifact, NAMED);
            if (artifact < c->artifact_count && is_secret)
                flag_upwards(c, artifact, CONTAINS_SECRET);
            if (!json_walk_next(&evidence, NULL, &item))
                break;
            artifact = artifact_index(json_find(item, "artifact"), c->artifact_count);
        } while (true);
    }
}

static void collect_tokens(concerns_t *c, span_t artifacts, span_t findings)
{
    json_walk_t walk = json_walk(artifacts);
    span_t      item;
    /* An input's digest is the subject: it is public. */
    for (size_t i = 0; i < c->artifact_count && json_walk_next(&walk, NULL, &item); i++)
        if ((c->flags[i] & CONTAINS_SECRET) != 0 && c->parents[i] != UINT32_MAX)
            add_token(c, json_find(item, "sha256"));
    walk = json_walk(findings);
    while (json_walk_next(&walk, NULL, &item))
        if (find_secret(c, item))
            add_token(c, json_find(item, "id"));
    if (c->token_count > 0)
        qsort(c->tokens, c->token_count, sizeof *c->tokens, by_text);
}

static status_t concerns_of(span_t predicate, concerns_t *c)
{
    span_t artifacts  = json_find(predicate, "artifacts"), findings = json_find(predicate, "findings"), item;
    *c                = (concerns_t){.artifact_count = json_count(artifacts)};
    c->parents        = calloc(c->artifact_count + 1, sizeof *c->parents);
    c->flags          = calloc(c->artifact_count + 1, sizeof *c->flags);
    if (c->parents == NULL || c->flags == NULL)
        return no_memory();
    json_walk_t walk = json_walk(artifacts);
    for (size_t i = 0; i < c->artifact_count && json_walk_next(&walk, NULL, &item); i++) {
        size_t parent = artifact_index(json_find(item, "parent"), c->artifact_count);
        c->parents[i] = parent < i ? (uint32_t)parent : UINT32_MAX; /* always an earlier one, so the way up ends */
    }
    flag_artifacts(c, findings, false);
    collect_tokens(c, artifacts, findings);
    return c->failed ? no_memory() : ok();
}

static void concerns_free(concerns_t *c)
{
    free(c->parents);
    free(c->flags);
    free(c->tokens);
}

/* ---- which leaves ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const sharing_t  *sharing;
    const concerns_t *concerns;
} choice_t;

static span_t value_of(const commitment_record_t *record, const char *key)
{
    for (size_t i = 0; i < record->count; i++)
        if (span_equal(record->keys[i], span_from_text(key)))
            return record->values[i];
    return span_from(NULL, 0);
}

/* May a profile show anything, or this field, of the record? */
static bool profile_allows_record(const choice_t *choice, const commitment_record_t *record)
{
    const concerns_t *c = choice->concerns;
    if (span_equal(record->section, span_from_text("artifacts")) && choice->sharing->named_only)
        return record->number < c->artifact_count && (c->flags[record->number] & NAMED) != 0;
    if (span_equal(record->section, span_from_text("ledgers")))
        return !names_secret(c, value_of(record, "key"));
    return true;
}

static bool profile_allows(const choice_t *choice, const commitment_record_t *record, size_t field, bool holds_secret)
{
    static const char *const fields[] = {"evidence", "id", "facts", "magic", "xattrs", "link"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (holds_secret && span_equal(record->keys[field], span_from_text(fields[i])))
            return span_equal(record->section, span_from_text("artifacts")) && i == 1;
    return !names_secret(choice->concerns, record->values[field]);
}

static bool holds_secret(const concerns_t *c, const commitment_record_t *record)
{
    if (span_equal(record->section, span_from_text("artifacts")))
        return record->number < c->artifact_count && (c->flags[record->number] & HOLDS_SECRET) != 0;
    if (!span_equal(record->section, span_from_text("findings")))
        return false;
    size_t artifact = artifact_index(value_of(record, "artifact"), c->artifact_count);
    return is_secret_kind(value_of(record, "kind")) || (artifact < c->artifact_count && (c->flags[artifact] & HOLDS_SECRET) != 0);
}

static bool is_filler(span_t key) { return key.size == 1 && key.at[0] >= '0' && key.at[0] <= '9'; }

/* The fields that are shown, by number in the record; their count. */
static size_t choose(const choice_t *choice, const commitment_record_t *record, uint8_t *chosen)
{
    bool   is_summary = span_equal(record->section, span_from_text(COMMITMENT_SUMMARY));
    bool   by_profile = choice->sharing->by_profile && !is_summary;
    bool   secret     = by_profile && holds_secret(choice->concerns, record);
    size_t count      = 0;
    if (by_profile && !profile_allows_record(choice, record))
        return 0;
    for (size_t i = 0; i < record->count; i++) {
        if (!sharing_shows(choice->sharing, record->section, record->number, record->keys[i]) || (is_filler(record->keys[i]) && !is_summary))
            continue;
        if (!by_profile || profile_allows(choice, record, i, secret))
            chosen[count++] = (uint8_t)i;
    }
    return count;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

typedef struct { sha256_t node; size_t from, size; } kept_t; /* where the text of a shown record stands; size 0: withheld */

typedef struct {
    merkle_t *merkle;
    choice_t  choice;
    kept_t   *kept;
    size_t    count, capacity;
    buffer_t  text; /* of the shown records of the section that is visited */
    bool      failed;
} redactor_t;

static void put_base64(buffer_t *out, span_t bytes)
{
    buffer_append_byte(out, '"');
    base64_encode(bytes, out);
    buffer_append_byte(out, '"');
}

static uint32_t place_in(const sha256_t *sorted, size_t count, const sha256_t *hash)
{
    size_t low = 0;
    while (low < count && memcmp(&sorted[low], hash, sizeof *hash) < 0)
        low++;
    return (uint32_t)low;
}

static void write_fields(redactor_t *r, const commitment_record_t *record, const uint8_t *chosen, size_t chosen_count)
{
    sha256_t sorted[COMMITMENT_FIELDS_MAX];
    uint32_t shown[COMMITMENT_FIELDS_MAX];
    uint8_t  field_at[COMMITMENT_FIELDS_MAX];
    buffer_t proof = {0};
    size_t   count = 0;
    memcpy(sorted, record->leaves, record->count * sizeof *sorted);
    merkle_sort(sorted, record->count);
    memset(field_at, UINT8_MAX, sizeof field_at);
    for (size_t i = 0; i < chosen_count; i++)
        field_at[place_in(sorted, record->count, &record->leaves[chosen[i]])] = chosen[i];
    buffer_printf(&r->text, "%zu,\"fields\":[", record->count);
    for (uint32_t at = 0; at < record->count; at++) {
        if (field_at[at] == UINT8_MAX)
            continue;
        buffer_printf(&r->text, "%s{\"at\":%u,\"leaf\":", count > 0 ? "," : "", (unsigned)at);
        buffer_append(&r->text, record->bytes[field_at[at]]);
        buffer_append_text(&r->text, ",\"salt\":");
        put_base64(&r->text, span_from(record->salts[field_at[at]].bytes, SHA256_SIZE));
        buffer_append_byte(&r->text, '}');
        shown[count++] = at;
    }
    merkle_prove(r->merkle, sorted, record->count, shown, count, &proof);
    buffer_append_text(&r->text, "],\"proof\":");
    put_base64(&r->text, buffer_span(&proof));
    buffer_append_byte(&r->text, '}');
    r->failed = r->failed || proof.failed;
    buffer_free(&proof);
}

static void visit_record(void *context, const commitment_record_t *record)
{
    redactor_t *r = context;
    uint8_t     chosen[COMMITMENT_FIELDS_MAX];
    void       *kept = r->kept;
    r->failed        = r->failed || !grow(&kept, r->count, &r->capacity, sizeof *r->kept);
    if (r->failed)
        return;
    r->kept            = kept;
    size_t from        = r->text.size;
    size_t chosen_count = choose(&r->choice, record, chosen);
    if (chosen_count > 0)
        write_fields(r, record, chosen, chosen_count);
    r->kept[r->count++] = (kept_t){record->node, from, r->text.size - from};
}

static int by_node(const void *a, const void *b) { return memcmp(a, b, SHA256_SIZE); }

/* The records that are shown, in the order of the tree, and the roots of the rest. */
static status_t write_section(redactor_t *r, buffer_t *out)
{
    sha256_t *nodes = calloc(r->count + 1, sizeof *nodes);
    uint32_t *shown = calloc(r->count + 1, sizeof *shown);
    buffer_t  proof = {0};
    size_t    count = 0;
    bool      good  = nodes != NULL && shown != NULL;
    if (good) {
        qsort(r->kept, r->count, sizeof *r->kept, by_node);
        for (size_t i = 0; i < r->count; i++) {
            nodes[i] = r->kept[i].node;
            if (r->kept[i].size > 0)
                shown[count++] = (uint32_t)i;
        }
        merkle_prove(r->merkle, nodes, r->count, shown, count, &proof);
        buffer_append_text(out, "{\"proof\":");
        put_base64(out, buffer_span(&proof));
        buffer_append_text(out, ",\"records\":[");
        for (size_t i = 0; i < count; i++) {
            const kept_t *kept = &r->kept[shown[i]];
            buffer_printf(out, "%s{\"at\":%u,\"count\":", i > 0 ? "," : "", (unsigned)shown[i]);
            buffer_append(out, span_from(r->text.at + kept->from, kept->size));
        }
        buffer_append_text(out, "]}");
    }
    free(nodes);
    free(shown);
    buffer_free(&proof);
    return good && !out->failed && !r->text.failed && !r->failed ? merkle_status(r->merkle) : no_memory();
}

/* ---- all sections in turn ---------------------------------------------------------------------------------------------- */

typedef struct {
    redactor_t *redactor;
    buffer_t   *out;
    char        open[COMMITMENT_NAME_MAX]; /* the section whose records come in now; "": none yet */
    bool        is_later;
    status_t    status;
    struct { char name[COMMITMENT_NAME_MAX]; buffer_t text; } done[COMMITMENT_SECTIONS_MAX];
    size_t      done_count;
} pass_t;

/* A section is over: what is shown of it is kept until all are there, since members are written in order of name. */
static void close_section(pass_t *pass)
{
    redactor_t *r = pass->redactor;
    if (pass->open[0] != '\0' && r->text.size > 0 && status_ok(pass->status) && pass->done_count < COMMITMENT_SECTIONS_MAX) {
        size_t at = pass->done_count++;
        memcpy(pass->done[at].name, pass->open, sizeof pass->open);
        pass->status = write_section(r, &pass->done[at].text);
    }
    r->count = 0;
    if (r->text.size > 1 << 16)
        buffer_free(&r->text);
    r->text.size  = 0;
    pass->open[0] = '\0';
}

static void visit(void *context, const commitment_record_t *record)
{
    pass_t *pass = context;
    if (!span_equal(record->section, span_from_text(pass->open))) {
        close_section(pass);
        memcpy(pass->open, record->section.at, record->section.size);
        pass->open[record->section.size] = '\0';
    }
    visit_record(pass->redactor, record);
}

static int by_section_name(const void *a, const void *b) { return strcmp(a, b); }

static void write_all(pass_t *pass, const sharing_t *sharing, buffer_t *out)
{
    close_section(pass);
    qsort(pass->done, pass->done_count, sizeof *pass->done, by_section_name); /* the name stands first */
    buffer_printf(out, "{\"profile\":\"%s\",\"sections\":{", sharing->id);
    for (size_t i = 0; i < pass->done_count; i++) {
        buffer_printf(out, "%s\"%s\":", i > 0 ? "," : "", pass->done[i].name);
        buffer_append(out, buffer_span(&pass->done[i].text));
        buffer_free(&pass->done[i].text);
    }
    buffer_append_text(out, "}}");
}

status_t redact_write(span_t statement, const sha256_t *secret, const commitment_t *commitment, const sharing_t *sharing, buffer_t *out)
{
    concerns_t concerns;
    redactor_t r      = {.merkle = merkle_new(secret)};
    pass_t    *pass   = calloc(1, sizeof *pass);
    status_t   status = concerns_of(json_find(statement, "predicate"), &concerns);
    r.choice          = (choice_t){.sharing = sharing, .concerns = &concerns};
    if (status_ok(status) && (r.merkle == NULL || pass == NULL))
        status = no_memory();
    if (status_ok(status)) {
        commitment_t again;
        *pass  = (pass_t){.redactor = &r, .out = out};
        status = commitment_of(r.merkle, statement, visit, pass, &again);
        if (status_ok(status) && !sha256_equal(&again.root, &commitment->root))
            status = status_fail(STATUS_CRYPTO, "redact", 0, "the commitment is not of this report with this secret");
        write_all(pass, sharing, out);
        if (status_ok(status))
            status = pass->status;
        if (status_ok(status))
            status = out->failed ? no_memory() : json_check_canonical(buffer_span(out));
    }
    for (size_t i = 0; pass != NULL && i < pass->done_count; i++)
        buffer_free(&pass->done[i].text);
    free(pass);
    free(r.kept);
    buffer_free(&r.text);
    merkle_free(r.merkle);
    concerns_free(&concerns);
    return status;
}
