/* The subcommands, one file each, and what they share. Only here, below main(), does anything print or read the environment. */
#ifndef ASSAY_CLI_COMMAND_H
#define ASSAY_CLI_COMMAND_H

#include "base/buffer.h"
#include "base/error.h"
#include "cli/judge_options.h"
#include "policy/verdict.h"
#include "report/keys.h"
#include "report/reader.h"

#include <stdio.h>

/* Verdicts have their codes in policy/verdict.h: accept 0, reject 1, inconclusive 3, conditional 4. */
enum { EXIT_CODE_GOOD = 0, EXIT_CODE_WRONG = 1, EXIT_CODE_ERROR = 2 };

/* Each returns the exit code; argv[0] is the subcommand's name. */
int command_scan(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_formats(int argc, char **argv);
int command_keygen(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_redact(int argc, char **argv);
int command_show(int argc, char **argv);
int command_export_report(int argc, char **argv);
int command_policy(int argc, char **argv);
int command_kb(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_case(int argc, char **argv);
int command_extract(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_index(int argc, char **argv);
int command_find(int argc, char **argv);
int command_vuln(int argc, char **argv);


/* One line on standard error: "assay: …". */
void command_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Is the status good? Else "assay: about: what the status says" and false. */
bool command_ok(status_t status, const char *about);
/* "assay: …" and where to find the usage; returns EXIT_CODE_ERROR. */
int command_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where rules, knowledge base and policies are: `given` when not NULL, else $ASSAY_DATA, the installed directory, or that of the sources.
 * NULL, after a message, when there is nothing. */
const char *command_data_directory(const char *given);

/* Where the passphrase of a key comes from; all unset: asked on the terminal when the key turns out to be encrypted. */
typedef struct { const char *file; int fd; bool ask; } passphrase_source_t;
#define PASSPHRASE_UNSET ((passphrase_source_t){.file = NULL, .fd = -1, .ask = false})
/* The value of "--passphrase-fd"; false, and a message, when it is no number. */
bool passphrase_fd_from(const char *text, passphrase_source_t *source);
/* Is one of them set? */
bool passphrase_wanted(const passphrase_source_t *source);
/* Reads it from where it is to come from. `twice`: a new one, to be typed again. False after a message. */
bool passphrase_get(const passphrase_source_t *source, bool twice, passphrase_t *phrase);

/* The public key in a file; NULL after a message. */
EVP_PKEY *command_public_key(const char *path);

/* The report in a file ("-": standard input), its signatures not looked at; NULL after a message. `file` is to be freed in any case. */
report_t *command_open_report(const char *path, report_file_t *file);

/* The policy, allocated in `arena`: a file, the name of one that ships in `data`, or for NULL "default". Names in it that the knowledge
 * base in `data` lacks are an error: such a rule would never apply. NULL after a message. */
const policy_t *command_policy_load(const char *name, const char *data, arena_t *arena);

/* Judges the report as the options say. The verdict's exit code, or EXIT_CODE_ERROR after a message. */
int command_judge(report_t *report, const char *data, const judge_options_t *options);

/* Writes the report in another form (report/writers.h) to a file or for "-" to standard output. False after a message. */
bool command_export(const report_t *report, const char *format, const char *path);

/* Prints the summary; in colour when `out` is a terminal and NO_COLOR is not set. */
void command_summary(const report_t *report, FILE *out);
bool command_print_summary(const report_t *report, FILE *out, bool colour); /* false after a message */
bool command_colour_wanted(FILE *out);

/* Has all that was printed been written? False after a message. */
bool command_flush(void);

/* Writes to a file or, for NULL and "-", to standard output. False after a message. */
bool command_put_output(const char *path, const buffer_t *bytes);

#endif
