/* Images that come in segments, and the record of their acquisition. */
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>

#define ASSAY "\"$ASSAY_BINARY\" scan -q --data \"$ASSAY_SOURCE\""
#define REPORT "python3 -c \"import base64, json, sys; p = json.loads(base64.b64decode(json.load(open(sys.argv[1]))['payload'])); r = p['predicate']; sys.exit(0 if (%s) else 1)\" '%s/report'"

static void segments_are_scanned_as_the_image_that_they_make(void **state)
{
    (void)state;
    char directory[1024];
    scratch_make(directory);
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/gpt.sh '%s/disk' && cd '%s' && split -b 100k -d -a 3 disk disk.", directory, directory);
    (void)run_status("cd '%s' && " ASSAY " --split disk.0* -o report 2> log", directory);
    run(REPORT, "len(r['inputs']) == 6 and len(p['subject']) == 6 and r['artifacts'][0]['path'] == 'disk' and r['artifacts'][0]['size'] == 524288 and "
                "any(a['path'] == 'disk/rootfs' for a in r['artifacts']) and r['coverage']['bytes'] == 524288", directory);
    /* The same bytes as one file are the same artifacts. */
    (void)run_status("cd '%s' && " ASSAY " disk -o whole 2> log", directory);
    run("cd '%s' && python3 -c \"import base64, json; a, b = [json.loads(base64.b64decode(json.load(open(n))['payload']))['predicate'] for n in ('report', 'whole')]; "
        "assert a['artifacts'] == b['artifacts'] and a['ledgers'] == b['ledgers'] and a['coverage'] == b['coverage']\"", directory);
    scratch_remove(directory);
}

static void segments_of_an_evidence_file_are_put_together(void **state)
{
    (void)state;
    char directory[1024];
    scratch_make(directory);
    run("cd '%s' && sh \"$ASSAY_SOURCE\"/corpus/samples/disk.sh raw && ewfacquirestream -q -c deflate:none -S 1M -t case < raw > log 2>&1 && [ -e case.E02 ]", directory);
    (void)run_status("cd '%s' && " ASSAY " --split case.E01 case.E02 -o report 2> log", directory);
    run(REPORT, "r['artifacts'][0]['facts']['ewf.md5-holds'] == 'yes' and r['artifacts'][0]['facts']['ewf.segments'] == '2' and not r.get('damage')", directory);
    /* In the wrong order it is said. */
    (void)run_status("cd '%s' && " ASSAY " --split case.E02 case.E01 -o report 2> log", directory);
    run(REPORT, "r['artifacts'][0]['facts'].get('ewf.md5-holds') != 'yes'", directory);
    scratch_remove(directory);
}

static void what_ddrescue_could_not_read_is_damage(void **state)
{
    (void)state;
    char directory[1024];
    scratch_make(directory);
    run("sh \"$ASSAY_SOURCE\"/corpus/samples/gpt.sh '%s/disk'", directory);
    /* ddrescue writes the map itself: of a file that ends early, the rest is not tried. */
    run("cd '%s' && ddrescue -q -s 300000 disk copy map && truncate -s 524288 copy && printf '# a map\\n0x0 + 1\\n0x0 0x10000 +\\n0x10000 0x1000 -\\n0x11000 0x2F000 +\\n0x40000 0x40000 ?\\n' > other",
        directory);
    int accepted = run_status("cd '%s' && " ASSAY " --map other copy -o report 2> log", directory);
    assert_true(accepted != 0 && accepted != 2);
    run(REPORT, "sum('bad sectors' in f['title'] for f in r['findings']) == 1 and sum('not tried' in f['title'] for f in r['findings']) == 1 and "
                "len(r['artifacts'][0]['facts']['acquisition.map-sha256']) == 64", directory);
    (void)run_status("cd '%s' && " ASSAY " --map map copy -o report 2> log", directory);
    run(REPORT, "len(r['artifacts'][0]['facts']['acquisition.map-sha256']) == 64", directory);
    scratch_remove(directory);
}

static void a_map_that_is_none_is_an_error_with_its_line(void **state)
{
    (void)state;
    static const struct { const char *text, *line; } cases[] = {
        {"x\\n", "line 1"}, {"0x0 + 1\\n0x0 0x100\\n", "line 2"}, {"0x0 + 1\\n0x0 0x100 +\\n0x50 0x100 -\\n", "line 3"}, {"0x0 + 1\\n0x0 0x100 !\\n", "line 2"}, {"", "line 1"},
        {"0x0 + 1\\n0xFFFFFFFFFFFFFFFF 0x100 -\\n", "line 2"},
    };
    char directory[1024];
    scratch_make(directory);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run("cd '%s' && printf '%s' > map && echo image > image", directory, cases[i].text);
        assert_int_equal(run_status("cd '%s' && " ASSAY " --map map image 2> log", directory), 2);
        run("grep -q '%s' '%s/log'", cases[i].line, directory);
    }
    assert_int_equal(run_status("cd '%s' && printf '0x0 + 1\\n' > map && cp image other && " ASSAY " --map map image other 2> log", directory), 2);
    scratch_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_scanned_as_the_image_that_they_make),
        cmocka_unit_test(segments_of_an_evidence_file_are_put_together),
        cmocka_unit_test(what_ddrescue_could_not_read_is_damage),
        cmocka_unit_test(a_map_that_is_none_is_an_error_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
