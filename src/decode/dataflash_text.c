/* dataflash_text: ArduPilot's DataFlash log as text (.log), as old boards dumped it and as Mission Planner converts it.
 *
 * One record a line: NAME, value, value, …; separator ", " or ",". FMT lines define the columns as in the binary log,
 * but what the lines hold differs (facts: real logs of ArduCopter 3.0 to 3.1 and Mission Planner's exports):
 *  - values are scaled already, so the factors of c C e E L don't apply: such columns are doubles with scale 1;
 *  - MODE's mode (letter M) is a word, or a number where the tool knew no name: text;
 *  - the last text column takes the rest of the line, commas and all; FMT's own columns are comma-joined;
 *  - before the first FMT stand loose lines: log number, firmware, free RAM, board;
 *  - most record types have no clock: they are spread evenly between the lines that have one (GPS has T), or get the
 * time of the last such line where no next one comes before their batch is full.
 *
 * A line that is short, of unknown name, or holds letters where a number belongs is damage of that one line; a line cut
 * by the end of the log is a torn tail. */
#include "decode/dataflash_format.h"

#include <stdio.h>

#define KINDS_MAX 1024u
#define TABLE_SIZE 4096u /* hash of names; a power of two, four times the kinds */
#define LINE_MAX_BYTES ((size_t)16 << 10)
#define BATCH_BYTES 65536u
#define FMT_TYPE 128
#define WAITING_MAX 512u
#define WAIT_MAX_US (10 * US_PER_S)              /* over longer gaps nothing is spread */
#define TIME_MAX_COUNT INT64_C(1000000000000000) /* a clock of thirty years in µs is damage */

struct text_kind {
  struct dataflash_definition definition;
  struct dataflash_layout layout;
  struct message *message;
  int time_column, us_per_count;
  bool has_units;
  uint8_t unit_ids[DATAFLASH_COLUMNS_MAX], factor_ids[DATAFLASH_COLUMNS_MAX];
  uint32_t units_version;
  struct batch_builder *builder;
};

struct text_log {
  struct text_kind *all[KINDS_MAX];
  uint32_t count;
  struct text_kind *by_name[TABLE_SIZE]; /* open addressing; the present definition of each name */
  struct text_kind *by_type[256];
  struct dataflash_units units;
  uint32_t units_version;
  int64_t now_us;
  int64_t *waiting[WAITING_MAX]; /* times of rows without a clock since the last line that had one */
  uint32_t waiting_count;
  char preamble[256]; /* the last loose line with a version: the firmware, unless a MSG names it better */
  struct text_kind *given;
  bool limit_reached, ended;
  uint32_t drained;
};

/* ── definitions ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* The table's place for a name: where it stands, or the free place where it belongs. */
static struct text_kind **find_name(struct text_log *log, struct text name) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < name.size; i++)
    hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
  struct text_kind **place = &log->by_name[(hash ^ hash >> 15) & (TABLE_SIZE - 1)];
  while (*place && !text_is(name, (*place)->definition.name))
    place = place + 1 < log->by_name + TABLE_SIZE ? place + 1 : log->by_name;
  return place;
}

static struct field field_of(const struct dataflash_column *column) {
  const struct dataflash_letter *letter = column->letter;
  enum column_type type = COLUMN_I64;
  if (!letter || letter->type == COLUMN_CHARS || letter->is_array || letter->letter == 'M')
    type = COLUMN_TEXT;
  else if (letter->type == COLUMN_F32 || letter->type == COLUMN_F64 || letter->scale != 1)
    type = COLUMN_F64;
  else if (letter->letter == 'Q')
    type = COLUMN_U64;
  return (struct field){column->name, "", 1, type, 1, false};
}

static struct text_kind *new_kind(struct decode *d, const struct dataflash_definition *definition) {
  struct text_kind *kind = arena_alloc(d->arena, sizeof *kind);
  if (!kind)
    return NULL;
  kind->definition = *definition;
  struct dataflash_definition roomy = *definition; /* the binary length says nothing about a line of text */
  roomy.length = 255;
  dataflash_layout_make(&roomy, &kind->layout);
  kind->time_column = dataflash_layout_find_time(&kind->layout, definition->name, &kind->us_per_count);
  struct field fields[DATAFLASH_COLUMNS_MAX];
  for (uint16_t i = 0; i < kind->layout.count; i++)
    fields[i] = field_of(&kind->layout.columns[i]);
  kind->message = decode_define_message(d, definition->name, definition->id, fields, kind->layout.count);
  if (!kind->message)
    return NULL;
  kind->message->time_field = (int16_t)kind->time_column;
  return kind;
}

