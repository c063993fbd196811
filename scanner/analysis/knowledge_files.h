/* The files of the knowledge base, read one by one; what is wrong with one does not hide what is wrong with the next. */
#ifndef ASSAY_ANALYSIS_KNOWLEDGE_FILES_H
#define ASSAY_ANALYSIS_KNOWLEDGE_FILES_H

#include "analysis/knowledge.h"

/* What was wrong, a line each; `all` may be NULL: then only the first is kept. */
typedef struct { arena_t *arena; buffer_t *all; const char *first; size_t count; } complaints_t;

void complain(complaints_t *complaints, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads all files; those that are wrong are complained of and left out. Records ascend by id. False, and `*why`, when a folder
 * cannot be read or memory is out. */
bool knowledge_read(const char *data, arena_t *arena, knowledge_t *knowledge, complaints_t *complaints, const char **why);

/* Complains of names that one file uses of another and that nobody has. */
void knowledge_check_names(const knowledge_t *knowledge, const char *data, complaints_t *complaints);

#endif
