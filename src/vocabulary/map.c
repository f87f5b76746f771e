/* map: batches of a log's messages → rows of the lake's tables, a column at a time.
 *
 * A message is bound once (bind.c); then each batch is: choose the rows (conditions, sender), load each source column
 * as doubles, scale, mark what is no value, and store as the table's type. Text is handed on without a copy. An
 * expansion (RCOU.C1 … C14) makes rows for one k after the other. */
#include "vocabulary/map.h"

#include "vocabulary/bind.h"
#include "vocabulary/named_values.h"
#include "vocabulary/px4_event.h"
#include "vocabulary/transform.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

struct map {
  const struct rule_set *rules;
  struct map_facts facts; /* names copied */
  const uint64_t *tables;
  uint64_t table_bits[2];
  struct arena *arena;       /* bindings */
  struct arena *scratch;     /* one batch */
  struct binding **bindings; /* by message index, NULL: not bound yet */
  uint32_t binding_capacity;
  uint8_t *sources;                /* bits of enum source a rule; NULL in a first pass: every rule is used */
  uint8_t **best;                  /* table, column → best priority of a source that this log has */
  bool best_known;                 /* false: definitions came in since `best` was found */
  double primary_core;             /* as the estimator last said */
  double system_id;                /* MAVLink: the vehicle's, 0 unknown */
  struct named_values *parameters; /* PX4: for defaults, which come apart; NULL: none came */
  struct px4_events *events;       /* PX4: dictionaries of the log; NULL: none came */
  struct text *joined;             /* of the present batch: text of each row that is kept; NULL: not a text in chunks */
  bool system_known;               /* by the facts or a heartbeat, not by a guess */
};

enum source { SOURCE_OCCURS = 1, SOURCE_DEFINED = 2, SOURCE_POSSIBLE = 4 };

/* ---- setting up ---- */

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool occurs(const char *const *sorted, uint32_t count, const char *name) {
  return bsearch(&name, sorted, count, sizeof *sorted, compare_names) != NULL;
}

static void find_sources(struct map *map, const char *const *sorted, uint32_t count) {
  uint16_t tables;
  const struct table *list = schema_tables(&tables);
  map->best = arena_alloc_array(map->arena, tables, sizeof *map->best);
  for (uint16_t i = 0; i < tables; i++)
    map->best[i] = arena_alloc(map->arena, MAX(list[i].column_count, (uint16_t)1));
  map->sources = arena_alloc(map->arena, MAX(map->rules->count, (size_t)1));
  for (size_t i = 0; i < map->rules->count; i++)
    map->sources[i] = occurs(sorted, count, map->rules->rules[i].message) ? SOURCE_OCCURS : 0;
}

/* A message that no rule names counts as missing. */
static bool message_occurs(const void *context, const char *message) {
  const struct map *map = context;
  size_t count;
  const struct rule *rules = rules_of_message(map->rules, message, &count);
  return count && map->sources[rules - map->rules->rules] & SOURCE_OCCURS;
}

/* Notes which rules the message as it is defined here can feed: a source whose field is missing in this firmware must
 * not keep a lower one out. A message may be defined several times (boots); one that can is enough. */
static void note_definition(struct map *map, const struct message *message) {
  size_t count;
  const struct rule *rules = rules_of_message(map->rules, message->name, &count);
  size_t first = (size_t)(rules - map->rules->rules);
  struct sources sources = {message_occurs, map};
  arena_reset(map->scratch);
  for (size_t i = 0; i < count; i++)
    map->sources[first + i] |= (uint8_t)(SOURCE_DEFINED |
                                         (bind_is_possible(map->scratch, message, &rules[i], &sources) ? SOURCE_POSSIBLE
                                                                                                       : 0));
  map->best_known = false;
}

/* The best priority among the sources that this log has. */
static void find_best(struct map *map) {
  uint16_t tables;
  const struct table *list = schema_tables(&tables);
  for (uint16_t i = 0; i < tables; i++)
    memset(map->best[i], 255, list[i].column_count);
  for (size_t i = 0; i < map->rules->count; i++) {
    const struct rule *rule = &map->rules->rules[i];
    uint8_t *best = &map->best[rule->table->index][rule->column];
    bool usable = (map->sources[i] & SOURCE_OCCURS) &&
                  (map->sources[i] & (SOURCE_DEFINED | SOURCE_POSSIBLE)) != SOURCE_DEFINED;
    if (usable && rule->priority < *best)
      *best = rule->priority;
  }
  map->best_known = true;
}

