#include "cli/engine_options.h"

#include <errno.h>
#include <stdlib.h>

/* A number with an optional K, M, G or T (powers of 1024). */
static bool read_size(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    char *end;
    errno = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    uint64_t number = strtoull(text, &end, 10), unit = 1;
    const char *units = "KMGT", *found = *end != '\0' ? strchr(units, *end) : NULL;
    if (found != NULL) {
        unit = UINT64_C(1) << (10 * (found - units + 1));
        end++;
    }
    return errno == 0 && *end == '\0' && checked_mul(number, unit, value) && *value >= least && *value <= most;
}

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    return strpbrk(text, "KMGT") == NULL && read_size(text, least, most, value);
}

bool engine_option(scan_setup_t *setup, int option, const char *argument)
{
    limits_t *limits = &setup->limits;
    uint64_t  value  = 0;
    bool      good   = true;
    switch (option) {
    case 'j':
        good           = read_number(argument, 1, 64, &value);
        setup->workers = (unsigned)value;
        break;
    case OPT_MEMORY: good = read_size(argument, (uint64_t)256 << 20, (uint64_t)1 << 50, &limits->memory); break;
    case OPT_TIME:
        good            = read_number(argument, 0, 1000000, &value);
        limits->seconds = (uint32_t)value;
        break;
    case OPT_JOB_TIME:
        good                = read_number(argument, 1, 1000000, &value);
        limits->job_seconds = (uint32_t)value;
        break;
    case OPT_DEPTH:
        good          = read_number(argument, 1, 256, &value);
        limits->depth = (uint32_t)value;
        break;
    case OPT_RATIO:
        good          = read_number(argument, 1, 1000000, &value);
        limits->ratio = (uint32_t)value;
        break;
    case OPT_OUTPUT: good = read_size(argument, 1, (uint64_t)1 << 50, &limits->output); break;
    case OPT_WORK: setup->work_directory = argument; break;
    case OPT_SANDBOX:
        good           = strcmp(argument, "reduced") == 0 || strcmp(argument, "full") == 0;
        setup->reduced = strcmp(argument, "reduced") == 0;
        break;
    default: good = false; break;
    }
    return good;
}
