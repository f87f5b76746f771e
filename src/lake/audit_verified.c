/* audit_verified: when was each file last found right?
 *
 * 64 documents of the collection `jobs`, "audit_verified-00" … "-3f", by the upper six bits of the path's hash:
 *   {"kind": "audit_verified", "times": "<16 hex digits of the hash><8 of the time in s since 1970>…"}
 * in the order of the hashes. 24 bytes a file, whole parts written at once: an audit reads files part by part, so that
 * a part is written a few times a run, not once a file. Files that are gone leave their part when it is next written.
 */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRY 24u

static const char *part_id(char out[32], uint32_t part) {
  snprintf(out, 32, "audit_verified-%02x", part);
  return out;
}

static bool read_hex(const char *digits, int count, uint64_t *ret_value) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) {
    char c = digits[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0)
      return false;
    value = value << 4 | (uint64_t)digit;
  }
  *ret_value = value;
  return true;
}

/* The first file whose hash is at least this. */
static size_t first_file(const struct audit *audit, uint64_t hash) {
  size_t low = 0, high = audit->file_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (audit->files[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void take_times(struct audit *audit, struct text times) {
  for (; times.size >= ENTRY; times = text_from(times.data + ENTRY, times.size - ENTRY)) {
    uint64_t hash, time;
    if (!read_hex(times.data, 16, &hash) || !read_hex(times.data + 16, 8, &time))
      return; /* damaged: what follows counts as never looked at */
    for (size_t i = first_file(audit, hash); i < audit->file_count && audit->files[i].hash == hash; i++)
      audit->files[i].verified = (uint32_t)time;
  }
}

enum status audit_verified_load(struct audit *audit, struct error *error) {
  (void)error;
  for (uint32_t part = 0; part < AUDIT_PARTS; part++) {
    char id[32];
    json_t *document = document_load(lake_catalog(audit->lake), "jobs", part_id(id, part));
    take_times(audit, text_of(audit_text(document, "times")));
    json_decref(document);
  }
  return STATUS_OK;
}

static enum status save_part(struct audit *audit, uint32_t part, struct error *error) {
  char id[32];
  scoped(buffer) struct buffer text = buffer_with_max((size_t)1 << 30);
  size_t i = first_file(audit, (uint64_t)part << 58);
  buffer_add_text(&text, "{\"kind\":\"audit_verified\",\"times\":\"");
  for (; i < audit->file_count && audit->files[i].hash >> 58 == part; i++)
    if (audit->files[i].verified)
      buffer_format(&text, "%016llx%08x", (unsigned long long)audit->files[i].hash, audit->files[i].verified);
  buffer_add_text(&text, "\"}");
  return catalog_put(lake_catalog(audit->lake), "jobs", part_id(id, part), buffer_text(&text), error);
}

static enum status save_parts(struct audit *audit, uint64_t parts, struct error *error) {
  for (uint32_t part = 0; part < AUDIT_PARTS; part++)
    if (parts >> part & 1)
      TRY(save_part(audit, part, error));
  return STATUS_OK;
}

enum status audit_verified_save(struct audit *audit, uint64_t parts, struct error *error) {
  struct catalog *catalog = lake_catalog(audit->lake);
  if (!parts)
    return STATUS_OK;
  TRY(catalog_begin(catalog, error));
  enum status status = save_parts(audit, parts, error);
  if (status == STATUS_OK)
    return catalog_commit(catalog, error);
  catalog_rollback(catalog);
  return status;
}