enum status map_new(const char *source_format, const struct map_facts *facts, const uint64_t *tables,
                    struct map **ret_map, struct error *error) {
  const struct rule_set *rules = rules_find(source_format);
  if (!rules)
    return error_set(error, STATUS_NOT_FOUND, "there is no mapping to the lake's tables for '%s'", source_format);
  struct map *map = memory_new(sizeof *map);
  map->rules = rules;
  map->facts = *facts;
  map->system_id = facts->system_id;
  map->system_known = facts->system_id != 0;
  map->arena = arena_new(0);
  map->scratch = arena_new(0);
  if (tables) {
    memcpy(map->table_bits, tables, sizeof map->table_bits);
    map->tables = map->table_bits;
  }
  if (facts->message_count) {
    const char **sorted = arena_alloc_array(map->arena, facts->message_count, sizeof *sorted);
    memcpy(sorted, facts->message_names, facts->message_count * sizeof *sorted);
    qsort(sorted, facts->message_count, sizeof *sorted, compare_names);
    find_sources(map, sorted, facts->message_count);
  }
  map->facts.message_names = NULL;
  *ret_map = map;
  return STATUS_OK;
}

void map_free(struct map *map) {
  if (!map)
    return;
  free(map->bindings);
  px4_events_free(map->events);
  arena_free(map->arena);
  arena_free(map->scratch);
  free(map);
}

#define DICTIONARY_MESSAGE "information_multi"

/* Asked in a second pass only: the first needs no words. */
static bool wants_dictionary(const struct map *map, const struct message *message) {
  return map->sources && strcmp(map->rules->format, "px4") == 0 && strcmp(message->name, DICTIONARY_MESSAGE) == 0;
}

bool map_wants(void *context, const struct message *message) {
  struct map *map = context;
  if (wants_dictionary(map, message))
    return true;
  size_t count;
  const struct rule *rules = rules_of_message(map->rules, message->name, &count);
  if (map->sources && count)
    note_definition(map, message);
  for (size_t i = 0; i < count; i++) {
    const struct table *table = rules[i].table;
    if (!map->tables || (map->tables[table->index / 64] >> (table->index % 64) & 1))
      return true;
  }
  return false;
}

static struct binding *binding_of(struct map *map, const struct message *message) {
  if (message->index >= map->binding_capacity) {
    uint32_t capacity = MAX(map->binding_capacity * 2, MAX(message->index + 1, 64u));
    map->bindings = memory_resize(map->bindings, capacity, sizeof(struct binding *));
    memset(map->bindings + map->binding_capacity, 0, (capacity - map->binding_capacity) * sizeof(struct binding *));
    map->binding_capacity = capacity;
  }
  struct binding **binding = &map->bindings[message->index];
  if (!*binding && map->sources && !map->best_known)
    find_best(map);
  struct sources sources = {message_occurs, map};
  if (!*binding)
    *binding = bind_message(map->arena, map->rules, message, map->tables, (const uint8_t *const *)map->best,
                            map->sources ? &sources : NULL);
  return *binding;
}

/* ---- numbers ---- */

/* Division by 10^n gives the nearest number to the decimal, multiplication by 10^-n does not. */
static void multiply(double *values, uint32_t rows, double factor) {
  double inverse = round(1 / factor);
  if (fabs(factor) < 1 && fabs(inverse * factor - 1) < 1e-12)
    for (uint32_t i = 0; i < rows; i++)
      values[i] /= inverse;
  else
    for (uint32_t i = 0; i < rows; i++)
      values[i] *= factor;
}

/* values[i] = element of row i as a double, letters' scale applied; NaN where there is none. */
static void load(const struct batch *batch, struct ref ref, double *values) {
  const struct column *column = &batch->columns[ref.field];
  const struct field *field = column->field;
  size_t width = column_width(field);
  const uint8_t *at = (const uint8_t *)column->values + ref.element * column_type_size(field->type);
  uint32_t rows = batch->rows;
  switch (field->type) {
#define LOAD(constant, type)                                                                                           \
  case constant:                                                                                                       \
    for (uint32_t i = 0; i < rows; i++) {                                                                              \
      type value;                                                                                                      \
      memcpy(&value, at + i * width, sizeof value);                                                                    \
      values[i] = (double)value;                                                                                       \
    }                                                                                                                  \
    break;
    LOAD(COLUMN_BOOL, uint8_t)
    LOAD(COLUMN_I8, int8_t)
    LOAD(COLUMN_U8, uint8_t)
    LOAD(COLUMN_I16, int16_t)
    LOAD(COLUMN_U16, uint16_t)
    LOAD(COLUMN_I32, int32_t)
    LOAD(COLUMN_U32, uint32_t)
    LOAD(COLUMN_I64, int64_t)
    LOAD(COLUMN_U64, uint64_t)
    LOAD(COLUMN_F32, float)
    LOAD(COLUMN_F64, double)
    LOAD(COLUMN_TIME, int64_t)
#undef LOAD
  default:
    for (uint32_t i = 0; i < rows; i++)
      if (!text_to_double(text_trim(column_text(column, i)), &values[i]))
        values[i] = NAN;
  }
  double scale = field->storage_scale;
  if (scale != 0 && scale != 1)
    multiply(values, rows, scale);
  if (column->valid)
    for (uint32_t i = 0; i < rows; i++)
      if (!column_is_valid(column, i))
        values[i] = NAN;
}

