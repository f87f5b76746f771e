/* decode: any log's bytes → typed columns per message, through whichever decoder knows the bytes.
 *
 *   struct decode *log; const struct batch *batch;
 *   TRY(decode_open(input, NULL, &(struct decode_options){0}, &log, error));
 *   do { status = decode_next(log, &batch, error); … } while (status == STATUS_OK && batch);
 *   const struct decode_report *report = decode_get_report(log);  // counts, damage, facts: complete after the last
 * batch decode_close(log);
 *
 * Streaming and bounded: memory does not grow with the log. One thread a decode; any number of decodes. */
#ifndef UAVLAKE_DECODE_H
#define UAVLAKE_DECODE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/column.h"
#include "base/input.h"

struct decoder;
struct decode;
struct mavlink_dialect;

struct message {
  const char *name; /* "ATT", "HEARTBEAT", "vehicle_status" */
  uint32_t id;      /* the format's own number */
  uint32_t index;   /* 0, 1, … in order of definition; unique within the log */
  const struct field *fields;
  uint16_t field_count;
  int16_t time_field;        /* field that holds the log clock, -1 none */
  int16_t instance_field;    /* field that tells sensors apart, -1 none */
  bool wanted;               /* rows are delivered; else only counted */
  uint64_t count;            /* records read so far, delivered or not */
  int64_t first_us, last_us; /* log clock of the first and last record, TIME_NONE unknown */
};

/* Rows of one message, in the log's order within that message. Valid until the next decode_next. */
struct batch {
  const struct message *message;
  uint32_t rows;
  const struct column *columns; /* message->field_count of them */
  const int64_t
      *time_us; /* log clock a row: µs since boot, or since 1970 where report.clock says so; TIME_NONE unknown */
};

struct damage {
  uint64_t offset, bytes;
  const char *reason;
  int64_t from_us, to_us;
};
#define DECODE_DAMAGE_MAX 4096

struct decode_fact {
  const char *key;
  const char *value;
};

enum decode_clock { DECODE_CLOCK_BOOT, DECODE_CLOCK_UTC, DECODE_CLOCK_NONE };

struct decode_report {
  struct message **messages;
  uint32_t message_count;
  struct damage *damage; /* sorted by offset; the first DECODE_DAMAGE_MAX */
  uint32_t damage_count;
  uint64_t damaged_bytes; /* all, also those past the maximum */
  uint64_t damaged_places;
  bool truncated; /* the last record is torn: a normal power-off, not counted as damage */
  struct decode_fact *facts;
  uint32_t fact_count;
  uint64_t bytes;            /* read so far */
  uint64_t records;          /* good ones, delivered or not */
  uint64_t bad_records;      /* framed, but refused (bad CRC) */
  uint64_t unknown_records;  /* framed, but of no known type */
  int64_t first_us, last_us; /* log clock over all records */
  enum decode_clock clock;
};

struct decode_options {
  size_t memory_limit; /* bytes for everything the decode allocates, batches included; 0: 64 MiB */
  struct heap *heap; /* where that comes from, with its own limit; outlives the decode. NULL: malloc and memory_limit */
  uint32_t batch_rows; /* most rows a batch; 0: the decoder's best. 1 keeps the log's record order */
  /* Which messages' rows are wanted; NULL: all. Called once a message definition. */
  bool (*wanted)(void *context, const struct message *message);
  void *context;
  const struct mavlink_dialect
      *dialect; /* a user's own (mavlink_dialect_xml.h), outlives the decode; NULL: ArduPilot's */
};

/* The decoder whose probe scores highest on these first bytes (give up to 64 KiB), never NULL: `unknown` is the last
 * resort. ret_score may be NULL. */
const struct decoder *decode_probe(struct bytes head, uint64_t size, struct text name, int *ret_score);
const struct decoder *decoder_find(const char *name); /* NULL: no such */
extern const struct decoder *const decoder_list[];    /* NULL at the end */

/* Opens with the given decoder, or with the one that the bytes ask for (NULL). The input stays the caller's, must
 * outlive the decode and be at offset 0. STATUS_UNSUPPORTED for kinds that are kept raw. */
must_check enum status decode_open(struct input *input, const struct decoder *decoder,
                                   const struct decode_options *options, struct decode **ret_decode,
                                   struct error *error);
/* *ret_batch is NULL after the last batch. STATUS_LIMIT as soon as memory was refused anywhere in the decode. After a
 * failure only decode_close may follow. */
must_check enum status decode_next(struct decode *decode, const struct batch **ret_batch, struct error *error);
const struct decode_report *decode_get_report(const struct decode *decode);
const struct decoder *decode_get_decoder(const struct decode *decode);
const char *decode_get_fact(const struct decode *decode, const char *key); /* NULL: not known */
void decode_close(struct decode *decode);
static inline void decode_scope_end(struct decode **decode) {
  decode_close(*decode);
}

#endif
