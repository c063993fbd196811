/* What is shown to whom: profiles, which are data (corpus/sharing/), and single paths. */
#ifndef ASSAY_REPORT_SHARING_H
#define ASSAY_REPORT_SHARING_H

#include "base/arena.h"
#include "base/error.h"

enum { SHARING_RULES_MAX = 256, SHARING_WHY = 256 };

/* "section/field", "section/number/field"; "*" stands for any number or field, and for any section. */
typedef struct { span_t section, field; bool any_number; size_t number; } sharing_path_t;

typedef struct {
    char           id[48];       /* "" for paths only */
    char           tlp[16];      /* the widest audience that the profile is made for; "" for paths only */
    bool           named_only;   /* of the artifacts only those that a finding names, and what contains them */
    bool           by_profile;   /* what must not leave a house by a profile is withheld: texts, ids and digests of secrets */
    sharing_path_t show[SHARING_RULES_MAX], hide[SHARING_RULES_MAX]; /* hidden wins */
    size_t         show_count, hide_count;
} sharing_t;

/* Adds the profile: a file, or the name of one in `data`/corpus/sharing. Texts live in `arena`. `why` says what is wrong. */
status_t sharing_load(const char *name, const char *data, arena_t *arena, sharing_t *sharing, char why[SHARING_WHY]);

/* Adds a path, borrowed. */
status_t sharing_add(sharing_t *sharing, const char *path, bool show);

/* Is this leaf to be shown, as far as paths say? */
bool sharing_shows(const sharing_t *sharing, span_t section, size_t number, span_t key);

#endif
