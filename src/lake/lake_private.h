/* lake_private: what the files of this folder share. */
#ifndef UAVLAKE_LAKE_PRIVATE_H
#define UAVLAKE_LAKE_PRIVATE_H

#include "flight/flight.h"
#include "health/health.h"
#include "lake/inspect.h"
#include "lake/lake.h"
#include "quality/quality.h"
#include "table/table.h"

#include "decode/decoder.h"

struct lake {
  char *root;
  struct catalog *catalog;
  struct store *store;
  struct warehouse *warehouse; /* NULL until it is first asked for */
  struct log_access own_logs, any_logs;
  int lock;
};

void lake_set_log_access(struct lake *lake);

#define DECODER_VERSION 1 /* raised when a decoder, the mapping or a rule changes results */
#define QUALITY_FINDINGS_MAX 32u

enum job_outcome { JOB_OPEN, JOB_ADDED, JOB_DUPLICATE, JOB_KEPT_RAW, JOB_QUARANTINED, JOB_FAILED };

/* What a flight's rows came to, beside the flight itself. */
#define TRACK_POINTS_MAX 128u
struct preview_point {
  double lat, lon; /* degrees */
  float alt;       /* m above take-off */
  double t_s;      /* since the flight began */
};
struct flight_result {
  struct feature_list features;
  struct preview_point track[TRACK_POINTS_MAX]; /* thinned */
  uint32_t track_count;
  uint32_t track_stride; /* every so many position rows are kept; doubles when the array is full */
  uint32_t track_seen;
  const char *words; /* what the autopilot wrote, a line each; in the job's arena */
};

/* One file on its way into the lake. Owned by the ingest; all its memory is in `arena`. */
struct log_job {
  struct arena *arena;
  const char *path; /* as the user gave it; of a resumed log: where it came from */
  const char *name; /* last part of the path */
  uint64_t bytes;
  char stamp[96]; /* device, inode, size and times of the file: the same stamp, the same content */
  const char
      *typed; /* what people said of it: JSON with operator, payload, note, tags and, of a resumed log, history */
  const char *sidecar;       /* its sidecar's content, NULL none */
  const char *sidecar_error; /* why it could not be used, NULL none */
  bool resumed;              /* stored by an add that was cut off; read from the store */
  const char *file;          /* of a file from an archive: where it was unpacked to; NULL: path */
  const char *inside;        /* … its path in the archive, NULL: it lay in no archive */
  char archive[SHA256_TEXT]; /* … the archive's id */
  uint32_t depth;            /* … how many archives it was in */
  uint32_t archive_index;    /* … the archive among those of this add */
  enum job_outcome outcome;
  char text[ERROR_TEXT_MAX]; /* reason of the outcome, "" none */

  char sha256[SHA256_TEXT];
  char key[STORE_KEY_MAX];
  const char *vehicle, *source;
  int64_t start_us, end_us; /* UTC, TIME_NONE unknown */
  int64_t date_us;          /* chooses the partition: the flight's, else the file's */
  bool date_from_file;
  int64_t added_us;

  const struct mavlink_dialect *dialect; /* NULL: ArduPilot's */
  struct inspection log;                 /* first pass */
  uint8_t priority;                      /* of this log among the logs of one flight: the higher one describes it */

  /* second pass */
  struct flight_result *results; /* one a flight */
  struct quality_finding quality[QUALITY_FINDINGS_MAX];
  uint32_t quality_count;
  double quality_score; /* NAN: not judged */
  uint64_t rows;
};

/* look.c: hash, probe and first pass of one file. Sets outcome where it ends here; else leaves JOB_OPEN. */
void job_look(struct lake *lake, struct log_job *job, const struct add_options *options);

/* load.c: second pass of one log into a commit. */
must_check enum status job_load(struct lake *lake, struct log_job *job, struct commit *commit, struct error *error);

/* document.c: the catalogue's documents. */
must_check enum status document_put_log(struct lake *lake, const struct log_job *job, const char *state,
                                        struct error *error);
/* Of a log that is there already: what its sidecar says now. */
must_check enum status document_take_sidecar(struct lake *lake, const struct log_job *job, struct error *error);
must_check enum status document_put_file(struct lake *lake, const struct log_job *job, struct error *error);
must_check enum status document_put_flights(struct lake *lake, const struct log_job *job, struct error *error);
must_check enum status document_put_vehicle(struct lake *lake, const char *vehicle, struct error *error);
/* Reads back what a resumed log's document says (vehicle, source, key, path, date). */
must_check enum status document_read_job(struct log_job *job, const char *json, struct error *error);
must_check enum status document_set_log_state(struct lake *lake, const char *log_id, const char *state,
                                              struct error *error);

/* link.c: one flight id for the logs of one flight; photos to flights. */
/* Adds the flights that no log told of before to *new_flights. */
must_check enum status link_flights(struct lake *lake, struct log_job **jobs, uint32_t job_count, uint64_t *new_flights,
                                    struct error *error);
/* companion.c: films and the subtitle files beside them. Before relate_logs, which may then know a film's place. */
must_check enum status link_companions(struct lake *lake, struct error *error);

/* relate.c: logs, photos and films whose clocks do not know UTC, or that know no vehicle, find their flight. */
must_check enum status relate_logs(struct lake *lake, uint64_t *ret_linked, struct error *error);

/* A vehicle's judged flights, oldest first. */
struct flight_history {
  struct feature_list **lists;
  char (*flights)[FLIGHT_ID_MAX];
  char (*logs)[SHA256_TEXT];
  char (*starts)[CLOCK_TEXT_SIZE]; /* ISO */
  uint32_t count;
};

/* compare.c: the quality rules that compare logs, for the vehicle's logs that stand at `loaded`. */
must_check enum status compare_logs(struct lake *lake, const char *vehicle, struct error *error);

/* condition.c: says of each finding of the vehicle whether it is open, repeated or closed. */
must_check enum status condition_settle(struct lake *lake, const char *vehicle, const struct flight_history *history,
                                        struct error *error);

/* assess.c: removes the findings of a flight. */
must_check enum status assess_forget(struct lake *lake, const char *flight, struct error *error);
/* assess.c: findings of a vehicle's flights from `from` (ISO start) on. */
must_check enum status assess_vehicle(struct lake *lake, const char *vehicle, const char *from, uint64_t *ret_findings,
                                      struct error *error);

#endif
