#include "report/commitment.h"

#include "base/canonical.h"
#include "base/json.h"
#include "base/json_walk.h"
#include "report/statement.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_STEP = 4 };

static const char commitment_id[] = "commitment";

static status_t invalid(const char *what) { return status_fail(STATUS_INVALID, commitment_id, 0, what); }
static status_t no_memory(void) { return status_fail(STATUS_MEMORY, commitment_id, 0, "out of memory"); }

/* ---- the shape of a section ------------------------------------------------------------------------------------------ */

typedef enum { SHAPE_ITEMS, SHAPE_MAP, SHAPE_ONE } shape_t;

static shape_t shape_of(const char *name, span_t json)
{
    if (strcmp(name, "ledgers") == 0)
        return SHAPE_MAP; /* its keys are digests: they are leaves as well */
    bool is_list = json.size >= 2 && json.at[0] == '[';
    return is_list && (json.at[1] == '{' || json.at[1] == ']') ? SHAPE_ITEMS : SHAPE_ONE;
}

typedef struct {
    shape_t     shape;
    json_walk_t walk;
    span_t      whole;
    bool        done;
} records_t;

static records_t records_of(const char *name, span_t json)
{
    shape_t shape = shape_of(name, json);
    return (records_t){.shape = shape, .walk = json_walk(json), .whole = json};
}

typedef struct { span_t keys[COMMITMENT_FIELDS_MAX], values[COMMITMENT_FIELDS_MAX]; size_t count; } fields_t;

/* The fields of the next record; false when there is none. A record with more fields than there may be has a count beyond the bound. */
static bool next_record(records_t *records, fields_t *fields)
{
    span_t key, value, record = records->whole;
    fields->count = 0;
    if (records->shape == SHAPE_ONE) {
        if (records->done)
            return false;
        records->done = true;
    } else if (!json_walk_next(&records->walk, &key, &record)) {
        return false;
    }
    if (records->shape == SHAPE_MAP) {
        fields->keys[0]   = span_from_text("key");
        fields->values[0] = span_from(key.at - 1, key.size + 2); /* with its quotes */
        fields->keys[1]   = span_from_text("value");
        fields->values[1] = record;
        fields->count     = 2;
        return true;
    }
    json_walk_t members = json_walk(record);
    if (!members.is_object) {
        fields->keys[0]   = span_from_text("value");
        fields->values[0] = record;
        fields->count     = 1;
    }
    while (members.is_object && json_walk_next(&members, &key, &value)) {
        if (fields->count < COMMITMENT_FIELDS_MAX) {
            fields->keys[fields->count]   = key;
            fields->values[fields->count] = value;
        }
        fields->count++;
    }
    return true;
}

static size_t place_of(const span_t *keys, size_t count, span_t key)
{
    size_t i = 0;
    while (i < count && !span_equal(keys[i], key))
        i++;
    return i;
}

static const char *const fillers[FIELDS_STEP] = {"0", "1", "2", "3"};

/* The fields that occur in the section, and the fillers. */
static status_t schema_of(records_t records, fields_t *schema)
{
    fields_t record;
    schema->count = 0;
    while (next_record(&records, &record)) {
        if (record.count > COMMITMENT_FIELDS_MAX)
            return invalid("a record has more fields than a report may have");
        for (size_t i = 0, guess = 0; i < record.count; i++, guess++) {
            if (guess < schema->count && span_equal(schema->keys[guess], record.keys[i]))
                continue; /* records of one kind are alike: mostly the next one is right */
            guess = place_of(schema->keys, schema->count, record.keys[i]);
            if (guess == COMMITMENT_FIELDS_MAX)
                return invalid("a section has more fields than a report may have");
            if (guess == schema->count)
                schema->keys[schema->count++] = record.keys[i];
        }
    }
    for (size_t i = 0; schema->count % FIELDS_STEP != 0; i++)
        schema->keys[schema->count++] = span_from_text(fillers[i]);
    return ok();
}

