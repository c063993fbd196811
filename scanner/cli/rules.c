/* assay rules: the rules as they are loaded; whether they say all they should; whether each finds what it is made for, and nothing else. */
#include "cli/command.h"

#include "analysis/analyser.h"
#include "cli/rule_samples.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: assay rules list [--rules DIR]\n"
    "       assay rules lint [--rules DIR]\n"
    "       assay rules test\n"
    "       assay rules time [--brief] [FILE …]\n"
    "       assay rules compile -o FILE\n"
    "\n"
    "list prints every rule: id, kind, severity, confidence, file, description. lint says what is wrong with a rule: what it must say and does\n"
    "not, a sample that is not there, two that are the same; of a pack, which of its files do not compile or take too long. test runs every rule\n"
    "against its sample, the sample without what it matched, the samples of all others and the texts in corpus/samples/rules/not. time says how\n"
    "long the set takes to load and to search the files, and which rules cost most of it. compile writes the set as a scan loads it.\n"
    "Exit codes: 0 good, 1 something is wrong with a rule, 2 trouble.\n"
    "\n"
    "  -r, --rules DIR    a pack of further rules (.yar, .yara)\n"
    "  -o, --output FILE  where to write the compiled set\n"
    "      --brief        time: not each rule by itself\n"
    "      --data DIR     where rules and knowledge base are\n"
    "  -h, --help         this text\n";

typedef struct { const char *data, *pack, *output; char **files; int file_count; bool brief; } options_t;

static analyser_t *load(const options_t *options, arena_t *arena)
{
    const char *why  = "out of memory";
    const char *data = command_data_directory(options->data);
    analyser_t *made = data != NULL && arena != NULL ? analyser_new(data, options->pack, arena, &why) : NULL;
    if (made == NULL && data != NULL)
        command_error("%s", why);
    return made;
}

/* ---- list -------------------------------------------------------------------------------------------------------------- */

static int list(const rules_t *rules)
{
    for (size_t i = 0; i < rules_count(rules); i++) {
        const rule_info_t *info = rules_info(rules, i);
        if (info->id != NULL)
            (void)printf("%-40s %-9s %-8s %3u  %-28s %s\n", info->id, finding_kind_name(info->kind), severity_name(info->severity),
                         info->confidence, info->file, info->title);
    }
    if (rules_disabled(rules) != NULL)
        command_error("left out of the pack:\n%s", rules_disabled(rules));
    return EXIT_CODE_GOOD;
}

/* ---- lint -------------------------------------------------------------------------------------------------------------- */

/* "a-rule" is written a_rule; one that begins with a digit gets an r, since an identifier may not. */
static bool id_is_identifier(const char *id, const char *identifier)
{
    if (id[0] >= '0' && id[0] <= '9' && *identifier++ != 'r')
        return false;
    for (; *id != '\0' && *identifier != '\0'; id++, identifier++)
        if (*identifier != (*id == '-' ? '_' : *id))
            return false;
    return *id == *identifier;
}

static bool is_date(const char *text)
{
    static const char form[] = "0000-00-00";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return text[sizeof form - 1] == '\0';
}

/* What is wrong with what the rule says; NULL when nothing. What a scan insists on (kind, severity, confidence, an id of its own) is
 * known to hold, since the set was loaded. */
static const char *fault_of(const rule_info_t *info, const char *data)
{
    if (!id_is_identifier(info->id, info->identifier))
        return "its name is not its id";
    if (info->references == NULL)
        return "it has no reference";
    if (info->confidence == 0)
        return "a confidence of 0 says nothing";
    if (!is_date(info->date))
        return "its date is not of the form 2024-12-31";
    if (strncmp(info->file, finding_kind_name(info->kind), strlen(finding_kind_name(info->kind))) != 0)
        return "it stands in the folder of another kind";
    if (info->sample == NULL || !rule_sample_exists(data, info->sample))
        return "its sample is not there";
    return NULL;
}

