/* Every format of package metadata: what it says, in full; then each as an attacker or a bad flash chip would leave it. That every piece of
 * evidence stands where it says is checked by lab_hear for all of them. */
#include "base/buffer.h"
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

static lab_t lab;

static int open_lab(void **state)
{
    (void)state;
    lab_make(&lab);
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    lab_remove(&lab);
    return 0;
}

/* One line a component ("purl licence upstream subpath scope"), a relation, a damage; "-" for what is not known. */
static void tell(const hearing_t *h, buffer_t *out)
{
    static const char *const kinds[] = {"contains", "needs", "from", "static", "provides", "licence"},
        *const scopes[] = {"observed", "installed", "declared"};
    for (size_t i = 0; i < h->count; i++) {
        const heard_t *r = &h->all[i];
        if (r->type == RECORD_COMPONENT)
            buffer_printf(out, "%s %s %s%s%s %s\n", r->purl, r->licence[0] != '\0' ? r->licence : "-", r->upstream[0] != '\0' ? r->upstream : "-",
                          r->subpath[0] != '\0' ? " " : "", r->subpath, scopes[r->scope]);
        else if (r->type == RECORD_RELATION)
            buffer_printf(out, "  %s %s%s%s\n", kinds[r->relation], r->name, r->what[0] != '\0' ? " " : "", r->what);
        else if (r->type == RECORD_DAMAGE)
            buffer_printf(out, "! %s\n", r->what);
    }
    buffer_append_byte(out, 0);
    assert_false(out->failed);
}

static const struct { const char *what, *text, *said; } formats[] = {
#include "analysis/package_formats.inc"
};
enum { FORMATS = sizeof formats / sizeof *formats };

static void each_format_says_what_it_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        hearing_t h   = lab_hear_text(&lab, formats[i].text);
        buffer_t  out = {0};
        tell(&h, &out);
        if (strcmp((const char *)out.at, formats[i].said) != 0)
            fail_msg("%s says\n%s\nand not\n%s", formats[i].what, (const char *)out.at, formats[i].said);
        buffer_free(&out);
        hearing_free(&h);
    }
}

/* What was said of the whole is said again, or less, and nothing else: a cut text invents no package that was not there. */
static void a_cut_format_says_no_more_than_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMATS; i++) {
        hearing_t whole = lab_hear_text(&lab, formats[i].text);
        size_t    size  = strlen(formats[i].text), step = size / 60 + 1;
        size_t    most  = heard_count(&whole, RECORD_COMPONENT, NULL);
        for (size_t cut = 0; cut < size && most > 0; cut += step) {
            hearing_t part = lab_hear(&lab, span_from(formats[i].text, cut), NULL, 0);
            if (heard_count(&part, RECORD_COMPONENT, NULL) > most)
                fail_msg("%s cut at %zu has more components", formats[i].what, cut);
            hearing_free(&part);
        }
        hearing_free(&whole);
    }
}

static void spoiled_bytes_do_no_harm(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < FORMATS; i++) {
        size_t size = strlen(formats[i].text);
        char  *text = malloc(size);
        assert_non_null(text);
        for (size_t round = 0; round < 40; round++) {
            memcpy(text, formats[i].text, size);
            for (size_t k = 0; k < 1 + round / 4; k++) {
                seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
                text[seed % size] = "\0\n\"{}[]:= ,/\xFF%\\"[(seed >> 32) % 16];
            }
            hearing_t h = lab_hear(&lab, span_from(text, size), NULL, 0);
            hearing_free(&h);
        }
        free(text);
    }
}

typedef struct { size_t components, relations, limits; } tally_t;

static void count_record(void *context, const record_t *record)
{
    tally_t *tally = context;
    tally->components += record->type == RECORD_COMPONENT;
    tally->relations += record->type == RECORD_RELATION;
    tally->limits += record->type == RECORD_LIMIT && strcmp(record->limit.limit, "packages") == 0;
}

static status_t no_content(void *context, span_t bytes)
{
    (void)context, (void)bytes;
    return ok();
}

