/* uavlog: any UAV log → typed columns. The public C library of uavlake.
 *
 *   struct uavlog *log;
 *   const struct uavlog_batch *batch;
 *   struct uavlog_error error;
 *   if (uavlog_open_path("00000042.BIN", NULL, &log, &error) != UAVLOG_OK)
 *     return puts(error.text);
 *   while (uavlog_next(log, &batch, &error) == UAVLOG_OK && batch)
 *     printf("%s: %u rows\n", uavlog_message_name(uavlog_batch_message(batch)), uavlog_batch_rows(batch));
 *   uavlog_close(log);
 *
 * A log is a sequence of records; each belongs to one message (a kind of record: "ATT", "HEARTBEAT", "vehicle_status")
 * that is defined by its fields. uavlog_next gives the records of one message at a time as a batch: one column a field.
 * Reading goes forward once, memory does not grow with the log.
 *
 * Salvage. Damage never fails a read: everything readable is given, what is lost is listed (uavlog_get_damage). A read
 * fails where nothing at all is readable, where the reader fails or where a limit is reached.
 *
 * Text is UTF-8 and NUL-terminated where it is `const char *`. Times are µs (see uavlog_get_clock), sizes and offsets
 * are bytes.
 *
 * Ownership. What a function returns belongs to the log and stays valid until uavlog_close, but batches and all that is
 * reached through them: until the next uavlog_next on the same log. What is passed in stays the caller's.
 *
 * Threads. The library has no global state. Different logs may be used by different threads at the same time; one log
 * by one thread at a time. Functions without a log may be called from any thread at any time.
 *
 * Memory. All that a log needs is asked of the allocator in its options, stays below memory_limit, and is released by
 * uavlog_close. That includes definitions, batches, texts and the read window. It does not include the stack (under
 * 256 KiB), what the caller's own functions use, memory that the caller passed in, the kernel's page cache, and what
 * libexif takes from malloc for a moment while a photograph is opened (its input is at most 64 KiB). Running out gives
 * UAVLOG_LIMIT; the library never ends the program and never prints.
 *
 * Locale. Logs are read in the "C" locale, whatever the caller's is; the caller's is in force again when a call
 * returns, but not yet in its read function and `wanted`.
 *
 * Versions. Up to 1.0.0 a new minor version may change this interface; the soname then changes with it. Structures that
 * may grow begin with their own size. */
#ifndef UAVLOG_H
#define UAVLOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version that the program was compiled with; uavlog_version() is the one that it runs with. */
#define UAVLOG_VERSION "0.1.0"
#define UAVLOG_VERSION_NUMBER 100 /* major × 10000 + minor × 100 + patch */
const char *uavlog_version(void);

/* ---- failures ---- */

enum uavlog_status {
  UAVLOG_OK = 0,
  UAVLOG_BAD_DATA = 1,    /* nothing in it is readable */
  UAVLOG_UNSUPPORTED = 2, /* recognised, but not decoded; or a pipe would have to go back */
  UAVLOG_NOT_FOUND = 3,   /* no such file */
  UAVLOG_DENIED = 4,      /* no permission */
  UAVLOG_LIMIT = 5,       /* the memory limit is too small, or the machine has no memory left */
  UAVLOG_IO = 6,          /* the file or the read function failed */
  UAVLOG_CANCELLED = 7,   /* the read function returned -ECANCELED */
  UAVLOG_USAGE = 8,       /* an argument makes no sense: a bug of the caller */
  UAVLOG_BUG = 9          /* a bug of the library: please report it */
};

/* "ok", "bad_data", …; "unknown" for other numbers. */
const char *uavlog_status_name(enum uavlog_status status);

#define UAVLOG_ERROR_TEXT 512
/* Filled on failure, otherwise left alone. Wherever one is taken NULL is allowed. */
struct uavlog_error {
  enum uavlog_status status;
  char text[UAVLOG_ERROR_TEXT]; /* one sentence without newline: what is wrong and what to do */
};

/* ---- formats ---- */

/* The formats known, 0 … count − 1. */
size_t uavlog_format_count(void);
/* "dataflash", "mavlink", …; NULL past the end. */
const char *uavlog_format_name(size_t index);
/* One line for people; NULL past the end. */
const char *uavlog_format_about(size_t index);
/* 1: uavlog_open… reads it. 0: it is recognised, opening gives UAVLOG_UNSUPPORTED. */
int uavlog_format_is_decoded(size_t index);

