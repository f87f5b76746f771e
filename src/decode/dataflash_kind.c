/* dataflash_kind: rows of bytes → columns (see dataflash_kind.h).
 *
 * A record is row-major: its columns stand one after another, unaligned. For each column one loop goes over all noted
 * records and gathers that column's bytes; the machine then sees one load, one store and nothing to decide. The rows of
 * one window (256 KiB) stay in the second-level cache meanwhile. */
#include "decode/dataflash_kind.h"

#define BATCH_BYTES 32768u        /* about what one batch may take: many kinds stay in the cache side by side */
#define BATCH_BYTES_CROWDED 8192u /* … where a log defines more kinds than any real one */
#define CROWD 256u
#define BATCH_ROWS_MIN 16u
#define TIME_MAX_US (INT64_C(3650) * US_PER_DAY) /* no board runs for ten years: such a clock is damage */

static enum dataflash_special special_of(const struct dataflash_kind *kind) {
  static const struct {
    const char *name;
    enum dataflash_special special;
  } specials[] = {
      {"UNIT", DATAFLASH_UNIT}, {"MULT", DATAFLASH_MULT},      {"FMTU", DATAFLASH_FMTU},
      {"MSG", DATAFLASH_TEXT},  {"PARM", DATAFLASH_PARAMETER}, {"VER", DATAFLASH_VERSION},
  };
  if (kind->definition.id == 128)
    return DATAFLASH_FMT;
  for (size_t i = 0; i < ARRAY_COUNT(specials); i++)
    if (strcmp(kind->definition.name, specials[i].name) == 0)
      return specials[i].special;
  return DATAFLASH_PLAIN;
}

static struct field field_of(const struct dataflash_column *column) {
  const struct dataflash_letter *letter = column->letter;
  if (!letter)
    return (struct field){column->name, "", 1, COLUMN_U8, column->width, true};
  return (struct field){column->name, "", letter->scale, letter->type, letter->count, letter->is_array, letter->scale};
}

static struct message *define_message(struct decode *d, struct dataflash_kind *kind) {
  struct field fields[DATAFLASH_COLUMNS_MAX];
  for (uint16_t i = 0; i < kind->layout.count; i++)
    fields[i] = field_of(&kind->layout.columns[i]);
  return decode_define_message(d, kind->definition.name, kind->definition.id, fields, kind->layout.count);
}

static uint32_t choose_capacity(const struct decode *d, const struct dataflash_kind *kind) {
  uint32_t bytes = d->report.message_count > CROWD ? BATCH_BYTES_CROWDED : BATCH_BYTES;
  uint32_t rows = bytes / (kind->definition.length + 8u);
  rows = MAX(rows, BATCH_ROWS_MIN);
  return MIN(rows, d->options.batch_rows);
}

struct dataflash_kind *dataflash_kind_new(struct decode *d, const struct dataflash_definition *definition) {
  struct dataflash_kind *kind = arena_alloc(d->arena, sizeof *kind);
  if (!kind)
    return NULL;
  kind->definition = *definition;
  dataflash_layout_make(definition, &kind->layout);
  kind->odd_length = kind->layout.length && kind->layout.length != definition->length;
  kind->special = special_of(kind);
  kind->time_column = dataflash_layout_find_time(&kind->layout, definition->name, &kind->us_per_count);
  if (kind->time_column >= 0) {
    kind->time_offset = kind->layout.columns[kind->time_column].offset;
    kind->time_width = kind->layout.columns[kind->time_column].width;
  }
  kind->message = define_message(d, kind);
  kind->capacity = kind->room = choose_capacity(d, kind);
  kind->offsets = arena_alloc_array(d->arena, kind->capacity, sizeof *kind->offsets);
  if (kind->time_column < 0)
    kind->times = arena_alloc_array(d->arena, kind->capacity, sizeof *kind->times);
  if (!kind->message || !kind->offsets || (kind->time_column < 0 && !kind->times))
    return NULL;
  kind->message->time_field = (int16_t)kind->time_column;
  dataflash_kind_arm(kind);
  return kind;
}

int64_t dataflash_kind_time(const struct dataflash_kind *kind, const uint8_t *record) {
  if (kind->time_column < 0)
    return TIME_NONE;
  const uint8_t *at = record + kind->time_offset;
  uint64_t count = kind->time_width == 8 ? load_u64(at) : load_u32(at);
  if (count > (uint64_t)TIME_MAX_US)
    return TIME_NONE;
  return (int64_t)count * kind->us_per_count;
}

/* Half precision: 1 sign, 5 exponent, 10 fraction bits; every value fits a float exactly. */
static uint32_t widen_half(uint32_t half) {
  uint32_t sign = (half & 0x8000u) << 16, exponent = (half >> 10) & 31u, fraction = half & 0x3FFu;
  if (exponent == 31)
    return sign | 0x7F800000u | fraction << 13;
  if (exponent)
    return sign | (exponent + 112u) << 23 | fraction << 13;
  if (!fraction)
    return sign;
  uint32_t shift = (uint32_t)__builtin_clz(fraction) - 21u; /* brings the leading bit to bit 10 */
  return sign | (113u - shift) << 23 | (fraction << shift & 0x3FFu) << 13;
}

