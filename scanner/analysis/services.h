/* What a device starts by itself: shell scripts, inittab(5), inetd.conf(5), systemd units, Android's init.rc. */
#ifndef ASSAY_ANALYSIS_SERVICES_H
#define ASSAY_ANALYSIS_SERVICES_H

#include "model/sink.h"

/* Says findings for programs that let others in (telnetd, adbd, gdbserver, tftpd …), for shells that ask for no password, and for
 * scripts that install what they fetched without checking a signature. Only where the program stands as a command, not in a comment,
 * a test or a text. */
void services_examine(span_t blob, sink_t *sink);

#endif
