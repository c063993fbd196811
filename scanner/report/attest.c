/* Sources: slsa.dev, spec v1.0, "Verification Summary Attestation"; in-toto/attestation, spec/predicates/scai.md. */
#include "report/attest.h"

#include "base/json.h"
#include "report/statement.h"

#define VERIFIER "https://assay.dev/verifier"

static void write_digest(json_writer_t *w, const report_input_t *input)
{
    char sha256[SHA256_HEX], sha512[SHA512_HEX];
    hex_encode(input->sha256.bytes, SHA256_SIZE, sha256);
    hex_encode(input->sha512.bytes, SHA512_SIZE, sha512);
    json_begin_object(w);
    json_member_text(w, "sha256", sha256);
    json_member_text(w, "sha512", sha512);
    json_end_object(w);
}

static void begin(json_writer_t *w)
{
    json_begin_object(w);
    json_member_text(w, "_type", STATEMENT_TYPE);
    json_key(w, "predicate");
    json_begin_object(w);
}

static status_t finish(json_writer_t *w, const report_t *report, const char *type, buffer_t *out)
{
    json_end_object(w);
    json_member_text(w, "predicateType", type);
    json_key(w, "subject");
    json_begin_array(w);
    for (size_t i = 0; i < report->input_count; i++) {
        json_begin_object(w);
        json_key(w, "digest");
        write_digest(w, &report->inputs[i]);
        json_member_text(w, "name", report->inputs[i].name);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    *out = w->out;
    return json_finish(w);
}

status_t attest_vsa(const report_t *report, const char *time, buffer_t *out)
{
    static const char *const levels[] = {"ASSAY_ACCEPT", "ASSAY_CONDITIONAL", "ASSAY_INCONCLUSIVE", "ASSAY_REJECT"};
    const report_verdict_t *verdict = &report->verdict;
    json_writer_t           w       = {.out = *out};
    if (verdict->policy == NULL || report->input_count == 0)
        return status_fail(STATUS_INVALID, "vsa", 0, "a verification summary names a policy, and this report was not judged by one");
    begin(&w);
    json_key(&w, "policy");
    json_begin_object(&w);
    json_key(&w, "digest");
    json_begin_object(&w);
    json_member_text(&w, "sha256", verdict->policy_digest);
    json_end_object(&w);
    json_member_text(&w, "uri", verdict->policy);
    json_end_object(&w);
    json_member_text(&w, "resourceUri", report->inputs[0].name);
    json_member_text(&w, "slsaVersion", "1.0");
    json_member_text(&w, "timeVerified", time);
    json_member_text(&w, "verificationResult", verdict->result == VERDICT_ACCEPT ? "PASSED" : "FAILED");
    json_key(&w, "verifiedLevels");
    json_begin_array(&w);
    json_put_text(&w, levels[verdict->result]);
    json_end_array(&w);
    json_key(&w, "verifier");
    json_begin_object(&w);
    json_member_text(&w, "id", VERIFIER);
    json_key(&w, "version");
    json_begin_object(&w);
    json_member_text(&w, "assay", report->version);
    json_end_object(&w);
    json_end_object(&w);
    return finish(&w, report, "https://slsa.dev/verification_summary/v1", out);
}

static void write_origin(json_writer_t *w, const report_t *report, const report_origin_t *origin)
{
    json_begin_object(w);
    json_member_text(w, "attribute", "ORIGIN_IDENTIFIED");
    json_key(w, "conditions");
    json_begin_object(w);
    json_member_text_if(w, "group", origin->group);
    json_member_text_if(w, "jurisdiction", origin->jurisdiction);
    json_key(w, "lists");
    json_begin_array(w);
    for (size_t i = 0; i < origin->list_count; i++)
        json_put_text(w, origin->lists[i]);
    json_end_array(w);
    json_member_text(w, "strength", strength_name(origin->strength));
    json_member_text(w, "vendor", origin->vendor);
    json_end_object(w);
    if (origin->evidence_count > 0 && origin->evidence[0].artifact < report->artifact_count) {
        const report_artifact_t *artifact = &report->artifacts[origin->evidence[0].artifact];
        char                     sha256[SHA256_HEX];
        hex_encode(artifact->sha256.bytes, SHA256_SIZE, sha256);
        json_key(w, "target");
        json_begin_object(w);
        json_key(w, "digest");
        json_begin_object(w);
        json_member_text(w, "sha256", sha256);
        json_end_object(w);
        json_member_text(w, "name", artifact->path);
        json_end_object(w);
    }
    json_end_object(w);
}

status_t attest_scai(const report_t *report, buffer_t *out)
{
    json_writer_t w = {.out = *out};
    begin(&w);
    json_key(&w, "attributes");
    json_begin_array(&w);
    for (size_t i = 0; i < report->origin_count; i++)
        write_origin(&w, report, &report->origins[i]);
    json_begin_object(&w);
    json_member_text(&w, "attribute", "FIRMWARE_EXAMINED");
    json_key(&w, "conditions");
    json_begin_object(&w);
    json_member_integer(&w, "explainedPartsPerMillion", report->coverage.parts_per_million);
    json_member_text_if(&w, "policy", report->verdict.policy);
    json_member_text(&w, "verdict", verdict_name(report->verdict.result));
    json_end_object(&w);
    json_end_object(&w);
    json_end_array(&w);
    json_key(&w, "producer");
    json_begin_object(&w);
    json_member_text(&w, "uri", VERIFIER);
    json_end_object(&w);
    return finish(&w, report, "https://in-toto.io/attestation/scai/attribute-report/v0.2", out);
}
