/* Java archives: META-INF/maven/…/pom.properties and pom.xml (maven.apache.org/pom.html), META-INF/MANIFEST.MF (JAR file specification;
 * OSGi's Bundle- headers). The archive's members are blobs of their own, nested archives as well. .NET's nuspec has the same shape. */
#include "analysis/packages/reader.h"

enum { HEAD = 8192, TAGS_MAX = 32 };

/* ---- pom.properties ---------------------------------------------------------------------------------------------------- */

bool pom_properties_is(span_t blob)
{
    span_t head = span_clip(blob, 0, HEAD);
    return text_is_text(blob) && blob.size <= HEAD && text_holds(head, "groupId=") && text_holds(head, "artifactId=") && text_holds(head, "version=");
}

void pom_properties_read(package_scan_t *scan)
{
    span_t line, key, value, group = {NULL, 0}, name = {NULL, 0}, version = {NULL, 0}, place = {NULL, 0};
    for (size_t at = 0; text_line(scan->blob, &at, &line);)
        if (text_pair(line, '=', &key, &value)) {
            span_t *field = text_is(key, "groupId") ? &group : text_is(key, "artifactId") ? &name : text_is(key, "version") ? &version : NULL;
            if (field != NULL)
                *field = value;
            place = field == &name ? line : place;
        }
    (void)say_package(scan, &(package_t){.type = "maven", .space = say_text(scan, group), .name = name, .version = version, .evidence = place,
                                         .scope = SCOPE_INSTALLED});
}

/* ---- XML by its tags --------------------------------------------------------------------------------------------------- */

typedef struct { span_t in; size_t at; span_t tag[TAGS_MAX]; size_t depth; } xml_t;

/* The text of the next element that holds only text; its tags from the root on are in `tag`, `depth` of them. */
static bool xml_text(xml_t *x, span_t *text)
{
    size_t from = 0;
    bool   leaf = false;
    while (x->at < x->in.size) {
        const uint8_t *open = memchr(x->in.at + x->at, '<', x->in.size - x->at);
        if (open == NULL)
            return false;
        size_t at   = (size_t)(open - x->in.at);
        span_t rest = span_from_offset(x->in, at);
        span_t end  = text_begins(rest, "<!--") ? text_find(rest, "-->") : text_find(rest, ">");
        if (end.at == NULL)
            return false;
        size_t size = (size_t)(end.at - rest.at) + (text_begins(rest, "<!--") ? 3 : 1);
        x->at       = at + size;
        if (text_begins(rest, "</")) {
            *text = leaf ? text_trim(span_sub(x->in, from, at - from)) : (span_t){NULL, 0};
            if (leaf)
                x->at = at, leaf = false;
            if (text->at != NULL)
                return true;
            x->at = at + size;
            x->depth -= x->depth > 0 ? 1 : 0;
        } else if (!text_begins(rest, "<!") && !text_begins(rest, "<?") && !(size >= 3 && rest.at[size - 2] == '/')) {
            size_t name = 1;
            while (name < size - 1 && !text_is_blank(rest.at[name]))
                name++;
            if (x->depth == TAGS_MAX)
                return false;
            x->tag[x->depth++] = span_sub(rest, 1, name - 1);
            from               = x->at;
            leaf               = true;
        }
    }
    return false;
}

static bool xml_is_at(const xml_t *x, const char *path)
{
    span_t part, rest = span_from_text(path);
    size_t depth = 0;
    while (text_part(&rest, '/', &part)) {
        if (depth == x->depth || !span_equal(x->tag[depth], part))
            return false;
        depth++;
    }
    return depth == x->depth;
}

bool pom_xml_is(span_t blob)
{
    span_t head = span_clip(blob, 0, HEAD);
    return text_is_text(blob) && text_holds(head, "<project") && text_holds(head, "maven.apache.org/POM") && text_holds(blob, "<artifactId>");
}

typedef struct { span_t group, name, version, scope; } needed_t;

/* "${project.version}" says nothing here. */
static bool is_plain(span_t text) { return text.size > 0 && !text_holds(text, "${"); }