static double *load_new(struct map *map, const struct batch *batch, struct ref ref) {
  double *values = arena_alloc_array(map->scratch, batch->rows, sizeof *values);
  load(batch, ref, values);
  return values;
}

static void drop_invalid(const struct rule *rule, double *values, uint32_t rows) {
  for (uint8_t which = 0; which < rule->invalid_count; which++) {
    double none = rule->invalid[which], margin = fabs(none) * 1e-9;
    if (isnan(none))
      continue;
    for (uint32_t i = 0; i < rows; i++)
      if (fabs(values[i] - none) <= margin)
        values[i] = NAN;
  }
}

static void scale_values(const struct rule *rule, double *values, uint32_t rows) {
  if (rule->scale != 1)
    multiply(values, rows, rule->scale);
  if (rule->transform == TRANSFORM_WRAP_360)
    for (uint32_t i = 0; i < rows; i++) {
      values[i] = fmod(values[i], 360);
      values[i] += values[i] < 0 ? 360 : 0;
    }
  if (rule->transform == TRANSFORM_MOTOR_PWM) /* 1000 … 2000 µs, ArduPilot's defaults of MOT_PWM_MIN and MAX */
    for (uint32_t i = 0; i < rows; i++)
      values[i] = (values[i] - 1000) / 1000;
  if (rule->transform == TRANSFORM_PLUS)
    for (uint32_t i = 0; i < rows; i++)
      values[i] += rule->plus;
  if (rule->transform == TRANSFORM_HPA_IF_SMALL) /* no barometer works below 20 hPa, none above 2000 hPa */
    for (uint32_t i = 0; i < rows; i++)
      values[i] *= values[i] < 2000 ? 100 : 1;
}

/* A topic may bear the name of one of the decoder's own messages, with fields of other types. */
static bool is_text(const struct batch *batch, struct ref ref) {
  return ref.field >= 0 && !column_type_is_number(batch->columns[ref.field].field->type);
}

#define PARTS_MAX 32u

static bool takes_several(enum transform transform) {
  switch (transform) {
  case TRANSFORM_SUM_CELLS:
  case TRANSFORM_SUM:
  case TRANSFORM_QUAT_ROLL:
  case TRANSFORM_QUAT_PITCH:
  case TRANSFORM_QUAT_YAW:
    return true;
  default:
    return false;
  }
}

/* One number a row of several: all sources, of arrays all elements. */
static double *combine(struct map *map, const struct batch *batch, const struct op *op) {
  double *parts[PARTS_MAX], numbers[PARTS_MAX];
  uint32_t count = 0;
  for (uint8_t i = 0; i < op->source_count; i++) {
    if (op->refs[i].field < 0)
      continue;
    const struct field *field = batch->columns[op->refs[i].field].field;
    uint16_t first = op->refs[i].element, end = op->refs[i].whole && field->is_array ? field->count : first + 1;
    for (uint16_t element = first; element < end && count < PARTS_MAX; element++)
      parts[count++] = load_new(map, batch, (struct ref){.field = op->refs[i].field, .element = element});
  }
  double *values = arena_alloc_array(map->scratch, batch->rows, sizeof *values);
  for (uint32_t row = 0; row < batch->rows; row++) {
    for (uint32_t i = 0; i < count; i++)
      numbers[i] = parts[i][row];
    values[row] = transform_combine(op->rule->transform, numbers, count);
  }
  return values;
}

/* ---- choosing rows ---- */