/* Rules that say the same and so find the same twice. */
static size_t count_twins(const rules_t *rules, size_t i)
{
    const rule_info_t *info = rules_info(rules, i);
    size_t             twins = 0;
    for (size_t j = 0; j < i; j++) {
        const rule_info_t *other = rules_info(rules, j);
        bool               shown = info->sample != NULL && other->sample != NULL && strcmp(other->sample, info->sample) == 0;
        if (other->id != NULL && (shown || strcmp(other->title, info->title) == 0)) {
            (void)printf("%s: rule %s: says or shows the same as %s\n", info->file, info->id, other->id);
            twins++;
        }
    }
    return twins;
}

static int lint(const options_t *options, rules_t *rules)
{
    const char *data  = command_data_directory(options->data);
    size_t      wrong = 0, count = rules_own_count(rules);
    for (size_t i = 0; i < count && data != NULL; i++) {
        const rule_info_t *info  = rules_info(rules, i);
        const char        *fault = info->id != NULL ? fault_of(info, data) : NULL;
        if (fault != NULL)
            (void)printf("%s: rule %s: %s\n", info->file, info->id, fault);
        wrong += (fault != NULL ? 1 : 0) + (info->id != NULL ? count_twins(rules, i) : 0);
    }
    if (rules_disabled(rules) != NULL)
        (void)printf("%s\n", rules_disabled(rules));
    (void)printf("%zu rules, %zu faults", count, wrong);
    (void)(options->pack != NULL ? printf("; %zu rules of the pack\n", rules_pack_count(rules)) : printf("\n"));
    return data == NULL ? EXIT_CODE_ERROR : wrong > 0 || rules_disabled(rules) != NULL ? EXIT_CODE_WRONG : EXIT_CODE_GOOD;
}

/* ---- test -------------------------------------------------------------------------------------------------------------- */

static int test(const options_t *options, rules_t *rules)
{
    const char *data = command_data_directory(options->data);
    size_t      failures;
    if (data == NULL || !rule_samples_test(rules, data, stdout, &failures))
        return EXIT_CODE_ERROR;
    (void)printf("%zu rules, %zu failures\n", rules_own_count(rules), failures);
    return failures > 0 ? EXIT_CODE_WRONG : EXIT_CODE_GOOD;
}

/* ---- time -------------------------------------------------------------------------------------------------------------- */

typedef struct { double seconds; const rule_info_t *info; } cost_t;

static int dearest_first(const void *a, const void *b)
{
    double x = ((const cost_t *)a)->seconds, y = ((const cost_t *)b)->seconds;
    return x > y ? -1 : x < y;
}

/* Processor time: what others do on the machine does not count. */
static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The least of a few runs over all the files. */
static double time_of(rules_t *rules, const data_files_t *files, size_t count, unsigned runs)
{
    double least = 0;
    for (unsigned run = 0; run < runs; run++) {
        double start = seconds_now();
        for (size_t i = 0; i < count; i++)
            rule_hits(rules, files[i].files[0].content, NULL, NULL);
        double took = seconds_now() - start;
        least       = run == 0 || took < least ? took : least;
    }
    return least;
}

/* Each rule alone, over as many of the files as make some megabytes. */
static void time_each(rules_t *rules, const data_files_t *files, size_t count)
{
    enum { SHOWN = 10, ROUNDS = 2, BYTES_MAX = 4000000 };
    size_t  own = rules_own_count(rules), some = 0, bytes = 0;
    cost_t *costs = calloc(own + 1, sizeof *costs);
    if (costs == NULL)
        return;
    while (some < count && bytes < BYTES_MAX)
        bytes += files[some++].files[0].content.size;
    double megabytes = (double)bytes / 1e6;
    rules_only(rules, SIZE_MAX);
    double none = time_of(rules, files, some, 2 * ROUNDS);
    for (size_t i = 0; i < own; i++) {
        rules_only(rules, i);
        costs[i] = (cost_t){time_of(rules, files, some, ROUNDS) - none, rules_info(rules, i)};
    }
    qsort(costs, own, sizeof *costs, dearest_first);
    (void)printf("search without any rule: %.2f ms/MB\n", none * 1e3 / megabytes);
    for (size_t i = 0; i < SHOWN && i < own; i++)
        (void)printf("rule %-40s %.3f ms/MB\n", costs[i].info->id != NULL ? costs[i].info->id : costs[i].info->identifier,
                     costs[i].seconds * 1e3 / megabytes);
    free(costs);
}

