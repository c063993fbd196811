#include "base/version.h"

#include <string.h>

static const struct { const char *name; int (*compare)(const char *a, const char *b); } schemes[VERSION_SCHEMES] = {
    [VERSION_DEB] = {"deb", version_compare_deb},          [VERSION_RPM] = {"rpm", version_compare_rpm},
    [VERSION_APK] = {"apk", version_compare_apk},          [VERSION_SEMVER] = {"semver", version_compare_semver},
    [VERSION_PEP440] = {"pep440", version_compare_pep440}, [VERSION_MAVEN] = {"maven", version_compare_maven},
    [VERSION_GENERIC] = {"generic", version_compare_generic},
};

int version_compare(version_scheme_t scheme, const char *a, const char *b) { return schemes[scheme].compare(a, b); }

const char *version_scheme_name(version_scheme_t scheme) { return schemes[scheme].name; }

bool version_scheme_from(const char *name, version_scheme_t *scheme)
{
    for (unsigned i = 0; i < VERSION_SCHEMES; i++)
        if (strcmp(schemes[i].name, name) == 0) {
            *scheme = (version_scheme_t)i;
            return true;
        }
    return false;
}