static bool compare_value(const struct condition *condition, double value) {
  if (condition->mask)
    value = fabs(value) < 1e15 ? (double)((int64_t)value & condition->mask) : NAN;
  switch (condition->comparison) {
  case COMPARE_EQUAL:
    return value == condition->value;
  case COMPARE_NOT_EQUAL:
    return value != condition->value;
  case COMPARE_AT_LEAST:
    return value >= condition->value;
  case COMPARE_AT_MOST:
    return value <= condition->value;
  case COMPARE_ABOVE:
    return value > condition->value;
  default:
    return value < condition->value;
  }
}

/* The receiver in use says so itself (GPS.U); where none does (old firmware, blending) it is the first. */
static void apply_primary_gps(struct map *map, const struct batch *batch, struct ref instance, bool *keep) {
  struct ref used = bind_ref(batch->message, TEXT("U"), 0);
  const double *says = used.field >= 0 ? load_new(map, batch, used) : NULL;
  const double *number = load_new(map, batch, instance);
  bool any = false;
  for (uint32_t i = 0; says && i < batch->rows; i++)
    any |= says[i] == 1;
  for (uint32_t i = 0; i < batch->rows; i++)
    keep[i] = keep[i] && (any ? says[i] == 1 : number[i] == 0);
}

/* keep[i] stays true where the condition holds in row i. */
static void apply_condition(struct map *map, const struct batch *batch, const struct condition *condition, int k,
                            bool *keep) {
  struct ref ref = condition->ref;
  if (condition->per_k && condition->kind != CONDITION_K_BELOW)
    ref.element = (uint16_t)k;
  if (ref.element >= batch->columns[ref.field].field->count)
    return;
  if (condition->kind == CONDITION_PRIMARY_GPS) {
    apply_primary_gps(map, batch, ref, keep);
    return;
  }
  const double *values = load_new(map, batch, ref);
  for (uint32_t i = 0; i < batch->rows; i++) {
    if (condition->kind == CONDITION_K_BELOW)
      keep[i] = keep[i] && k < values[i];
    else if (condition->kind == CONDITION_COMPARE)
      keep[i] = keep[i] && compare_value(condition, values[i]);
    else
      keep[i] = keep[i] && values[i] == map->primary_core;
  }
}

/* The vehicle is the first autopilot whose heartbeat says that it flies something (not MAV_AUTOPILOT_INVALID 8, not
 * MAV_TYPE_GCS 6). Until one is heard, the first autopilot that speaks is taken for it. */
static void learn_system(struct map *map, const struct batch *batch, const double *system, const double *component) {
  struct ref autopilot = bind_ref(batch->message, TEXT("autopilot"), 0),
             type = bind_ref(batch->message, TEXT("type"), 0);
  bool heartbeat = strcmp(batch->message->name, "HEARTBEAT") == 0 && autopilot.field >= 0 && type.field >= 0;
  const double *autopilots = heartbeat ? load_new(map, batch, autopilot) : NULL;
  const double *types = heartbeat ? load_new(map, batch, type) : NULL;
  for (uint32_t i = 0; i < batch->rows && !map->system_known; i++) {
    bool vehicle = component[i] == 1 && (!heartbeat || (autopilots[i] != 8 && types[i] != 6));
    if (vehicle && (heartbeat || map->system_id == 0)) {
      map->system_id = system[i];
      map->system_known = heartbeat;
    }
  }
}

static void keep_vehicle(struct map *map, const struct binding *binding, const struct batch *batch, bool *keep) {
  if (binding->system_field < 0 || binding->any_system)
    return;
  const double *system = load_new(map, batch, (struct ref){.field = binding->system_field});
  const double *component = load_new(map, batch, (struct ref){.field = MAX(binding->component_field, 0)});
  if (!map->system_known && binding->component_field >= 0)
    learn_system(map, batch, system, component);
  for (uint32_t i = 0; i < batch->rows; i++) {
    bool autopilot = binding->component_field < 0 || component[i] == 1;
    keep[i] = (map->system_id == 0 || system[i] == map->system_id) && (autopilot || binding->any_component);
  }
}

/* Of rows that are kept, only those whose first column differs from the row before; a first row that says "no" is no
 * news. */
static void keep_changes(struct map *map, const struct batch *batch, struct bound *bound, bool *keep) {
  const struct op *op = &bound->ops[0];
  enum transform transform = op->rule->transform;
  const double *values = load_new(map, batch, op->refs[0]);
  bool starts_at_no = transform_starts_at_no(transform);
  for (uint32_t i = 0; i < batch->rows; i++) {
    if (!keep[i])
      continue;
    if (!(fabs(values[i]) < 1e15)) {
      keep[i] = false;
      continue;
    }
    double value = transform_state(transform, values[i]);
    bool changed = bound->has_last ? value != bound->last : !(starts_at_no && value == 0);
    bound->has_last = true;
    bound->last = value;
    keep[i] = changed;
  }
}

