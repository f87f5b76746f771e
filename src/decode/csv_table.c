/* csv_table: delimited text → typed rows, a record at a time through a bounded window.
 *
 * The head (what of the file the first window holds, at most SAMPLE_ROWS records) tells the separator, whether there is
 * a header, and what the columns are (csv_guess.c). Then each record becomes a row. What does not fit the head is
 * damage of that place and the rest of the row stays: a record with fewer or more cells than the header, a word where
 * numbers stood. A quote that never closes costs its own line, a line over a mebibyte is passed over. A header that
 * comes again is skipped; a header with other columns begins a new message of the same name. */
#include "decode/csv_table.h"

#include "decode/csv_guess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define SAMPLE_ROWS 2000u
#define BATCH_BYTES ((size_t)2 << 20)
#define ROWS_MAX 8192u
#define NAME_MAX_BYTES ((size_t)128)
#define DEFINITIONS_MAX 256u
#define REBASE_US (10 * US_PER_S)

struct csv_column {
  enum csv_kind kind;
  uint16_t field;
  bool converts; /* by an offset too: done here, not by the field's scale */
  double factor, offset;
};

struct csv_table {
  struct decode *d;
  struct csv_format format;
  struct text_source source;
  struct csv_splitter splitter;
  struct csv_record *record, *sample;
  size_t want;
  bool last; /* the view reaches the end of the text */
  bool ended, skipping;
  bool has_header;
  char point;
  enum date_order order;
  struct text *header;
  uint32_t header_count, definitions;
  uint32_t record_width; /* cells of the first record */
  struct csv_column *columns;
  uint32_t column_count;
  struct message *message;
  struct batch_builder *builder;
  struct batch_builder *given;
  struct csv_clock clock;
  int64_t base_us; /* wall clock less elapsed; or of a local clock: where it began */
  bool has_base, has_created;
  int mode; /* column, -1 none */
  char mode_words[64];
  int lat, lon; /* columns, -1 none */
  bool has_place;
};

static enum status out_of_memory(struct error *error) {
  return error_set(error, STATUS_LIMIT, "the table has too many columns for this decode's memory; raise the limit");
}

static struct text cell_text(const struct csv_record *record, uint32_t i) {
  return text_from(record->cells[i].data, record->cells[i].size);
}

/* ── dialect ──────────────────────────────────────────────────────────────────────────────────────────────────── */

#define LINES 48

/* Cells of the first records; the last of the head may be cut and does not count. */
static uint32_t count_cells(struct text head, char separator, uint32_t *counts) {
  uint32_t records = 0;
  bool quoted = false, filled = false;
  counts[0] = 1;
  for (size_t i = 0; i < head.size && records < LINES; i++) {
    char c = head.data[i];
    if (c == '#' && !filled) {
      const char *end = memchr(head.data + i, '\n', head.size - i);
      i = end ? (size_t)(end - head.data) : head.size;
      continue;
    }
    bool begins = i == 0 || head.data[i - 1] == separator || head.data[i - 1] == '\n';
    if (c == '"' && (begins || quoted))
      quoted = !quoted;
    else if (c == separator && !quoted)
      counts[records]++;
    if ((c == '\n' || c == '\r') && !quoted && filled) {
      filled = false;
      if (++records < LINES)
        counts[records] = 1;
    } else if (c != '\n' && c != '\r') {
      filled = true;
    }
  }
  if (filled && records < LINES && records < 2)
    records++;
  return records;
}

/* How good a table the separator makes: cells of most records alike, the more the better; 0 none. */
static uint32_t rate_separator(struct text head, char separator) {
  uint32_t counts[LINES], records = count_cells(head, separator, counts), best = 0, alike = 0, many = 0;
  for (uint32_t i = 0; i < records; i++) {
    uint32_t same = 0;
    for (uint32_t k = 0; k < records; k++)
      same += counts[k] == counts[i];
    if (counts[i] >= 2 && same > alike) {
      alike = same;
      best = counts[i];
    }
    many += counts[i] >= 3;
  }
  if (records >= 2 && alike * 10 >= records * 8)
    return 1000 + best;
  if (records >= 8 && (many == records || alike * 10 >= records * 6))
    return 500 + best;
  return 0;
}

/* Columns set apart by blanks: every line of the sample holds the same number of numbers, two or more, and nothing
 * else. */
static bool is_blank_table(struct text head) {
  uint32_t lines = 0, columns = 0;
  while (lines < LINES && head.size) {
    bool whole = memchr(head.data, '\n', head.size) != NULL;
    struct text line = text_trim(text_cut(&head, '\n')), word;
    if ((!whole && lines) || !line.size)
      continue;
    uint32_t count = 0;
    double value;
    for (; line.size; line = text_trim(line), count++) {
      word = text_cut(&line, ' ');
      if (!text_value_number(word, '.', &value))
        return false;
    }
    if (count < 2 || (lines && count != columns))
      return false;
    columns = count;
    lines++;
  }
  return lines >= 4;
}

