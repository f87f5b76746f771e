/* audit: is the lake still what its catalogue says, what does it cost to keep, and do its logs get worse?
 *
 * The report is one JSON object (docs/audit.md lists its fields). The last AUDIT_REPORTS_MAX of them are kept in the
 * catalogue's collection `jobs`, kind "audit", under the ids "audit-<time>". */
#ifndef UAVLAKE_AUDIT_H
#define UAVLAKE_AUDIT_H

#include "lake/lake.h"

#define AUDIT_REPORTS_MAX 50u
#define AUDIT_FAULT_LIST_MAX 200u /* faults that a report lists; all are counted */

struct audit_options {
  bool quick;                /* names and sizes only: nothing is read */
  bool restart;              /* does not go on with one that was cut off */
  double sample;             /* share of the bytes to read, 0 … 1, what was not looked at longest first; 0: all */
  int64_t older_than_us;     /* read only what was not looked at for so long; 0: all */
  uint64_t rate;             /* bytes a second at most; 0: no limit */
  const char *const *prices; /* "CLASS=AMOUNT" a GB and month, kept from then on; "CLASS=" forgets it */
  uint32_t price_count;
  const char *currency; /* kept too; NULL: as it was */
};

/* what:
 *   object_missing, object_changed, object_unreadable   the original bytes of a log
 *   object_unknown                                      bytes in the store that no log names
 *   table_missing, table_changed, table_unreadable      a file of the tables
 *   table_unknown                                       a file below tables/ that no commit names
 *   log_without_rows                                    a log whose rows no file of the tables holds
 *   rows_differ                                         the tables hold fewer or more rows than were written
 *   table_without_log                                   a table file whose logs are gone from the catalogue
 *   flight_without_log, flight_missing                  a flight whose logs are gone; one that a log names and that
 *                                                       is gone
 *   finding_without_flight                              a finding about a flight that is gone */
struct audit_fault {
  const char *what;
  const char *path;    /* key or path in the lake; of a flight, log or finding its id */
  const char *log;     /* id of the log it is about, "" several or none */
  const char *name;    /* that log's file name, "" */
  const char *vehicle; /* "" */
  const char *const *flights;
  uint32_t flight_count;
  const char *text;   /* one sentence */
  const char *remedy; /* what to type or do, "" nothing known */
};

struct audit_callbacks {
  void *context;
  void (*fault)(void *context, const struct audit_fault *fault);
  void (*note)(void *context, const char *text); /* what people should know of this run; may be NULL */
  void (*progress)(void *context, uint64_t files_done, uint64_t files, uint64_t bytes_done, uint64_t bytes,
                   double seconds); /* may be NULL */
};

/* Reconciles names, then reads what the options choose and compares SHA-256. Adds wait only while names are collected.
 * Killed in between, the next one with the same options goes on. About 200 bytes of memory a file. ret_report lives in
 * the arena. STATUS_EXISTS where another audit of this lake runs; fails else only where the lake itself fails. */
must_check enum status lake_audit(struct lake *lake, const struct audit_options *options,
                                  const struct audit_callbacks *callbacks, struct arena *arena, const char **ret_report,
                                  uint64_t *ret_faults, struct error *error);

/* The report of this id, or the last one where id is "last" or NULL; in the arena. STATUS_NOT_FOUND. */
must_check enum status audit_report_get(struct catalog *catalog, struct arena *arena, const char *id,
                                        const char **ret_report, struct error *error);

/* The report as one page of HTML that needs nothing else. STATUS_BAD_DATA where it is no report. */
must_check enum status audit_page(const char *report, struct buffer *out, struct error *error);

#endif
