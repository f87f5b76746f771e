/* decoder: one log, read in several ways that must agree, and what every report must keep to.
 *
 * The ways: from memory as one piece; through a window that is filled a few bytes at a time; with batches of one row;
 * counted only (no rows wanted). Rows are summed up message by message, as batches may be cut anywhere. */
#include "base/heap.h"
#include "decode/decode.h"
#include "decode/decoder.h"
#include "target.h"

#define MEMORY_LIMIT ((size_t)32 << 20)
#define BATCHES_MAX 1000000u

struct reading {
  enum status status;
  uint64_t sum;   /* over all that was delivered and reported, but … */
  uint64_t times; /* … the clocks, which may be filled in or summed up once a batch */
  uint64_t rows;  /* delivered */
  uint64_t count; /* of all messages */
  size_t peak;
};

static uint64_t mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  return sum ^ sum >> 29;
}

static uint64_t mix_bytes(uint64_t sum, const void *data, size_t size) {
  const uint8_t *at = data;
  for (; size >= 8; size -= 8, at += 8)
    sum = mix(sum, load_u64(at));
  uint64_t rest = size;
  for (; size; size--)
    rest = rest << 8 | *at++;
  return mix(sum, rest);
}

static uint64_t mix_text(uint64_t sum, const char *text) {
  return mix_bytes(sum, text, strlen(text));
}

static uint64_t mix_value(uint64_t sum, const struct column *column, uint32_t row) {
  const struct field *field = column->field;
  if (!column_is_valid(column, row))
    return mix(sum, 1);
  if (field->type == COLUMN_TEXT || field->type == COLUMN_BYTES) {
    struct text text = column_text(column, row);
    demand(!text.size || text.data);
    return mix_bytes(sum, text.data, text.size);
  }
  const uint8_t *at = (const uint8_t *)column->values + row * column_width(field);
  if (field->type == COLUMN_BOOL)
    demand(*at <= 1);
  return mix_bytes(sum, at, column_width(field));
}

static void check_message(const struct message *message) {
  demand(message->name && message->name[0]);
  demand(message->time_field >= -1 && message->time_field < message->field_count);
  demand(message->instance_field >= -1 && message->instance_field < message->field_count);
  for (uint16_t i = 0; i < message->field_count; i++) {
    const struct field *field = &message->fields[i];
    demand(field->name && field->unit && field->type < COLUMN_TYPE_COUNT && field->count > 0);
  }
}

/* One sum and one row count a message, as batches of different messages may come in any order. */
struct rows {
  uint64_t *sums, *times, *counts;
  uint32_t capacity;
};

static void make_room(struct rows *rows, uint32_t index) {
  if (index < rows->capacity)
    return;
  uint32_t capacity = index + 64;
  rows->sums = realloc(rows->sums, capacity * sizeof *rows->sums);
  rows->times = realloc(rows->times, capacity * sizeof *rows->times);
  rows->counts = realloc(rows->counts, capacity * sizeof *rows->counts);
  demand(rows->sums && rows->times && rows->counts);
  for (uint32_t i = rows->capacity; i < capacity; i++)
    rows->sums[i] = rows->times[i] = rows->counts[i] = 0;
  rows->capacity = capacity;
}

static void add_batch(struct rows *rows, const struct decode_report *report, const struct batch *batch) {
  const struct message *message = batch->message;
  demand(batch->rows > 0 && message->wanted && message->index < report->message_count);
  demand(report->messages[message->index] == message);
  make_room(rows, message->index);
  uint64_t sum = rows->sums[message->index];
  for (uint32_t row = 0; row < batch->rows; row++) {
    rows->times[message->index] = mix(rows->times[message->index], (uint64_t)batch->time_us[row]);
    for (uint16_t i = 0; i < message->field_count; i++) {
      demand(batch->columns[i].field == &message->fields[i]);
      sum = mix_value(sum, &batch->columns[i], row);
    }
  }
  rows->sums[message->index] = sum;
  rows->counts[message->index] += batch->rows;
}

static void check_damage(const struct decode_report *report, size_t size) {
  uint64_t bytes = 0, before = 0;
  for (uint32_t i = 0; i < report->damage_count; i++) {
    const struct damage *damage = &report->damage[i];
    demand(damage->reason && damage->offset >= before);
    demand(damage->offset <= size && damage->bytes <= size - damage->offset);
    before = damage->offset;
    bytes += damage->bytes;
  }
  demand(report->damage_count <= DECODE_DAMAGE_MAX && report->damaged_places >= report->damage_count);
  demand(report->damaged_bytes >= bytes && report->bytes <= size);
}

