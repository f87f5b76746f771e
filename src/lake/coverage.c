/* coverage: see coverage.h. */
#include "lake/coverage.h"

#include "decode/decoder.h"
#include "lake/inspect.h"
#include "vocabulary/map.h"

#define PARTS_MAX 24u /* tables that one message may feed */

struct run {
  struct coverage *coverage;
  struct coverage_message *current; /* whose batch is mapped now */
  struct arena *arena;
  struct coverage_table *by_table; /* by index of the table */
};

const char *coverage_state_name(enum coverage_state state) {
  static const char *const names[] = {"mapped", "outdone", "left"};
  return names[state];
}

static bool has_value(const struct column *column, uint32_t rows) {
  if (!column->values)
    return false;
  for (uint32_t row = 0; row < rows; row++)
    if (column_is_valid(column, row))
      return true;
  return false;
}

static void mark_filled(uint64_t filled[2], const struct rows *rows) {
  for (uint16_t i = 0; i < rows->table->column_count && i < 128; i++)
    if (!coverage_is_filled(filled, i) && has_value(&rows->columns[i], rows->count))
      filled[i / 64] |= UINT64_C(1) << (i % 64);
}

static struct coverage_part *part_of(struct run *run, const struct table *table) {
  struct coverage_message *message = run->current;
  for (uint32_t i = 0; i < message->part_count; i++)
    if (message->parts[i].table == table)
      return &message->parts[i];
  if (message->part_count == PARTS_MAX)
    return NULL;
  if (!message->parts)
    message->parts = arena_alloc_array(run->arena, PARTS_MAX, sizeof *message->parts);
  message->parts[message->part_count].table = table;
  return &message->parts[message->part_count++];
}

/* Rows that the map held back come after the last batch: they count for the table alone. */
static enum status count_rows(void *context, const struct rows *rows, struct error *error) {
  struct run *run = context;
  (void)error;
  struct coverage_table *total = &run->by_table[rows->table->index];
  total->rows += rows->count;
  run->coverage->rows += rows->count;
  mark_filled(total->filled, rows);
  struct coverage_part *part = run->current && rows->count ? part_of(run, rows->table) : NULL;
  if (part) {
    part->rows += rows->count;
    mark_filled(part->filled, rows);
  }
  return STATUS_OK;
}

static struct coverage_message *message_of(const struct coverage *coverage, const char *name) {
  for (uint32_t i = 0; i < coverage->message_count; i++)
    if (strcmp(coverage->messages[i].name, name) == 0)
      return &coverage->messages[i];
  return NULL;
}

static enum status map_all(struct run *run, struct decode *decode, struct map *map, struct error *error) {
  const struct batch *batch;
  for (;;) {
    TRY(decode_next(decode, &batch, error));
    run->current = batch ? message_of(run->coverage, batch->message->name) : NULL;
    if (!batch)
      return map_end(map, count_rows, run, error);
    TRY(map_batch(map, batch, count_rows, run, error));
  }
}

static void fill_messages(struct coverage *coverage, const struct inspection *inspection, struct arena *arena) {
  coverage->messages = arena_alloc_array(arena, MAX(inspection->message_count, 1u), sizeof *coverage->messages);
  for (uint32_t i = 0; i < inspection->message_count; i++) {
    const struct inspected_message *from = &inspection->messages[i];
    struct coverage_message *message = message_of(coverage, from->name);
    coverage->records += from->count;
    if (message) { /* several subscriptions of one topic */
      message->records += from->count;
      continue;
    }
    message = &coverage->messages[coverage->message_count++];
    *message = (struct coverage_message){.name = from->name,
                                         .records = from->count,
                                         .fields = from->fields,
                                         .field_count = from->field_count,
                                         .field_read = arena_alloc_array(arena, from->field_count + 1u, sizeof(bool))};
    for (uint16_t field = 0; inspection->decoder->vocabulary && field < from->field_count; field++)
      message->field_read[field] = field == from->time_field ||
                                   map_reads(inspection->decoder->vocabulary, from->name, from->fields[field].name);
  }
}

static void settle_messages(struct coverage *coverage, const char *vocabulary) {
  for (uint32_t i = 0; i < coverage->message_count; i++) {
    struct coverage_message *message = &coverage->messages[i];
    message->state = message->part_count                          ? COVERAGE_MAPPED
                     : map_reads(vocabulary, message->name, NULL) ? COVERAGE_OUTDONE
                                                                  : COVERAGE_LEFT;
    coverage->mapped_records += message->part_count ? message->records : 0;
  }
}

static void settle_tables(struct run *run) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  run->coverage->tables = arena_alloc_array(run->arena, MAX(count, 1u), sizeof *run->coverage->tables);
  for (uint16_t i = 0; i < count; i++)
    if (run->by_table[i].rows) {
      run->by_table[i].table = &tables[i];
      run->coverage->tables[run->coverage->table_count++] = run->by_table[i];
    }
}

static enum status map_log(struct run *run, const struct coverage_source *source, const struct inspection *inspection,
                           struct error *error) {
  scoped(input) struct input *input = NULL;
  scoped(map) struct map *map = NULL;
  scoped(decode) struct decode *decode = NULL;
  struct map_facts facts = inspection_map_facts(inspection);
  TRY(source->open(source->context, &input, error));
  TRY(map_new(inspection->decoder->vocabulary, &facts, NULL, &map, error));
  TRY(decode_open(input, inspection->decoder, &(struct decode_options){.wanted = map_wants, .context = map}, &decode,
                  error));
  return map_all(run, decode, map, error);
}

static enum status look(const struct coverage_source *source, struct arena *arena, struct inspection *inspection,
                        struct coverage *coverage, struct error *error) {
  scoped(input) struct input *input = NULL;
  struct bytes head;
  TRY(source->open(source->context, &input, error));
  TRY(input_view(input, PROBE_HEAD, &head, error));
  coverage->decoder = decode_probe(head, input_size(input), text_of(source->name), NULL);
  coverage->reason = coverage->decoder->kept_raw;
  if (coverage->reason)
    return STATUS_OK;
  TRY(inspect_log(input, coverage->decoder, NULL, source->file_time_us, arena, inspection, error));
  if (!coverage->decoder->vocabulary)
    coverage->reason = "its kind fills no tables: read_uavlog reads all of it";
  return STATUS_OK;
}

enum status coverage_measure(const struct coverage_source *source, struct arena *arena, struct coverage *ret_coverage,
                             struct error *error) {
  uint16_t tables;
  schema_tables(&tables);
  struct inspection *inspection = arena_alloc(arena, sizeof *inspection);
  *ret_coverage = (struct coverage){0};
  struct run run = {ret_coverage, NULL, arena, arena_alloc_array(arena, tables + 1u, sizeof *run.by_table)};
  TRY(look(source, arena, inspection, ret_coverage, error));
  if (!inspection->decoder)
    return STATUS_OK;
  fill_messages(ret_coverage, inspection, arena);
  if (inspection->decoder->vocabulary) {
    TRY(map_log(&run, source, inspection, error));
    settle_messages(ret_coverage, inspection->decoder->vocabulary);
  } else {
    for (uint32_t i = 0; i < ret_coverage->message_count; i++)
      ret_coverage->messages[i].state = COVERAGE_LEFT;
  }
  settle_tables(&run);
  return STATUS_OK;
}