void pom_xml_read(package_scan_t *scan)
{
    xml_t  x = {.in = scan->blob};
    span_t text, group = {NULL, 0}, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0};
    while (xml_text(&x, &text)) {
        if (xml_is_at(&x, "project/groupId") || (group.at == NULL && xml_is_at(&x, "project/parent/groupId")))
            group = text;
        else if (xml_is_at(&x, "project/version") || (version.at == NULL && xml_is_at(&x, "project/parent/version")))
            version = text;
        else if (xml_is_at(&x, "project/artifactId"))
            name = text;
        else if (licence.at == NULL && xml_is_at(&x, "project/licenses/license/name"))
            licence = text;
    }
    const char *purl = is_plain(name) && is_plain(version) && is_plain(group)
                           ? say_package(scan, &(package_t){.type = "maven", .space = say_text(scan, group), .name = name, .version = version,
                                                            .licence = licence, .evidence = name,
                                                            .scope = SCOPE_INSTALLED, .confidence = 95})
                           : NULL;
    needed_t need = {.group = {NULL, 0}};
    x             = (xml_t){.in = scan->blob};
    while (purl != NULL && xml_text(&x, &text)) {
        if (xml_is_at(&x, "project/dependencies/dependency/groupId"))
            need = (needed_t){.group = text};
        else if (xml_is_at(&x, "project/dependencies/dependency/artifactId") && is_plain(need.group) && is_plain(text))
            say_relation_to_package(scan, RELATION_DEPENDS_ON, purl, "maven", say_text(scan, need.group), text, (span_t){NULL, 0}, text);
    }
}

bool nuspec_is(span_t blob)
{
    span_t head = span_clip(blob, 0, HEAD);
    return text_holds(head, "<package") && text_holds(head, "nuspec.xsd") && text_holds(head, "<id>");
}

void nuspec_read(package_scan_t *scan)
{
    xml_t  x = {.in = scan->blob};
    span_t text, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0}, authors = {NULL, 0};
    while (xml_text(&x, &text)) {
        span_t *field = xml_is_at(&x, "package/metadata/id") ? &name : xml_is_at(&x, "package/metadata/version") ? &version
                        : xml_is_at(&x, "package/metadata/license") ? &licence : xml_is_at(&x, "package/metadata/authors") ? &authors : NULL;
        if (field != NULL && field->at == NULL)
            *field = text;
    }
    (void)say_package(scan, &(package_t){.type = "nuget", .name = name, .version = version, .licence = licence, .supplier = authors,
                                         .evidence = name, .scope = SCOPE_INSTALLED});
}

/* ---- MANIFEST.MF ------------------------------------------------------------------------------------------------------- */

bool jar_manifest_is(span_t blob)
{
    span_t head = span_clip(blob, 0, 16384);
    return text_begins(blob, "Manifest-Version:") &&
           ((text_holds(head, "\nBundle-SymbolicName:") && text_holds(head, "\nBundle-Version:")) ||
            (text_holds(head, "\nImplementation-Title:") && text_holds(head, "\nImplementation-Version:")));
}

/* Whose group it is it does not say as Maven does, so the package URL has none; pom.properties beside it, if there, is surer. */
void jar_manifest_read(package_scan_t *scan)
{
    span_t line, key, value, name = {NULL, 0}, version = {NULL, 0}, vendor = {NULL, 0}, licence = {NULL, 0}, title = {NULL, 0},
        implementation = {NULL, 0};
    for (size_t at = 0; text_line(scan->blob, &at, &line) && line.size > 0;) {
        if (!text_pair(line, ':', &key, &value))
            continue;
        span_t *field = text_is(key, "Bundle-SymbolicName") ? &name : text_is(key, "Bundle-Version") ? &version : text_is(key, "Bundle-License")
            ? &licence
                        : text_is(key, "Implementation-Title") ? &title : text_is(key, "Implementation-Version") ? &implementation
                        : text_is(key, "Implementation-Vendor") || text_is(key, "Bundle-Vendor") ? &vendor : NULL;
        if (field != NULL && field->at == NULL)
            *field = value;
    }
    (void)text_part(&(span_t){name.at, name.size}, ';', &name);
    if (name.size == 0 || version.size == 0)
        name = title, version = implementation;
    (void)say_package(scan, &(package_t){.type = "maven", .name = name, .version = version, .supplier = vendor, .licence = licence, .evidence = name,
                                         .scope = SCOPE_INSTALLED,
                                         .confidence = 70});
}