/* ---- a section -------------------------------------------------------------------------------------------------------- */

typedef struct {
    merkle_t           *merkle;
    commitment_visit_t *visit;
    void               *context;
    fields_t            schema, record;
    span_t              values[COMMITMENT_FIELDS_MAX], bytes[COMMITMENT_FIELDS_MAX];
    size_t              ends[COMMITMENT_FIELDS_MAX];
    sha256_t            salts[COMMITMENT_FIELDS_MAX], leaves[COMMITMENT_FIELDS_MAX], sorted[COMMITMENT_FIELDS_MAX];
    buffer_t            text;
} builder_t;

static void commit_record(builder_t *b, span_t section, size_t number, sha256_t *node)
{
    size_t   count = b->schema.count;
    sha256_t root;
    for (size_t i = 0; i < count; i++)
        b->values[i] = span_from_text("null");
    for (size_t i = 0, guess = 0; i < b->record.count; i++, guess++) {
        if (guess >= count || !span_equal(b->schema.keys[guess], b->record.keys[i]))
            guess = place_of(b->schema.keys, count, b->record.keys[i]);
        b->values[guess] = b->record.values[i]; /* the schema holds every key */
    }
    b->text.size = 0;
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&b->text, "[\"");
        buffer_append(&b->text, b->schema.keys[i]);
        buffer_append_text(&b->text, "\",");
        buffer_append(&b->text, b->values[i]);
        buffer_append_byte(&b->text, ']');
        b->ends[i] = b->text.size;
    }
    if (b->text.failed)
        return;
    for (size_t i = 0, from = 0; i < count; from = b->ends[i++]) {
        b->bytes[i] = span_from(b->text.at + from, b->ends[i] - from);
        merkle_salt(b->merkle, section, number, b->schema.keys[i], &b->salts[i]);
        merkle_leaf(b->merkle, &b->salts[i], b->bytes[i], &b->leaves[i]);
        b->sorted[i] = b->leaves[i];
    }
    merkle_sort(b->sorted, count);
    merkle_root(b->merkle, b->sorted, count, &root);
    merkle_record(b->merkle, count, &root, node);
    if (b->visit != NULL)
        b->visit(b->context, &(commitment_record_t){.section = section, .number = number, .count = count, .keys = b->schema.keys, .values = b->values,
                                                    .bytes = b->bytes, .salts = b->salts, .leaves = b->leaves, .node = *node});
}

static status_t commit_records(builder_t *b, records_t records, commitment_section_t *section)
{
    size_t    count = records.shape == SHAPE_ONE ? 1 : json_count(records.whole), done = 0;
    sha256_t *nodes = calloc(count + 1, sizeof *nodes);
    if (nodes == NULL)
        return no_memory();
    for (; done < count && next_record(&records, &b->record) && !b->text.failed; done++)
        commit_record(b, span_from_text(section->name), done, &nodes[done]);
    merkle_sort(nodes, count);
    merkle_root(b->merkle, nodes, count, &section->root);
    section->records = count;
    free(nodes);
    return b->text.failed ? no_memory() : done == count && count <= UINT32_MAX ? merkle_status(b->merkle) : invalid("the report is not in canonical form");
}

status_t commitment_section(merkle_t *merkle, const char *name, span_t json, commitment_visit_t *visit, void *context, commitment_section_t *section)
{
    builder_t *b = calloc(1, sizeof *b);
    if (b == NULL)
        return no_memory();
    *section = (commitment_section_t){0};
    b->merkle = merkle;
    b->visit = visit;
    b->context = context;
    int size = snprintf(section->name, sizeof section->name, "%s", name);
    records_t records = records_of(section->name, json);
    status_t status = size > 0 && size < (int)sizeof section->name ? schema_of(records, &b->schema) : invalid("a section has no name, or too long a one");
    if (status_ok(status))
        status = commit_records(b, records, section);
    buffer_free(&b->text);
    free(b);
    return status;
}