static struct text_kind *find_kind(const struct text_log *log, const struct dataflash_definition *definition) {
  for (uint32_t i = 0; i < log->count; i++)
    if (memcmp(&log->all[i]->definition, definition, sizeof *definition) == 0)
      return log->all[i];
  return NULL;
}

static void define(struct decode *d, const struct dataflash_definition *definition) {
  struct text_log *log = d->state;
  struct text_kind *kind = find_kind(log, definition);
  if (!kind && log->count < KINDS_MAX) {
    kind = new_kind(d, definition);
    log->limit_reached |= !kind;
    if (kind)
      log->all[log->count++] = kind;
  }
  if (!kind)
    return;
  *find_name(log, text_of(definition->name)) = kind;
  log->by_type[definition->id] = kind;
}

static void copy_name(char *out, size_t size, struct text from) {
  size_t used = 0;
  for (size_t i = 0; i < from.size && used + 1 < size; i++)
    out[used++] = from.data[i] >= ' ' && from.data[i] < 0x7F ? from.data[i] : '_';
  out[used] = 0;
}

/* ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct line {
  struct text text; /* without its end */
  uint64_t offset;
  size_t bytes; /* with its end */
  bool whole;   /* its end was there */
};

/* Splits a line's values for a kind: as many parts as columns, the last takes the rest. False where there are too few.
 */
static bool split(const struct text_kind *kind, struct text rest, struct text parts[DATAFLASH_COLUMNS_MAX]) {
  uint16_t count = kind->layout.count;
  for (uint16_t i = 0; i < count; i++) {
    if (!rest.data)
      return false;
    parts[i] = i + 1 < count ? text_trim(text_cut(&rest, ',')) : text_trim(rest);
  }
  return true;
}

/* Decimal number, as Python's float() reads it: exact for up to 15 digits by one division of two exact doubles, any
 * other by the C library. */
static bool read_double(struct text text, double *ret_value) {
  static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  size_t i = text.size && text.data[0] == '-';
  bool negative = i;
  uint64_t digits = 0;
  size_t decimals = 0, count = 0;
  bool point = false;
  for (; i < text.size && count <= 15; i++) {
    unsigned digit = (unsigned)(text.data[i] - '0');
    if (text.data[i] == '.' && !point) {
      point = true;
    } else if (digit < 10) {
      digits = digits * 10 + digit;
      decimals += point;
      count++;
    } else {
      break;
    }
  }
  if (i < text.size || count == 0 || count > 15)
    return text_to_double(text, ret_value);
  double value = (double)digits / powers[decimals];
  *ret_value = negative ? -value : value;
  return true;
}

/* Integers; some exporters write them as 5.0. */
static bool read_integer(struct text text, int64_t *ret_value) {
  double value;
  if (text_to_i64(text, ret_value))
    return true;
  if (!read_double(text, &value) || !(value >= -9e15 && value <= 9e15) || value != (double)(int64_t)value)
    return false;
  *ret_value = (int64_t)value;
  return true;
}

static bool read_unsigned(struct text text, uint64_t *ret_value) {
  int64_t value;
  if (text.size < 19) {
    bool good = read_integer(text, &value);
    *ret_value = good ? (uint64_t)value : 0;
    return good;
  }
  *ret_value = 0;
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] < '0' || text.data[i] > '9' || __builtin_mul_overflow(*ret_value, 10, ret_value) ||
        __builtin_add_overflow(*ret_value, (uint64_t)(text.data[i] - '0'), ret_value))
      return false;
  return true;
}

static struct batch_builder *builder_of(struct decode *d, struct text_kind *kind) {
  if (kind->builder || !kind->message->wanted)
    return kind->builder;
  size_t row = sizeof(int64_t);
  for (uint16_t i = 0; i < kind->message->field_count; i++)
    row += column_width(&kind->message->fields[i]);
  size_t bytes = d->report.message_count > 256 ? BATCH_BYTES / 4 : BATCH_BYTES;
  kind->builder = batch_builder_new(d, kind->message, (uint32_t)(bytes / row));
  ((struct text_log *)d->state)->limit_reached |= !kind->builder;
  return kind->builder;
}

