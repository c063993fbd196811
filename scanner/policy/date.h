/* Days, as policies speak of them: YYYY-MM-DD of the Gregorian calendar, no time of day, no zone. */
#ifndef ASSAY_POLICY_DATE_H
#define ASSAY_POLICY_DATE_H

#include <stdbool.h>
#include <stdint.h>

enum { DATE_TEXT = 11 };

/* Days since 1970-01-01 of a day that exists, from 1970 to 9999; false for anything else. */
bool date_from(const char *text, int32_t *day);
/* The reverse, for a day that date_from can give. */
void date_text(int32_t day, char out[DATE_TEXT]);

#endif