/* STATUSTEXT longer than 50 bytes comes in chunks (same id ≠ 0, chunk_seq 0, 1, …): the first chunk's row gets the
 * whole text, the others go. Chunks that a batch's end tears apart stay apart. */
static void join_chunks(struct map *map, const struct batch *batch, const struct op *op, bool *keep) {
  if (op->source_count < 3 || op->refs[1].field < 0 || op->refs[2].field < 0)
    return;
  const double *id = load_new(map, batch, op->refs[1]), *sequence = load_new(map, batch, op->refs[2]);
  struct text *joined = arena_alloc_array(map->scratch, batch->rows, sizeof *joined);
  double next = 0;
  uint32_t open = UINT32_MAX; /* row of the text that may go on */
  for (uint32_t i = 0; i < batch->rows; i++) {
    if (!keep[i])
      continue;
    struct text part = column_text(&batch->columns[op->refs[0].field], i);
    bool goes_on = open != UINT32_MAX && id[i] == id[open] && sequence[i] == next;
    if (goes_on) {
      struct text *whole = &joined[open];
      char *room = arena_alloc(map->scratch, whole->size + part.size + 1);
      memcpy(room, whole->data, whole->size);
      memcpy(room + whole->size, part.data, part.size);
      *whole = (struct text){room, whole->size + part.size};
      keep[i] = false;
    } else {
      joined[i] = part.data ? part : (struct text){"", 0};
      open = id[i] > 0 && sequence[i] == 0 ? i : UINT32_MAX;
    }
    next = sequence[i] + 1;
  }
  map->joined = joined;
}

static void keep_whole_texts(struct map *map, const struct batch *batch, const struct bound *bound, bool *keep) {
  map->joined = NULL;
  for (uint16_t i = 0; i < bound->op_count; i++)
    if (bound->ops[i].rule->transform == TRANSFORM_JOIN_CHUNKS)
      join_chunks(map, batch, &bound->ops[i], keep);
}

/* ---- storing ---- */

struct output {
  struct column *columns;
  int64_t *log_us;
  uint32_t count;
};

static uint64_t *new_bits(struct map *map, uint32_t rows) {
  return arena_alloc_array(map->scratch, (rows + 63) / 64, sizeof(uint64_t));
}

/* What a type can hold: values outside it are none. */
static double largest_of(enum column_type type) {
  switch (type) {
  case COLUMN_I32:
    return INT32_MAX;
  case COLUMN_I64:
  case COLUMN_TIME:
    return 9.2e18;
  case COLUMN_F32:
    return FLT_MAX;
  default:
    return DBL_MAX;
  }
}

/* Takes the kept values to the front and stores them as the column's type. */
static void store_numbers(struct map *map, struct output *output, uint16_t index, const double *values,
                          const uint32_t *picked) {
  struct column *column = &output->columns[index];
  uint32_t count = output->count, valid = 0;
  uint64_t *bits = new_bits(map, count);
  double largest = largest_of(column->field->type);
  for (uint32_t i = 0; i < count; i++) {
    bool good = fabs(values[picked[i]]) <= largest; /* false for NaN */
    bits[i / 64] |= (uint64_t)good << (i % 64);
    valid += good;
  }
  if (!valid)
    return;
  void *out = arena_alloc_array(map->scratch, count, column_width(column->field));
  switch (column->field->type) {
#define STORE(constant, type)                                                                                          \
  case constant:                                                                                                       \
    for (uint32_t i = 0; i < count; i++) {                                                                             \
      double value = values[picked[i]];                                                                                \
      ((type *)out)[i] = fabs(value) <= largest ? (type)value : (type)0;                                               \
    }                                                                                                                  \
    break;
    STORE(COLUMN_F32, float)
    STORE(COLUMN_F64, double)
    STORE(COLUMN_I32, int32_t)
    STORE(COLUMN_I64, int64_t)
    STORE(COLUMN_TIME, int64_t)
#undef STORE
  case COLUMN_BOOL:
    for (uint32_t i = 0; i < count; i++)
      ((uint8_t *)out)[i] = fabs(values[picked[i]]) > 0; /* false for NaN */
    break;
  default:
    return;
  }
  column->values = out;
  column->valid = valid == count ? NULL : bits;
}

