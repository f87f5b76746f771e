/* audit_files: what should be there, by the hash of its path (FNV-1a, 64 bits). A list of a million files takes 200 MB;
 * names are short and repeat, so most of that is names. */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t path_hash(enum audit_place place, const char *path) {
  uint64_t hash = 14695981039346656037u ^ (uint64_t)place;
  for (; *path; path++)
    hash = (hash ^ (uint8_t)*path) * 1099511628211u;
  return hash ^ hash >> 29; /* the upper bits choose a part, and FNV mixes those of short texts badly */
}

static int digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_sha256(uint8_t out[32], const char *hex) {
  for (int i = 0; i < 32; i++) {
    int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);
    if (low < 0)
      return false;
    out[i] = (uint8_t)(high << 4 | low);
  }
  return hex[64] == 0;
}

void audit_expect(struct audit *audit, enum audit_place place, const char *path, const char *sha256, uint64_t bytes) {
  if (audit->file_count == audit->file_capacity) {
    audit->file_capacity = MAX((size_t)1024, audit->file_capacity * 2);
    audit->files = memory_resize(audit->files, audit->file_capacity, sizeof *audit->files);
  }
  struct audit_file *file = &audit->files[audit->file_count++];
  *file = (struct audit_file){.path = arena_copy_text(audit->arena, path), .bytes = bytes, .place = (uint8_t)place};
  file->hash = path_hash(place, path);
  file->has_sha256 = read_sha256(file->sha256, sha256);
  audit->known_files[place]++;
  audit->known_bytes[place] += bytes;
}

static int compare_files(const void *a, const void *b) {
  const struct audit_file *x = a, *y = b;
  return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : strcmp(x->path, y->path);
}

void audit_sort_files(struct audit *audit) {
  if (audit->file_count)
    qsort(audit->files, audit->file_count, sizeof *audit->files, compare_files);
}

bool audit_see(struct audit *audit, enum audit_place place, const char *path, uint64_t bytes) {
  struct audit_file wanted = {.path = path, .hash = path_hash(place, path)};
  struct audit_file *file = audit->file_count
                                ? bsearch(&wanted, audit->files, audit->file_count, sizeof wanted, compare_files)
                                : NULL;
  if (!file)
    return false;
  file->seen = true;
  if (bytes == file->bytes)
    return true;
  char text[160];
  snprintf(text, sizeof text, "it has %llu bytes, and had %llu when it came in", (unsigned long long)bytes,
           (unsigned long long)file->bytes);
  file->bad = true;
  audit_tell_file(audit, file, place == AUDIT_OBJECT ? "object_changed" : "table_changed", text);
  return true;
}

void audit_tell_missing(struct audit *audit, enum audit_place place) {
  for (size_t i = 0; i < audit->file_count; i++) {
    struct audit_file *file = &audit->files[i];
    if (file->place != place || file->seen)
      continue;
    file->bad = true;
    audit_tell_file(audit, file, place == AUDIT_OBJECT ? "object_missing" : "table_missing",
                    "it is in the catalogue, but not there");
  }
}

static void hex_of(char out[SHA256_TEXT], const uint8_t sha256[32]) {
  for (int i = 0; i < 32; i++)
    snprintf(&out[2 * i], 3, "%02x", sha256[i]);
}

bool audit_is_expected(struct audit *audit, const struct audit_file *file) {
  char id[SHA256_TEXT];
  hex_of(id, file->sha256);
  bool object = file->place == AUDIT_OBJECT;
  json_t *document = document_load(lake_catalog(audit->lake), object ? "logs" : "table_files",
                                   object ? id : file->path);
  bool is_there = document && (!object || strcmp(audit_text(document, "key"), file->path) == 0);
  json_decref(document);
  return is_there;
}