/* ---- the summary ------------------------------------------------------------------------------------------------------ */

static void member_value(json_writer_t *w, const char *key, span_t value)
{
    json_key(w, key);
    span_t text = json_plain(value);
    if (text.at != NULL)
        json_put_span(w, text);
    else
        json_put_null(w);
}

static void member_severities(json_writer_t *w, span_t findings)
{
    size_t      counts[SEVERITY_CRITICAL + 1] = {0};
    json_walk_t walk = json_walk(findings);
    span_t      finding;
    while (json_walk_next(&walk, NULL, &finding)) {
        span_t severity = json_find(finding, "severity");
        for (int i = 0; i <= SEVERITY_CRITICAL; i++)
            counts[i] += json_is(severity, severity_name((severity_t)i));
    }
    json_key(w, "findings");
    json_begin_object(w);
    static const severity_t ascending[] = {SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM}; /* by name */
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        json_member_integer(w, severity_name(ascending[i]), counts[ascending[i]]);
    json_end_object(w);
}

static status_t write_summary(span_t predicate, buffer_t *out)
{
    static const char *const numbers[] = {"bytes", "explained", "partsPerMillion", "unknown"};
    json_writer_t w        = {0};
    span_t        coverage = json_find(predicate, "coverage"), verdict = json_find(predicate, "verdict");
    json_begin_object(&w);
    json_member_integer(&w, "artifacts", json_count(json_find(predicate, "artifacts")));
    json_member_integer(&w, "components", json_count(json_find(predicate, "components")));
    json_key(&w, "coverage");
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t number;
        if (json_uint(json_find(coverage, numbers[i]), &number))
            json_member_integer(&w, numbers[i], number);
    }
    json_end_object(&w);
    json_member_integer(&w, "damage", json_count(json_find(predicate, "damage")));
    member_severities(&w, json_find(predicate, "findings"));
    json_member_integer(&w, "limits", json_count(json_find(predicate, "limits")));
    member_value(&w, "policy", json_find(verdict, "policy"));
    member_value(&w, "verdict", json_find(verdict, "result"));
    json_end_object(&w);
    status_t status = json_finish(&w);
    *out            = w.out;
    return status;
}

/* ---- the report ------------------------------------------------------------------------------------------------------- */

static status_t add_section(merkle_t *merkle, span_t name, span_t json, commitment_visit_t *visit, void *context, commitment_t *commitment)
{
    char text[COMMITMENT_NAME_MAX] = "";
    if (commitment->count == COMMITMENT_SECTIONS_MAX || name.size >= sizeof text)
        return invalid("the report has more sections than it may have, or too long a name of one");
    memcpy(text, name.at, name.size);
    return commitment_section(merkle, text, json, visit, context, &commitment->sections[commitment->count++]);
}

static int by_name(const void *a, const void *b)
{
    const commitment_section_t *left = a, *right = b;
    return strcmp(left->name, right->name);
}

status_t commitment_of(merkle_t *merkle, span_t statement, commitment_visit_t *visit, void *context, commitment_t *commitment)
{
    *commitment      = (commitment_t){0};
    buffer_t summary = {0};
    span_t   predicate = json_find(statement, "predicate"), name, value;
    if (!json_is(json_find(statement, "_type"), STATEMENT_TYPE) || !json_is(json_find(statement, "predicateType"), REPORT_PREDICATE_TYPE))
        return invalid("this is no report of ours, or of another major version");
    status_t    status = write_summary(predicate, &summary);
    json_walk_t walk   = json_walk(predicate);
    if (status_ok(status))
        status = add_section(merkle, span_from_text(COMMITMENT_SUMMARY), buffer_span(&summary), visit, context, commitment);
    while (status_ok(status) && json_walk_next(&walk, &name, &value))
        status = span_equal(name, span_from_text(COMMITMENT_SUMMARY)) ? ok() : add_section(merkle, name, value, visit, context, commitment);
    buffer_free(&summary);
    qsort(commitment->sections, commitment->count, sizeof *commitment->sections, by_name);
    return status_ok(status) ? commitment_root(merkle, commitment, &commitment->root) : status;
}