char csv_find_separator(struct text head) {
  static const char separators[] = "\t;,|";
  char found = 0;
  uint32_t best = 0;
  for (const char *separator = separators; *separator; separator++) {
    uint32_t rate = rate_separator(head, *separator);
    if (rate > best) {
      best = rate;
      found = *separator;
    }
  }
  if (!found && is_blank_table(head))
    found = ' ';
  return found;
}

static struct csv_dialect find_dialect(struct text head, char separator) {
  struct csv_dialect dialect = {.separator = separator ? separator : csv_find_separator(head), .quotes = true};
  dialect.quotes = dialect.separator != ' ';
  dialect.line_end = memchr(head.data, '\n', head.size) || !memchr(head.data, '\r', head.size) ? '\n' : '\r';
  if (!dialect.separator)
    dialect.separator = ',';
  return dialect;
}

static void state_dialect(struct csv_table *table) {
  static const struct {
    char separator;
    const char *name;
  } names[] = {{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "bar"}, {' ', "blanks"}};
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (names[i].separator == table->splitter.dialect.separator)
      decode_fact(table->d, "separator", text_of(names[i].name));
  decode_fact(table->d, "header", table->has_header ? TEXT("yes") : TEXT("no"));
  if (table->point == ',')
    decode_fact(table->d, "decimal_point", TEXT("comma"));
}

/* ── reading on ───────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status refill(struct csv_table *table, struct error *error) {
  bool moved = table->splitter.at > 0;
  struct bytes view;
  text_source_skip(&table->source, table->splitter.at);
  table->want = moved ? TEXT_SOURCE_VIEW : MIN(table->want * 4, TEXT_SOURCE_VIEW_MAX);
  TRY(text_source_view(&table->source, table->want, &view, error));
  table->last = view.size < table->want;
  view.size = MIN(view.size, TEXT_SOURCE_VIEW_MAX);
  table->splitter = (struct csv_splitter){.view = view, .dialect = table->splitter.dialect};
  return STATUS_OK;
}

/* Passes over the rest of the line at the view's start, or all of the view where it does not end there. */
static void pass_line(struct csv_table *table, const char *reason) {
  struct csv_splitter *s = &table->splitter;
  size_t left = s->view.size - s->at;
  const uint8_t *end = left ? memchr(s->view.data + s->at, s->dialect.line_end, left) : NULL;
  size_t size = end ? (size_t)(end - s->view.data) + 1 - s->at : left;
  if (!table->skipping)
    table->d->report.bad_records++;
  uint64_t offset = text_source_place(&table->source, s->at);
  uint64_t bytes = text_source_place(&table->source, s->at + size) - offset;
  decode_damage(table->d, offset, bytes, reason, TIME_NONE, TIME_NONE);
  table->skipping = !end;
  s->at += size;
  s->primed = false;
}

/* The next record; *ret_there false at the end. */
static enum status next_record(struct csv_table *table, bool *ret_there, struct error *error) {
  for (;;) {
    size_t begin = table->splitter.at;
    if (table->skipping && begin < table->splitter.view.size)
      pass_line(table, "a line longer than 1 MiB");
    else if (csv_split(&table->splitter, table->last, table->record)) {
      if (!table->record->open_quote) {
        *ret_there = true;
        return STATUS_OK;
      }
      table->splitter.at = begin;
      pass_line(table, "a quote that never closes");
    } else if (table->last && table->splitter.at == table->splitter.view.size) {
      *ret_there = false;
      return STATUS_OK;
    } else if (table->splitter.at == 0 && table->want == TEXT_SOURCE_VIEW_MAX) {
      bool quoted = memchr(table->splitter.view.data, table->splitter.dialect.line_end, table->splitter.view.size);
      pass_line(table, quoted ? "a quote that never closes" : "a line longer than 1 MiB");
    } else {
      TRY(refill(table, error));
    }
  }
}

/* ── the columns ──────────────────────────────────────────────────────────────────────────────────────────────── */

static bool repeats(const struct csv_record *header, const struct csv_record *record) {
  return header->count >= 2 && record->count >= 2 && header->cells[0].size && header->cells[1].size &&
         text_equal(cell_text(header, 0), cell_text(record, 0)) &&
         text_equal(cell_text(header, 1), cell_text(record, 1)) &&
         !text_value_number(cell_text(header, 0), '.', &(double){0});
}

/* A line of key and value among the rows of a format that has a preamble: told so again at its end. */
static bool is_aside(const struct csv_table *table, const struct csv_record *record) {
  return table->format.preamble &&
         (record->count <= 3 || record->cells[0].size == 0 || record->cells[0].data[0] == '#') &&
         record->count * 4 < table->record_width;
}

