#include "report/disclosure.h"

#include "base/canonical.h"
#include "base/json_walk.h"
#include "base/utf8.h"
#include "report/base64.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    merkle_t            *merkle;
    disclosure_counts_t *counts;
    char                *why;
    buffer_t             bytes; /* what base64 is decoded into */
    bool                 has_summary;
} checker_t;

static status_t wrong(checker_t *c, status_code_t code, const char *section, uint64_t at, const char *what)
{
    (void)snprintf(c->why, DISCLOSURE_WHY, "%s[%llu]: %s", section, (unsigned long long)at, what);
    return status_fail(code, "disclosure", 0, "the disclosure does not hold");
}

static bool decode(checker_t *c, span_t value)
{
    span_t text   = json_plain(value);
    c->bytes.size = 0;
    return text.at != NULL && base64_decode(text, &c->bytes);
}

/* The bytes of a leaf are hashed first and understood afterwards; then they are [key,value], and the key is plain. */
static bool key_and_value(span_t leaf, span_t *key, span_t *value)
{
    json_walk_t walk = json_walk(leaf);
    span_t      name, more;
    if (walk.is_object || !json_walk_next(&walk, NULL, &name) || !json_walk_next(&walk, NULL, value) || json_walk_next(&walk, NULL, &more))
        return false;
    *key = json_plain(name);
    return key->size > 0;
}

typedef struct {
    span_t   keys[COMMITMENT_FIELDS_MAX], values[COMMITMENT_FIELDS_MAX];
    uint32_t at[COMMITMENT_FIELDS_MAX];
    sha256_t leaves[COMMITMENT_FIELDS_MAX];
    size_t   shown;
} fields_t;

static status_t read_fields(checker_t *c, const char *section, uint64_t record_at, span_t list, uint64_t count, fields_t *f)
{
    json_walk_t walk = json_walk(list);
    span_t      field;
    f->shown         = 0;
    while (json_walk_next(&walk, NULL, &field)) {
        uint64_t at;
        span_t   leaf = json_find(field, "leaf");
        sha256_t salt;
        if (f->shown == count)
            return wrong(c, STATUS_INVALID, section, record_at, "more fields are shown than there are");
        if (!json_uint(json_find(field, "at"), &at) || at >= count || !decode(c, json_find(field, "salt")) || c->bytes.size != SHA256_SIZE ||
            !key_and_value(leaf, &f->keys[f->shown], &f->values[f->shown]))
            return wrong(c, STATUS_INVALID, section, record_at, "a field has no place, no salt or no key and value");
        for (size_t i = 0; i < f->shown; i++)
            if (span_equal(f->keys[i], f->keys[f->shown]))
                return wrong(c, STATUS_CRYPTO, section, record_at, "a field is shown twice");
        memcpy(salt.bytes, c->bytes.at, SHA256_SIZE);
        merkle_leaf(c->merkle, &salt, leaf, &f->leaves[f->shown]);
        f->at[f->shown++] = (uint32_t)at;
    }
    return ok();
}

static status_t check_record(checker_t *c, size_t section_at, const commitment_section_t *section, span_t record, uint32_t *at, sha256_t *node)
{
    uint64_t place, count;
    fields_t f;
    sha256_t root;
    if (!json_uint(json_find(record, "at"), &place) || place >= section->records)
        return wrong(c, STATUS_INVALID, section->name, 0, "a record stands at no place of the section");
    if (!json_uint(json_find(record, "count"), &count) || count == 0 || count > COMMITMENT_FIELDS_MAX)
        return wrong(c, STATUS_INVALID, section->name, place, "a record has no fields, or more than there may be");
    status_t status = read_fields(c, section->name, place, json_find(record, "fields"), count, &f);
    if (!status_ok(status))
        return status;
    if (!decode(c, json_find(record, "proof")) || !merkle_rebuild(c->merkle, f.leaves, f.at, f.shown, count, buffer_span(&c->bytes), &root))
        return wrong(c, STATUS_CRYPTO, section->name, place, "the proof of a record does not fit what is shown of it");
    merkle_record(c->merkle, count, &root, node);
    *at = (uint32_t)place;
    bool is_summary = strcmp(section->name, COMMITMENT_SUMMARY) == 0;
    if (is_summary && f.shown != count)
        return wrong(c, STATUS_CRYPTO, section->name, place, "verdict, coverage, limits and counts may not be withheld");
    c->has_summary = c->has_summary || is_summary;
    c->counts->sections[section_at].shown += f.shown > 0;
    c->counts->sections[section_at].fields += f.shown;
    c->counts->shown_fields += f.shown;
    return ok();
}

static status_t check_section(checker_t *c, size_t section_at, const commitment_section_t *section, span_t shown)
{
    span_t      records = json_find(shown, "records"), record;
    size_t      count   = json_count(records), done = 0;
    sha256_t   *nodes   = calloc(count + 1, sizeof *nodes), root;
    uint32_t   *at      = calloc(count + 1, sizeof *at);
    json_walk_t walk    = json_walk(records);
    status_t    status  = nodes != NULL && at != NULL ? ok() : status_fail(STATUS_MEMORY, "disclosure", 0, "out of memory");
    while (status_ok(status) && done < count && json_walk_next(&walk, NULL, &record)) {
        status = check_record(c, section_at, section, record, &at[done], &nodes[done]);
        done++;
    }
    if (status_ok(status) && (!decode(c, json_find(shown, "proof")) ||
                              !merkle_rebuild(c->merkle, nodes, at, done, (size_t)section->records, buffer_span(&c->bytes), &root) ||
                              !sha256_equal(&root, &section->root)))
        status = wrong(c, STATUS_CRYPTO, section->name, 0, "what is shown of the section is not what was signed");
    free(nodes);
    free(at);
    return status;
}

