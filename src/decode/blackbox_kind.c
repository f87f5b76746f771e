/* blackbox_kind: see blackbox_kind.h. */
#include "decode/blackbox_kind.h"

#define CAPACITY 512u

/* ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────── */

struct plan {
  struct field fields[BLACKBOX_FIELDS_MAX + 1];
  char names[BLACKBOX_FIELDS_MAX + 1][BLACKBOX_NAME_MAX + 16];
  struct blackbox_place places[BLACKBOX_FIELDS_MAX];
  uint16_t count;
};

/* How many fields from `first` on are name[0], name[1], … of one array; 0: not the first of an array. The throttle is
 * kept apart from the three axes beside it. */
static uint16_t array_length(const struct blackbox_layout *layout, uint16_t first) {
  struct text base = text_of(layout->names[first]);
  if (!text_ends_ignore_case(base, "[0]"))
    return 0;
  base.size -= 3;
  bool axes = text_is(base, "setpoint") || text_is(base, "rcCommand");
  uint16_t length = 1;
  while (first + length < layout->count && length < 100 && !(axes && length == 3)) {
    struct text name = text_of(layout->names[first + length]);
    int64_t index;
    if (name.size < base.size + 3 || memcmp(name.data, base.data, base.size) != 0 || name.data[base.size] != '[' ||
        !text_to_i64(text_from(name.data + base.size + 1, name.size - base.size - 2), &index) || index != length ||
        layout->is_signed[first + length] != layout->is_signed[first])
      break;
    length++;
  }
  return length;
}

/* "servo[5]" without the five before it: "servo_5", so that it isn't taken for an array. */
static void plain_name(const char *name, char *out) {
  for (; *name; name++)
    if (*name == '[')
      *out++ = '_';
    else if (*name != ']')
      *out++ = *name;
  *out = 0;
}

static void plan_field(struct plan *plan, const struct blackbox_layout *layout, const struct blackbox_config *config,
                       uint16_t first, uint16_t length) {
  uint16_t index = plan->count++;
  struct field *field = &plan->fields[index];
  char *name = plan->names[index];
  if (length) {
    memcpy(name, layout->names[first], strlen(layout->names[first]) - 3);
  } else if (strcmp(layout->names[first], "setpoint[3]") == 0) {
    memcpy(name, "setpoint_throttle", sizeof "setpoint_throttle");
  } else if (strcmp(layout->names[first], "rcCommand[3]") == 0) {
    memcpy(name, "rcCommand_throttle", sizeof "rcCommand_throttle");
  } else {
    plain_name(layout->names[first], name);
  }
  *field = (struct field){.name = name, .count = MAX(length, (uint16_t)1), .is_array = length > 0};
  field->type = (int16_t)first == layout->time ? COLUMN_I64 : layout->is_signed[first] ? COLUMN_I32 : COLUMN_U32;
  field->scale = field->storage_scale = blackbox_field_scale(config, name, &field->unit);
  for (uint16_t i = 0; i < field->count; i++)
    plan->places[first + i] = (struct blackbox_place){index, i, field->count};
}

static void make_plan(struct plan *plan, const struct blackbox_layout *layout, const struct blackbox_config *config) {
  for (uint16_t i = 0; i < layout->count;) {
    uint16_t length = array_length(layout, i);
    plan_field(plan, layout, config, i, length);
    i += MAX(length, (uint16_t)1);
  }
}

/* The one column of 64 bits; damaged headers may have more fields of its name. */
static int16_t find_clock(const struct plan *plan) {
  for (uint16_t i = 0; i < plan->count; i++)
    if (plan->fields[i].type == COLUMN_I64)
      return (int16_t)i;
  return -1;
}

static int16_t find_field(const struct plan *plan, const char *name) {
  for (uint16_t i = 0; i < plan->count; i++)
    if (strcmp(plan->fields[i].name, name) == 0)
      return (int16_t)i;
  return -1;
}

/* ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_same(const struct blackbox_kind *kind, uint32_t id, const struct plan *plan,
                    const struct blackbox_config *config) {
  if (kind->message->id != id || kind->message->field_count != plan->count ||
      (kind->ratio_column >= 0 && (kind->motor_low != config->motor_low || kind->motor_high != config->motor_high)))
    return false;
  for (uint16_t i = 0; i < plan->count; i++) {
    const struct field *a = &kind->message->fields[i], *b = &plan->fields[i];
    if (strcmp(a->name, b->name) != 0 || a->count != b->count || a->type != b->type || a->scale != b->scale)
      return false;
  }
  return true;
}

static struct blackbox_kind *make_kind(struct decode *d, const char *name, uint32_t id, const struct plan *plan,
                                       uint16_t place_count) {
  struct blackbox_kind *kind = arena_alloc(d->arena, sizeof *kind);
  if (!kind)
    return NULL;
  kind->message = decode_define_message(d, name, id, plan->fields, plan->count);
  kind->places = arena_alloc_array(d->arena, place_count, sizeof *kind->places);
  if (!kind->message || !kind->places)
    return NULL;
  memcpy(kind->places, plan->places, place_count * sizeof *kind->places);
  kind->place_count = place_count;
  kind->capacity = MIN(CAPACITY, d->options.batch_rows);
  kind->time_column = find_clock(plan);
  kind->message->time_field = kind->time_column;
  kind->ratio_column = find_field(plan, "motor_ratio");
  kind->motor_column = find_field(plan, "motor");
  return kind;
}

static struct blackbox_kind *kind_of_plan(struct decode *d, const char *name, uint32_t id, struct plan *plan,
                                          const struct blackbox_layout *layout, const struct blackbox_config *config,
                                          struct blackbox_kind **known, uint32_t known_count) {
  make_plan(plan, layout, config);
  int16_t motor = find_field(plan, "motor");
  if (motor >= 0 && config->motor_high > config->motor_low)
    plan->fields[plan->count++] = (struct field){"motor_ratio", "", 1, COLUMN_F32, plan->fields[motor].count, true, 0};
  for (uint32_t i = 0; i < known_count; i++)
    if (is_same(known[i], id, plan, config))
      return known[i];
  struct blackbox_kind *kind = make_kind(d, name, id, plan, layout->count);
  if (kind) {
    kind->motor_low = config->motor_low;
    kind->motor_high = config->motor_high;
  }
  return kind;
}

struct blackbox_kind *blackbox_kind_of_layout(struct decode *d, const char *name, uint32_t id,
                                              const struct blackbox_layout *layout,
                                              const struct blackbox_config *config, struct blackbox_kind **known,
                                              uint32_t known_count) {
  struct plan *plan = heap_alloc(d->heap, sizeof *plan);
  struct blackbox_kind *kind = plan ? kind_of_plan(d, name, id, plan, layout, config, known, known_count) : NULL;
  heap_free(d->heap, plan);
  return kind;
}

struct blackbox_kind *blackbox_kind_of_fields(struct decode *d, const char *name, uint32_t id,
                                              const struct field *fields, uint16_t count) {
  struct blackbox_kind *kind = arena_alloc(d->arena, sizeof *kind);
  if (!kind)
    return NULL;
  kind->message = decode_define_message(d, name, id, fields, count);
  kind->capacity = MIN(CAPACITY, d->options.batch_rows);
  kind->time_column = kind->ratio_column = kind->motor_column = -1;
  return kind->message ? kind : NULL;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct batch_builder *blackbox_kind_row(struct decode *d, struct blackbox_kind *kind, bool *limit) {
  kind->message->count++;
  if (!kind->message->wanted)
    return NULL;
  if (!kind->builder)
    kind->builder = batch_builder_new(d, kind->message, kind->capacity);
  if (!kind->builder)
    *limit = true;
  return kind->builder;
}

bool blackbox_kind_end_row(struct decode *d, struct blackbox_kind *kind, int64_t time_us) {
  struct message *message = kind->message;
  if (time_us != TIME_NONE) {
    if (message->first_us == TIME_NONE)
      message->first_us = time_us;
    message->last_us = time_us;
    if (d->report.first_us == TIME_NONE)
      d->report.first_us = time_us;
    d->report.last_us = MAX(d->report.last_us, time_us);
  }
  if (!kind->builder || !message->wanted)
    return false;
  kind->builder->time_us[kind->builder->batch.rows++] = time_us;
  return kind->builder->batch.rows == kind->builder->capacity;
}

void blackbox_kind_store(struct blackbox_kind *kind, const int32_t *values, int64_t boot_us) {
  size_t row = kind->builder->batch.rows;
  struct column *columns = kind->builder->columns;
  for (uint16_t i = 0; i < kind->place_count; i++) {
    const struct blackbox_place *place = &kind->places[i];
    if (place->column == kind->time_column)
      ((int64_t *)columns[place->column].values)[row] = boot_us;
    else
      ((int32_t *)columns[place->column].values)[row * place->width + place->element] = values[i];
  }
}

void blackbox_kind_patch_times(struct blackbox_kind *kind, int64_t time_us) {
  if (kind->message->first_us == TIME_NONE && kind->message->count)
    kind->message->first_us = kind->message->last_us = time_us;
  for (uint32_t i = kind->builder ? kind->builder->batch.rows : 0; i && kind->builder->time_us[i - 1] == TIME_NONE; i--)
    kind->builder->time_us[i - 1] = time_us;
}

const struct batch *blackbox_kind_give(struct blackbox_kind *kind) {
  if (kind->ratio_column >= 0) {
    const struct column *motor = &kind->builder->columns[kind->motor_column];
    float *ratio = kind->builder->columns[kind->ratio_column].values;
    const int32_t *values = motor->values;
    size_t count = (size_t)kind->builder->batch.rows * motor->field->count;
    float scale = 1.0f / ((float)kind->motor_high - (float)kind->motor_low);
    for (size_t i = 0; i < count; i++)
      ratio[i] = ((float)values[i] - (float)kind->motor_low) * scale;
  }
  return &kind->builder->batch;
}
