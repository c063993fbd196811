/* The table of formats: one line each, in alphabetical order. The order means nothing: probes compete by evidence. */
#include "extractors/extractor.h"

#define FORMATS(format)   \
    format(arm64_image)   \
    format(bzimage)       \
    format(devicetree)    \
    format(elf)           \
    format(fit)           \
    format(gettext_mo)    \
    format(gif)           \
    format(jpeg)          \
    format(kmod_index)    \
    format(linux_vmlinux) \
    format(pe)            \
    format(png)           \
    format(psf)           \
    format(terminfo)      \
    format(text)          \
    format(trx)           \
    format(tzif)          \
    format(uimage)        \
    format(zimage)        \

#define DECLARE(id) extern const extractor_t id##_extractor;
#define POINT_AT(id) &id##_extractor,

FORMATS(DECLARE)

const extractor_t *const extractors[] = {FORMATS(POINT_AT) NULL};
