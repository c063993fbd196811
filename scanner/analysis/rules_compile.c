#include "analysis/rules_compile.h"

#include <stdio.h>
#include <stdlib.h>

enum { RULES_MAX = 50000, PATH_PARTS_MAX = 16, IMPORT_SECONDS = 10 };

/* ---- one text after the other ---------------------------------------------------------------------------------------- */

/* What libyara reports of a file that it compiles. */
typedef struct {
    const char *file; /* as named in messages */
    arena_t    *arena;
    bool        strict; /* warnings are errors: ours have none */
    const char *why;
} compiling_t;

static void on_message(int level, const char *file_name, int line, const YR_RULE *rule, const char *message, void *user)
{
    compiling_t *compiling = user;
    (void)file_name, (void)rule;
    if (compiling->why == NULL && (level == YARA_ERROR_LEVEL_ERROR || compiling->strict))
        compiling->why = arena_printf(compiling->arena, "%s:%d: %s", compiling->file, line, message);
}

static bool compile_text(YR_COMPILER *compiler, compiling_t *compiling, const char *text, const char *name_space)
{
    int errors = yr_compiler_add_string(compiler, text, name_space);
    if (errors > 0 && compiling->why == NULL)
        compiling->why = arena_printf(compiling->arena, "%s: does not compile", compiling->file);
    return compiling->why == NULL;
}

/* Adds a file, named in messages as `shown`. */
static bool compile_file(YR_COMPILER *compiler, compiling_t *compiling, const data_file_t *file, const char *shown)
{
    compiling->file = shown;
    if (shown == NULL)
        compiling->why = "out of memory";
    else if (memchr(file->content.at, '\0', file->content.size) != NULL)
        compiling->why = arena_printf(compiling->arena, "%s: holds a NUL byte", shown);
    return compiling->why == NULL && compile_text(compiler, compiling, (const char *)file->content.at, file->name);
}

static YR_COMPILER *compiler_new(compiling_t *compiling)
{
    YR_COMPILER *compiler = NULL;
    if (yr_compiler_create(&compiler) != ERROR_SUCCESS)
        return NULL;
    yr_compiler_set_callback(compiler, on_message, compiling);
    yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
    return compiler;
}

/* Ends the compiler. */
static YR_RULES *finish(YR_COMPILER *compiler, bool good)
{
    YR_RULES *rules = NULL;
    if (good && (compiler->next_rule_idx > RULES_MAX || yr_compiler_get_rules(compiler, &rules) != ERROR_SUCCESS))
        rules = NULL;
    yr_compiler_destroy(compiler);
    return rules;
}

/* ---- what a rule may not import -------------------------------------------------------------------------------------- */

/* Modules that would read files of their own, or answer differently tomorrow. libyara tells them when a scan begins. */
static int on_import(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    (void)context;
    static const char *const forbidden[] = {"cuckoo", "magic", "time"};
    const char             **refused     = user;
    if (message == CALLBACK_MSG_IMPORT_MODULE)
        for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
            if (strcmp(((const YR_MODULE_IMPORT *)data)->module_name, forbidden[i]) == 0)
                *refused = forbidden[i];
    return *refused != NULL ? CALLBACK_ERROR : CALLBACK_CONTINUE;
}

/* What is wrong with how the rules run, not naming where; NULL when nothing. Also warms up what libyara's modules set up at their first use. */
static const char *run_fault(YR_RULES *rules, arena_t *arena)
{
    static const uint8_t nothing[64];
    const char          *refused = NULL;
    int                  result  = yr_rules_scan_mem(rules, nothing, sizeof nothing, SCAN_FLAGS_NO_TRYCATCH, on_import, &refused, IMPORT_SECONDS);
    if (refused != NULL)
        return arena_printf(arena, "imports \"%s\": not allowed, since it reads other things than the input", refused);
    return result != ERROR_SUCCESS ? arena_printf(arena, "does not run (libyara error %d)", result) : NULL;
}

/* ---- our own --------------------------------------------------------------------------------------------------------- */

/* The needles as strings of a few rules, every byte escaped, so that nothing in them means anything to the compiler. A rule each
 * would have libyara evaluate thousands of conditions for every small file. */
