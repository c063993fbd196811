#include "report/sharing.h"

#include "analysis/yaml.h"
#include "report/commitment.h"
#include "report/output.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROFILE_BYTES_MAX = 1 << 20 };

static bool number_from(span_t text, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *number = *number * 10 + (text.at[i] - '0');
    }
    return text.size > 0 && text.size <= 9;
}

static bool read_path(const char *text, sharing_path_t *path)
{
    const char *first = strchr(text, '/');
    if (first == NULL || first == text)
        return false;
    const char *second = strchr(first + 1, '/');
    *path = (sharing_path_t){.section = span_from(text, (size_t)(first - text)), .any_number = true, .field = span_from_text(first + 1)};
    if (second != NULL) {
        span_t number    = span_from(first + 1, (size_t)(second - first - 1));
        path->field      = span_from_text(second + 1);
        path->any_number = span_equal(number, span_from_text("*"));
        if (!path->any_number && !number_from(number, &path->number))
            return false;
    }
    return path->field.size > 0 && memchr(path->field.at, '/', path->field.size) == NULL;
}

status_t sharing_add(sharing_t *sharing, const char *path, bool show)
{
    size_t         *count = show ? &sharing->show_count : &sharing->hide_count;
    sharing_path_t *paths = show ? sharing->show : sharing->hide;
    if (*count == SHARING_RULES_MAX || !read_path(path, &paths[*count]))
        return status_fail(STATUS_INVALID, "sharing", 0, "a path is section/field or section/number/field, and there are at most 256 of them");
    ++*count;
    return ok();
}

static bool matches(const sharing_path_t *paths, size_t count, span_t section, size_t number, span_t key)
{
    const span_t any = span_from_text("*");
    for (size_t i = 0; i < count; i++) {
        const sharing_path_t *p = &paths[i];
        if ((span_equal(p->field, key) || span_equal(p->field, any)) && (p->any_number || p->number == number) &&
            (span_equal(p->section, section) || span_equal(p->section, any)))
            return true;
    }
    return false;
}

bool sharing_shows(const sharing_t *sharing, span_t section, size_t number, span_t key)
{
    /* A reader can only trust what is not chosen by the writer: these are shown always. */
    if (span_equal(section, span_from_text(COMMITMENT_SUMMARY)))
        return true;
    return matches(sharing->show, sharing->show_count, section, number, key) && !matches(sharing->hide, sharing->hide_count, section, number, key);
}

/* ---- profiles --------------------------------------------------------------------------------------------------------- */

static void add_paths(yaml_t *yaml, struct fy_node *root, const char *key, bool show, sharing_t *sharing)
{
    size_t       count;
    const char **paths = yaml_texts(yaml, root, key, &count);
    for (size_t i = 0; i < count && paths != NULL; i++)
        if (!status_ok(sharing_add(sharing, paths[i], show)))
            yaml_complain(yaml, root, "%s: \"%s\" is no path: write section/field or section/number/field", key, paths[i]);
}

static void read_profile(yaml_t *yaml, sharing_t *sharing)
{
    static const char *const keys[] = {"assay-sharing", "id", "title", "tlp", "artifacts", "show", "hide", NULL};
    struct fy_node *root = yaml_root(yaml);
    if (!yaml_allow_keys(yaml, root, keys))
        return;
    (void)yaml_number(yaml, root, "assay-sharing", 1, 1);
    (void)yaml_text(yaml, root, "title");
    const char *id = yaml_text(yaml, root, "id"), *tlp = yaml_text(yaml, root, "tlp"), *artifacts = yaml_text_if(yaml, root, "artifacts");
    add_paths(yaml, root, "show", true, sharing);
    add_paths(yaml, root, "hide", false, sharing);
    if (!yaml_ok(yaml))
        return;
    if (strlen(id) >= sizeof sharing->id || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id))
        yaml_complain(yaml, root, "the id is at most 47 lower-case letters, digits and hyphens");
    if (tlp_rank(tlp) < 0)
        yaml_complain(yaml, root, "tlp is CLEAR, GREEN, AMBER, AMBER+STRICT or RED");
    if (artifacts != NULL && strcmp(artifacts, "named") != 0 && strcmp(artifacts, "all") != 0)
        yaml_complain(yaml, root, "artifacts is \"named\" or \"all\"");
    if (!yaml_ok(yaml))
        return;
    (void)snprintf(sharing->id, sizeof sharing->id, "%s", id);
    (void)snprintf(sharing->tlp, sizeof sharing->tlp, "%s", tlp);
    sharing->named_only = artifacts != NULL && strcmp(artifacts, "named") == 0;
    sharing->by_profile = true;
}

status_t sharing_load(const char *name, const char *data, arena_t *arena, sharing_t *sharing, char why[SHARING_WHY])
{
    char     path[PATH_MAX];
    buffer_t content = {0};
    yaml_t   yaml;
    bool     is_file = strchr(name, '/') != NULL || strchr(name, '.') != NULL;
    int      size    = is_file ? snprintf(path, sizeof path, "%s", name) : snprintf(path, sizeof path, "%s/corpus/sharing/%s.yaml", data, name);
    status_t status  = size < (int)sizeof path ? input_read(path, PROFILE_BYTES_MAX, &content) : status_fail(STATUS_INVALID, "sharing", 0, "too long a name");
    if (!status_ok(status)) {
        char text[SHARING_WHY / 2];
        status_print(status, text, sizeof text);
        (void)snprintf(why, SHARING_WHY, "profile %.100s: %s", name, text);
        return status;
    }
    yaml_open(&yaml, path, buffer_span(&content), arena);
    read_profile(&yaml, sharing);
    if (!yaml_ok(&yaml)) {
        (void)snprintf(why, SHARING_WHY, "%s", yaml.why);
        status = status_fail(STATUS_INVALID, "sharing", 0, "the profile does not hold");
    }
    yaml_close(&yaml);
    buffer_free(&content);
    return status;
}
