/* Subcommands, one file each. */
#ifndef ASSAY_CLI_COMMAND_H
#define ASSAY_CLI_COMMAND_H

int command_scan(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_formats(int argc, char **argv);

#endif
