#include "report/custody.h"

#include "base/canonical.h"
#include "base/json.h"
#include "base/utf8.h"
#include "report/statement.h"

#include <jansson.h>
#include <stdlib.h>

static const char custody_id[] = "custody";

static status_t refuse(const char *what) { return status_fail(STATUS_INVALID, custody_id, 0, what); }

bool custody_action_known(const char *action)
{
    static const char *const known[] = {"open", "acquire", "receive", "transfer", "seal", "unseal", "examine", "convert", "export", "note", "correct"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], action) == 0)
            return true;
    return false;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

static void member_digest(json_writer_t *w, const char *key, const sha256_t *digest)
{
    char hex[SHA256_HEX];
    hex_encode(digest->bytes, SHA256_SIZE, hex);
    json_member_text(w, key, hex);
}

static void write_object(json_writer_t *w, const custody_object_t *object)
{
    json_begin_object(w);
    json_member_text(w, "name", object->name);
    json_member_text(w, "role", object->role);
    member_digest(w, "sha256", &object->sha256);
    json_member_integer(w, "size", object->size);
    json_end_object(w);
}

static void write_acquisition(json_writer_t *w, const custody_entry_t *e)
{
    json_begin_object(w);
    json_key(w, "facts");
    json_begin_object(w);
    for (size_t i = 0; i < e->fact_count; i++)
        json_member_text(w, e->facts[i].key, e->facts[i].value);
    json_end_object(w);
    json_key(w, "unread");
    json_begin_array(w);
    for (size_t i = 0; i < e->unread_count; i++) {
        json_begin_object(w);
        json_member_integer(w, "length", e->unread[i].length);
        json_member_integer(w, "offset", e->unread[i].offset);
        json_member_text(w, "status", e->unread[i].status);
        json_end_object(w);
    }
    json_end_array(w);
    json_member_bool(w, "unreadCut", e->unread_cut);
    json_end_object(w);
}

static void write_predicate(json_writer_t *w, const custody_entry_t *e)
{
    json_begin_object(w);
    json_key(w, "acquisition");
    write_acquisition(w, e);
    json_member_text(w, "action", e->action);
    json_key(w, "actor");
    json_begin_object(w);
    json_member_text(w, "name", e->actor);
    json_member_text_if(w, "role", e->role);
    json_end_object(w);
    json_member_text(w, "case", e->case_id);
    if (e->corrects > 0)
        json_member_integer(w, "corrects", e->corrects);
    json_member_text_if(w, "counterparty", e->counterparty);
    json_key(w, "objects");
    json_begin_array(w);
    for (size_t i = 0; i < e->object_count; i++)
        write_object(w, &e->objects[i]);
    json_end_array(w);
    member_digest(w, "previous", &e->previous);
    if (e->recovered > 0) {
        json_key(w, "recovered");
        json_begin_object(w);
        json_member_integer(w, "bytes", e->recovered);
        member_digest(w, "sha256", &e->recovered_sha256);
        json_end_object(w);
    }
    json_member_integer(w, "seq", e->seq);
    json_key(w, "tool");
    json_begin_object(w);
    json_member_text(w, "name", e->tool);
    json_member_text(w, "version", e->tool_version);
    json_end_object(w);
    json_key(w, "when");
    json_begin_object(w);
    json_member_text(w, "claimed", e->when);
    json_member_text(w, "clock", e->clock);
    json_end_object(w);
    json_member_text_if(w, "where", e->where);
    json_member_text(w, "why", e->why);
    json_end_object(w);
}

static void write_subject(json_writer_t *w, const char *prefix, const char *name, size_t number, const sha256_t *digest)
{
    buffer_t text = {0};
    buffer_printf(&text, "%s%s", prefix, name);
    if (number > 0)
        buffer_printf(&text, "~%zu", number + 1);
    json_begin_object(w);
    json_key(w, "digest");
    json_begin_object(w);
    member_digest(w, "sha256", digest);
    json_end_object(w);
    json_key(w, "name");
    json_put_span(w, buffer_span(&text));
    json_end_object(w);
    w->failed = w->failed || text.failed;
    buffer_free(&text);
}

/* The objects, or for an entry without any the case itself: a statement has a subject. */
static status_t write_subjects(json_writer_t *w, const custody_entry_t *e)
{
    sha256_t digest;
    status_t status = sha256_of(span_from_text(e->case_id), &digest);
    json_key(w, "subject");
    json_begin_array(w);
    if (e->object_count == 0)
        write_subject(w, "case:", e->case_id, 0, &digest);
    for (size_t i = 0; i < e->object_count; i++)
        write_subject(w, "", e->objects[i].name, i, &e->objects[i].sha256);
    json_end_array(w);
    return status;
}