/* The format of a file by its first bytes (give 64 KiB, or all where it is shorter; more are not looked at) and its
 * whole size (UAVLOG_SIZE_UNKNOWN where that is not known). Content decides, never a name. *ret_score (NULL allowed):
 * 0 a guess … 100 certain. Never NULL: "unknown" is the last resort. */
const char *uavlog_probe(const void *head, size_t head_size, uint64_t size, int *ret_score);
#define UAVLOG_SIZE_UNKNOWN UINT64_MAX
#define UAVLOG_PROBE_HEAD 65536

/* ---- opening ---- */

struct uavlog;         /* an open log */
struct uavlog_message; /* the definition of one kind of record */
struct uavlog_batch;   /* rows of one message */

/* All members may be 0. Begin with UAVLOG_OPTIONS_INIT, then set what is wanted; later versions add members at the end.
 * Read only while the log is opened, but the functions and their contexts are used until uavlog_close. */
struct uavlog_options {
  size_t size;        /* sizeof(struct uavlog_options), by UAVLOG_OPTIONS_INIT */
  const char *format; /* read as this format (uavlog_format_name); NULL: by content */

  size_t memory_limit; /* most bytes held at once for this log; 0: 64 MiB */
  /* Where memory comes from; both or neither. allocate: aligned as malloc's, NULL where there is none; it need not be
   * zeroed. release gets the size that was asked for. Called by the thread that uses the log. NULL: malloc and free. */
  void *(*allocate)(void *context, size_t size);
  void (*release)(void *context, void *memory, size_t size);
  void *allocate_context;

  /* Most rows a batch; 0: what is fastest. With 1, batches come in the order of the log's records; otherwise only the
   * rows of one message are in order. */
  uint32_t batch_rows;

  /* Which messages are wanted; the others are counted, but never given, and cost less. messages: names, NULL at the
   * end; NULL: all; an empty list: none (uavlog_next then reads to the end at once, which fills the totals).
   * wanted (NULL allowed) may refuse further: it is called once a message when its definition is read, with name, id
   * and fields known but no counts, and in some formats not yet units; it returns 0 or 1 and must not use the log. */
  const char *const *messages;
  int (*wanted)(void *context, const struct uavlog_message *message);
  void *wanted_context;
};
/* clang-format off */
#define UAVLOG_OPTIONS_INIT {sizeof(struct uavlog_options), 0, 0, 0, 0, 0, 0, 0, 0, 0}
/* clang-format on */

/* These four open a log and read its beginning. options: NULL for none. *ret_log is NULL on failure. */

/* A file by its path. One that grows meanwhile is read up to the size that it had; one that shrinks simply ends. */
enum uavlog_status uavlog_open_path(const char *path, const struct uavlog_options *options, struct uavlog **ret_log,
                                    struct uavlog_error *error);
/* An open descriptor, which stays the caller's and must stay open. A file is read from its first byte without moving
 * the descriptor's position; a pipe or socket from where it stands. */
enum uavlog_status uavlog_open_fd(int fd, const struct uavlog_options *options, struct uavlog **ret_log,
                                  struct uavlog_error *error);
/* Bytes in memory, which must stay unchanged until uavlog_close. They are not copied. */
enum uavlog_status uavlog_open_memory(const void *data, size_t size, const struct uavlog_options *options,
                                      struct uavlog **ret_log, struct uavlog_error *error);

/* Puts up to `size` (> 0) bytes from `offset` of the log into `data`. Returns how many, fewer than asked for as it
 * likes; 0 at the end; or −errno, which fails the read. */
typedef int64_t (*uavlog_read_function)(void *context, uint64_t offset, void *data, size_t size);
/* Bytes that a function gives. size: of the whole log, or UAVLOG_SIZE_UNKNOWN. Offsets mostly rise; some formats go
 * back. A source that can't go back passes forward_only 1: offsets then follow each other without a gap. */
enum uavlog_status uavlog_open_callback(uavlog_read_function read, void *context, uint64_t size, int forward_only,
                                        const struct uavlog_options *options, struct uavlog **ret_log,
                                        struct uavlog_error *error);

/* Releases all. NULL is allowed. */
void uavlog_close(struct uavlog *log);

/* ---- reading ---- */