static void member_hash(json_writer_t *w, const char *key, const sha256_t *hash)
{
    char hex[SHA256_HEX];
    hex_encode(hash->bytes, SHA256_SIZE, hex);
    json_member_text(w, key, hex);
}

static void write_sections(json_writer_t *w, const commitment_t *commitment)
{
    json_begin_object(w);
    for (size_t i = 0; i < commitment->count; i++) {
        json_key(w, commitment->sections[i].name);
        json_begin_object(w);
        json_member_integer(w, "records", commitment->sections[i].records);
        member_hash(w, "root", &commitment->sections[i].root);
        json_end_object(w);
    }
    json_end_object(w);
}

status_t commitment_root(merkle_t *merkle, const commitment_t *commitment, sha256_t *root)
{
    json_writer_t w = {0};
    write_sections(&w, commitment);
    status_t status = json_finish(&w);
    if (status_ok(status)) {
        merkle_report(merkle, buffer_span(&w.out), root);
        status = merkle_status(merkle);
    }
    json_free(&w);
    return status;
}

/* The input's digests identify the sample to whoever has it; its name does not leave the house. */
static void write_subjects(json_writer_t *w, span_t subjects)
{
    json_walk_t walk = json_walk(subjects);
    span_t      subject;
    json_key(w, "subject");
    json_begin_array(w);
    for (size_t number = 1; json_walk_next(&walk, NULL, &subject); number++) {
        char   name[32];
        span_t digest = json_find(subject, "digest");
        (void)snprintf(name, sizeof name, "input-%zu", number);
        json_begin_object(w);
        json_key(w, "digest");
        json_begin_object(w);
        member_value(w, "sha256", json_find(digest, "sha256"));
        member_value(w, "sha512", json_find(digest, "sha512"));
        json_end_object(w);
        json_member_text(w, "name", name);
        json_end_object(w);
    }
    json_end_array(w);
}

