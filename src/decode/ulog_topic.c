/* ulog_topic: rows of bytes → columns (see ulog_topic.h). */
#include "decode/ulog_topic.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES 32768u /* about what one batch may take: the topics of a log stay in the cache side by side */
#define BATCH_ROWS_MIN 16u

static struct message *define(struct decode *d, const struct ulog_topic *topic) {
  uint32_t count = topic->layout.count;
  struct field *fields = heap_alloc_array(d->heap, count + 1, sizeof *fields);
  if (!fields)
    return NULL;
  for (uint32_t i = 0; i < count; i++) {
    const struct ulog_column *column = &topic->layout.columns[i];
    fields[i] = (struct field){column->name, "", 1, column->type, column->count, column->is_array};
    if (column->offset == (uint32_t)topic->time_offset && topic->time_offset >= 0)
      fields[i].unit = "us";
  }
  fields[count] = (struct field){"multi_id", "", 1, COLUMN_U8, 1, false};
  char name[256];
  snprintf(name, sizeof name, "%.*s", (int)topic->format->name.size, topic->format->name.data);
  struct message *message = decode_define_message(d, name, d->report.message_count, fields, (uint16_t)(count + 1));
  heap_free(d->heap, fields);
  return message;
}

static void find_time(struct ulog_topic *topic) {
  topic->time_offset = -1;
  for (uint32_t i = 0; i < topic->layout.count; i++) {
    const struct ulog_column *column = &topic->layout.columns[i];
    if (strcmp(column->name, "timestamp") == 0 && column->type == COLUMN_U64 && !column->is_array)
      topic->time_offset = column->offset;
  }
}

struct ulog_topic *ulog_topic_new(struct decode *d, const struct ulog_formats *formats,
                                  const struct ulog_format *format) {
  struct ulog_topic *topic = arena_alloc(d->arena, sizeof *topic);
  if (!topic || !ulog_layout_make(d, formats, format, &topic->layout))
    return NULL;
  topic->format = format;
  find_time(topic);
  topic->message = define(d, topic);
  if (!topic->message)
    return NULL;
  topic->message->instance_field = (int16_t)topic->layout.count;
  for (uint32_t i = 0; i < topic->layout.count; i++)
    if (topic->time_offset >= 0 && topic->layout.columns[i].offset == (uint32_t)topic->time_offset)
      topic->message->time_field = (int16_t)i;
  uint32_t rows = MAX(BATCH_BYTES / (topic->layout.size + 16u), BATCH_ROWS_MIN);
  topic->capacity = topic->room = MAX(MIN(rows, d->options.batch_rows), 1u);
  topic->offsets = arena_alloc_array(d->arena, topic->capacity, sizeof *topic->offsets);
  topic->instances = arena_alloc_array(d->arena, topic->capacity, sizeof *topic->instances);
  if (topic->time_offset < 0)
    topic->times = arena_alloc_array(d->arena, topic->capacity, sizeof *topic->times);
  return topic->offsets && topic->instances && (topic->times || topic->time_offset >= 0) ? topic : NULL;
}

int64_t ulog_topic_time(const struct ulog_topic *topic, const uint8_t *data) {
  if (topic->time_offset < 0)
    return TIME_NONE;
  uint64_t us = load_u64(data + topic->time_offset);
  return us < (uint64_t)INT64_MAX / 2 ? (int64_t)us : TIME_NONE;
}

/* Constant width after inlining, so each copy is one move. */
static inline __attribute__((always_inline)) void gather_fixed(uint8_t *restrict out, const uint8_t *restrict from,
                                                               const uint32_t *restrict offsets, size_t rows,
                                                               size_t width) {
  for (size_t i = 0; i < rows; i++)
    memcpy(out + width * i, from + offsets[i], width);
}

static void gather(uint8_t *out, const uint8_t *from, const uint32_t *offsets, size_t rows, size_t width) {
  switch (width) {
  case 1:
    gather_fixed(out, from, offsets, rows, 1);
    break;
  case 2:
    gather_fixed(out, from, offsets, rows, 2);
    break;
  case 4:
    gather_fixed(out, from, offsets, rows, 4);
    break;
  case 8:
    gather_fixed(out, from, offsets, rows, 8);
    break;
  case 12:
    gather_fixed(out, from, offsets, rows, 12);
    break;
  case 16:
    gather_fixed(out, from, offsets, rows, 16);
    break;
  default:
    gather_fixed(out, from, offsets, rows, width);
  }
}

/* A damaged bool may hold any byte; a column of them holds 0 and 1. */
static void settle_bools(uint8_t *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    values[i] = values[i] != 0;
}

static bool fill_rows(struct decode *d, struct ulog_topic *topic, const uint8_t *window) {
  if (!topic->builder)
    topic->builder = batch_builder_new(d, topic->message, topic->capacity);
  struct batch_builder *builder = topic->builder;
  if (!builder)
    return false;
  uint32_t row = builder->batch.rows;
  for (uint32_t i = 0; i < topic->layout.count; i++) {
    size_t width = column_width(builder->columns[i].field);
    gather((uint8_t *)builder->columns[i].values + width * row, window + topic->layout.columns[i].offset,
           topic->offsets, topic->noted, width);
    if (builder->columns[i].field->type == COLUMN_BOOL)
      settle_bools((uint8_t *)builder->columns[i].values + width * row, width * topic->noted);
  }
  memcpy((uint8_t *)builder->columns[topic->layout.count].values + row, topic->instances, topic->noted);
  for (uint32_t i = 0; i < topic->noted; i++)
    builder->time_us[row + i] = topic->times ? topic->times[i] : ulog_topic_time(topic, window + topic->offsets[i]);
  builder->batch.rows += topic->noted;
  return true;
}

static void count_records(struct decode *d, struct ulog_topic *topic, const uint8_t *window) {
  struct message *message = topic->message;
  uint32_t last = topic->noted - 1;
  int64_t first_us = topic->times ? topic->times[0] : ulog_topic_time(topic, window + topic->offsets[0]);
  int64_t last_us = topic->times ? topic->times[last] : ulog_topic_time(topic, window + topic->offsets[last]);
  message->count += topic->noted;
  d->report.records += topic->noted;
  if (message->first_us == TIME_NONE)
    message->first_us = first_us;
  if (last_us != TIME_NONE && (message->last_us == TIME_NONE || last_us < message->last_us + US_PER_DAY))
    message->last_us = last_us;
  if (first_us != TIME_NONE && first_us != 0 && (d->report.first_us == TIME_NONE || first_us < d->report.first_us))
    d->report.first_us = first_us;
  if (last_us > d->report.last_us && (d->report.last_us == TIME_NONE || last_us < d->report.last_us + US_PER_DAY))
    d->report.last_us = last_us;
}

bool ulog_topic_flush(struct decode *d, struct ulog_topic *topic, const uint8_t *window) {
  if (!topic->noted)
    return true;
  count_records(d, topic, window);
  if (topic->message->wanted) {
    if (!fill_rows(d, topic, window))
      return false;
    topic->room = topic->capacity - topic->builder->batch.rows;
  }
  topic->noted = 0;
  return true;
}

void ulog_topic_release(struct ulog_topic *topic) {
  batch_builder_reset(topic->builder);
  topic->room = topic->capacity;
}
