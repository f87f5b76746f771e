/* status: rows of the closed list, and the filling of error texts. */
#include "base/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#undef error_set
#undef error_set_errno

static const struct status_row rows[STATUS_COUNT] = {
    [STATUS_OK] = {"ok", false, 0, 200},
    [STATUS_BAD_DATA] = {"bad_data", false, 3, 422},
    [STATUS_UNSUPPORTED] = {"unsupported", false, 4, 415},
    [STATUS_NOT_FOUND] = {"not_found", false, 5, 404},
    [STATUS_EXISTS] = {"exists", false, 6, 409},
    [STATUS_DENIED] = {"denied", false, 7, 403},
    [STATUS_LIMIT] = {"limit", false, 8, 413},
    [STATUS_IO] = {"io", true, 9, 500},
    [STATUS_NETWORK] = {"network", true, 10, 502},
    [STATUS_SETTINGS] = {"settings", false, 2, 400},
    [STATUS_CANCELLED] = {"cancelled", true, 130, 503},
    [STATUS_BUG] = {"bug", false, 70, 500},
};

const struct status_row *status_row(enum status status) {
  return (unsigned)status < STATUS_COUNT ? &rows[status] : &rows[STATUS_BUG];
}

static void make_printable(char *text) {
  for (unsigned char *c = (unsigned char *)text; *c; c++)
    if (*c < 0x20 || *c == 0x7f)
      *c = '?';
}

/* A cut UTF-8 sequence at the end of a full text is dropped whole. */
static void trim_cut_character(char *text) {
  size_t size = strlen(text);
  if (size + 1 < ERROR_TEXT_MAX)
    return;
  size_t start = size;
  while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
    start--;
  if (start > 0 && (unsigned char)text[start - 1] >= 0xC0)
    text[start - 1] = 0;
}

enum status error_set(struct error *error, enum status status, const char *format, ...) {
  if (!error)
    return status;
  char text[ERROR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  error->status = status;
  make_printable(text);
  trim_cut_character(text);
  memcpy(error->text, text, sizeof text);
  return status;
}

static enum status status_from_errno(int errno_value) {
  switch (errno_value) {
  case EACCES:
  case EPERM:
  case EROFS:
    return STATUS_DENIED;
  case ENOENT:
  case ENOTDIR:
    return STATUS_NOT_FOUND;
  case EEXIST:
    return STATUS_EXISTS;
  case ECANCELED:
    return STATUS_CANCELLED;
  case ENAMETOOLONG:
  case ENOMEM:
    return STATUS_LIMIT;
  default:
    return STATUS_IO;
  }
}

enum status error_set_errno(struct error *error, int errno_value, const char *format, ...) {
  enum status status = status_from_errno(errno_value);
  if (!error)
    return status;
  char text[ERROR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char *hint = errno_value == ENOSPC ? " (free some space and run the same command again)" : "";
  return error_set(error, status, "%s: %s%s", text, strerror(errno_value), hint);
}

enum status error_prefix(struct error *error, const char *format, ...) {
  if (!error)
    return STATUS_BUG;
  char prefix[ERROR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(prefix, sizeof prefix, format, args);
  va_end(args);
  return error_set(error, error->status, "%s: %s", prefix, error->text);
}
