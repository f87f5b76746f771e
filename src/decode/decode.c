/* decode: the framework around the decoders: choosing one, its memory, its batches, its report. */
#include "decode/decode.h"

#include "decode/decoder.h"

#include <stdlib.h>

#define DECODER(name) extern const struct decoder decoder_##name;
#include "decoder_list.h"
#undef DECODER

const struct decoder *const decoder_list[] = {
#define DECODER(name) &decoder_##name,
#include "decoder_list.h"
#undef DECODER
    NULL,
};

#define DEFAULT_MEMORY_LIMIT ((size_t)64 << 20)
#define DEFAULT_BATCH_ROWS 1024u
#define MESSAGES_MAX 16384u
#define FACTS_MAX 64u

struct built {
  struct built *next;
  struct batch_builder builder;
};

/* What the framework keeps beside the public part. */
struct decode_private {
  struct decode d;
  struct heap own; /* where the caller gave none */
  struct built *built;
  uint32_t message_capacity, damage_capacity;
};

const struct decoder *decode_probe(struct bytes head, uint64_t size, struct text name, int *ret_score) {
  struct probe probe = {bytes_of(head.data, MIN(head.size, PROBE_HEAD)), size, name};
  const struct decoder *best = NULL;
  int best_score = -1;
  for (size_t i = 0; decoder_list[i]; i++) {
    int score = decoder_list[i]->probe(&probe);
    if (score > best_score) {
      best = decoder_list[i];
      best_score = score;
    }
  }
  if (ret_score)
    *ret_score = best_score;
  return best;
}

const struct decoder *decoder_find(const char *name) {
  for (size_t i = 0; decoder_list[i]; i++)
    if (strcmp(decoder_list[i]->name, name) == 0)
      return decoder_list[i];
  return NULL;
}

static struct decode *new_decode(const struct decoder *decoder, const struct decode_options *options) {
  struct heap own = {.limit = options->memory_limit ? options->memory_limit : DEFAULT_MEMORY_LIMIT};
  struct decode_private *p = heap_alloc(options->heap ? options->heap : &own, sizeof *p);
  if (!p)
    return NULL;
  p->own = own;
  p->d.heap = options->heap ? options->heap : &p->own;
  struct decode *d = &p->d;
  d->decoder = decoder;
  d->options = *options;
  d->options.memory_limit = p->d.heap->limit ? p->d.heap->limit : SIZE_MAX;
  if (!d->options.batch_rows)
    d->options.batch_rows = DEFAULT_BATCH_ROWS;
  d->report.first_us = d->report.last_us = TIME_NONE;
  d->arena = arena_new_in(p->d.heap, 0);
  d->state = heap_alloc(p->d.heap, decoder->state_size);
  return d;
}

enum status decode_open(struct input *input, const struct decoder *decoder, const struct decode_options *options,
                        struct decode **ret_decode, struct error *error) {
  if (!decoder) {
    struct bytes head;
    TRY(input_view(input, PROBE_HEAD, &head, error));
    decoder = decode_probe(head, input_size(input), TEXT(""), NULL);
  }
  if (decoder->kept_raw)
    return error_set(error, STATUS_UNSUPPORTED, "this is %s: %s", decoder->about, decoder->kept_raw);
  struct decode *d = new_decode(decoder, options);
  if (!d)
    return heap_error(options->heap, error);
  d->input = input;
  enum status status = STATUS_OK;
  if (d->arena && d->state)
    status = decoder->open(d, error);
  if (d->heap->refused)
    status = heap_error(d->heap, error);
  if (status == STATUS_OK)
    *ret_decode = d;
  else
    decode_close(d);
  return status;
}

enum status decode_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  const struct batch *batch = NULL;
  enum status status = d->decoder->next(d, &batch, error);
  if (d->heap->refused)
    return heap_error(d->heap, error);
  if (status == STATUS_OK)
    *ret_batch = batch;
  return status;
}

