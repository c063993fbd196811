#include "report/fleet.h"

#include "base/buffer.h"
#include "base/sha256.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 60000, SCHEMA = 1, APPLICATION = 0x61737379 }; /* "assy" */

struct fleet { sqlite3 *db; };

/* Texts that occur in many reports (paths, names) stand once, in `texts`. */
static const char schema[] =
    "CREATE TABLE reports(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, changed INTEGER NOT NULL, "
    "input TEXT NOT NULL, verdict TEXT NOT NULL, policy TEXT, signed INTEGER NOT NULL);"
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, base TEXT);"
    "CREATE INDEX texts_base ON texts(base);"
    "CREATE TABLE artifacts(report INTEGER NOT NULL REFERENCES reports ON DELETE CASCADE, path INTEGER NOT NULL, sha256 BLOB NOT NULL);"
    "CREATE INDEX artifacts_report ON artifacts(report); "
    "CREATE INDEX artifacts_path ON artifacts(path); CREATE INDEX artifacts_sha256 ON artifacts(sha256);"
    "CREATE TABLE components(report INTEGER NOT NULL REFERENCES reports ON DELETE CASCADE, name TEXT NOT NULL, version TEXT, path INTEGER);"
    "CREATE INDEX components_report ON components(report); CREATE INDEX components_name ON components(name, version);"
    "CREATE TABLE origins(report INTEGER NOT NULL REFERENCES reports ON DELETE CASCADE, vendor TEXT NOT NULL, strength TEXT NOT NULL, path INTEGER);"
    "CREATE INDEX origins_report ON origins(report); CREATE INDEX origins_vendor ON origins(vendor);"
    "CREATE TABLE findings(report INTEGER NOT NULL REFERENCES reports ON DELETE CASCADE, "
    "id TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, path INTEGER);"
    "CREATE INDEX findings_report ON findings(report); CREATE INDEX findings_id ON findings(id); CREATE INDEX findings_rule ON findings(rule);";

/* ---- opening ---------------------------------------------------------------------------------------------------------- */

static bool run(sqlite3 *db, const char *sql) { return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK; }

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t       value     = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

/* Within one transaction, so that of two that make it at once the second finds it made. */
static bool make_schema(sqlite3 *db)
{
    char mark[80];
    if (!run(db, "BEGIN IMMEDIATE"))
        return false;
    bool good = true;
    if (number(db, "PRAGMA application_id") == 0 && number(db, "SELECT count(*) FROM sqlite_schema") == 0) {
        (void)snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION, SCHEMA);
        good = run(db, schema) && run(db, mark);
    }
    return run(db, good ? "COMMIT" : "ROLLBACK") && good;
}

