/* record: see record.h.
 *
 * A form is a list of cells, in the order of the line: what stands before the value (",\"Roll\":"), which column it
 * comes from, and how it is spelled. A row asks once for the room it can need at most, then writes without checks.
 *
 * Names: the columns of a line are unique. A field of a log may be called "time_s" or "message", or two fields the
 * same; the later one gets a number (time_s_2). Text that is not UTF-8 is read as Latin-1; bytes become hex digits. */
#include "command/record.h"

#include "base/json.h"
#include "base/number.h"

#include <math.h>

enum spelling {
  SPELL_BOOL,
  SPELL_U8,
  SPELL_I8,
  SPELL_U16,
  SPELL_I16,
  SPELL_U32,
  SPELL_I32,
  SPELL_U64,
  SPELL_I64,
  SPELL_FLOAT,
  SPELL_DOUBLE,
  SPELL_DECIMAL, /* an integer ÷ 10^decimals */
  SPELL_SCALED,  /* × scale, as a double */
  SPELL_TIME,
  SPELL_TEXT,
  SPELL_BYTES
};

struct cell {
  struct text before; /* comma and, in JSON, the name */
  enum spelling spelling;
  enum column_type type;
  uint16_t column, count;
  bool is_array;
  uint8_t decimals;
  double scale;
  size_t element, width;
};

struct record_form {
  const struct message *message; /* that it was made for */
  struct record_options options;
  struct text begin; /* of a line: {"message":"ATT","time_s": or ATT, */
  struct cell *cells;
  struct field *fields; /* as a writer of columns sees them, time_s first */
  uint16_t count;       /* cells: one less than fields */
  bool has_text;
  size_t room; /* bytes a row may need, texts apart */
};

/* ── making ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_listed(struct text list, const char *name) {
  if (!list.data)
    return true;
  while (list.data)
    if (text_is(text_trim(text_cut(&list, ',')), name))
      return true;
  return false;
}

static bool is_taken(const struct record_form *form, const char *name) {
  for (uint16_t i = 0; i <= form->count; i++)
    if (strcmp(form->fields[i].name, name) == 0)
      return true;
  return form->options.named && strcmp(name, "message") == 0;
}

static const char *unique_name(struct arena *arena, const struct record_form *form, const char *name) {
  const char *unique = arena_copy_text(arena, name);
  for (unsigned number = 2; is_taken(form, unique); number++)
    unique = arena_format(arena, "%s_%u", name, number);
  return unique;
}

/* n where scale is the double nearest to 10^−n; 0 for others. */
static uint8_t decimals_of(double scale) {
  static const double powers[] = {1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12};
  for (size_t i = 1; i < ARRAY_COUNT(powers); i++)
    if (scale == powers[i])
      return (uint8_t)i;
  return 0;
}

static enum spelling spelling_of(const struct cell *cell) {
  static const enum spelling plain[COLUMN_TYPE_COUNT] = {
      [COLUMN_BOOL] = SPELL_BOOL,  [COLUMN_I8] = SPELL_I8,     [COLUMN_U8] = SPELL_U8,       [COLUMN_I16] = SPELL_I16,
      [COLUMN_U16] = SPELL_U16,    [COLUMN_I32] = SPELL_I32,   [COLUMN_U32] = SPELL_U32,     [COLUMN_I64] = SPELL_I64,
      [COLUMN_U64] = SPELL_U64,    [COLUMN_F32] = SPELL_FLOAT, [COLUMN_F64] = SPELL_DOUBLE,  [COLUMN_TIME] = SPELL_TIME,
      [COLUMN_CHARS] = SPELL_TEXT, [COLUMN_TEXT] = SPELL_TEXT, [COLUMN_BYTES] = SPELL_BYTES,
  };
  bool whole = cell->type >= COLUMN_I8 && cell->type <= COLUMN_I64;
  if (cell->scale == 1 || !column_type_is_number(cell->type) || cell->type == COLUMN_BOOL || cell->type == COLUMN_TIME)
    return plain[cell->type];
  return whole && cell->decimals ? SPELL_DECIMAL : SPELL_SCALED;
}

