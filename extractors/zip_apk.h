/* Android packages: a ZIP with a block of signatures before its central directory. */
#ifndef ASSAY_EXTRACTORS_ZIP_APK_H
#define ASSAY_EXTRACTORS_ZIP_APK_H

#include "extractors/extractor.h"

/* Says and claims the APK Signing Block that ends where the central directory begins, if there is one. `records`: where the end record stands
 * that names the directory, `image` ends with it. */
void apk_show_signing_block(span_t image, uint64_t directory, uint64_t records, sink_t *sink);

#endif
