/* json_table: JSON → rows, a record at a time, in bounded memory.
 *
 * A record is an element of a list that is an object or a list itself, or each object of a text that holds several (one
 * a line). Its members become columns, those of inner objects "outer.inner", lists of numbers arrays, other lists
 * "outer.0". All that stands outside of records makes one row "document". The first mebibyte is read twice: its first
 * reading tells which messages there are, with which columns, of which types (csv_guess.c, as for tables), and which
 * column is the clock. A member that comes later makes the message be defined anew; after DEFINITIONS_MAX times it is
 * damage. */
#include "decode/json_table.h"

#include "decode/csv_guess.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

#define LEAVES_MAX 2048u
#define NUMBERS_MAX 256u
#define PATH_MAX_BYTES 192u
#define MESSAGES_MAX 400u
#define DEFINITIONS_MAX 16u
#define SCRATCH_BYTES ((size_t)8 << 20)

enum leaf_kind { LEAF_NUMBER, LEAF_TEXT, LEAF_BOOL, LEAF_NUMBERS, LEAF_NONE };

struct leaf {
  struct text path, text;
  enum leaf_kind kind;
  bool value;
  double *numbers;
  uint16_t count;
};

struct json_column {
  struct text path;
  struct csv_tally tally;
  uint16_t numbers; /* most elements of a list of numbers; 0: never one */
  bool plain;       /* also something else */
  enum csv_kind kind;
};

struct json_message {
  struct text name;
  struct json_column *columns;
  uint32_t count, capacity, definitions;
  struct row_table *rows; /* NULL: not defined yet, or anew */
  struct csv_clock clock;
  uint32_t next; /* where the next leaf's column most likely is */
};

struct json_table {
  struct decode *d;
  struct json_format format;
  struct text_source source;
  struct json_reader reader;
  struct row_set rows;
  struct arena *scratch; /* of one record */
  struct json_message messages[MESSAGES_MAX];
  uint32_t message_count;
  struct leaf *leaves, *document;
  uint32_t leaf_count, document_count;
  struct text *columns; /* names for a list of lists */
  uint32_t column_count;
  char path[JSON_DEPTH_MAX * 8 + PATH_MAX_BYTES];
  size_t path_from;                             /* where the record's own path begins */
  size_t path_size, key_at[JSON_DEPTH_MAX + 1]; /* where the member's name begins, a depth */
  uint32_t list_index[JSON_DEPTH_MAX + 1];
  int64_t base_us, start_us, now_us;
  bool lines; /* several values follow one another */
  bool sampling, all_seen, has_base, has_place, ended, full;
};

/* ── one record ───────────────────────────────────────────────────────────────────────────────────────────────── */

static size_t path_add(struct json_table *table, struct text part) {
  size_t before = table->path_size, room = sizeof table->path - 1 - before;
  if (before > table->path_from && room) {
    table->path[table->path_size++] = '.';
    room--;
  }
  size_t size = MIN(MIN(part.size, room), (size_t)PATH_MAX_BYTES);
  memcpy(table->path + table->path_size, part.data, size);
  table->path_size += size;
  return before;
}

static size_t path_add_index(struct json_table *table, uint32_t index) {
  char number[16];
  snprintf(number, sizeof number, "%u", index);
  return path_add(table, text_of(number));
}

static struct text keep(struct json_table *table, struct text text) {
  char *copy = arena_copy(table->scratch, text.data, text.size);
  return copy ? text_from(copy, text.size) : TEXT("");
}

static struct text leaf_path(struct json_table *table) {
  struct text path = text_from(table->path + table->path_from,
                               MIN(table->path_size - table->path_from, (size_t)PATH_MAX_BYTES));
  if (table->format.strip && text_starts(path, table->format.strip))
    path = text_from(path.data + strlen(table->format.strip), path.size - strlen(table->format.strip));
  for (size_t i = 0; i < ARRAY_COUNT(table->format.renamed); i++)
    if (table->format.renamed[i][0] && text_is(path, table->format.renamed[i][0]))
      path = text_of(table->format.renamed[i][1]);
  return path;
}

