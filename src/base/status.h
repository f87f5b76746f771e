/* status: the one closed list of failures, and the error that explains one.
 *
 * Every fallible function returns `enum status`, is must-check, and takes `struct error *` last. The error is
 * fixed-size and owned by the caller; its text is one sentence that names the bad value and says what to do.
 * Outputs are named ret_… and stay untouched on failure. Stages never print; lake, serve and command do.
 * Asserts are for our bugs, status is for the world's faults. */
#ifndef UAVLAKE_STATUS_H
#define UAVLAKE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum status {
  STATUS_OK = 0,
  STATUS_BAD_DATA,    /* the input is damaged or not what it claims to be */
  STATUS_UNSUPPORTED, /* well-formed, but nothing here can handle it */
  STATUS_NOT_FOUND,   /* the named thing does not exist */
  STATUS_EXISTS,      /* the named thing exists already, with other content */
  STATUS_DENIED,      /* permission missing */
  STATUS_LIMIT,       /* a stated limit (size, count, depth, memory) was reached */
  STATUS_IO,          /* disk or file system */
  STATUS_NETWORK,     /* a server or link */
  STATUS_SETTINGS,    /* what the user typed or configured */
  STATUS_CANCELLED,   /* the user or a deadline stopped it */
  STATUS_BUG,         /* ours: please report */
  STATUS_COUNT
};

struct status_row {
  const char *name; /* "bad_data" */
  bool retry;       /* may the same call succeed later? */
  int exit_code;    /* of the program */
  int http_status;  /* of the server */
};

/* The row of one status. Never NULL. */
const struct status_row *status_row(enum status status);

#define ERROR_TEXT_MAX 512

struct error {
  enum status status;
  char text[ERROR_TEXT_MAX]; /* NUL-terminated UTF-8, one sentence, no newline */
};

#define must_check __attribute__((warn_unused_result))
#define printf_like(format_index, args_index) __attribute__((format(printf, format_index, args_index)))

/* Fills `error` (may be NULL) and returns `status`, so that `return error_set(error, STATUS_IO, "…")` reads well.
 * Control characters in the text become '?', so a hostile file name can't write to the terminal. */
enum status error_set(struct error *error, enum status status, const char *format, ...) printf_like(3, 4);

/* As error_set, with strerror(errno_value) appended and the status chosen from errno (denied, not_found, exists, limit,
 * cancelled, io). */
enum status error_set_errno(struct error *error, int errno_value, const char *format, ...) printf_like(3, 4);

/* Puts "prefix: " before the text that is there. Returns error->status. */
enum status error_prefix(struct error *error, const char *format, ...) printf_like(2, 3);

#ifdef __clang_analyzer__ /* it can't see that these return a failure */
#define error_set(error, status, ...) ((void)error_set(error, status, __VA_ARGS__), status)
#define error_set_errno(error, errno_value, ...) ((void)error_set_errno(error, errno_value, __VA_ARGS__), STATUS_IO)
#endif

/* Returns from the calling function when `call` fails. */
#define TRY(call)                                                                                                      \
  do {                                                                                                                 \
    enum status try_status_ = (call);                                                                                  \
    if (try_status_ != STATUS_OK)                                                                                      \
      return try_status_;                                                                                              \
  } while (0)

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Scoped handles: `scoped(file) FILE *f = …` calls file_scope_end(&f) when f leaves scope. */
#define scoped(kind) __attribute__((cleanup(kind##_scope_end)))

#endif