const struct decode_report *decode_get_report(const struct decode *d) {
  return &d->report;
}
const struct decoder *decode_get_decoder(const struct decode *d) {
  return d->decoder;
}

const char *decode_get_fact(const struct decode *d, const char *key) {
  for (uint32_t i = 0; i < d->report.fact_count; i++)
    if (strcmp(d->report.facts[i].key, key) == 0)
      return d->report.facts[i].value;
  return NULL;
}

static void free_builder(struct heap *heap, struct batch_builder *builder) {
  for (uint16_t i = 0; builder->columns && i < builder->batch.message->field_count; i++)
    heap_free(heap, builder->columns[i].values);
  heap_free(heap, builder->columns);
  heap_free(heap, builder->time_us);
  arena_free(builder->texts);
}

void decode_close(struct decode *d) {
  if (!d)
    return;
  struct decode_private *p = (struct decode_private *)d;
  if (d->decoder->close && d->state)
    d->decoder->close(d);
  for (struct built *built = p->built, *next; built; built = next) {
    next = built->next;
    free_builder(p->d.heap, &built->builder);
    heap_free(p->d.heap, built);
  }
  heap_free(d->heap, d->report.messages);
  heap_free(d->heap, d->report.damage);
  heap_free(d->heap, d->report.facts);
  heap_free(d->heap, d->state);
  arena_free(d->arena);
  struct heap own = p->own; /* its memory goes with the decode */
  heap_free(p->d.heap == &p->own ? &own : p->d.heap, p);
}

static struct field *copy_fields(struct arena *arena, const struct field *fields, uint16_t count) {
  struct field *copy = arena_alloc_array(arena, MAX(count, 1), sizeof *copy);
  for (uint16_t i = 0; copy && i < count; i++) {
    copy[i] = fields[i];
    copy[i].name = arena_copy_text(arena, fields[i].name);
    copy[i].unit = arena_copy_text(arena, fields[i].unit ? fields[i].unit : "");
    if (!copy[i].name || !copy[i].unit)
      return NULL;
  }
  return copy;
}

static bool grow_messages(struct decode *d) {
  struct decode_private *p = (struct decode_private *)d;
  if (d->report.message_count < p->message_capacity)
    return true;
  uint32_t capacity = MAX(p->message_capacity * 2, 64u);
  struct message **messages = heap_resize(d->heap, d->report.messages, capacity, sizeof *messages);
  if (!messages)
    return false;
  d->report.messages = messages;
  p->message_capacity = capacity;
  return true;
}

struct message *decode_define_message(struct decode *d, const char *name, uint32_t id, const struct field *fields,
                                      uint16_t field_count) {
  struct decode_report *report = &d->report;
  struct message *message = arena_alloc(d->arena, sizeof *message);
  struct field *copy = copy_fields(d->arena, fields, field_count);
  const char *copied_name = arena_copy_text(d->arena, name);
  if (!message || !copy || !copied_name || report->message_count == MESSAGES_MAX || !grow_messages(d))
    return NULL;
  *message = (struct message){.name = copied_name,
                              .id = id,
                              .index = report->message_count,
                              .fields = copy,
                              .field_count = field_count,
                              .time_field = -1,
                              .instance_field = -1,
                              .first_us = TIME_NONE,
                              .last_us = TIME_NONE};
  message->wanted = !d->options.wanted || d->options.wanted(d->options.context, message);
  report->messages[report->message_count++] = message;
  return message;
}

/* The framework's copy of the fields is writable; only its view in struct message is const. */
void decode_set_unit(struct message *message, uint16_t field_index, const char *unit, double scale) {
  struct field *field = (struct field *)(uintptr_t)&message->fields[field_index];
  field->unit = unit;
  field->scale = scale;
}

