/* mavlink_kind: payloads → columns (see mavlink_kind.h).
 *
 * MAVLink 2 cuts the zeros off a payload's end, so a frame can't be read in place: each payload is copied into a row of
 * full length, the rest zeroed. When the rows are full, one loop a field walks down them: one load, one store, nothing
 * to decide. The rows of one kind stay within the first-level cache. */
#include "decode/mavlink_kind.h"

#include <stdio.h>

#define STAGE_BYTES 16384u
#define ROWS_MIN 16u
#define UNKNOWN_ROWS 64u

static const struct field system_field = {"system_id", "", 1, COLUMN_U8, 1, false};
static const struct field component_field = {"component_id", "", 1, COLUMN_U8, 1, false};

static struct field field_of(const struct mavlink_field *from) {
  struct mavlink_unit unit = mavlink_unit_of(from->unit);
  return (struct field){from->name, unit.unit, unit.scale, from->type, from->count, from->is_array};
}

static struct message *define_known(struct decode *d, const struct mavlink_kind *kind) {
  struct field fields[MAVLINK_OWN_COLUMNS + MAVLINK_FIELDS_MAX] = {system_field, component_field};
  const struct mavlink_definition *definition = kind->definition;
  uint16_t count = MIN(definition->field_count, (uint16_t)MAVLINK_FIELDS_MAX);
  for (uint16_t i = 0; i < count; i++)
    fields[MAVLINK_OWN_COLUMNS + i] = field_of(&kind->fields[i]);
  struct message *message = decode_define_message(d, definition->name, kind->id, fields,
                                                  (uint16_t)(MAVLINK_OWN_COLUMNS + count));
  if (message && definition->instance >= 0)
    message->instance_field = (int16_t)(MAVLINK_OWN_COLUMNS + definition->instance);
  return message;
}

static struct message *define_unknown(struct decode *d, uint32_t id) {
  const struct field fields[] = {system_field, component_field, {"payload", "", 1, COLUMN_BYTES, 1, false}};
  char name[24];
  snprintf(name, sizeof name, "UNKNOWN_%u", id);
  return decode_define_message(d, name, id, fields, ARRAY_COUNT(fields));
}

struct mavlink_kind *mavlink_kind_new(struct decode *d, const struct mavlink_dialect *dialect,
                                      const struct mavlink_definition *definition, uint32_t id) {
  struct mavlink_kind *kind = arena_alloc(d->arena, sizeof *kind);
  if (!kind)
    return NULL;
  *kind = (struct mavlink_kind){.definition = definition, .id = id, .boot_ms_offset = -1};
  if (definition) {
    kind->fields = dialect->fields + definition->first_field;
    kind->stride = definition->max_length;
    const struct mavlink_field *boot = mavlink_dialect_find_field(dialect, definition, "time_boot_ms");
    if (boot && boot->type == COLUMN_U32)
      kind->boot_ms_offset = (int16_t)boot->offset;
  }
  kind->message = definition ? define_known(d, kind) : define_unknown(d, id);
  kind->capacity = definition ? MAX(STAGE_BYTES / MAX(kind->stride, 1u), ROWS_MIN) : UNKNOWN_ROWS;
  kind->capacity = MIN(kind->capacity, d->options.batch_rows);
  return kind->message ? kind : NULL;
}

bool mavlink_kind_prepare(struct decode *d, struct mavlink_kind *kind) {
  if (kind->builder)
    return true;
  kind->builder = batch_builder_new(d, kind->message, kind->capacity);
  if (kind->definition)
    kind->stage = arena_alloc(d->arena, (size_t)kind->capacity * kind->stride + MAVLINK_STAGE_SLACK);
  if (!kind->builder || (kind->definition && !kind->stage)) {
    kind->builder = NULL;
    return false;
  }
  kind->systems = kind->builder->columns[0].values;
  kind->components = kind->builder->columns[1].values;
  kind->times = kind->builder->time_us;
  return true;
}

void mavlink_kind_add_unknown(struct mavlink_kind *kind, const struct mavlink_frame *frame, int64_t time_us) {
  uint32_t row = kind->rows++;
  struct text *payloads = kind->builder->columns[2].values;
  payloads[row] = batch_builder_text(kind->builder, text_from(frame->payload, frame->length));
  kind->systems[row] = frame->system;
  kind->components[row] = frame->component;
  kind->times[row] = time_us;
}

/* Constant width after inlining, so that each copy is one move. */
static inline __attribute__((always_inline)) void gather_fixed(uint8_t *restrict out, const uint8_t *restrict from,
                                                               size_t stride, uint32_t rows, size_t width) {
  for (uint32_t i = 0; i < rows; i++)
    memcpy(out + width * i, from + stride * i, width);
}

static void gather(uint8_t *out, const uint8_t *from, size_t stride, uint32_t rows, size_t width) {
  switch (width) {
  case 1:
    gather_fixed(out, from, stride, rows, 1);
    break;
  case 2:
    gather_fixed(out, from, stride, rows, 2);
    break;
  case 4:
    gather_fixed(out, from, stride, rows, 4);
    break;
  case 8:
    gather_fixed(out, from, stride, rows, 8);
    break;
  default:
    gather_fixed(out, from, stride, rows, width);
  }
}

const struct batch *mavlink_kind_give(struct mavlink_kind *kind) {
  if (!kind->rows)
    return NULL;
  struct batch_builder *builder = kind->builder;
  for (uint16_t i = MAVLINK_OWN_COLUMNS; kind->definition && i < kind->message->field_count; i++) {
    const struct mavlink_field *field = &kind->fields[i - MAVLINK_OWN_COLUMNS];
    gather(builder->columns[i].values, kind->stage + field->offset, kind->stride, kind->rows,
           column_width(builder->columns[i].field));
  }
  builder->batch.rows = kind->rows;
  kind->rows = 0;
  return &builder->batch;
}
