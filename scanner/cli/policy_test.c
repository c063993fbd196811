#include "cli/policy_test.h"

#include "cli/command.h"
#include "policy/trial.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

typedef struct { const char *data; const knowledge_t *knowledge; arena_t *arena; size_t good, wrong; } run_t;

/* `name` as seen from the file at `path`. */
static const char *beside(const char *path, const char *name, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int         size  = slash != NULL && name[0] != '/' ? (int)(slash - path + 1) : 0;
    return snprintf(out, PATH_MAX, "%.*s%s", size, path, name) < PATH_MAX ? out : name;
}

/* A file beside the trials, or the name of a policy that ships. */
static const policy_t *policy_of(const run_t *run, const char *path, const char *name)
{
    char local[PATH_MAX];
    return command_policy_load(access(beside(path, name, local), F_OK) == 0 ? local : name, run->data, run->arena);
}

static bool try_case(run_t *run, const char *path, const trial_t *trial, const trial_case_t *one, const policy_t *policy)
{
    char                 name[PATH_MAX], why[POLICY_WHY];
    report_file_t        file;
    bool                 met    = false;
    const char          *what   = "";
    const policy_plan_t *plan   = one->plan != NULL ? plan_load(beside(path, one->plan, name), run->arena, why) : NULL;
    if (one->plan != NULL && plan == NULL) {
        command_error("%s", why);
        return false;
    }
    report_t *report = command_open_report(beside(path, one->report != NULL ? one->report : trial->report, name), &file);
    bool      good   = report != NULL && command_ok(trial_judge(one, report, policy, run->knowledge, plan, &met, &what), path);
    if (good && !met)
        (void)printf("%s:%d: %s: %s\n", path, one->line, one->name, what);
    run->good += good && met;
    run->wrong += good && !met;
    report_free(report);
    report_file_free(&file);
    return good;
}

static bool try_file(run_t *run, const char *path)
{
    char           why[POLICY_WHY];
    const trial_t *trial = trial_load(path, run->arena, why);
    if (trial == NULL) {
        command_error("%s", why);
        return false;
    }
    const policy_t *policy = policy_of(run, path, trial->policy);
    bool            good   = policy != NULL;
    for (size_t i = 0; good && i < trial->count; i++)
        good = try_case(run, path, trial, &trial->cases[i], policy);
    return good;
}

int policy_test(int count, char **files)
{
    const char *why       = NULL;
    knowledge_t knowledge = {0};
    run_t       run       = {.data = command_data_directory(NULL), .knowledge = &knowledge, .arena = arena_new(SIZE_MAX)};
    bool        good      = run.data != NULL && run.arena != NULL;
    if (good && !status_ok(knowledge_load(run.data, run.arena, &knowledge, &why))) {
        command_error("%s", why != NULL ? why : "the knowledge base cannot be read");
        good = false;
    }
    bool all = good;
    for (int i = 0; good && i < count; i++)
        all = try_file(&run, files[i]) && all;
    arena_free(run.arena);
    (void)printf("%zu as expected, %zu not\n", run.good, run.wrong);
    if (!command_flush() || !all)
        return EXIT_CODE_ERROR;
    return run.wrong == 0 ? EXIT_CODE_GOOD : EXIT_CODE_WRONG;
}
