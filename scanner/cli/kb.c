#include "cli/command.h"

#include "analysis/knowledge.h"
#include "cli/learn.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: assay kb list [vendors|jurisdictions|lists]\n"
    "       assay kb show ID\n"
    "       assay kb lint\n"
    "       assay kb learn DIR --vendor ID -o FILE\n"
    "\n"
    "list prints a line for each vendor, country and restriction list that assay knows; show prints all that is known of one, as a\n"
    "fact sheet; lint reads all files and says what is wrong with them, with file, line and column.\n"
    "learn makes a set of the files below DIR, known to be the vendor's, for 'assay scan --similar FILE'.\n"
    "lint exits with 0 when nothing is wrong, 1 when something is, 2 in trouble.\n"
    "\n"
    "      --vendor ID  whose samples they are\n"
    "  -o, --output F   where the set goes (default: standard output)\n"
    "      --data DIR   the directory with rules/ and corpus/\n"
    "  -h, --help       this text\n";

static const char *or_dash(const char *text) { return text != NULL ? text : "-"; }

/* ---- list ------------------------------------------------------------------------------------------------------------- */

/* Names of the lists in force that bind this vendor. */
static void print_lists_of(const knowledge_t *k, const vendor_t *vendor)
{
    const char *separator = "";
    for (size_t i = 0; i < k->list_count; i++) {
        const list_entry_t *entry = list_entry_of(&k->lists[i], vendor);
        if (entry == NULL || entry->status != LIST_IN_FORCE)
            continue;
        (void)printf("%s%s", separator, k->lists[i].id);
        separator = ", ";
    }
}

static void list_vendors(const knowledge_t *k)
{
    for (size_t i = 0; i < k->vendor_count; i++) {
        const vendor_t *v = &k->vendors[i];
        (void)printf("%-16s %-3s %-44s %5zu markers  ", v->id, v->jurisdiction, v->name, v->marker_count);
        print_lists_of(k, v);
        (void)printf("\n");
    }
}

static void list_jurisdictions(const knowledge_t *k)
{
    for (size_t i = 0; i < k->jurisdiction_count; i++)
        (void)printf("%-16s %-44s %5zu laws\n", k->jurisdictions[i].id, k->jurisdictions[i].name, k->jurisdictions[i].law_count);
}

static void list_lists(const knowledge_t *k)
{
    for (size_t i = 0; i < k->list_count; i++) {
        const restriction_list_t *l = &k->lists[i];
        (void)printf("%-28s %s %-9s %4zu entries  %s\n", l->id, l->date, list_status_name(l->status), l->entry_count, l->title);
    }
}

