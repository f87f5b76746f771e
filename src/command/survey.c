/* survey: see survey.h.
 *
 * One pass over the log's batches feeds three collectors: the lake's own summary (clock, flights, identity), the counts
 * per instance, and the parameters' last values. Of a sampled log the batches are those of the sampled stretches, put
 * together to one short log; its counts are then replaced by the tally's, after checking that both agree on the
 * stretches. If they don't, the whole log is decoded after all. */
#include "command/survey.h"

#include "base/pool.h"
#include "decode/dataflash_tally.h"
#include "decode/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define PARAMETERS_MAX 8192u

/* Counts per instance of one message, while reading. */
struct collected {
  struct survey_instance instances[SURVEY_INSTANCES_MAX];
  uint32_t count;
  bool too_many;
};

struct collector {
  struct arena *arena;
  struct map *map; /* NULL: the kind has no vocabulary */
  struct summary *summary;
  bool *mapped; /* by message index */
  struct collected **collected;
  uint32_t capacity;
  struct survey_parameter *parameters; /* open addressing by name; NULL name: free */
  uint32_t parameter_count;
  bool defaults_known;
};

/* ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool want_all(void *context, const struct message *message) {
  struct collector *all = context;
  if (message->index >= all->capacity) {
    uint32_t capacity = MAX(message->index + 1, MAX(all->capacity * 2, 64u));
    all->mapped = memory_resize(all->mapped, capacity, sizeof *all->mapped);
    all->collected = memory_resize(all->collected, capacity, sizeof *all->collected);
    memset(all->mapped + all->capacity, 0, (capacity - all->capacity) * sizeof *all->mapped);
    memset(all->collected + all->capacity, 0, (capacity - all->capacity) * sizeof *all->collected);
    all->capacity = capacity;
  }
  all->mapped[message->index] = all->map && map_wants(all->map, message);
  return true;
}

static struct survey_instance *find_instance(struct collected *collected, int64_t number) {
  for (uint32_t i = 0; i < collected->count; i++)
    if (collected->instances[i].number == number)
      return &collected->instances[i];
  if (collected->count == SURVEY_INSTANCES_MAX)
    return NULL;
  collected->instances[collected->count] = (struct survey_instance){number, 0, TIME_NONE, TIME_NONE};
  return &collected->instances[collected->count++];
}

static void count_instances(struct collector *all, const struct batch *batch) {
  struct collected **collected = &all->collected[batch->message->index];
  const struct column *column = &batch->columns[batch->message->instance_field];
  if (!*collected)
    *collected = memory_new(sizeof **collected);
  struct survey_instance *instance = NULL;
  for (uint32_t row = 0; row < batch->rows && !(*collected)->too_many; row++) {
    int64_t number = column_i64(column, row);
    if (!instance || instance->number != number)
      instance = find_instance(*collected, number);
    if (!instance) {
      (*collected)->too_many = true;
      break;
    }
    instance->count++;
    instance->first_us = instance->first_us == TIME_NONE ? batch->time_us[row] : instance->first_us;
    instance->last_us = batch->time_us[row] == TIME_NONE ? instance->last_us : batch->time_us[row];
  }
}

/* ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────── */

static int find_field(const struct message *message, const char *name) {
  for (uint16_t i = 0; i < message->field_count; i++)
    if (strcasecmp(message->fields[i].name, name) == 0)
      return i;
  return -1;
}

static struct survey_parameter *find_parameter(struct collector *all, struct text name) {
  if (!all->parameters)
    all->parameters = arena_alloc_array(all->arena, PARAMETERS_MAX * 2u, sizeof *all->parameters);
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < name.size; i++)
    hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
  for (uint32_t slot = hash;; slot++) {
    struct survey_parameter *parameter = &all->parameters[slot % (PARAMETERS_MAX * 2u)];
    if (parameter->name && text_is(name, parameter->name))
      return parameter;
    if (parameter->name)
      continue;
    if (all->parameter_count == PARAMETERS_MAX || !name.size)
      return NULL;
    all->parameter_count++;
    parameter->name = text_to_utf8(all->arena, name);
    parameter->value = parameter->standard = NAN;
    return parameter;
  }
}

/* Which fields of a message tell of parameters; -1: it does not tell that. */
struct parameter_fields {
  int name, value, standard, first_choice;
};

/* DataFlash: PARM with Name, Value, Default; any message with such fields is taken as one. ULog: the values and the
 * defaults come apart, and a default of the airframe goes before one of all systems. */