/* One value into its column; a column of NULL only checks it. */
static bool store_value(struct batch_builder *builder, const struct field *field, uint16_t index, struct text part) {
  uint8_t scratch[sizeof(struct text)];
  void *out = scratch;
  if (builder)
    out = (uint8_t *)builder->columns[index].values + column_width(field) * builder->batch.rows;
  bool good = true;
  switch (field->type) {
  case COLUMN_F64:
    good = read_double(part, out);
    break;
  case COLUMN_I64:
    good = read_integer(part, out);
    break;
  case COLUMN_U64:
    good = read_unsigned(part, out);
    break;
  default:
    if (builder)
      *(struct text *)out = batch_builder_text(builder, part);
  }
  return good;
}

/* A line with a clock came: the rows without one since the last such line lie evenly between the two. */
static void spread_times(struct text_log *log, int64_t next_us) {
  int64_t span_us = log->now_us == TIME_NONE ? 0 : next_us - log->now_us;
  if (span_us > 0 && span_us <= WAIT_MAX_US)
    for (uint32_t i = 0; i < log->waiting_count; i++)
      *log->waiting[i] += span_us * (i + 1) / (log->waiting_count + 1);
  log->waiting_count = 0;
}

static void set_now(struct text_log *log, const struct text_kind *kind, const struct text *parts) {
  int64_t count;
  if (kind->time_column < 0 || !read_integer(parts[kind->time_column], &count) || count < 0 || count >= TIME_MAX_COUNT)
    return;
  spread_times(log, count * kind->us_per_count);
  log->now_us = count * kind->us_per_count;
}

static bool store_row(struct decode *d, struct text_kind *kind, const struct text *parts) {
  struct text_log *log = d->state;
  struct batch_builder *builder = builder_of(d, kind);
  for (uint16_t i = 0; i < kind->layout.count; i++)
    if (!store_value(builder, &kind->message->fields[i], i, parts[i]))
      return false;
  set_now(log, kind, parts);
  if (!builder)
    return true;
  if (kind->time_column < 0 && log->waiting_count < WAITING_MAX)
    log->waiting[log->waiting_count++] = &builder->time_us[builder->batch.rows];
  builder->time_us[builder->batch.rows++] = log->now_us;
  return true;
}

static void count_record(struct decode *d, struct message *message) {
  struct decode_report *report = &d->report;
  int64_t now_us = ((struct text_log *)d->state)->now_us;
  message->count++;
  report->records++;
  if (now_us == TIME_NONE)
    return;
  if (message->first_us == TIME_NONE)
    message->first_us = now_us;
  message->last_us = now_us;
  if (report->first_us == TIME_NONE || now_us < report->first_us)
    report->first_us = now_us;
  report->last_us = MAX(report->last_us, now_us);
}

/* ── lines that the reader itself looks into ──────────────────────────────────────────────────────────────────── */

static void read_fmt(struct decode *d, const struct text *parts) {
  struct dataflash_definition definition = {0};
  int64_t id, length;
  if (!text_to_i64(parts[0], &id) || !text_to_i64(parts[1], &length) || id < 0 || id > 255 || !parts[2].size)
    return;
  if (id == FMT_TYPE || text_is(parts[2], "FMT") || parts[2].size >= sizeof definition.name)
    return;
  definition.id = (uint8_t)id;
  definition.length = (uint8_t)MAX(0, MIN(length, 255));
  copy_name(definition.name, sizeof definition.name, parts[2]);
  copy_name(definition.format, sizeof definition.format, parts[3]);
  copy_name(definition.columns, sizeof definition.columns, parts[4]);
  define(d, &definition);
}

static struct text part_of(const struct text_kind *kind, const struct text *parts, const char *name) {
  int i = dataflash_layout_find(&kind->layout, name);
  return i < 0 ? TEXT("") : parts[i];
}

static bool read_id(const struct text_kind *kind, const struct text *parts, const char *name, uint8_t *ret_id) {
  int64_t id;
  if (!text_to_i64(part_of(kind, parts, name), &id) || id < 0 || id > 255)
    return false;
  *ret_id = (uint8_t)id;
  return true;
}

