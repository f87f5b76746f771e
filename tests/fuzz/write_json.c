/* write_json: any bytes as names and values of our JSON; an independent reader must take it and find the same. */
#include "base/arena.h"
#include "base/json.h"
#include "target.h"

#include <jansson.h>

static void write_all(struct buffer *out, const char *name, struct text text, double number) {
  struct json_writer json = json_writer_of(out);
  json_object_begin(&json, NULL);
  json_text(&json, name, text);
  json_array_begin(&json, "list");
  json_text(&json, NULL, text);
  json_double(&json, NULL, number);
  json_float(&json, NULL, (float)number);
  json_array_end(&json);
  json_time(&json, "time", (int64_t)load_u64(&number));
  json_object_end(&json);
}

void fuzz_write_json(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new(0);
  double number = 0;
  memcpy(&number, data ? data : (const uint8_t *)"", MIN(size, sizeof number));
  struct text text = text_from(data ? data : (const uint8_t *)"", size);
  const char *utf8 = text_to_utf8(arena, text);
  const char *name = arena_format(arena, "n%s", utf8);
  struct buffer out = buffer_with_max((size_t)16 << 20);
  write_all(&out, name, text, number);
  demand(!out.failed);
  json_error_t why;
  json_t *read = json_loadb((const char *)out.data, out.size, JSON_ALLOW_NUL, &why);
  demand(read);
  const json_t *value = json_object_get(read, name);
  demand(json_is_string(value));
  if (text_is_utf8(text))
    demand(json_string_length(value) == size && memcmp(json_string_value(value), text.data, size) == 0);
  const json_t *again = json_array_get(json_object_get(read, "list"), 1);
  if (number - number == 0) {
    double found = json_number_value(again);
    demand(found == number);
  } else {
    demand(json_is_null(again));
  }
  json_decref(read);
  buffer_free(&out);
  arena_free(arena);
}