static void add_leaf(struct json_table *table, enum json_event event) {
  if (table->leaf_count == LEAVES_MAX) {
    table->full = true;
    return;
  }
  struct leaf *leaf = &table->leaves[table->leaf_count++];
  *leaf = (struct leaf){.path = keep(table, leaf_path(table)), .kind = LEAF_NONE, .value = table->reader.value};
  if (event == JSON_BOOL)
    leaf->kind = LEAF_BOOL;
  if (event != JSON_TEXT && event != JSON_NUMBER)
    return;
  leaf->kind = event == JSON_TEXT ? LEAF_TEXT : LEAF_NUMBER;
  leaf->text = keep(table, table->reader.text);
}

static enum status read_value(struct json_table *table, enum json_event event, struct error *error);

static enum status read_object(struct json_table *table, struct error *error) {
  uint32_t depth = table->reader.depth;
  for (;;) {
    enum json_event event;
    TRY(json_reader_next(&table->reader, &event, error));
    if (event == JSON_END || event == JSON_BROKEN || table->reader.depth < depth)
      return STATUS_OK;
    size_t before = path_add(table, table->reader.text);
    TRY(json_reader_next(&table->reader, &event, error));
    TRY(read_value(table, event, error));
    table->path_size = before;
    if (table->reader.depth < depth)
      return STATUS_OK;
  }
}

/* A list within a record: of numbers one leaf, else a leaf an element. */
static enum status read_list(struct json_table *table, struct error *error) {
  uint32_t depth = table->reader.depth, index = 0, first = table->leaf_count;
  double numbers[NUMBERS_MAX];
  bool only_numbers = true;
  for (;; index++) {
    enum json_event event;
    TRY(json_reader_next(&table->reader, &event, error));
    if (event == JSON_END || event == JSON_BROKEN || table->reader.depth < depth)
      break;
    double value = NAN;
    bool number = event == JSON_NUMBER && text_value_number(table->reader.text, '.', &value);
    only_numbers &= (number || event == JSON_NULL) && index < NUMBERS_MAX;
    if (index < NUMBERS_MAX)
      numbers[index] = value;
    size_t before = path_add_index(table, index);
    TRY(read_value(table, event, error));
    table->path_size = before;
    if (table->reader.depth < depth)
      return STATUS_OK;
  }
  if (!only_numbers || index < 2 || first >= LEAVES_MAX)
    return STATUS_OK;
  struct leaf *leaf = &table->leaves[first];
  *leaf = (struct leaf){.path = keep(table, leaf_path(table)), .kind = LEAF_NUMBERS, .count = (uint16_t)index};
  leaf->numbers = arena_alloc_array(table->scratch, index, sizeof *leaf->numbers);
  if (leaf->numbers)
    memcpy(leaf->numbers, numbers, index * sizeof *numbers);
  table->leaf_count = leaf->numbers ? first + 1 : first;
  return STATUS_OK;
}

static enum status read_value(struct json_table *table, enum json_event event, struct error *error) {
  if (event == JSON_OBJECT)
    return read_object(table, error);
  if (event == JSON_ARRAY)
    return read_list(table, error);
  if (event != JSON_END && event != JSON_BROKEN && event != JSON_OBJECT_END && event != JSON_ARRAY_END)
    add_leaf(table, event);
  return STATUS_OK;
}

/* ── messages and columns ─────────────────────────────────────────────────────────────────────────────────────── */

static struct json_message *message_named(struct json_table *table, struct text name) {
  for (uint32_t i = 0; i < table->message_count; i++)
    if (text_equal(table->messages[i].name, name))
      return &table->messages[i];
  if (table->message_count == MESSAGES_MAX)
    return NULL;
  struct json_message *message = &table->messages[table->message_count++];
  char *copy = arena_copy(table->d->arena, name.data, name.size);
  *message = (struct json_message){.name = text_from(copy ? copy : "", copy ? name.size : 0)};
  return message;
}