static bool compile_needles(YR_COMPILER *compiler, compiling_t *compiling, const needle_t *needles, size_t count)
{
    buffer_t text = {0};
    for (size_t i = 0; i < count; i++) {
        if (i % NEEDLES_A_RULE == 0)
            buffer_printf(&text, "%srule n%zu { strings: ", i > 0 ? "condition: any of them }\n" : "", i / NEEDLES_A_RULE);
        buffer_printf(&text, "$n%zu = \"", i);
        for (size_t byte = 0; byte < needles[i].bytes.size; byte++)
            buffer_printf(&text, "\\x%02x", needles[i].bytes.at[byte]);
        buffer_printf(&text, "\"%s ", needles[i].ignore_case ? " nocase" : "");
    }
    buffer_append_text(&text, count > 0 ? "condition: any of them }\n" : "");
    buffer_append_byte(&text, 0);
    compiling->file   = "component signatures and markers";
    compiling->strict = false;
    if (text.failed)
        compiling->why = "out of memory";
    bool good = compiling->why == NULL && compile_text(compiler, compiling, (const char *)text.at, NEEDLE_NAMESPACE);
    buffer_free(&text);
    return good;
}

YR_RULES *rules_compile_own(const data_files_t *own, const char *own_name, const needle_t *needles, size_t needle_count, arena_t *arena,
                            const char **why)
{
    compiling_t  compiling = {.arena = arena, .strict = true};
    YR_COMPILER *compiler  = compiler_new(&compiling);
    bool         good      = compiler != NULL;
    for (size_t i = 0; i < own->count && good; i++)
        good = compile_file(compiler, &compiling, &own->files[i], arena_printf(arena, "%s/%s", own_name, own->files[i].name));
    good            = good && compile_needles(compiler, &compiling, needles, needle_count);
    YR_RULES *rules = compiler != NULL ? finish(compiler, good) : NULL;
    *why            = compiling.why != NULL ? compiling.why : "the rules cannot be put together: too many of them, or out of memory";
    const char *fault = rules != NULL ? run_fault(rules, arena) : NULL;
    if (fault == NULL)
        return rules;
    *why = arena_printf(arena, "%s: a rule %s", own_name, fault);
    (void)yr_rules_destroy(rules);
    return NULL;
}

const char *rules_complaint(const data_file_t *file, arena_t *arena)
{
    compiling_t  compiling = {.arena = arena, .strict = true};
    YR_COMPILER *compiler  = compiler_new(&compiling);
    if (compiler == NULL)
        return "out of memory";
    YR_RULES *rules = finish(compiler, compile_file(compiler, &compiling, file, file->name));
    if (rules == NULL)
        return compiling.why != NULL ? compiling.why : "out of memory";
    const char *fault = run_fault(rules, arena);
    (void)yr_rules_destroy(rules);
    return fault != NULL ? arena_printf(arena, "%s: %s", file->name, fault) : NULL;
}

/* ---- packs ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    const data_files_t *files;
    arena_t            *arena;
    bool               *included; /* by index: this file came in through another one that is good */
    bool               *asked;    /* the same, of the file in hand */
    const char         *current;  /* its name */
} pack_t;

/* "a/b/../c.yar" → "a/c.yar"; NULL when it leads out of the pack or is too deep. */
static const char *tidy_path(const char *path, arena_t *arena)
{
    const char *parts[PATH_PARTS_MAX];
    size_t      sizes[PATH_PARTS_MAX], count = 0;
    while (*path != '\0') {
        size_t size = strcspn(path, "/\\");
        if (size == 2 && memcmp(path, "..", 2) == 0) {
            if (count-- == 0)
                return NULL;
        } else if (size > 0 && !(size == 1 && path[0] == '.')) {
            if (count == PATH_PARTS_MAX)
                return NULL;
            parts[count]   = path;
            sizes[count++] = size;
        }
        path += size + (path[size] != '\0' ? 1 : 0);
    }
    const char *tidy = "";
    for (size_t i = 0; i < count && tidy != NULL; i++)
        tidy = arena_printf(arena, "%s%s%.*s", tidy, i > 0 ? "/" : "", (int)sizes[i], parts[i]);
    return tidy;
}

