/* search_record: see search_record.h. */
#include "lake/search_record.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>

#define SETTING "search_names"

/* ---- names ---- */

enum status search_names_load(struct catalog *catalog, struct arena *arena, struct search_names *ret_names,
                              struct error *error) {
  const char *text;
  enum status status = catalog_get(catalog, arena, "settings", SETTING, &text, error);
  if (status != STATUS_OK && status != STATUS_NOT_FOUND)
    return status; /* an empty list in its place would give old records new meanings */
  json_t *document = status == STATUS_OK ? json_loads(text, 0, NULL) : NULL;
  const json_t *list = json_object_get(document, "names");
  *ret_names = (struct search_names){.arena = arena};
  for (size_t i = 0; i < json_array_size(list) && i < SEARCH_NAMES_MAX; i++) {
    const char *name = json_string_value(json_array_get(list, i));
    ret_names->names[ret_names->count++] = arena_copy_text(arena, name ? name : "");
  }
  ret_names->stored = ret_names->count;
  json_decref(document);
  return STATUS_OK;
}

enum status search_names_store(struct catalog *catalog, struct search_names *names, struct error *error) {
  if (names->count == names->stored)
    return STATUS_OK;
  json_t *list = json_array();
  for (uint32_t i = 0; i < names->count; i++)
    json_array_append_new(list, json_string(names->names[i]));
  json_t *document = json_pack("{s:s,s:o}", "kind", "search", "names", list);
  enum status status = document_store(catalog, "settings", SETTING, document, error);
  json_decref(document);
  if (status == STATUS_OK)
    names->stored = names->count;
  return status;
}

/* SEARCH_NAMES_MAX: the list is full. */
static uint32_t index_of(struct search_names *names, const char *name) {
  for (uint32_t i = 0; i < names->count; i++)
    if (strcmp(names->names[i], name) == 0)
      return i;
  if (names->count == SEARCH_NAMES_MAX)
    return SEARCH_NAMES_MAX;
  names->names[names->count] = arena_copy_text(names->arena, name);
  return names->count++;
}

/* ---- packing ---- */

struct packing {
  struct search_names *names;
  float numbers[SEARCH_NAMES_MAX];
  uint32_t number_count;
  struct buffer texts;
};

static void pack_number(struct packing *packing, const char *name, double value) {
  uint32_t index = isfinite(value) ? index_of(packing->names, name) : SEARCH_NAMES_MAX;
  if (index == SEARCH_NAMES_MAX)
    return;
  while (packing->number_count <= index)
    packing->numbers[packing->number_count++] = NAN;
  packing->numbers[index] = (float)value;
}

static void pack_text(struct packing *packing, const char *name, const char *value) {
  if (!value[0] || strlen(value) > 1000)
    return;
  buffer_add(&packing->texts, name, strlen(name) + 1);
  buffer_add(&packing->texts, value, strlen(value) + 1);
}

static void pack_value(struct packing *packing, const char *name, const json_t *value) {
  if (json_is_string(value))
    pack_text(packing, name, json_string_value(value));
  else if (json_is_number(value))
    pack_number(packing, name, json_number_value(value));
  else if (json_is_boolean(value))
    pack_number(packing, name, json_is_true(value));
}

static void pack_flight(struct packing *packing, const json_t *flight) {
  const char *name;
  json_t *value;
  char path[160];
  json_object_foreach((json_t *)(uintptr_t)flight, name, value) {
    if (strcmp(name, "priority") != 0)
      pack_value(packing, name, value);
  }
  pack_number(packing, "logs", (double)json_array_size(json_object_get(flight, "logs")));
  pack_number(packing, "photos", (double)json_array_size(json_object_get(flight, "photos")));
  json_object_foreach(json_object_get(flight, "tags"), name, value) {
    snprintf(path, sizeof path, "tags.%s", name);
    pack_value(packing, path, value);
  }
}

static void pack_features(struct packing *packing, const json_t *features) {
  const json_t *items = json_object_get(features, "features");
  for (size_t i = 0; i < json_array_size(items); i++) {
    const json_t *item = json_array_get(items, i);
    const char *name = json_string_value(json_array_get(item, 0));
    char path[160];
    snprintf(path, sizeof path, "%s[%lld]", name ? name : "", (long long)json_integer_value(json_array_get(item, 1)));
    if (name)
      pack_value(packing, path, json_array_get(item, 2));
  }
}

static void add_base64(struct buffer *out, const uint8_t *data, size_t size) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < size; i += 3) {
    uint32_t bits = (uint32_t)data[i] << 16 | (i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0) |
                    (i + 2 < size ? (uint32_t)data[i + 2] : 0);
    for (size_t k = 0; k < 4 && i + k < size + 1; k++)
      buffer_add_byte(out, (uint8_t)digits[bits >> (18 - 6 * k) & 63]);
  }
}

