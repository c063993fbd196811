/* X.509 certificates and private keys, as PEM or DER, wherever they stand in a blob. */
#ifndef ASSAY_ANALYSIS_CERTIFICATES_H
#define ASSAY_ANALYSIS_CERTIFICATES_H

#include "analysis/origin.h"
#include "analysis/own_bytes.h"
#include "model/sink.h"

/* Texts to be searched with the rules: when one stands in a blob, certificates_examine looks closer. */
enum { CERTIFICATE_NEEDLES = 2 };
needle_t certificates_needle(size_t index);

/* Lets OpenSSL set up all that certificates_examine needs (configuration, providers). Before the first fork. */
void certificates_prepare(void);

/* Says markers for names in certificates, findings for private keys (secret) and weak certificates (crypto), and for a blob
 * that is one certificate its facts. Nothing that depends on today's date. */
void certificates_examine(const origin_t *origin, const own_bytes_t *own, arena_t *arena, sink_t *sink);

#endif