/* The least of a few times of loading the set from its compiled form. */
static double time_of_loading(const rules_t *rules)
{
    enum { ROUNDS = 5 };
    buffer_t stored = {0};
    double   least  = 0;
    bool     good   = rules_save(rules, &stored);
    for (unsigned round = 0; round < ROUNDS && good; round++) {
        double start = seconds_now();
        good         = rules_can_restore(rules, buffer_span(&stored));
        double took  = seconds_now() - start;
        least        = round == 0 || took < least ? took : least;
    }
    buffer_free(&stored);
    return least;
}

static int time_all(const options_t *options, rules_t *rules, double loading, arena_t *arena)
{
    enum { ROUNDS = 3 };
    data_files_t *files = arena_array(arena, (size_t)options->file_count + 1, sizeof *files);
    size_t        count = 0;
    uint64_t      bytes = 0;
    for (; files != NULL && count < (size_t)options->file_count; count++) {
        const char *why;
        if (!status_ok(file_read(options->files[count], arena, &files[count], &why))) {
            command_error("%s", why);
            return EXIT_CODE_ERROR;
        }
        bytes += files[count].files[0].content.size;
    }
    (void)printf("%zu rules; compiled set loaded in %.1f ms; all that a scan loads in %.1f ms (%s)\n", rules_own_count(rules),
                 time_of_loading(rules) * 1e3, loading * 1e3, rules_were_compiled(rules) ? "compiled set" : "rules from sources");
    if (bytes == 0)
        return EXIT_CODE_GOOD;
    double took = time_of(rules, files, count, ROUNDS);
    (void)printf("search with all: %.1f MB in %zu files at %.1f MB/s, %.1f us a file\n", (double)bytes / 1e6, count, (double)bytes / 1e6 / took,
                 took * 1e6 / (double)count);
    if (!options->brief)
        time_each(rules, files, count);
    return EXIT_CODE_GOOD;
}

/* ---- compile ----------------------------------------------------------------------------------------------------------- */

static int compile(const options_t *options, rules_t *rules)
{
    buffer_t out = {0};
    if (options->output == NULL)
        return command_usage_error("rules", "compile needs --output");
    bool good = rules_save(rules, &out);
    if (!good)
        command_error("out of memory");
    good = good && command_put_output(options->output, &out);
    buffer_free(&out);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

int command_rules(int argc, char **argv)
{
    static const struct option longs[] = {{"rules", required_argument, NULL, 'r'}, {"output", required_argument, NULL, 'o'},
                                          {"data", required_argument, NULL, 'd'}, {"brief", no_argument, NULL, 'b'},
                                          {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {0};
    for (int c; (c = getopt_long(argc, argv, "r:o:h", longs, NULL)) != -1;) {
        switch (c) {
        case 'r': options.pack = optarg; break;
        case 'o': options.output = optarg; break;
        case 'd': options.data = optarg; break;
        case 'b': options.brief = true; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("rules", "unknown option");
        }
    }
    static const char *const verbs[] = {"list", "lint", "test", "time", "compile"};
    const char              *what    = optind < argc ? argv[optind] : "";
    size_t                   verb    = 0;
    while (verb < sizeof verbs / sizeof verbs[0] && strcmp(verbs[verb], what) != 0)
        verb++;
    options.files      = argv + optind + 1;
    options.file_count = argc - optind - 1;
    if (verb == sizeof verbs / sizeof verbs[0] || (verb != 3 && options.file_count > 0))
        return command_usage_error("rules", "rules wants list, lint, test, time or compile");
    arena_t    *arena    = arena_new(SIZE_MAX);
    double      start    = seconds_now();
    analyser_t *analyser = load(&options, arena);
    double      loading  = seconds_now() - start;
    rules_t    *rules    = analyser != NULL ? analyser_rules(analyser) : NULL;
    int         code     = EXIT_CODE_ERROR;
    if (rules != NULL)
        code = verb == 0 ? list(rules) : verb == 1 ? lint(&options, rules) : verb == 2 ? test(&options, rules)
             : verb == 3 ? time_all(&options, rules, loading, arena) : compile(&options, rules);
    analyser_free(analyser);
    arena_free(arena);
    return command_flush() ? code : EXIT_CODE_ERROR;
}