/* What stands before a value. */
static struct text make_before(struct arena *arena, bool json, const char *name) {
  if (!json)
    return TEXT(",");
  scoped(buffer) struct buffer text = buffer_with_max((size_t)1 << 20);
  struct json_writer writer = json_writer_of(&text);
  buffer_add_byte(&text, ',');
  json_put_null(&writer, name);
  return text_from(arena_copy(arena, text.data, text.size), text.size - strlen("null"));
}

static void add_cell(struct arena *arena, struct record_form *form, uint16_t column) {
  const struct field *field = &form->message->fields[column];
  const char *name = unique_name(arena, form, field->name);
  double scale = form->options.scaled ? field->scale : field->storage_scale != 0 ? field->storage_scale : 1;
  struct cell *cell = &form->cells[form->count++];
  *cell = (struct cell){.before = make_before(arena, form->options.json, name),
                        .type = field->type,
                        .column = column,
                        .count = field->type == COLUMN_CHARS ? 1 : field->count,
                        .is_array = field->is_array,
                        .decimals = decimals_of(scale),
                        .scale = scale,
                        .element = column_type_size(field->type),
                        .width = column_width(field)};
  cell->spelling = spelling_of(cell);
  bool scaled = cell->spelling == SPELL_DECIMAL || cell->spelling == SPELL_SCALED;
  struct field *own = &form->fields[form->count];
  *own = *field;
  own->name = name;
  own->unit = form->options.scaled ? arena_copy_text(arena, field->unit) : "";
  own->type = scaled ? COLUMN_F64 : field->type;
  own->scale = own->storage_scale = 1;
  form->has_text |= cell->spelling == SPELL_TEXT || cell->spelling == SPELL_BYTES;
  form->room += cell->before.size + 4 + (size_t)cell->count * (NUMBER_TEXT_MAX + 1);
}

/* The line's begin, up to the time's value. */
static struct text make_begin(struct arena *arena, const struct record_form *form) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)1 << 20);
  if (form->options.json) {
    struct json_writer writer = json_writer_of(&text);
    json_object_begin(&writer, NULL);
    if (form->options.named)
      json_c_string(&writer, "message", form->message->name);
    json_put_null(&writer, "time_s");
    text.size -= strlen("null");
  } else if (form->options.named) {
    record_put_csv(&text, text_of(form->message->name), false);
    buffer_add_byte(&text, ',');
  }
  return text_from(arena_copy(arena, text.data, text.size), text.size);
}

struct record_form *record_form_new(struct arena *arena, const struct message *message,
                                    const struct record_options *options) {
  static const struct field time_field = {"time_s", "s", 1, COLUMN_F64, 1, false, 1};
  struct record_form *form = arena_alloc(arena, sizeof *form);
  form->message = message;
  form->options = *options;
  form->cells = arena_alloc_array(arena, message->field_count + 1u, sizeof *form->cells);
  form->fields = arena_alloc_array(arena, message->field_count + 1u, sizeof *form->fields);
  form->fields[0] = time_field;
  for (uint16_t i = 0; i < message->field_count; i++)
    if (is_listed(options->fields, message->fields[i].name))
      add_cell(arena, form, i);
  if (options->fields.data && form->count == 0)
    return NULL;
  form->begin = make_begin(arena, form);
  form->room += form->begin.size + NUMBER_TEXT_MAX + 4;
  return form;
}

