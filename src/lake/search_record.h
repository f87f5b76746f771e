/* search_record: what is known of one flight, packed for going through many.
 *
 * Layout, in base64: count (u16, little-endian), then so many numbers (float32, NaN where the flight has none) in the
 * order of the lake's list of names, then "name\0text\0" pairs. The list of names only grows. */
#ifndef UAVLAKE_SEARCH_RECORD_H
#define UAVLAKE_SEARCH_RECORD_H

#include "lake/document.h"

#define SEARCH_NAMES_MAX 4096u
#define SEARCH_RECORD_MAX ((size_t)64 << 10)

struct search_names {
  struct arena *arena;
  const char *names[SEARCH_NAMES_MAX]; /* of numbers: "airborne_s", "vibration_m_s2[1]" */
  uint32_t count, stored;              /* stored: so many are in the catalogue */
};

struct search_record {
  const float *numbers;
  uint32_t number_count;
  struct text texts; /* the pairs */
};

must_check enum status search_names_load(struct catalog *catalog, struct arena *arena, struct search_names *ret_names,
                                         struct error *error);
/* Writes the names that are new. */
must_check enum status search_names_store(struct catalog *catalog, struct search_names *names, struct error *error);

/* The record as text; adds new names. features may be NULL. */
void search_record_pack(struct search_names *names, const json_t *flight, const json_t *features, struct buffer *out);
/* document: {"r":"…"}. scratch: SEARCH_RECORD_MAX bytes, aligned for float, that the record points into. False: marked
 * or damaged. */
bool search_record_read(const char *document, uint8_t *scratch, struct search_record *ret_record);
/* NAN: it has none. */
static inline float search_record_number(const struct search_record *record, uint32_t index) {
  return index < record->number_count ? record->numbers[index] : __builtin_nanf("");
}
/* NULL: it has none. */
const char *search_record_text(const struct search_record *record, const char *name);

#endif
