/* What systems and their builders write about themselves: os-release(5), OpenWrt's openwrt_release, Android's build.prop, pacman's local/NAME/desc,
 * Buildroot's legal-info manifest.csv and .config ("The Buildroot user manual", 13.4), Yocto's license.manifest and image manifest, the
 * configuration of a Linux kernel, vcpkg's status. */
#include "analysis/packages/control.h"
#include "analysis/packages/reader.h"

enum { HEAD = 4096, CSV_FIELDS = 8 };

static span_t head_of(span_t blob) { return span_clip(blob, 0, HEAD); }

/* The value of `KEY=` at the start of a line, without quotes, and its line. */
static span_t setting(span_t text, const char *name, span_t *where)
{
    span_t line, key, value;
    for (size_t at = 0; text_line(text, &at, &line);)
        if (text_pair(line, '=', &key, &value) && text_is(key, name)) {
            *where = line;
            return text_unquote(value);
        }
    return (span_t){NULL, 0};
}

/* ---- systems ----------------------------------------------------------------------------------------------------------- */

bool os_release_is(span_t blob)
{
    span_t where;
    return blob.size <= 8192 && text_is_text(blob) && setting(blob, "ID", &where).size > 0 && setting(blob, "NAME", &where).size > 0 &&
           (setting(blob, "VERSION_ID", &where).size > 0 || setting(blob, "PRETTY_NAME", &where).size > 0);
}

void os_release_read(package_scan_t *scan)
{
    span_t place, other, name = setting(scan->blob, "ID", &place), version = setting(scan->blob, "VERSION_ID", &other);
    (void)say_package(scan, &(package_t){.type = "generic", .name = name, .version = version, .supplier = setting(scan->blob, "VENDOR_NAME", &other),
                                         .evidence = place,
                                         .scope = SCOPE_INSTALLED});
}

bool openwrt_release_is(span_t blob)
{
    span_t where;
    return blob.size <= 8192 && text_is_text(blob) && text_begins(blob, "DISTRIB_ID=") && setting(blob, "DISTRIB_RELEASE", &where).size > 0;
}

void openwrt_release_read(package_scan_t *scan)
{
    span_t place, other, name = setting(scan->blob, "DISTRIB_ID", &place), version = setting(scan->blob, "DISTRIB_RELEASE", &other);
    char   folded[64] = "";
    for (size_t i = 0; i < name.size && name.size < sizeof folded; i++)
        folded[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] + ('a' - 'A')) : (char)name.at[i];
    (void)say_package(scan, &(package_t){.type = "generic", .name = span_from_text(folded), .version = version, .evidence = place,
                                         .scope = SCOPE_INSTALLED});
}

bool android_build_is(span_t blob)
{
    return text_is_text(blob) && blob.size <= (1 << 18) && text_holds(blob, "ro.build.version.release=") && text_holds(blob, "ro.build.version.sdk=");
}

void android_build_read(package_scan_t *scan)
{
    span_t place = {NULL, 0}, version = setting(scan->blob, "ro.build.version.release", &place);
    (void)say_package(scan, &(package_t){.type = "generic", .name = span_from_text("android"), .version = version,
                                         .supplier = span_from_text("Google"), .evidence = place,
                                         .scope = SCOPE_INSTALLED});
}

/* "# Linux/arm64 6.1.55 Kernel Configuration": in the file .config, or what CONFIG_IKCONFIG embeds. */
bool kernel_config_is(span_t blob) { return text_is_text(blob) && text_holds(span_clip(blob, 0, 512), " Kernel Configuration\n") &&
                                    text_holds(span_clip(blob, 0, 512), "# Linux/"); }

void kernel_config_read(package_scan_t *scan)
{
    span_t line = {NULL, 0}, arch, version;
    size_t at   = 0;
    (void)text_line(text_find(scan->blob, "# Linux/"), &at, &line);
    span_t rest = span_from_offset(line, strlen("# Linux/"));
    if (text_part(&rest, ' ', &arch) && text_part(&rest, ' ', &version) && rest.at != NULL)
        (void)say_package(scan, &(package_t){.type = "generic", .name = span_from_text("linux"), .version = version,
                                             .licence = span_from_text("GPL-2.0-only"), .evidence = line,
                                             .scope = SCOPE_DECLARED, .confidence = 90});
}

/* ---- pacman ------------------------------------------------------------------------------------------------------------ */