static void set_text(struct text *texts, uint64_t *bits, uint32_t i, struct text text, uint32_t *any) {
  if (!text.data)
    return;
  texts[i] = text;
  bits[i / 64] |= UINT64_C(1) << (i % 64);
  ++*any;
}

/* fields: id, arguments. */
static struct text event_words(struct map *map, const struct op *op, const struct batch *batch, uint32_t row,
                               double id) {
  if (!(id >= 0 && id <= UINT32_MAX))
    return (struct text){NULL, 0};
  if (!map->events)
    map->events = px4_events_new();
  if (op->rule->transform == TRANSFORM_PX4_EVENT_NAME)
    return px4_event_name(map->events, (uint32_t)id);
  struct bytes arguments = {NULL, 0};
  if (op->source_count > 1 && op->refs[1].field >= 0) {
    const struct column *column = &batch->columns[op->refs[1].field];
    size_t width = column_width(column->field);
    if (column->field->type == COLUMN_U8)
      arguments = bytes_of((const uint8_t *)column->values + row * width, width);
  }
  return px4_event_text(map->events, (uint32_t)id, arguments, map->scratch);
}

static bool is_event(enum transform transform) {
  return transform == TRANSFORM_PX4_EVENT || transform == TRANSFORM_PX4_EVENT_NAME;
}

static struct text word_of(struct map *map, const struct op *op, const struct batch *batch, uint32_t row,
                           double value) {
  enum transform transform = op->rule->transform;
  struct text text = {NULL, 0};
  if (is_event(transform))
    return event_words(map, op, batch, row, value);
  if (transform == TRANSFORM_PX4_ARM_REASON && map->events && value >= 0 && value < 256)
    text = px4_event_enum_name(map->events, "arm_disarm_reason_t", (uint32_t)value);
  if (!text.data)
    text = transform_word(transform, value, map->facts.vehicle_class, arena_alloc(map->scratch, 64));
  return text;
}

static void store_texts(struct map *map, struct output *output, const struct op *op, const struct batch *batch,
                        const uint32_t *picked) {
  struct column *column = &output->columns[op->rule->column];
  const struct column *source = &batch->columns[op->refs[0].field];
  bool source_is_text = !column_type_is_number(source->field->type);
  bool makes_word = transform_gives_text(op->rule->transform);
  uint32_t count = output->count, any = 0;
  struct text *texts = arena_alloc_array(map->scratch, count, sizeof *texts);
  uint64_t *bits = new_bits(map, count);
  double *values = NULL;
  if (makes_word || !source_is_text)
    values = op->source_count > 1 && !is_event(op->rule->transform) ? combine(map, batch, op)
                                                                    : load_new(map, batch, op->refs[0]);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = picked[i];
    struct text text = {NULL, 0};
    if (makes_word && !isnan(values[row]))
      text = word_of(map, op, batch, row, values[row]);
    else if (op->rule->transform == TRANSFORM_JOIN_CHUNKS && map->joined)
      text = text_trim(map->joined[row]);
    else if (source_is_text)
      text = text_trim(column_text(source, row));
    else if (!isnan(values[row]))
      text = text_of(arena_format(map->scratch, "%.9g", values[row]));
    set_text(texts, bits, i, text, &any);
  }
  if (!any)
    return;
  column->values = texts;
  column->valid = any == count ? NULL : bits;
}

static void store_constant(struct map *map, struct output *output, int16_t index, double value) {
  if (index < 0)
    return;
  double *values = arena_alloc_array(map->scratch, output->count, sizeof *values);
  uint32_t *picked = arena_alloc_array(map->scratch, output->count, sizeof *picked);
  for (uint32_t i = 0; i < output->count; i++) {
    values[i] = value;
    picked[i] = i;
  }
  store_numbers(map, output, (uint16_t)index, values, picked);
}

static void store_word(struct map *map, struct output *output, int16_t index, struct text word) {
  if (index < 0)
    return;
  struct text *texts = arena_alloc_array(map->scratch, output->count, sizeof *texts);
  for (uint32_t i = 0; i < output->count; i++)
    texts[i] = word;
  output->columns[index].values = texts;
}