/* Tallies of the records from the splitter's place on; returns the number of columns. */
static uint32_t take_sample(struct csv_table *table, struct csv_tally *tallies) {
  struct csv_splitter s = table->splitter;
  uint32_t columns = 0;
  for (uint32_t row = 0; row < SAMPLE_ROWS && csv_split(&s, table->last, table->sample); row++) {
    const struct csv_record *record = table->sample;
    if (record->count == 1 && (record->cells[0].size == 0 || record->cells[0].data[0] == '#'))
      continue;
    if (is_aside(table, record))
      continue;
    if (repeats(table->record, record)) { /* the header again; what follows another one is another matter */
      if (record->count != table->record->count)
        break;
      continue;
    }
    for (uint32_t i = 0; i < record->count; i++)
      csv_tally_cell(&tallies[i], cell_text(record, i), record->cells[i].escaped);
    columns = MAX(columns, record->count);
  }
  return columns;
}

/* Twelve and a half is written 12,5 in half of the world; only where no number has a point. */
static char find_point(const struct csv_tally *tallies, uint32_t count, char separator) {
  uint32_t points = 0, commas = 0;
  for (uint32_t i = 0; i < count; i++) {
    points += tallies[i].decimal_points;
    commas += tallies[i].decimal_commas;
  }
  return separator != ',' && commas && !points ? ',' : '.';
}

static const char *name_column(struct csv_table *table, struct text name, uint32_t i, const struct field *fields,
                               uint32_t before) {
  struct arena *arena = table->d->arena;
  name = text_trim(name);
  const char *copy = name.size ? text_to_utf8(arena, text_from(name.data, MIN(name.size, NAME_MAX_BYTES)))
                               : arena_format(arena, "column_%u", i + 1);
  for (uint32_t k = 0; copy && k < before; k++)
    if (strcasecmp(fields[k].name, copy) == 0) /* SQL does not tell them apart */
      return arena_format(arena, "%s_%u", copy, i + 1);
  return copy;
}

static struct field field_of_column(const struct csv_table *table, const struct csv_column *column,
                                    const struct text_unit *unit) {
  static const enum column_type types[] = {
      [CSV_NUMBER] = COLUMN_F64, [CSV_INTEGER] = COLUMN_I64, [CSV_BOOL] = COLUMN_BOOL,
      [CSV_TEXT] = COLUMN_TEXT,  [CSV_TIME] = COLUMN_TIME,   [CSV_PLACE] = COLUMN_F64};
  struct field field = {.unit = "", .scale = 1, .type = types[column->kind], .count = 1};
  if (unit && (column->kind == CSV_NUMBER || column->kind == CSV_INTEGER)) {
    field.unit = table->format.to_si ? unit->si : unit->symbol;
    if (table->format.to_si && !column->converts)
      field.scale = field.storage_scale = unit->factor;
  }
  return field;
}

struct names {
  struct text *headers, *names;
  const struct text_unit **units;
};

static bool make_names(struct csv_table *table, struct names *names) {
  struct arena *arena = table->d->arena;
  uint32_t count = table->column_count;
  names->headers = arena_alloc_array(arena, count, sizeof(struct text));
  names->names = arena_alloc_array(arena, count, sizeof(struct text));
  names->units = arena_alloc_array(arena, count, sizeof *names->units);
  if (!names->headers || !names->names || !names->units)
    return false;
  for (uint32_t i = 0; i < count; i++) {
    struct text header = table->has_header && i < table->header_count ? table->header[i] : TEXT("");
    names->headers[i] = names->names[i] = header;
    names->units[i] = text_unit_of_header(header, &names->names[i]);
    for (uint32_t k = 0; k < i; k++) /* "Time(seconds)" and "Time(text)" */
      if (names->names[i].size && text_equal(names->names[i], names->names[k]))
        names->names[i] = header;
  }
  return true;
}

static bool is_name(struct text name, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (name.size == strlen(words[i]) && strncasecmp(name.data, words[i], name.size) == 0)
      return true;
  return false;
}

static void note_place_columns(struct csv_table *table, const struct names *names) {
  static const char *const lats[] = {"lat",          "latitude", "lat_deg",           "gps_lat",     "gpslatitude",
                                     "OSD.latitude", "gps.lat",  "Aircraft Latitude", "position_lat"};
  static const char *const lons[] = {"lon",          "longitude",     "lon_deg", "gps_lon",
                                     "gpslongitude", "OSD.longitude", "gps.lon", "Aircraft Longitude",
                                     "position_lon", "lng",           "long"};
  table->lat = table->lon = -1;
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].kind == CSV_PLACE) {
      table->lat = table->lon = (int)i;
      return;
    }
    if (table->columns[i].kind != CSV_NUMBER)
      continue;
    if (table->lat < 0 && is_name(names->names[i], lats, ARRAY_COUNT(lats)))
      table->lat = (int)i;
    if (table->lon < 0 && is_name(names->names[i], lons, ARRAY_COUNT(lons)))
      table->lon = (int)i;
  }
}

