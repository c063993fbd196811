/* Settings that leave a device open: sshd_config(5), and the "name=value" and UCI settings in which makers keep remote management. */
#ifndef ASSAY_ANALYSIS_SETTINGS_H
#define ASSAY_ANALYSIS_SETTINGS_H

#include "model/sink.h"

/* Says findings for settings of a text blob that is made of settings only. */
void settings_examine(span_t blob, sink_t *sink);

#endif