static struct json_column *find_column(struct json_message *message, struct text path) {
  if (message->next < message->count && text_equal(message->columns[message->next].path, path))
    return &message->columns[message->next++];
  for (uint32_t i = 0; i < message->count; i++)
    if (text_equal(message->columns[i].path, path)) {
      message->next = i + 1;
      return &message->columns[i];
    }
  return NULL;
}

static struct json_column *add_column(struct json_table *table, struct json_message *message, struct text path) {
  if (message->count == message->capacity) {
    uint32_t capacity = MAX(message->capacity * 2, 16u);
    struct json_column *columns = arena_alloc_array(table->d->arena, capacity, sizeof *columns);
    if (!columns || capacity > 2 * LEAVES_MAX)
      return NULL;
    if (message->count)
      memcpy(columns, message->columns, message->count * sizeof *columns);
    message->columns = columns;
    message->capacity = capacity;
  }
  char *copy = arena_copy(table->d->arena, path.data, path.size);
  struct json_column *column = &message->columns[message->count];
  *column = (struct json_column){.path = text_from(copy ? copy : "", copy ? path.size : 0)};
  message->count += copy != NULL;
  return copy ? column : NULL;
}

static void tally_leaf(struct json_column *column, const struct leaf *leaf) {
  if (leaf->kind == LEAF_NUMBERS) {
    column->numbers = MAX(column->numbers, leaf->count);
    return;
  }
  column->plain |= leaf->kind != LEAF_NONE;
  if (leaf->kind == LEAF_NUMBER)
    csv_tally_cell(&column->tally, leaf->text, false);
  else if (leaf->kind == LEAF_TEXT)
    csv_tally_word(&column->tally, leaf->text);
  else if (leaf->kind == LEAF_BOOL) {
    column->tally.filled++;
    column->tally.bools++;
  }
}

/* The columns that a record has; true where one is new. */
static bool tally_record(struct json_table *table, struct json_message *message) {
  bool any = false;
  message->next = 0;
  for (uint32_t i = 0; i < table->leaf_count; i++) {
    struct json_column *column = find_column(message, table->leaves[i].path);
    if (!column && (table->sampling || message->definitions <= DEFINITIONS_MAX)) {
      column = add_column(table, message, table->leaves[i].path);
      any |= column != NULL;
      if (column && !table->sampling)
        tally_leaf(column, &table->leaves[i]);
    }
    if (column && table->sampling)
      tally_leaf(column, &table->leaves[i]);
  }
  return any;
}

static struct field field_of(struct json_table *table, struct json_column *column) {
  static const enum column_type types[] = {[CSV_NUMBER] = COLUMN_F64,
                                           [CSV_INTEGER] = COLUMN_I64,
                                           [CSV_BOOL] = COLUMN_BOOL,
                                           [CSV_TEXT] = COLUMN_TEXT,
                                           [CSV_TIME] = COLUMN_TIME};
  const char *name = text_to_utf8(table->d->arena, column->path);
  struct field field = {.name = name && name[0] ? name : "value", .unit = "", .scale = 1, .count = 1};
  if (column->numbers && !column->plain) {
    field.type = COLUMN_F64;
    field.count = column->numbers;
    field.is_array = true;
    return field;
  }
  bool mixed = column->tally.numbers && column->tally.numbers < column->tally.filled;
  column->kind = mixed ? CSV_TEXT : csv_kind_of(&column->tally, table->all_seen);
  field.type = types[column->kind];
  return field;
}

