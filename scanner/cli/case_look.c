/* assay case log, verify, export: what a log says, and whether it is whole. */
#include "cli/case_cli.h"

#include "report/custody_export.h"
#include "report/custody_file.h"
#include "base/file_digest.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 64 };

typedef struct {
    const char    *directory, *format, *output;
    EVP_PKEY      *keys[KEYS_MAX];
    size_t         key_count;
    bool           objects, json, has_head;
    custody_head_t head;
    arena_t       *arena;
    buffer_t       bytes;
    custody_log_t  log;
} look_t;

static const char usage[] =
    "usage: assay case log DIR [--json]\n"
    "       assay case verify DIR --key FILE [--key FILE …] [--head N:SHA256] [--objects]\n"
    "       assay case export DIR --format dfxml|case [-o FILE]\n"
    "\n"
    "verify names each entry that was edited, moved, removed or cut off, checks every signature against the public keys given, and the log against\n"
    "the head in DIR/HEAD and the one given by --head, which should come from elsewhere: a report, a print, another house. With --objects the copies\n"
    "in DIR/objects are hashed again. exit status: 0 the log is whole, 1 it is not, 2 it could not be checked\n";

static bool add_key(look_t *look, const char *path)
{
    EVP_PKEY *key = look->key_count < KEYS_MAX ? command_public_key(path) : NULL;
    if (key != NULL)
        look->keys[look->key_count++] = key;
    return key != NULL;
}