/* Reads on to the next batch; *ret_batch is NULL after the last one (then counts, facts and damage are complete). After
 * a failure the same failure comes again; only uavlog_close and the functions about what was read so far are of use. */
enum uavlog_status uavlog_next(struct uavlog *log, const struct uavlog_batch **ret_batch, struct uavlog_error *error);

/* ---- messages ---- */

/* The messages defined so far, in the order of their definition. */
uint32_t uavlog_message_count(const struct uavlog *log);
/* NULL past the end. */
const struct uavlog_message *uavlog_get_message(const struct uavlog *log, uint32_t index);
/* The first of this name; NULL: there is none (yet). A log may define a name anew with other fields: then there are
 * several messages of one name. */
const struct uavlog_message *uavlog_find_message(const struct uavlog *log, const char *name);

const char *uavlog_message_name(const struct uavlog_message *message);
uint32_t uavlog_message_id(const struct uavlog_message *message);    /* the format's own number */
uint32_t uavlog_message_index(const struct uavlog_message *message); /* for uavlog_get_message */
uint64_t uavlog_message_rows(const struct uavlog_message *message);  /* good records read so far, given or not */
/* Log time of the first and the last record; UAVLOG_TIME_NONE where unknown. */
int64_t uavlog_message_first_us(const struct uavlog_message *message);
int64_t uavlog_message_last_us(const struct uavlog_message *message);

/* ---- fields ---- */

/* How one value is stored: in the machine's byte order, naturally aligned. */
enum uavlog_type {
  UAVLOG_NO_TYPE = -1, /* of a field that doesn't exist */
  UAVLOG_BOOL = 0,     /* uint8_t, 0 or 1 */
  UAVLOG_INT8 = 1,     /* int8_t */
  UAVLOG_UINT8 = 2,    /* uint8_t */
  UAVLOG_INT16 = 3,    /* int16_t */
  UAVLOG_UINT16 = 4,   /* uint16_t */
  UAVLOG_INT32 = 5,    /* int32_t */
  UAVLOG_UINT32 = 6,   /* uint32_t */
  UAVLOG_INT64 = 7,    /* int64_t */
  UAVLOG_UINT64 = 8,   /* uint64_t */
  UAVLOG_FLOAT = 9,    /* float */
  UAVLOG_DOUBLE = 10,
  UAVLOG_TIME = 11,  /* int64_t: UTC, µs since 1970 */
  UAVLOG_CHARS = 12, /* char[count]: NUL-padded text, without NUL where it is full */
  UAVLOG_TEXT = 13,  /* struct uavlog_text */
  UAVLOG_BYTES = 14  /* struct uavlog_text that holds any bytes */
};
#define UAVLOG_TIME_NONE INT64_MIN

/* Not NUL-terminated; any bytes, as the log has them. data may be NULL where size is 0. */
struct uavlog_text {
  const char *data;
  size_t size;
};

/* "int16", "float", "text", …; NULL for other numbers. */
const char *uavlog_type_name(enum uavlog_type type);

/* The fields of a message, 0 … count − 1. A field past the end has no name (NULL), no unit (""), no elements, scale 1.
 */
uint16_t uavlog_field_count(const struct uavlog_message *message);
const char *uavlog_field_name(const struct uavlog_message *message, uint16_t field);
/* "m/s", "deg", …; "" where there is none or the log doesn't say. Some logs name units and scales after the definition:
 * a batch given before has none yet. Full-sized batches come after them. */
const char *uavlog_field_unit(const struct uavlog_message *message, uint16_t field);
/* physical value in the unit = stored value × scale. */
double uavlog_field_scale(const struct uavlog_message *message, uint16_t field);
enum uavlog_type uavlog_field_type(const struct uavlog_message *message, uint16_t field);
/* Values a row: 1, or an array's length; of UAVLOG_CHARS the bytes. */
uint16_t uavlog_field_elements(const struct uavlog_message *message, uint16_t field);
int uavlog_field_is_array(const struct uavlog_message *message, uint16_t field);
/* By name; −1: there is none. */
int uavlog_find_field(const struct uavlog_message *message, const char *name);
/* The field that holds the log's clock, and the one that tells several of the same sensor apart; −1: none. */
int uavlog_time_field(const struct uavlog_message *message);
int uavlog_instance_field(const struct uavlog_message *message);

/* ---- columns of a batch ---- */

