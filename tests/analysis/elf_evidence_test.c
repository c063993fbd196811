/* What ELF files tell of components: by soname, by a version that stands alone, by what is linked in, by what they load. The samples come from
 * the compiler; readelf says what they ask for. */
#include "analysis/elf_evidence.h"
#include "engine/file_versions.h"
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

static const char component[] =
    "name: zippy\nsupplier: Zippy\npurl: pkg:generic/zippy\ncpe: zippy:zippy\nlicence: Zlib\nurl: https://example.org\n"
    "files: [\"libzippy.so*\", \"zippytool\"]\n";

/* An analyser that knows one component, "zippy", and `more` of it; then what it says of the program or library made from `code`. */
typedef struct { lab_t lab; hearing_t hearing; sample_t made; span_t bytes; } trial_t;

static void make(trial_t *t, const char *more, const char *code, const char *flags)
{
    char file[1200], source[1200];
    lab_make(&t->lab);
    lab_file(&t->lab, "corpus/components/zippy.yaml", "%s%s", component, more);
    lab_open(&t->lab, NULL);
    if (t->lab.analyser == NULL)
        fail_msg("%s", t->lab.why);
    lab_file(&t->lab, "code.c", "%s", code);
    (void)snprintf(file, sizeof file, "%s/made", t->lab.directory);
    (void)snprintf(source, sizeof source, "%s/code.c", t->lab.directory);
    run("cd '%s' && echo 'int zippy(void) { return 1; }' | cc -x c -shared -fPIC -Wl,-soname,libzippy.so.1 -o libzippy.so - && "
        "cc -O1 -o '%s' '%s' %s", t->lab.directory, file, source, flags);
    t->made    = sample_read(file);
    t->bytes   = sample_span(&t->made);
    t->hearing = lab_hear(&t->lab, t->bytes, NULL, 0);
}

static void drop(trial_t *t)
{
    hearing_free(&t->hearing);
    sample_free(&t->made);
    lab_remove(&t->lab);
}

static const char signature[] = "signatures: [{anchor: \"Zippy says \", version: 'Zippy says (\\d+\\.\\d+\\.\\d+)', confidence: 90}]\n";
static const char library[]   = "const char *zippy_version(void) { return \"1.22.333\"; }\n";

static void a_library_is_known_by_its_soname_alone(void **state)
{
    (void)state;
    trial_t t;
    make(&t, "", "int f(void) { return 1; }\n", "-shared -fPIC -Wl,-soname,libzippy.so.7");
    const heard_t *h = heard(&t.hearing, RECORD_COMPONENT, "zippy", 0);
    assert_non_null(h);
    assert_string_equal(h->version, "");
    assert_string_equal(h->method, "soname");
    assert_string_equal(h->text, "libzippy.so.7");
    assert_string_equal(h->cpe, "cpe:2.3:a:zippy:zippy:*:*:*:*:*:*:*:*");
    assert_string_equal(h->purl, "pkg:generic/zippy");
    drop(&t);
}

static void the_one_text_of_the_form_is_the_version_of_a_library(void **state)
{
    (void)state;
    trial_t t;
    make(&t, "lone-version: '(\\d+\\.\\d+\\.\\d+)'\n", library, "-shared -fPIC -Wl,-soname,libzippy.so.7");
    assert_int_equal(heard_count(&t.hearing, RECORD_COMPONENT, "zippy"), 2);
    assert_string_equal(heard(&t.hearing, RECORD_COMPONENT, "zippy", 0)->version, "1.22.333");
    assert_string_equal(heard(&t.hearing, RECORD_COMPONENT, "zippy", 1)->method, "lone-version");
    assert_string_equal(heard(&t.hearing, RECORD_COMPONENT, "zippy", 1)->text, "1.22.333");
    drop(&t);
}

