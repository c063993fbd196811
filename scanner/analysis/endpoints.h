/* Web pages that a server knows and nobody is told of: a guess by their names, with a confidence that says so. */
#ifndef ASSAY_ANALYSIS_ENDPOINTS_H
#define ASSAY_ANALYSIS_ENDPOINTS_H

#include "analysis/own_bytes.h"
#include "model/sink.h"

/* Says "hidden-endpoint" for paths like "/goform/telnet" or "/debug_shell.cgi" in a program that answers HTTP. */
void endpoints_examine(const own_bytes_t *own, sink_t *sink);

#endif