static int list(const knowledge_t *k, const char *what)
{
    static const struct { const char *name; void (*print)(const knowledge_t *); } parts[] = {
        {"vendors", list_vendors}, {"jurisdictions", list_jurisdictions}, {"lists", list_lists}};
    bool known = false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (what == NULL || strcmp(what, parts[i].name) == 0) {
            parts[i].print(k);
            known = true;
        }
    if (!known)
        return command_usage_error("kb", "there is no part \"%s\": vendors, jurisdictions or lists", what);
    return command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

/* ---- show ------------------------------------------------------------------------------------------------------------- */

static void print_laws(const jurisdiction_t *j)
{
    if (j->law_count == 0)
        (void)printf("  no law in the knowledge base\n");
    for (size_t i = 0; i < j->law_count; i++) {
        const law_t *law = &j->laws[i];
        (void)printf("  %-10s  %s%s%s\n", or_dash(law->date), law->title, law->articles != NULL ? ", " : "", law->articles != NULL ? law->articles : "");
        if (law->effect != NULL)
            (void)printf("              %s\n", law->effect);
        (void)printf("              source: %s\n", or_dash(law->source));
    }
}

static void print_entry(const restriction_list_t *l, const list_entry_t *entry, const char *name)
{
    (void)printf("  %-10s  %-9s  %s: %s\n", entry->date, list_status_name(entry->status), l->id, name);
    (void)printf("                         source: %s\n", or_dash(entry->source));
}

/* Values of the same kind, strength and source are one paragraph. */
static bool one_paragraph(const marker_t *a, const marker_t *b)
{
    return a->kind == b->kind && a->strength == b->strength && strcmp(a->source, b->source) == 0;
}

static void print_value(const marker_t *m, unsigned *column)
{
    bool encoded = m->encoding != ENCODING_UTF8;
    int  width   = 2 + (int)strlen(m->value) + (encoded ? 3 + (int)strlen(encoding_name(m->encoding)) : 0);
    if (*column > 0 && *column + (unsigned)width > 100) {
        (void)printf("\n");
        *column = 0;
    }
    (void)printf("%s%s", *column == 0 ? "    " : ", ", m->value);
    if (encoded)
        (void)printf(" (%s)", encoding_name(m->encoding));
    *column += (unsigned)width;
}

static void print_markers(const vendor_t *v)
{
    (void)printf("\nMarkers (%zu)\n", v->marker_count);
    for (int strength = STRENGTH_DEFINITIVE; strength >= STRENGTH_SUPPORTING; strength--)
        for (size_t i = 0; i < v->marker_count; i++) {
            const marker_t *first  = &v->markers[i];
            unsigned        column = 0;
            bool            told   = (int)first->strength != strength;
            for (size_t k = 0; k < i && !told; k++)
                told = one_paragraph(&v->markers[k], first);
            if (told)
                continue;
            (void)printf("  %-10s  %s\n", strength_name(first->strength), marker_kind_name(first->kind));
            for (size_t k = i; k < v->marker_count; k++)
                if (one_paragraph(&v->markers[k], first))
                    print_value(&v->markers[k], &column);
            (void)printf("\n    source: %s\n", first->source);
        }
}

static void show_vendor(const knowledge_t *k, const vendor_t *v)
{
    const jurisdiction_t *j     = knowledge_jurisdiction(k, v->jurisdiction);
    size_t                named = 0;
    (void)printf("%s (%s)\n", v->name, v->id);
    for (size_t i = 0; i < v->alias_count; i++)
        (void)printf("%s%s%s", i == 0 ? "also        " : ", ", v->aliases[i], i + 1 == v->alias_count ? "\n" : "");
    (void)printf("Group       %s\nCountry     %s%s%s\n", or_dash(v->group), v->jurisdiction, j != NULL ? ", " : "", j != NULL ? j->name : "");
    (void)printf("\nLaws that oblige it\n");
    if (j != NULL)
        print_laws(j);
    (void)printf("\nLists that name it\n");
    for (size_t i = 0; i < k->list_count; i++) {
        const list_entry_t *entry = list_entry_of(&k->lists[i], v);
        named += entry != NULL;
        if (entry != NULL)
            print_entry(&k->lists[i], entry, k->lists[i].title);
    }
    if (named == 0)
        (void)printf("  none in the knowledge base\n");
    print_markers(v);
}

static void show_jurisdiction(const knowledge_t *k, const jurisdiction_t *j)
{
    (void)printf("%s (%s)\n\nLaws that oblige vendors\n", j->name, j->id);
    print_laws(j);
    (void)printf("\nVendors\n");
    for (size_t i = 0; i < k->vendor_count; i++)
        if (strcmp(k->vendors[i].jurisdiction, j->id) == 0)
            (void)printf("  %-16s %s\n", k->vendors[i].id, k->vendors[i].name);
}

static void show_list(const restriction_list_t *l)
{
    (void)printf("%s (%s)\n%s since %s\nsource: %s\n", l->title, l->id, list_status_name(l->status), l->date, l->source);
    if (l->criteria != NULL)
        (void)printf("\nIt names criteria, not vendors: %s\n", l->criteria);
    (void)printf("\nEntries (%zu)\n", l->entry_count);
    for (size_t i = 0; i < l->entry_count; i++) {
        const list_entry_t *entry = &l->entries[i];
        (void)printf("  %-10s  %-9s  %s%s\n", entry->date, list_status_name(entry->status), entry->vendor != NULL ? entry->vendor : "group ",
                     entry->vendor != NULL ? "" : entry->group);
    }
}

/* A vendor by its id, name or alias; letters in either case. */
static const vendor_t *vendor_called(const knowledge_t *k, const char *name)
{
    for (size_t i = 0; i < k->vendor_count; i++) {
        const vendor_t *v = &k->vendors[i];
        if (strcasecmp(v->id, name) == 0 || strcasecmp(v->name, name) == 0)
            return v;
        for (size_t a = 0; a < v->alias_count; a++)
            if (strcasecmp(v->aliases[a], name) == 0)
                return v;
    }
    return NULL;
}

static int show(const knowledge_t *k, const char *id)
{
    const vendor_t       *v = vendor_called(k, id);
    const jurisdiction_t *j = knowledge_jurisdiction(k, id);
    bool                  known = v != NULL || j != NULL;
    if (v != NULL)
        show_vendor(k, v);
    else if (j != NULL)
        show_jurisdiction(k, j);
    for (size_t i = 0; i < k->list_count && !known; i++)
        if (strcmp(k->lists[i].id, id) == 0) {
            show_list(&k->lists[i]);
            known = true;
        }
    if (!known) {
        command_error("the knowledge base has no vendor, country or list \"%s\"; 'assay kb list' names all", id);
        return EXIT_CODE_ERROR;
    }
    return command_flush() ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

/* ---- lint ------------------------------------------------------------------------------------------------------------- */

static int lint(const char *data, arena_t *arena)
{
    buffer_t    out   = {0};
    size_t      count = 0;
    const char *why   = NULL;
    int         code  = EXIT_CODE_ERROR;
    if (!status_ok(knowledge_lint(data, arena, &out, &count, &why)))
        command_error("%s", why);
    else if (command_put_output(NULL, &out)) {
        if (count == 0)
            (void)printf("%s/corpus: nothing wrong\n", data);
        code = count == 0 ? EXIT_CODE_GOOD : EXIT_CODE_WRONG;
    }
    buffer_free(&out);
    return command_flush() ? code : EXIT_CODE_ERROR;
}

typedef struct { const char *data, *vendor, *output; } options_t;

static int learn(const knowledge_t *k, const options_t *options, const char *directory)
{
    buffer_t out = {0};
    if (knowledge_vendor(k, options->vendor) == NULL) {
        command_error("the knowledge base has no vendor \"%s\"; 'assay kb list vendors' names all", options->vendor);
        return EXIT_CODE_ERROR;
    }
    bool good = learn_samples(directory, options->vendor, &out) && command_put_output(options->output, &out);
    buffer_free(&out);
    return good ? EXIT_CODE_GOOD : EXIT_CODE_ERROR;
}

static int run(const options_t *options, const char *what, const char *argument, arena_t *arena)
{
    knowledge_t knowledge;
    const char *why = NULL;
    if (strcmp(what, "lint") == 0)
        return lint(options->data, arena);
    if (!status_ok(knowledge_load(options->data, arena, &knowledge, &why))) {
        command_error("%s", why);
        return EXIT_CODE_ERROR;
    }
    if (strcmp(what, "learn") == 0)
        return learn(&knowledge, options, argument);
    return strcmp(what, "show") == 0 ? show(&knowledge, argument) : list(&knowledge, argument);
}

int command_kb(int argc, char **argv)
{
    enum { DATA = 256, VENDOR };
    static const struct option longs[] = {{"data", required_argument, NULL, DATA}, {"vendor", required_argument, NULL, VENDOR},
                                          {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    options_t options = {0};
    for (int c; (c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1;) {
        switch (c) {
        case DATA: options.data = optarg; break;
        case VENDOR: options.vendor = optarg; break;
        case 'o': options.output = optarg; break;
        case 'h': (void)fputs(usage, stdout); return EXIT_CODE_GOOD;
        default: return command_usage_error("kb", "unknown option");
        }
    }
    static const struct { const char *name; int least, most; } verbs[] = {{"list", 0, 1}, {"show", 1, 1}, {"lint", 0, 0}, {"learn", 1, 1}};
    const char *what = optind < argc ? argv[optind] : "";
    int         left = argc - optind - 1;
    size_t      verb = 0;
    while (verb < sizeof verbs / sizeof *verbs && strcmp(verbs[verb].name, what) != 0)
        verb++;
    if (verb == sizeof verbs / sizeof *verbs)
        return command_usage_error("kb", "kb wants list, show, lint or learn");
    if (left < verbs[verb].least || left > verbs[verb].most)
        return command_usage_error("kb", "%s takes %s", what, verbs[verb].most == 0 ? "no argument" : "one argument");
    if (strcmp(what, "learn") == 0 && options.vendor == NULL)
        return command_usage_error("kb", "learn needs --vendor: whose samples are they?");
    options.data   = command_data_directory(options.data);
    arena_t *arena = options.data != NULL ? arena_new(SIZE_MAX) : NULL;
    int      code  = arena != NULL ? run(&options, what, left > 0 ? argv[optind + 1] : NULL, arena) : EXIT_CODE_ERROR;
    arena_free(arena);
    return code;
}
