/* audit: is the lake still what its catalogue says? */
#ifndef UAVLAKE_AUDIT_H
#define UAVLAKE_AUDIT_H

#include "lake/lake.h"

#define AUDIT_KINDS_MAX 64u
#define AUDIT_MONTHS_MAX 240u

struct audit_options {
  bool quick; /* names and sizes only: nothing is read */
};

/* what:
 *   object_missing, object_changed, object_unreadable   the original bytes of a log
 *   object_unknown                                      bytes in the store that no log names
 *   table_missing, table_changed, table_unreadable      a file of the tables
 *   table_unknown                                       a file below tables/ that no commit names
 *   log_without_rows                                    a log whose rows no file of the tables holds
 *   flight_without_log                                  a flight all of whose logs are gone from the catalogue */
struct audit_fault {
  const char *what;
  const char *path; /* key or path in the lake; of a flight its id */
  const char *log;  /* id of the log it is about, "" several or none */
  const char *text; /* one sentence */
};

struct audit_share {
  char name[32]; /* kind of log, or month "2026-03" in which it came in */
  uint64_t count, bytes;
};

struct audit_result {
  uint64_t objects, object_bytes;
  uint64_t tables, table_bytes, table_rows;
  uint64_t read_bytes; /* hashed */
  uint64_t faults;
  struct audit_share kinds[AUDIT_KINDS_MAX], months[AUDIT_MONTHS_MAX]; /* most bytes first; oldest first */
  uint32_t kind_count, month_count;
  double seconds;
};

struct audit_callbacks {
  void *context;
  void (*fault)(void *context, const struct audit_fault *fault);
  void (*progress)(void *context, uint64_t files_done, uint64_t files, uint64_t bytes_done, uint64_t bytes,
                   double seconds); /* may be NULL */
};

/* Reads every stored object and table file once and compares size and SHA-256. Adds wait only while names are
 * collected. The result is kept in the catalogue (settings, id "audit"). Fails only where the lake itself fails. */
must_check enum status lake_audit(struct lake *lake, const struct audit_options *options,
                                  const struct audit_callbacks *callbacks, struct audit_result *ret_result,
                                  struct error *error);

#endif