static struct parameter_fields find_parameter_fields(const struct message *message) {
  struct parameter_fields fields = {find_field(message, "Name"), find_field(message, "Value"),
                                    find_field(message, "Default"), -1};
  if (strcmp(message->name, "parameter_default") == 0) {
    fields.standard = fields.value;
    fields.value = -1;
    fields.first_choice = find_field(message, "of_airframe");
  } else if (fields.standard < 0 && strcmp(message->name, "parameter") != 0) {
    fields.name = -1;
  }
  if (fields.name >= 0 && column_type_is_number(message->fields[fields.name].type))
    fields.name = -1;
  return fields;
}

static void take_default(struct collector *all, struct survey_parameter *parameter, double told, bool goes_first) {
  if (!isnan(told) && (goes_first || isnan(parameter->standard)))
    parameter->standard = told;
  all->defaults_known |= !isnan(told);
}

static void take_parameters(struct collector *all, const struct batch *batch) {
  struct parameter_fields fields = find_parameter_fields(batch->message);
  if (fields.name < 0 || (fields.value < 0 && fields.standard < 0))
    return;
  for (uint32_t row = 0; row < batch->rows; row++) {
    struct survey_parameter *parameter = find_parameter(all, text_trim(column_text(&batch->columns[fields.name], row)));
    if (!parameter)
      continue;
    if (fields.value >= 0)
      parameter->value = column_double(&batch->columns[fields.value], row);
    if (fields.standard >= 0)
      take_default(all, parameter, column_double(&batch->columns[fields.standard], row),
                   fields.first_choice < 0 || column_i64(&batch->columns[fields.first_choice], row));
  }
}

static int compare_parameters(const void *a, const void *b) {
  return strcmp(((const struct survey_parameter *)a)->name, ((const struct survey_parameter *)b)->name);
}

static void keep_parameters(struct survey *survey, const struct collector *all) {
  survey->defaults_known = all->defaults_known;
  survey->parameters = arena_alloc_array(all->arena, MAX(all->parameter_count, 1u), sizeof *survey->parameters);
  for (uint32_t i = 0; all->parameters && i < PARAMETERS_MAX * 2u; i++) {
    const struct survey_parameter *parameter = &all->parameters[i];
    if (parameter->name && !isnan(parameter->standard) && !isnan(parameter->value) &&
        parameter->value != parameter->standard)
      survey->parameters[survey->parameter_count++] = *parameter;
  }
  qsort(survey->parameters, survey->parameter_count, sizeof *survey->parameters, compare_parameters);
}

/* ── the pass ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status read_batches(struct collector *all, struct decode *decode, struct error *error) {
  const struct batch *batch;
  for (;;) {
    TRY(decode_next(decode, &batch, error));
    if (!batch)
      return all->map ? map_end(all->map, summary_rows, all->summary, error) : STATUS_OK;
    if (all->mapped[batch->message->index])
      TRY(map_batch(all->map, batch, summary_rows, all->summary, error));
    if (batch->message->instance_field >= 0)
      count_instances(all, batch);
    take_parameters(all, batch);
  }
}

static struct field *copy_fields(struct arena *arena, const struct message *message) {
  struct field *fields = arena_alloc_array(arena, MAX(message->field_count, (uint16_t)1), sizeof *fields);
  for (uint16_t i = 0; i < message->field_count; i++) {
    fields[i] = message->fields[i];
    fields[i].name = arena_copy_text(arena, message->fields[i].name);
    fields[i].unit = arena_copy_text(arena, message->fields[i].unit);
  }
  return fields;
}

static int compare_instances(const void *a, const void *b) {
  int64_t one = ((const struct survey_instance *)a)->number, other = ((const struct survey_instance *)b)->number;
  return (one > other) - (one < other);
}

static void keep_instances(struct survey_message *to, const struct collected *from, struct arena *arena) {
  if (!from || from->too_many || !from->count)
    return;
  struct survey_instance *copy = arena_alloc_array(arena, from->count, sizeof *copy);
  memcpy(copy, from->instances, from->count * sizeof *copy);
  qsort(copy, from->count, sizeof *copy, compare_instances);
  to->instances = copy;
  to->instance_count = from->count;
}

static void keep_message(struct survey *survey, const struct collector *all, const struct message *message) {
  struct survey_message *kept = &survey->messages[survey->message_count++];
  *kept = (struct survey_message){.name = arena_copy_text(all->arena, message->name),
                                  .count = message->count,
                                  .first_us = message->first_us,
                                  .last_us = message->last_us,
                                  .fields = copy_fields(all->arena, message),
                                  .field_count = message->field_count};
  keep_instances(kept, all->collected[message->index], all->arena);
}

static void keep_report(struct survey *survey, const struct collector *all, const struct decode *decode) {
  const struct decode_report *report = decode_get_report(decode);
  struct arena *arena = all->arena;
  survey->report = *report;
  survey->report.damage = NULL;
  survey->report.facts = NULL;
  survey->report.messages = NULL;
  survey->damage_count = report->damage_count;
  survey->damage = arena_alloc_array(arena, MAX(report->damage_count, 1u), sizeof *survey->damage);
  if (report->damage_count)
    memcpy(survey->damage, report->damage, report->damage_count * sizeof *survey->damage);
  survey->facts = arena_alloc_array(arena, MAX(report->fact_count, 1u), sizeof *survey->facts);
  survey->fact_count = report->fact_count;
  for (uint32_t i = 0; i < report->fact_count; i++)
    survey->facts[i] = (struct decode_fact){arena_copy_text(arena, report->facts[i].key),
                                            arena_copy_text(arena, report->facts[i].value)};
}

/* ── sampled logs ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* The sampled stretches as one short log. */
struct splice {
  struct input *input;
  const struct dataflash_tally *tally;
};

