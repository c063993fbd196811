/* Package databases, recognised by content: what a blob says is installed, or what package it describes. */
#ifndef ASSAY_ANALYSIS_PACKAGES_PACKAGES_H
#define ASSAY_ANALYSIS_PACKAGES_PACKAGES_H

#include "base/arena.h"
#include "model/sink.h"

/* Each says RECORD_COMPONENT for every package and returns true, or says nothing and returns false: not this kind. */
bool dpkg_examine(span_t blob, arena_t *arena, sink_t *sink); /* dpkg's status, or the control file of one .deb */
bool opkg_examine(span_t blob, arena_t *arena, sink_t *sink); /* opkg's status, or the control file of one .ipk */
bool apk_examine(span_t blob, arena_t *arena, sink_t *sink);  /* lib/apk/db/installed */

#endif