status_t custody_write(const custody_entry_t *entry, buffer_t *payload)
{
    if (!custody_action_known(entry->action))
        return refuse("no such action: there are open, acquire, receive, transfer, seal, unseal, examine, convert, export, note, correct");
    if (entry->object_count > CUSTODY_OBJECTS_MAX || entry->fact_count > CUSTODY_FACTS_MAX || entry->unread_count > CUSTODY_RANGES_MAX)
        return refuse("more objects, facts or ranges than one entry takes");
    json_writer_t w = {.out = *payload};
    json_begin_object(&w);
    json_member_text(&w, "_type", STATEMENT_TYPE);
    json_key(&w, "predicate");
    write_predicate(&w, entry);
    json_member_text(&w, "predicateType", CUSTODY_PREDICATE_TYPE);
    status_t status = write_subjects(&w, entry);
    json_end_object(&w);
    if (status_ok(status))
        status = json_finish(&w);
    *payload = w.out;
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

typedef struct { arena_t *arena; bool failed; } loader_t;

static const char *text_if(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return NULL;
    span_t text = span_from(json_string_value(value), json_string_length(value));
    if (!json_is_string(value) || !text_may_be_shown(text)) {
        l->failed = true;
        return NULL;
    }
    const char *copy = arena_text(l->arena, text);
    l->failed        = l->failed || copy == NULL;
    return copy;
}

static const char *text(loader_t *l, const json_t *object, const char *key)
{
    const char *value = text_if(l, object, key);
    l->failed         = l->failed || value == NULL;
    return value;
}

static uint64_t integer_if(loader_t *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return 0;
    l->failed = l->failed || !json_is_integer(value) || json_integer_value(value) < 0;
    return json_is_integer(value) && json_integer_value(value) >= 0 ? (uint64_t)json_integer_value(value) : 0;
}

static void digest_from(loader_t *l, const json_t *object, const char *key, sha256_t *digest)
{
    const char *hex = json_string_value(json_object_get(object, key));
    l->failed       = l->failed || hex == NULL || strlen(hex) != SHA256_HEX - 1 || !hex_decode(hex, digest->bytes, SHA256_SIZE);
}

static void read_objects(loader_t *l, const json_t *list, custody_entry_t *e)
{
    size_t count = json_array_size(list);
    l->failed    = l->failed || !json_is_array(list) || count > CUSTODY_OBJECTS_MAX;
    e->objects   = l->failed ? NULL : arena_array(l->arena, count + 1, sizeof *e->objects);
    for (size_t i = 0; e->objects != NULL && i < count && !l->failed; i++) {
        const json_t     *item = json_array_get(list, i);
        custody_object_t *o    = &e->objects[e->object_count++];
        *o = (custody_object_t){.name = text(l, item, "name"), .role = text(l, item, "role"), .size = integer_if(l, item, "size")};
        digest_from(l, item, "sha256", &o->sha256);
    }
}

static void read_facts(loader_t *l, const json_t *object, custody_entry_t *e)
{
    size_t      count = json_object_size(object);
    const char *key;
    json_t     *value;
    l->failed = l->failed || !json_is_object(object) || count > CUSTODY_FACTS_MAX;
    e->facts  = l->failed ? NULL : arena_array(l->arena, count + 1, sizeof *e->facts);
    if (e->facts == NULL)
        return;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        const char *kept = text_may_be_shown(span_from_text(key)) ? arena_text(l->arena, span_from_text(key)) : NULL;
        l->failed        = l->failed || kept == NULL;
        if (l->failed)
            return;
        e->facts[e->fact_count++] = (report_fact_t){kept, text(l, object, key)};
    }
}

static void read_ranges(loader_t *l, const json_t *list, custody_entry_t *e)
{
    size_t count = json_array_size(list);
    l->failed    = l->failed || !json_is_array(list) || count > CUSTODY_RANGES_MAX;
    e->unread    = l->failed ? NULL : arena_array(l->arena, count + 1, sizeof *e->unread);
    for (size_t i = 0; e->unread != NULL && i < count && !l->failed; i++) {
        const json_t *item = json_array_get(list, i);
        e->unread[e->unread_count++] = (custody_range_t){integer_if(l, item, "offset"), integer_if(l, item, "length"), text(l, item, "status")};
    }
}