/* Room for one more; NULL where memory is refused. */
static struct damage *new_damage(struct decode *d) {
  struct decode_private *p = (struct decode_private *)d;
  if (d->report.damage_count == p->damage_capacity || !d->report.damage) {
    uint32_t capacity = MAX(p->damage_capacity * 2, 8u);
    struct damage *damage = heap_resize(d->heap, d->report.damage, capacity, sizeof *damage);
    if (!damage)
      return NULL;
    d->report.damage = damage;
    p->damage_capacity = capacity;
  }
  return &d->report.damage[d->report.damage_count++];
}

void decode_damage(struct decode *d, uint64_t offset, uint64_t bytes, const char *reason, int64_t from_us,
                   int64_t to_us) {
  struct decode_report *report = &d->report;
  uint64_t size = input_size(d->input); /* of a pipe: the largest number */
  offset = MIN(offset, size);
  bytes = MIN(bytes, size - offset); /* a line's end may be missing after the last line */
  report->damaged_bytes += bytes;
  struct damage *last = report->damage_count ? &report->damage[report->damage_count - 1] : NULL;
  if (last && last->reason == reason && last->offset + last->bytes == offset) {
    last->bytes += bytes;
    last->to_us = to_us;
    return;
  }
  report->damaged_places++;
  if (report->damage_count == DECODE_DAMAGE_MAX)
    return;
  struct damage *place = new_damage(d);
  if (!place)
    return;
  for (; place > report->damage && place[-1].offset > offset; place--) /* formats with an index are not read in order */
    *place = place[-1];
  *place = (struct damage){offset, bytes, reason, from_us, to_us};
}

void decode_fact(struct decode *d, const char *key, struct text value) {
  struct decode_report *report = &d->report;
  value = text_trim(value);
  if (!value.size || decode_get_fact(d, key) || report->fact_count == FACTS_MAX)
    return;
  if (!report->facts)
    report->facts = heap_alloc_array(d->heap, FACTS_MAX, sizeof *report->facts);
  const char *copied_key = arena_copy_text(d->arena, key);
  const char *copied = text_to_utf8(d->arena, text_from(value.data, MIN(value.size, (size_t)1024)));
  if (report->facts && copied_key && copied)
    report->facts[report->fact_count++] = (struct decode_fact){copied_key, copied};
}

/* False where one of its parts is refused; what is there already is freed with the decode. */
static bool fill_builder(struct heap *heap, struct batch_builder *builder, const struct message *message) {
  builder->batch.message = message;
  builder->columns = heap_alloc_array(heap, MAX(message->field_count, (uint16_t)1), sizeof *builder->columns);
  builder->time_us = heap_alloc_array(heap, builder->capacity, sizeof(int64_t));
  if (!builder->columns || !builder->time_us)
    return false;
  for (uint16_t i = 0; i < message->field_count; i++) {
    builder->columns[i].field = &message->fields[i];
    builder->columns[i].values = heap_alloc_array(heap, builder->capacity, column_width(&message->fields[i]));
    if (!builder->columns[i].values)
      return false;
  }
  builder->batch = (struct batch){message, 0, builder->columns, builder->time_us};
  return true;
}

struct batch_builder *batch_builder_new(struct decode *d, const struct message *message, uint32_t capacity) {
  struct decode_private *p = (struct decode_private *)d;
  struct built *built = heap_alloc(p->d.heap, sizeof *built);
  if (!built)
    return NULL;
  built->next = p->built;
  p->built = built;
  built->builder.d = d;
  built->builder.capacity = MAX(MIN(capacity, d->options.batch_rows), 1u);
  return fill_builder(p->d.heap, &built->builder, message) ? &built->builder : NULL;
}

struct text batch_builder_text(struct batch_builder *builder, struct text value) {
  if (!builder->texts)
    builder->texts = arena_new_in(builder->d->heap, 0);
  const char *copy = builder->texts ? arena_copy(builder->texts, value.data, value.size) : NULL;
  return copy ? (struct text){copy, value.size} : (struct text){"", 0};
}

void batch_builder_reset(struct batch_builder *builder) {
  builder->batch.rows = 0;
  if (builder->texts)
    arena_reset(builder->texts);
}