static void copy_ids(uint8_t *out, struct text ids) {
  memset(out, '-', DATAFLASH_COLUMNS_MAX);
  if (ids.size)
    memcpy(out, ids.data, MIN(ids.size, (size_t)DATAFLASH_COLUMNS_MAX));
}

static void read_special(struct decode *d, const struct text_kind *kind, const struct text *parts) {
  struct text_log *log = d->state;
  const char *name = kind->definition.name;
  uint8_t id;
  double factor;
  if (strcmp(name, "FMT") == 0) {
    read_fmt(d, parts);
  } else if (strcmp(name, "MSG") == 0) {
    dataflash_fact_text(d, part_of(kind, parts, "Message"));
  } else if (strcmp(name, "VER") == 0) {
    dataflash_fact_text(d, part_of(kind, parts, "FWS"));
  } else if (strcmp(name, "PARM") == 0) {
    if (read_double(part_of(kind, parts, "Value"), &factor))
      dataflash_fact_parameter(d, part_of(kind, parts, "Name"), factor);
  } else if (strcmp(name, "UNIT") == 0 && read_id(kind, parts, "Id", &id)) {
    dataflash_units_set_label(&log->units, d->arena, id, part_of(kind, parts, "Label"));
    log->units_version++;
  } else if (strcmp(name, "MULT") == 0 && read_id(kind, parts, "Id", &id)) {
    if (read_double(part_of(kind, parts, "Mult"), &factor))
      dataflash_units_set_factor(&log->units, id, factor);
    log->units_version++;
  } else if (strcmp(name, "FMTU") == 0 && read_id(kind, parts, "FmtType", &id) && log->by_type[id]) {
    copy_ids(log->by_type[id]->unit_ids, part_of(kind, parts, "UnitIds"));
    copy_ids(log->by_type[id]->factor_ids, part_of(kind, parts, "MultIds"));
    log->by_type[id]->has_units = true;
    log->units_version++;
  }
}

static void note_bad_line(struct decode *d, const struct line *line, const char *reason) {
  int64_t now_us = ((struct text_log *)d->state)->now_us;
  if (!line->whole)
    d->report.truncated = true;
  else
    decode_damage(d, line->offset, line->bytes, reason, now_us, now_us);
}

/* A line of no known name: text before the first FMT tells the firmware; later it is damage. */
static void read_loose_line(struct decode *d, const struct line *line) {
  struct text_log *log = d->state;
  if (!line->text.size)
    return;
  if (log->count <= 1) {
    if (text_find(line->text, " V") >= 0)
      snprintf(log->preamble, sizeof log->preamble, "%.*s", (int)MIN(line->text.size, sizeof log->preamble),
               line->text.data);
    return;
  }
  if (line->whole)
    d->report.unknown_records++;
  note_bad_line(d, line, "line of unknown type");
}

/* Takes one line; returns its kind when that one's batch is full. */
static struct text_kind *read_line(struct decode *d, const struct line *line) {
  struct text_log *log = d->state;
  struct text rest = line->text, parts[DATAFLASH_COLUMNS_MAX] = {0};
  struct text name = text_trim(text_cut(&rest, ','));
  struct text_kind *kind = name.size ? *find_name(log, name) : NULL;
  if (!kind) {
    read_loose_line(d, line);
    return NULL;
  }
  if (!split(kind, rest, parts)) {
    d->report.bad_records += line->whole;
    note_bad_line(d, line, "line with too few values");
    return NULL;
  }
  if (!store_row(d, kind, parts)) {
    d->report.bad_records += line->whole;
    note_bad_line(d, line, "line with a value that is no number");
    return NULL;
  }
  count_record(d, kind->message);
  d->report.truncated |= !line->whole; /* its last value may be cut */
  read_special(d, kind, parts);
  return kind->builder && kind->builder->batch.rows == kind->builder->capacity ? kind : NULL;
}

/* The next line of the log; false at its end. Lines over LINE_MAX_BYTES are cut into pieces, which no kind will know.
 */