/* The place in the log of a place in the short one. */
static uint64_t splice_offset(const struct dataflash_tally *tally, uint64_t offset, uint64_t *ret_left) {
  uint64_t passed = 0;
  for (uint32_t i = 0; i < tally->stretch_count; i++) {
    uint64_t size = tally->stretches[i].to - tally->stretches[i].from;
    if (offset < passed + size) {
      *ret_left = passed + size - offset;
      return tally->stretches[i].from + (offset - passed);
    }
    passed += size;
  }
  *ret_left = 0;
  return tally->stretches[tally->stretch_count - 1].to;
}

static int64_t splice_read(void *context, uint64_t offset, void *data, size_t size) {
  const struct splice *splice = context;
  uint64_t left;
  uint64_t place = splice_offset(splice->tally, offset, &left);
  struct error error;
  size_t got;
  if (left == 0)
    return 0;
  enum status status = input_read_at(splice->input, place, data, (size_t)MIN((uint64_t)size, left), &got, &error);
  return status == STATUS_OK ? (int64_t)got : -1;
}

static uint64_t splice_size(const struct dataflash_tally *tally) {
  uint64_t size = 0;
  for (uint32_t i = 0; i < tally->stretch_count; i++)
    size += tally->stretches[i].to - tally->stretches[i].from;
  return size;
}

/* Did the decoder find in the stretches what the tally counted there? */
static bool agree(const struct dataflash_tally *tally, const struct decode_report *report) {
  uint64_t counts[256] = {0};
  for (uint32_t i = 0; i < report->message_count; i++)
    counts[report->messages[i]->id & 0xFF] += report->messages[i]->count;
  return memcmp(counts, tally->sampled, sizeof counts) == 0;
}

static void apply_instances(struct survey_message *kept, const struct dataflash_tally *tally, uint8_t id,
                            struct arena *arena) {
  if (!tally->has_instance[id])
    return;
  struct collected collected = {0};
  for (size_t number = 0; number < 256; number++) {
    struct survey_instance *instance = tally->instances[id][number] ? find_instance(&collected, (int64_t)number) : NULL;
    if (instance)
      *instance = (struct survey_instance){(int64_t)number, tally->instances[id][number], kept->first_us,
                                           kept->last_us};
    collected.too_many |= tally->instances[id][number] && !instance;
  }
  keep_instances(kept, &collected, arena);
}

/* Puts the exact counts into the report before it is kept, so that messages between the samples are not missed. */
static void apply_tally(const struct dataflash_tally *tally, struct decode_report *report) {
  report->records = 0;
  for (uint32_t i = 0; i < report->message_count; i++) {
    struct message *message = report->messages[i];
    uint8_t id = (uint8_t)message->id;
    message->count = tally->counts[id];
    message->first_us = tally->first_us[id] == TIME_NONE ? message->first_us : tally->first_us[id];
    message->last_us = tally->last_us[id] == TIME_NONE ? message->last_us : tally->last_us[id];
    report->records += message->count;
    report->last_us = MAX(report->last_us, tally->last_us[id]);
  }
  for (uint32_t i = 0; i < report->damage_count; i++) {
    uint64_t left;
    report->damage[i].offset = splice_offset(tally, report->damage[i].offset, &left);
  }
}