void search_record_pack(struct search_names *names, const json_t *flight, const json_t *features, struct buffer *out) {
  struct packing *packing = memory_new(sizeof *packing);
  scoped(buffer) struct buffer raw = buffer_with_max(SEARCH_RECORD_MAX);
  packing->names = names;
  packing->texts = buffer_with_max(SEARCH_RECORD_MAX / 2);
  pack_flight(packing, flight);
  pack_features(packing, features);
  uint16_t count = (uint16_t)packing->number_count;
  buffer_add(&raw, &(uint8_t[2]){(uint8_t)count, (uint8_t)(count >> 8)}, 2);
  buffer_add(&raw, packing->numbers, count * sizeof(float));
  if (!packing->texts.failed)
    buffer_add(&raw, packing->texts.data, packing->texts.size);
  buffer_add_text(out, "{\"r\":\"");
  add_base64(out, raw.data, raw.size);
  buffer_add_text(out, "\"}");
  buffer_free(&packing->texts);
  free(packing);
}

/* ---- reading ---- */

/* Six bits of a digit; 64: none. */
static const uint8_t *digit_values(void) {
  static const uint8_t values[256] = {
#define X16 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64
      X16, X16, 64, 64, 64, 64, 64, 64, 64, 64, 64,  64,  64,  62,  64,  64,  64,  63,  52, 53, 54, 55,
      56,  57,  58, 59, 60, 61, 64, 64, 64, 64, 64,  64,  64,  0,   1,   2,   3,   4,   5,  6,  7,  8,
      9,   10,  11, 12, 13, 14, 15, 16, 17, 18, 19,  20,  21,  22,  23,  24,  25,  64,  64, 64, 64, 64,
      64,  26,  27, 28, 29, 30, 31, 32, 33, 34, 35,  36,  37,  38,  39,  40,  41,  42,  43, 44, 45, 46,
      47,  48,  49, 50, 51, 64, 64, 64, 64, 64, X16, X16, X16, X16, X16, X16, X16, X16,
#undef X16
  };
  return values;
}

/* Up to the closing quote; the number of bytes. Four digits at a time: this is most of the work of a search. */
static size_t read_base64(const char *text, uint8_t *out, size_t space) {
  const uint8_t *values = digit_values(), *c = (const uint8_t *)text;
  size_t used = 0, left = strcspn(text, "\"");
  for (; left >= 4 && used + 3 <= space; left -= 4, c += 4, used += 3) {
    uint32_t a = values[c[0]], b = values[c[1]], d = values[c[2]], e = values[c[3]];
    if ((a | b | d | e) & 64)
      return 0;
    uint32_t bits = a << 18 | b << 12 | d << 6 | e;
    out[used] = (uint8_t)(bits >> 16);
    out[used + 1] = (uint8_t)(bits >> 8);
    out[used + 2] = (uint8_t)bits;
  }
  uint32_t bits = 0;
  for (size_t i = 0; i < left; i++)
    bits |= (uint32_t)(values[c[i]] & 63) << (18 - 6 * i);
  for (size_t i = 0; i + 1 < left && i < 2 && used < space; i++)
    out[used++] = (uint8_t)(bits >> (16 - 8 * i));
  return used;
}

bool search_record_read(const char *document, uint8_t *scratch, struct search_record *ret_record) {
  const char *record = strstr(document, "\"r\"");
  record = record ? strchr(record + 3, '"') : NULL;
  if (!record)
    return false;
  /* two bytes before a float's boundary, so that the numbers are aligned */
  uint8_t *at = scratch + sizeof(float) - 2;
  size_t size = read_base64(record + 1, at, SEARCH_RECORD_MAX - sizeof(float));
  uint32_t count = size >= 2 ? (uint32_t)at[0] | (uint32_t)at[1] << 8 : 0;
  if (size < 2 + count * sizeof(float))
    return false;
  uint8_t *texts = at + 2 + count * sizeof(float);
  *ret_record = (struct search_record){
      (const float *)(const void *)(at + 2), count, {(const char *)texts, (size_t)(at + size - texts)}};
  return ret_record->texts.size == 0 || texts[ret_record->texts.size - 1] == 0;
}

const char *search_record_text(const struct search_record *record, const char *name) {
  const char *at = record->texts.data, *end = at + record->texts.size;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    if (value >= end)
      return NULL;
    if (strcmp(at, name) == 0)
      return value;
    at = value + strlen(value) + 1;
  }
  return NULL;
}
