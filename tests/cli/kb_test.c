/* assay kb, and the way from bytes to law in a report, as a user sees them. */
#include "support/sample.h"

#include <stdio.h>
#include <stdlib.h>

static char place[1024];

static int make_place(void **state)
{
    (void)state;
    scratch_make(place);
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    scratch_remove(place);
    return 0;
}

/* Runs in the place, with the program as $A; its output goes to out there. */
static void assert_sh(int wanted, const char *command, const char *said)
{
    int status = run_status("cd '%s' && A=\"$ASSAY_BINARY\" && S=\"$ASSAY_SOURCE\" && export ASSAY_DATA=\"$S\" && { %s ; } > out 2>&1", place, command);
    if (status != wanted)
        (void)run_status("cd '%s' && cat out >&2", place);
    if (status != wanted)
        fail_msg("%s exits with %d: %d was wanted", command, status, wanted);
    if (said != NULL && run_status("cd '%s' && grep -qF -- '%s' out", place, said) != 0) {
        (void)run_status("cd '%s' && head -n 100 out >&2", place);
        fail_msg("%s does not say: %s", command, said);
    }
}

static void a_vendor_reads_like_a_fact_sheet(void **state)
{
    (void)state;
    static const char *const facts[] = {
        "Huawei Technologies Co., Ltd. (huawei)", "Group       Huawei", "Country     CN, People", "National Intelligence Law, Art. 7, 10, 14", "in force   ndaa-889",
        "proposed   ca-5g-2022", "2019-05-21", "definitive  certificate-subject", "Huawei Equipment CA", "supporting  oui", "source: IANA Private Enterprise Numbers",
        "(gb18030)",
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        assert_sh(0, "\"$A\" kb show huawei", facts[i]);
    assert_sh(0, "\"$A\" kb show HIKVISION", "Hangzhou Hikvision"); /* names and aliases in either case */
    assert_sh(0, "\"$A\" kb show CN", "Vendors");
    assert_sh(0, "\"$A\" kb show pt-2023", "criteria");
    assert_sh(2, "\"$A\" kb show nobody", "assay kb list");
    assert_sh(0, "\"$A\" kb list", "us-entity-list");
    assert_sh(0, "\"$A\" kb list vendors", "ericsson");
    assert_sh(2, "\"$A\" kb list fruits", "vendors, jurisdictions or lists");
    assert_sh(2, "\"$A\" kb learn .", "--vendor");
    assert_sh(2, "\"$A\" kb", "kb wants");
}

static void lint_names_file_line_and_column_of_all_that_is_wrong(void **state)
{
    (void)state;
    static const struct { const char *file, *content, *said; } cases[] = {
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: XX\nmarkers:\n  - {kind: domain, value: fox.example, strength: strong, source: s}\n",
         "vendors/fox.yaml:3:15: no jurisdiction has the id \"XX\""},
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: \"NO\"\n", "vendors/fox.yaml:3:16: the vendor fox has no marker"},
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: \"NO\"\nmarkers:\n  - {kind: oui, value: 00zzfc, strength: supporting, source: s}\n", "vendors/fox.yaml:5:6: must be three bytes"},
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: \"NO\"\nmarkers:\n  - {kind: oui, value: 00e0fc, strength: strong, source: s}\n", "can only be supporting"},
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: \"NO\"\nmarkers:\n  - {kind: string, value: \"狐狸\", encodings: [koi8-r], strength: strong, source: s}\n",
         "vendors/fox.yaml:5:6: has a character that the encoding lacks"},
        {"vendors/fox.yaml", "id: fox\nname: F\njurisdiction: \"NO\"\nmarkers:\n  - {kind: domain, values: [owl.example, b.example], strength: strong, source: s}\n", "\"owl.example\" stands in vendors/"},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2023-02-29\"\nsource: s\nvendors: [owl]\n", "lists/l.yaml:3:8: \"2023-02-29\" is no date"},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2024-02-29\"\nsource: s\nvendors: [owl, emu]\n", "lists/l.yaml:5:11: no vendor has the id \"emu\""},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2024-02-29\"\nsource: s\n", "neither names anybody nor has criteria"},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2024-02-29\"\nsource: s\nstatus: perhaps\nvendors: [owl]\n", "status must be in force, proposed or repealed"},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2024-02-29\"\nsource: s\nentries:\n  - {vendor: owl, date: \"2024-13-01\"}\n", "lists/l.yaml:6:6: the entry of owl"},
        {"lists/l.yaml", "id: l\ntitle: t\ndate: \"2024-02-29\"\nsource: s\nvendors: [owl, owl]\n", "owl is named twice"},
        {"jurisdictions/SE.yaml", "id: \"SE\"\nname: S\nlaws:\n  - {title: T, effect: e, source: s}\n", "jurisdictions/SE.yaml:4:6: the law \"T\" has no date"},
        {"jurisdictions/SE.yaml", "id: \"SE\"\nname: S\nlaws:\n  - {title: T, date: \"2020\"}\n", "has no effect"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[2048];
        run("cd '%s' && rm -rf d && mkdir -p d/corpus/vendors d/corpus/jurisdictions d/corpus/lists d/rules && "
            "printf 'id: \"NO\"\\nname: Norway\\n' > d/corpus/jurisdictions/NO.yaml && "
            "printf 'id: owl\\nname: Owl\\njurisdiction: \"NO\"\\nmarkers:\\n  - {kind: domain, value: owl.example, strength: strong, source: s}\\n' > d/corpus/vendors/owl.yaml", place);
        assert_sh(0, "\"$A\" kb lint --data d", "nothing wrong");
        (void)snprintf(path, sizeof path, "%s/d/corpus/%s", place, cases[i].file);
        write_file(path, span_from_text(cases[i].content));
        assert_sh(1, "\"$A\" kb lint --data d", cases[i].said);
    }
    assert_sh(0, "\"$A\" kb lint", "nothing wrong"); /* what ships */
}

