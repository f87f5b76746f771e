/* library: what the files of the public library share. The public handles are the decoder framework's own structures
 * under another name; here is the only place where one becomes the other. */
#ifndef UAVLAKE_LIBRARY_H
#define UAVLAKE_LIBRARY_H

#include "base/heap.h"
#include "decode/decode.h"
#include "decode/decoder.h"

#include "uavlog.h"

#include <locale.h>

/* Visible outside of the shared library; src/library/uavlog.map says the same by name. */
#define EXPORTED __attribute__((visibility("default")))

struct uavlog {
  struct heap heap; /* all memory of this log, also its own */
  struct input *input;
  struct decode *decode;
  const struct decode_report *report;
  uavlog_read_function read; /* of a log that is read by callback */
  void *read_context;
  const char **messages; /* wanted names, NULL at the end; NULL: all */
  int (*wanted)(void *context, const struct uavlog_message *message);
  void *wanted_context;
  locale_t locale;      /* "C", in which every call decodes: a caller's decimal comma must not change what is read */
  struct error failure; /* status OK while all is well */
};

static inline const struct message *message_of(const struct uavlog_message *message) {
  return (const struct message *)(const void *)message;
}
static inline const struct uavlog_message *message_public(const struct message *message) {
  return (const struct uavlog_message *)(const void *)message;
}
static inline const struct batch *batch_of(const struct uavlog_batch *batch) {
  return (const struct batch *)(const void *)batch;
}

#endif
