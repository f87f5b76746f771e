/* sql_view: views of the warehouse that are SQL themselves (views/<name>.sql, embedded at build time): questions that
 * operators ask of a fleet, under a name of their own.
 *
 * A file's head says what the view answers, then its columns: "-- column | type | unit | meaning". The rest is one
 * SELECT over tables and other views, which it names right after FROM or JOIN. Parsed at the first call; thread-safe.
 */
#ifndef UAVLAKE_SQL_VIEW_H
#define UAVLAKE_SQL_VIEW_H

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"

#define SQL_VIEW_COLUMNS_MAX 32
#define SQL_VIEWS_MAX 64

struct sql_view_column {
  struct text name, type, unit, about; /* type: as the tables', or date, which results write as text */
};

struct sql_view {
  const char *name; /* "battery_history" */
  struct text about;
  const char *sql; /* the SELECT, NUL-terminated */
  struct sql_view_column columns[SQL_VIEW_COLUMNS_MAX];
  uint32_t column_count;
};

/* In the order of names; NULL past the last. */
const struct sql_view *sql_view_at(size_t index);
/* Index for sql_view_at; -1: no such view. */
int sql_view_find(const char *name);

void sql_view_write_markdown(struct buffer *out); /* all */
void sql_view_write_json(struct json_writer *json, const struct sql_view *view);

#endif
