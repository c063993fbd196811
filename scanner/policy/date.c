#include "policy/date.h"

#include <stdio.h>
#include <string.h>

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int days_before_year(int year) { return 365 * (year - 1970) + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400; }

bool date_from(const char *text, int32_t *day)
{
    char again[DATE_TEXT];
    int  year, month, date;
    if (strlen(text) != DATE_TEXT - 1 || sscanf(text, "%4d-%2d-%2d", &year, &month, &date) != 3)
        return false;
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || date < 1 || date > days_in(year, month))
        return false;
    int days = days_before_year(year) + date - 1;
    for (int m = 1; m < month; m++)
        days += days_in(year, m);
    *day = days;
    date_text(*day, again);
    return strcmp(again, text) == 0; /* and so there were no signs or blanks in it */
}

void date_text(int32_t day, char out[DATE_TEXT])
{
    int year = 1970 + day / 366, month = 1;
    while (days_before_year(year + 1) <= day)
        year++;
    int left = day - days_before_year(year);
    for (; left >= days_in(year, month); month++)
        left -= days_in(year, month);
    char text[48];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, left + 1);
    memcpy(out, text, DATE_TEXT - 1);
    out[DATE_TEXT - 1] = '\0';
}
