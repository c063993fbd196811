/* assay case init, add, transfer: one more entry. Signers are started before any object is read; an E01 image is looked into by a confined
 * worker, as in a scan. */
#include "cli/case_cli.h"

#include "base/utf8.h"
#include "cli/rescue_map.h"
#include "cli/signing.h"
#include "report/custody_file.h"
#include "base/file_digest.h"
#include "report/statement.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: assay case init DIR --id CASE --key KEY --actor NAME --why TEXT\n"
    "       assay case add DIR --action ACTION --key KEY --actor NAME --why TEXT [options] [FILE…]\n"
    "       assay case transfer DIR --to NAME --key KEY [--key KEY] --actor NAME --why TEXT [options] [FILE…]\n"
    "\n"
    "  -k, --key KEY          whoever acts signs with this key: a file, or a PKCS#11 URI; a second one for who receives or witnesses\n"
    "      --passphrase-file F, --passphrase-fd N   as for scan\n"
    "      --id CASE          the name of the case (init)\n"
    "  -a, --action ACTION    acquire, receive, seal, unseal, examine, convert, export, note, or correct (with --corrects N)\n"
    "      --to NAME          who takes over (transfer)\n"
    "      --actor NAME       who acts; --role ROLE: as what\n"
    "      --why TEXT         for what reason\n"
    "      --where PLACE\n"
    "      --when TIME        RFC 3339; without it now, by this machine's clock; --clock synchronised|local|unknown (default unknown)\n"
    "      --out FILE         an object that this made; FILEs without an option are those it was done to\n"
    "      --copy             keep a copy of each object in DIR/objects, named by its digest; otherwise they are referred to by digest\n"
    "      --photo FILE       a photograph; its digest is kept\n"
    "      --map FILE         ddrescue's map of the acquisition: what was not read is kept\n"
    "      --fact KEY=VALUE   of an acquisition: device, serial, label, package, tool, reader, method, voltage, seal … may be given often\n"
    "Of an EWF image (E01) what its acquisition says of itself is kept as facts ewf.…, and damage as unread ranges.\n"
    "Prints the new head; the entry is on the disk then.\n";

enum { OPT_ID = 256, OPT_TO, OPT_ACTOR, OPT_ROLE, OPT_WHY, OPT_WHERE, OPT_WHEN, OPT_CLOCK, OPT_OUT, OPT_COPY, OPT_PHOTO, OPT_MAP, OPT_FACT, OPT_CORRECTS, OPT_PASSPHRASE,
       OPT_PASSPHRASE_FD };

typedef struct { const char *path, *role; } given_t;

typedef struct {
    const char     *directory, *id, *map;
    bool            init, copy;
    given_t        *given;
    size_t          given_count;
    custody_entry_t entry;
    signing_t       signing;
    arena_t        *arena;
    bool            failed;
} options_t;

static const char *shown(options_t *o, const char *text)
{
    buffer_t out = {0};
    escape_text(span_from_text(text), &out);
    const char *kept = arena_text(o->arena, buffer_span(&out));
    buffer_free(&out);
    o->failed = o->failed || kept == NULL;
    return kept != NULL ? kept : "";
}

static bool is_fact_key(const char *key, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((key[i] >= 'a' && key[i] <= 'z') || (i > 0 && ((key[i] >= '0' && key[i] <= '9') || key[i] == '-' || key[i] == '.'))))
            return false;
    return size > 0 && size <= 60;
}

/* Facts are kept in ascending order of key; a key counts once. */
static bool put_fact(options_t *o, const char *key, const char *value)
{
    custody_entry_t *e  = &o->entry;
    size_t           at = 0;
    while (at < e->fact_count && strcmp(e->facts[at].key, key) < 0)
        at++;
    if (e->fact_count == CUSTODY_FACTS_MAX || (at < e->fact_count && strcmp(e->facts[at].key, key) == 0))
        return false;
    memmove(&e->facts[at + 1], &e->facts[at], (e->fact_count - at) * sizeof *e->facts);
    e->facts[at] = (report_fact_t){key, value};
    e->fact_count++;
    return true;
}

static bool take_fact(options_t *o, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || !is_fact_key(text, (size_t)(equals - text))) {
        command_error("--fact takes KEY=VALUE, with a key of small letters, digits, '-' and '.', not \"%s\"", text);
        return false;
    }
    const char *key = arena_text(o->arena, span_from(text, (size_t)(equals - text)));
    if (key != NULL && put_fact(o, key, shown(o, equals + 1)))
        return true;
    command_error("--fact %s: given twice, or too many", text);
    return false;
}

