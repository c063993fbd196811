/* The parts of `assay case`: case.c finds the subcommand, case_append.c adds entries, case_look.c reads a log. */
#ifndef ASSAY_CLI_CASE_CLI_H
#define ASSAY_CLI_CASE_CLI_H

#include "cli/command.h"

/* Each returns the exit code; argv[0] is the subcommand. */
int case_append(int argc, char **argv); /* init, add, transfer */
int case_log(int argc, char **argv);
int case_verify(int argc, char **argv);
int case_export(int argc, char **argv);

#endif
