#include "support/filesystem.h"

#include "analysis/entropy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void tree_directory(const char *kind, char *path)
{
    const char *samples = getenv("ASSAY_SAMPLES"), *source = getenv("ASSAY_SOURCE");
    if (samples == NULL || source == NULL)
        fail_msg("ASSAY_SAMPLES or ASSAY_SOURCE is not set: run the tests through ctest");
    (void)snprintf(path, 1024, "%s/tree-%s", samples, kind);
    /* Tests that run beside each other want the same trees: one builds, the others wait. */
    run("exec 9> '%s.lock' && flock 9 && mkdir -p '%s' && { [ '%s' -nt '%s/corpus/samples/tree.sh' ] || { rm -rf '%s.%d' && sh '%s/corpus/samples/tree.sh' '%s.%d' %s && rm -rf '%s' && touch '%s.%d/..' && "
        "{ mv -T '%s.%d' '%s' || [ -d '%s' ]; } && touch '%s'; }; }", path, samples, path, source, path, (int)getpid(), source, path, (int)getpid(), kind, path, path, (int)getpid(),
        path, (int)getpid(), path, path, path);
}

bool tree_of_mounted(const char *image, const char *type, tree_t *tree)
{
    char directory[1024], kind[64], options[256] = "";
    const char *comma = strchr(type, ',');
    (void)snprintf(kind, sizeof kind, "%.*s", comma != NULL ? (int)(comma - type) : (int)strlen(type), type);
    if (comma != NULL)
        (void)snprintf(options, sizeof options, "%s", comma);
    scratch_make(directory);
    bool mounted = geteuid() == 0 && run_status("mount -t %s -o loop,ro%s '%s' '%s' 2> '%s.log'", kind, options, image, directory, directory) == 0;
    if (mounted) {
        *tree = tree_of_directory(directory);
        run("umount '%s'", directory);
    } else {
        print_message("this machine cannot mount a %s: %s\n", kind, geteuid() == 0 ? "the kernel or the sandbox says no" : "only root can");
    }
    run("rm -rf '%s' '%s.log'", directory, directory);
    return mounted;
}

tree_t tree_of_command(const char *image, const char *command)
{
    char directory[1024];
    scratch_make(directory);
    char script[1100];
    (void)snprintf(script, sizeof script, "%s.sh", directory);
    write_file(script, span_from_text(command));
    run("cd '%s' && sh '%s' '%s'", directory, script, image);
    tree_t tree = tree_of_directory(directory);
    run("rm -rf '%s' '%s'", directory, script);
    return tree;
}

/* The ledger as a scan leaves it: constant filling is padding. */
static uint64_t explained_of(extraction_t *e, span_t image)
{
    ledger_t ledger = e->ledger;
    e->ledger       = (ledger_t){0};
    assert_true(status_ok(explain_rest(&ledger, image)));
    uint64_t known = 0;
    for (size_t i = 0; i < ledger.count; i++)
        if (ledger.regions[i].kind != REGION_UNKNOWN)
            known += ledger.regions[i].length;
        else
            print_message("unknown: %llu bytes at %llu\n", (unsigned long long)ledger.regions[i].length, (unsigned long long)ledger.regions[i].offset);
    const char *why;
    if (!ledger_valid(ledger.regions, ledger.count, image.size, &why))
        fail_msg("the ledger: %s", why);
    ledger_free(&ledger);
    return image.size == 0 ? 1000000 : known * 1000000 / image.size;
}

uint64_t explained_with_padding_ppm(const char *format, span_t image)
{
    extraction_t e   = extraction_of(format, image);
    uint64_t     ppm = explained_of(&e, image);
    extraction_free(&e);
    return ppm;
}

void assert_opens_to(const char *format, span_t image, const tree_t *expected, unsigned compare, uint64_t ppm)
{
    extraction_t e = extraction_of(format, image);
    if (e.bits < BITS_AT_START || !status_ok(e.status))
        fail_msg("%s: does not open (%u bits): %s", format, e.bits, e.status.what != NULL ? e.status.what : "not recognised");
    if (e.damage.count > 0 || e.limits.count > 0)
        fail_msg("%s: %s", format, e.damage.count > 0 ? e.damage.sayings[0].what : e.limits.sayings[0].what);
    assert_same_tree(&e.tree, expected, compare);
    uint64_t explained = explained_of(&e, image);
    if (explained < ppm)
        fail_msg("%s: %llu ppm explained, expected %llu", format, (unsigned long long)explained, (unsigned long long)ppm);
    extraction_free(&e);
}

void assert_cuts_are_told(const char *format, span_t image, uint64_t size)
{
    static const unsigned percent[] = {20, 50, 80, 99};
    extraction_t          whole     = extraction_of(format, image);
    assert_true(status_ok(whole.status));
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        uint64_t     cut    = size * percent[i] / 100;
        uint8_t     *copy   = malloc((size_t)cut + 1);
        size_t       intact = 0, missing = 0;
        assert_non_null(copy);
        memcpy(copy, image.at, (size_t)cut);
        extraction_t e = extraction_of(format, span_from(copy, (size_t)cut));
        if (!status_ok(e.status))
            fail_msg("%s cut at %u percent does not open", format, percent[i]);
        for (size_t n = 0; n < whole.tree.count; n++) {
            const entry_t *was = &whole.tree.entries[n], *is = tree_entry(&e.tree, was->path);
            if (is == NULL) {
                missing++;
                continue;
            }
            bool same = sha256_equal(&was->sha256, &is->sha256);
            if (!same && !is->damaged)
                fail_msg("%s cut at %u percent: %s differs, and nothing says so", format, percent[i], was->path);
            if (!same && was->at_length > 0 && was->at_offset + was->at_length <= cut && is->at_length == was->at_length)
                fail_msg("%s cut at %u percent: %s lies before the cut and is not whole", format, percent[i], was->path);
            intact += same;
        }
        if ((missing > 0 || intact < whole.tree.count) && e.damage.count == 0)
            fail_msg("%s cut at %u percent: %zu entries are missing without any damage", format, percent[i], missing);
        print_message("%s cut at %u percent: %zu of %zu whole, %zu missing, %zu damages told\n", format, percent[i], intact, whole.tree.count, missing, e.damage.count);
        extraction_free(&e);
        free(copy);
    }
    extraction_free(&whole);
}

void assert_flip_spoils_at_most(const char *format, span_t image, uint64_t offset, uint64_t length, size_t spoiled, bool silent)
{
    extraction_t whole = extraction_of(format, image);
    uint8_t     *copy  = malloc(image.size);
    size_t       other = 0;
    assert_non_null(copy);
    memcpy(copy, image.at, image.size);
    for (uint64_t i = 0; i < length; i++)
        copy[offset + i] ^= 0x55;
    extraction_t e = extraction_of(format, span_from(copy, image.size));
    assert_true(status_ok(e.status));
    for (size_t n = 0; n < whole.tree.count; n++) {
        const entry_t *was = &whole.tree.entries[n], *is = tree_entry(&e.tree, was->path);
        bool           same = is != NULL && sha256_equal(&was->sha256, &is->sha256);
        if (!same && !silent && (is != NULL ? !is->damaged : e.damage.count == 0))
            fail_msg("%s: %s differs, and nothing says so", format, was->path);
        other += !same;
    }
    if (!silent)
        assert_true(e.damage.count > 0);
    if (other > spoiled)
        fail_msg("%s: %zu entries are spoiled, expected at most %zu", format, other, spoiled);
    extraction_free(&e);
    extraction_free(&whole);
    free(copy);
}