static int by_file_name(const void *key, const void *member) { return strcmp(key, ((const data_file_t *)member)->name); }

static const data_file_t *find_file(const pack_t *pack, const char *path)
{
    const data_files_t *files = pack->files;
    return path != NULL && files->count > 0 ? bsearch(path, files->files, files->count, sizeof *files->files, by_file_name) : NULL;
}

/* `name` beside the file `beside`. */
static const data_file_t *find_beside(const pack_t *pack, const char *beside, const char *name)
{
    const char *slash = beside != NULL ? strrchr(beside, '/') : NULL;
    const char *path  = slash != NULL ? arena_printf(pack->arena, "%.*s/%s", (int)(slash - beside), beside, name) : name;
    return path != NULL ? find_file(pack, tidy_path(path, pack->arena)) : NULL;
}

/* Only what belongs to the pack can be included; no file is opened. `from_file` is NULL in the file in hand, and what the include
 * said in an included one. */
static const char *on_include(const char *name, const char *from_file, const char *from_namespace, void *user)
{
    (void)from_namespace;
    const pack_t      *pack = user;
    const data_file_t *file = find_beside(pack, from_file != NULL ? from_file : pack->current, name);
    if (file == NULL)
        file = find_beside(pack, pack->current, name);
    if (file == NULL)
        file = find_beside(pack, NULL, name);
    if (file == NULL || memchr(file->content.at, '\0', file->content.size) != NULL)
        return NULL;
    pack->asked[file - pack->files->files] = true;
    return (const char *)file->content.at;
}

static YR_COMPILER *pack_compiler(compiling_t *compiling, pack_t *pack)
{
    static const char *const variables[] = {"filename", "filepath", "extension", "filetype", "md5", "owner"};
    YR_COMPILER             *compiler    = compiler_new(compiling);
    for (size_t i = 0; compiler != NULL && i < sizeof variables / sizeof variables[0]; i++)
        (void)yr_compiler_define_string_variable(compiler, variables[i], "");
    if (compiler != NULL)
        yr_compiler_set_include_callback(compiler, on_include, NULL, pack);
    return compiler;
}

/* A file on its own: what is wrong with it, or NULL. */
static const char *fault_of(pack_t *pack, const data_file_t *file)
{
    compiling_t  compiling = {.arena = pack->arena};
    YR_COMPILER *compiler  = pack_compiler(&compiling, pack);
    if (compiler == NULL)
        return "out of memory";
    pack->current = file->name;
    bool      good  = compile_file(compiler, &compiling, file, file->name);
    YR_RULES *rules = finish(compiler, good);
    if (rules == NULL)
        return compiling.why != NULL ? compiling.why : "cannot be put together: out of memory";
    const char *fault = run_fault(rules, pack->arena);
    (void)yr_rules_destroy(rules);
    return fault != NULL ? arena_printf(pack->arena, "%s: %s", file->name, fault) : NULL;
}

/* Tells the good files from the others, and which of the good came in through another. */
static bool sort_out(pack_t *pack, bool *good, const char **disabled)
{
    const data_files_t *files = pack->files;
    for (size_t i = 0; i < files->count; i++) {
        memset(pack->asked, 0, files->count);
        const char *fault = fault_of(pack, &files->files[i]);
        good[i]           = fault == NULL;
        for (size_t j = 0; j < files->count && good[i]; j++)
            pack->included[j] = pack->included[j] || (pack->asked[j] && j != i);
        if (fault == NULL)
            continue;
        *disabled = arena_printf(pack->arena, "%s%s%s", *disabled != NULL ? *disabled : "", *disabled != NULL ? "\n" : "", fault);
        if (*disabled == NULL)
            return false;
    }
    return true;
}

