/* The type of a blob is what libmagic says, by the file program as oracle. libmagic reads the inside of ELF only from a file
 * descriptor, which a blob in memory has not: so the oracle leaves that out. */
#include "support/analysis.h"

#include <stdio.h>
#include <stdlib.h>

/* What a shell command says. */
static sample_t output_of(const char *scratch, const char *command)
{
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/output", scratch);
    run("%s > '%s'", command, path);
    return sample_read(path);
}

/* Copies of files of many kinds that every Debian system has: copies, since the mode of a file changes what file says. */
#define CHOOSE "find /usr/bin /usr/sbin /etc /usr/lib /usr/share/doc /usr/share/perl /boot -maxdepth 3 -type f -readable -size -240k 2>/dev/null | LC_ALL=C sort | sed -n '0~23p' | head -400"

static void type_and_mime_are_those_of_the_file_program(void **state)
{
    (void)state;
    lab_t lab;
    char  scratch[1024], command[4096];
    lab_make(&lab);
    lab_open(&lab, NULL);
    if (lab.why != NULL)
        fail_msg("%s", lab.why);
    scratch_make(scratch);
    run("mkdir '%s/files' && " CHOOSE " | { n=1000; while read -r f; do n=$((n + 1)); [ -s \"$f\" ] && cp \"$f\" '%s/files'/$n; done; } && chmod 644 '%s/files'/*", scratch,
        scratch, scratch);
    (void)snprintf(command, sizeof command, "ls '%s/files'/*", scratch);
    sample_t names = output_of(scratch, command);
    (void)snprintf(command, sizeof command, "LC_ALL=C TZ=UTC0 file -b -e compress -e tokens -e elf '%s/files'/*", scratch);
    sample_t types = output_of(scratch, command);
    (void)snprintf(command, sizeof command, "LC_ALL=C TZ=UTC0 file -b --mime-type -e compress -e tokens -e elf '%s/files'/*", scratch);
    sample_t mimes = output_of(scratch, command);
    FILE    *name_list = fmemopen(names.at, names.size, "r"), *type_list = fmemopen(types.at, types.size, "r"), *mime_list = fmemopen(mimes.at, mimes.size, "r");
    char     name[4096], type[4096], mime[4096];
    size_t   compared = 0, same = 0;
    while (fgets(name, sizeof name, name_list) != NULL && fgets(type, sizeof type, type_list) != NULL && fgets(mime, sizeof mime, mime_list) != NULL) {
        name[strcspn(name, "\n")] = type[strcspn(type, "\n")] = mime[strcspn(mime, "\n")] = '\0';
        sample_t       sample = sample_read(name);
        hearing_t      h      = lab_hear(&lab, sample_span(&sample), NULL, 0);
        const heard_t *said   = heard(&h, RECORD_IDENTITY, NULL, 0);
        compared++;
        /* The program reads fields at the end of a file, too, and says more of some. */
        bool agrees = strncmp(type, said->what, strlen(said->what)) == 0;
        same += agrees ? 1 : 0;
        if (agrees && strcmp(said->name, mime) != 0)
            fail_msg("%s is %s, not %s (%s)", name, mime, said->name, type);
        hearing_free(&h);
        sample_free(&sample);
    }
    assert_true(compared > 100 && same > compared * 19 / 20);
    (void)fclose(name_list);
    (void)fclose(type_list);
    (void)fclose(mime_list);
    sample_free(&names);
    sample_free(&types);
    sample_free(&mimes);
    scratch_remove(scratch);
    lab_remove(&lab);
}

static void the_environment_does_not_change_what_is_said(void **state)
{
    (void)state;
    lab_t lab;
    lab_make(&lab);
    lab_file(&lab, "magic", "0\tstring\tassay\twhat the environment says\n");
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/magic", lab.directory);
    (void)setenv("MAGIC", path, 1);
    (void)setenv("TZ", "Asia/Tokyo", 1);
    lab_open(&lab, NULL);
    assert_null(lab.why);
    hearing_t h = lab_hear_text(&lab, "assay is not known to libmagic\n");
    assert_string_equal(heard(&h, RECORD_IDENTITY, NULL, 0)->what, "ASCII text");
    assert_string_equal(heard(&h, RECORD_IDENTITY, NULL, 0)->name, "text/plain");
    hearing_free(&h);
    static const uint8_t gzip[] = {0x1F, 0x8B, 8, 0, 0x00, 0xF1, 0x53, 0x65, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    h                           = lab_hear(&lab, span_from(gzip, sizeof gzip), NULL, 0);
    assert_non_null(strstr(heard(&h, RECORD_IDENTITY, NULL, 0)->what, "Tue Nov 14 22:13:20 2023")); /* UTC */
    hearing_free(&h);
    (void)unsetenv("MAGIC");
    lab_remove(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_and_mime_are_those_of_the_file_program),
        cmocka_unit_test(the_environment_does_not_change_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
