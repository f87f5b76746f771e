/* inspect: the first pass. Only the messages that feed clock, phases and identity are decoded; the others are counted.
 */
#include "lake/inspect.h"

#include "decode/decoder.h"
#include "vocabulary/map.h"

const char *inspection_fact(const struct inspection *inspection, const char *key) {
  for (uint32_t i = 0; i < inspection->fact_count; i++)
    if (strcmp(inspection->facts[i].key, key) == 0)
      return inspection->facts[i].value;
  return NULL;
}

struct map_facts inspection_map_facts(const struct inspection *inspection) {
  const struct log_summary *summary = &inspection->summary;
  struct map_facts facts = {.message_names = inspection->message_names, .message_count = inspection->message_count};
  memcpy(facts.motor_of_output, summary->motor_of_output, sizeof facts.motor_of_output);
  memcpy(facts.vehicle_class, summary->vehicle_class, sizeof facts.vehicle_class);
  facts.home_count = MIN(summary->flight_count, MAP_HOMES_MAX);
  for (uint32_t i = 0; i < facts.home_count; i++) {
    facts.homes[i].from_us = summary->flights[i].start_us;
    facts.homes[i].alt_msl_m = summary->flights[i].home_alt_msl_m;
  }
  facts.system_id = summary->system_id > 0 ? (uint32_t)summary->system_id : 0;
  return facts;
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

static void keep_messages(struct inspection *in, const struct decode_report *report, struct arena *arena) {
  in->messages = arena_alloc_array(arena, MAX(report->message_count, 1u), sizeof *in->messages);
  in->message_names = arena_alloc_array(arena, MAX(report->message_count, 1u), sizeof *in->message_names);
  for (uint32_t i = 0; i < report->message_count; i++) {
    const struct message *message = report->messages[i];
    if (!message->count)
      continue;
    const char *name = arena_copy_text(arena, message->name);
    in->message_names[in->message_count] = name;
    in->messages[in->message_count++] = (struct inspected_message){name,
                                                                   message->count,
                                                                   message->first_us,
                                                                   message->last_us,
                                                                   copy_fields(arena, message),
                                                                   message->field_count,
                                                                   message->time_field};
  }
}

/* Copies what outlives the decoder. */
static void keep_report(struct inspection *in, const struct decode *decode, struct arena *arena) {
  const struct decode_report *report = decode_get_report(decode);
  in->report = *report;
  in->report.damage = NULL;
  in->report.facts = NULL;
  in->report.messages = NULL;
  keep_messages(in, report, arena);
  in->damage_count = MIN(report->damage_count, INSPECTION_DAMAGE_MAX);
  in->damage = arena_alloc_array(arena, MAX(in->damage_count, 1u), sizeof *in->damage);
  if (in->damage_count)
    memcpy(in->damage, report->damage, in->damage_count * sizeof *in->damage);
  in->facts = arena_alloc_array(arena, MAX(report->fact_count, 1u), sizeof *in->facts);
  in->fact_count = report->fact_count;
  for (uint32_t i = 0; i < report->fact_count; i++)
    in->facts[i] = (struct decode_fact){arena_copy_text(arena, report->facts[i].key),
                                        arena_copy_text(arena, report->facts[i].value)};
}

static enum status read_all(struct decode *decode, struct map *map, struct summary *summary, struct error *error) {
  const struct batch *batch;
  for (;;) {
    TRY(decode_next(decode, &batch, error));
    if (!batch)
      return map ? map_end(map, summary_rows, summary, error) : STATUS_OK;
    if (map)
      TRY(map_batch(map, batch, summary_rows, summary, error));
  }
}

static bool wants_nothing(void *context, const struct message *message) {
  (void)context, (void)message;
  return false;
}

enum status inspect_log(struct input *input, const struct decoder *decoder, const struct mavlink_dialect *dialect,
                        int64_t file_time_us, struct arena *arena, struct inspection *ret_inspection,
                        struct error *error) {
  scoped(map) struct map *map = NULL;
  scoped(summary) struct summary *summary = summary_new(file_time_us);
  scoped(decode) struct decode *decode = NULL;
  struct decode_options options = {.wanted = wants_nothing, .dialect = dialect};
  struct inspection inspection = {.decoder = decoder, .summary.system_id = -1};
  if (decoder->vocabulary) {
    struct map_facts facts = {0};
    TRY(map_new(decoder->vocabulary, &facts, summary_tables(), &map, error));
    options.wanted = map_wants;
    options.context = map;
  }
  TRY(decode_open(input, decoder, &options, &decode, error));
  TRY(read_all(decode, map, summary, error));
  keep_report(&inspection, decode, arena);
  if (decoder->vocabulary)
    TRY(summary_end(summary, decode, arena, &inspection.summary, error));
  *ret_inspection = inspection;
  return STATUS_OK;
}
