/* log_scan: the logs that one call of a function names, handed out to DuckDB's threads, a log at a time. */
#ifndef UAVLAKE_LOG_SCAN_H
#define UAVLAKE_LOG_SCAN_H

#include "decode/decode.h"
#include "extension/log_functions.h"

#include <stdatomic.h>

/* The named logs; made while a function is bound, read by all threads. */
struct log_set {
  struct arena *arena; /* of this and what else lives as long */
  const struct log_access *access;
  const char *const *names;
  uint32_t count;
  atomic_uint next;
};

/* One thread's present log. */
struct log_cursor {
  struct log_set *set;
  const char *name;
  struct input *input;
  struct decode *decode;
};

/* Reads the function's first parameter. False: the error is set in `info`. The set is in its own arena: free it by
 * log_set_free. */
bool log_set_bind(duckdb_bind_info info, struct log_set **ret_set);
void log_set_free(struct log_set *set);
/* A parameter's text in the set's arena; NULL where it isn't given. index -1: the named one. */
const char *log_set_text(struct log_set *set, duckdb_bind_info info, int index, const char *name);
bool log_set_flag(duckdb_bind_info info, const char *name);

/* Opens the next log that no thread has taken: *ret_more is false after the last. */
must_check enum status log_cursor_next(struct log_cursor *cursor, const struct decode_options *options, bool *ret_more,
                                       struct error *error);
must_check enum status log_cursor_open(struct log_cursor *cursor, const char *name,
                                       const struct decode_options *options, struct error *error);
/* Closes the present log. */
void log_cursor_close(struct log_cursor *cursor);

#endif
