#include "analysis/passwords.h"

#include "analysis/files.h"
#include "analysis/text.h"

#include <crypt.h>
#include <stdlib.h>

enum { WORDS_MAX = 4096, HASH_MAX = 200, WORD_MAX = 64, WORK_OF_ONE_HASH = 1500, ROUNDS_MAX = 100000, BCRYPT_COST_MAX = 10 };

struct passwords { span_t *words; size_t count; };

passwords_t *passwords_load(const char *data, arena_t *arena, report_source_t *source, const char **why)
{
    data_files_t files;
    const char  *path      = arena_printf(arena, "%s/corpus/passwords/known.txt", data);
    passwords_t *passwords = arena_alloc(arena, sizeof *passwords);
    *why                   = "out of memory";
    if (path == NULL || passwords == NULL || !status_ok(file_read(path, arena, &files, why)))
        return NULL;
    *passwords = (passwords_t){.words = arena_array(arena, WORDS_MAX, sizeof *passwords->words)};
    span_t line;
    for (size_t at = 0; passwords->words != NULL && text_line(files.files[0].content, &at, &line);) {
        if (line.size == 0 || line.at[0] == '#' || line.size > WORD_MAX)
            continue;
        if (passwords->count == WORDS_MAX) {
            *why = arena_printf(arena, "%s: more than %d passwords", path, WORDS_MAX);
            return NULL;
        }
        passwords->words[passwords->count++] = line;
    }
    *source = (report_source_t){.name = "passwords", .digest = arena_text(arena, span_from_text(files.digest)), .count = passwords->count};
    return passwords->words != NULL && source->digest != NULL ? passwords : NULL;
}

/* About how many milliseconds one try takes, in thousandths; 0: not to be tried. The parameters are the file's, so they are bounded. */
static uint32_t cost_of(const char *hash)
{
    uint32_t number = 0;
    size_t   length = strlen(hash), digits = 0;
    if (hash[0] != '$')
        return length == 13 || (length == 20 && hash[0] == '_') ? 20 : 0;
    if (strncmp(hash, "$1$", 3) == 0)
        return 150;
    if (strncmp(hash, "$5$", 3) == 0 || strncmp(hash, "$6$", 3) == 0) {
        if (strncmp(hash + 3, "rounds=", 7) != 0)
            return 1600;
        for (; hash[10 + digits] >= '0' && hash[10 + digits] <= '9' && digits < 9; digits++)
            number = number * 10 + (uint32_t)(hash[10 + digits] - '0');
        return hash[10 + digits] == '$' && number > 0 && number <= ROUNDS_MAX ? (uint32_t)max_u64(number, 1000) / 3 : 0;
    }
    if (strncmp(hash, "$2", 2) == 0 && length == 60 && hash[4] >= '0' && hash[4] <= '9' && hash[5] >= '0' && hash[5] <= '9') {
        number = (uint32_t)(hash[4] - '0') * 10 + (uint32_t)(hash[5] - '0');
        return number >= 4 && number <= BCRYPT_COST_MAX ? UINT32_C(60) << number : 0;
    }
    return strncmp(hash, "$y$j9T$", 7) == 0 ? 22000 : 0;
}

static bool fits(const char *hash, span_t word, struct crypt_data *data)
{
    char text[WORD_MAX + 1];
    memcpy(text, word.at, word.size);
    text[word.size]    = '\0';
    const char *result = crypt_r(text, hash, data);
    return result != NULL && strcmp(result, hash) == 0;
}

password_result_t passwords_try(const passwords_t *passwords, span_t name, span_t hash, uint32_t *work, span_t *found)
{
    char text[HASH_MAX + 1];
    while (hash.size > 0 && hash.at[0] == '!')
        hash = span_from_offset(hash, 1);
    if (hash.size == 0 || hash.size > HASH_MAX || memchr(hash.at, 0, hash.size) != NULL)
        return PASSWORD_NOT_TRIED;
    memcpy(text, hash.at, hash.size);
    text[hash.size]   = '\0';
    uint64_t     cost = cost_of(text), room = min_u64(WORK_OF_ONE_HASH, *work), spent = 0;
    struct crypt_data *data = cost > 0 && room * 1000 >= cost ? calloc(1, sizeof *data) : NULL;
    if (data == NULL)
        return PASSWORD_NOT_TRIED;
    password_result_t result = PASSWORD_NOT_FOUND;
    for (size_t i = 0; i <= passwords->count && spent + cost <= room * 1000; i++) {
        span_t word = i == 0 ? name : passwords->words[i - 1];
        spent += cost;
        if (word.size == 0 || word.size > WORD_MAX || !fits(text, word, data))
            continue;
        *found = word;
        result = PASSWORD_FOUND;
        break;
    }
    *work -= (uint32_t)min_u64(*work, (spent + 999) / 1000);
    free(data);
    return result;
}