static void find_clock(struct json_table *table, struct json_message *message) {
  struct text *names = arena_alloc_array(table->scratch, message->count + 1, sizeof *names);
  struct csv_tally *tallies = arena_alloc_array(table->scratch, message->count + 1, sizeof *tallies);
  const struct text_unit **units = arena_alloc_array(table->scratch, message->count + 1, sizeof *units);
  message->clock = (struct csv_clock){.elapsed = -1, .wall = -1, .time_of_day = -1};
  if (!names || !tallies || !units)
    return;
  for (uint32_t i = 0; i < message->count; i++) {
    names[i] = message->columns[i].path;
    tallies[i] = message->columns[i].tally;
  }
  message->clock = csv_find_clock(tallies, names, units, names, message->count, true);
  bool wall = message->clock.wall >= 0, utc = wall && message->clock.wall_is_utc;
  if (utc || (message->clock.elapsed >= 0 && table->start_us != TIME_NONE))
    table->d->report.clock = DECODE_CLOCK_UTC;
  else if ((wall || message->clock.elapsed >= 0) && table->d->report.clock == DECODE_CLOCK_NONE)
    table->d->report.clock = DECODE_CLOCK_BOOT;
}

static bool define(struct json_table *table, struct json_message *message) {
  struct field *fields = arena_alloc_array(table->scratch, MAX(message->count, 1u), sizeof *fields);
  if (!fields || message->count == 0)
    return false;
  for (uint32_t i = 0; i < message->count; i++)
    fields[i] = field_of(table, &message->columns[i]);
  char *name = arena_copy(table->scratch, message->name.data, message->name.size);
  message->definitions++;
  message->rows = name ? row_table_new(&table->rows, name, fields, (uint16_t)message->count) : NULL;
  find_clock(table, message);
  return message->rows != NULL;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct leaf *leaf_of(const struct json_table *table, const struct json_message *message, int column) {
  for (uint32_t i = 0; column >= 0 && i < table->leaf_count; i++)
    if (text_equal(table->leaves[i].path, message->columns[column].path))
      return &table->leaves[i];
  return NULL;
}

static int64_t wall_of(struct json_table *table, const struct csv_clock *clock, const struct leaf *leaf) {
  struct text_time time;
  double count;
  if (!leaf)
    return TIME_NONE;
  if (clock->wall_is_epoch) {
    bool good = leaf->kind == LEAF_NUMBER && text_value_number(leaf->text, '.', &count) && count > 0 &&
                count * clock->wall_us < 4.2e15;
    return good ? (int64_t)llround(count * clock->wall_us) : TIME_NONE;
  }
  if (leaf->kind != LEAF_TEXT || !text_value_time(leaf->text, DATE_UNKNOWN, &time) || !time.has_date || time.ambiguous)
    return TIME_NONE;
  if (clock->wall_is_utc)
    return time.us;
  if (!table->has_base) {
    char created[CLOCK_TEXT_SIZE];
    clock_format(created, time.us);
    decode_fact(table->d, "created", text_from(created, strlen(created) - 1));
    decode_fact(table->d, "time_basis", TEXT("local clock, zone unknown"));
    table->base_us = time.us;
    table->has_base = true;
  }
  return table->d->report.clock == DECODE_CLOCK_UTC ? TIME_NONE : time.us - table->base_us;
}

/* The record's time; on lines that of the record before where it has none. */
static int64_t time_of(struct json_table *table, const struct json_message *message) {
  const struct csv_clock *clock = &message->clock;
  int64_t wall = wall_of(table, clock, leaf_of(table, message, clock->wall));
  const struct leaf *leaf = leaf_of(table, message, clock->elapsed);
  double count;
  if (wall == TIME_NONE && leaf && leaf->kind == LEAF_NUMBER && text_value_number(leaf->text, '.', &count) &&
      fabs(count * clock->elapsed_us) < 9e15) {
    bool utc = table->d->report.clock == DECODE_CLOCK_UTC;
    if (!utc || table->start_us != TIME_NONE)
      wall = (int64_t)llround(count * clock->elapsed_us) + (table->start_us == TIME_NONE ? 0 : table->start_us);
  }
  if (wall != TIME_NONE)
    table->now_us = wall;
  return wall == TIME_NONE && table->lines ? table->now_us : wall;
}

static bool store_number(struct row_table *rows, uint16_t i, enum csv_kind kind, const struct leaf *leaf) {
  double value;
  int64_t whole;
  if (kind == CSV_INTEGER && text_value_integer(leaf->text, &whole)) {
    row_integer(rows, i, whole);
    return true;
  }
  if (kind != CSV_NUMBER || !text_value_number(leaf->text, '.', &value))
    return text_value_is_none(leaf->text);
  row_double(rows, i, value);
  return true;
}

/* False where the value is not of its column's type. */
static bool store_leaf(struct row_table *rows, uint16_t i, const struct json_column *column, const struct leaf *leaf) {
  const struct field *field = &rows->message->fields[i];
  struct text_time time;
  if (leaf->kind == LEAF_NONE)
    return true;
  if (field->is_array) {
    if (leaf->kind == LEAF_NUMBERS)
      row_doubles(rows, i, leaf->numbers, leaf->count);
    return leaf->kind == LEAF_NUMBERS && leaf->count <= field->count;
  }
  if (column->kind == CSV_BOOL && leaf->kind == LEAF_BOOL) {
    row_bool(rows, i, leaf->value);
    return true;
  }
  if (column->kind == CSV_TEXT && leaf->kind != LEAF_NUMBERS) {
    row_text(rows, i, leaf->kind == LEAF_BOOL ? leaf->value ? TEXT("true") : TEXT("false") : leaf->text);
    return true;
  }
  if (column->kind == CSV_TIME) {
    bool good = leaf->kind == LEAF_TEXT && text_value_time(leaf->text, DATE_UNKNOWN, &time);
    row_time(rows, i, good ? time.us : TIME_NONE);
    return good;
  }
  return leaf->kind == LEAF_NUMBER && store_number(rows, i, column->kind, leaf);
}

static void state_place(struct json_table *table) {
  static const char *const names[2][4] = {{"lat", "latitude", "gps_lat", "lat_deg"},
                                          {"lon", "longitude", "gps_lon", "lon_deg"}};
  double place[2] = {NAN, NAN};
  char text[32];
  for (uint32_t i = 0; !table->has_place && i < table->leaf_count; i++) {
    const struct leaf *leaf = &table->leaves[i];
    for (int k = 0; k < 2 && leaf->kind == LEAF_NUMBER; k++)
      for (int n = 0; n < 4; n++)
        if (leaf->path.size == strlen(names[k][n]) && strncasecmp(leaf->path.data, names[k][n], leaf->path.size) == 0 &&
            !text_value_number(leaf->text, '.', &place[k]))
          place[k] = NAN;
  }
  if (!(fabs(place[0]) <= 90 && fabs(place[1]) <= 180) || (place[0] == 0 && place[1] == 0))
    return;
  table->has_place = true;
  for (int k = 0; k < 2; k++) {
    snprintf(text, sizeof text, "%.9g", place[k]);
    decode_fact(table->d, k ? "lon" : "lat", text_of(text));
  }
}

static enum status store_record(struct json_table *table, struct json_message *message, uint64_t offset,
                                struct error *error) {
  bool renewed = tally_record(table, message) || !message->rows;
  if (renewed && !define(table, message))
    return message->count ? error_set(error, STATUS_LIMIT,
                                      "the JSON has more kinds of records than memory allows; raise the limit")
                          : STATUS_OK;
  bool good = true;
  int64_t time_us = time_of(table, message);
  state_place(table);
  row_begin(&table->rows, message->rows, time_us);
  message->next = 0;
  for (uint32_t i = 0; i < table->leaf_count; i++) {
    const struct json_column *column = find_column(message, table->leaves[i].path);
    good &= column && store_leaf(message->rows, (uint16_t)(column - message->columns), column, &table->leaves[i]);
  }
  if (good && !table->full)
    return STATUS_OK;
  table->d->report.bad_records++;
  uint64_t end = text_source_place(&table->source, table->reader.at);
  decode_damage(table->d, offset, end > offset ? end - offset : 0,
                table->full ? "a record with too many members" : "a value unlike its column", time_us, time_us);
  return STATUS_OK;
}

static struct text last_part(struct text path) {
  for (size_t i = path.size; i > 0; i--)
    if (path.data[i - 1] == '.')
      return text_from(path.data + i, path.size - i);
  return path;
}

static bool ends_in(struct text path, const char *part) {
  return part && text_is(last_part(path), part);
}

/* Columns of a list of lists by their names. */
static void name_columns(struct json_table *table) {
  for (uint32_t i = 0; i < table->leaf_count; i++) {
    int64_t index;
    if (text_to_i64(last_part(table->leaves[i].path), &index) && index >= 0 && (uint64_t)index < table->column_count)
      table->leaves[i].path = table->columns[index];
  }
}

/* One list of numbers is taken apart again where it is a row. */
static void spread_numbers(struct json_table *table) {
  struct leaf whole = table->leaves[0];
  if (table->leaf_count != 1 || whole.kind != LEAF_NUMBERS)
    return;
  table->leaf_count = 0;
  for (uint16_t i = 0; i < whole.count && table->leaf_count < LEAVES_MAX; i++) {
    char number[32], path[16];
    snprintf(number, sizeof number, "%.17g", whole.numbers[i]);
    snprintf(path, sizeof path, "%u", i);
    table->leaves[table->leaf_count++] = (struct leaf){.path = keep(table, text_of(path)),
                                                       .text = keep(table, text_of(number)),
                                                       .kind = isnan(whole.numbers[i]) ? LEAF_NONE : LEAF_NUMBER};
  }
}

/* The record that `event` begins. */
static enum status take_record(struct json_table *table, enum json_event event, struct text name, struct error *error) {
  uint64_t offset = table->reader.offset;
  size_t path_size = table->path_size;
  char kept[PATH_MAX_BYTES];
  struct text own = text_from(kept, MIN(name.size, sizeof kept));
  memcpy(kept, name.data, own.size);
  arena_reset(table->scratch);
  table->leaf_count = 0;
  table->path_from = path_size;
  table->full = false;
  enum status status = read_value(table, event, error);
  table->path_from = 0;
  table->path_size = path_size;
  TRY(status);
  if (event == JSON_ARRAY) {
    spread_numbers(table);
    name_columns(table);
  }
  for (uint32_t i = 0; table->format.name_member && i < table->leaf_count; i++)
    if (text_is(table->leaves[i].path, table->format.name_member) && table->leaves[i].text.size)
      own = table->leaves[i].text;
  struct json_message *message = table->leaf_count ? message_named(table, own) : NULL;
  if (table->sampling) {
    if (message)
      tally_record(table, message);
    return STATUS_OK;
  }
  return message ? store_record(table, message, offset, error) : STATUS_OK;
}

/* ── what surrounds the records ───────────────────────────────────────────────────────────────────────────────── */

static void take_column_name(struct json_table *table, uint32_t index) {
  struct text text = table->reader.text;
  if (!table->columns)
    table->columns = arena_alloc_array(table->d->arena, LEAVES_MAX, sizeof *table->columns);
  char *copy = arena_copy(table->d->arena, text.data, MIN(text.size, (size_t)PATH_MAX_BYTES));
  if (!table->columns || !copy || index >= LEAVES_MAX)
    return;
  table->columns[index] = text_from(copy, MIN(text.size, (size_t)PATH_MAX_BYTES));
  table->column_count = MAX(table->column_count, index + 1);
}

static void take_member(struct json_table *table, enum json_event event) {
  struct text path = text_from(table->path, table->path_size);
  struct text_time time;
  if (event == JSON_TEXT && ends_in(path, table->format.start_member) &&
      text_value_time(table->reader.text, DATE_UNKNOWN, &time) && time.has_date && time.zoned)
    table->start_us = time.us;
  if (table->sampling)
    return;
  if (table->format.document && (event == JSON_TEXT || event == JSON_NUMBER))
    table->format.document(table->d, path, table->reader.text);
  if (table->document_count == LEAVES_MAX)
    return;
  struct leaf *leaf = &table->document[table->document_count++];
  struct arena *arena = table->d->arena;
  char *name = arena_copy(arena, path.data, MIN(path.size, (size_t)PATH_MAX_BYTES));
  size_t size = MIN(table->reader.text.size, (size_t)4096);
  char *text = arena_copy(arena, table->reader.text.data ? table->reader.text.data : "",
                          table->reader.text.data ? size : 0);
  *leaf = (struct leaf){.path = text_from(name ? name : "", name ? MIN(path.size, (size_t)PATH_MAX_BYTES) : 0),
                        .text = text_from(text ? text : "", text ? size : 0),
                        .value = table->reader.value,
                        .kind = event == JSON_TEXT     ? LEAF_TEXT
                                : event == JSON_NUMBER ? LEAF_NUMBER
                                : event == JSON_BOOL   ? LEAF_BOOL
                                                       : LEAF_NONE};
}

/* A list's element that is neither object nor list. */
static enum status take_element(struct json_table *table, enum json_event event, struct error *error) {
  struct text path = text_from(table->path, table->path_size), name = last_part(path);
  uint32_t depth = table->reader.depth;
  if (ends_in(path, table->format.columns_member)) {
    take_column_name(table, table->list_index[depth]++);
    return STATUS_OK;
  }
  return take_record(table, event, name.size ? name : TEXT("row"), error);
}

static void close_member(struct json_table *table) {
  uint32_t depth = table->reader.depth;
  if (depth == 0)
    table->path_size = 0;
  else if (table->reader.is_object[depth - 1])
    table->path_size = table->key_at[depth];
}

/* One event outside of records, or one record. */
static enum status step(struct json_table *table, bool *ret_ended, struct error *error) {
  struct json_reader *reader = &table->reader;
  enum json_event event;
  TRY(json_reader_next(reader, &event, error));
  uint32_t outer = reader->depth - (event == JSON_OBJECT || event == JSON_ARRAY);
  bool in_list = event != JSON_END && outer && outer <= JSON_DEPTH_MAX && !reader->is_object[outer - 1];
  if (event == JSON_END) {
    *ret_ended = true;
  } else if (event == JSON_BROKEN) {
    table->path_size = 0;
  } else if (event == JSON_KEY) {
    table->key_at[reader->depth] = path_add(table, reader->text);
  } else if (event == JSON_OBJECT_END || event == JSON_ARRAY_END) {
    close_member(table);
  } else if (event == JSON_OBJECT || event == JSON_ARRAY) {
    table->list_index[reader->depth] = 0;
    bool record = in_list || (outer == 0 && event == JSON_OBJECT && table->lines);
    struct text name = last_part(text_from(table->path, table->path_size));
    if (record)
      TRY(take_record(table, event, outer && name.size ? name : TEXT("row"), error));
  } else if (in_list) {
    TRY(take_element(table, event, error));
  } else {
    take_member(table, event);
    close_member(table);
  }
  return STATUS_OK;
}

/* All members outside of records as one row. */
static enum status give_document(struct json_table *table, struct error *error) {
  if (!table->document_count)
    return STATUS_OK;
  struct json_message *message = message_named(table, TEXT("document"));
  if (!message)
    return STATUS_OK;
  struct leaf *leaves = table->leaves;
  table->leaves = table->document;
  table->leaf_count = table->document_count;
  table->document_count = 0;
  table->full = false;
  table->sampling = table->all_seen = true;
  table->now_us = TIME_NONE;
  tally_record(table, message);
  table->sampling = false;
  enum status status = store_record(table, message, 0, error);
  table->leaves = leaves;
  return status;
}

/* ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct json_reader reader_of_head(const struct json_table *table, struct bytes head) {
  struct json_reader reader = table->reader;
  reader.view = head;
  reader.at = 0;
  reader.last = true;
  reader.depth = 0;
  reader.quiet = true;
  return reader;
}

/* Does another object follow the first one? */
static enum status find_lines(struct json_table *table, struct bytes head, struct error *error) {
  struct json_reader reader = reader_of_head(table, head);
  enum json_event event;
  do
    TRY(json_reader_next(&reader, &event, error));
  while (event != JSON_END && event != JSON_BROKEN && reader.depth);
  if (event == JSON_OBJECT_END) {
    TRY(json_reader_next(&reader, &event, error));
    table->lines = event == JSON_OBJECT;
  }
  return STATUS_OK;
}

static enum status read_sample(struct json_table *table, struct bytes head, struct error *error) {
  bool ended = false;
  table->reader = reader_of_head(table, head);
  table->path_size = table->message_count = 0;
  while (!ended)
    TRY(step(table, &ended, error));
  return STATUS_OK;
}

static enum status take_sample(struct json_table *table, struct error *error) {
  struct bytes head;
  TRY(text_source_view(&table->source, TEXT_SOURCE_VIEW_MAX, &head, error));
  table->all_seen = head.size < TEXT_SOURCE_VIEW_MAX;
  head.size = MIN(head.size, TEXT_SOURCE_VIEW_MAX);
  TRY(find_lines(table, head, error));
  struct json_reader whole = table->reader;
  table->sampling = true;
  TRY(read_sample(table, head, error));
  if (table->column_count) /* their names may stand behind the lists */
    TRY(read_sample(table, head, error));
  table->sampling = false;
  table->reader = whole;
  table->path_size = 0;
  return STATUS_OK;
}

static enum status define_all(struct json_table *table, struct error *error) {
  for (uint32_t i = 0; i < table->message_count; i++) {
    arena_reset(table->scratch);
    if (table->messages[i].count && !define(table, &table->messages[i]))
      return error_set(error, STATUS_LIMIT, "the JSON has more kinds of records than memory allows; raise the limit");
  }
  return STATUS_OK;
}

enum status json_table_open(struct decode *d, const struct json_format *format, struct json_table **ret_table,
                            struct error *error) {
  struct json_table *table = arena_alloc(d->arena, sizeof *table);
  if (!table)
    return error_set(error, STATUS_LIMIT, "no memory is left to read JSON; raise the limit");
  *ret_table = table; /* so that closing frees the scratch whatever happens */
  table->d = table->rows.d = d;
  table->format = *format;
  table->start_us = table->now_us = TIME_NONE;
  table->scratch = arena_new_in(d->heap, SCRATCH_BYTES);
  table->leaves = arena_alloc_array(d->arena, LEAVES_MAX, sizeof *table->leaves);
  table->document = arena_alloc_array(d->arena, LEAVES_MAX, sizeof *table->document);
  if (!table->scratch || !table->leaves || !table->document)
    return error_set(error, STATUS_LIMIT, "no memory is left to read JSON; raise the limit");
  d->report.clock = DECODE_CLOCK_NONE;
  TRY(text_source_open(d, &table->source, error));
  TRY(json_reader_open(d, &table->source, &table->reader, error));
  TRY(take_sample(table, error));
  return define_all(table, error);
}

enum status json_table_next(struct json_table *table, const struct batch **ret_batch, struct error *error) {
  *ret_batch = row_set_next(&table->rows, table->ended);
  while (!*ret_batch && !table->ended) {
    TRY(step(table, &table->ended, error));
    if (table->ended)
      TRY(give_document(table, error));
    *ret_batch = row_set_next(&table->rows, table->ended);
  }
  text_source_report(&table->source, table->reader.at);
  if (table->ended && !table->d->report.records)
    return error_set(error, STATUS_BAD_DATA, "no record can be read from this JSON; keep the file as it is");
  return STATUS_OK;
}

void json_table_close(struct json_table *table) {
  if (table)
    arena_free(table->scratch);
}
