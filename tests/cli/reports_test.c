/* The commands on finished reports, as a user calls them. */
#include "report/dsse.h"
#include "report/keys.h"
#include "report/statement.h"
#include "support/fixture_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct { char directory[1024]; } place_t;

/* Runs in the place, with the program as $A; its output goes to out and err there. */
static int sh(const place_t *place, const char *command)
{
    return run_status("cd '%s' && A=\"$ASSAY_BINARY\" && export ASSAY_DATA=\"$ASSAY_SOURCE\" && { %s ; } > out 2> err", place->directory, command);
}

static void assert_sh(const place_t *place, int wanted, const char *command, const char *said)
{
    int status = sh(place, command);
    if (status != wanted)
        fail_msg("%s exits with %d: %d was wanted; see below\n", command, status, wanted);
    if (said != NULL && run_status("cd '%s' && cat out err | grep -qF -- '%s'", place->directory, said) != 0) {
        (void)run_status("cd '%s' && cat out err >&2", place->directory);
        fail_msg("%s does not say: %s", command, said);
    }
}

static void put(const place_t *place, const char *name, span_t bytes)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", place->directory, name);
    write_file(path, bytes);
}

/* A key k, the image that the fixture speaks of, its report signed with k, unsigned, and bare. */
static void fill(const place_t *place)
{
    char            path[1200];
    uint8_t         image[4096];
    EVP_PKEY       *key;
    bool            encrypted;
    report_t       *report   = fixture_clean_report();
    dsse_envelope_t envelope = {.payload_type = strdup(STATEMENT_PAYLOAD_TYPE)};
    buffer_t        json     = {0};
    memset(image, 0xFF, sizeof image);
    put(place, "router.img", span_from(image, sizeof image));
    image[7] = 0;
    put(place, "other.img", span_from(image, sizeof image));
    assert_sh(place, 0, "\"$A\" keygen k && \"$A\" keygen -o stranger", NULL);
    (void)snprintf(path, sizeof path, "%s/k", place->directory);
    assert_true(status_ok(key_load_private(path, NULL, &key, &encrypted)));
    assert_true(status_ok(statement_write(report, &envelope.payload)));
    put(place, "bare.json", buffer_span(&envelope.payload));
    assert_true(status_ok(dsse_write(&envelope, &json)));
    put(place, "unsigned.json", buffer_span(&json));
    json.size = 0;
    assert_true(status_ok(dsse_add_signature(&envelope, key)));
    assert_true(status_ok(dsse_write(&envelope, &json)));
    put(place, "r.json", buffer_span(&json));
    buffer_free(&json);
    dsse_free(&envelope);
    EVP_PKEY_free(key);
    report_free(report);
}

static int make_place(void **state)
{
    static place_t place;
    if (getenv("ASSAY_BINARY") == NULL || access(getenv("ASSAY_BINARY"), X_OK) != 0) {
        print_error("the program itself is not built: build the target assay\n");
        return -1;
    }
    scratch_make(place.directory);
    fill(&place);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    scratch_remove(((place_t *)*state)->directory);
    return 0;
}

static void verify_says_yes_to_what_was_signed(void **state)
{
    assert_sh(*state, 0, "\"$A\" verify r.json --key k.pub", "verified: 1 signature, 0 of 1 input compared");
    assert_sh(*state, 0, "\"$A\" verify r.json -k k.pub -i router.img", "1 of 1 input compared, verdict inconclusive without a policy");
    assert_sh(*state, 0, "\"$A\" verify - -k k.pub < r.json", "verified");
    assert_sh(*state, 0, "\"$A\" verify r.json -k k.pub -k stranger.pub --threshold 1", "verified");
}