/* After the last batch: the report says what was delivered. Adds all that it says to the sum. */
static void check_report(const struct decode_report *report, struct rows *rows, size_t size, struct reading *reading) {
  uint64_t count = 0, sum = 0, times = 0;
  for (uint32_t i = 0; i < report->message_count; i++) {
    const struct message *message = report->messages[i];
    check_message(message);
    make_room(rows, i);
    demand(message->index == i && rows->counts[i] == (message->wanted ? message->count : 0));
    demand(message->count || (message->first_us == TIME_NONE && message->last_us == TIME_NONE));
    count += message->count;
    reading->rows += rows->counts[i];
    sum = mix(mix_text(sum, message->name), message->count);
    times = mix(mix(times, (uint64_t)message->first_us), (uint64_t)message->last_us);
    sum = message->wanted ? mix(sum, rows->sums[i]) : sum;
    times = mix(times, rows->times[i]);
    for (uint16_t f = 0; f < message->field_count; f++)
      sum = mix_text(mix_text(sum, message->fields[f].name), message->fields[f].unit);
  }
  demand(!count || report->records + report->unknown_records); /* one record may be several rows */
  check_damage(report, size);
  for (uint32_t i = 0; i < report->damage_count; i++)
    sum = mix(mix(mix_text(sum, report->damage[i].reason), report->damage[i].offset), report->damage[i].bytes);
  for (uint32_t i = 0; i < report->fact_count; i++) {
    demand(text_is_utf8(text_of(report->facts[i].value)));
    sum = mix_text(mix_text(sum, report->facts[i].key), report->facts[i].value);
  }
  sum = mix(mix(mix(sum, report->bad_records), report->unknown_records), report->damaged_bytes);
  times = mix(mix(times, (uint64_t)report->first_us), (uint64_t)report->last_us);
  sum = mix(sum, report->truncated);
  reading->count = count;
  reading->times = times;
  reading->sum = mix(sum, report->clock);
}

static struct reading read_log(struct input *input, const struct decoder *decoder, size_t size,
                               struct decode_options options) {
  struct heap heap = {.limit = MEMORY_LIMIT};
  struct reading reading = {0};
  struct rows rows = {0};
  struct error error = {0};
  struct decode *decode = NULL;
  const struct batch *batch = NULL;
  options.heap = &heap;
  reading.status = decode_open(input, decoder, &options, &decode, &error);
  for (uint32_t i = 0; reading.status == STATUS_OK; i++) {
    demand(i < BATCHES_MAX);
    reading.status = decode_next(decode, &batch, &error);
    if (reading.status == STATUS_OK && !batch)
      break;
    if (reading.status == STATUS_OK)
      add_batch(&rows, decode_get_report(decode), batch);
  }
  if (reading.status == STATUS_OK)
    check_report(decode_get_report(decode), &rows, size, &reading);
  else
    demand(error.text[0] && text_is_utf8(text_of(error.text)));
  demand(reading.status != STATUS_BUG);
  decode_close(decode);
  demand(heap.used == 0 && heap.peak <= MEMORY_LIMIT);
  reading.peak = heap.peak;
  free(rows.sums);
  free(rows.times);
  free(rows.counts);
  return reading;
}

/* Gives the bytes away in short pieces, of one byte at first. */
struct drip {
  struct bytes bytes;
  unsigned calls;
};

static int64_t drip_read(void *context, uint64_t offset, void *data, size_t size) {
  struct drip *drip = context;
  if (offset >= drip->bytes.size)
    return 0;
  size_t piece = drip->calls++ < 2000 ? 1 : 1 + drip->calls % 97;
  piece = MIN(MIN(piece, size), drip->bytes.size - (size_t)offset);
  memcpy(data, drip->bytes.data + offset, piece);
  return (int64_t)piece;
}

static bool nothing_wanted(void *context, const struct message *message) {
  (void)context, (void)message;
  return false;
}

static struct reading read_memory(const struct decoder *decoder, struct bytes bytes, struct decode_options options) {
  struct input *input = input_open_memory(bytes);
  struct reading reading = read_log(input, decoder, bytes.size, options);
  input_close(input);
  return reading;
}

static struct reading read_drip(const struct decoder *decoder, struct bytes bytes) {
  struct drip drip = {.bytes = bytes};
  struct input *input = input_open_callback(drip_read, &drip, bytes.size);
  struct reading reading = read_log(input, decoder, bytes.size, (struct decode_options){0});
  input_close(input);
  return reading;
}

void fuzz_decoder(const char *name, const uint8_t *data, size_t size) {
  const struct decoder *decoder = decoder_find(name);
  demand(decoder);
  uint8_t *copy = malloc(size ? size : 1); /* a block of its own: a step past its end is seen */
  demand(copy);
  if (size)
    memcpy(copy, data, size);
  struct bytes bytes = bytes_of(copy, size);
  struct reading whole = read_memory(decoder, bytes, (struct decode_options){0});
  struct reading drip = read_drip(decoder, bytes);
  struct reading single = read_memory(decoder, bytes, (struct decode_options){.batch_rows = 1});
  struct reading counted = read_memory(decoder, bytes, (struct decode_options){.wanted = nothing_wanted});
  demand(whole.status == drip.status && whole.sum == drip.sum && whole.times == drip.times);
  if (whole.status != STATUS_LIMIT && single.status != STATUS_LIMIT)
    demand(whole.status == single.status && whole.sum == single.sum);
  if (whole.status == STATUS_OK)
    demand(counted.status == STATUS_OK && counted.count == whole.count && counted.rows == 0);
  free(copy);
}