static void store_keys(struct map *map, struct output *output, const struct bound *bound, const struct batch *batch,
                       const uint32_t *picked, int k) {
  if (bound->key_column >= 0 && !bound->key_from_field)
    store_constant(map, output, bound->key_column, bound->key_const);
  if (bound->key_column >= 0 && bound->key_from_field) {
    double *values = load_new(map, batch, bound->key_ref);
    for (uint32_t i = 0; i < batch->rows; i++)
      values[i] += bound->key_const;
    store_numbers(map, output, (uint16_t)bound->key_column, values, picked);
  }
  if (bound->expands && bound->k_by.field >= 0) {
    double *values = load_new(map, batch, bound->k_by);
    for (uint32_t i = 0; i < batch->rows; i++)
      values[i] = values[i] * bound->k_times + k + bound->k_plus;
    store_numbers(map, output, (uint16_t)bound->k_column, values, picked);
  } else if (bound->expands) {
    store_constant(map, output, bound->k_column, bound->motors ? map->facts.motor_of_output[k] : k + bound->k_plus);
  }
  for (uint8_t i = 0; i < bound->set_count; i++)
    store_word(map, output, bound->sets[i].column, bound->sets[i].word);
}

/* ---- running ---- */

/* Of the last home at that instant; before the first, of the first. */
static double home_altitude(const struct map_facts *facts, int64_t log_us) {
  double altitude = facts->home_count ? facts->homes[0].alt_msl_m : NAN;
  for (uint32_t i = 0; i < facts->home_count && facts->homes[i].from_us <= log_us; i++)
    altitude = facts->homes[i].alt_msl_m;
  return altitude;
}

/* The op's numbers of all rows, ready to store; NULL where it has no source. */
static double *compute(struct map *map, const struct batch *batch, const struct bound *bound, const struct op *op,
                       int k) {
  uint32_t which = bound->expands ? (uint32_t)(k - bound->low) : 0;
  if (op->refs[which].field < 0)
    return NULL;
  double *values = op->source_count > 1 || takes_several(op->rule->transform) ? combine(map, batch, op)
                                                                              : load_new(map, batch, op->refs[which]);
  drop_invalid(op->rule, values, batch->rows);
  scale_values(op->rule, values, batch->rows);
  if (op->rule->transform == TRANSFORM_VALUE_OF && map->parameters && is_text(batch, op->refs[0]))
    for (uint32_t row = 0; row < batch->rows; row++)
      values[row] = named_values_get(map->parameters, column_text(&batch->columns[op->refs[0].field], row));
  if (op->rule->transform == TRANSFORM_ABOVE_HOME)
    for (uint32_t row = 0; row < batch->rows; row++)
      values[row] -= home_altitude(&map->facts, batch->time_us[row]);
  return values;
}

/* Expansions have no row where the sensor said "none". */
static uint32_t pick_rows(const struct batch *batch, const bool *keep, const double *must_be, uint32_t *picked) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < batch->rows; i++)
    if (keep[i] && (!must_be || isfinite(must_be[i])))
      picked[count++] = i;
  return count;
}

static enum status run_bound(struct map *map, const struct batch *batch, const struct bound *bound, const bool *keep,
                             int k, rows_fn rows, void *context, struct error *error) {
  const struct table *table = bound->table;
  uint32_t *picked = arena_alloc_array(map->scratch, batch->rows, sizeof *picked);
  double **values = arena_alloc_array(map->scratch, bound->op_count, sizeof *values);
  const double *must_be = NULL;
  for (uint16_t i = 0; i < bound->op_count; i++) {
    if (table->columns[bound->ops[i].rule->column].type == COLUMN_TEXT)
      continue;
    values[i] = compute(map, batch, bound, &bound->ops[i], k);
    if (bound->expands && !must_be)
      must_be = values[i];
  }
  if (bound->expands && !must_be)
    return STATUS_OK;
  struct output output = {.count = pick_rows(batch, keep, must_be, picked)};
  if (output.count == 0)
    return STATUS_OK;
  output.columns = arena_alloc_array(map->scratch, table->column_count, sizeof *output.columns);
  output.log_us = arena_alloc_array(map->scratch, output.count, sizeof *output.log_us);
  for (uint16_t i = 0; i < table->column_count; i++)
    output.columns[i].field = &table->columns[i];
  for (uint32_t i = 0; i < output.count; i++)
    output.log_us[i] = batch->time_us[picked[i]];
  for (uint16_t i = 0; i < bound->op_count; i++) {
    if (table->columns[bound->ops[i].rule->column].type == COLUMN_TEXT)
      store_texts(map, &output, &bound->ops[i], batch, picked);
    else if (values[i])
      store_numbers(map, &output, bound->ops[i].rule->column, values[i], picked);
  }
  store_keys(map, &output, bound, batch, picked, k);
  struct rows result = {table, output.count, output.log_us, output.columns};
  return rows(context, &result, error);
}

