/* text_value: what single words of tables and texts mean: numbers, times, units. */
#ifndef UAVLAKE_TEXT_VALUE_H
#define UAVLAKE_TEXT_VALUE_H

#include "base/clock.h"
#include "base/text.h"

/* Decimal number, rounded as strtod does, blanks around it allowed. `point`: '.' or ','. False for anything else, also
 * hexadecimal and words. */
bool text_value_number(struct text text, char point, double *ret_value);
/* Digits with a sign only, within int64. */
bool text_value_integer(struct text text, int64_t *ret_value);
/* Words that stand for "no value": empty, "NA", "N/A", "null", "None", "nan", "-", "--.--", "No Data". */
bool text_value_is_none(struct text text);

enum date_order { DATE_UNKNOWN, DATE_DAY_FIRST, DATE_MONTH_FIRST };
struct text_time {
  int64_t us;    /* as if it were UTC where no zone is told */
  bool zoned;    /* Z, UTC or an offset was there, and is taken into account */
  bool has_date; /* else us counts from midnight */
  bool has_time;
  bool ambiguous;       /* 03/04/2020 with order DATE_UNKNOWN: taken as day first */
  enum date_order told; /* 13/04/2020 tells */
};
/* ISO 8601 and what programs write instead: "2020-01-31T10:00:00.5+01:00", "2020:01:31 10:00:00", "2020/1/31",
 * "31.01.2020 10:00", "01/31/2020 08:50:18 PM", "10:00:00.250". The whole text must be it. */
bool text_value_time(struct text text, enum date_order order, struct text_time *ret_time);

struct text_unit {
  const char *word;      /* as headers spell it, lower case */
  const char *symbol;    /* "km/h" */
  const char *si;        /* "m/s" */
  double factor, offset; /* SI = value × factor + offset */
};
/* NULL: no unit that is known. */
const struct text_unit *text_unit_find(struct text word);
/* "speed [km/h]", "altitude(feet)", "Hdg(@)" → name and unit; NULL and the whole header where there is none. */
const struct text_unit *text_unit_of_header(struct text header, struct text *ret_name);

#endif