static void a_million_packages_end_in_a_limit(void **state)
{
    (void)state;
    buffer_t text   = {0};
    tally_t  tally  = {0};
    limits_t limits = limits_default();
    ledger_t ledger;
    buffer_append_text(&text, "Package: first\nStatus: install ok installed\nMaintainer: a@debian.org\nArchitecture: all\nVersion: 1\n"
                              "Depends: p1\n\n");
    for (unsigned i = 0; i < 1000000; i++)
        buffer_printf(&text, "Package: p%u\nStatus: install ok installed\nVersion: 1\n\n", i);
    assert_false(text.failed);
    ledger_init(&ledger, text.size);
    assert_true(status_ok(ledger_settle(&ledger)));
    sink_t *sink = sink_new(buffer_span(&text), &limits, (sink_output_t){.context = &tally, .record = count_record, .decoded = no_content});
    assert_non_null(sink);
    analyse_blob(lab.analyser, buffer_span(&text), &ledger, sink);
    assert_int_equal(tally.components, 100000);
    assert_true(tally.relations > 100000); /* the first needs one, and each names its source */
    assert_int_equal(tally.limits, 1);
    sink_free(sink);
    ledger_free(&ledger);
    buffer_free(&text);
}

/* ---- databases made by their own tools --------------------------------------------------------------------------------- */

static void expect(const hearing_t *h, const char *said, const char *of)
{
    buffer_t out = {0};
    tell(h, &out);
    if (strcmp((const char *)out.at, said) != 0)
        fail_msg("%s says\n%s\nand not\n%s", of, (const char *)out.at, said);
    buffer_free(&out);
}

/* What is readable of a database cut at many places, or with spoiled pages; and that something is missing. */
static void assert_sound_when_spoiled(span_t database, size_t packages, const char *of)
{
    size_t   damaged = 0;
    uint8_t *copy    = malloc(database.size);
    assert_non_null(copy);
    for (size_t i = 1; i < 48; i++) {
        hearing_t h    = lab_hear(&lab, span_from(database.at, database.size * i / 48), NULL, 0);
        size_t    said = heard_count(&h, RECORD_COMPONENT, NULL);
        if (said > packages)
            fail_msg("%s: more packages than there are", of);
        damaged += heard_count(&h, RECORD_DAMAGE, NULL) > 0;
        hearing_free(&h);
        memcpy(copy, database.at, database.size);
        for (size_t k = 0; k < 512; k++)
            copy[(database.size * i / 48 + k * 7919) % database.size] ^= (uint8_t)(i * 37 + k);
        h = lab_hear(&lab, span_from(copy, database.size), NULL, 0);
        hearing_free(&h);
    }
    if (damaged == 0)
        fail_msg("%s: no cut was told of", of);
    free(copy);
}

static void rpm_databases_say_what_rpm_says(void **state)
{
    (void)state;
#define OTHERLIB "pkg:rpm/fedora/otherlib@2.5-4?arch=noarch GPL-2.0-or-later AND MIT 2.5 installed\n" \
                 "  from pkg:rpm/fedora/otherlib@2.5-4?arch=src\n  provides pkg:rpm/fedora/otherlib\n  contains path:/usr/bin/otherlib\n"
#define SAMPLETOOL "pkg:rpm/fedora/sampletool@1:1.2.3-4?arch=noarch GPL-2.0-or-later AND MIT 1.2.3 installed\n" \
                   "  from pkg:rpm/fedora/sampletool@1.2.3-4?arch=src\n  needs pkg:rpm/fedora/otherlib 2\n  provides pkg:rpm/fedora/sampletool\n" \
                   "  contains path:/usr/bin/sampletool\n"
    static const char *const kinds[] = {"sqlite", "ndb", "bdb"};
    if (run_status("command -v rpmbuild > /dev/null") != 0) {
        print_message("skipped: rpmbuild is not installed (Debian package rpm)\n");
        skip();
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (i == 2 && run_status("command -v db5.3_load > /dev/null") != 0) {
            print_message("skipped for bdb: db5.3_load is not installed (Debian package db5.3-util)\n");
            continue;
        }
        sample_t database = sample_build("rpmdb", kinds[i]);
        hearing_t h       = lab_hear(&lab, sample_span(&database), NULL, 0);
        expect(&h, i == 2 ? SAMPLETOOL OTHERLIB : OTHERLIB SAMPLETOOL, kinds[i]); /* bdb: in the order of its hash */
        hearing_free(&h);
        assert_sound_when_spoiled(sample_span(&database), 2, kinds[i]);
        sample_free(&database);
    }
}