static enum status run_all_k(struct map *map, const struct batch *batch, struct bound *bound, const bool *keep,
                             rows_fn rows, void *context, struct error *error) {
  if (!bound->expands)
    return run_bound(map, batch, bound, keep, 0, rows, context, error);
  bool *keep_k = arena_alloc_array(map->scratch, batch->rows, sizeof *keep_k);
  for (int k = bound->low; k <= bound->high; k++) {
    if (bound->motors && (k >= OUTPUTS_MAX || !map->facts.motor_of_output[k]))
      continue;
    memcpy(keep_k, keep, batch->rows * sizeof *keep_k);
    for (uint8_t i = 0; i < bound->condition_count; i++)
      if (bound->conditions[i].per_k)
        apply_condition(map, batch, &bound->conditions[i], k, keep_k);
    TRY(run_bound(map, batch, bound, keep_k, k, rows, context, error));
  }
  return STATUS_OK;
}

/* XKF4.PI, NKF4.PI: the core in use. */
static void note_primary_core(struct map *map, const struct batch *batch) {
  const char *name = batch->message->name;
  if (strcmp(name, "XKF4") != 0 && strcmp(name, "NKF4") != 0)
    return;
  struct ref ref = bind_ref(batch->message, TEXT("PI"), 0);
  if (ref.field < 0 || batch->rows == 0)
    return;
  const double *values = load_new(map, batch, ref);
  double last = values[batch->rows - 1];
  if (last >= 0 && last < 8)
    map->primary_core = last;
}

static void note_parameters(struct map *map, const struct batch *batch) {
  if (strcmp(batch->message->name, "parameter") != 0 || strcmp(map->rules->format, "px4") != 0)
    return;
  struct ref name = bind_ref(batch->message, TEXT("name"), 0), value = bind_ref(batch->message, TEXT("value"), 0);
  if (!is_text(batch, name) || value.field < 0)
    return;
  if (!map->parameters)
    map->parameters = named_values_new(map->arena);
  const double *values = load_new(map, batch, value);
  for (uint32_t row = 0; row < batch->rows; row++)
    named_values_set(map->parameters, column_text(&batch->columns[name.field], row), values[row]);
}

/* ULog's information with several values: key, value, continues. */
static void note_dictionary(struct map *map, const struct batch *batch) {
  if (!wants_dictionary(map, batch->message))
    return;
  struct ref key = bind_ref(batch->message, TEXT("key"), 0), value = bind_ref(batch->message, TEXT("value"), 0),
             continues = bind_ref(batch->message, TEXT("continues"), 0);
  if (!is_text(batch, key) || !is_text(batch, value) || continues.field < 0)
    return;
  for (uint32_t row = 0; row < batch->rows; row++) {
    if (!text_is(column_text(&batch->columns[key.field], row), "metadata_events"))
      continue;
    if (!map->events)
      map->events = px4_events_new();
    px4_events_add(map->events, column_text(&batch->columns[value.field], row),
                   column_i64(&batch->columns[continues.field], row) != 0);
  }
}

enum status map_batch(struct map *map, const struct batch *batch, rows_fn rows, void *context, struct error *error) {
  struct binding *binding = binding_of(map, batch->message);
  note_dictionary(map, batch);
  if (binding->count == 0 || batch->rows == 0)
    return STATUS_OK;
  arena_reset(map->scratch);
  note_primary_core(map, batch);
  note_parameters(map, batch);
  bool *senders = arena_alloc_array(map->scratch, batch->rows, sizeof *senders);
  memset(senders, true, batch->rows * sizeof *senders);
  keep_vehicle(map, binding, batch, senders);
  bool *keep = arena_alloc_array(map->scratch, batch->rows, sizeof *keep);
  for (uint16_t i = 0; i < binding->count; i++) {
    struct bound *bound = &binding->items[i];
    memcpy(keep, senders, batch->rows * sizeof *keep);
    for (uint8_t condition = 0; condition < bound->condition_count; condition++)
      if (!bound->conditions[condition].per_k)
        apply_condition(map, batch, &bound->conditions[condition], 0, keep);
    if (bound->on_change)
      keep_changes(map, batch, bound, keep);
    keep_whole_texts(map, batch, bound, keep);
    TRY(run_all_k(map, batch, bound, keep, rows, context, error));
  }
  return STATUS_OK;
}

enum status map_end(struct map *map, rows_fn rows, void *context, struct error *error) {
  (void)map, (void)rows, (void)context, (void)error; /* nothing is held back */
  return STATUS_OK;
}
