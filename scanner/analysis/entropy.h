/* What bytes look like that no format explains: constant filling, and a class by their statistics. */
#ifndef ASSAY_ANALYSIS_ENTROPY_H
#define ASSAY_ANALYSIS_ENTROPY_H

#include "model/ledger.h"

/* Shannon entropy of the byte distribution, in thousandths of a bit per byte (0–8000). Integer arithmetic only, so that every
 * machine says the same. */
uint16_t entropy_of(span_t bytes);

/* The class of bytes of no known format. Short runs (below 64 bytes) are CLASS_TABLE unless they are text or sparse. */
region_class_t classify(span_t bytes, uint16_t entropy);

/* Which processor's code it looks like: "arm", "thumb", "arm64", "mips-be", "mips-le", "x86", "powerpc"; NULL when none. */
const char *guess_architecture(span_t bytes);

/* Length of the run of one filling byte (00 or FF) at the start; 0 when it begins with another byte. */
size_t filling_run(span_t bytes);

/* Completes a ledger: what nobody claimed becomes padding where it is 00 or FF throughout or in long runs, else unknown with
 * entropy and class. Settles it. */
status_t explain_rest(ledger_t *ledger, span_t blob);

#endif