static void verify_says_no_to_everything_else(void **state)
{
    assert_sh(*state, 12, "\"$A\" verify r.json -k stranger.pub", "unknown key");
    assert_sh(*state, 23, "\"$A\" verify r.json -k k.pub -k stranger.pub", "NOT verified: 1 of the 2 keys trusted");
    assert_sh(*state, 2, "\"$A\" verify r.json -k k.pub -k k.pub --threshold 2", "more keys than are given");
    assert_sh(*state, 16, "\"$A\" verify r.json -k k.pub -i other.img", "does not speak of this file");
    assert_sh(*state, 10, "\"$A\" verify unsigned.json -k k.pub", "not signed");
    assert_sh(*state, 10, "\"$A\" verify bare.json -k k.pub", "not signed");
    assert_sh(*state, 2, "\"$A\" verify r.json", "--key or --ca is missing");
    assert_sh(*state, 2, "\"$A\" verify r.json -k k", "this is a private key");
    assert_sh(*state, 2, "\"$A\" verify r.json -k nowhere", "nowhere: ");
    assert_sh(*state, 2, "\"$A\" verify nowhere -k k.pub", "nowhere: ");
    assert_sh(*state, 2, "\"$A\" verify router.img -k k.pub", "router.img: dsse: not UTF-8");
    assert_sh(*state, 2, "\"$A\" verify r.json -k k.pub -i nowhere", "nowhere: ");
    assert_sh(*state, 2, "head -c 100 r.json > cut && \"$A\" verify cut -k k.pub", "cut: dsse");
    assert_sh(*state, 11, "sed \"s/\\(payload\\\":\\\"[A-Za-z0-9]*\\)A/\\1B/\" r.json > forged && ! cmp -s r.json forged && \"$A\" verify forged -k k.pub", "NOT verified");
}

/* What is signed is the whole statement: but a good signature over something that is no report of ours is not enough. */
static void verify_looks_at_what_was_signed(void **state)
{
    const place_t *place = *state;
    static const char sign[] =
        "import json,base64,subprocess,sys; p=sys.argv[1].encode(); t=b\"application/vnd.in-toto+json\"; "
        "open(\"pae\",\"wb\").write(b\"DSSEv1 %d %s %d %s\" % (len(t),t,len(p),p)); "
        "subprocess.check_call([\"openssl\",\"pkeyutl\",\"-sign\",\"-inkey\",\"k\",\"-rawin\",\"-in\",\"pae\",\"-out\",\"sig\"]); "
        "json.dump({\"payload\":base64.b64encode(p).decode(),\"payloadType\":t.decode(),\"signatures\":[{\"keyid\":\"\",\"sig\":base64.b64encode(open(\"sig\",\"rb\").read()).decode()}]},open(\"o.json\",\"w\"))";
    char command[2048];
    (void)snprintf(command, sizeof command, "python3 -c '%s' \"$(cat bare.json)\" && \"$A\" verify o.json -k k.pub", sign);
    assert_sh(place, 0, command, "verified");
    (void)snprintf(command, sizeof command, "python3 -c '%s' '{\"a\":1}' && \"$A\" verify o.json -k k.pub", sign);
    assert_sh(place, 2, command, "is not an in-toto Statement v1");
    (void)snprintf(command, sizeof command, "python3 -c '%s' \"$(cat bare.json) \" && \"$A\" verify o.json -k k.pub", sign);
    assert_sh(place, 2, command, "bytes behind the end of the JSON");
}

static void show_and_export_read_all_three_forms(void **state)
{
    static const char *const forms[] = {"r.json", "unsigned.json", "bare.json"};
    char command[256];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(command, sizeof command, "\"$A\" show %s", forms[i]);
        assert_sh(*state, 0, command, "Verdict     inconclusive");
        (void)snprintf(command, sizeof command, "\"$A\" show %s tree", forms[i]);
        assert_sh(*state, 0, command, "bin/sh -> busybox");
        (void)snprintf(command, sizeof command, "\"$A\" export %s -f statement > s && cmp s bare.json", forms[i]);
        assert_sh(*state, 0, command, NULL);
    }
    assert_sh(*state, 0, "\"$A\" export r.json --format cyclonedx -o b.json && python3 -m json.tool b.json", "\"specVersion\": \"1.6\"");
    assert_sh(*state, 0, "\"$A\" export r.json --format spdx -o s.json && python3 -m json.tool s.json", "\"spdxVersion\": \"SPDX-2.3\"");
    assert_sh(*state, 0, "\"$A\" export --help", "spdx         components as SPDX 2.3 JSON");
    assert_sh(*state, 1, "\"$A\" show r.json components --check ntia", "missing\ttime of the bill\t0 of 1\tscan with --run-facts");
    assert_sh(*state, 1, "\"$A\" show r.json components --check bsi", "ok\tname\t2 of 2");
    assert_sh(*state, 2, "\"$A\" show r.json components --check tarot", "--check is ntia or bsi");
    assert_sh(*state, 2, "\"$A\" show r.json tree --check bsi", "--check looks at components");
    assert_sh(*state, 0, "\"$A\" show r.json --color=always | grep -q \"$(printf '\\033')\"", NULL);
    assert_sh(*state, 1, "\"$A\" show r.json | grep -q \"$(printf '\\033')\"", NULL);
    assert_sh(*state, 2, "\"$A\" show r.json everything", "no part");
    assert_sh(*state, 2, "\"$A\" export r.json -f tarot", "no format");
    assert_sh(*state, 2, "\"$A\" show r.json > /dev/full", "No space left");
}

