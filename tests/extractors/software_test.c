/* Software as it is delivered: archives of programs and their parts. Oracles: ncompress for .Z, Python's marshal for pyc (the
 * sample is what Python itself wrote); for asar, which no program in Debian reads, a reader of the published layout in Python. */
#include "support/archive_oracle.h"
#include "support/filesystem.h"

#include <stdio.h>
#include <stdlib.h>

/* Opens whole: everything explained, to its last byte, with no damage but what is expected. */
static extraction_t opened_but(const char *format, const sample_t *sample, size_t damages)
{
    extraction_t e = extraction_of(format, sample_span(sample));
    if (!status_ok(e.status) || e.bits < BITS_AT_START || e.damage.count != damages || e.extent != sample->size || explained_ppm(&e) < 995000)
        fail_msg("%s: bits %u, extent %llu of %zu, %llu ppm explained, %s", sample->path, e.bits, (unsigned long long)e.extent, sample->size,
            (unsigned long long)explained_ppm(&e), e.damage.count > 0 ? e.damage.sayings[0].what : "no damage");
    return e;
}

static extraction_t opened(const char *format, const sample_t *sample) { return opened_but(format, sample, 0); }

static void assert_fact(const extraction_t *e, const char *key, const char *value)
{
    const char *got = extraction_fact(e, key);
    if (got == NULL || strcmp(got, value) != 0)
        fail_msg("%s is %s, not %s", key, got == NULL ? "not said" : got, value);
}

#define UNPACK_ASAR \
    "python3 - \"$1\" <<'PY'\n" \
    "import json, os, struct, sys\n" \
    "b = open(sys.argv[1], 'rb').read()\n" \
    "size, length = struct.unpack_from('<4xI4xI', b)\n" \
    "def put(path, node):\n" \
    "    if 'files' in node:\n" \
    "        if path: os.mkdir(path)\n" \
    "        for name, below in node['files'].items(): put(os.path.join(path, name), below)\n" \
    "    elif 'link' in node: os.symlink(node['link'], path)\n" \
    "    elif node.get('unpacked'): open(path, 'wb')\n" \
    "    else: open(path, 'wb').write(b[8 + size + int(node['offset']):][:node['size']])\n" \
    "put('', json.loads(b[16:16 + length]))\n" \
    "PY\n"

static void an_asar_yields_its_tree(void **state)
{
    (void)state;
    sample_t     sample = sample_build("asar", "");
    tree_t       tree   = tree_of_command(sample.path, UNPACK_ASAR);
    extraction_t e      = opened_but("asar", &sample, 1); /* that one file stands elsewhere */
    assert_same_tree(&e.tree, &tree, 0);
    assert_int_equal(tree_entry(&e.tree, "bin/tool")->mode, 0755);
    assert_true(said(&e.limits, ".unpacked"));
    assert_fact(&e, "asar.unpacked", "1");
    extraction_free(&e);
    tree_free(&tree);
    assert_cuts_are_told("asar", sample_span(&sample), sample.size);
    sample_free(&sample);
}

static void a_flipped_byte_of_an_asar_spoils_one_file_and_its_block_is_named(void **state)
{
    (void)state;
    sample_t     sample = sample_build("asar", "");
    extraction_t whole  = extraction_of("asar", sample_span(&sample));
    uint64_t     at     = tree_entry(&whole.tree, "main.js")->at_offset;
    assert_flip_spoils_at_most("asar", sample_span(&sample), at + 5000, 3, 1, false);
    sample.at[at + 5000] ^= 1;
    extraction_t e = extraction_of("asar", sample_span(&sample));
    assert_true(said(&e.damage, "SHA-256 of a block"));
    assert_int_equal(e.damage.sayings[0].offset, at + 4096);
    extraction_free(&e);
    extraction_free(&whole);
    sample_free(&sample);
}

static void an_asar_with_a_hole_in_its_index_still_opens(void **state)
{
    (void)state;
    sample_t     sample = sample_build("asar", "no-offset");
    extraction_t e      = extraction_of("asar", sample_span(&sample));
    assert_true(said(&e.damage, "does not say where"));
    assert_int_equal(tree_entry(&e.tree, "package.json")->size, 53);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("asar", "deep");
    e      = opened_but("asar", &sample, 1);
    assert_true(e.tree.count > 600);
    extraction_free(&e);
    sample_free(&sample);
}

