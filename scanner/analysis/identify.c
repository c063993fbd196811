#include "analysis/identify.h"

#include "analysis/files.h"

#include <magic.h>
#include <stdlib.h>
#include <time.h>

struct identify { magic_t cookie; };

/* Soft magic, text and the built-in tests for tar, CSV, JSON and CDF; never what is inside of compressed data. libmagic looks
 * into ELF only through a file descriptor, so of ELF it says class, machine and type here, and no more. */
enum { DESCRIBE = MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TOKENS };

/* Where bookworm, and most systems, keep the compiled database. */
static const char *const databases[] = {"/usr/share/misc/magic.mgc", "/usr/lib/file/magic.mgc", "/usr/share/file/magic.mgc", "/usr/share/file/misc/magic.mgc"};

static bool read_database(arena_t *arena, data_files_t *database, const char **why)
{
    const char *first = NULL;
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        if (status_ok(file_read(databases[i], arena, database, why)))
            return true;
        if (first == NULL)
            first = *why;
    }
    *why = arena_printf(arena, "libmagic's database: %s", first != NULL ? first : "out of memory");
    return false;
}

identify_t *identify_new(arena_t *arena, report_source_t *source, const char **why)
{
    data_files_t database;
    identify_t  *identify = arena_alloc(arena, sizeof *identify);
    if (identify == NULL || !read_database(arena, &database, why))
        return NULL;
    /* It writes the times it finds as local time, by the file that TZ names: a report that depends on neither. */
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    identify->cookie = magic_open(DESCRIBE);
    if (identify->cookie == NULL) {
        *why = "libmagic does not start: out of memory";
        return NULL;
    }
    /* libmagic reads the database where it stands: the arena keeps it. */
    void  *at   = (void *)(uintptr_t)database.files[0].content.at;
    size_t size = database.files[0].content.size;
    if (magic_load_buffers(identify->cookie, &at, &size, 1) != 0) {
        const char *error = magic_error(identify->cookie);
        *why              = arena_printf(arena, "libmagic's database: %s", error != NULL ? error : "cannot be loaded");
        identify_free(identify);
        return NULL;
    }
    *source = (report_source_t){.name = "magic", .digest = arena_text(arena, span_from_text(database.digest)), .count = 1};
    return identify;
}

void identify_free(identify_t *identify)
{
    if (identify != NULL && identify->cookie != NULL)
        magic_close(identify->cookie);
}

static const char *ask(identify_t *identify, int flags, span_t bytes)
{
    (void)magic_setflags(identify->cookie, flags);
    const char *answer = magic_buffer(identify->cookie, bytes.at, bytes.size);
    return answer != NULL && answer[0] != '\0' ? answer : NULL;
}

/* libmagic answers one question a pass, and passes are what analysis spends most of its time on. Where the description alone
 * decides the MIME type, the second is spared: tests hold this table against libmagic itself. */
static const char *mime_of(const char *description)
{
    static const struct { const char *begins, *holds, *mime; } known[] = {
        {"ELF ", " relocatable, ", "application/x-object"},    {"ELF ", " executable, ", "application/x-executable"},
        {"ELF ", " shared object, ", "application/x-sharedlib"}, {"ASCII text", "", "text/plain"},
        {"Unicode text, UTF-8 text", "", "text/plain"},          {"POSIX shell script, ", "", "text/x-shellscript"},
        {"Bourne-Again shell script, ", "", "text/x-shellscript"}, {"Perl script text executable", "", "text/x-perl"},
        {"Perl5 module source, ", "", "text/plain"},             {"C source, ", "", "text/x-c"},
        {"assembler source, ", "", "text/x-asm"},                {"HTML document, ", "", "text/html"},
        {"XML 1.0 document, ", "", "text/xml"},                  {"gzip compressed data, ", "", "application/gzip"},
        {"PNG image data, ", "", "image/png"},                   {"GIF image data, ", "", "image/gif"},
        {"JPEG image data, ", "", "image/jpeg"},                 {"current ar archive", "", "application/x-archive"},
        {"Byte-compiled Python module for CPython 3.", "", "application/x-bytecode.python"},
    };
    if (strcmp(description, "data") == 0)
        return "application/octet-stream";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(description, known[i].begins, strlen(known[i].begins)) == 0 && strstr(description, known[i].holds) != NULL)
            return known[i].mime;
    return NULL;
}

void identify_blob(identify_t *identify, span_t blob, sink_t *sink)
{
    static const uint8_t nothing[1];
    span_t               head = blob.size > 0 ? span_clip(blob, 0, IDENTIFY_BYTES) : span_from(nothing, 0);
    char                 description[TEXT_SHORT_MAX] = "data";
    const char          *answer                      = ask(identify, DESCRIBE, head);
    if (answer != NULL) {
        size_t size = strnlen(answer, sizeof description - 1);
        memcpy(description, answer, size);
        description[size] = '\0';
    }
    const char *mime = mime_of(description);
    if (mime == NULL)
        mime = ask(identify, DESCRIBE | MAGIC_MIME_TYPE, head);
    sink_say(sink, &(record_t){.type = RECORD_IDENTITY, .identity = {mime != NULL ? mime : "application/octet-stream", description}});
}