static void every_origin_shows_the_way_to_law_and_list(void **state)
{
    (void)state;
    static const char *const shown[] = {
        "huawei\tdefinitive\tCN", "fw at 0\tstring\t95\tHuawei Versatile Routing Platform", "-> group Huawei -> CN -> ", "law   2017-06-28\tNational Intelligence Law\tArt. 7, 10, 14",
        "list  2018-08-13\tin force\tndaa-889", "list  2022-05-19\tproposed\tca-5g-2022",
    };
    assert_sh(0, "printf 'Huawei Versatile Routing Platform Software' > fw && \"$A\" scan -q fw -o r; c=$?; \"$A\" show r | grep -qF 'National Intelligence Law' || exit 9; exit $c", NULL);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        assert_sh(0, "\"$A\" show r origins", shown[i]);
    /* A proposed list is shown, and counts for no policy. */
    assert_sh(0, "\"$A\" show r origins | head -n 1 | grep -vq ca-5g-2022", NULL);
    assert_sh(0, "python3 -c 'import json,base64;"
                 "o=json.loads(base64.b64decode(json.load(open(\"r\"))[\"payload\"]))[\"predicate\"][\"origins\"][0];"
                 "assert \"ndaa-889\" in o[\"lists\"] and \"ca-5g-2022\" not in o[\"lists\"];"
                 "s={l[\"list\"]:l[\"status\"] for l in o[\"listed\"]};assert s[\"ca-5g-2022\"]==\"proposed\" and s[\"ndaa-889\"]==\"in force\";"
                 "assert any(l[\"title\"]==\"National Intelligence Law\" and l[\"effect\"] for l in o[\"laws\"])'", NULL);
}

static void a_program_like_a_sample_supports_its_vendor(void **state)
{
    (void)state;
    run("cd '%s' && mkdir -p samples && cp /bin/ls samples/ls && printf 'small' > samples/small && ln -sf /etc/passwd samples/link", place);
    assert_sh(0, "\"$A\" kb learn samples --vendor zte -o set.yaml && ! grep -q small set.yaml && ! grep -q link set.yaml && \"$A\" kb learn samples/ --vendor zte | cmp - set.yaml", NULL);
    assert_sh(2, "\"$A\" kb learn samples --vendor nobody", "no vendor \"nobody\"");
    assert_sh(2, "mkdir -p empty && \"$A\" kb learn empty --vendor zte", "no file");
    /* Alone it is no origin; with a marker of another kind it is, and shows how far off it is. */
    assert_sh(0, "cp samples/ls near && printf 'other bytes here' | dd of=near bs=1 seek=30000 conv=notrunc && { \"$A\" scan -q near --similar set.yaml -o r; true; }", NULL);
    assert_sh(0, "! \"$A\" show r origins | grep zte", NULL);
    assert_sh(0, "printf '1.3.6.1.4.1.3902.1' >> near && { \"$A\" scan -q near --similar set.yaml -o r; true; } && \"$A\" show r origins", "of 100 (ssdeep) from ls");
    assert_sh(0, "\"$A\" show r origins", "zte\tsupporting");
    assert_sh(0, "{ \"$A\" scan -q /bin/cat --similar set.yaml -o r; true; } && ! \"$A\" show r origins | grep similar", NULL);
    assert_sh(2, "printf 'vendor: zte\\nsamples:\\n  - {name: a, size: 5000, fuzzy: nonsense}\\n' > bad.yaml && \"$A\" scan -q near --similar bad.yaml -o r", "bad.yaml:3:6: \"nonsense\" is no ssdeep hash");
}