static void two_texts_of_the_form_are_no_version(void **state)
{
    (void)state;
    trial_t t;
    make(&t, "lone-version: '(\\d+\\.\\d+\\.\\d+)'\n", "const char *v(int i) { return i ? \"1.22.333\" : \"4.5.6\"; }\n", "-shared -fPIC -Wl,-soname,libzippy.so.7");
    assert_int_equal(heard_count(&t.hearing, RECORD_COMPONENT, "zippy"), 1);
    assert_string_equal(heard(&t.hearing, RECORD_COMPONENT, "zippy", 0)->version, "");
    drop(&t);
}

static void a_program_that_names_itself_has_the_one_text_as_version(void **state)
{
    (void)state;
    trial_t t;
    make(&t, "signatures: [{anchor: \"zippytool of Zippy\", lone-version: '(\\d+\\.\\d+\\.\\d+)', confidence: 75}]\n",
         "#include <stdio.h>\nint main(int c, char **v) { (void)v; puts(\"zippytool of Zippy\"); puts(c > 1 ? \"9.8.7\" : \"none\"); return 0; }\n", "");
    const heard_t *h = heard(&t.hearing, RECORD_COMPONENT, "zippy", 0);
    assert_non_null(h);
    assert_string_equal(h->version, "9.8.7");
    assert_string_equal(h->text, "9.8.7");
    drop(&t);
}

static void the_text_of_a_library_in_a_program_that_does_not_load_it_is_a_part(void **state)
{
    (void)state;
    trial_t t;
    make(&t, signature, "#include <stdio.h>\nint main(void) { puts(\"Zippy says 1.2.3\"); return 0; }\n", "");
    const heard_t *h = heard(&t.hearing, RECORD_COMPONENT, "zippy", 0), *relation = NULL;
    assert_non_null(h);
    assert_string_equal(h->method, "static-library");
    for (size_t i = 0; i < t.hearing.count; i++)
        if (t.hearing.all[i].type == RECORD_RELATION && strcmp(t.hearing.all[i].method, "static-library") == 0)
            relation = &t.hearing.all[i];
    assert_non_null(relation);
    assert_string_equal(relation->text, "Zippy says 1.2.3");
    drop(&t);
}

static void a_program_that_loads_the_library_has_it_not_within(void **state)
{
    (void)state;
    static const char code[] = "#include <stdio.h>\nint zippy(void);\nint main(void) { puts(\"Zippy says 1.2.3\"); return zippy(); }\n";
    trial_t t;
    char    headers[512];
    make(&t, signature, code, "-L\"$(pwd)\" -lzippy");
    assert_string_equal(heard(&t.hearing, RECORD_COMPONENT, "zippy", 0)->method, "version-string");
    drop(&t);
    (void)snprintf(headers, sizeof headers, "in-headers: true\n%s", signature);
    make(&t, headers, code, "-L\"$(pwd)\" -lzippy");
    assert_int_equal(heard_count(&t.hearing, RECORD_COMPONENT, "zippy"), 0); /* that is what it was built with */
    drop(&t);
}

static void what_a_program_loads_is_told_as_readelf_tells_it(void **state)
{
    (void)state;
    trial_t t;
    char    command[1200], line[256];
    make(&t, "", "#include <stdio.h>\nint zippy(void);\nint main(void) { puts(\"\"); return zippy(); }\n", "-L\"$(pwd)\" -lzippy");
    (void)snprintf(command, sizeof command, "readelf -dW '%s/made' | sed -n 's/.*NEEDED.*\\[\\(.*\\)\\]/\\1/p'", t.lab.directory);
    FILE  *told = popen(command, "r");
    size_t seen = 0;
    assert_non_null(told);
    for (; fgets(line, sizeof line, told) != NULL; seen++) {
        line[strcspn(line, "\n")] = '\0';
        const heard_t *h = heard(&t.hearing, RECORD_RELATION, NULL, seen);
        assert_non_null(h);
        assert_string_equal(h->text, line);
        assert_string_equal(h->method, "elf-needed");
    }
    assert_int_equal(pclose(told), 0);
    assert_true(seen >= 2);
    assert_null(heard(&t.hearing, RECORD_RELATION, NULL, seen));
    drop(&t);
}