static void gather_half(uint8_t *restrict out, const uint8_t *restrict from, const uint32_t *restrict offsets,
                        size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    uint32_t value = widen_half(load_u16(from + offsets[i]));
    memcpy(out + 4 * i, &value, 4);
  }
}

/* Constant width after inlining, so each copy is one move (or a few vector moves). */
static inline __attribute__((always_inline)) void gather_fixed(uint8_t *restrict out, const uint8_t *restrict from,
                                                               const uint32_t *restrict offsets, size_t rows,
                                                               size_t width) {
  for (size_t i = 0; i < rows; i++)
    memcpy(out + width * i, from + offsets[i], width);
}

static void gather(const struct dataflash_column *column, uint8_t *out, const uint8_t *window, const uint32_t *offsets,
                   size_t rows) {
  const uint8_t *from = window + column->offset;
  if (column->letter && column->letter->letter == 'g') {
    gather_half(out, from, offsets, rows);
    return;
  }
  switch (column->width) {
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
  case 16:
    gather_fixed(out, from, offsets, rows, 16);
    break;
  case 64:
    gather_fixed(out, from, offsets, rows, 64);
    break;
  default:
    gather_fixed(out, from, offsets, rows, column->width);
  }
}

static void fill_times(struct dataflash_kind *kind, const uint8_t *window) {
  int64_t *out = kind->builder->time_us + kind->builder->batch.rows;
  if (kind->time_column < 0)
    memcpy(out, kind->times, kind->noted * sizeof *out);
  else if (kind->time_width == 8 && kind->us_per_count == 1)
    gather_fixed((uint8_t *)out, window + kind->time_offset, kind->offsets, kind->noted, 8);
  else
    for (uint32_t i = 0; i < kind->noted; i++)
      out[i] = dataflash_kind_time(kind, window + kind->offsets[i]);
}

static bool fill_rows(struct decode *d, struct dataflash_kind *kind, const uint8_t *window) {
  if (!kind->builder)
    kind->builder = batch_builder_new(d, kind->message, kind->capacity);
  struct batch_builder *builder = kind->builder;
  if (!builder)
    return false;
  for (uint16_t i = 0; i < kind->layout.count; i++) {
    const struct dataflash_column *column = &kind->layout.columns[i];
    uint8_t *out = builder->columns[i].values;
    gather(column, out + column_width(builder->columns[i].field) * builder->batch.rows, window, kind->offsets,
           kind->noted);
  }
  fill_times(kind, window);
  builder->batch.rows += kind->noted;
  return true;
}

static void count_records(struct decode *d, struct dataflash_kind *kind, const uint8_t *window) {
  struct decode_report *report = &d->report;
  struct message *message = kind->message;
  message->count += kind->noted;
  report->records += kind->noted;
  uint32_t last = kind->noted - 1;
  bool timed = kind->time_column >= 0;
  int64_t first_us = timed ? dataflash_kind_time(kind, window + kind->offsets[0]) : kind->times[0];
  int64_t last_us = timed ? dataflash_kind_time(kind, window + kind->offsets[last]) : kind->times[last];
  if (message->first_us == TIME_NONE)
    message->first_us = first_us;
  if (dataflash_time_follows(message->last_us, last_us))
    message->last_us = last_us;
  if (first_us != TIME_NONE && (report->first_us == TIME_NONE || first_us < report->first_us))
    report->first_us = first_us;
  if (last_us > report->last_us && dataflash_time_follows(report->last_us, last_us))
    report->last_us = last_us;
}

bool dataflash_kind_flush(struct decode *d, struct dataflash_kind *kind, const uint8_t *window) {
  if (!kind->noted)
    return true;
  count_records(d, kind, window);
  if (kind->message->wanted) {
    if (!fill_rows(d, kind, window))
      return false;
    kind->room = kind->capacity - kind->builder->batch.rows;
  }
  kind->last_length = kind->noted > kind->framed_from ? kind->framed_length : 0;
  memcpy(kind->last, window + kind->offsets[kind->noted - 1], kind->last_length);
  kind->noted = kind->framed_from = 0;
  dataflash_kind_arm(kind);
  return true;
}

void dataflash_kind_release(struct dataflash_kind *kind) {
  batch_builder_reset(kind->builder);
  kind->room = kind->capacity;
  dataflash_kind_arm(kind);
}

void dataflash_kind_resolve(struct dataflash_kind *kind, const struct dataflash_units *units) {
  if (!kind->has_units)
    return;
  kind->message->instance_field = -1;
  for (uint16_t i = 0; i < kind->layout.count; i++) {
    const struct dataflash_letter *letter = kind->layout.columns[i].letter;
    double scale = dataflash_units_scale(units, letter, kind->factor_ids[i], false);
    decode_set_unit(kind->message, i, dataflash_units_label(units, kind->unit_ids[i]), scale);
    if (kind->unit_ids[i] == '#' && kind->message->instance_field < 0)
      kind->message->instance_field = (int16_t)i;
  }
}
