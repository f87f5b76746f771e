/* search_where: the expressions of `flights --where`.
 *
 *   expression   term { or term }        term   factor { and factor }
 *   factor       not factor | ( expression ) | name is [not] missing | name [not] in (value, …) | name [not] like
 * 'text' | name = != <> < <= > >= value | name ~ 'part'
 *
 * A name is a figure of the flight (airborne_s), a feature (vibration_m_s2: any sensor fulfils it; vibration_m_s2[1]:
 * that one), or metadata (operator, tags.site). Values are numbers, true, false, and text in quotes; times are text
 * (start > '2026-03-01'). like knows % and _, as SQL, and ~ looks for a part; both take no notice of case. What a
 * flight does not have fulfils nothing but "is missing". */
#ifndef UAVLAKE_SEARCH_WHERE_H
#define UAVLAKE_SEARCH_WHERE_H

#include "lake/search_record.h"

struct where;

/* The names of numbers must be known when it is parsed. STATUS_SETTINGS says where the expression is wrong. */
must_check enum status where_parse(const char *expression, const struct search_names *names, struct arena *arena,
                                   struct where **ret_where, struct error *error);
bool where_holds(struct where *where, const struct search_record *record);
/* A name that no number is called by, that no record had a text for so far, and that is not usual; NULL: none. */
const char *where_unknown_name(const struct where *where, bool (*is_usual)(const char *name));

#endif