/* False: the program ends with *code. */
static bool read_options(int argc, char **argv, look_t *look, int *code)
{
    static const struct option longs[] = {{"key", required_argument, NULL, 'k'}, {"head", required_argument, NULL, 'H'}, {"objects", no_argument, NULL, 'O'},
                                          {"json", no_argument, NULL, 'j'}, {"format", required_argument, NULL, 'f'}, {"output", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'}, {0}};
    *code = EXIT_CODE_ERROR;
    for (int option; (option = getopt_long(argc, argv, "k:o:h", longs, NULL)) != -1;) {
        switch (option) {
        case 'k':
            if (!add_key(look, optarg))
                return false;
            break;
        case 'H':
            look->has_head = custody_head_from(optarg, &look->head);
            if (!look->has_head) {
                (void)command_usage_error("case", "--head takes N:SHA256, as every append prints it");
                return false;
            }
            break;
        case 'O': look->objects = true; break;
        case 'j': look->json = true; break;
        case 'f': look->format = optarg; break;
        case 'o': look->output = optarg; break;
        case 'h':
            (void)fputs(usage, stdout);
            *code = command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
            return false;
        default: (void)command_usage_error("case", "unknown option"); return false;
        }
    }
    look->directory = optind + 1 == argc ? argv[optind] : NULL;
    if (look->directory == NULL)
        (void)command_usage_error("case", "%s takes the directory of one case", argv[0]);
    return look->directory != NULL;
}

static bool open_log(look_t *look, custody_head_t *stored, bool *has_stored)
{
    look->arena     = arena_new(SIZE_MAX);
    status_t status = look->arena != NULL ? custody_file_read(look->directory, &look->bytes, stored, has_stored) : status_fail(STATUS_MEMORY, "case", 0, "out of memory");
    if (status_ok(status))
        status = custody_read(buffer_span(&look->bytes), look->keys, look->key_count, look->arena, &look->log);
    return command_ok(status, look->directory);
}

static void close_look(look_t *look)
{
    for (size_t i = 0; i < look->key_count; i++)
        EVP_PKEY_free(look->keys[i]);
    buffer_free(&look->bytes);
    arena_free(look->arena);
}

static int run(int argc, char **argv, int (*what)(look_t *look, const custody_head_t *stored, bool has_stored))
{
    look_t         look = {0};
    custody_head_t stored;
    bool           has_stored = false;
    int            code;
    if (read_options(argc, argv, &look, &code))
        code = open_log(&look, &stored, &has_stored) ? what(&look, &stored, has_stored) : EXIT_CODE_ERROR;
    close_look(&look);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

/* ---- log ------------------------------------------------------------------------------------------------------------------ */

static void print_entry(const custody_line_t *line)
{
    const custody_entry_t *e = &line->entry;
    char                   hex[SHA256_HEX];
    hex_encode(line->digest.bytes, SHA256_SIZE, hex);
    (void)printf("%llu  %s  %s  by %s%s%s%s", (unsigned long long)e->seq, e->when, e->action, e->actor, e->role != NULL ? " (" : "", e->role != NULL ? e->role : "",
                 e->role != NULL ? ")" : "");
    (void)printf("%s%s%s%s\n   why       %s\n", e->counterparty != NULL ? " to " : "", e->counterparty != NULL ? e->counterparty : "", e->where != NULL ? ", " : "",
                 e->where != NULL ? e->where : "", e->why);
    if (e->corrects > 0)
        (void)printf("   corrects  entry %llu\n", (unsigned long long)e->corrects);
    for (size_t i = 0; i < e->object_count; i++) {
        char digest[SHA256_HEX];
        hex_encode(e->objects[i].sha256.bytes, SHA256_SIZE, digest);
        (void)printf("   %-8s  %s  %llu bytes  %s\n", e->objects[i].role, digest, (unsigned long long)e->objects[i].size, e->objects[i].name);
    }
    for (size_t i = 0; i < e->fact_count; i++)
        (void)printf("   fact      %s = %s\n", e->facts[i].key, e->facts[i].value);
    for (size_t i = 0; i < e->unread_count; i++)
        (void)printf("   unread    %llu bytes at %llu: %s\n", (unsigned long long)e->unread[i].length, (unsigned long long)e->unread[i].offset, e->unread[i].status);
    if (e->recovered > 0)
        (void)printf("   put aside %llu bytes of an entry before it that was never acknowledged\n", (unsigned long long)e->recovered);
    (void)printf("   signed by %s\n   head      %llu:%s\n", line->keyids != NULL ? line->keyids : "nobody", (unsigned long long)e->seq, hex);
}

static int print_log(look_t *look, const custody_head_t *stored, bool has_stored)
{
    int code = EXIT_CODE_GOOD;
    (void)stored;
    (void)has_stored;
    if (look->json) {
        buffer_append_byte(&look->bytes, 0);
        (void)fwrite(look->bytes.at, 1, look->bytes.size - 1, stdout);
        return code;
    }
    for (size_t i = 0; i < look->log.count; i++) {
        if (look->log.lines[i].readable) {
            print_entry(&look->log.lines[i]);
            continue;
        }
        command_error("line %zu cannot be read as an entry: %s", look->log.lines[i].line, look->log.lines[i].why_not);
        code = EXIT_CODE_WRONG;
    }
    return code;
}

int case_log(int argc, char **argv) { return run(argc, argv, print_log); }

/* ---- verify --------------------------------------------------------------------------------------------------------------- */

/* Copies that were kept are still what the log says they are. */
static size_t check_objects(const look_t *look)
{
    size_t wrong = 0;
    for (size_t i = 0; i < look->log.count; i++)
        for (size_t k = 0; look->log.lines[i].readable && k < look->log.lines[i].entry.object_count; k++) {
            const custody_object_t *o = &look->log.lines[i].entry.objects[k];
            char     hex[SHA256_HEX], path[PATH_MAX];
            sha256_t digest;
            FILE    *file;
            hex_encode(o->sha256.bytes, SHA256_SIZE, hex);
            if (snprintf(path, sizeof path, "%s/objects/%s", look->directory, hex) >= (int)sizeof path || (file = fopen(path, "rbe")) == NULL)
                continue;
            (void)fclose(file);
            if (!command_ok(file_digest(path, &digest, NULL, NULL), path) || !sha256_equal(&digest, &o->sha256)) {
                (void)printf("object %s of entry %llu was altered: objects/%s\n", o->name, (unsigned long long)look->log.lines[i].entry.seq, hex);
                wrong++;
            }
        }
    return wrong;
}

static int verify_log(look_t *look, const custody_head_t *stored, bool has_stored)
{
    buffer_t faults = {0};
    if (look->key_count == 0)
        return command_usage_error("case", "verify: --key is missing: whose signatures should they be?");
    custody_head_t heads[2];
    size_t         known = 0;
    if (look->has_head)
        heads[known++] = look->head;
    if (has_stored && !(look->has_head && memcmp(stored, &look->head, sizeof *stored) == 0))
        heads[known++] = *stored;
    size_t count  = custody_check(&look->log, heads, known, &faults);
    bool   failed = faults.failed;
    if (faults.size > 0)
        (void)fwrite(faults.at, 1, faults.size, stdout);
    buffer_free(&faults);
    if (look->objects)
        count += check_objects(look);
    if (look->log.torn > 0)
        (void)printf("%llu bytes behind the last entry belong to one that was never acknowledged\n", (unsigned long long)look->log.torn);
    (void)printf("%s: %s: %zu entries\n", look->directory, count > 0 || failed ? "NOT whole" : "whole", look->log.count);
    return failed ? EXIT_CODE_ERROR : count > 0 ? EXIT_CODE_WRONG : EXIT_CODE_GOOD;
}

int case_verify(int argc, char **argv) { return run(argc, argv, verify_log); }

/* ---- export --------------------------------------------------------------------------------------------------------------- */

static int export_log(look_t *look, const custody_head_t *stored, bool has_stored)
{
    static const struct { const char *name; status_t (*write)(const custody_log_t *log, buffer_t *out); } formats[] = {{"dfxml", custody_write_dfxml}, {"case", custody_write_case}};
    (void)stored;
    (void)has_stored;
    for (size_t i = 0; look->format != NULL && i < sizeof formats / sizeof *formats; i++) {
        buffer_t out = {0};
        if (strcmp(look->format, formats[i].name) != 0)
            continue;
        bool good = command_ok(formats[i].write(&look->log, &out), look->directory) && command_put_output(look->output, &out);
        buffer_free(&out);
        return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
    }
    return command_usage_error("case", "export: --format is dfxml or case");
}

int case_export(int argc, char **argv) { return run(argc, argv, export_log); }
