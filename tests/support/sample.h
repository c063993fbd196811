/* Samples and oracles: shell builders in corpus/samples/, independent programs, scratch directories. */
#ifndef ASSAY_TESTS_SAMPLE_H
#define ASSAY_TESTS_SAMPLE_H

#include "base/bytes.h"

/* cmocka wants these first, in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

typedef struct { uint8_t *at; size_t size; char path[1024]; } sample_t;

static inline span_t sample_span(const sample_t *sample) { return span_from(sample->at, sample->size); }

/* The output of `corpus/samples/NAME.sh OUT ARGS`, built once per build directory and kept there; `args` may be "". Fails the
 * test when the builder fails. */
sample_t sample_build(const char *name, const char *args);
/* Does a builder of this name exist? */
bool     sample_exists(const char *name);
sample_t sample_read(const char *path);
void     sample_free(sample_t *sample);

/* Runs a shell command; fails the test unless it exits with 0. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The exit status of a shell command (128 + signal when killed). */
int  run_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A fresh directory below the build's sample directory, removed by scratch_remove. Static storage is not used: `out` has room for 1024. */
void scratch_make(char *out);
void scratch_remove(const char *directory);

void write_file(const char *path, span_t bytes);

#endif
