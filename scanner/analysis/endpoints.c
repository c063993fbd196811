/* The names are those of pages in published advisories: /goform/telnet (CVE-2020-10987 and its neighbours), /syscmd.asp and /formSysCmd
 * (Realtek SDK, CVE-2014-8361, CVE-2021-35394), /debug.htm and /setup.cgi?todo=debug (Netgear), /hidden_info.html (ASUS), /backdoor (many). */
#include "analysis/endpoints.h"

#include <ctype.h>

enum { PATH_MIN = 4, PATH_MAX_BYTES = 96, FINDINGS_MAX = 16, PROGRAM_MIN = 512, CONFIDENCE = 20 };

static const char *const telling[] = {"hidden", "debug", "backdoor", "factory", "telnet", "syscmd", "shell", "superadmin", "superuser", "engineer", "maintenance", "mfgtest", "rootshell"};
static const char *const pages[]   = {".cgi", ".asp", ".htm", ".html", ".php", ".lp", ".stm", ".lua", ".jsp", ".aspx"};
static const char *const places[]  = {"/cgi-bin/", "/goform/", "/boaform/", "/HNAP1/", "/userRpm/"};

static bool is_program(span_t blob) { return span_has_text_at(blob, 0, "\x7F" "ELF"); }

static bool answers_http(const own_bytes_t *own)
{
    static const char *const needed[] = {"HTTP/1.", "Content-Type:"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (own_find(own, 0, span_from_text(needed[i]), true) == UINT64_MAX)
            return false;
    return true;
}

static bool holds(span_t path, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memmem(path.at, path.size, texts[i], strlen(texts[i])) != NULL)
            return true;
    return false;
}

static bool ends_as_page(span_t path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        size_t length = strlen(pages[i]);
        if (path.size > length && memcmp(path.at + path.size - length, pages[i], length) == 0)
            return true;
    }
    return false;
}

static bool may_stand_in_path(uint8_t c) { return isalnum(c) || c == '/' || c == '_' || c == '-' || c == '.'; }

/* The path that begins at `at`, which ends where its string ends. */
static span_t path_at(span_t bytes, size_t at)
{
    size_t size = 0;
    while (size <= PATH_MAX_BYTES && at + size < bytes.size && may_stand_in_path(bytes.at[at + size]))
        size++;
    bool ends = at + size < bytes.size && (bytes.at[at + size] == '\0' || bytes.at[at + size] == '?');
    return ends && size >= PATH_MIN && size <= PATH_MAX_BYTES ? span_sub(bytes, at, size) : (span_t){NULL, 0};
}

static bool is_telling(span_t path)
{
    char   text[PATH_MAX_BYTES];
    for (size_t i = 0; i < path.size; i++)
        text[i] = (char)tolower(path.at[i]);
    span_t lower = span_from(text, path.size);
    return holds(lower, telling, sizeof telling / sizeof *telling) && (ends_as_page(lower) || holds(path, places, sizeof places / sizeof *places));
}

void endpoints_examine(const own_bytes_t *own, sink_t *sink)
{
    if (own->blob.size < PROGRAM_MIN || !is_program(own->blob) || !answers_http(own))
        return;
    size_t said = 0;
    for (size_t r = 0; r < own->count; r++) {
        span_t bytes = own_span(own, r);
        for (size_t at = 0; at < bytes.size && said < FINDINGS_MAX;) {
            const uint8_t *slash = memchr(bytes.at + at, '/', bytes.size - at);
            if (slash == NULL)
                break;
            at          = (size_t)(slash - bytes.at);
            bool   starts = at == 0 || bytes.at[at - 1] == '\0';
            span_t path   = starts ? path_at(bytes, at) : (span_t){NULL, 0};
            if (path.size > 0 && is_telling(path)) {
                evidence_t evidence = {own->ranges[r].offset + at, path.size, "endpoint-name", path, CONFIDENCE};
                sink_say(sink, &(record_t){.type = RECORD_FINDING, .finding = {"hidden-endpoint",
                    "web page that its name makes look hidden: a guess, to be looked at", "CWE-912", FINDING_ANOMALY, SEVERITY_LOW, evidence}});
                said++;
            }
            at += path.size > 0 ? path.size : 1;
        }
    }
}
