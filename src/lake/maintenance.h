/* maintenance: records of work on vehicles, from the tables that workshops keep.
 *
 * A file is CSV (any separator; UTF-8, UTF-16 or Latin-1), a JSON array of objects, or JSON lines. Its columns are
 * mapped to fields: by what was said with --map, else by what the same source said before, else by their names. The
 * fields: record, time, vehicle, component, serial, action, problem, text, person, hours, cycles, cost, currency, due.
 * Columns without a field are kept under `more`. A row that can't be true is refused with its line and the reason; the
 * others go in. The same row never goes in twice. */
#ifndef UAVLAKE_MAINTENANCE_H
#define UAVLAKE_MAINTENANCE_H

#include "decode/text_value.h"
#include "lake/lake.h"

#define MAINTENANCE_FILE_MAX ((size_t)64 << 20)
#define MAINTENANCE_GUESS_MAX ((size_t)4 << 20) /* a larger file is imported only when somebody says so */

struct maintenance_options {
  const char *vehicle;     /* of rows that name none; NULL: "unknown" */
  const char *source;      /* whose table it is; NULL: told by its column names */
  const char *const *maps; /* "COLUMN=field", "COLUMN=" leaves it out */
  uint32_t map_count;
  enum date_order date_order; /* of 03/04/2026 */
  bool dry_run;
};

struct maintenance_result {
  uint64_t rows, added, known, refused;
  char source[80];
};

struct maintenance_callbacks {
  void *context;
  /* A column and its field, "" for `more`; once a file. May be NULL. */
  void (*column)(void *context, const char *column, const char *field);
  void (*refused)(void *context, uint64_t line, const char *column, const char *value, const char *reason);
};

/* Waits for other writers. Fails where the file can't be read as a table or names no column that is known. */
must_check enum status maintenance_import(struct lake *lake, const char *path,
                                          const struct maintenance_options *options,
                                          const struct maintenance_callbacks *callbacks,
                                          struct maintenance_result *ret_result, struct error *error);
/* Does the file, of at most MAINTENANCE_GUESS_MAX bytes, look like such a table? It does where it says what was done,
 * and when or to which vehicle. */
bool maintenance_is_table(const char *path);

#endif