static bool is_place_column(const struct csv_table *table, struct text name) {
  return table->format.place_column && text_is(name, table->format.place_column);
}

/* Fields of all columns; a place makes two. Returns their number, 0 where memory is out. */
static uint32_t make_fields(struct csv_table *table, const struct names *names, const struct csv_tally *tallies,
                            bool all_seen, struct field *fields) {
  uint32_t used = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    struct csv_column *column = &table->columns[i];
    const struct text_unit *unit = names->units[i];
    column->kind = is_place_column(table, names->names[i]) ? CSV_PLACE : csv_kind_of(&tallies[i], all_seen);
    column->field = (uint16_t)used;
    column->converts = unit && unit->offset != 0 && table->format.to_si;
    if (column->converts) {
      column->factor = unit->factor;
      column->offset = unit->offset;
      if (column->kind == CSV_INTEGER)
        column->kind = CSV_NUMBER;
    }
    fields[used] = field_of_column(table, column, unit);
    fields[used].name = name_column(table, names->names[i], i, fields, used);
    if (!fields[used].name)
      return 0;
    used++;
    if (column->kind != CSV_PLACE)
      continue;
    const char *name = fields[used - 1].name;
    fields[used - 1] = (struct field){arena_format(table->d->arena, "%s_lat", name), "deg", 1, COLUMN_F64, 1, false};
    fields[used++] = (struct field){arena_format(table->d->arena, "%s_lon", name), "deg", 1, COLUMN_F64, 1, false};
    if (!fields[used - 1].name || !fields[used - 2].name)
      return 0;
  }
  table->mode = -1;
  for (uint32_t i = 0; table->format.mode_column && i < table->column_count; i++)
    if (text_is(names->names[i], table->format.mode_column))
      table->mode = (int)i;
  if (table->mode >= 0)
    fields[used++] = (struct field){"mode_change", "", 1, COLUMN_BOOL, 1, false};
  return used;
}

static bool make_builder(struct csv_table *table) {
  struct message *message = table->message;
  size_t row = sizeof(int64_t) + 1;
  for (uint16_t i = 0; i < message->field_count; i++)
    row += column_width(&message->fields[i]);
  uint32_t rows = (uint32_t)MAX(MIN(BATCH_BYTES / row, (size_t)ROWS_MAX), (size_t)1);
  if (!message->wanted) /* its values are looked at for damage and dropped */
    rows = MIN(rows, 256u);
  table->builder = batch_builder_new(table->d, message, rows);
  for (uint16_t i = 0; table->builder && i < message->field_count; i++) {
    uint64_t *valid = arena_alloc_array(table->d->arena, (table->builder->capacity + 63) / 64, sizeof *valid);
    if (!valid)
      return false;
    table->builder->columns[i].valid = valid;
  }
  return table->builder != NULL;
}

/* ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool clock_number(const struct csv_table *table, const struct csv_record *record, int column,
                         double *ret_value) {
  return column >= 0 && (uint32_t)column < record->count &&
         text_value_number(cell_text(record, (uint32_t)column), table->point, ret_value) && fabs(*ret_value) < 4e18;
}

static int64_t wall_of(const struct csv_table *table, const struct csv_record *record) {
  const struct csv_clock *clock = &table->clock;
  struct text_time time, day;
  double count;
  if (clock->wall < 0 || (uint32_t)clock->wall >= record->count)
    return TIME_NONE;
  if (clock->wall_is_epoch) {
    if (!clock_number(table, record, clock->wall, &count) || count <= 0 || count * clock->wall_us > 4.2e15)
      return TIME_NONE;
    return (int64_t)llround(count * clock->wall_us);
  }
  if (!text_value_time(cell_text(record, (uint32_t)clock->wall), table->order, &time) || !time.has_date)
    return TIME_NONE;
  if (time.has_time || clock->time_of_day < 0)
    return time.us;
  if ((uint32_t)clock->time_of_day >= record->count ||
      !text_value_time(cell_text(record, (uint32_t)clock->time_of_day), table->order, &day) || day.has_date)
    return TIME_NONE;
  return time.us + day.us;
}

static int64_t elapsed_of(const struct csv_table *table, const struct csv_record *record) {
  double count;
  if (!clock_number(table, record, table->clock.elapsed, &count) || fabs(count * table->clock.elapsed_us) > 9e15)
    return TIME_NONE;
  return (int64_t)llround(count * table->clock.elapsed_us);
}

static void state_created(struct csv_table *table, int64_t wall_us) {
  char text[CLOCK_TEXT_SIZE], basis[64];
  if (table->has_created || wall_us == TIME_NONE)
    return;
  table->has_created = true;
  clock_format(text, wall_us);
  bool utc = table->clock.wall_is_utc;
  struct text created = text_of(text);
  created.size -= !utc; /* without the Z */
  decode_fact(table->d, "created", created);
  snprintf(basis, sizeof basis, "%s clock, zone unknown",
           table->format.clock_owner ? table->format.clock_owner : "local");
  if (!utc)
    decode_fact(table->d, "time_basis", text_of(basis));
}

