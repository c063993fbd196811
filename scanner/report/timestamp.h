/* Time stamps (RFC 3161) over the bytes of a signature: the signature existed at that moment. Queries and answers are files: assay opens no connection. */
#ifndef ASSAY_REPORT_TIMESTAMP_H
#define ASSAY_REPORT_TIMESTAMP_H

#include "base/buffer.h"
#include "base/error.h"

#include <time.h>

/* Appends a DER query: SHA-256 of the signature, a random nonce, and the wish for the authority's certificate. */
status_t timestamp_query(span_t signature, buffer_t *query);

/* Appends the token of an authority's DER answer, when it was granted and is over this signature: STATUS_CRYPTO otherwise. Whether the authority is one to
 * be trusted is asked by timestamp_check. */
status_t timestamp_token(span_t answer, span_t signature, buffer_t *token);

/* Is the token one over this signature, of an authority that the PEM file of anchors trusts, whose certificate was valid and for time stamping at the moment
 * it names? *when is that moment; *expired: the certificate, or one above, is not valid any more today. */
status_t timestamp_check(span_t token, span_t signature, const char *ca_path, time_t *when, bool *expired);

#endif
