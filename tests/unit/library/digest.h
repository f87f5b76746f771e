/* digest: one number for all values of a log, by the public library alone. */
#ifndef UAVLAKE_DIGEST_H
#define UAVLAKE_DIGEST_H

#include <math.h>
#include <string.h>

#include "uavlog.h"

/* Order within a message counts, between messages not: so that batches of any size give the same. */
struct digest {
  uint64_t rows, sum;
  enum uavlog_status status;
};

static inline uint64_t digest_mix(uint64_t hash, uint64_t value) {
  return (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15) + (hash >> 29);
}

/* Stored bits: a scale may come to light later than the first rows of small batches. */
static inline uint64_t digest_value(const struct uavlog_batch *batch, uint16_t field, uint32_t row, uint16_t element) {
  size_t index = (size_t)row * uavlog_field_elements(uavlog_batch_message(batch), field) + element;
  const float *single = uavlog_batch_values(batch, field, UAVLOG_FLOAT);
  const double *wide = uavlog_batch_values(batch, field, UAVLOG_DOUBLE);
  double value = single ? (double)single[index] : wide ? wide[index] : 0;
  uint64_t bits = 0;
  if (!isnan(value))
    memcpy(&bits, &value, sizeof bits);
  return bits ^ (single || wide ? 0 : (uint64_t)uavlog_get_int(batch, field, row, element));
}

static inline uint64_t digest_cell(const struct uavlog_batch *batch, uint16_t field, uint32_t row) {
  const struct uavlog_message *message = uavlog_batch_message(batch);
  uint64_t hash = field;
  for (uint16_t i = 0; i < uavlog_field_elements(message, field); i++)
    hash = digest_mix(hash, digest_value(batch, field, row, i));
  struct uavlog_text text = uavlog_get_text(batch, field, row);
  for (size_t i = 0; i < text.size; i++)
    hash = digest_mix(hash, (uint8_t)text.data[i]);
  return hash;
}

static inline void digest_batch(struct digest *digest, const struct uavlog_batch *batch) {
  const struct uavlog_message *message = uavlog_batch_message(batch);
  for (uint32_t row = 0; row < uavlog_batch_rows(batch); row++) {
    /* Rows without a clock of their own get a time from their neighbours in the batch. */
    int64_t time_us = uavlog_time_field(message) < 0 ? 0 : uavlog_batch_times_us(batch)[row];
    uint64_t hash = digest_mix(uavlog_message_index(message), (uint64_t)time_us);
    for (uint16_t field = 0; field < uavlog_field_count(message); field++)
      hash = digest_mix(hash, digest_cell(batch, field, row));
    digest->sum += hash;
    digest->rows++;
  }
}

/* Reads to the end or to a failure, and closes. */
static inline struct digest digest_log(struct uavlog *log) {
  struct digest digest = {0};
  const struct uavlog_batch *batch = NULL;
  while ((digest.status = uavlog_next(log, &batch, NULL)) == UAVLOG_OK && batch)
    digest_batch(&digest, batch);
  uavlog_close(log);
  return digest;
}

#endif