static bool take_number(const char *text, uint64_t *value)
{
    char *end;
    *value = strtoull(text, &end, 10);
    if (*text >= '1' && *text <= '9' && *end == '\0' && *value < 1000000000)
        return true;
    command_error("--corrects takes the number of an entry, not \"%s\"", text);
    return false;
}

static bool take_option(options_t *o, int option, const char *value)
{
    custody_entry_t *e = &o->entry;
    switch (option) {
    case 'k':
        if (o->signing.key_count == SIGNING_KEYS_MAX)
            return false;
        o->signing.keys[o->signing.key_count++] = value;
        return true;
    case 'a': e->action = value; return true;
    case OPT_ID: o->id = shown(o, value); return true;
    case OPT_TO: e->counterparty = shown(o, value); return true;
    case OPT_ACTOR: e->actor = shown(o, value); return true;
    case OPT_ROLE: e->role = shown(o, value); return true;
    case OPT_WHY: e->why = shown(o, value); return true;
    case OPT_WHERE: e->where = shown(o, value); return true;
    case OPT_WHEN: e->when = value; return true;
    case OPT_CLOCK: e->clock = value; return strcmp(value, "synchronised") == 0 || strcmp(value, "local") == 0 || strcmp(value, "unknown") == 0;
    case OPT_OUT: o->given[o->given_count++] = (given_t){value, "out"}; return true;
    case OPT_PHOTO: o->given[o->given_count++] = (given_t){value, "photo"}; return true;
    case OPT_MAP:
        o->map                       = value;
        o->given[o->given_count++] = (given_t){value, "map"};
        return true;
    case OPT_COPY: o->copy = true; return true;
    case OPT_FACT: return take_fact(o, value);
    case OPT_CORRECTS: return take_number(value, &e->corrects);
    case OPT_PASSPHRASE: o->signing.phrase.file = value; return true;
    case OPT_PASSPHRASE_FD: return passphrase_fd_from(value, &o->signing.phrase);
    default: return false;
    }
}