/* ---- real packages ---------------------------------------------------------------------------------------------------- */

/* Path of the package, in the file "deb" of the place; false when it cannot be had. */
static bool fetched(const char *package)
{
    return run_status("cd '%s' && C=\"${ASSAY_CACHE:-$ASSAY_SOURCE/build/cache}\" && \"$ASSAY_SOURCE/tools/fetch-packages\" \"$C\" '%s' > deb 2> /dev/null && test -s deb", place, package) == 0;
}

static void debian_firmware_has_the_origin_of_its_makers(void **state)
{
    (void)state;
    static const struct { const char *package, *origin; } cases[] = {
        {"firmware-realtek", "realtek\tdefinitive\tTW"}, {"firmware-misc-nonfree", "mediatek\tstrong\tTW"}, {"firmware-qcom-soc", "qualcomm\tdefinitive\tUS"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!fetched(cases[i].package)) {
            print_message("skipped: %s cannot be fetched here\n", cases[i].package);
            skip();
        }
        assert_sh(0, "{ \"$A\" scan -q \"$(cat deb)\" -o r; true; } && \"$A\" show r origins", cases[i].origin);
        assert_sh(0, "! \"$A\" show r origins | cut -f 2,3 | grep -E '^(definitive|strong).CN$'", NULL);
    }
}

/* The generic kernel supports what it does not contain: its drivers and device trees name their makers, each by itself, the kernel does not. */
static void debians_kernel_is_nobodys_product_but_its_drivers_have_makers(void **state)
{
    (void)state;
    static const struct { const char *file, *origin; } cases[] = {
        {"hi3660-hikey960.dtb", "hisilicon\tstrong\tCN"}, {"rk3399-rock960.dtb", "rockchip\tstrong\tCN"}, {"hisi_sas_main.ko", "hisilicon\tsupporting\tCN"},
        {"hisi_femac.ko", "hisilicon\tsupporting\tCN"}, {"hns3.ko", "huawei\tsupporting\tCN"}, {"r8169.ko", "realtek\tsupporting\tTW"},
    };
    if (!fetched("linux-image-arm64:arm64") ||
        run_status("cd '%s' && dpkg-deb -f \"$(cat deb)\" Depends | grep -o 'linux-image-[^ ,]*' | head -n 1 > name", place) != 0 ||
        run_status("cd '%s' && C=\"${ASSAY_CACHE:-$ASSAY_SOURCE/build/cache}\" && \"$ASSAY_SOURCE/tools/fetch-packages\" \"$C\" \"$(cat name):arm64\" > deb 2> /dev/null && test -s deb", place) != 0) {
        print_message("skipped: Debian's arm64 kernel cannot be fetched here\n");
        skip();
    }
    run("cd '%s' && rm -rf k && dpkg-deb -x \"$(cat deb)\" k", place);
    assert_sh(0, "{ \"$A\" scan -q k/boot/vmlinuz-* -o r; true; } && test -z \"$(\"$A\" show r origins | grep -v '^ ')\"", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char command[512];
        (void)snprintf(command, sizeof command, "{ \"$A\" scan -q \"$(find k -name '%s')\" -o r; true; } && \"$A\" show r origins", cases[i].file);
        assert_sh(0, command, cases[i].origin);
    }
    /* All of it together: nobody is named with more than support. */
    assert_sh(0, "{ \"$A\" scan -q --max-time 0 \"$(cat deb)\" -o r; true; } && \"$A\" show r origins | grep -v '^ ' > all && test -s all && ! cut -f 2 all | grep -v supporting", NULL);
    assert_sh(0, "cat all", "hisilicon\tsupporting\tCN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vendor_reads_like_a_fact_sheet),
        cmocka_unit_test(lint_names_file_line_and_column_of_all_that_is_wrong),
        cmocka_unit_test(every_origin_shows_the_way_to_law_and_list),
        cmocka_unit_test(a_program_like_a_sample_supports_its_vendor),
        cmocka_unit_test(debian_firmware_has_the_origin_of_its_makers),
        cmocka_unit_test(debians_kernel_is_nobodys_product_but_its_drivers_have_makers),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
