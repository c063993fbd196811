/* assay: finds the subcommand. */
#include "cli/command.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *name, *what; int (*run)(int argc, char **argv); } commands[] = {
    {"scan", "examine files, judge them, write a signed report", command_scan},
    {"show", "print parts of a report", command_show},
    {"verify", "check a report's signatures and subjects", command_verify},
    {"sign", "add signatures, certificates and time stamps to a report", command_sign},
    {"redact", "show parts of a report, verifiably", command_redact},
    {"export", "write a report in another form", command_export_report},
    {"case", "keep the chain of custody of a case", command_case},
    {"policy", "check a report against a policy, explain, lint, test", command_policy},
    {"plan", "list what has to go by a policy, until when", command_plan},
    {"diff", "say what differs between two reports", command_diff},
    {"index", "keep an index of many reports", command_index},
    {"find", "ask that index", command_find},
    {"kb", "show the knowledge base, check it, learn from samples", command_kb},
    {"vuln", "look components up in vulnerability data", command_vuln},
    {"rules", "list, check and test the rules", command_rules},
    {"extract", "unpack all that a scan can open below a directory", command_extract},
    {"keygen", "make a signing key", command_keygen},
    {"formats", "list the formats that can be opened", command_formats},
    {"doctor", "say what this machine offers", command_doctor},
};

static int say_usage(FILE *to)
{
    (void)fprintf(to, "assay %s: says what is in a firmware, where it comes from and what it hides, and signs the answer\n\nusage: assay COMMAND ...\n\n", ASSAY_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        (void)fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].what);
    (void)fprintf(to, "\n`assay COMMAND --help` says more.\n");
    return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    /* One locale for everyone: names in archives are UTF-8 or bytes, sorting and numbers never depend on the environment. */
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        (void)setlocale(LC_ALL, "C");
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return say_usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return say_usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("assay %s\n", ASSAY_VERSION);
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    (void)fprintf(stderr, "assay: %s: there is no such command\n", argv[1]);
    return say_usage(stderr);
}
