/* Who may log in: passwd, shadow and SSH key files, recognised by a strict grammar of their lines. */
#ifndef ASSAY_ANALYSIS_ACCOUNTS_H
#define ASSAY_ANALYSIS_ACCOUNTS_H

#include "analysis/passwords.h"
#include "model/sink.h"

/* Says findings for accounts without password, with one that everybody knows, with the rights of root, or with a weak hash, and for keys. */
void accounts_examine(const passwords_t *passwords, span_t blob, sink_t *sink);

#endif