static int64_t time_of(struct csv_table *table, const struct csv_record *record) {
  int64_t wall = wall_of(table, record), elapsed = elapsed_of(table, record);
  state_created(table, wall);
  if (table->clock.elapsed < 0) {
    if (wall == TIME_NONE || table->clock.wall_is_utc)
      return wall;
    if (!table->has_base)
      table->base_us = wall;
    table->has_base = true;
    return wall - table->base_us;
  }
  if (!table->clock.wall_is_utc || table->clock.wall < 0)
    return elapsed;
  if (elapsed == TIME_NONE)
    return wall;
  bool astray = wall != TIME_NONE && (!table->has_base || llabs(wall - elapsed - table->base_us) > REBASE_US);
  if (astray) {
    table->base_us = wall - elapsed;
    table->has_base = true;
  }
  return table->has_base ? table->base_us + elapsed : TIME_NONE;
}

/* A wall clock that shows whole seconds lags by up to one: the largest difference within the sample is nearest. */
static void find_base(struct csv_table *table) {
  struct csv_splitter s = table->splitter;
  int64_t first = TIME_NONE, best = TIME_NONE;
  for (uint32_t row = 0; row < SAMPLE_ROWS && csv_split(&s, table->last, table->sample); row++) {
    int64_t wall = wall_of(table, table->sample), elapsed = elapsed_of(table, table->sample);
    if (wall == TIME_NONE || elapsed == TIME_NONE)
      continue;
    first = first == TIME_NONE ? wall - elapsed : first;
    if (llabs(wall - elapsed - first) <= REBASE_US / 5)
      best = best == TIME_NONE ? wall - elapsed : MAX(best, wall - elapsed);
  }
  table->has_base = best != TIME_NONE;
  table->base_us = best;
}

static void find_clock(struct csv_table *table, const struct names *names, struct csv_tally *tallies) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->format.date_order != DATE_UNKNOWN)
      tallies[i].told = table->format.date_order;
    if (tallies[i].told != DATE_UNKNOWN && table->order == DATE_UNKNOWN)
      table->order = tallies[i].told;
  }
  table->clock = csv_find_clock(tallies, names->names, names->units, names->headers, table->column_count,
                                table->has_header);
  bool utc = table->clock.wall >= 0 && table->clock.wall_is_utc;
  bool any = table->clock.wall >= 0 || table->clock.elapsed >= 0;
  table->d->report.clock = utc ? DECODE_CLOCK_UTC : any ? DECODE_CLOCK_BOOT : DECODE_CLOCK_NONE;
  table->has_base &= !utc; /* a local clock goes on counting from where it began */
  if (utc && table->clock.elapsed >= 0)
    find_base(table);
}

/* ── defining ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool keep_header(struct csv_table *table, const struct csv_record *record) {
  table->header = arena_alloc_array(table->d->arena, MAX(record->count, 1u), sizeof *table->header);
  for (uint32_t i = 0; table->header && i < record->count; i++) {
    struct text cell = cell_text(record, i);
    char *copy = arena_copy(table->d->arena, cell.data, cell.size);
    if (!copy)
      return false;
    size_t size = record->cells[i].escaped ? csv_unescape(&record->cells[i], copy) : cell.size;
    table->header[i] = text_from(copy, size);
  }
  table->header_count = record->count;
  return table->header != NULL;
}

/* The message whose header is kept (or which has none) and whose rows begin at the splitter's place. */
static enum status define(struct csv_table *table, struct csv_tally *tallies, uint32_t sampled, struct error *error) {
  struct names names;
  struct arena *arena = table->d->arena;
  bool all_seen = table->last;
  table->column_count = MAX(table->has_header ? table->header_count : sampled, 1u);
  while (table->has_header && table->column_count > 1 && !table->header[table->column_count - 1].size &&
         !tallies[table->column_count - 1].filled)
    table->column_count--; /* separators at the end of every line */
  table->columns = arena_alloc_array(arena, table->column_count, sizeof *table->columns);
  struct field *fields = arena_alloc_array(arena, table->column_count * 2 + 1, sizeof *fields); /* places make two */
  if (!table->columns || !fields || !make_names(table, &names))
    return out_of_memory(error);
  uint32_t field_count = make_fields(table, &names, tallies, all_seen, fields);
  const char *name = table->format.message ? table->format.message : "row";
  table->message = field_count ? decode_define_message(table->d, name, 0, fields, (uint16_t)field_count) : NULL;
  if (!table->message || !make_builder(table))
    return out_of_memory(error);
  find_clock(table, &names, tallies);
  note_place_columns(table, &names);
  if (table->clock.elapsed >= 0)
    table->message->time_field = (int16_t)table->columns[table->clock.elapsed].field;
  return STATUS_OK;
}

