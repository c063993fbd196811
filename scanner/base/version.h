/* Which of two versions is the later one: a question that every packaging system answers in its own way.
 *
 * All orders are total on all texts: what a scheme's grammar does not allow is ordered somehow, but always in the same way. None needs
 * more than one pass over both texts or memory that grows with them. */
#ifndef ASSAY_BASE_VERSION_H
#define ASSAY_BASE_VERSION_H

#include <stdbool.h>

typedef enum {
    VERSION_DEB, VERSION_RPM, VERSION_APK, VERSION_SEMVER, VERSION_PEP440, VERSION_MAVEN, VERSION_GENERIC, VERSION_SCHEMES
} version_scheme_t;

/* Below 0, 0 or above 0 as `a` is earlier than, the same as, or later than `b` in that scheme. */
int version_compare(version_scheme_t scheme, const char *a, const char *b);

const char *version_scheme_name(version_scheme_t scheme); /* deb, rpm, apk, semver, pep440, maven, generic */
bool        version_scheme_from(const char *name, version_scheme_t *scheme);

/* One order each; the files name their sources. */
int version_compare_deb(const char *a, const char *b);
int version_compare_rpm(const char *a, const char *b);
int version_compare_apk(const char *a, const char *b);
int version_compare_semver(const char *a, const char *b);
int version_compare_pep440(const char *a, const char *b);
int version_compare_maven(const char *a, const char *b);
int version_compare_generic(const char *a, const char *b);

#endif
