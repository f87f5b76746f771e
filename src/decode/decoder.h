/* decoder: what one log format must provide, and what the framework gives it.
 *
 * One format is one file that ends in its `const struct decoder decoder_<name>`; the list of names stands in
 * src/decode/meson.build and nowhere else. A decoder is pulled: `next` reads on from d->input until some message's
 * batch is full (or the input ends, when the partly filled ones are given out) and returns it. It salvages: damage is
 * noted with decode_damage and reading goes on. It fails only when nothing is readable (STATUS_BAD_DATA), when the
 * reader or a limit fails. All its memory comes from d->arena, d->heap or the batches that the framework builds, which
 * share one limit: never from memory_new and the like, which would end the program of a libuavlog user. */
#ifndef UAVLAKE_DECODER_H
#define UAVLAKE_DECODER_H

#include "base/heap.h"
#include "decode/decode.h"

struct probe {
  struct bytes head; /* first bytes of the file, up to PROBE_HEAD */
  uint64_t size;     /* of the whole file */
  struct text name;  /* file name, for a tie only: never for the decision */
};
#define PROBE_HEAD ((size_t)64 << 10)

struct decoder {
  const char *name;       /* "dataflash": also the `kind` in the catalogue */
  const char *about;      /* one line for help and reference pages */
  const char *suffixes;   /* "bin BIN log", for help only */
  const char *source;     /* default source of such files: carrier, payload, ground_station, simulator, … */
  const char *kept_raw;   /* not NULL: recognised and kept as it is, for this reason; open/next/close are NULL */
  const char *vocabulary; /* source_format of the vocabulary's mapping rows ("ardupilot_bin"), NULL for none */
  size_t state_size;      /* bytes of d->state, zeroed before open */
  /* 0 = not mine … 100 = certain. Must not read past the probe's head. Never fails, never crashes on any bytes. */
  int (*probe)(const struct probe *probe);
  enum status (*open)(struct decode *d, struct error *error);
  enum status (*next)(struct decode *d, const struct batch **ret_batch, struct error *error);
  void (*close)(struct decode *d); /* may be NULL; the arena and the batches are freed by the framework */
};

/* What a running decoder sees. Fields marked (framework) are not to be written by decoders. */
struct decode {
  const struct decoder *decoder; /* (framework) */
  struct input *input;           /* (framework) */
  struct arena *arena;           /* (framework) limited; freed at close */
  struct heap *heap;             /* (framework) what the limit is set to; working memory by heap_alloc and heap_free */
  struct decode_options options; /* (framework) */
  void *state;                   /* the decoder's own, state_size bytes */
  struct decode_report report;   /* decoders fill counts and times; damage by decode_damage, facts by decode_fact */
};

/* Defines a message. Strings and fields are copied. The returned message stays valid until close and is also in
 * report.messages. `wanted` of the message says whether the caller wants its rows: decoders skip the others cheaply but
 * still count them. NULL where the arena's limit is reached. */
struct message *decode_define_message(struct decode *d, const char *name, uint32_t id, const struct field *fields,
                                      uint16_t field_count);

/* Changes unit and scale of a message's field: for formats that declare them after the message. The unit's text must
 * live as long as the decode. Call only while none of the message's batches is in the caller's hands. */
void decode_set_unit(struct message *message, uint16_t field_index, const char *unit, double scale);

/* Notes one stretch of damage; neighbouring stretches with the same reason are merged, past DECODE_DAMAGE_MAX they are
 * only summed. reason: a static string such as "bad CRC". from/to: log clock before and after, TIME_NONE unknown. */
void decode_damage(struct decode *d, uint64_t offset, uint64_t bytes, const char *reason, int64_t from_us,
                   int64_t to_us);

/* Notes one fact about the log as key and text ("firmware" → "ArduCopter V4.7.0"), copied; a second value for the same
 * key is ignored. Keys in use: vehicle_name, vehicle_uid, system_id, vehicle_class, autopilot, firmware, firmware_hash,
 * board, camera, created (ISO 8601), lat, lon, alt, app. */
void decode_fact(struct decode *d, const char *key, struct text value);

/* Column storage of one message's batch: columns for `capacity` rows, from the heap, freed at close. */
struct batch_builder {
  struct batch batch; /* what is given out; rows is the fill level */
  struct column *columns;
  int64_t *time_us;
  uint32_t capacity;
  struct decode *d;
  struct arena *texts; /* storage for COLUMN_TEXT values of the present batch */
};
/* NULL at the memory limit. capacity: at most options.batch_rows. */
struct batch_builder *batch_builder_new(struct decode *d, const struct message *message, uint32_t capacity);
/* Copies text into the batch's own storage. */
struct text batch_builder_text(struct batch_builder *builder, struct text value);
/* Empties it for the next rows (call before filling again after it was given out). */
void batch_builder_reset(struct batch_builder *builder);

#endif