/* ── values ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static char *put(char *out, const char *text, size_t size) {
  memcpy(out, text, size);
  return out + size;
}

static int64_t load_integer(enum column_type type, const uint8_t *at) {
  switch (type) {
  case COLUMN_I8:
    return (int8_t)*at;
  case COLUMN_U8:
    return *at;
  case COLUMN_I16:
    return (int16_t)load_u16(at);
  case COLUMN_U16:
    return load_u16(at);
  case COLUMN_I32:
    return (int32_t)load_u32(at);
  case COLUMN_U32:
    return load_u32(at);
  default:
    return (int64_t)load_u64(at);
  }
}

static double load_scaled(const struct cell *cell, const uint8_t *at) {
  double value;
  if (cell->type == COLUMN_F32)
    value = (double)load_f32(at);
  else if (cell->type == COLUMN_F64)
    value = load_f64(at);
  else if (cell->type == COLUMN_U64)
    value = (double)load_u64(at);
  else
    value = (double)load_integer(cell->type, at);
  return value * cell->scale;
}

static char *put_real(char *out, double value, bool json) {
  if (json && !isfinite(value))
    return put(out, "null", 4);
  return out + number_put_double(out, value);
}

static char *put_single(char *out, float value, bool json) {
  if (json && !isfinite(value))
    return put(out, "null", 4);
  return out + number_put_float(out, value);
}

static char *put_time(char *out, int64_t time_us, bool json) {
  char text[CLOCK_TEXT_SIZE];
  if (time_us == TIME_NONE)
    return json ? put(out, "null", 4) : out;
  clock_format(text, time_us);
  if (json)
    *out++ = '"';
  out = put(out, text, strlen(text));
  if (json)
    *out++ = '"';
  return out;
}

static inline char *put_number(char *out, const struct cell *cell, const uint8_t *at, bool json) {
  switch (cell->spelling) {
  case SPELL_BOOL:
    return *at ? put(out, "true", 4) : put(out, "false", 5);
  case SPELL_U8:
    return out + number_put_u64(out, *at);
  case SPELL_I8:
    return out + number_put_i64(out, (int8_t)*at);
  case SPELL_U16:
    return out + number_put_u64(out, load_u16(at));
  case SPELL_I16:
    return out + number_put_i64(out, (int16_t)load_u16(at));
  case SPELL_U32:
    return out + number_put_u64(out, load_u32(at));
  case SPELL_I32:
    return out + number_put_i64(out, (int32_t)load_u32(at));
  case SPELL_U64:
    return out + number_put_u64(out, load_u64(at));
  case SPELL_I64:
    return out + number_put_i64(out, (int64_t)load_u64(at));
  case SPELL_FLOAT:
    return put_single(out, load_f32(at), json);
  case SPELL_DOUBLE:
    return put_real(out, load_f64(at), json);
  case SPELL_DECIMAL:
    return out + number_put_decimal(out, load_integer(cell->type, at), cell->decimals);
  case SPELL_SCALED:
    return put_real(out, load_scaled(cell, at), json);
  case SPELL_TIME:
    return put_time(out, (int64_t)load_u64(at), json);
  default:
    return out;
  }
}

/* A JSON array in both forms; CSV puts it into quotes, which is why. */
static char *put_array(char *out, const struct cell *cell, const uint8_t *at, bool json) {
  if (!json)
    *out++ = '"';
  *out++ = '[';
  for (uint16_t i = 0; i < cell->count; i++) {
    if (i)
      *out++ = ',';
    out = put_number(out, cell, at + i * cell->element, true);
  }
  *out++ = ']';
  if (!json)
    *out++ = '"';
  return out;
}

/* ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define TEXT_GROWTH 6 /* a byte may become \u001b */

static const char hex[] = "0123456789abcdef";

static char *put_latin1(char *out, uint8_t c) {
  *out++ = (char)(0xC0 | c >> 6);
  *out++ = (char)(0x80 | (c & 63));
  return out;
}

static char *put_json_text(char *out, struct text text) {
  bool utf8 = text_is_utf8(text);
  *out++ = '"';
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (c == '"' || c == '\\') {
      *out++ = '\\';
      *out++ = (char)c;
    } else if (c < 0x20 || c == 0x7F) {
      out = put(out, "\\u00", 4);
      *out++ = hex[c >> 4];
      *out++ = hex[c & 15];
    } else if (c >= 0x80 && !utf8) {
      out = put_latin1(out, c);
    } else {
      *out++ = (char)c;
    }
  }
  *out++ = '"';
  return out;
}