static bool read_predicate(loader_t *l, const json_t *p, custody_entry_t *e)
{
    const json_t *actor = json_object_get(p, "actor"), *when = json_object_get(p, "when"), *tool = json_object_get(p, "tool"),
                 *acquisition = json_object_get(p, "acquisition"), *recovered = json_object_get(p, "recovered");
    *e = (custody_entry_t){.case_id = text(l, p, "case"), .seq = integer_if(l, p, "seq"), .action = text(l, p, "action"), .actor = text(l, actor, "name"),
                           .role = text_if(l, actor, "role"), .counterparty = text_if(l, p, "counterparty"), .when = text(l, when, "claimed"),
                           .clock = text(l, when, "clock"), .where = text_if(l, p, "where"), .why = text(l, p, "why"), .tool = text(l, tool, "name"),
                           .tool_version = text(l, tool, "version"), .corrects = integer_if(l, p, "corrects"),
                           .unread_cut = json_is_true(json_object_get(acquisition, "unreadCut"))};
    digest_from(l, p, "previous", &e->previous);
    if (recovered != NULL) {
        e->recovered = integer_if(l, recovered, "bytes");
        digest_from(l, recovered, "sha256", &e->recovered_sha256);
    }
    read_objects(l, json_object_get(p, "objects"), e);
    read_facts(l, json_object_get(acquisition, "facts"), e);
    read_ranges(l, json_object_get(acquisition, "unread"), e);
    return !l->failed && custody_action_known(e->action);
}

static const char *read_statement(span_t payload, arena_t *arena, custody_entry_t *entry)
{
    if (!status_ok(json_check_canonical(payload)))
        return "its statement is not in canonical form";
    json_t     *root = json_loadb((const char *)payload.at, payload.size, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(root, "predicateType"));
    loader_t    l    = {.arena = arena};
    const char *why  = NULL;
    if (type == NULL || strcmp(type, CUSTODY_PREDICATE_TYPE) != 0)
        why = "its statement is no entry of a case";
    else if (!read_predicate(&l, json_object_get(root, "predicate"), entry))
        why = "its statement lacks what an entry says";
    json_decref(root);
    return why;
}

static const char *names_of_keys(const dsse_envelope_t *envelope, arena_t *arena)
{
    buffer_t names = {0};
    for (size_t i = 0; i < envelope->count; i++) {
        buffer_append_text(&names, i > 0 ? ", " : "");
        escape_text(span_from_text(envelope->signatures[i].keyid), &names);
    }
    const char *kept = arena_text(arena, buffer_span(&names));
    buffer_free(&names);
    return kept;
}

static status_t read_line(span_t bytes, EVP_PKEY *const *keys, size_t key_count, arena_t *arena, custody_line_t *line)
{
    dsse_envelope_t envelope;
    status_t        status = sha256_of(bytes, &line->digest);
    line->why_not          = bytes.size > CUSTODY_LINE_MAX ? "it is too long" : NULL;
    if (!status_ok(status) || line->why_not != NULL)
        return status;
    if (!status_ok(dsse_read(bytes, CUSTODY_LINE_MAX, &envelope))) {
        line->why_not = "it is no envelope";
    } else {
        line->why_not          = strcmp(envelope.payload_type, STATEMENT_PAYLOAD_TYPE) != 0 ? "its payload is no statement"
                                                                                          : read_statement(buffer_span(&envelope.payload), arena, &line->entry);
        line->keyids           = names_of_keys(&envelope, arena);
        line->signature_stands = key_count > 0 && dsse_verify(&envelope, keys, key_count, NULL) > 0;
    }
    line->readable = line->why_not == NULL;
    dsse_free(&envelope);
    return ok();
}

status_t custody_read(span_t log, EVP_PKEY *const *keys, size_t key_count, arena_t *arena, custody_log_t *out)
{
    size_t lines = 0;
    for (size_t i = 0; i < log.size; i++)
        lines += log.at[i] == '\n';
    *out          = (custody_log_t){.lines = arena_array(arena, lines + 1, sizeof *out->lines)};
    status_t status = out->lines != NULL ? ok() : status_fail(STATUS_MEMORY, custody_id, 0, "out of memory");
    size_t   at     = 0;
    while (status_ok(status) && out->count < lines) {
        const uint8_t  *end  = memchr(log.at + at, '\n', log.size - at);
        size_t          size = (size_t)(end - (log.at + at));
        custody_line_t *line = &out->lines[out->count++];
        *line                = (custody_line_t){.line = out->count};
        status               = read_line(span_sub(log, at, size), keys, key_count, arena, line);
        at += size + 1;
    }
    out->torn = log.size - at;
    return status;
}

