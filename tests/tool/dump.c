/* uavlake-dump: any log that a decoder reads, as JSON lines, exactly; and the decoders' stop-watch.
 *
 *   uavlake-dump LOG [--counts | --message NAME | --all | --ordered | --hashes FILE | --bench N] [--kind DECODER]
 *
 * --counts (default): one line a message, then one with the report. --message, --all, --ordered: before the first rows
 * of a message a line {"define": index, "name", "fields"}; then {"m": index, "t": log clock in µs or null, "v": [raw
 * values]}. Values are raw: physical = raw × the field's scale. --ordered keeps the log's order. --hashes writes a
 * number of eight bytes a record instead, in the log's order, made of its message's name and its values without the
 * clock. Floats have all their digits, bytes above 7F are written as \u0080…\u00ff. --bench decodes all columns N times
 * and prints rows, MB per CPU second, peak RSS. */
#include "base/clock.h"
#include "decode/decode.h"
#include "decode/decoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum work { WORK_COUNTS, WORK_ROWS, WORK_HASHES, WORK_BENCH };

struct request {
  const char *path, *message, *kind, *hashes_path;
  FILE *hashes;
  enum work work;
  int rounds;
  bool ordered;
};

static void put_string(const char *data, size_t size) {
  putchar('"');
  for (size_t i = 0; i < size; i++) {
    uint8_t c = (uint8_t)data[i];
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20 || c >= 0x7F)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void put_c_string(const char *text) {
  put_string(text, strlen(text));
}

static void put_double(double value) {
  if (isnan(value))
    printf("NaN");
  else if (isinf(value))
    printf(value > 0 ? "Infinity" : "-Infinity");
  else
    printf("%.17g", value);
}

static void put_time(int64_t us) {
  if (us == TIME_NONE)
    printf("null");
  else
    printf("%lld", (long long)us);
}

static void put_number(enum column_type type, const uint8_t *at) {
  switch (type) {
  case COLUMN_BOOL:
  case COLUMN_U8:
    printf("%u", *at);
    break;
  case COLUMN_I8:
    printf("%d", (int8_t)*at);
    break;
  case COLUMN_I16:
    printf("%d", (int16_t)load_u16(at));
    break;
  case COLUMN_U16:
    printf("%u", load_u16(at));
    break;
  case COLUMN_I32:
    printf("%d", (int32_t)load_u32(at));
    break;
  case COLUMN_U32:
    printf("%u", load_u32(at));
    break;
  case COLUMN_I64:
  case COLUMN_TIME:
    printf("%lld", (long long)load_u64(at));
    break;
  case COLUMN_U64:
    printf("%llu", (unsigned long long)load_u64(at));
    break;
  case COLUMN_F32:
    put_double((double)load_f32(at));
    break;
  case COLUMN_F64:
    put_double(load_f64(at));
    break;
  default:
    printf("null");
  }
}

static void put_value(const struct column *column, uint32_t row) {
  const struct field *field = column->field;
  const uint8_t *at = (const uint8_t *)column->values + column_width(field) * row;
  if (!column_is_valid(column, row)) {
    printf("null");
    return;
  }
  if (field->type == COLUMN_CHARS) {
    size_t size = field->count;
    while (size && at[size - 1] == 0)
      size--;
    put_string((const char *)at, size);
    return;
  }
  if (field->type == COLUMN_TEXT || field->type == COLUMN_BYTES) {
    struct text text = column_text(column, row);
    put_string(text.data, text.size);
    return;
  }
  size_t width = column_type_size(field->type);
  if (field->is_array)
    putchar('[');
  for (uint16_t i = 0; i < field->count; i++) {
    if (i)
      putchar(',');
    put_number(field->type, at + width * i);
  }
  if (field->is_array)
    putchar(']');
}

static void put_definition(const struct message *message) {
  printf("{\"define\":%u,\"name\":", message->index);
  put_c_string(message->name);
  printf(",\"id\":%u,\"time_field\":%d,\"instance_field\":%d,\"fields\":[", message->id, message->time_field,
         message->instance_field);
  for (uint16_t i = 0; i < message->field_count; i++) {
    const struct field *field = &message->fields[i];
    printf("%s{\"name\":", i ? "," : "");
    put_c_string(field->name);
    printf(",\"type\":\"%s\",\"count\":%u,\"unit\":", column_type_name(field->type), field->count);
    put_c_string(field->unit);
    printf(",\"scale\":");
    put_double(field->scale);
    putchar('}');
  }
  printf("]}\n");
}

static void put_rows(const struct batch *batch) {
  for (uint32_t row = 0; row < batch->rows; row++) {
    printf("{\"m\":%u,\"t\":", batch->message->index);
    put_time(batch->time_us[row]);
    printf(",\"v\":[");
    for (uint16_t i = 0; i < batch->message->field_count; i++) {
      if (i)
        putchar(',');
      put_value(&batch->columns[i], row);
    }
    printf("]}\n");
  }
}

static uint64_t mix(uint64_t sum, const void *data, size_t size) {
  const uint8_t *at = data;
  for (; size >= 8; size -= 8, at += 8)
    sum = (sum ^ load_u64(at)) * UINT64_C(0x9E3779B97F4A7C15), sum ^= sum >> 29;
  uint64_t rest = 256 + size;
  for (; size; size--)
    rest = rest << 8 | *at++;
  sum = (sum ^ rest) * UINT64_C(0x9E3779B97F4A7C15);
  return sum ^ sum >> 29;
}

static void write_hashes(FILE *file, const struct batch *batch) {
  const char *name = batch->message->name;
  for (uint32_t row = 0; row < batch->rows; row++) {
    uint64_t sum = mix(0, name, strlen(name));
    for (uint16_t i = 0; i < batch->message->field_count; i++) {
      const struct column *column = &batch->columns[i];
      const struct field *field = column->field;
      struct text text = column_text(column, row);
      bool is_text = field->type == COLUMN_TEXT || field->type == COLUMN_BYTES;
      const uint8_t *at = (const uint8_t *)column->values + column_width(field) * row;
      sum = is_text ? mix(sum, text.data, text.size) : mix(sum, at, column_width(field));
    }
    fwrite(&sum, sizeof sum, 1, file);
  }
}

static void put_damage(const struct decode_report *report) {
  printf("\"damage\":[");
  for (uint32_t i = 0; i < report->damage_count; i++) {
    const struct damage *damage = &report->damage[i];
    printf("%s{\"offset\":%llu,\"bytes\":%llu,\"reason\":", i ? "," : "", (unsigned long long)damage->offset,
           (unsigned long long)damage->bytes);
    put_c_string(damage->reason);
    printf(",\"from\":");
    put_time(damage->from_us);
    printf(",\"to\":");
    put_time(damage->to_us);
    putchar('}');
  }
  printf("]");
}

static void put_report(const struct decode *log) {
  const struct decode_report *report = decode_get_report(log);
  printf("{\"report\":\"%s\",\"bytes\":%llu,\"records\":%llu,\"bad_records\":%llu,\"unknown_records\":%llu,"
         "\"truncated\":%s,\"damaged_bytes\":%llu,\"damaged_places\":%llu,\"first_us\":",
         decode_get_decoder(log)->name, (unsigned long long)report->bytes, (unsigned long long)report->records,
         (unsigned long long)report->bad_records, (unsigned long long)report->unknown_records,
         report->truncated ? "true" : "false", (unsigned long long)report->damaged_bytes,
         (unsigned long long)report->damaged_places);
  put_time(report->first_us);
  printf(",\"last_us\":");
  put_time(report->last_us);
  printf(",\"facts\":{");
  for (uint32_t i = 0; i < report->fact_count; i++) {
    printf("%s\"%s\":", i ? "," : "", report->facts[i].key);
    put_c_string(report->facts[i].value);
  }
  printf("},");
  put_damage(report);
  printf("}\n");
}

static void put_counts(const struct decode *log) {
  const struct decode_report *report = decode_get_report(log);
  for (uint32_t i = 0; i < report->message_count; i++) {
    const struct message *message = report->messages[i];
    printf("{\"message\":");
    put_c_string(message->name);
    printf(",\"index\":%u,\"id\":%u,\"count\":%llu,\"first_us\":", message->index, message->id,
           (unsigned long long)message->count);
    put_time(message->first_us);
    printf(",\"last_us\":");
    put_time(message->last_us);
    printf("}\n");
  }
}

static bool is_wanted(void *context, const struct message *message) {
  const struct request *request = context;
  if (request->work == WORK_COUNTS)
    return false;
  return !request->message || strcmp(message->name, request->message) == 0;
}

/* Reads the log once; rows are printed or only counted. */
static enum status read_log(struct request *request, uint64_t *ret_rows, uint64_t *ret_bytes, struct error *error) {
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *log = NULL;
  TRY(input_open_path(request->path, &input, error));
  struct decode_options options = {.wanted = is_wanted, .context = request, .batch_rows = request->ordered ? 1 : 0};
  const struct decoder *decoder = request->kind ? decoder_find(request->kind) : NULL;
  if (request->kind && !decoder)
    return error_set(error, STATUS_SETTINGS, "there is no decoder called %s", request->kind);
  TRY(decode_open(input, decoder, &options, &log, error));
  scoped(memory) bool *defined = memory_new(1 << 16);
  for (const struct batch *batch;;) {
    TRY(decode_next(log, &batch, error));
    if (!batch)
      break;
    *ret_rows += batch->rows;
    if (request->work == WORK_HASHES)
      write_hashes(request->hashes, batch);
    if (request->work != WORK_ROWS)
      continue;
    if (batch->message->index < (1 << 16) && !defined[batch->message->index])
      put_definition(batch->message);
    defined[batch->message->index & 0xFFFF] = true;
    put_rows(batch);
  }
  *ret_bytes += decode_get_report(log)->bytes;
  if (request->work == WORK_COUNTS)
    put_counts(log);
  if (request->work != WORK_BENCH)
    put_report(log);
  return STATUS_OK;
}

/* Peak of this program alone: getrusage would count what the process that started it had. */
static double peak_rss_mib(void) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  double kib = 0;
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, "VmHWM:", 6) == 0)
      kib = strtod(line + 6, NULL);
  if (status)
    fclose(status);
  return kib / 1024;
}

