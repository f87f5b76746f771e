/* sample: DataFlash logs made in memory for the tests of the public library. */
#ifndef UAVLAKE_SAMPLE_H
#define UAVLAKE_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"

struct sample {
  uint8_t *data;
  size_t size, capacity;
};

static inline void sample_add(struct sample *sample, const void *data, size_t size) {
  if (sample->size + size > sample->capacity) {
    sample->capacity = (sample->size + size) * 2;
    sample->data = realloc(sample->data, sample->capacity);
  }
  memcpy(sample->data + sample->size, data, size);
  sample->size += size;
}

/* FMT: type, length, name[4], letters[16], labels[64] after the three bytes that begin each record. */
static inline void sample_define(struct sample *sample, uint8_t type, uint8_t length, const char *name,
                                 const char *letters, const char *labels) {
  char record[89] = {(char)0xA3, (char)0x95, (char)128, (char)type, (char)length};
  memcpy(record + 5, name, strnlen(name, 4));
  memcpy(record + 9, letters, strnlen(letters, 16));
  memcpy(record + 25, labels, strnlen(labels, 64));
  sample_add(sample, record, sizeof record);
}

enum { TYPE_MIX = 1, TYPE_BAR = 2, MIX_SIZE = 3 + 8 + 1 + 2 + 4 + 8 + 2 + 16 + 64, BAR_SIZE = 3 + 8 + 8 };

#pragma pack(push, 1)
struct mix {
  uint8_t head[3];
  uint64_t time_us;
  int8_t small;
  int16_t medium;
  float real;
  double wide;
  int16_t hundredths;
  char name[16];
  int16_t list[32];
};
struct bar {
  uint8_t head[3];
  uint64_t time_us;
  uint64_t big;
};
#pragma pack(pop)

static inline void sample_begin(struct sample *sample) {
  sample_define(sample, 128, 89, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns");
  sample_define(sample, TYPE_MIX, MIX_SIZE, "MIX", "QbhfdcNa", "TimeUS,Small,Medium,Real,Wide,Hundredths,Name,List");
  sample_define(sample, TYPE_BAR, BAR_SIZE, "BAR", "QQ", "TimeUS,Big");
}

static inline void sample_add_mix(struct sample *sample, int i, int seed) {
  struct mix mix = {{0xA3, 0x95, TYPE_MIX}, 1000000u + (uint64_t)i * 1000, (int8_t)i,       (int16_t)(i * 3 - seed),
                    (float)i * 0.25f,       (double)i / 3 + seed,          (int16_t)(i * 7)};
  snprintf(mix.name, sizeof mix.name, "row %d", i % 100000);
  for (int k = 0; k < 32; k++)
    mix.list[k] = (int16_t)(i + k * 100);
  sample_add(sample, &mix, sizeof mix);
}

static inline void sample_add_bar(struct sample *sample, int i, int seed) {
  struct bar bar = {{0xA3, 0x95, TYPE_BAR}, 1000500u + (uint64_t)i * 1000, UINT64_MAX - (uint64_t)(i + seed)};
  sample_add(sample, &bar, sizeof bar);
}

/* `rows` records of MIX and of BAR by turns. */
static inline struct sample sample_new(int rows, int seed) {
  struct sample sample = {0};
  sample_begin(&sample);
  for (int i = 0; i < rows; i++) {
    sample_add_mix(&sample, i, seed);
    sample_add_bar(&sample, i, seed);
  }
  return sample;
}

static struct uavlog_error error; /* tests run one after another */

#define assert_log_ok(call)                                                                                            \
  do {                                                                                                                 \
    if ((call) != UAVLOG_OK)                                                                                           \
      fail_msg("%s: %s", uavlog_status_name(error.status), error.text);                                                \
  } while (0)
#define assert_log_status(expected, call) assert_string_equal(uavlog_status_name(expected), uavlog_status_name(call))

static inline struct uavlog *open_sample(const struct sample *sample, const struct uavlog_options *options) {
  struct uavlog *log = NULL;
  assert_log_ok(uavlog_open_memory(sample->data, sample->size, options, &log, &error));
  return log;
}

#endif