static struct csv_tally *new_tallies(struct csv_table *table) {
  return arena_alloc_array(table->d->arena, CSV_CELLS_MAX, sizeof(struct csv_tally));
}

/* A header with other columns than before: radios write one when a sensor comes. */
static enum status redefine(struct csv_table *table, struct error *error) {
  if (table->definitions++ == DEFINITIONS_MAX)
    return error_set(error, STATUS_LIMIT, "the table changes its header more than %u times", DEFINITIONS_MAX);
  struct csv_tally *tallies = heap_alloc_array(table->d->heap, CSV_CELLS_MAX, sizeof *tallies);
  enum status status = tallies && keep_header(table, table->record) ? STATUS_OK : out_of_memory(error);
  if (status == STATUS_OK)
    status = define(table, tallies, take_sample(table, tallies), error);
  heap_free(table->d->heap, tallies);
  return status;
}

/* Lines before the table: those of the format's preamble, "sep=;", remarks. */
static enum status pass_preamble(struct csv_table *table, struct error *error) {
  struct source_line line;
  bool there = true;
  for (unsigned lines = 0; lines < 1000 && there; lines++) {
    TRY(text_source_line(&table->source, TEXT_SOURCE_VIEW, &line, &there, error));
    const char *starts = table->format.header_starts;
    bool remark = there && (text_starts(line.text, "#") || text_starts(line.text, "sep="));
    bool before = there && starts && !text_starts(line.text, starts);
    if (!there || (!before && (starts || !remark)))
      return STATUS_OK;
    if (table->format.preamble)
      table->format.preamble(table->d, line.text);
    text_source_skip(&table->source, line.bytes);
  }
  return STATUS_OK;
}

static enum status read_head(struct csv_table *table, struct error *error) {
  struct bytes view;
  TRY(text_source_view(&table->source, TEXT_SOURCE_VIEW_MAX, &view, error));
  table->last = view.size < TEXT_SOURCE_VIEW_MAX;
  view.size = MIN(view.size, TEXT_SOURCE_VIEW_MAX);
  table->want = TEXT_SOURCE_VIEW_MAX;
  struct text head = text_from(view.data, MIN(view.size, TEXT_SOURCE_VIEW));
  table->splitter = (struct csv_splitter){.view = view, .dialect = find_dialect(head, table->format.separator)};
  struct csv_tally *tallies = new_tallies(table);
  if (!tallies)
    return out_of_memory(error);
  bool there = false;
  TRY(next_record(table, &there, error));
  while (there && table->record->count == 1 && !text_trim(cell_text(table->record, 0)).size)
    TRY(next_record(table, &there, error));
  if (!there)
    return error_set(error, STATUS_BAD_DATA, "no record can be read from this table; keep the file as it is");
  size_t begin = table->splitter.at - table->record->bytes;
  table->record_width = table->record->count;
  uint32_t sampled = take_sample(table, tallies);
  table->has_header = table->format.header_starts || csv_is_header(table->record, tallies, sampled);
  if (table->has_header) {
    if (!keep_header(table, table->record))
      return out_of_memory(error);
  } else {
    table->splitter.at = begin;
    table->splitter.primed = false;
    memset(tallies, 0, CSV_CELLS_MAX * sizeof *tallies);
    sampled = take_sample(table, tallies);
  }
  table->point = find_point(tallies, sampled, table->splitter.dialect.separator);
  return define(table, tallies, sampled, error);
}