static void compiled_python_is_known_by_its_version(void **state)
{
    (void)state;
    static const struct { const char *variant, *key, *value; } facts[] = {
        {"time", "pyc.source-time", "1700000000"}, {"time", "pyc.source", "/usr/lib/tool/tool.py"}, {"hash", "pyc.source", "/usr/lib/tool/tool.py"},
        {"2.7", "pyc.python", "2.7"}, {"2.7", "pyc.source-time", "1400000000"}, {"2.7", "pyc.source", "old.py"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        sample_t     sample = sample_build("pyc", facts[i].variant);
        extraction_t e      = opened("pyc", &sample);
        assert_fact(&e, facts[i].key, facts[i].value);
        if (strcmp(facts[i].variant, "2.7") != 0)
            run("python3 -c 'import sys; sys.exit(\"%%d.%%d\" %% sys.version_info[:2] != \"%s\")'", extraction_fact(&e, "pyc.python"));
        extraction_free(&e);
        e = extraction_of("pyc", span_from(sample.at, sample.size - 20));
        assert_int_equal(e.damage.count, 1);
        extraction_free(&e);
        sample_free(&sample);
    }
}

/* Python's own compiled library: whatever it is made of, each is known to its last byte. */
static void every_module_of_this_python_is_compiled_python(void **state)
{
    (void)state;
    char directory[1024], path[1100];
    scratch_make(directory);
    run("cd '%s' && for m in ast argparse typing decimal tarfile _pydecimal dataclasses; do python3 -c \"import py_compile, importlib.util as u, sys; "
        "py_compile.compile(u.find_spec(sys.argv[1]).origin, cfile=sys.argv[1], doraise=True)\" $m; done",
        directory);
    static const char *const modules[] = {"ast", "argparse", "typing", "decimal", "tarfile", "_pydecimal", "dataclasses"};
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, modules[i]);
        sample_t     sample = sample_read(path);
        extraction_t e      = opened("pyc", &sample);
        extraction_free(&e);
        sample_free(&sample);
    }
    scratch_remove(directory);
}