static void an_android_app_tells_its_name_and_version(void **state)
{
    (void)state;
    if (run_status("command -v aapt > /dev/null && test -f /usr/share/android-framework-res/framework-res.apk") != 0) {
        print_message("skipped: aapt or its framework is not installed (Debian packages aapt, android-framework-res)\n");
        skip();
    }
    sample_t  manifest = sample_build("android_app", "");
    hearing_t h        = lab_hear(&lab, sample_span(&manifest), NULL, 0);
    expect(&h, "pkg:generic/android/org.example.app@1.2 - - installed\n", "an Android manifest");
    hearing_free(&h);
    assert_sound_when_spoiled(sample_span(&manifest), 1, "an Android manifest");
    sample_free(&manifest);
}

static void python_packages_on_this_machine_are_read(void **state)
{
    (void)state;
    char scratch[1024];
    if (run_status("python3 -c 'import pip' 2> /dev/null") != 0) {
        print_message("skipped: pip is not installed\n");
        skip();
    }
    scratch_make(scratch);
    run("cd '%s' && mkdir p && printf '[project]\\nname = \"my_tool\"\\nversion = \"3.1\"\\nlicense = {text = \"MIT\"}\\ndependencies = [\"requests>=2\"]\\n' > p/pyproject.toml && "
        "python3 - <<'END'\nimport email.message\nm = email.message.Message()\nfor k, v in (('Metadata-Version', '2.1'), ('Name', 'my_tool'), ('Version', '3.1'), ('License', 'MIT'), "
        "('Requires-Dist', 'requests>=2'), ('Requires-Dist', \"pytest; extra == 'test'\")):\n    m[k] = v\nopen('METADATA', 'w').write(str(m))\nEND",
            scratch);
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/METADATA", scratch);
    sample_t  file = sample_read(path);
    hearing_t h    = lab_hear(&lab, sample_span(&file), NULL, 0);
    expect(&h, "pkg:pypi/my-tool@3.1 MIT - installed\n  needs pkg:pypi/requests >=2\n", "METADATA");
    hearing_free(&h);
    sample_free(&file);
    scratch_remove(scratch);
}

static void a_go_program_names_its_modules(void **state)
{
    (void)state;
    /* ELF magic, then the block as Go 1.18 and later write it: magic, pointer size 8, flags 2, padding, counted texts. */
    static const char modules[] = "path\texample.org/tool\nmod\texample.org/tool\tv1.2.0\t\ndep\tgolang.org/x/sys\tv0.5.0\th1:abc=\nbuild\tCGO_ENABLED=0\n";
    buffer_t          b         = {0};
    buffer_append(&b, span_from("\x7F" "ELF\x02\x01\x01", 7));
    while (b.size < 64)
        buffer_append_byte(&b, 0);
    buffer_append(&b, span_from("\xFF Go buildinf:\x08\x02", 16));
    while (b.size < 96)
        buffer_append_byte(&b, 0);
    buffer_append(&b, span_from("\x06go1.20", 7));
    size_t size = sizeof modules - 1 + 32;
    buffer_append_byte(&b, (uint8_t)(size | 0x80));
    buffer_append_byte(&b, (uint8_t)(size >> 7));
    buffer_append(&b, span_from("0123456789abcdef", 16));
    buffer_append_text(&b, modules);
    buffer_append(&b, span_from("0123456789abcdef", 16));
    hearing_t h = lab_hear(&lab, buffer_span(&b), NULL, 0);
    expect(&h, "pkg:golang/stdlib@1.20 BSD-3-Clause - observed\npkg:golang/example.org/tool@v1.2.0 - - observed\npkg:golang/golang.org/x/sys@v0.5.0 - - observed\n"
               "  static pkg:golang/golang.org/x/sys@v0.5.0\n", "a Go program");
    hearing_free(&h);
    for (size_t cut = 0; cut < b.size; cut++) {
        h = lab_hear(&lab, span_from(b.at, cut), NULL, 0);
        hearing_free(&h);
    }
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_says_what_it_holds),
        cmocka_unit_test(a_cut_format_says_no_more_than_the_whole),
        cmocka_unit_test(spoiled_bytes_do_no_harm),
        cmocka_unit_test(a_million_packages_end_in_a_limit),
        cmocka_unit_test(rpm_databases_say_what_rpm_says),
        cmocka_unit_test(an_android_app_tells_its_name_and_version),
        cmocka_unit_test(python_packages_on_this_machine_are_read),
        cmocka_unit_test(a_go_program_names_its_modules),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