/* ── putting it together ──────────────────────────────────────────────────────────────────────────────────────── */

static void keep_messages(struct survey *survey, const struct collector *all, const struct decode *decode,
                          const struct dataflash_tally *tally) {
  const struct decode_report *report = decode_get_report(decode);
  survey->messages = arena_alloc_array(all->arena, MAX(report->message_count, 1u), sizeof *survey->messages);
  for (uint32_t i = 0; i < report->message_count; i++) {
    const struct message *message = report->messages[i];
    if (!message->count)
      continue;
    keep_message(survey, all, message);
    if (tally)
      apply_instances(&survey->messages[survey->message_count - 1], tally, (uint8_t)message->id, all->arena);
  }
}

static enum status run_pass(struct input *input, struct collector *all, const struct dataflash_tally *tally,
                            struct survey *survey, bool *ret_agreed, struct error *error) {
  scoped(decode) struct decode *decode = NULL;
  struct decode_options options = {.wanted = want_all, .context = all, .dialect = survey->dialect};
  *ret_agreed = true;
  TRY(decode_open(input, survey->decoder, &options, &decode, error));
  TRY(read_batches(all, decode, error));
  if (tally && !(*ret_agreed = agree(tally, decode_get_report(decode))))
    return STATUS_OK;
  if (tally)
    apply_tally(tally, &decode->report);
  keep_messages(survey, all, decode, tally);
  keep_report(survey, all, decode);
  keep_parameters(survey, all);
  return all->summary && survey->decoder->vocabulary
             ? summary_end(all->summary, decode, all->arena, &survey->summary, error)
             : STATUS_OK;
}

static void collector_scope_end(struct collector *all) {
  for (uint32_t i = 0; i < all->capacity; i++)
    free(all->collected[i]);
  free(all->collected);
  free(all->mapped);
}

static enum status survey_input(struct input *input, const struct dataflash_tally *tally, int64_t file_time_us,
                                struct arena *arena, struct survey *survey, bool *ret_agreed, struct error *error) {
  scoped(map) struct map *map = NULL;
  scoped(summary) struct summary *summary = summary_new(file_time_us);
  scoped(collector) struct collector all = {.arena = arena, .summary = summary};
  if (survey->decoder->vocabulary) {
    struct map_facts facts = {0};
    TRY(map_new(survey->decoder->vocabulary, &facts, summary_tables(), &map, error));
  }
  all.map = map;
  return run_pass(input, &all, tally, survey, ret_agreed, error);
}

static enum status survey_samples(struct input *file, const struct dataflash_tally *tally, int64_t file_time_us,
                                  struct arena *arena, struct survey *survey, bool *ret_agreed, struct error *error) {
  struct splice splice = {file, tally};
  scoped(input) struct input *input = input_open_callback(splice_read, &splice, splice_size(tally));
  TRY(survey_input(input, tally, file_time_us, arena, survey, ret_agreed, error));
  survey->sample_count = tally->stretch_count;
  survey->summary.flight_count = 0; /* between the samples nobody looked */
  return STATUS_OK;
}

enum status survey_log(const char *path, const struct decoder *decoder, const struct mavlink_dialect *dialect,
                       bool whole, int64_t file_time_us, struct arena *arena, struct survey *ret_survey,
                       struct error *error) {
  scoped(input) struct input *input = NULL;
  struct dataflash_tally *tally = NULL;
  struct survey survey = {.decoder = decoder, .dialect = dialect, .summary.system_id = -1};
  bool agreed = false;
  TRY(input_open_path(path, &input, error));
  survey.bytes = input_size(input);
  if (!whole && strcmp(decoder->name, "dataflash") == 0 && survey.bytes >= SURVEY_SAMPLE_FROM)
    TRY(dataflash_tally_count(path, pool_cores(), arena, &tally, error));
  if (tally)
    TRY(survey_samples(input, tally, file_time_us, arena, &survey, &agreed, error));
  if (!agreed) {
    survey = (struct survey){.decoder = decoder, .dialect = dialect, .bytes = survey.bytes, .summary.system_id = -1};
    TRY(survey_input(input, NULL, file_time_us, arena, &survey, &agreed, error));
  }
  *ret_survey = survey;
  return STATUS_OK;
}