bool pacman_desc_is(span_t blob) { return text_is_text(blob) && (text_begins(blob, "%NAME%\n") || text_begins(blob, "%FILENAME%\n")) &&
                                  text_holds(head_of(blob), "\n%VERSION%\n"); }

static void say_pacman_words(package_scan_t *scan, relation_kind_t kind, const char *purl, span_t word)
{
    size_t size = 0;
    while (size < word.size && strchr("<>=:", word.at[size]) == NULL)
        size++;
    span_t name = span_sub(word, 0, size), constraint = size < word.size ? span_from_offset(word, size) : (span_t){NULL, 0};
    if (text_holds(name, ".so"))
        say_relation(scan, kind, purl, arena_printf(scan->arena, "soname:%.*s", (int)name.size, (const char *)name.at), constraint, word);
    else
        say_relation_to_package(scan, kind, purl, "alpm", "arch", name, constraint, word);
}

void pacman_desc_read(package_scan_t *scan)
{
    span_t line, field = {NULL, 0}, name = {NULL, 0}, version = {NULL, 0}, arch = {NULL, 0}, licence = {NULL, 0}, packager = {NULL, 0};
    for (size_t at = 0; text_line(scan->blob, &at, &line);) {
        span_t *value = text_is(field, "%NAME%") ? &name : text_is(field, "%VERSION%") ? &version : text_is(field, "%ARCH%") ? &arch
            : text_is(field, "%LICENSE%") ? &licence
                        : text_is(field, "%PACKAGER%") ? &packager : NULL;
        if (line.size > 2 && line.at[0] == '%')
            field = line;
        else if (value != NULL && value->at == NULL && line.size > 0)
            *value = line;
    }
    const char *purl = say_package(scan, &(package_t){.type = "alpm", .space = "arch", .name = name, .version = version, .arch = arch,
                                                      .licence = licence, .supplier = packager,
                                                      .evidence = name, .scope = SCOPE_INSTALLED});
    for (size_t at = 0; purl != NULL && text_line(scan->blob, &at, &line);) {
        if (line.size > 2 && line.at[0] == '%')
            field = line;
        else if (line.size > 0 && (text_is(field, "%DEPENDS%") || text_is(field, "%PROVIDES%")))
            say_pacman_words(scan, text_is(field, "%DEPENDS%") ? RELATION_DEPENDS_ON : RELATION_PROVIDES, purl, line);
    }
}

/* ---- Buildroot --------------------------------------------------------------------------------------------------------- */

bool buildroot_manifest_is(span_t blob) { return text_is_text(blob) && text_begins(blob, "\"PACKAGE\",\"VERSION\",\"LICENSE\""); }

/* Fields in double quotes, which are doubled inside; a line feed ends the record. */
static size_t csv_fields(span_t line, span_t *fields)
{
    size_t count = 0, at = 0;
    while (count < CSV_FIELDS && at < line.size && line.at[at] == '"') {
        size_t from = ++at;
        while (at < line.size && (line.at[at] != '"' || (at + 1 < line.size && line.at[at + 1] == '"')))
            at += line.at[at] == '"' ? 2 : 1;
        fields[count++] = span_sub(line, from, min_u64(at, line.size) - from);
        at += 2; /* the quote and the comma */
    }
    return count;
}

void buildroot_manifest_read(package_scan_t *scan)
{
    span_t line, field[CSV_FIELDS];
    size_t at = 0;
    (void)text_line(scan->blob, &at, &line);
    while (!scan->full && text_line(scan->blob, &at, &line)) {
        size_t count = csv_fields(line, field);
        if (count >= 3 && field[0].size > 0)
            (void)say_package(scan, &(package_t){.type = "generic", .name = field[0], .version = field[1].size > 0 &&
                                                 !text_is(field[1], "not applicable") ? field[1] : (span_t){NULL, 0},
                                                 .licence = field[2], .evidence = line, .scope = SCOPE_DECLARED, .confidence = 90});
    }
}

bool buildroot_config_is(span_t blob) { return text_is_text(blob) && text_holds(head_of(blob), "# Buildroot ") && text_holds(head_of(blob), "BR2_"); }

