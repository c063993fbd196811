/* Programs that PyInstaller packed: where the package stands behind an executable, for the readers of executables. */
#ifndef ASSAY_EXTRACTORS_PYINSTALLER_H
#define ASSAY_EXTRACTORS_PYINSTALLER_H

#include "extractors/extractor.h"

/* The package that begins behind `from` (the end of an executable) and ends with its cookie, which stands at the end of the image or a
 * little before it (a signature may follow). False: there is none. */
bool pyinstaller_find(span_t image, uint64_t from, uint64_t *offset, uint64_t *length);

/* The package behind the executable that ends at `end` becomes the child "package", if there is one. */
void pyinstaller_show(span_t image, uint64_t end, sink_t *sink);

/* Inflates [offset, length) of the image into the child. Damage is recorded; STATUS_LIMIT: stop. `size` is what should come out,
 * UINT64_MAX: not known. */
status_t pyinstaller_inflate(span_t image, uint64_t offset, uint64_t length, uint64_t size, child_t *child);

#endif
