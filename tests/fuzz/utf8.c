/* utf8: numbers, times and names from any text. What a number's text reads as is written and read again the same. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "target.h"

static void check_double(double value) {
  char out[NUMBER_TEXT_MAX];
  double again = 0;
  size_t size = number_put_double(out, value);
  demand(size > 0 && size <= sizeof out);
  if (value - value == 0) {
    demand(text_to_double(text_from(out, size), &again));
    demand(memcmp(&again, &value, sizeof value) == 0);
  }
}

static void check_time(struct text text) {
  int64_t time_us, again;
  if (!clock_parse(text, &time_us))
    return;
  char out[CLOCK_TEXT_SIZE];
  clock_format(out, time_us);
  demand(out[0] == 0 || !clock_parse(text_of(out), &again) || again == time_us);
}

static void check_names(struct text text) {
  struct arena *arena = arena_new(0);
  char *utf8 = text_to_utf8(arena, text);
  demand(utf8 && text_is_utf8(text_of(utf8)));
  struct text name = text_of(text_safe_name(arena, text, 100));
  demand(name.size && name.size <= 100 && !memchr(name.data, '/', name.size));
  demand(!text_is(name, ".") && !text_is(name, ".."));
  demand(text_is_utf8(name));
  struct text part = text_of(text_safe_part(arena, text));
  for (size_t i = 0; i < part.size; i++)
    demand(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", part.data[i]));
  arena_free(arena);
}

void fuzz_utf8(const uint8_t *data, size_t size) {
  struct text text = text_from(data, size), rest = text;
  double value = 0;
  int64_t number = 0;
  if (text_to_double(text, &value))
    check_double(value);
  if (text_to_i64(text, &number)) {
    char out[NUMBER_TEXT_MAX];
    int64_t again = 0;
    demand(text_to_i64(text_from(out, number_put_i64(out, number)), &again) && again == number);
  }
  if (size >= 8) {
    memcpy(&value, data, 8);
    check_double(value);
  }
  check_time(text);
  check_names(text);
  size_t parts = 0;
  while (rest.data && parts <= size + 1) {
    text_cut(&rest, ',');
    parts++;
  }
  demand(parts <= size + 1);
}