/* With codes of at most 9 bits, ncompress 5.0 writes what it cannot read itself. */
static void every_width_of_compress_decodes_as_ncompress_does(void **state)
{
    (void)state;
    static const char *const variants[] = {"10", "11", "12", "13", "14", "15", "16", "long", "random"};
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        sample_t     sample = sample_build("compress", variants[i]);
        tree_t       tree   = tree_of_command(sample.path, "compress -dc < \"$1\" > content");
        extraction_t e      = opened("compress", &sample);
        assert_int_equal(e.tree.count, 1);
        assert_true(e.bits >= BITS_ELSEWHERE);
        assert_true(sha256_equal(&e.tree.entries[0].sha256, &tree.entries[0].sha256));
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

static void bytes_that_only_begin_like_compress_are_not(void **state)
{
    (void)state;
    uint8_t bytes[4096] = {0x1F, 0x9D, 0x90};
    for (size_t i = 3; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(extractor_named("compress")->probe(span_from(bytes, sizeof bytes)), 0);
}

static const char *const packed[] = {"struct", "hello", "lib/data.txt", "raw.bin", "link.so", "PYZ-00.pyz"};

static void assert_package(const extraction_t *e)
{
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        assert_non_null(tree_entry(&e->tree, packed[i]));
    assert_int_equal(tree_entry(&e->tree, "raw.bin")->size, 768);
    assert_string_equal(tree_entry(&e->tree, "link.so")->link, "raw.bin");
    assert_fact(e, "pyinstaller.script", "hello");
    assert_fact(e, "pyinstaller.option", "pyi-contents-directory _internal");
    char text[4096] = "", *at = text;
    for (int i = 0; i < 300; i++)
        at += sprintf(at, "line %d\n", i);
    assert_int_equal(tree_entry(&e->tree, "lib/data.txt")->size, at - text);
    assert_memory_equal(tree_entry(&e->tree, "lib/data.txt")->content, text, (size_t)(at - text));
}

static void a_package_of_pyinstaller_yields_what_was_packed(void **state)
{
    (void)state;
    static const struct { const char *variant, *python; } packages[] = {{"new", "3.11"}, {"old", "2.7"}};
    for (size_t i = 0; i < 2; i++) {
        sample_t     sample = sample_build("pyinstaller", packages[i].variant);
        extraction_t e      = opened("pyinstaller", &sample);
        assert_package(&e);
        assert_fact(&e, "pyinstaller.python", packages[i].python);
        assert_flip_spoils_at_most("pyinstaller", sample_span(&sample), tree_entry(&e.tree, "lib/data.txt")->at_offset + 30, 4, 1, false);
        extraction_free(&e);
        sample_free(&sample);
    }
}

/* Python's own marshal says what should be there. */
static void the_modules_of_pyinstaller_are_unpacked(void **state)
{
    (void)state;
    sample_t     sample = sample_build("pyz", "");
    tree_t       tree   = tree_of_command(sample.path,
        "python3 - \"$1\" <<'PY'\n"
        "import marshal, os, struct, sys, zlib\n"
        "b = open(sys.argv[1], 'rb').read()\n"
        "for name, (kind, at, size) in marshal.loads(b[struct.unpack_from('>I', b, 8)[0]:]):\n"
        "    path = name.replace('.', '/') + ('/__init__' if kind == 1 else '') + ('.code' if kind < 2 else '')\n"
        "    os.makedirs(path if kind == 3 else os.path.dirname(path) or '.', exist_ok=True)\n"
        "    if kind != 3: open(path, 'wb').write(zlib.decompress(b[at:at + size]))\n"
        "PY\n");
    extraction_t e = opened("pyz", &sample);
    for (size_t i = 0; i < e.tree.count; i++)
        for (size_t j = 0; j < tree.count; j++)
            if (strcmp(e.tree.entries[i].path, tree.entries[j].path) == 0) {
                assert_true(sha256_equal(&e.tree.entries[i].sha256, &tree.entries[j].sha256));
                assert_int_equal(e.tree.entries[i].type, tree.entries[j].type);
                tree.entries[j].mode = UINT32_MAX; /* found */
            }
    for (size_t j = 0; j < tree.count; j++) /* directories that no entry names come to be by their files */
        if (tree.entries[j].mode != UINT32_MAX && tree.entries[j].type != CHILD_DIRECTORY)
            fail_msg("%s is missing", tree.entries[j].path);
    assert_int_equal(e.tree.count, 13);
    extraction_free(&e);
    tree_free(&tree);
    assert_cuts_are_told("pyz", sample_span(&sample), sample.size);
    sample_free(&sample);
}

/* Behind an executable (and before a signature), and in a section that is not loaded. */
static void a_package_in_an_executable_is_found(void **state)
{
    (void)state;
    static const struct { const char *variant, *child; } places[] = {{"behind-elf", "package"}, {"in-elf", "pydata"}};
    for (size_t i = 0; i < 2; i++) {
        sample_t       sample = sample_build("pyinstaller", places[i].variant);
        extraction_t   e      = extraction_of("elf", sample_span(&sample));
        const entry_t *child  = tree_entry(&e.tree, places[i].child);
        if (child == NULL)
            fail_msg("%s: no %s", places[i].variant, places[i].child);
        extraction_t package = extraction_of("pyinstaller", span_from(child->content, child->size));
        assert_package(&package);
        extraction_free(&package);
        extraction_free(&e);
        sample_free(&sample);
    }
}

/* dmg2img reads back what it knows, as proof that the builder's images are what others take for UDIF; the disk itself is known. */
static void every_dmg_yields_the_disk_it_was_made_from(void **state)
{
    (void)state;
    static const struct { const char *variant; bool read_back; } images_of[] = {{"zlib", true}, {"bzip2", true}, {"adc", true}, {"raw", true}, {"xz", false}};
    sample_t disk = sample_build("dmg", "disk");
    for (size_t i = 0; i < sizeof images_of / sizeof images_of[0]; i++) {
        sample_t sample = sample_build("dmg", images_of[i].variant);
        if (images_of[i].read_back)
            run("dmg2img -s '%s' '%s.back' && cmp '%s.back' '%s'", sample.path, sample.path, sample.path, disk.path);
        extraction_t   e  = opened("dmg", &sample);
        const entry_t *of = tree_entry(&e.tree, "disk");
        assert_true(of != NULL && of->size == disk.size && memcmp(of->content, disk.at, disk.size) == 0);
        assert_fact(&e, "dmg.partition", "Driver Descriptor Map (DDM : 0)");
        extraction_free(&e);
        sample.at[3000] ^= 0x10;
        e = extraction_of("dmg", sample_span(&sample));
        assert_true(said(&e.damage, "CRC-32 of the data fork"));
        assert_true(said(&e.damage, "CRC-32 of a partition") || said(&e.damage, "does not decode"));
        extraction_free(&e);
        sample_free(&sample);
    }
    sample_free(&disk);
}

static void what_a_dmg_does_not_give_is_named(void **state)
{
    (void)state;
    sample_t     sample = sample_build("dmg", "lzfse");
    extraction_t e      = extraction_of("dmg", sample_span(&sample));
    assert_true(said(&e.damage, "LZFSE"));
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("dmg", "encrypted");
    e      = extraction_of("dmg", sample_span(&sample));
    assert_true(said(&e.limits, "encrypted"));
    assert_int_equal(explained_ppm(&e), 1000000);
    assert_int_equal(tree_entry(&e.tree, "encrypted")->size, 12288);
    extraction_free(&e);
    sample_free(&sample);
}

/* Windows has no modes; wimapply gives back what wimcapture saw: names, links, times, contents. */
static void every_codec_of_wim_yields_what_wimapply_does(void **state)
{
    (void)state;
    static const char *const variants[] = {"xpress", "lzx", "none", "two-images"};
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        sample_t     sample = sample_build("wim", variants[i]);
        tree_t       tree   = tree_of_command(sample.path, "mkdir image1 && wimapply \"$1\" 1 image1 > /dev/null && if wimapply \"$1\" 2 image2 > /dev/null 2>&1; then :; fi; "
                                                           "wiminfo \"$1\" --extract-xml=wim.xml > /dev/null");
        extraction_t e      = opened("wim", &sample);
        assert_same_tree(&e.tree, &tree, 0);
        assert_int_equal(tree_entry(&e.tree, "image1/readme.txt")->mtime, 1700000000);
        extraction_free(&e);
        tree_free(&tree);
        assert_cuts_are_told("wim", sample_span(&sample), sample.size);
        sample_free(&sample);
    }
}

static void a_flipped_byte_of_a_wim_spoils_one_content(void **state)
{
    (void)state;
    sample_t     sample = sample_build("wim", "");
    extraction_t e      = extraction_of("wim", sample_span(&sample));
    assert_flip_spoils_at_most("wim", sample_span(&sample), tree_entry(&e.tree, "image1/lines.txt")->at_offset + 300, 4, 1, false);
    extraction_free(&e);
    sample_free(&sample);
    sample = sample_build("wim", "solid");
    e      = extraction_of("wim", sample_span(&sample));
    assert_true(said(&e.damage, "LZMS") || said(&e.damage, "metadata"));
    extraction_free(&e);
    sample_free(&sample);
}

/* partclone.restore gives back the file system; blocks that are not used it leaves as they are, here zeros. */
static void partclone_gives_what_partclone_restores(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        char variant[2] = {(char)('0' + version), 0};
        sample_t       sample = sample_build("partclone", variant);
        tree_t         tree   = tree_of_command(sample.path, "truncate -s 131072 disk && partclone.restore -C -q -L ../partclone.log -s \"$1\" -O disk > /dev/null 2>&1; true");
        extraction_t   e      = opened("partclone", &sample);
        const entry_t *disk   = tree_entry(&e.tree, "disk");
        assert_int_equal(disk->size, 131072);
        assert_true(version == 1 || sha256_equal(&disk->sha256, &tree_entry(&tree, "disk")->sha256));
        extraction_t ext = extraction_of("ext4", span_from(disk->content, disk->size));
        assert_true(status_ok(ext.status) && ext.damage.count == 0 && tree_entry(&ext.tree, "file") != NULL);
        extraction_free(&ext);
        assert_cuts_are_told("partclone", sample_span(&sample), sample.size);
        if (version == 2) {
            assert_flip_spoils_at_most("partclone", sample_span(&sample), 9000, 3, 1, false);
            sample.at[9000] ^= 1;
            extraction_t flipped = extraction_of("partclone", sample_span(&sample));
            assert_true(said(&flipped.damage, "CRC-32 of these blocks"));
            extraction_free(&flipped);
        }
        extraction_free(&e);
        tree_free(&tree);
        sample_free(&sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_asar_yields_its_tree),
        cmocka_unit_test(a_flipped_byte_of_an_asar_spoils_one_file_and_its_block_is_named),
        cmocka_unit_test(an_asar_with_a_hole_in_its_index_still_opens),
        cmocka_unit_test(compiled_python_is_known_by_its_version),
        cmocka_unit_test(every_module_of_this_python_is_compiled_python),
        cmocka_unit_test(every_width_of_compress_decodes_as_ncompress_does),
        cmocka_unit_test(bytes_that_only_begin_like_compress_are_not),
        cmocka_unit_test(a_package_of_pyinstaller_yields_what_was_packed),
        cmocka_unit_test(the_modules_of_pyinstaller_are_unpacked),
        cmocka_unit_test(a_package_in_an_executable_is_found),
        cmocka_unit_test(every_dmg_yields_the_disk_it_was_made_from),
        cmocka_unit_test(what_a_dmg_does_not_give_is_named),
        cmocka_unit_test(every_codec_of_wim_yields_what_wimapply_does),
        cmocka_unit_test(a_flipped_byte_of_a_wim_spoils_one_content),
        cmocka_unit_test(partclone_gives_what_partclone_restores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
