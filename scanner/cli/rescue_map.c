#include "cli/rescue_map.h"

#include "report/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAP_BYTES_MAX = 64 << 20, LINE_MAX_BYTES = 256 };

static const struct { char status; const char *why; } statuses[] = {
    {'?', "not tried: the acquisition did not come to it"},
    {'*', "not read from the device: reading it failed, and was not tried in smaller steps"},
    {'/', "not read from the device: its edges failed, its inside was not tried"},
    {'-', "not read from the device: bad sectors"},
};

static bool add(rescue_map_t *map, size_t *room, unread_t unread)
{
    if (map->count == *room) {
        size_t    more  = *room == 0 ? 64 : *room * 2;
        unread_t *grown = realloc(map->unread, more * sizeof *grown);
        if (grown == NULL)
            return false;
        map->unread = grown;
        *room       = more;
    }
    map->unread[map->count++] = unread;
    return true;
}

static bool read_number(const char **text, uint64_t *value)
{
    char *end;
    while (**text == ' ' || **text == '\t')
        ++*text;
    errno  = 0;
    *value = strtoull(*text, &end, 0);
    bool good = end != *text && errno == 0 && **text >= '0' && **text <= '9';
    *text     = end;
    return good;
}

typedef enum { LINE_GOOD, LINE_WRONG, LINE_NO_MEMORY } line_t;

/* "position size status". `*next`: where the ranges so far end. */
static line_t read_range(const char *line, rescue_map_t *map, size_t *room, uint64_t *next)
{
    uint64_t at, size;
    if (!read_number(&line, &at) || !read_number(&line, &size) || at < *next || !checked_add(at, size, next))
        return LINE_WRONG;
    line += strspn(line, " \t");
    if (line[0] == '\0' || line[1 + strspn(line + 1, " \t\r")] != '\0')
        return LINE_WRONG;
    if (line[0] == '+')
        return LINE_GOOD;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == line[0])
            return add(map, room, (unread_t){at, size, statuses[i].why}) ? LINE_GOOD : LINE_NO_MEMORY;
    return LINE_WRONG;
}

/* Where the program stood when it stopped, what it was doing and in which pass: nothing of this is needed, but it has to be there. */
static bool is_head(const char *line)
{
    uint64_t at;
    return read_number(&line, &at) && strchr("?*/-FG+", line[strspn(line, " \t")]) != NULL && line[strspn(line, " \t")] != '\0';
}

static line_t read_lines(span_t text, rescue_map_t *map, size_t *number)
{
    size_t   room = 0;
    uint64_t next = 0;
    bool     head = false; /* the first line that is no comment: position and status of the program itself */
    for (size_t at = 0; at < text.size; ++*number) {
        const uint8_t *end  = memchr(text.at + at, '\n', text.size - at);
        size_t         size = end != NULL ? (size_t)(end - text.at) - at : text.size - at;
        char           line[LINE_MAX_BYTES];
        if (size >= sizeof line)
            return LINE_WRONG;
        memcpy(line, text.at + at, size);
        line[size] = '\0';
        at += size + 1;
        if (line[0] == '#' || line[strspn(line, " \t\r")] == '\0')
            continue;
        line_t result = head ? read_range(line, map, &room, &next) : is_head(line) ? LINE_GOOD : LINE_WRONG;
        head          = true;
        if (result != LINE_GOOD)
            return result;
    }
    return head ? LINE_GOOD : LINE_WRONG;
}

status_t rescue_map_read(const char *path, rescue_map_t *map, char *why, size_t why_size)
{
    buffer_t text   = {0};
    sha256_t sha256 = {0};
    size_t   number = 1;
    *map            = (rescue_map_t){0};
    status_t status = input_read(path, MAP_BYTES_MAX, &text);
    if (status_ok(status))
        status = sha256_of(buffer_span(&text), &sha256);
    line_t result = status_ok(status) ? read_lines(buffer_span(&text), map, &number) : LINE_GOOD;
    buffer_free(&text);
    if (result == LINE_NO_MEMORY)
        status = status_fail(STATUS_MEMORY, "map", 0, "out of memory");
    if (result == LINE_WRONG)
        status = status_fail(STATUS_INVALID, "map", 0, "not a map file of ddrescue");
    if (result == LINE_WRONG)
        (void)snprintf(why, why_size, "line %zu: not a line of a map file of ddrescue (position, size, one of + ? * / -, ascending)", number);
    else
        status_print(status, why, why_size);
    hex_encode(sha256.bytes, SHA256_SIZE, map->digest);
    if (!status_ok(status))
        rescue_map_free(map);
    return status;
}

void rescue_map_free(rescue_map_t *map)
{
    free(map->unread);
    *map = (rescue_map_t){0};
}
