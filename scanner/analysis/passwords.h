/* Passwords that everybody knows: corpus/passwords/known.txt, tried against the hashes of account files. */
#ifndef ASSAY_ANALYSIS_PASSWORDS_H
#define ASSAY_ANALYSIS_PASSWORDS_H

#include "base/arena.h"
#include "model/report.h"

typedef struct passwords passwords_t;

/* Reads the list below `data` into `arena`. NULL and `*why` on failure. */
passwords_t *passwords_load(const char *data, arena_t *arena, report_source_t *source, const char **why);

typedef enum {
    PASSWORD_NOT_FOUND, /* none of the list */
    PASSWORD_FOUND,
    PASSWORD_NOT_TRIED  /* no hash that crypt(5) knows, or one that costs too much by the parameters it carries */
} password_result_t;

/* Tries the account's own name and the list against `hash` (crypt(5)), which may begin with the '!' of a locked account. `*work` is
 * what may still be spent (PASSWORD_WORK for one blob) and shrinks; a costly hash is tried with the first of the list only. `*found`
 * lives in the list or in `name`. */
enum { PASSWORD_WORK = 6000 /* of about a millisecond */ };
password_result_t passwords_try(const passwords_t *passwords, span_t name, span_t hash, uint32_t *work, span_t *found);

#endif