static status_t check_sections(checker_t *c, span_t sections, const commitment_t *commitment)
{
    json_walk_t walk = json_walk(sections);
    span_t      name, shown;
    while (json_walk_next(&walk, &name, &shown)) {
        const commitment_section_t *section = commitment_find(commitment, name);
        if (section == NULL)
            return wrong(c, STATUS_CRYPTO, "sections", 0, "a section is shown that was not signed");
        status_t status = check_section(c, (size_t)(section - commitment->sections), section, shown);
        if (!status_ok(status))
            return status;
    }
    if (!walk.is_object)
        return wrong(c, STATUS_INVALID, "sections", 0, "there are none");
    return c->has_summary ? ok() : wrong(c, STATUS_CRYPTO, COMMITMENT_SUMMARY, 0, "verdict, coverage, limits and counts may not be withheld");
}

status_t disclosure_check(span_t disclosure, const commitment_t *commitment, disclosure_counts_t *counts, char why[DISCLOSURE_WHY])
{
    checker_t c = {.merkle = merkle_new(NULL), .counts = counts, .why = why};
    *counts     = (disclosure_counts_t){0};
    why[0]      = '\0';
    status_t status = c.merkle != NULL ? json_check_canonical(disclosure) : status_fail(STATUS_MEMORY, "disclosure", 0, "out of memory");
    if (!status_ok(status)) {
        status_print(status, why, DISCLOSURE_WHY);
    } else {
        counts->profile = json_plain(json_find(disclosure, "profile"));
        status          = check_sections(&c, json_find(disclosure, "sections"), commitment);
    }
    if (status_ok(status))
        status = merkle_status(c.merkle);
    for (size_t i = 0; i < commitment->count; i++) {
        counts->sections[i].records = commitment->sections[i].records;
        counts->shown_records += counts->sections[i].shown;
        counts->withheld_records += commitment->sections[i].records - min_u64(commitment->sections[i].records, counts->sections[i].shown);
    }
    merkle_free(c.merkle);
    buffer_free(&c.bytes);
    return status;
}

/* ---- as text ---------------------------------------------------------------------------------------------------------- */

static void list_field(span_t key, span_t value, bool first, buffer_t *out)
{
    span_t plain = json_plain(value);
    buffer_append_text(out, first ? "" : "  ");
    escape_text(key, out);
    buffer_append_byte(out, '=');
    escape_text(plain.at != NULL ? plain : value, out);
}

static void list_record(span_t record, buffer_t *out)
{
    json_walk_t walk  = json_walk(json_find(record, "fields"));
    uint64_t    count = 0, shown = 0;
    span_t      field, key, value;
    bool        first = true;
    (void)json_uint(json_find(record, "count"), &count);
    buffer_append_text(out, "  ");
    for (; json_walk_next(&walk, NULL, &field); shown++) {
        bool is_filler = !key_and_value(json_find(field, "leaf"), &key, &value) || (key.size == 1 && key.at[0] >= '0' && key.at[0] <= '9');
        if (is_filler || span_equal(value, span_from_text("null")))
            continue;
        list_field(key, value, first, out);
        first = false;
    }
    if (shown < count)
        buffer_printf(out, "%s(%llu withheld)", first ? "" : "  ", (unsigned long long)(count - shown));
    buffer_append_byte(out, '\n');
}

static void list_section(span_t disclosure, const commitment_section_t *section, uint64_t shown_records, buffer_t *out)
{
    span_t      shown  = json_find(json_find(disclosure, "sections"), section->name), record;
    json_walk_t walk   = json_walk(json_find(shown, "records"));
    uint64_t    hidden = section->records - min_u64(section->records, shown_records);
    buffer_printf(out, "%s: %llu", section->name, (unsigned long long)section->records);
    if (hidden > 0)
        buffer_printf(out, ", of which %llu withheld", (unsigned long long)hidden);
    buffer_append_byte(out, '\n');
    while (json_walk_next(&walk, NULL, &record))
        list_record(record, out);
}

status_t disclosure_list(span_t disclosure, const commitment_t *commitment, buffer_t *out, char why[DISCLOSURE_WHY])
{
    disclosure_counts_t counts;
    status_t            status = disclosure_check(disclosure, commitment, &counts, why);
    if (!status_ok(status))
        return status;
    buffer_append_text(out, "redacted report");
    if (counts.profile.size > 0) {
        buffer_append_text(out, ", profile ");
        escape_text(counts.profile, out);
    }
    if (commitment->tlp[0] != '\0')
        buffer_printf(out, ", TLP:%s", commitment->tlp);
    buffer_printf(out, ": %llu of %llu records withheld\n", (unsigned long long)counts.withheld_records,
                  (unsigned long long)(counts.withheld_records + counts.shown_records));
    for (int is_summary = 1; is_summary >= 0; is_summary--) /* the summary comes first */
        for (size_t i = 0; i < commitment->count; i++)
            if ((strcmp(commitment->sections[i].name, COMMITMENT_SUMMARY) == 0) == (is_summary == 1))
                list_section(disclosure, &commitment->sections[i], counts.sections[i].shown, out);
    return out->failed ? status_fail(STATUS_MEMORY, "disclosure", 0, "out of memory") : ok();
}