YR_RULES *rules_compile_pack(const data_files_t *files, arena_t *arena, const char **disabled, const char **why)
{
    size_t       flags     = files->count + 1;
    pack_t       pack      = {.files = files, .arena = arena, .included = arena_alloc(arena, flags), .asked = arena_alloc(arena, flags)};
    bool        *good      = arena_alloc(arena, files->count + 1);
    compiling_t  compiling = {.arena = arena};
    YR_COMPILER *compiler  = pack_compiler(&compiling, &pack);
    bool         sound     = compiler != NULL && good != NULL && pack.included != NULL && pack.asked != NULL;
    *disabled              = NULL;
    *why                   = "the pack of rules cannot be put together: too many of them, or out of memory";
    sound                  = sound && sort_out(&pack, good, disabled);
    for (size_t i = 0; i < files->count && sound; i++) {
        if (!good[i] || pack.included[i])
            continue;
        pack.current = files->files[i].name;
        sound        = compile_file(compiler, &compiling, &files->files[i], files->files[i].name);
    }
    return compiler != NULL ? finish(compiler, sound) : NULL;
}

/* ---- kept in a file -------------------------------------------------------------------------------------------------- */

static const char stored_magic[8] = "ASSAYYR1"; /* then the key in hexadecimal, the digest of what follows, libyara's own form */

bool rules_key(const data_files_t *own, const needle_t *needles, size_t needle_count, char key[SHA256_HEX])
{
    buffer_t text = {0};
    sha256_t digest;
    buffer_printf(&text, "libyara %s %zu\n%s\n", YR_VERSION, sizeof(void *), own->digest);
    for (size_t i = 0; i < needle_count; i++) {
        buffer_append_le(&text, needles[i].bytes.size, 4);
        buffer_append_byte(&text, needles[i].ignore_case);
        buffer_append(&text, needles[i].bytes);
    }
    bool good = !text.failed && status_ok(sha256_of(buffer_span(&text), &digest));
    buffer_free(&text);
    if (good)
        hex_encode(digest.bytes, sizeof digest.bytes, key);
    return good;
}

static size_t put_bytes(const void *at, size_t size, size_t count, void *user)
{
    buffer_t *out = user;
    uint64_t  total;
    if (!checked_mul(size, count, &total))
        return 0;
    buffer_append(out, span_from(at, total));
    return out->failed ? 0 : count;
}

static size_t get_bytes(void *at, size_t size, size_t count, void *user)
{
    reader_t *r = user;
    uint64_t  total;
    if (!checked_mul(size, count, &total))
        return 0;
    span_t bytes = read_span(r, total);
    if (!reader_ok(r))
        return 0;
    if (total > 0)
        memcpy(at, bytes.at, total);
    return count;
}

bool rules_store(YR_RULES *rules, const char *key, buffer_t *out)
{
    buffer_t  body   = {0};
    YR_STREAM stream = {.user_data = &body, .write = put_bytes};
    sha256_t  digest;
    bool      good = yr_rules_save_stream(rules, &stream) == ERROR_SUCCESS && !body.failed && status_ok(sha256_of(buffer_span(&body), &digest));
    if (good) {
        buffer_append(out, span_from(stored_magic, sizeof stored_magic));
        buffer_append(out, span_from_text(key));
        buffer_append(out, span_from(digest.bytes, sizeof digest.bytes));
        buffer_append(out, buffer_span(&body));
        good = !out->failed;
    }
    buffer_free(&body);
    return good;
}

YR_RULES *rules_restore(span_t stored, const char *key)
{
    reader_t r      = reader_from(stored);
    span_t   magic  = read_span(&r, sizeof stored_magic);
    span_t   is_of  = read_span(&r, SHA256_HEX - 1);
    span_t   digest = read_span(&r, SHA256_SIZE);
    sha256_t is;
    if (!reader_ok(&r) || !span_equal(magic, span_from(stored_magic, sizeof stored_magic)) || !span_equal(is_of, span_from_text(key)) ||
        !status_ok(sha256_of(span_from_offset(stored, r.pos), &is)) || !span_equal(digest, span_from(is.bytes, sizeof is.bytes)))
        return NULL;
    YR_STREAM stream = {.user_data = &r, .read = get_bytes};
    YR_RULES *rules  = NULL;
    return yr_rules_load_stream(&stream, &rules) == ERROR_SUCCESS ? rules : NULL;
}
