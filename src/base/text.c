/* text: see text.h. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

bool text_equal(struct text a, struct text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool text_starts(struct text text, const char *prefix) {
  size_t size = strlen(prefix);
  return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool text_ends_ignore_case(struct text text, const char *suffix) {
  size_t size = strlen(suffix);
  if (text.size < size)
    return false;
  for (size_t i = 0; i < size; i++)
    if (lower(text.data[text.size - size + i]) != lower(suffix[i]))
      return false;
  return true;
}

ptrdiff_t text_find(struct text text, const char *needle) {
  size_t size = strlen(needle);
  if (size == 0 || text.size < size)
    return size == 0 ? 0 : -1;
  const char *found = memmem(text.data, text.size, needle, size);
  return found ? found - text.data : -1;
}

static bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
}

struct text text_trim(struct text text) {
  while (text.size && is_blank(text.data[0]))
    text.data++, text.size--;
  while (text.size && is_blank(text.data[text.size - 1]))
    text.size--;
  return text;
}

struct text text_cut(struct text *rest, char separator) {
  if (!rest->data)
    return *rest;
  const char *found = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
  struct text part = {rest->data, found ? (size_t)(found - rest->data) : rest->size};
  if (found)
    *rest = (struct text){found + 1, rest->size - part.size - 1};
  else
    *rest = (struct text){NULL, 0};
  return part;
}

bool text_to_i64(struct text text, int64_t *ret_value) {
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+');
  bool negative = i && text.data[0] == '-';
  if (i == text.size)
    return false;
  int64_t value = 0;
  for (; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
    int digit = text.data[i] - '0';
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
      return false;
  }
  if (!negative && __builtin_sub_overflow(0, value, &value))
    return false;
  *ret_value = value;
  return true;
}

/* strtod depends on the locale's decimal point; the program never calls setlocale, so it is always "C". */
bool text_to_double(struct text text, double *ret_value) {
  char copy[64];
  if (text.size == 0 || text.size >= sizeof copy || is_blank(text.data[0]))
    return false;
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  char *end;
  double value = strtod(copy, &end);
  if (end != copy + text.size)
    return false;
  *ret_value = value;
  return true;
}

/* Length of the well-formed UTF-8 character at `p` (no surrogates, no overlong forms), 0 if there is none. */
static size_t utf8_character(const uint8_t *p, size_t left) {
  if (p[0] < 0x80)
    return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF)
    return left >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
  if ((p[0] & 0xF0) == 0xE0) {
    if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
      return 0;
    unsigned code = ((p[0] & 15u) << 12) | ((p[1] & 63u) << 6) | (p[2] & 63u);
    return code >= 0x800 && (code < 0xD800 || code > 0xDFFF) ? 3 : 0;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (left < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80)
      return 0;
    unsigned code = ((p[0] & 7u) << 18) | ((p[1] & 63u) << 12) | ((p[2] & 63u) << 6) | (p[3] & 63u);
    return code >= 0x10000 && code <= 0x10FFFF ? 4 : 0;
  }
  return 0;
}

bool text_is_utf8(struct text text) {
  for (size_t i = 0; i < text.size;) {
    size_t size = utf8_character((const uint8_t *)text.data + i, text.size - i);
    if (!size)
      return false;
    i += size;
  }
  return true;
}

char *text_to_utf8(struct arena *arena, struct text text) {
  if (text_is_utf8(text))
    return arena_copy(arena, text.data, text.size);
  char *out = arena_alloc_array(arena, text.size + 1, 2);
  if (!out)
    return NULL;
  size_t used = 0;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (c < 0x80) {
      out[used++] = (char)c;
    } else {
      out[used++] = (char)(0xC0 | (c >> 6));
      out[used++] = (char)(0x80 | (c & 63));
    }
  }
  out[used] = 0;
  return out;
}

static bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* Drops bytes from before the extension until the name fits, at a character border. */
static void shorten(char *name, size_t limit) {
  size_t size = strlen(name);
  if (size <= limit)
    return;
  const char *dot = strrchr(name, '.');
  size_t tail = dot && size - (size_t)(dot - name) <= 16 ? size - (size_t)(dot - name) : 0;
  size_t keep = limit - tail;
  while (keep > 0 && ((unsigned char)name[keep] & 0xC0) == 0x80)
    keep--;
  memmove(name + keep, name + size - tail, tail + 1);
}

char *text_safe_name(struct arena *arena, struct text name, size_t limit) {
  for (size_t i = name.size; i > 0; i--)
    if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
      name.data += i;
      name.size -= i;
      break;
    }
  char *safe = text_to_utf8(arena, name);
  if (!safe)
    return NULL;
  for (char *c = safe; *c; c++)
    if ((unsigned char)*c < 0x80 && !is_plain(*c))
      *c = '_';
  if (safe[0] == 0 || strcmp(safe, ".") == 0 || strcmp(safe, "..") == 0)
    return arena_copy_text(arena, "unnamed");
  shorten(safe, limit);
  return safe;
}

char *text_safe_part(struct arena *arena, struct text name) {
  char *safe = arena_copy(arena, name.data, MIN(name.size, (size_t)64));
  if (!safe)
    return NULL;
  for (char *c = safe; *c; c++)
    if (!is_plain(*c))
      *c = '_';
  if (safe[0] == 0 || safe[0] == '.')
    return arena_format(arena, "_%s", safe);
  return safe;
}

const char *text_size(char out[16], uint64_t bytes) {
  static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) {
    snprintf(out, 16, "%u bytes", (unsigned)bytes);
    return out;
  }
  double value = (double)bytes / 1000;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < ARRAY_COUNT(units))
    value /= 1000, unit++;
  snprintf(out, 16, value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return out;
}

const char *text_duration(char out[24], double seconds) {
  if (!(seconds >= 0) || seconds > 1e9)
    snprintf(out, 24, "unknown");
  else if (seconds < 59.95)
    snprintf(out, 24, "%.1f s", seconds);
  else if (seconds < 3599.5)
    snprintf(out, 24, "%d min %02d s", (int)(seconds + 0.5) / 60, (int)(seconds + 0.5) % 60);
  else
    snprintf(out, 24, "%d h %02d min", (int)(seconds / 60 + 0.5) / 60, (int)(seconds / 60 + 0.5) % 60);
  return out;
}
