/* The samples that rules are tested on: text files, bytes in hexadecimal (.hex, '#' begins a comment), and builders (.sh) that write
 * a file, for what would look like a real secret to other scanners. */
#ifndef ASSAY_CLI_RULE_SAMPLES_H
#define ASSAY_CLI_RULE_SAMPLES_H

#include "analysis/rules.h"

#include <stdio.h>

/* Is it there, below the data directory? */
bool rule_sample_exists(const char *data, const char *sample);

/* What our rules find in the bytes, as they stand. `on_rule` may be NULL. */
typedef void rule_ear_t(void *context, const rule_info_t *info, const own_range_t *matches, size_t count);
void rule_hits(rules_t *rules, span_t bytes, rule_ear_t *on_rule, void *context);

/* Runs every rule of ours over its sample, which it must find; over that sample with what it matched blotted out, over the samples of all
 * other rules, and over the files of corpus/samples/rules/not, in which it must find nothing. A line on `out` for each failure.
 * False when it cannot be done, after a message. */
bool rule_samples_test(rules_t *rules, const char *data, FILE *out, size_t *failures);

#endif
