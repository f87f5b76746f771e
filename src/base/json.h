/* json: writing JSON into a buffer. Reading is libjansson's.
 *
 * A writer keeps track of commas and nesting; a name of NULL means "element of an array" or the top value. Numbers that
 * JSON can't hold (NaN, infinity) become null. Text that is not UTF-8 is read as Latin-1. */
#ifndef UAVLAKE_JSON_H
#define UAVLAKE_JSON_H

#include "base/bytes.h"
#include "base/text.h"

struct json_writer {
  struct buffer *out;
  bool comma; /* a value stands before the next one */
};

static inline struct json_writer json_writer_of(struct buffer *out) {
  return (struct json_writer){out, false};
}
void json_object_begin(struct json_writer *json, const char *name);
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json, const char *name);
void json_array_end(struct json_writer *json);
void json_text(struct json_writer *json, const char *name, struct text value);
void json_c_string(struct json_writer *json, const char *name, const char *value); /* NULL → null */
void json_i64(struct json_writer *json, const char *name, int64_t value);
void json_double(struct json_writer *json, const char *name, double value); /* shortest text that reads back the same */
void json_float(struct json_writer *json, const char *name, float value);
void json_bool(struct json_writer *json, const char *name, bool value);
void json_put_null(struct json_writer *json, const char *name);
void json_time(struct json_writer *json, const char *name, int64_t time_us); /* ISO 8601 text; TIME_NONE → null */
/* A value that is JSON already. */
void json_raw(struct json_writer *json, const char *name, const char *json_text);

#endif