bool custody_head_from(const char *text, custody_head_t *head)
{
    char         *end;
    unsigned long long seq = strtoull(text, &end, 10);
    char          hex[SHA256_HEX];
    *head = (custody_head_t){.seq = seq};
    if (text[0] < '1' || text[0] > '9' || *end != ':' || strlen(end + 1) < SHA256_HEX - 1 || (end[SHA256_HEX] != '\0' && end[SHA256_HEX] != '\n'))
        return false;
    memcpy(hex, end + 1, SHA256_HEX - 1);
    hex[SHA256_HEX - 1] = '\0';
    return hex_decode(hex, head->digest.bytes, SHA256_SIZE);
}

/* ---- is it whole? --------------------------------------------------------------------------------------------------------- */

typedef struct { const custody_log_t *log; buffer_t *out; size_t faults; } check_t;

static const custody_line_t *line_of(const custody_log_t *log, uint64_t seq)
{
    for (size_t i = 0; i < log->count; i++)
        if (log->lines[i].readable && log->lines[i].entry.seq == seq)
            return &log->lines[i];
    return NULL;
}

#define FAULT(c, ...) ((c)->faults++, buffer_printf((c)->out, __VA_ARGS__), buffer_append_byte((c)->out, '\n'))

static void check_line(check_t *c, size_t index)
{
    const custody_line_t *line = &c->log->lines[index], *before = index > 0 ? line - 1 : NULL;
    if (!line->readable) {
        FAULT(c, "line %zu cannot be read as an entry: %s", line->line, line->why_not);
        return;
    }
    const custody_entry_t *e = &line->entry;
    if (!line->signature_stands)
        FAULT(c, "entry %llu was edited, or is not signed by a key that was given", (unsigned long long)e->seq);
    if (before == NULL) {
        sha256_t nothing;
        if (e->seq == 1 && (!status_ok(sha256_of(span_from("", 0), &nothing)) || !sha256_equal(&e->previous, &nothing)))
            FAULT(c, "entry 1 names an entry before it: it belongs to another log");
        if (e->seq != 1)
            FAULT(c, "entries 1 to %llu are missing: the log begins with entry %llu", (unsigned long long)e->seq - 1, (unsigned long long)e->seq);
        return;
    }
    if (!before->readable)
        return;
    uint64_t expected = before->entry.seq + 1;
    if (strcmp(before->entry.case_id, e->case_id) != 0)
        FAULT(c, "entry %llu belongs to another case, %s", (unsigned long long)e->seq, e->case_id);
    if (e->seq == expected && !sha256_equal(&e->previous, &before->digest))
        FAULT(c, "entry %llu was edited after entry %llu was signed, or entry %llu belongs to another log", (unsigned long long)before->entry.seq,
              (unsigned long long)e->seq, (unsigned long long)e->seq);
    for (uint64_t seq = expected; seq < e->seq && seq < expected + 16; seq++)
        if (line_of(c->log, seq) == NULL)
            FAULT(c, "entry %llu was removed: it stood before entry %llu", (unsigned long long)seq, (unsigned long long)e->seq);
    if (e->seq != expected && (e->seq < expected || line_of(c->log, expected) != NULL))
        FAULT(c, "entry %llu stands behind entry %llu: it was moved or is there twice", (unsigned long long)e->seq, (unsigned long long)before->entry.seq);
}

static void check_head(check_t *c, const custody_head_t *head)
{
    const custody_line_t *line = line_of(c->log, head->seq);
    if (line == NULL) {
        const custody_line_t *last = c->log->count > 0 ? &c->log->lines[c->log->count - 1] : NULL;
        uint64_t              have = last != NULL && last->readable ? last->entry.seq : 0;
        if (have < head->seq)
            FAULT(c, "entries %llu to %llu are missing: the log was cut", (unsigned long long)have + 1, (unsigned long long)head->seq);
        else
            FAULT(c, "entry %llu, which the head names, is missing", (unsigned long long)head->seq);
    } else if (!sha256_equal(&line->digest, &head->digest)) {
        FAULT(c, "entry %llu is not the one that the head names: it was edited, or the log is another", (unsigned long long)head->seq);
    }
}

size_t custody_check(const custody_log_t *log, const custody_head_t *heads, size_t head_count, buffer_t *out)
{
    check_t c = {.log = log, .out = out};
    if (log->count == 0)
        FAULT(&c, "the log has no entry");
    for (size_t i = 0; i < log->count; i++)
        check_line(&c, i);
    for (size_t i = 0; i < head_count; i++)
        check_head(&c, &heads[i]);
    return c.faults;
}