static void policies_judge_finished_reports(void **state)
{
    const place_t *place = *state;
    assert_sh(place, 0, "\"$A\" policy check r.json --policy default --key k.pub", "accept by policy default");
    assert_sh(place, 0, "\"$A\" policy check r.json --policy ndaa-889", "the signature was not checked");
    assert_sh(place, 2, "\"$A\" policy check r.json --policy default --key stranger.pub", "NOT verified");
    assert_sh(place, 0, "\"$A\" policy explain r.json -p ndaa-889 -k k.pub", "listed-maker: origin.list: satisfied by none of 1");
    put(place, "p.yaml", span_from_text("assay-policy: 1\nid: p\nlimits: {min-explained-ppm: 0, max-unknown-run: 0, max-unknown-high-entropy: 0}\nrules:\n"
                                        "  - {id: R1, match: {component: {name: busybox}}, effect: reject, reason: No busybox.}\n"
                                        "  - {id: R2, match: {component: {name: libfoo}}, effect: conditional, reason: Less foo.}\n"));
    assert_sh(place, 1, "\"$A\" policy explain r.json -p p.yaml", "It would be conditional without R1.");
    assert_sh(place, 0, "\"$A\" policy lint p.yaml default ndaa-889", "p.yaml: p, 2 rules");
    assert_sh(place, 4, "sed -i /R1/d p.yaml && \"$A\" policy check r.json -p p.yaml", "conditional by policy p");
    assert_sh(place, 2, "sed s/effect/efect/ p.yaml > q.yaml && \"$A\" policy lint q.yaml", "q.yaml:5:");
    put(place, "n.yaml", span_from_text("assay-policy: 1\nid: n\nlimits: {min-explained-ppm: 0, max-unknown-run: 0, max-unknown-high-entropy: 0}\nrules:\n"
                                        "  - {id: R1, match: {origin: {list: ndaa-998}}, effect: reject, reason: r}\n"));
    assert_sh(place, 2, "\"$A\" policy check r.json -p n.yaml", "the knowledge base has no list \"ndaa-998\"");
}

static void keygen_makes_keys_that_openssl_reads(void **state)
{
    const place_t *place = *state;
    assert_sh(place, 0, "test $(stat -c %a k) = 600 && test \"$(openssl pkey -in k -pubout)\" = \"$(cat k.pub)\"", NULL);
    assert_sh(place, 2, "\"$A\" keygen -o k", "k.pub exists and is not overwritten");
    assert_sh(place, 2, "\"$A\" keygen -o x y", "keygen makes one key");
    assert_sh(place, 2, "rm k.pub && \"$A\" keygen -o k", "File exists");
    assert_sh(place, 2, "\"$A\" keygen", "where should the key go?");
    assert_sh(place, 0, "echo secret words > pw && \"$A\" keygen -o e --passphrase-file pw && openssl pkey -in e -passin file:pw -noout && grep -q ENCRYPTED e", NULL);
    assert_sh(place, 0, "\"$A\" keygen -o f --passphrase-fd 3 3< pw && openssl pkey -in f -passin file:pw -noout", NULL);
    assert_sh(place, 0, "test \"$(\"$A\" keygen -o g 2> /dev/null)\" = \"$(openssl pkey -pubin -in g.pub -outform DER | sha256sum | cut -d\" \" -f1)\"", NULL);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(verify_says_yes_to_what_was_signed),
        IN_PLACE(verify_says_no_to_everything_else),
        IN_PLACE(verify_looks_at_what_was_signed),
        IN_PLACE(show_and_export_read_all_three_forms),
        IN_PLACE(policies_judge_finished_reports),
        IN_PLACE(keygen_makes_keys_that_openssl_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