/* "2026-11-24T12:00:00Z", or with an offset: digits and signs in their places. */
static bool is_time(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    const char *rest = text + sizeof form - 1;
    return strcmp(rest, "Z") == 0 || (strlen(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' && strspn(rest + 1, "0123456789:") == 5);
}

static bool complete(options_t *o, const char *command)
{
    custody_entry_t *e = &o->entry;
    struct tm        utc;
    char             text[32];
    time_t           when = time(NULL);
    if (e->when == NULL && gmtime_r(&when, &utc) != NULL && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        e->when = shown(o, text);
    const char *missing = o->directory == NULL          ? "the directory of the case"
                          : o->signing.key_count == 0   ? "--key: who signs?"
                          : e->actor == NULL            ? "--actor: who acts?"
                          : e->why == NULL              ? "--why: for what reason?"
                          : o->init && o->id == NULL    ? "--id: what is the case called?"
                          : e->action == NULL           ? "--action: what was done?"
                          : strcmp(e->action, "transfer") == 0 && e->counterparty == NULL ? "--to: who takes over?"
                          : strcmp(e->action, "correct") == 0 && e->corrects == 0         ? "--corrects: which entry?"
                                                                                          : NULL;
    if (missing != NULL)
        (void)command_usage_error("case", "%s: missing: %s", command, missing);
    else if (e->when == NULL || !is_time(e->when))
        (void)command_usage_error("case", "%s: --when takes a time like 2026-11-24T12:00:00Z", command);
    else if (!custody_action_known(e->action))
        (void)command_usage_error("case", "%s: no such action: %s", command, e->action);
    else
        return !o->failed;
    return false;
}

static bool read_options(int argc, char **argv, options_t *o, int *code)
{
    static const struct option longs[] = {
        {"key", required_argument, NULL, 'k'}, {"action", required_argument, NULL, 'a'}, {"id", required_argument, NULL, OPT_ID}, {"to", required_argument, NULL, OPT_TO},
        {"actor", required_argument, NULL, OPT_ACTOR}, {"role", required_argument, NULL, OPT_ROLE}, {"why", required_argument, NULL, OPT_WHY},
        {"where", required_argument, NULL, OPT_WHERE}, {"when", required_argument, NULL, OPT_WHEN}, {"clock", required_argument, NULL, OPT_CLOCK},
        {"out", required_argument, NULL, OPT_OUT}, {"copy", no_argument, NULL, OPT_COPY}, {"photo", required_argument, NULL, OPT_PHOTO}, {"map", required_argument, NULL, OPT_MAP},
        {"fact", required_argument, NULL, OPT_FACT}, {"corrects", required_argument, NULL, OPT_CORRECTS}, {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
        {"passphrase-fd", required_argument, NULL, OPT_PASSPHRASE_FD}, {"help", no_argument, NULL, 'h'}, {0}};
    *code = EXIT_CODE_ERROR;
    for (int option; (option = getopt_long(argc, argv, "k:a:h", longs, NULL)) != -1;) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            *code = command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
            return false;
        }
        if (option == '?' || !take_option(o, option, optarg)) {
            (void)command_usage_error("case", "%s: not an option, or no value for it", option != '?' && optarg != NULL ? optarg : argv[optind - 1]);
            return false;
        }
    }
    if (optind < argc)
        o->directory = argv[optind++];
    for (; optind < argc; optind++)
        o->given[o->given_count++] = (given_t){argv[optind], strcmp(o->entry.action != NULL ? o->entry.action : "", "acquire") == 0 ? "out" : "in"};
    return complete(o, argv[0]);
}

/* ---- objects ------------------------------------------------------------------------------------------------------------ */

static bool take_map(options_t *o)
{
    rescue_map_t map;
    char         why[256];
    if (!status_ok(rescue_map_read(o->map, &map, why, sizeof why))) {
        command_error("%s: %s", o->map, why);
        return false;
    }
    for (size_t i = 0; i < map.count; i++) {
        if (o->entry.unread_count == CUSTODY_RANGES_MAX) {
            o->entry.unread_cut = true;
            break;
        }
        o->entry.unread[o->entry.unread_count++] = (custody_range_t){map.unread[i].offset, map.unread[i].length, shown(o, map.unread[i].why)};
    }
    rescue_map_free(&map);
    return true;
}

static bool is_ewf(const char *path)
{
    char  magic[8] = "";
    FILE *file     = fopen(path, "rbe");
    size_t got     = file != NULL ? fread(magic, 1, sizeof magic, file) : 0;
    if (file != NULL)
        (void)fclose(file);
    return got == sizeof magic && memcmp(magic, "EVF\x09\x0D\x0A\xFF\x00", sizeof magic) == 0;
}

/* What an EWF image says of its acquisition, and which of its chunks do not hold what they should. */
static bool take_ewf(options_t *o, const char *path)
{
    report_t    *report = NULL;
    char         why[512];
    const char  *inputs[] = {path};
    scan_setup_t setup    = {.inputs = inputs, .input_count = 1, .limits = limits_default(), .mode = "lab"};
    setup.limits.depth    = 1;
    if (!status_ok(scan_run(&setup, &report, why, sizeof why))) {
        command_error("%s: %s", path, why);
        return false;
    }
    const report_artifact_t *image = &report->artifacts[0];
    for (size_t i = 0; i < image->fact_count; i++)
        if (strncmp(image->facts[i].key, "ewf.", 4) == 0)
            (void)put_fact(o, shown(o, image->facts[i].key), shown(o, image->facts[i].value));
    for (size_t i = 0; i < report->finding_count; i++) {
        const report_finding_t *finding = &report->findings[i];
        if (finding->kind != FINDING_DAMAGE || finding->artifact != 0 || finding->evidence_count == 0)
            continue;
        if (o->entry.unread_count == CUSTODY_RANGES_MAX) {
            o->entry.unread_cut = true;
            break;
        }
        o->entry.unread[o->entry.unread_count++] = (custody_range_t){finding->evidence[0].offset, finding->evidence[0].length, shown(o, finding->title)};
    }
    report_free(report);
    return true;
}

static bool take_objects(options_t *o)
{
    custody_entry_t *e = &o->entry;
    for (size_t i = 0; i < o->given_count; i++) {
        const given_t    *given  = &o->given[i];
        const char       *slash  = strrchr(given->path, '/');
        custody_object_t *object = &e->objects[e->object_count++];
        *object                  = (custody_object_t){.name = shown(o, slash != NULL ? slash + 1 : given->path), .role = given->role};
        if (!command_ok(file_digest(given->path, &object->sha256, NULL, &object->size), given->path) || (is_ewf(given->path) && !take_ewf(o, given->path)))
            return false;
    }
    return !o->failed && (o->map == NULL || take_map(o));
}

/* ---- the entry ---------------------------------------------------------------------------------------------------------- */

static status_t sign_line(const options_t *o, buffer_t *line)
{
    dsse_envelope_t envelope = {.payload_type = strdup(STATEMENT_PAYLOAD_TYPE)};
    status_t        status   = envelope.payload_type != NULL ? custody_write(&o->entry, &envelope.payload) : status_fail(STATUS_MEMORY, "case", 0, "out of memory");
    if (status_ok(status))
        status = signing_add(&o->signing, &envelope);
    if (status_ok(status))
        status = dsse_write(&envelope, line);
    while (status_ok(status) && line->size > 0 && line->at[line->size - 1] == '\n')
        line->size--;
    dsse_free(&envelope);
    return status;
}

static status_t append(options_t *o, custody_file_t *file, custody_head_t *head)
{
    custody_entry_t *e      = &o->entry;
    buffer_t         line   = {0};
    status_t         status = ok();
    if (o->init != file->is_new)
        return status_fail(STATUS_INVALID, "case", 0, o->init ? "there is a case already" : "the case has no entry yet: `assay case init` makes the first");
    e->case_id  = o->init ? o->id : file->case_id;
    e->seq      = file->head.seq + 1;
    e->previous = file->head.digest;
    if (file->is_new)
        status = sha256_of(span_from("", 0), &e->previous);
    e->recovered        = file->torn;
    e->recovered_sha256 = file->torn_sha256;
    for (size_t i = 0; status_ok(status) && o->copy && i < o->given_count; i++)
        status = custody_file_keep(file, o->given[i].path, &e->objects[i].sha256);
    if (status_ok(status) && e->corrects >= e->seq)
        status = status_fail(STATUS_INVALID, "case", 0, "an entry can set right only one before it");
    if (status_ok(status))
        status = sign_line(o, &line);
    if (status_ok(status))
        status = custody_file_append(file, e->seq, buffer_span(&line), head);
    buffer_free(&line);
    return status;
}

static int append_entry(options_t *o)
{
    custody_file_t file = {.directory = -1, .log = -1};
    custody_head_t head;
    char           hex[SHA256_HEX];
    if (!signing_start(&o->signing) || !take_objects(o))
        return EXIT_CODE_ERROR;
    status_t status = o->init ? custody_file_make(o->directory) : ok();
    if (status_ok(status))
        status = custody_file_open(o->directory, &file);
    if (status_ok(status))
        status = append(o, &file, &head);
    if (file.torn > 0)
        command_error("%s: an entry that was never acknowledged, %llu bytes, was put aside", o->directory, (unsigned long long)file.torn);
    custody_file_close(&file);
    if (!command_ok(status, o->directory))
        return EXIT_CODE_ERROR;
    hex_encode(head.digest.bytes, SHA256_SIZE, hex);
    (void)printf("%llu:%s\n", (unsigned long long)head.seq, hex);
    return command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

int case_append(int argc, char **argv)
{
    int       code = EXIT_CODE_ERROR;
    options_t o    = {.init = strcmp(argv[0], "init") == 0, .arena = arena_new(SIZE_MAX), .signing = {.phrase = PASSPHRASE_UNSET}};
    size_t    room = (size_t)argc + 1;
    if (o.arena == NULL)
        return code;
    o.given = arena_array(o.arena, room, sizeof *o.given);
    o.entry = (custody_entry_t){.tool = "assay", .tool_version = ASSAY_VERSION, .clock = "unknown", .action = o.init ? "open" : strcmp(argv[0], "transfer") == 0 ? "transfer" : NULL,
                                .objects = arena_array(o.arena, room, sizeof *o.entry.objects), .facts = arena_array(o.arena, CUSTODY_FACTS_MAX + 1, sizeof *o.entry.facts),
                                .unread = arena_array(o.arena, CUSTODY_RANGES_MAX, sizeof *o.entry.unread)};
    if (o.given != NULL && o.entry.objects != NULL && o.entry.facts != NULL && o.entry.unread != NULL && read_options(argc, argv, &o, &code))
        code = append_entry(&o);
    signing_stop(&o.signing);
    arena_free(o.arena);
    return code;
}
