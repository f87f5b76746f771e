/* log_access: which logs an SQL text may read, and how they are opened.
 *
 * The loadable extension and the command line read any file that the user can read; the web page's SQL only the lake's
 * own logs. The functions ask through this table and never open a path themselves. Thread-safe. */
#ifndef UAVLAKE_LOG_ACCESS_H
#define UAVLAKE_LOG_ACCESS_H

#include "base/arena.h"
#include "base/input.h"

struct log_access {
  /* The logs that `pattern` names, in `arena`, in order; at least one, or an error that says what to do. */
  enum status (*find)(void *context, const char *pattern, struct arena *arena, const char *const **ret_names,
                      uint32_t *ret_count, struct error *error);
  enum status (*open)(void *context, const char *name, struct input **ret_input, struct error *error);
  void *context;
};

/* Paths and shell patterns (*, ?, [a-z], {a,b}). */
extern const struct log_access log_access_files;

#endif