void buildroot_config_read(package_scan_t *scan)
{
    span_t line = {NULL, 0}, version = {NULL, 0};
    size_t at   = 0;
    (void)text_line(text_find(scan->blob, "# Buildroot "), &at, &line);
    span_t rest = span_from_offset(line, strlen("# Buildroot "));
    if (text_part(&rest, ' ', &version) && version.size > 0)
        (void)say_package(scan, &(package_t){.type = "generic", .name = span_from_text("buildroot"), .version = version, .evidence = line,
                                             .scope = SCOPE_DECLARED, .confidence = 90});
}

/* ---- Yocto ------------------------------------------------------------------------------------------------------------- */

bool yocto_licences_is(span_t blob) { return text_is_text(blob) && text_begins(blob, "PACKAGE NAME:") &&
                                     text_holds(head_of(blob), "\nPACKAGE VERSION:"); }

void yocto_licences_read(package_scan_t *scan)
{
    span_t line, key, value, name = {NULL, 0}, version = {NULL, 0}, licence = {NULL, 0}, recipe = {NULL, 0}, place = {NULL, 0};
    bool   more = true;
    for (size_t at = 0; !scan->full && more;) {
        more = text_line(scan->blob, &at, &line);
        if (more && line.size > 0 && text_pair(line, ':', &key, &value)) {
            span_t *field = text_is(key, "PACKAGE NAME") ? &name : text_is(key, "PACKAGE VERSION") ? &version : text_is(key, "LICENSE") ? &licence
                : text_is(key, "RECIPE NAME") ? &recipe : NULL;
            if (field != NULL)
                *field = value;
            place = field == &name ? line : place;
            continue;
        }
        const char *purl = name.size > 0 ? say_package(scan,
                                                       &(package_t){.type = "generic", .name = name, .version = version, .licence = licence,
                                                                    .evidence = place,
                                                                          .scope = SCOPE_DECLARED, .confidence = 90})
                                         : NULL;
        say_relation_to_package(scan, RELATION_GENERATED_FROM, purl, "generic", NULL, purl != NULL ? recipe : (span_t){NULL, 0}, (span_t){NULL, 0},
                                recipe);
        name = version = licence = recipe = (span_t){NULL, 0};
    }
}

/* "busybox cortexa8hf-neon 1.36.1-r0" a line, and nothing else. */
static bool is_manifest_line(span_t line, span_t *name, span_t *arch, span_t *version)
{
    span_t rest = line;
    if (!text_part(&rest, ' ', name) || !text_part(&rest, ' ', arch) || !text_part(&rest, ' ', version) || rest.at != NULL)
        return false;
    span_t revision = text_find(*version, "-r");
    return name->size > 0 && arch->size > 0 && revision.size > 2 && revision.at[2] >= '0' && revision.at[2] <= '9';
}

bool yocto_manifest_is(span_t blob)
{
    span_t line, name, arch, version;
    size_t lines = 0;
    if (!text_is_text(blob))
        return false;
    for (size_t at = 0; lines < 8 && text_line(blob, &at, &line); lines++)
        if (!is_manifest_line(line, &name, &arch, &version))
            return false;
    return lines >= 3;
}

void yocto_manifest_read(package_scan_t *scan)
{
    span_t line, name, arch, version;
    for (size_t at = 0; !scan->full && text_line(scan->blob, &at, &line);)
        if (is_manifest_line(line, &name, &arch, &version)) {
            span_t rest = version, upstream = {NULL, 0};
            rest.size   = version.size - text_find(version, "-r").size;
            upstream    = rest;
            (void)say_package(scan, &(package_t){.type = "generic", .name = name, .version = version, .arch = arch,
                                                 .upstream = say_text(scan, upstream), .evidence = line,
                                                 .scope = SCOPE_DECLARED, .confidence = 90});
        }
}

/* ---- vcpkg ------------------------------------------------------------------------------------------------------------- */

bool vcpkg_status_is(span_t blob)
{
    return control_begins(blob) && text_holds(head_of(blob), "\nAbi: ") && text_holds(head_of(blob), "\nStatus: ");
}

void vcpkg_status_read(package_scan_t *scan)
{
    static const package_kind_t kind = {"vcpkg", NULL};
    stanza_t                    stanza;
    for (size_t at = 0; !scan->full && control_next(scan->blob, &at, &stanza);)
        if (status_is_installed(stanza.status) && stanza.version.at != NULL) /* a feature of a package has a stanza without a version */
            (void)control_say(scan, &stanza, &kind, NULL);
}