static bool needs_quotes(struct text text) {
  if (text.size == 0 || text.data[0] == ' ' || text.data[text.size - 1] == ' ')
    return true;
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\n' || text.data[i] == '\r')
      return true;
  return false;
}

static char *put_csv_text(char *out, struct text text, bool terminal) {
  bool utf8 = text_is_utf8(text), quotes = needs_quotes(text);
  if (quotes)
    *out++ = '"';
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (c == '"')
      *out++ = '"';
    if (c >= 0x80 && !utf8)
      out = put_latin1(out, c);
    else
      *out++ = terminal && (c < 0x20 || c == 0x7F) ? '?' : (char)c;
  }
  if (quotes)
    *out++ = '"';
  return out;
}

static char *put_hex(char *out, struct text bytes, bool json) {
  if (json)
    *out++ = '"';
  for (size_t i = 0; i < bytes.size; i++) {
    *out++ = hex[(uint8_t)bytes.data[i] >> 4];
    *out++ = hex[(uint8_t)bytes.data[i] & 15];
  }
  if (json)
    *out++ = '"';
  return out;
}

void record_put_csv(struct buffer *out, struct text text, bool terminal) {
  char *room = (char *)buffer_room(out, text.size * 2 + 2);
  if (room)
    out->size += (size_t)(put_csv_text(room, text, terminal) - room);
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* How many fields before this one have its name. */
static uint16_t rank_of(const struct message *message, uint16_t index) {
  uint16_t rank = 0;
  for (uint16_t i = 0; i < index; i++)
    rank += strcmp(message->fields[i].name, message->fields[index].name) == 0;
  return rank;
}

static bool is_same_field(const struct message *a, uint16_t i, const struct message *b, uint16_t j) {
  const struct field *one = &a->fields[i], *other = &b->fields[j];
  return one->type == other->type && one->count == other->count && strcmp(one->name, other->name) == 0 &&
         rank_of(a, i) == rank_of(b, j);
}

/* The batch's column of a cell: NULL where another definition of the message has no such field. */
static const struct column *column_of(const struct record_form *form, const struct cell *cell,
                                      const struct batch *batch) {
  if (batch->message == form->message)
    return &batch->columns[cell->column];
  for (uint16_t i = 0; i < batch->message->field_count; i++)
    if (is_same_field(form->message, cell->column, batch->message, i))
      return &batch->columns[i];
  return NULL;
}

/* Seconds with the microseconds that are there. */
static char *put_seconds(char *out, int64_t time_us, bool json) {
  if (time_us == TIME_NONE)
    return json ? put(out, "null", 4) : out;
  return out + number_put_decimal(out, time_us, 6);
}

static char *put_cell(char *out, const struct record_form *form, const struct cell *cell, const struct column *column,
                      uint32_t row) {
  bool json = form->options.json;
  if (!column || !column_is_valid(column, row))
    return json ? put(out, "null", 4) : out;
  if (cell->spelling == SPELL_TEXT)
    return json ? put_json_text(out, column_text(column, row))
                : put_csv_text(out, column_text(column, row), form->options.terminal);
  if (cell->spelling == SPELL_BYTES)
    return put_hex(out, column_text(column, row), json);
  const uint8_t *at = (const uint8_t *)column->values + row * cell->width;
  if (cell->is_array || cell->count != 1)
    return put_array(out, cell, at, json);
  return put_number(out, cell, at, json);
}

/* Room that the row's texts need. */
static size_t text_room(const struct record_form *form, const struct batch *batch, uint32_t row) {
  size_t room = 0;
  for (uint16_t i = 0; i < form->count; i++) {
    const struct cell *cell = &form->cells[i];
    if (cell->spelling != SPELL_TEXT && cell->spelling != SPELL_BYTES)
      continue;
    const struct column *column = column_of(form, cell, batch);
    room += column ? column_text(column, row).size * TEXT_GROWTH + 2 : 0;
  }
  return room;
}

void record_form_put_row(const struct record_form *form, const struct batch *batch, uint32_t row, struct buffer *out) {
  size_t room = form->room + (form->has_text ? text_room(form, batch, row) : 0);
  char *begin = (char *)buffer_room(out, room), *at = begin;
  if (!begin)
    return;
  at = put(at, form->begin.data, form->begin.size);
  at = put_seconds(at, batch->time_us[row], form->options.json);
  for (uint16_t i = 0; i < form->count; i++) {
    const struct cell *cell = &form->cells[i];
    at = put(at, cell->before.data, cell->before.size);
    at = put_cell(at, form, cell, column_of(form, cell, batch), row);
  }
  if (form->options.json)
    *at++ = '}';
  *at++ = '\n';
  out->size += (size_t)(at - begin);
}

void record_form_put_header(const struct record_form *form, struct buffer *out) {
  if (form->options.named) {
    record_put_csv(out, text_of(form->message->name), form->options.terminal);
    buffer_add_byte(out, ',');
  }
  for (uint16_t i = 0; i <= form->count; i++) {
    if (i)
      buffer_add_byte(out, ',');
    record_put_csv(out, text_of(form->fields[i].name), form->options.terminal);
  }
  buffer_add_byte(out, '\n');
}

/* ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────── */

uint16_t record_form_count(const struct record_form *form) {
  return (uint16_t)(form->count + 1);
}

const struct field *record_form_fields(const struct record_form *form) {
  return form->fields;
}

static const uint64_t *slice_valid(const struct column *column, uint32_t from, uint32_t rows, struct arena *arena) {
  if (column && (!column->valid || from == 0))
    return column->valid;
  uint64_t *valid = arena_alloc_array(arena, rows / 64 + 1, sizeof *valid);
  for (uint32_t i = 0; column && i < rows; i++)
    if (column_is_valid(column, from + i))
      valid[i / 64] |= UINT64_C(1) << (i % 64);
  return valid;
}

/* Values with their factor; 10^−n is divided by, which rounds once, as reading the decimal text would. */
static double *scale_values(const struct cell *cell, const uint8_t *at, uint32_t rows, struct arena *arena) {
  static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
  size_t count = (size_t)rows * cell->count;
  double *out = arena_alloc_array(arena, count, sizeof *out);
  for (size_t i = 0; i < count; i++, at += cell->element)
    out[i] = cell->spelling == SPELL_DECIMAL ? (double)load_integer(cell->type, at) / tens[cell->decimals]
                                             : load_scaled(cell, at);
  return out;
}

static struct column time_column(const struct record_form *form, const struct batch *batch, uint32_t from,
                                 uint32_t rows, struct arena *arena) {
  double *seconds = arena_alloc_array(arena, rows, sizeof *seconds);
  uint64_t *valid = arena_alloc_array(arena, rows / 64 + 1, sizeof *valid);
  for (uint32_t i = 0; i < rows; i++) {
    int64_t time_us = batch->time_us[from + i];
    seconds[i] = time_us == TIME_NONE ? 0 : (double)time_us / 1e6;
    if (time_us != TIME_NONE)
      valid[i / 64] |= UINT64_C(1) << (i % 64);
  }
  return (struct column){&form->fields[0], seconds, valid};
}

const struct column *record_form_columns(const struct record_form *form, const struct batch *batch, uint32_t from,
                                         uint32_t rows, struct arena *arena) {
  struct column *columns = arena_alloc_array(arena, form->count + 1u, sizeof *columns);
  columns[0] = time_column(form, batch, from, rows, arena);
  for (uint16_t i = 0; i < form->count; i++) {
    const struct cell *cell = &form->cells[i];
    const struct column *column = column_of(form, cell, batch);
    columns[i + 1] = (struct column){&form->fields[i + 1], NULL, slice_valid(column, from, rows, arena)};
    if (!column)
      columns[i + 1].values = arena_alloc_array(arena, rows, cell->width);
    else if (cell->spelling == SPELL_DECIMAL || cell->spelling == SPELL_SCALED)
      columns[i + 1].values = scale_values(cell, (const uint8_t *)column->values + from * cell->width, rows, arena);
    else
      columns[i + 1].values = (uint8_t *)column->values + from * cell->width;
  }
  return columns;
}
