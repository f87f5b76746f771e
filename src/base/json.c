/* json: see json.h. */
#include "base/json.h"

#include "base/clock.h"
#include "base/number.h"

#include <math.h>

static void add_escaped(struct buffer *out, struct text value) {
  static const char hex[] = "0123456789abcdef";
  bool utf8 = text_is_utf8(value);
  buffer_add_byte(out, '"');
  for (size_t i = 0; i < value.size; i++) {
    uint8_t c = (uint8_t)value.data[i];
    if (c == '"' || c == '\\') {
      buffer_add(out, (uint8_t[]){'\\', c}, 2);
    } else if (c == '\n') {
      buffer_add(out, "\\n", 2);
    } else if (c == '\t') {
      buffer_add(out, "\\t", 2);
    } else if (c < 0x20 || c == 0x7f) {
      buffer_add(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    } else if (c >= 0x80 && !utf8) {
      buffer_add(out, (uint8_t[]){(uint8_t)(0xC0 | (c >> 6)), (uint8_t)(0x80 | (c & 63))}, 2);
    } else {
      buffer_add_byte(out, c);
    }
  }
  buffer_add_byte(out, '"');
}

static void before(struct json_writer *json, const char *name) {
  if (json->comma)
    buffer_add_byte(json->out, ',');
  json->comma = true;
  if (name) {
    add_escaped(json->out, text_of(name));
    buffer_add_byte(json->out, ':');
  }
}

static void begin(struct json_writer *json, const char *name, char bracket) {
  before(json, name);
  buffer_add_byte(json->out, (uint8_t)bracket);
  json->comma = false;
}

static void end(struct json_writer *json, char bracket) {
  buffer_add_byte(json->out, (uint8_t)bracket);
  json->comma = true;
}

void json_object_begin(struct json_writer *json, const char *name) {
  begin(json, name, '{');
}
void json_object_end(struct json_writer *json) {
  end(json, '}');
}
void json_array_begin(struct json_writer *json, const char *name) {
  begin(json, name, '[');
}
void json_array_end(struct json_writer *json) {
  end(json, ']');
}

void json_text(struct json_writer *json, const char *name, struct text value) {
  before(json, name);
  add_escaped(json->out, value);
}

void json_c_string(struct json_writer *json, const char *name, const char *value) {
  if (value)
    json_text(json, name, text_of(value));
  else
    json_put_null(json, name);
}

void json_i64(struct json_writer *json, const char *name, int64_t value) {
  before(json, name);
  char text[NUMBER_TEXT_MAX];
  buffer_add(json->out, text, number_put_i64(text, value));
}

void json_double(struct json_writer *json, const char *name, double value) {
  if (!isfinite(value)) {
    json_put_null(json, name);
    return;
  }
  before(json, name);
  char text[NUMBER_TEXT_MAX];
  buffer_add(json->out, text, number_put_double(text, value));
}

void json_float(struct json_writer *json, const char *name, float value) {
  if (!isfinite(value)) {
    json_put_null(json, name);
    return;
  }
  before(json, name);
  char text[NUMBER_TEXT_MAX];
  buffer_add(json->out, text, number_put_float(text, value));
}

void json_bool(struct json_writer *json, const char *name, bool value) {
  before(json, name);
  buffer_add_text(json->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *json, const char *name) {
  before(json, name);
  buffer_add_text(json->out, "null");
}

void json_time(struct json_writer *json, const char *name, int64_t time_us) {
  char text[CLOCK_TEXT_SIZE];
  if (time_us == TIME_NONE)
    json_put_null(json, name);
  else
    json_c_string(json, name, clock_format(text, time_us));
}

void json_raw(struct json_writer *json, const char *name, const char *value) {
  before(json, name);
  buffer_add_text(json->out, value);
}