fleet_t *fleet_open(const char *path, bool write, char why[FLEET_WHY])
{
    fleet_t *fleet = calloc(1, sizeof *fleet);
    int      flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    if (fleet == NULL || sqlite3_open_v2(path, &fleet->db, flags, NULL) != SQLITE_OK) {
        (void)snprintf(why, FLEET_WHY, "%s", fleet != NULL && fleet->db != NULL ? sqlite3_errmsg(fleet->db) : "out of memory");
        fleet_close(fleet);
        return NULL;
    }
    (void)sqlite3_busy_timeout(fleet->db, BUSY_MS);
    (void)sqlite3_db_config(fleet->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(fleet->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    bool good = run(fleet->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=16000;") &&
        (!write || make_schema(fleet->db));
    if (!good)
        (void)snprintf(why, FLEET_WHY, "%s", sqlite3_errmsg(fleet->db));
    else if (number(fleet->db, "PRAGMA application_id") != APPLICATION || number(fleet->db, "PRAGMA user_version") != SCHEMA) {
        (void)snprintf(why, FLEET_WHY, "this is no index of reports, or one of another version: remove it and make it anew");
        good = false;
    }
    if (!good) {
        fleet_close(fleet);
        return NULL;
    }
    return fleet;
}

void fleet_close(fleet_t *fleet)
{
    if (fleet != NULL)
        (void)sqlite3_close_v2(fleet->db);
    free(fleet);
}

/* ---- filling ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    sqlite3      *db;
    sqlite3_stmt *find_text, *add_text, *artifact, *component, *origin, *finding;
    int64_t       report;
    const report_t *model;
    int64_t      *paths; /* row of the artifact's path, by artifact; 0: not yet asked */
    bool          failed;
} filling_t;

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql, bool *failed)
{
    sqlite3_stmt *statement = NULL;
    *failed                 = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || *failed;
    return statement;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    if (text != NULL)
        (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
    else
        (void)sqlite3_bind_null(statement, at);
}

/* Runs a statement that gives no row, and makes it ready for the next time. */
static void step(filling_t *f, sqlite3_stmt *statement)
{
    f->failed = sqlite3_step(statement) != SQLITE_DONE || f->failed;
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int64_t text_row(filling_t *f, const char *text)
{
    int64_t row = 0;
    bind_text(f->find_text, 1, text);
    if (sqlite3_step(f->find_text) == SQLITE_ROW)
        row = sqlite3_column_int64(f->find_text, 0);
    (void)sqlite3_reset(f->find_text);
    if (row != 0)
        return row;
    bind_text(f->add_text, 1, text);
    bind_text(f->add_text, 2, last_name(text));
    step(f, f->add_text);
    return sqlite3_last_insert_rowid(f->db);
}

static void bind_path(filling_t *f, sqlite3_stmt *statement, int at, uint32_t artifact)
{
    if (artifact == NO_ARTIFACT)
        return;
    if (f->paths[artifact] == 0)
        f->paths[artifact] = text_row(f, f->model->artifacts[artifact].path);
    (void)sqlite3_bind_int64(statement, at, f->paths[artifact]);
}

static void fill(filling_t *f)
{
    const report_t *r = f->model;
    for (uint32_t i = 0; i < r->artifact_count && !f->failed; i++) {
        (void)sqlite3_bind_int64(f->artifact, 1, f->report);
        bind_path(f, f->artifact, 2, i);
        (void)sqlite3_bind_blob(f->artifact, 3, r->artifacts[i].sha256.bytes, SHA256_SIZE, SQLITE_STATIC);
        step(f, f->artifact);
    }
    for (size_t i = 0; i < r->component_count && !f->failed; i++) {
        (void)sqlite3_bind_int64(f->component, 1, f->report);
        bind_text(f->component, 2, r->components[i].name);
        bind_text(f->component, 3, r->components[i].version);
        bind_path(f, f->component, 4, r->components[i].artifact_count > 0 ? r->components[i].artifacts[0] : NO_ARTIFACT);
        step(f, f->component);
    }
    for (size_t i = 0; i < r->origin_count && !f->failed; i++) {
        (void)sqlite3_bind_int64(f->origin, 1, f->report);
        bind_text(f->origin, 2, r->origins[i].vendor);
        bind_text(f->origin, 3, strength_name(r->origins[i].strength));
        bind_path(f, f->origin, 4, r->origins[i].artifact_count > 0 ? r->origins[i].artifacts[0] : NO_ARTIFACT);
        step(f, f->origin);
    }
    for (size_t i = 0; i < r->finding_count && !f->failed; i++) {
        (void)sqlite3_bind_int64(f->finding, 1, f->report);
        bind_text(f->finding, 2, r->findings[i].id);
        bind_text(f->finding, 3, r->findings[i].rule);
        bind_text(f->finding, 4, severity_name(r->findings[i].severity));
        bind_path(f, f->finding, 5, r->findings[i].artifact);
        step(f, f->finding);
    }
}

static void put_report(filling_t *f, const char *path, const fleet_stamp_t *stamp, bool is_signed)
{
    sqlite3_stmt *add = prepared(f->db, "INSERT INTO reports(path,size,changed,input,verdict,policy,signed) VALUES(?,?,?,?,?,?,?)", &f->failed);
    bind_text(add, 1, path);
    (void)sqlite3_bind_int64(add, 2, stamp->size);
    (void)sqlite3_bind_int64(add, 3, stamp->changed);
    bind_text(add, 4, f->model->inputs[0].name);
    bind_text(add, 5, verdict_name(f->model->verdict.result));
    bind_text(add, 6, f->model->verdict.policy);
    (void)sqlite3_bind_int(add, 7, is_signed);
    f->failed = f->failed || sqlite3_step(add) != SQLITE_DONE;
    f->report = sqlite3_last_insert_rowid(f->db);
    (void)sqlite3_finalize(add);
}

static bool delete_path(sqlite3 *db, const char *path)
{
    bool          failed = false;
    sqlite3_stmt *remove = prepared(db, "DELETE FROM reports WHERE path=?", &failed);
    bind_text(remove, 1, path);
    failed = failed || sqlite3_step(remove) != SQLITE_DONE;
    (void)sqlite3_finalize(remove);
    return !failed;
}

static status_t finish(sqlite3 *db, bool good)
{
    if (good && run(db, "COMMIT"))
        return ok();
    (void)run(db, "ROLLBACK");
    return status_fail(STATUS_IO, "index", 0, "the index cannot be written: is the disk full, or another program using it?");
}

status_t fleet_put(fleet_t *fleet, const char *path, const fleet_stamp_t *stamp, const report_t *report, bool is_signed)
{
    filling_t f = {.db = fleet->db, .model = report, .paths = calloc(report->artifact_count + 1, sizeof(int64_t))};
    if (f.paths == NULL || !run(fleet->db, "BEGIN IMMEDIATE")) {
        free(f.paths);
        return status_fail(STATUS_IO, "index", 0, "the index cannot be written: another program holds it");
    }
    f.find_text = prepared(f.db, "SELECT id FROM texts WHERE text=?", &f.failed);
    f.add_text  = prepared(f.db, "INSERT INTO texts(text,base) VALUES(?,?)", &f.failed);
    f.artifact  = prepared(f.db, "INSERT INTO artifacts VALUES(?,?,?)", &f.failed);
    f.component = prepared(f.db, "INSERT INTO components VALUES(?,?,?,?)", &f.failed);
    f.origin    = prepared(f.db, "INSERT INTO origins VALUES(?,?,?,?)", &f.failed);
    f.finding   = prepared(f.db, "INSERT INTO findings VALUES(?,?,?,?,?)", &f.failed);
    f.failed    = f.failed || !delete_path(f.db, path);
    if (!f.failed)
        put_report(&f, path, stamp, is_signed);
    if (!f.failed)
        fill(&f);
    sqlite3_stmt *all[] = {f.find_text, f.add_text, f.artifact, f.component, f.origin, f.finding};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        (void)sqlite3_finalize(all[i]);
    free(f.paths);
    return finish(fleet->db, !f.failed);
}

status_t fleet_remove(fleet_t *fleet, const char *path)
{
    if (!run(fleet->db, "BEGIN IMMEDIATE"))
        return status_fail(STATUS_IO, "index", 0, "the index cannot be written: another program holds it");
    return finish(fleet->db, delete_path(fleet->db, path));
}

bool fleet_is_current(fleet_t *fleet, const char *path, const fleet_stamp_t *stamp)
{
    bool          failed = false;
    sqlite3_stmt *find   = prepared(fleet->db, "SELECT 1 FROM reports WHERE path=? AND size=? AND changed=?", &failed);
    bind_text(find, 1, path);
    (void)sqlite3_bind_int64(find, 2, stamp->size);
    (void)sqlite3_bind_int64(find, 3, stamp->changed);
    bool current = !failed && sqlite3_step(find) == SQLITE_ROW;
    (void)sqlite3_finalize(find);
    return current;
}

int64_t fleet_prune(fleet_t *fleet, bool (*keep)(void *context, const char *path), void *context)
{
    bool          failed = !run(fleet->db, "BEGIN IMMEDIATE");
    sqlite3_stmt *all    = prepared(fleet->db, "SELECT id,path FROM reports", &failed), *remove = prepared(fleet->db,
                                                                                                    "DELETE FROM reports WHERE id=?", &failed);
    int64_t       count  = 0;
    int           state  = SQLITE_DONE;
    while (!failed && (state = sqlite3_step(all)) == SQLITE_ROW)
        if (!keep(context, (const char *)sqlite3_column_text(all, 1))) {
            (void)sqlite3_bind_int64(remove, 1, sqlite3_column_int64(all, 0));
            failed = sqlite3_step(remove) != SQLITE_DONE;
            (void)sqlite3_reset(remove);
            count++;
        }
    (void)sqlite3_finalize(all);
    (void)sqlite3_finalize(remove);
    if (count > 0 && !failed) /* paths that only those had */
        failed = !run(fleet->db, "DELETE FROM texts WHERE id NOT IN (SELECT path FROM artifacts)");
    return status_ok(finish(fleet->db, !failed && state == SQLITE_DONE)) ? count : -1;
}

uint64_t fleet_count(fleet_t *fleet)
{
    int64_t count = number(fleet->db, "SELECT count(*) FROM reports");
    return count > 0 ? (uint64_t)count : 0;
}

/* ---- asking ----------------------------------------------------------------------------------------------------------- */

/* How the hits of one kind of term are found; `?` stands for the values, in order. Each gives report, what, path of an artifact. */
typedef struct { const char *name, *hits; } term_kind_t;

static const term_kind_t term_kinds[] = {
    {"component", "SELECT report, name || CASE WHEN version IS NULL THEN '' ELSE '@' || version END AS what, path FROM components WHERE name=?"},
    {"vendor", "SELECT report, vendor || ' (' || strength || ')' AS what, path FROM origins WHERE vendor=?"},
    {"sha256", "SELECT report, lower(hex(sha256)) AS what, path FROM artifacts WHERE sha256=?"},
    {"finding", "SELECT report, id || ' ' || rule || ' (' || severity || ')' AS what, path FROM findings WHERE rule=?"},
    {"path", "SELECT report, lower(hex(sha256)) AS what, path FROM artifacts WHERE path IN "
             "(SELECT id FROM texts WHERE base=? AND (text=? OR substr(text, -length(?))=?))"},
    {"verdict", "SELECT id AS report, verdict AS what, NULL AS path FROM reports WHERE verdict=?"},
};
enum { TERM_KINDS = sizeof term_kinds / sizeof *term_kinds, VALUES_MAX = 4 };

static const char component_of_version[] = " AND version=?";
static const char finding_of_id[]        = "SELECT report, id || ' ' || rule || ' (' || severity || ')' AS what, path FROM findings WHERE id=?";
static const char path_of_pattern[] =
    "SELECT report, lower(hex(sha256)) AS what, path FROM artifacts WHERE path IN (SELECT id FROM texts WHERE text GLOB ?)";

typedef struct {
    char    sql[512];
    char   *values[VALUES_MAX]; /* owned */
    size_t  count;
    bool    is_digest;
    uint8_t digest[SHA256_SIZE];
} term_t;

static bool keep(term_t *term, const char *format, const char *a, const char *b)
{
    char *value = sqlite3_mprintf(format, a, b);
    if (value == NULL)
        return false;
    term->values[term->count++] = value;
    return true;
}

static bool keep_component(term_t *term, const char *value)
{
    const char *at = strrchr(value, '@');
    if (at == NULL || at == value || at[1] == '\0')
        return keep(term, "%s", value, NULL);
    (void)strcat(term->sql, component_of_version);
    char name[600];
    if ((size_t)(at - value) >= sizeof name)
        return keep(term, "%s", value, NULL) && keep(term, "%s", "", NULL);
    memcpy(name, value, (size_t)(at - value));
    name[at - value] = '\0';
    return keep(term, "%s", name, NULL) && keep(term, "%s", at + 1, NULL);
}

static bool keep_path(term_t *term, const char *value)
{
    if (strpbrk(value, "*?[") != NULL) {
        (void)snprintf(term->sql, sizeof term->sql, "%s", path_of_pattern);
        return keep(term, "%s", value, NULL);
    }
    return keep(term, "%s", last_name(value), NULL) && keep(term, "%s", value, NULL) && keep(term, "/%s", value, NULL) && keep(term, "/%s", value,
                                                                                                    NULL);
}

static bool is_finding_id(const char *value)
{
    uint8_t digits[8];
    return value[0] == 'f' && hex_decode(value + 1, digits, sizeof digits);
}

static status_t read_term(const char *text, term_t *term, char why[FLEET_WHY])
{
    const char *colon = strchr(text, ':'), *value = colon != NULL ? colon + 1 : "";
    bool        good  = true;
    *term             = (term_t){0};
    for (size_t i = 0; i < TERM_KINDS && colon != NULL && value[0] != '\0'; i++) {
        const char *name = term_kinds[i].name;
        if (strlen(name) != (size_t)(colon - text) || strncmp(name, text, strlen(name)) != 0)
            continue;
        (void)snprintf(term->sql, sizeof term->sql, "%s", term_kinds[i].hits);
        term->is_digest = strcmp(name, "sha256") == 0;
        if (term->is_digest && !hex_decode(value, term->digest, SHA256_SIZE)) {
            (void)snprintf(why, FLEET_WHY, "%.100s: a SHA-256 has 64 hexadecimal digits", text);
            return status_fail(STATUS_INVALID, "find", 0, "no such term");
        }
        if (strcmp(name, "finding") == 0 && is_finding_id(value))
            (void)snprintf(term->sql, sizeof term->sql, "%s", finding_of_id);
        if (!term->is_digest)
            good = strcmp(name, "component") == 0 ? keep_component(term, value) : strcmp(name, "path") == 0 ? keep_path(term, value) : keep(term,
                                                                                                    "%s", value, NULL);
        return good ? ok() : status_fail(STATUS_MEMORY, "find", 0, "out of memory");
    }
    (void)snprintf(why, FLEET_WHY, "%.100s: one can look for "
                   "component:NAME[@VERSION], vendor:ID, sha256:HEX, finding:RULE-OR-ID, path:PATH, verdict:RESULT", text);
    return status_fail(STATUS_INVALID, "find", 0, "no such term");
}

static void bind_term(sqlite3_stmt *statement, const term_t *term, int *at)
{
    if (term->is_digest)
        (void)sqlite3_bind_blob(statement, (*at)++, term->digest, SHA256_SIZE, SQLITE_STATIC);
    for (size_t i = 0; i < term->count; i++)
        (void)sqlite3_bind_text(statement, (*at)++, term->values[i], -1, SQLITE_STATIC);
}

static sqlite3_stmt *question(fleet_t *fleet, const term_t *terms, size_t count)
{
    buffer_t      sql       = {0};
    bool          failed    = false;
    int           at        = 1;
    sqlite3_stmt *statement = NULL;
    buffer_printf(&sql, "SELECT r.path, r.input, r.verdict, h.what, t.text FROM (%s) AS h "
                       "JOIN reports AS r ON r.id=h.report LEFT JOIN texts AS t ON t.id=h.path", terms[0].sql);
    for (size_t i = 1; i < count; i++)
        buffer_printf(&sql, "%s r.id IN (SELECT report FROM (%s))", i == 1 ? " WHERE" : " AND", terms[i].sql);
    buffer_append_text(&sql, " ORDER BY r.path, t.text, h.what");
    buffer_append_byte(&sql, 0);
    if (!sql.failed)
        statement = prepared(fleet->db, (const char *)sql.at, &failed);
    buffer_free(&sql);
    for (size_t i = 0; statement != NULL && i < count; i++)
        bind_term(statement, &terms[i], &at);
    return statement;
}

status_t fleet_find(fleet_t *fleet, const char *const *texts, size_t count, bool (*hit)(void *context, const fleet_hit_t *), void *context,
                    char why[FLEET_WHY])
{
    term_t   terms[FLEET_TERMS_MAX] = {0};
    status_t status = count >= 1 && count <= FLEET_TERMS_MAX ? ok() : status_fail(STATUS_INVALID, "find", 0, "one to sixteen terms are wanted");
    (void)snprintf(why, FLEET_WHY, "one to %d terms are wanted", FLEET_TERMS_MAX);
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = read_term(texts[i], &terms[i], why);
    sqlite3_stmt *statement = status_ok(status) ? question(fleet, terms, count) : NULL;
    int           state     = SQLITE_DONE;
    while (statement != NULL && (state = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *columns[5];
        for (int i = 0; i < 5; i++)
            columns[i] = (const char *)sqlite3_column_text(statement, i);
        if (!hit(context, &(fleet_hit_t){columns[0], columns[1], columns[2], columns[3], columns[4]})) {
            state = SQLITE_DONE;
            break;
        }
    }
    if (status_ok(status) && (statement == NULL || state != SQLITE_DONE)) {
        (void)snprintf(why, FLEET_WHY, "the index cannot be read: %s", sqlite3_errmsg(fleet->db));
        status = status_fail(STATUS_IO, "find", 0, "the index cannot be read");
    }
    (void)sqlite3_finalize(statement);
    for (size_t i = 0; i < FLEET_TERMS_MAX; i++)
        for (size_t k = 0; k < terms[i].count; k++)
            sqlite3_free(terms[i].values[k]);
    return status;
}