const struct uavlog_message *uavlog_batch_message(const struct uavlog_batch *batch);
uint32_t uavlog_batch_rows(const struct uavlog_batch *batch); /* ≥ 1 */
/* Log time of each row, UAVLOG_TIME_NONE where unknown. */
const int64_t *uavlog_batch_times_us(const struct uavlog_batch *batch);

/* The stored values without a copy: rows × elements of them, row after row. `type` says what the caller takes them for;
 * NULL where the field is of another type or doesn't exist. */
const void *uavlog_batch_values(const struct uavlog_batch *batch, uint16_t field, enum uavlog_type type);
/* Which rows have a value: bit (row % 64) of word (row / 64). NULL: all have. */
const uint64_t *uavlog_batch_valid(const struct uavlog_batch *batch, uint16_t field);

/* One element of all rows as physical double, into `out` for uavlog_batch_rows values; NAN where there is no value or
 * it is no number. */
void uavlog_batch_doubles(const struct uavlog_batch *batch, uint16_t field, uint16_t element, double *out);

/* Single values, of any type. A row, field or element that doesn't exist or has no value gives NAN, 0, empty text. */
int uavlog_has_value(const struct uavlog_batch *batch, uint16_t field, uint32_t row);
/* Physical. */
double uavlog_get_double(const struct uavlog_batch *batch, uint16_t field, uint32_t row, uint16_t element);
/* Stored, without the scale; floats are cut towards 0 (0 where they don't fit), uint64_t keeps its bits. */
int64_t uavlog_get_int(const struct uavlog_batch *batch, uint16_t field, uint32_t row, uint16_t element);
/* Of UAVLOG_CHARS (to its first NUL), UAVLOG_TEXT and UAVLOG_BYTES; empty for numbers. */
struct uavlog_text uavlog_get_text(const struct uavlog_batch *batch, uint16_t field, uint32_t row);

/* ---- the log as a whole: what is known so far ---- */

/* The name of the format in which it is read. */
const char *uavlog_get_format(const struct uavlog *log);

enum uavlog_clock {
  UAVLOG_CLOCK_BOOT = 0, /* log times are µs since the vehicle's boot */
  UAVLOG_CLOCK_UTC = 1,  /* µs since 1970 */
  UAVLOG_CLOCK_NONE = 2  /* the log has no clock */
};
enum uavlog_clock uavlog_get_clock(const struct uavlog *log);

/* Facts about the log, in the order found. Keys in use: vehicle_name, vehicle_uid, system_id, vehicle_class, autopilot,
 * firmware, firmware_hash, board, camera, created, lat, lon, alt, app. */
uint32_t uavlog_fact_count(const struct uavlog *log);
const char *uavlog_fact_key(const struct uavlog *log, uint32_t index);   /* NULL past the end */
const char *uavlog_fact_value(const struct uavlog *log, uint32_t index); /* NULL past the end */
const char *uavlog_find_fact(const struct uavlog *log, const char *key); /* NULL: not known */

struct uavlog_totals {
  size_t size;              /* set it to sizeof(struct uavlog_totals) before the call */
  uint64_t bytes;           /* read */
  uint64_t records;         /* good ones, given or not */
  uint64_t bad_records;     /* framed, but refused: a wrong checksum */
  uint64_t unknown_records; /* framed, but of no defined message */
  int64_t first_us;         /* log time of the first and the last record, UAVLOG_TIME_NONE unknown */
  int64_t last_us;
  uint64_t damaged_bytes;
  uint64_t damaged_places; /* may be more than uavlog_damage_count */
  uint64_t memory_bytes;   /* held now for this log */
  uint64_t memory_peak;    /* most held so far */
  int truncated;           /* 1: the last record is torn. A power-off does that; it is not counted as damage */
};
void uavlog_get_totals(const struct uavlog *log, struct uavlog_totals *totals);

struct uavlog_damage {
  uint64_t offset, bytes; /* where in the log */
  const char *reason;     /* "bad CRC", … */
  int64_t from_us, to_us; /* log time before and after, UAVLOG_TIME_NONE unknown */
};
/* The damaged places, sorted by offset; the first 4096 are kept, uavlog_get_totals counts all. */
uint32_t uavlog_damage_count(const struct uavlog *log);
/* 0 past the end, where *ret_damage is left alone; else 1. */
int uavlog_get_damage(const struct uavlog *log, uint32_t index, struct uavlog_damage *ret_damage);

#ifdef __cplusplus
}
#endif

#endif