static enum status bench(struct request *request, struct error *error) {
  uint64_t rows = 0, bytes = 0;
  double start_s = clock_cpu_s();
  for (int i = 0; i < request->rounds; i++)
    TRY(read_log(request, &rows, &bytes, error));
  double cpu_s = clock_cpu_s() - start_s;
  printf("{\"rows\":%llu,\"bytes\":%llu,\"cpu_s\":%.4f,\"mb_per_cpu_s\":%.1f,\"peak_rss_mib\":%.1f}\n",
         (unsigned long long)rows, (unsigned long long)bytes, cpu_s, (double)bytes / 1e6 / (cpu_s > 0 ? cpu_s : 1e-9),
         peak_rss_mib());
  return STATUS_OK;
}

static bool read_arguments(int count, char **arguments, struct request *request) {
  for (int i = 1; i < count && arguments[i]; i++) {
    const char *word = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (strcmp(word, "--counts") == 0)
      request->work = WORK_COUNTS;
    else if (strcmp(word, "--all") == 0)
      request->work = WORK_ROWS;
    else if (strcmp(word, "--ordered") == 0)
      request->work = WORK_ROWS, request->ordered = true;
    else if (strcmp(word, "--message") == 0 && value)
      request->work = WORK_ROWS, request->message = arguments[++i];
    else if (strcmp(word, "--hashes") == 0 && value)
      request->work = WORK_HASHES, request->ordered = true, request->hashes_path = arguments[++i];
    else if (strcmp(word, "--kind") == 0 && value)
      request->kind = arguments[++i];
    else if (strcmp(word, "--bench") == 0 && value)
      request->work = WORK_BENCH, request->rounds = (int)strtol(arguments[++i], NULL, 10);
    else if (word[0] != '-' && !request->path)
      request->path = word;
    else
      return false;
  }
  return request->path != NULL;
}

int main(int count, char **arguments) {
  struct request request = {.work = WORK_COUNTS};
  if (!read_arguments(count, arguments, &request)) {
    fprintf(stderr, "usage: uavlake-dump LOG [--counts | --message NAME | --all | --ordered | --hashes FILE | --bench "
                    "N] [--kind DECODER]\n");
    return 2;
  }
  if (request.hashes_path && !(request.hashes = fopen(request.hashes_path, "wb"))) {
    fprintf(stderr, "cannot write %s\n", request.hashes_path);
    return 2;
  }
  struct error error = {0};
  uint64_t rows = 0, bytes = 0;
  enum status status = request.work == WORK_BENCH ? bench(&request, &error) : read_log(&request, &rows, &bytes, &error);
  if (status != STATUS_OK)
    fprintf(stderr, "%s: %s\n", request.path, error.text);
  if (request.hashes && fclose(request.hashes) != 0)
    return 2;
  return status_row(status)->exit_code;
}
