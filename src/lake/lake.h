/* lake: the only place that runs one stage after another.
 *
 * Folder of a lake:  lake.json (settings), catalog.sqlite, lock, raw/…, tables/…, tmp/
 * States of a log: seen → stored → decoded → loaded → assessed; kept_raw for kinds without a decoder; quarantined with
 * a reason. */
#ifndef UAVLAKE_LAKE_H
#define UAVLAKE_LAKE_H

#include "catalog/catalog.h"
#include "store/store.h"
#include "warehouse/warehouse.h"

struct lake;
struct mavlink_dialect;

/* Creates the folder and an empty lake in it. STATUS_EXISTS where there is one. */
must_check enum status lake_init(const char *root, struct error *error);
/* The same with the originals elsewhere: a location of store_open ("s3://bucket/prefix?…"), which must answer. NULL: in
 * the folder. */
must_check enum status lake_init_on(const char *root, const char *store, struct error *error);
/* STATUS_NOT_FOUND says how to make one. */
must_check enum status lake_open(const char *root, struct lake **ret_lake, struct error *error);
void lake_close(struct lake *lake);
static inline void lake_scope_end(struct lake **lake) {
  lake_close(*lake);
}
const char *lake_root(const struct lake *lake);
struct catalog *lake_catalog(struct lake *lake);
struct store *lake_store(struct lake *lake);
/* Opened at the first call. */
must_check enum status lake_warehouse(struct lake *lake, struct warehouse **ret_warehouse, struct error *error);

/* The one lock of writers, across processes; released by lake_close too. `waiting` (may be NULL) is called first where
 * another holds it. */
must_check enum status lake_lock(struct lake *lake, void (*waiting)(void *context), void *context, struct error *error);
void lake_unlock(struct lake *lake);

/* Which logs a query may name in read_uavlog and its like: the lake's own; with files_too any file that the user can
 * read. Lives as long as the lake. */
const struct log_access *lake_log_access(struct lake *lake, bool files_too);

struct add_options {
  const char *vehicle, *source, *operator, * payload, *note; /* NULL: from the content */
  const char *const *tags;                                   /* "key=value" */
  uint32_t tag_count;
  uint32_t workers;                      /* 0: one a core */
  const struct mavlink_dialect *dialect; /* a user's own, outlives the add; NULL: ArduPilot's */
};
/* Where an add stands; handed to the progress callback from several threads, one at a time. */
struct add_progress {
  const char *phase; /* "looking", "storing", "decoding" */
  uint64_t files_done, files;
  uint64_t bytes_done, bytes;
  double seconds;
};
/* What happened to one file. */
struct add_event {
  const char *path;
  const char *outcome; /* added, duplicate, kept_raw, quarantined, failed */
  const char *kind, *log_id, *vehicle;
  const char *text; /* reason or remark, "" none */
};
struct add_result {
  uint64_t files, added, duplicate, quarantined, kept_raw, failed;
  uint64_t bytes, flights, findings;
  double seconds;
};
struct add_callbacks {
  void *context;
  void (*progress)(void *context, const struct add_progress *progress); /* may be NULL */
  void (*event)(void *context, const struct add_event *event);          /* may be NULL */
};
/* Takes files and folders. Waits where another add holds the lake (the event "waiting" is told first). Goes on over bad
 * files; fails only where the lake itself fails. */
must_check enum status lake_add(struct lake *lake, const char *const *paths, uint32_t path_count,
                                const struct add_options *options, const struct add_callbacks *callbacks,
                                struct add_result *ret_result, struct error *error);

#endif