status_t commitment_write(const commitment_t *commitment, span_t report, buffer_t *out)
{
    json_writer_t w       = {.out = *out};
    span_t        scanner = json_find(json_find(report, "predicate"), "scanner");
    json_begin_object(&w);
    json_member_text(&w, "_type", STATEMENT_TYPE);
    json_key(&w, "predicate");
    json_begin_object(&w);
    json_member_text(&w, "alg", COMMITMENT_ALGORITHM);
    member_hash(&w, "root", &commitment->root);
    json_key(&w, "scanner");
    json_begin_object(&w);
    json_member_text(&w, "name", "assay");
    member_value(&w, "version", json_find(scanner, "version"));
    json_end_object(&w);
    json_key(&w, "sections");
    write_sections(&w, commitment);
    if (commitment->tlp[0] != '\0')
        json_member_text(&w, "tlp", commitment->tlp);
    json_end_object(&w);
    json_member_text(&w, "predicateType", COMMITMENT_PREDICATE_TYPE);
    write_subjects(&w, json_find(report, "subject"));
    json_end_object(&w);
    *out = w.out;
    return json_finish(&w);
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static bool read_hash(span_t value, sha256_t *hash)
{
    span_t text = json_plain(value);
    char   hex[SHA256_HEX];
    if (text.size != SHA256_HEX - 1)
        return false;
    memcpy(hex, text.at, text.size);
    hex[text.size] = '\0';
    return hex_decode(hex, hash->bytes, SHA256_SIZE) && strpbrk(hex, "ABCDEF") == NULL;
}

static bool read_sections(span_t sections, commitment_t *commitment)
{
    json_walk_t walk = json_walk(sections);
    span_t      name, value;
    while (json_walk_next(&walk, &name, &value)) {
        if (commitment->count == COMMITMENT_SECTIONS_MAX || name.size == 0 || name.size >= COMMITMENT_NAME_MAX || memchr(name.at, '\\', name.size) != NULL)
            return false;
        commitment_section_t *section = &commitment->sections[commitment->count++];
        memcpy(section->name, name.at, name.size);
        if (!json_uint(json_find(value, "records"), &section->records) || section->records > UINT32_MAX || !read_hash(json_find(value, "root"), &section->root))
            return false;
    }
    return walk.is_object && commitment->count > 0;
}

static bool read_label(span_t value, commitment_t *commitment)
{
    span_t label = json_plain(value);
    if (value.at == NULL)
        return true;
    if (label.size == 0 || label.size >= sizeof commitment->tlp)
        return false;
    memcpy(commitment->tlp, label.at, label.size);
    return tlp_rank(commitment->tlp) >= 0;
}

status_t commitment_read(span_t statement, commitment_t *commitment)
{
    *commitment     = (commitment_t){0};
    status_t status = json_check_canonical(statement);
    if (!status_ok(status))
        return status;
    if (!json_is(json_find(statement, "_type"), STATEMENT_TYPE))
        return invalid("this is not an in-toto Statement v1");
    if (!json_is(json_find(statement, "predicateType"), COMMITMENT_PREDICATE_TYPE))
        return invalid("this is no commitment of ours, or of another major version");
    span_t predicate = json_find(statement, "predicate");
    if (!json_is(json_find(predicate, "alg"), COMMITMENT_ALGORITHM))
        return invalid("the commitment is made in a way that this version does not know");
    if (!read_sections(json_find(predicate, "sections"), commitment) || !read_hash(json_find(predicate, "root"), &commitment->root) ||
        !read_label(json_find(predicate, "tlp"), commitment))
        return invalid("the commitment lacks sections, root or a known label");
    merkle_t *merkle = merkle_new(NULL);
    sha256_t  root   = {0};
    status           = merkle != NULL ? commitment_root(merkle, commitment, &root) : no_memory();
    merkle_free(merkle);
    if (status_ok(status) && !sha256_equal(&root, &commitment->root))
        status = invalid("the root of the commitment is not that of its sections");
    return status;
}

const commitment_section_t *commitment_find(const commitment_t *commitment, span_t name)
{
    for (size_t i = 0; i < commitment->count; i++)
        if (span_equal(span_from_text(commitment->sections[i].name), name))
            return &commitment->sections[i];
    return NULL;
}

int tlp_rank(const char *label)
{
    static const char *const labels[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
    for (int i = 0; i < 5; i++)
        if (strcmp(label, labels[i]) == 0)
            return i;
    return -1;
}

/* ---- secrets ---------------------------------------------------------------------------------------------------------- */

status_t commitment_secret_new(sha256_t *secret)
{
    return RAND_priv_bytes(secret->bytes, sizeof secret->bytes) == 1 ? ok() : status_fail(STATUS_CRYPTO, commitment_id, 0, "no random bytes could be had");
}

status_t commitment_secret_from(const sha256_t *share_key, span_t statement, sha256_t *secret)
{
    static const char label[] = "assay/share/v1"; /* with its NUL */
    char     digest[] = "SHA256";
    uint8_t  info[sizeof label + SHA256_SIZE];
    sha256_t of_report, key = *share_key;
    status_t status = sha256_of(statement, &of_report);
    if (!status_ok(status))
        return status;
    memcpy(info, label, sizeof label);
    memcpy(info + sizeof label, of_report.bytes, SHA256_SIZE);
    OSSL_PARAM   params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                             OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.bytes, sizeof key.bytes),
                             OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info), OSSL_PARAM_construct_end()};
    EVP_KDF     *kdf      = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context  = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    bool         good     = context != NULL && EVP_KDF_derive(context, secret->bytes, sizeof secret->bytes, params) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    explicit_bzero(&key, sizeof key);
    return good ? ok() : status_fail(STATUS_CRYPTO, commitment_id, 0, "the secret of the report could not be derived");
}