static enum status next_line(struct decode *d, struct line *ret_line, bool *ret_there, struct error *error) {
  struct bytes view;
  TRY(input_view(d->input, LINE_MAX_BYTES, &view, error));
  size_t searched = MIN(view.size, LINE_MAX_BYTES);
  const uint8_t *end = searched ? memchr(view.data, '\n', searched) : NULL;
  size_t size = end ? (size_t)(end - view.data) : searched;
  *ret_there = view.size > 0;
  *ret_line = (struct line){.text = text_trim(text_from(view.data, size)),
                            .offset = input_offset(d->input),
                            .bytes = size + (end != NULL),
                            .whole = end || searched < view.size};
  return STATUS_OK;
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void resolve_units(struct text_log *log, struct text_kind *kind) {
  if (!kind->has_units || kind->units_version == log->units_version)
    return;
  kind->units_version = log->units_version;
  kind->message->instance_field = -1;
  for (uint16_t i = 0; i < kind->layout.count; i++) {
    double scale = dataflash_units_scale(&log->units, kind->layout.columns[i].letter, kind->factor_ids[i], true);
    if (kind->message->fields[i].type == COLUMN_TEXT)
      scale = 1;
    decode_set_unit(kind->message, i, dataflash_units_label(&log->units, kind->unit_ids[i]), scale);
    if (kind->unit_ids[i] == '#' && kind->message->instance_field < 0)
      kind->message->instance_field = (int16_t)i;
  }
}

static const struct batch *give(struct text_log *log, struct text_kind *kind) {
  resolve_units(log, kind);
  log->waiting_count = 0;
  log->given = kind;
  return &kind->builder->batch;
}

static const struct batch *drain(struct text_log *log) {
  while (log->drained < log->count) {
    struct text_kind *kind = log->all[log->drained++];
    if (kind->builder && kind->builder->batch.rows)
      return give(log, kind);
    resolve_units(log, kind);
  }
  return NULL;
}

static enum status text_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct text_log *log = d->state;
  if (log->given)
    batch_builder_reset(log->given->builder);
  log->given = NULL;
  while (!log->ended) {
    struct line line = {0};
    bool there = false;
    TRY(next_line(d, &line, &there, error));
    struct text_kind *full = there ? read_line(d, &line) : NULL;
    if (log->limit_reached)
      return error_set(error, STATUS_LIMIT,
                       "the log defines more record types than the memory limit of this decode can hold; "
                       "raise the limit or ask for fewer messages");
    input_skip(d->input, there ? line.bytes : 0);
    log->ended = !there;
    d->report.bytes = input_offset(d->input);
    if (full) {
      *ret_batch = give(log, full);
      return STATUS_OK;
    }
  }
  if (!d->report.records)
    return error_set(error, STATUS_BAD_DATA,
                     "no DataFlash line can be read from these %llu bytes; keep the file as it is",
                     (unsigned long long)d->report.bytes);
  if (!decode_get_fact(d, "firmware"))
    dataflash_fact_text(d, text_of(log->preamble));
  *ret_batch = drain(log);
  return STATUS_OK;
}

static enum status text_open(struct decode *d, struct error *error) {
  struct text_log *log = d->state;
  log->now_us = TIME_NONE;
  decode_fact(d, "autopilot", TEXT("ardupilot"));
  struct dataflash_definition fmt = {
      .id = FMT_TYPE, .length = 89, .name = "FMT", .format = "BBnNZ", .columns = "Type,Length,Name,Format,Columns"};
  define(d, &fmt);
  return log->limit_reached ? error_set(error, STATUS_LIMIT, "the memory limit of this decode is too small; raise it")
                            : STATUS_OK;
}

/* A line that begins with "FMT," and goes on with two numbers; the more of them, the surer. */
static int text_probe(const struct probe *probe) {
  struct text rest = text_from(probe->head.data, probe->head.size);
  int formats = 0;
  while (rest.data && formats < 3) {
    struct text line = text_cut(&rest, '\n');
    if (!text_starts(line, "FMT,"))
      continue;
    int64_t id, length;
    text_cut(&line, ',');
    struct text first = text_trim(text_cut(&line, ',')), second = text_trim(text_cut(&line, ','));
    formats += text_to_i64(first, &id) && text_to_i64(second, &length);
  }
  static const int scores[] = {0, 70, 90, 100};
  return scores[formats];
}

const struct decoder decoder_dataflash_text = {
    .name = "dataflash_text",
    .about = "ArduPilot on-board log as text (DataFlash)",
    .suffixes = "log LOG",
    .source = "carrier",
    .vocabulary = "ardupilot_bin",
    .state_size = sizeof(struct text_log),
    .probe = text_probe,
    .open = text_open,
    .next = text_next,
};
