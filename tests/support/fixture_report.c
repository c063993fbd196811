#include "support/fixture_report.h"

#include "report/statement.h"

#include <stdlib.h>

enum { IMAGE_SIZE = 4096, ROOTFS_SIZE = 2048, SHELL_SIZE = 1000 };

#define ARRAY(report, field, type, ...)                                                        \
    do {                                                                                       \
        const type items_[]  = {__VA_ARGS__};                                                  \
        (report)->field##_count = sizeof items_ / sizeof *items_;                              \
        (report)->field##s      = arena_array((report)->arena, (report)->field##_count, sizeof *items_); \
        assert_non_null((report)->field##s);                                                   \
        memcpy((report)->field##s, items_, sizeof items_);                                     \
    } while (0)

static sha256_t digest_of(const char *text)
{
    sha256_t digest;
    assert_true(status_ok(sha256_of(span_from_text(text), &digest)));
    return digest;
}

static void *copy_of(report_t *report, const void *items, size_t size) { return (void *)(uintptr_t)arena_copy(report->arena, span_from(items, size)).at; }

static report_evidence_t *evidence_of(report_t *report, uint32_t artifact, uint64_t offset, const char *method, const char *text, uint8_t confidence, strength_t strength)
{
    report_evidence_t one = {.artifact = artifact, .offset = offset, .length = strlen(text), .method = method, .text = text, .confidence = confidence, .strength = strength};
    return copy_of(report, &one, sizeof one);
}

static void add_inputs(report_t *report)
{
    uint8_t image[IMAGE_SIZE];
    memset(image, 0xFF, sizeof image);
    report_input_t input = {.name = "router.img", .size = IMAGE_SIZE};
    assert_true(status_ok(sha256_of(span_from(image, sizeof image), &input.sha256)));
    assert_true(status_ok(sha512_of(span_from(image, sizeof image), &input.sha512)));
    report->inputs      = copy_of(report, &input, sizeof input);
    report->input_count = 1;
}

static void add_artifacts(report_t *report)
{
    static const report_fact_t trx[]   = {{"trx.version", "1"}};
    static const report_fact_t elf[]   = {{"elf.machine", "MIPS"}, {"elf.type", "executable"}};
    static const report_fact_t xattr[] = {{"security.capability", "0100000200200000000000000000000000000000"}, {"user.böse %0A", ""}};
    ARRAY(report, artifact, report_artifact_t,
        {.path = "router.img", .sha256 = report->inputs[0].sha256, .size = IMAGE_SIZE, .type = CHILD_FILE, .mime = "application/octet-stream",
         .description = "data", .format = "trx", .parent = NO_ARTIFACT, .facts = trx, .fact_count = 1},
        {.path = "router.img/rootfs", .sha256 = digest_of("rootfs"), .size = ROOTFS_SIZE, .type = CHILD_PAYLOAD, .format = "squashfs", .parent = 0,
         .has_at = true, .at_offset = 28, .at_length = ROOTFS_SIZE},
        {.path = "router.img/rootfs/bin", .sha256 = digest_of(""), .type = CHILD_DIRECTORY, .parent = 1, .has_mode = true, .mode = 0755, .has_owner = true},
        {.path = "router.img/rootfs/bin/busybox", .sha256 = digest_of("busybox"), .size = SHELL_SIZE, .type = CHILD_FILE,
         .mime = "application/x-executable", .description = "ELF 32-bit MSB executable, \"MIPS\", statically linked\\", .format = "elf", .has_mode = true,
         .has_owner = true, .has_mtime = true, .has_at = true, .damaged = true, .mode = 04755, .uid = 0, .gid = 1000, .mtime = 1700000000,
         .xattrs = xattr, .xattr_count = 2, .parent = 1, .at_offset = 96, .at_length = 700, .facts = elf, .fact_count = 2},
        {.path = "router.img/rootfs/bin/sh", .sha256 = digest_of(""), .type = CHILD_SYMLINK, .link = "busybox", .parent = 1, .has_mtime = true, .mtime = -5},
        {.path = "router.img/rootfs/dev/mtd0", .sha256 = digest_of(""), .type = CHILD_CHAR_DEVICE, .device_major = 90, .device_minor = 2, .parent = 1,
         .has_mode = true, .mode = 0640, .has_mtime = true, .mtime = INT64_MAX},
        {.path = "router.img/rootfs/%1B[31mevil%E2%80%AE", .raw_path = "1b5b33316d6576696ce280ae", .sha256 = digest_of(""), .type = CHILD_FILE, .parent = 1});
}

static int by_digest(const void *a, const void *b) { return memcmp(a, b, sizeof(sha256_t)); }

static void add_ledgers(report_t *report)
{
    static const region_t image[] = {
        {0, 28, REGION_STRUCTURE, "trx", NO_CHILD, CLASS_NONE, 0},
        {28, ROOTFS_SIZE, REGION_CONTENT, "trx", 1, CLASS_NONE, 0},
        {28 + ROOTFS_SIZE, 2000, REGION_PADDING, NULL, NO_CHILD, CLASS_NONE, 0},
        {28 + ROOTFS_SIZE + 2000, 20, REGION_UNKNOWN, NULL, NO_CHILD, CLASS_COMPRESSED_OR_ENCRYPTED, 7991},
    };
    static const region_t rootfs[] = {
        {0, 96, REGION_STRUCTURE, "squashfs", NO_CHILD, CLASS_NONE, 0},
        {96, 700, REGION_CONTENT, "squashfs", 3, CLASS_NONE, 0},
        {796, ROOTFS_SIZE - 796, REGION_STRUCTURE, "squashfs", NO_CHILD, CLASS_TABLE, 0},
    };
    static const region_t shell[] = {{0, SHELL_SIZE, REGION_STRUCTURE, "elf", NO_CHILD, CLASS_CODE, 0}};
    ARRAY(report, ledger, report_ledger_t,
        {.sha256 = report->artifacts[0].sha256, .size = IMAGE_SIZE, .regions = image, .count = 4},
        {.sha256 = report->artifacts[1].sha256, .size = ROOTFS_SIZE, .regions = rootfs, .count = 3},
        {.sha256 = report->artifacts[3].sha256, .size = SHELL_SIZE, .regions = shell, .count = 1});
    qsort(report->ledgers, report->ledger_count, sizeof *report->ledgers, by_digest);
    report->coverage = (report_coverage_t){.bytes = IMAGE_SIZE, .explained = IMAGE_SIZE - 20, .unknown = 20, .parts_per_million = 995117};
}

static void add_components(report_t *report)
{
    const char *licence   = "GPL-2.0-only";
    const char *licences[] = {"MIT", "Some vendor's own"};
    uint32_t    shell     = 3, rootfs = 1;
    report_relation_t relations[] = {{RELATION_DEPENDS_ON, 1, "pkg:generic/libfoo", ">= 1"}, {RELATION_GENERATED_FROM, NO_COMPONENT, "pkg:generic/source@2", NULL}};
    report_conflict_t conflict    = {"1.18", 40, "less confident"};
    ARRAY(report, component, report_component_t,
        {.name = "busybox", .version = "1.19.4", .upstream_version = "1.19.4", .scope = SCOPE_INSTALLED, .supplier = "busybox.net", .purl = "pkg:generic/busybox@1.19.4",
         .cpe = "cpe:2.3:a:busybox:busybox:1.19.4:*:*:*:*:*:*:*", .licences = copy_of(report, &licence, sizeof licence), .licence_count = 1,
         .evidence = evidence_of(report, 3, 512, "version-string", "BusyBox v1.19.4 (2012-04-21)", 95, STRENGTH_SUPPORTING), .evidence_count = 1,
         .artifacts = copy_of(report, &shell, sizeof shell), .artifact_count = 1,
         .relations = copy_of(report, relations, sizeof relations), .relation_count = 2,
         .conflicts = copy_of(report, &conflict, sizeof conflict), .conflict_count = 1, .files = copy_of(report, &shell, sizeof shell), .file_count = 1},
        {.name = "libfoo", .licences = copy_of(report, licences, sizeof licences), .licence_count = 2,
         .evidence = evidence_of(report, 1, 0, "dpkg-status", "Package: libfoo", 100, STRENGTH_SUPPORTING), .evidence_count = 1,
         .artifacts = copy_of(report, &rootfs, sizeof rootfs), .artifact_count = 1});
}

static void add_scanner(report_t *report)
{
    static report_fact_t   libraries[] = {{"libarchive", "3.6.2"}, {"libmagic", "5.44"}};
    static report_source_t sources[]   = {
        {"lists", "2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 3, NULL},
        {"rules", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 12, "bad.yar: line 3: no\nslow.yar: takes too long"},
        {"vendors", "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 20, NULL},
    };
    report->version       = "0.1.0";
    report->sandbox       = "full";
    report->mode          = "acceptance";
    report->limits        = limits_default();
    report->libraries     = libraries;
    report->library_count = 2;
    report->sources       = sources;
    report->source_count  = 3;
}

static void *grown(report_t *report, const void *items, size_t count, size_t size)
{
    uint8_t *larger = arena_array(report->arena, count + 1, size);
    assert_non_null(larger);
    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

void fixture_add_finding(report_t *report, const char *rule, finding_kind_t kind, severity_t severity, uint8_t confidence)
{
    report->findings                        = grown(report, report->findings, report->finding_count, sizeof *report->findings);
    report->findings[report->finding_count] = (report_finding_t){
        .id = arena_printf(report->arena, "f%016zx", report->finding_count + 0xABCDEF), .rule = rule, .title = "A title", .kind = kind, .severity = severity,
        .confidence = confidence, .artifact = 3,
        .evidence = evidence_of(report, 3, 64, "yara", "/bin/%00sh \"-i\"", confidence, STRENGTH_SUPPORTING), .evidence_count = 1,
    };
    report->finding_count++;
}

void fixture_add_origin(report_t *report, const char *vendor, const char *jurisdiction, strength_t strength, const char *list)
{
    static const report_law_t law         = {"Example Intelligence Law", "2017-06-28", "Art. 7", "support of intelligence work", "Example Gazette"};
    uint32_t shell                        = 3;
    report_listing_t listing              = {list, "Example list", "2018-08-13", "Example Register", LIST_IN_FORCE};
    report->origins                       = grown(report, report->origins, report->origin_count, sizeof *report->origins);
    report->origins[report->origin_count] = (report_origin_t){
        .vendor = vendor, .name = vendor, .jurisdiction = jurisdiction, .strength = strength, .lists = copy_of(report, &list, sizeof list), .list_count = list != NULL,
        .evidence = evidence_of(report, 3, 128, "string", "Example Technologies Co., Ltd.", 90, strength), .evidence_count = 1,
        .artifacts = copy_of(report, &shell, sizeof shell), .artifact_count = 1, .laws = copy_of(report, &law, sizeof law), .law_count = 1,
        .listed = copy_of(report, &listing, sizeof listing), .listed_count = list != NULL,
    };
    report->origin_count++;
}

static report_t *base_report(void)
{
    report_t *report = report_new();
    assert_non_null(report);
    add_inputs(report);
    add_artifacts(report);
    add_ledgers(report);
    add_components(report);
    add_scanner(report);
    return report;
}

report_t *fixture_report(void)
{
    static const char        *references[] = {"CWE-798", "https://example.org/advisory"};
    static const report_run_t run          = {.started = "2026-11-24T10:00:00Z", .finished = "2026-11-24T10:00:07Z", .host = "lab-1", .operator = "J. Exämple"};
    report_t *report = base_report();
    fixture_add_origin(report, "listed-maker", "CN", STRENGTH_DEFINITIVE, "ndaa-889");
    fixture_add_origin(report, "other-maker", "DE", STRENGTH_SUPPORTING, NULL);
    report->origins[0].group = "Listed Holdings";
    fixture_add_finding(report, "backdoor-telnet", FINDING_BACKDOOR, SEVERITY_CRITICAL, 90);
    fixture_add_finding(report, "data-crc", FINDING_DAMAGE, SEVERITY_MEDIUM, 100);
    fixture_add_finding(report, "limit-ratio", FINDING_LIMIT, SEVERITY_MEDIUM, 100);
    report->findings[0].references      = references;
    report->findings[0].reference_count = 2;
    report->findings[2].artifact        = NO_ARTIFACT;
    report->run                         = &run;
    return report;
}

report_t *fixture_clean_report(void)
{
    report_t *report = base_report();
    for (size_t i = 0; i < report->ledger_count; i++)
        if (report->ledgers[i].size == IMAGE_SIZE) {
            region_t *rows = copy_of(report, report->ledgers[i].regions, sizeof *rows * 4);
            rows[2].length += rows[3].length;
            report->ledgers[i].regions = rows;
            report->ledgers[i].count   = 3;
        }
    report->coverage = (report_coverage_t){.bytes = IMAGE_SIZE, .explained = IMAGE_SIZE, .unknown = 0, .parts_per_million = 1000000};
    fixture_add_origin(report, "other-maker", "DE", STRENGTH_STRONG, NULL);
    fixture_add_finding(report, "setuid-root", FINDING_ANOMALY, SEVERITY_INFO, 100);
    return report;
}

buffer_t fixture_statement(const report_t *report)
{
    buffer_t out    = {0};
    status_t status = statement_write(report, &out);
    if (!status_ok(status))
        fail_msg("the statement is refused: %s", status.what);
    return out;
}