enum status csv_table_open(struct decode *d, const struct csv_format *format, struct csv_table **ret_table,
                           struct error *error) {
  struct csv_table *table = arena_alloc(d->arena, sizeof *table);
  if (!table)
    return out_of_memory(error);
  table->d = d;
  table->format = *format;
  table->order = format->date_order;
  table->record = arena_alloc(d->arena, sizeof *table->record);
  table->sample = arena_alloc(d->arena, sizeof *table->sample);
  if (!table->record || !table->sample)
    return out_of_memory(error);
  TRY(text_source_open(d, &table->source, error));
  TRY(pass_preamble(table, error));
  TRY(read_head(table, error));
  state_dialect(table);
  *ret_table = table;
  return STATUS_OK;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static uint64_t offset_of(struct csv_table *table, const char *data) {
  return text_source_place(&table->source, (size_t)((const uint8_t *)data - table->splitter.view.data));
}

static uint64_t cell_span(const struct csv_table *table, const struct csv_cell *cell) {
  return text_source_span(&table->source, text_from(cell->data, cell->size));
}

/* The batch's own copy of Latin-1 as UTF-8. */
static struct text keep_latin1(struct batch_builder *builder, struct text text) {
  batch_builder_text(builder, TEXT("")); /* makes the arena */
  char *plain = builder->texts ? arena_alloc(builder->texts, text_source_plain(text, NULL) + 1) : NULL;
  return plain ? text_from(plain, text_source_plain(text, plain)) : TEXT("");
}

static struct text keep_text(struct csv_table *table, const struct csv_cell *cell) {
  struct batch_builder *builder = table->builder;
  struct text text = {cell->data, cell->size};
  if (cell->escaped) { /* only gets shorter: done in place */
    text = batch_builder_text(builder, text);
    struct csv_cell copy = {text.data, (uint32_t)text.size, true};
    text.size = csv_unescape(&copy, (char *)(uintptr_t)text.data);
  }
  if (!text_is_ascii(text) && !text_is_utf8(text))
    return keep_latin1(builder, text);
  return cell->escaped ? text : batch_builder_text(builder, text);
}

static bool read_integer(const struct csv_table *table, struct text text, int64_t *ret_value) {
  double value;
  if (text_to_i64(text, ret_value) || text_value_integer(text, ret_value))
    return true;
  if (!text_value_number(text, table->point, &value) || value != floor(value) || fabs(value) > 9e15)
    return false;
  *ret_value = (int64_t)value;
  return true;
}

static bool read_place(struct text text, double *lat, double *lon) {
  text = text_trim(text);
  struct text first = text_cut(&text, ' ');
  return text.data && text_value_number(first, '.', lat) && text_value_number(text, '.', lon);
}

static void set_valid(struct batch_builder *builder, uint16_t field, uint32_t row) {
  uint64_t *valid = (uint64_t *)(uintptr_t)builder->columns[field].valid;
  valid[row / 64] |= UINT64_C(1) << (row % 64);
}

static bool store_bool(struct text text, uint8_t *out) {
  text = text_trim(text);
  *out = text.size == 4;
  return text.size == 4 || text.size == 5;
}

/* False where the cell is not what its column holds. Valid bits are set for what is. */
static bool store_cell(struct csv_table *table, const struct csv_column *column, const struct csv_cell *cell,
                       uint32_t row) {
  struct batch_builder *builder = table->builder;
  struct column *out = &builder->columns[column->field];
  struct text text = {cell->data, cell->size};
  struct text_time time;
  bool good = false;
  if (!text.size)
    return true;
  switch (column->kind) {
  case CSV_NUMBER: {
    double *value = &((double *)out->values)[row];
    good = text_value_number(text, table->point, value);
    if (column->converts)
      *value = *value * column->factor + column->offset;
    break;
  }
  case CSV_INTEGER:
    good = read_integer(table, text, &((int64_t *)out->values)[row]);
    break;
  case CSV_BOOL:
    good = store_bool(text, &((uint8_t *)out->values)[row]);
    break;
  case CSV_TIME:
    good = text_value_time(text, table->order, &time) && time.has_date;
    ((int64_t *)out->values)[row] = good ? time.us : 0;
    break;
  case CSV_PLACE:
    good = read_place(text, &((double *)out->values)[row], &((double *)out[1].values)[row]);
    good &= good && (((double *)out->values)[row] != 0 || ((double *)out[1].values)[row] != 0);
    if (good)
      set_valid(builder, (uint16_t)(column->field + 1), row);
    break;
  case CSV_TEXT:
    ((struct text *)out->values)[row] = keep_text(table, cell);
    good = true;
  }
  if (good)
    set_valid(builder, column->field, row);
  return good || column->kind == CSV_PLACE || text_value_is_none(text);
}

static void state_place(struct csv_table *table, const struct csv_record *record) {
  double lat = NAN, lon = NAN;
  char text[32];
  if (table->has_place || table->lat < 0 || table->lon < 0)
    return;
  if (table->lat == table->lon) {
    if ((uint32_t)table->lat >= record->count || !read_place(cell_text(record, (uint32_t)table->lat), &lat, &lon))
      return;
  } else if (!clock_number(table, record, table->lat, &lat) || !clock_number(table, record, table->lon, &lon)) {
    return;
  }
  if (!(fabs(lat) <= 90 && fabs(lon) <= 180) || (lat == 0 && lon == 0))
    return;
  table->has_place = true;
  snprintf(text, sizeof text, "%.8g", lat);
  decode_fact(table->d, "lat", text_of(text));
  snprintf(text, sizeof text, "%.9g", lon);
  decode_fact(table->d, "lon", text_of(text));
}

static void count_row(struct csv_table *table, int64_t time_us) {
  struct decode_report *report = &table->d->report;
  struct message *message = table->message;
  report->records++;
  message->count++;
  if (time_us == TIME_NONE)
    return;
  if (message->first_us == TIME_NONE || time_us < message->first_us)
    message->first_us = time_us;
  message->last_us = MAX(message->last_us, time_us);
  if (report->first_us == TIME_NONE || time_us < report->first_us)
    report->first_us = time_us;
  report->last_us = MAX(report->last_us, time_us);
}

/* Notes a record of another length than the header's. The last one may be torn. */
static void check_length(struct csv_table *table, const struct csv_record *record, uint64_t offset, int64_t time_us) {
  struct decode *d = table->d;
  uint64_t bytes = text_source_place(&table->source, table->splitter.at) - offset;
  bool torn = table->last && table->splitter.at == table->splitter.view.size && record->bytes &&
              table->splitter.view.data[table->splitter.at - 1] != (uint8_t)table->splitter.dialect.line_end;
  bool more = false;
  for (uint32_t i = table->column_count; i < record->count; i++)
    more |= record->cells[i].size > 0;
  if (record->count < table->column_count && table->has_header && torn) {
    d->report.truncated = true;
  } else if (record->count < table->column_count && table->has_header) {
    d->report.bad_records++;
    decode_damage(d, offset, bytes, "a row with too few columns", time_us, time_us);
  } else if (more || record->left_out) {
    d->report.bad_records++;
    decode_damage(d, offset, bytes, "a row with too many columns", time_us, time_us);
  }
}

static void store_mode_change(struct csv_table *table, const struct csv_record *record, uint32_t row) {
  uint16_t field = (uint16_t)(table->message->field_count - 1);
  struct text words = (uint32_t)table->mode < record->count ? cell_text(record, (uint32_t)table->mode) : TEXT("");
  words.size = MIN(words.size, sizeof table->mode_words - 1);
  bool changed = words.size && !text_is(words, table->mode_words);
  ((uint8_t *)table->builder->columns[field].values)[row] = changed;
  set_valid(table->builder, field, row);
  if (changed) {
    memcpy(table->mode_words, words.data, words.size);
    table->mode_words[words.size] = 0;
  }
}

static void store_row(struct csv_table *table, const struct csv_record *record, int64_t time_us) {
  struct batch_builder *builder = table->builder;
  uint32_t row = builder->batch.rows++, count = MIN(record->count, table->column_count);
  builder->time_us[row] = time_us;
  for (uint32_t i = 0; i < count; i++) {
    const struct csv_cell *cell = &record->cells[i];
    if (!store_cell(table, &table->columns[i], cell, row))
      decode_damage(table->d, offset_of(table, cell->data), cell_span(table, cell), "a value unlike its column",
                    time_us, time_us);
  }
  if (table->mode >= 0)
    store_mode_change(table, record, row);
}

static bool is_same_header(const struct csv_table *table, const struct csv_record *record) {
  if (record->count != table->header_count)
    return false;
  for (uint32_t i = 0; i < record->count; i++)
    if (!text_equal(cell_text(record, i), table->header[i]))
      return false;
  return true;
}

static bool begins_like_header(const struct csv_table *table, const struct csv_record *record) {
  return table->has_header && record->count >= 2 && table->header_count >= 2 && table->header[0].size &&
         table->header[1].size && text_equal(cell_text(record, 0), table->header[0]) &&
         text_equal(cell_text(record, 1), table->header[1]);
}

static enum status take_record(struct csv_table *table, struct error *error) {
  const struct csv_record *record = table->record;
  uint64_t offset = text_source_place(&table->source, table->splitter.at - record->bytes);
  if (record->count == 1 && table->column_count > 1 &&
      (!text_trim(cell_text(record, 0)).size || record->cells[0].data[0] == '#'))
    return STATUS_OK;
  if (is_aside(table, record))
    return STATUS_OK;
  if (begins_like_header(table, record))
    return is_same_header(table, record) ? STATUS_OK : redefine(table, error);
  int64_t time_us = time_of(table, record);
  check_length(table, record, offset, time_us);
  state_place(table, record);
  count_row(table, time_us);
  store_row(table, record, time_us);
  return STATUS_OK;
}

static void take_back(struct batch_builder *given) {
  if (!given)
    return;
  for (uint16_t i = 0; i < given->batch.message->field_count; i++) {
    struct column *column = &given->columns[i];
    memset((void *)(uintptr_t)column->valid, 0, (given->capacity + 63) / 64 * sizeof(uint64_t));
    for (uint32_t row = 0; column->field->type == COLUMN_TEXT && row < given->batch.rows; row++)
      ((struct text *)column->values)[row] = TEXT("");
  }
  batch_builder_reset(given);
}

enum status csv_table_next(struct csv_table *table, const struct batch **ret_batch, struct error *error) {
  take_back(table->given);
  table->given = NULL;
  *ret_batch = NULL;
  while (!table->ended) {
    struct batch_builder *builder = table->builder;
    bool there = false;
    TRY(next_record(table, &there, error));
    table->ended = !there;
    if (there)
      TRY(take_record(table, error));
    bool redefined = table->builder != builder;
    bool full = builder &&
                (builder->batch.rows == builder->capacity || ((table->ended || redefined) && builder->batch.rows));
    if (full && !builder->batch.message->wanted)
      take_back(builder);
    if (!full || !builder->batch.message->wanted)
      continue;
    table->given = builder;
    *ret_batch = &builder->batch;
    break;
  }
  if (table->ended)
    text_source_report(&table->source, table->splitter.at);
  return STATUS_OK;
}