static void broken_files_do_no_harm(void **state)
{
    (void)state;
    trial_t  t;
    uint64_t seed = 1;
    make(&t, "lone-version: '(\\d+\\.\\d+\\.\\d+)'\n", library, "-shared -fPIC -s -Wl,-soname,libzippy.so.7");
    for (size_t size = 0; size < t.bytes.size; size += 97) { /* every length, so to speak */
        hearing_t hearing = lab_hear(&t.lab, span_clip(t.bytes, 0, size), NULL, 0);
        hearing_free(&hearing);
    }
    uint8_t *copy = malloc(t.bytes.size);
    assert_non_null(copy);
    for (unsigned round = 0; round < 300; round++) {
        memcpy(copy, t.bytes.at, t.bytes.size);
        for (unsigned i = 0; i < 24; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            copy[(size_t)(seed >> 33) % t.bytes.size] = (uint8_t)(seed >> 24);
        }
        memcpy(copy, t.bytes.at, 20);
        hearing_t hearing = lab_hear(&t.lab, span_from(copy, t.bytes.size), NULL, 0);
        hearing_free(&hearing);
    }
    free(copy);
    drop(&t);
}

static void a_file_name_tells_a_version_only_where_the_pattern_says_so(void **state)
{
    (void)state;
    static const struct { const char *pattern, *name, *version; } rows[] = {
        {"libz.so.*", "libz.so.1.2.13", "1.2.13"},
        {"libz.so.*", "libz.so.1", NULL},           /* one number is an interface, no version */
        {"libz.so.*", "libz.so.", NULL},
        {"libz.so.*", "libz.so.1.2.13.bak", NULL},
        {"libz.so.*", "libz.so.1..2", NULL},
        {"libz.so.*", "libz.so..1", NULL},
        {"libz.so.*", "libzz.so.1.2", NULL},
        {"libz.so.*", "libz.so.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9.9", NULL},
        {"libsys-*.so", "libsys-5.1.so", "5.1"},
        {"libsys-*.so", "libsys-.so", NULL},
        {"libfree.so.6.* 18.3=2.12.1 18.30=9.9.9", "libfree.so.6.18.3", "2.12.1"},
        {"libfree.so.6.* 18.3=2.12.1 18.30=9.9.9", "libfree.so.6.18.30", "9.9.9"},
        {"libfree.so.6.* 18.3=2.12.1", "libfree.so.6.18.4", NULL},
        {"libfree.so.6.* 18.3=2.12.1", "libfree.so.6.18", NULL},
        {"libz.so", "libz.so", NULL},
    };
    arena_t *arena = arena_new(1 << 20);
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *version = file_version_of(rows[i].pattern, span_from_text(rows[i].name), arena);
        if ((version == NULL) != (rows[i].version == NULL) || (version != NULL && strcmp(version, rows[i].version) != 0))
            fail_msg("%s by %s: %s", rows[i].name, rows[i].pattern, version != NULL ? version : "none");
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_is_known_by_its_soname_alone),
        cmocka_unit_test(the_one_text_of_the_form_is_the_version_of_a_library),
        cmocka_unit_test(two_texts_of_the_form_are_no_version),
        cmocka_unit_test(a_program_that_names_itself_has_the_one_text_as_version),
        cmocka_unit_test(the_text_of_a_library_in_a_program_that_does_not_load_it_is_a_part),
        cmocka_unit_test(a_program_that_loads_the_library_has_it_not_within),
        cmocka_unit_test(what_a_program_loads_is_told_as_readelf_tells_it),
        cmocka_unit_test(broken_files_do_no_harm),
        cmocka_unit_test(a_file_name_tells_a_version_only_where_the_pattern_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
