/* maintenance: see maintenance.h. The way of a file: bytes → UTF-8 → rows of cells → columns mapped → each row checked
 * → documents of the collection `maintenance`. A mapping is kept as a setting, "maintenance <source>". */
#include "lake/maintenance.h"

#include "base/file.h"
#include "base/hash.h"
#include "decode/csv_split.h"

#include <ctype.h>
#include <iconv.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#define COLUMNS_MAX 256u
#define ROWS_MAX 2000000u
#define NEXT_DAYS 2 /* a record may be so much ahead: workshops lie in any time zone */

enum record_field {
  FIELD_NONE,
  FIELD_RECORD,
  FIELD_TIME,
  FIELD_VEHICLE,
  FIELD_COMPONENT,
  FIELD_SERIAL,
  FIELD_ACTION,
  FIELD_PROBLEM,
  FIELD_TEXT,
  FIELD_PERSON,
  FIELD_HOURS,
  FIELD_CYCLES,
  FIELD_COST,
  FIELD_CURRENCY,
  FIELD_DUE,
  FIELD_COUNT
};

/* names: words that columns have, in lower case without blanks and signs; English, German, French, Spanish. */
static const struct {
  const char *name, *names;
} fields[FIELD_COUNT] = {
    [FIELD_NONE] = {"", ""},
    [FIELD_RECORD] = {"record", "id ident record recordid workorder wo number no nr ref reference logid"},
    [FIELD_TIME] = {"time",
                    "date datum fecha day time datetime performed completed when timestamp starttime dateperformed "
                    "datecompleted maintenancedate servicedate"},
    [FIELD_VEHICLE] = {"vehicle",
                       "vehicle uav drone aircraft tail tailnumber registration fahrzeug kennzeichen aeronave "
                       "aeronef vehicleid droneid uavid aircraftid"},
    [FIELD_COMPONENT] = {"component", "component part bauteil system assembly composant componente pieza partname "
                                      "componentname"},
    [FIELD_SERIAL] = {"serial", "serial serialnumber serialno sn seriennummer numerodeserie partserial"},
    [FIELD_ACTION] = {"action", "action type kind task work maintenancetype servicetype art tatigkeit travail trabajo "
                                "actiontaken workdone workperformed correctiveaction"},
    [FIELD_PROBLEM] = {"problem",
                       "problem defect fault squawk discrepancy mangel issue failure finding panne fallo symptom"},
    [FIELD_TEXT] = {"text", "text note notes remark remarks description comment comments bemerkung details observation "
                            "observations narrative"},
    [FIELD_PERSON] = {"person",
                      "person technician mechanic operator performedby doneby by engineer techniker technicien "
                      "tecnico inspector"},
    [FIELD_HOURS] = {"hours", "hours flighthours hoursflown airframehours totalhours tt betriebsstunden heures horas"},
    [FIELD_CYCLES] = {"cycles", "cycles cycle cyclenumber cyclecount ladezyklen flights landings chargecycles"},
    [FIELD_COST] = {"cost", "cost price amount kosten cout coste totalcost"},
    [FIELD_CURRENCY] = {"currency", "currency wahrung devise moneda"},
    [FIELD_DUE] = {"due", "due nextdue duedate nextservice nextinspection faellig"},
};

struct work_row {
  uint64_t line;
  struct text cells[COLUMNS_MAX];
};

struct work_table {
  struct arena *arena;
  struct text columns[COLUMNS_MAX];
  uint32_t column_count;
  enum record_field mapped[COLUMNS_MAX];
  struct text plain; /* CSV, as UTF-8 */
  struct csv_splitter splitter;
  uint64_t line;
  json_t *objects; /* JSON: array of {"line": n, "row": {…}} */
  size_t next;
};

/* ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status convert(struct arena *arena, const char *from, struct bytes content, struct text *ret_text,
                           struct error *error) {
  iconv_t way = iconv_open("UTF-8", from);
  size_t room = content.size * 3 + 4, left = room, rest = content.size;
  char *out = arena_alloc(arena, room), *to = out, *in = (char *)(uintptr_t)content.data;
  if (way == (iconv_t)-1)
    return error_set(error, STATUS_UNSUPPORTED, "this machine can't read %s", from);
  size_t done = iconv(way, &in, &rest, &to, &left);
  iconv_close(way);
  if (done == (size_t)-1)
    return error_set(error, STATUS_BAD_DATA, "its text is damaged at byte %zu (%s)", content.size - rest, from);
  *ret_text = text_from(out, (size_t)(to - out));
  return STATUS_OK;
}

static enum status read_text(struct arena *arena, const char *path, struct text *ret_text, struct error *error) {
  struct bytes content;
  TRY(file_read(arena, path, MAINTENANCE_FILE_MAX, &content, error));
  const uint8_t *data = content.data;
  if (content.size >= 2 && ((data[0] == 0xFF && data[1] == 0xFE) || (data[0] == 0xFE && data[1] == 0xFF)))
    return convert(arena, "UTF-16", content, ret_text, error);
  if (content.size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
    content = bytes_of(data + 3, content.size - 3);
  *ret_text = text_from(content.data, content.size);
  if (memchr(content.data, 0, content.size))
    return error_set(error, STATUS_BAD_DATA, "it is no text");
  return text_is_utf8(*ret_text) ? STATUS_OK : convert(arena, "ISO-8859-1", content, ret_text, error);
}

/* "Date performed" → "dateperformed". */
static void bare_word(struct text text, char out[64]) {
  size_t size = 0;
  for (size_t i = 0; i < text.size && size < 63; i++)
    if (isalnum((unsigned char)text.data[i]))
      out[size++] = (char)tolower((unsigned char)text.data[i]);
  out[size] = 0;
}

static enum record_field guess_field(struct text column) {
  char word[64];
  bare_word(column, word);
  for (int field = FIELD_RECORD; field < FIELD_COUNT && word[0]; field++) {
    struct text rest = text_of(fields[field].names);
    while (rest.data)
      if (text_is(text_cut(&rest, ' '), word))
        return (enum record_field)field;
  }
  return FIELD_NONE;
}

/* ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static char guess_separator(struct text text) {
  static const char signs[] = ",;\t|";
  size_t counts[4] = {0}, best = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size && (quoted || text.data[i] != '\n'); i++) {
    quoted ^= text.data[i] == '"';
    const char *sign = quoted ? NULL : memchr(signs, text.data[i], 4);
    if (sign)
      counts[sign - signs]++;
  }
  for (size_t i = 1; i < 4; i++)
    best = counts[i] > counts[best] ? i : best;
  return signs[best];
}

static uint64_t lines_in(const char *data, size_t size) {
  uint64_t lines = 0;
  for (size_t i = 0; i < size; i++)
    lines += data[i] == '\n';
  return lines;
}

static struct text cell_text(struct arena *arena, const struct csv_cell *cell) {
  if (!cell->escaped)
    return text_trim(text_from(cell->data, cell->size));
  char *out = arena_alloc(arena, cell->size + 1);
  return text_trim(text_from(out, csv_unescape(cell, out)));
}

static bool next_csv(struct work_table *table, struct arena *arena, struct work_row *row) {
  static _Thread_local struct csv_record record;
  size_t begin = table->splitter.at;
  if (begin >= table->plain.size || !csv_split(&table->splitter, true, &record))
    return false;
  row->line = table->line;
  table->line += MAX(lines_in(table->plain.data + begin, table->splitter.at - begin), (uint64_t)1);
  for (uint32_t i = 0; i < COLUMNS_MAX; i++)
    row->cells[i] = i < record.count ? cell_text(arena, &record.cells[i]) : TEXT("");
  return true;
}

static enum status open_csv(struct work_table *table, struct error *error) {
  table->splitter.view = bytes_of(table->plain.data, table->plain.size);
  table->splitter.dialect = (struct csv_dialect){guess_separator(table->plain), '\n', true};
  table->line = 1;
  struct work_row *header = arena_alloc(table->arena, sizeof *header);
  if (!next_csv(table, table->arena, header))
    return error_set(error, STATUS_BAD_DATA, "it has no header line");
  for (uint32_t i = 0; i < COLUMNS_MAX; i++) {
    table->columns[i] = header->cells[i];
    if (header->cells[i].size)
      table->column_count = i + 1;
  }
  return table->column_count > 1 ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "it is no table with a header line");
}

/* ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_object(struct work_table *table, json_t *object, uint64_t line) {
  const char *name;
  json_t *value, *entry = json_object();
  json_object_foreach(object, name, value) {
    uint32_t i = 0;
    while (i < table->column_count && !text_is(table->columns[i], name))
      i++;
    if (i == table->column_count && i < COLUMNS_MAX)
      table->columns[table->column_count++] = text_of(arena_copy_text(table->arena, name));
  }
  json_object_set_new(entry, "line", json_integer((json_int_t)line));
  json_object_set(entry, "row", object);
  json_array_append_new(table->objects, entry);
}

static enum status open_json(struct work_table *table, struct error *error) {
  json_error_t where;
  size_t at = 0;
  table->objects = json_array();
  while (at < table->plain.size) {
    json_t *value = json_loadb(table->plain.data + at, table->plain.size - at, JSON_DISABLE_EOF_CHECK, &where);
    uint64_t line = 1 + lines_in(table->plain.data, at);
    if (!value)
      return error_set(error, STATUS_BAD_DATA, "line %llu: %s", (unsigned long long)line + MAX(where.line, 1) - 1,
                       where.text);
    size_t i;
    json_t *item;
    if (json_is_object(value))
      take_object(table, value, line);
    json_array_foreach(value, i, item) if (json_is_object(item)) take_object(table, item, i + 1);
    json_decref(value);
    at += (size_t)MAX(where.position, 1);
    while (at < table->plain.size && isspace((unsigned char)table->plain.data[at]))
      at++;
  }
  return table->column_count ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "it holds no objects");
}

static bool next_json(struct work_table *table, struct arena *arena, struct work_row *row) {
  const json_t *entry = json_array_get(table->objects, table->next++);
  if (!entry)
    return false;
  row->line = (uint64_t)json_integer_value(json_object_get(entry, "line"));
  for (uint32_t i = 0; i < COLUMNS_MAX; i++) {
    const json_t *value = i < table->column_count
                              ? json_object_get(json_object_get(entry, "row"),
                                                arena_copy(arena, table->columns[i].data, table->columns[i].size))
                              : NULL;
    char *dumped = value && !json_is_string(value) && !json_is_null(value)
                       ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15))
                       : NULL;
    const char *text = json_is_string(value) ? json_string_value(value) : dumped;
    row->cells[i] = text ? text_trim(text_of(arena_copy_text(arena, text))) : TEXT("");
    free(dumped);
  }
  return true;
}

/* ── the table ────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status open_table(struct work_table *table, const char *path, struct error *error) {
  TRY(read_text(table->arena, path, &table->plain, error));
  table->plain = text_trim(table->plain);
  if (!table->plain.size)
    return error_set(error, STATUS_BAD_DATA, "it is empty");
  enum status status = table->plain.data[0] == '{' || table->plain.data[0] == '[' ? open_json(table, error)
                                                                                  : open_csv(table, error);
  for (uint32_t i = 0; i < table->column_count; i++)
    table->mapped[i] = guess_field(table->columns[i]);
  return status;
}

static void close_table(struct work_table *table) {
  json_decref(table->objects);
  arena_free(table->arena);
}

static bool next_row(struct work_table *table, struct arena *arena, struct work_row *row) {
  return table->objects ? next_json(table, arena, row) : next_csv(table, arena, row);
}

static bool has(const struct work_table *table, enum record_field field) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->mapped[i] == field)
      return true;
  return false;
}

/* A field that two columns claim stays with the first. */
static void settle_mapping(struct work_table *table) {
  bool taken[FIELD_COUNT] = {false};
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (taken[table->mapped[i]])
      table->mapped[i] = FIELD_NONE;
    taken[table->mapped[i]] = table->mapped[i] != FIELD_NONE;
  }
}

bool maintenance_is_table(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0 || info.st_size > (off_t)MAINTENANCE_GUESS_MAX)
    return false;
  struct work_table *table = memory_new(sizeof *table);
  table->arena = arena_new(0);
  bool is = open_table(table, path, NULL) == STATUS_OK;
  bool says_what = has(table, FIELD_ACTION) || has(table, FIELD_PROBLEM);
  is &= says_what && (has(table, FIELD_TIME) || has(table, FIELD_RECORD)) &&
        (has(table, FIELD_VEHICLE) || has(table, FIELD_COMPONENT));
  close_table(table);
  free(table);
  return is;
}

/* ── mapping ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool field_named(const char *name, enum record_field *ret_field) {
  for (int field = 0; field < FIELD_COUNT; field++)
    if (strcmp(fields[field].name, name) == 0) {
      *ret_field = (enum record_field)field;
      return true;
    }
  return false;
}

static bool set_mapping(struct work_table *table, struct text column, enum record_field field) {
  bool found = false;
  for (uint32_t i = 0; i < table->column_count; i++) {
    bool is_it = text_equal(table->columns[i], column);
    if (is_it)
      table->mapped[i] = field;
    else if (field != FIELD_NONE && table->mapped[i] == field)
      table->mapped[i] = FIELD_NONE;
    found |= is_it;
  }
  return found;
}

static void name_source(const struct work_table *table, const struct maintenance_options *options, char source[80]) {
  char sha256[SHA256_TEXT];
  if (options->source) {
    snprintf(source, 80, "%s", options->source);
    return;
  }
  struct hash *hash = hash_new();
  for (uint32_t i = 0; i < table->column_count; i++) {
    hash_add(hash, table->columns[i].data, table->columns[i].size);
    hash_add(hash, "\n", 1);
  }
  hash_end(hash, sha256);
  snprintf(source, 80, "columns-%.8s", sha256);
}

static enum status read_mapping(struct lake *lake, struct work_table *table, const char *source, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *text, *column;
  const json_t *value;
  enum status status = catalog_get(lake_catalog(lake), arena, "settings", arena_format(arena, "maintenance %s", source),
                                   &text, error);
  if (status == STATUS_NOT_FOUND)
    return STATUS_OK;
  TRY(status);
  json_t *document = json_loads(text, 0, NULL);
  json_object_foreach(json_object_get(document, "columns"), column, value) {
    enum record_field field;
    if (field_named(json_string_value(value), &field))
      set_mapping(table, text_of(column), field);
  }
  json_decref(document);
  return STATUS_OK;
}

static enum status typed_mapping(struct work_table *table, const struct maintenance_options *options,
                                 struct error *error) {
  for (uint32_t i = 0; i < options->map_count; i++) {
    const char *sign = strrchr(options->maps[i], '=');
    enum record_field field;
    if (!sign || !field_named(sign + 1, &field))
      return error_set(error, STATUS_SETTINGS,
                       "--map wants COLUMN=field, not '%s'; the fields are record, time, vehicle, component, serial, "
                       "action, problem, text, person, hours, cycles, cost, currency and due",
                       options->maps[i]);
    if (!set_mapping(table, text_from(options->maps[i], (size_t)(sign - options->maps[i])), field))
      return error_set(error, STATUS_SETTINGS, "there is no column '%.*s'", (int)(sign - options->maps[i]),
                       options->maps[i]);
  }
  return STATUS_OK;
}

static enum status keep_mapping(struct lake *lake, const struct work_table *table, const char *source,
                                struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  json_t *document = json_pack("{s:s, s:s, s:o}", "kind", "maintenance", "source", source, "columns", json_object());
  for (uint32_t i = 0; i < table->column_count; i++)
    json_object_setn_new(json_object_get(document, "columns"), table->columns[i].data, table->columns[i].size,
                         json_string(fields[table->mapped[i]].name));
  char *text = json_dumps(document, JSON_COMPACT);
  enum status status = catalog_put(lake_catalog(lake), "settings", arena_format(arena, "maintenance %s", source), text,
                                   error);
  free(text);
  json_decref(document);
  return status;
}

static enum status check_mapping(const struct work_table *table, const char *path, struct error *error) {
  bool any = false;
  for (uint32_t i = 0; i < table->column_count; i++)
    any |= table->mapped[i] != FIELD_NONE;
  if (any)
    return STATUS_OK;
  scoped(buffer) struct buffer names = buffer_with_max(300);
  for (uint32_t i = 0; i < table->column_count && names.size < 200; i++)
    buffer_format(&names, "%s%.*s", i ? ", " : "", (int)table->columns[i].size, table->columns[i].data);
  return error_set(error, STATUS_SETTINGS,
                   "%s: none of its columns is known (%s); say what they hold: --map 'COLUMN=text'", path,
                   buffer_text(&names));
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct work_import {
  struct lake *lake;
  struct work_table *table;
  const struct maintenance_options *options;
  const struct maintenance_callbacks *callbacks;
  struct maintenance_result *result;
  const char *path;
  enum date_order order;
  int64_t latest_us;
};

static void refuse(struct work_import *import, const struct work_row *row, uint32_t column, const char *reason) {
  scoped(arena) struct arena *arena = arena_new(0);
  bool whole = column == COLUMNS_MAX;
  const struct text *name = whole ? NULL : &import->table->columns[column], *value = whole ? NULL : &row->cells[column];
  import->result->refused++;
  import->callbacks->refused(import->callbacks->context, row->line,
                             name ? arena_copy(arena, name->data, name->size) : "",
                             value ? arena_copy(arena, value->data, MIN(value->size, (size_t)80)) : "", reason);
}

/* NULL: it can be true. */
static const char *take_time(struct work_import *import, struct text value, bool may_be_ahead, json_t *document,
                             const char *name) {
  struct text_time time;
  char text[CLOCK_TEXT_SIZE];
  if (!text_value_time(value, import->order, &time) || !time.has_date)
    return "this is no date; 2026-03-01 and 01.03.2026 are";
  if (time.ambiguous)
    return "day and month can't be told apart; give --date-order dmy or mdy";
  if (time.us < clock_from_civil(1950, 1, 1, 0, 0, 0))
    return "this is before 1950";
  if (!may_be_ahead && time.us > import->latest_us)
    return "this lies in the future";
  json_object_set_new(document, name, json_string(clock_format(text, time.us)));
  return NULL;
}

static const char *take_number(struct text value, bool whole, json_t *document, const char *name) {
  double number;
  bool comma = memchr(value.data, ',', value.size) && !memchr(value.data, '.', value.size);
  if (!text_value_number(value, comma ? ',' : '.', &number) || !isfinite(number))
    return "this is no number";
  if (number < 0)
    return "this is below zero";
  if (whole && number != floor(number))
    return "this is no whole number";
  json_object_set_new(document, name, whole && number < 0x1p53 ? json_integer((json_int_t)number) : json_real(number));
  return NULL;
}

/* What kind of work the words tell of. */
static const char *kind_of(const char *words) {
  static const struct {
    const char *part, *kind;
  } kinds[] = {
      {"replac", "replacement"},
      {"remplac", "replacement"},
      {"ersetz", "replacement"},
      {"getauscht", "replacement"},
      {"swap", "replacement"},
      {"install", "replacement"},
      {"adjust", "adjustment"},
      {"tighten", "adjustment"},
      {"torqu", "adjustment"},
      {"inspect", "inspection"},
      {"check", "inspection"},
      {"pruef", "inspection"},
      {"calibrat", "calibration"},
      {"kalibrier", "calibration"},
      {"firmware", "firmware"},
      {"update", "firmware"},
      {"repair", "repair"},
      {"repar", "repair"},
      {"mended", "repair"},
      {"fix", "repair"},
      {"clean", "cleaning"},
      {"charg", "battery"},
      {"test", "test"},
      {"crash", "incident"},
  };
  char lower[256];
  size_t size = 0;
  for (; words[size] && size < sizeof lower - 1; size++)
    lower[size] = (char)tolower((unsigned char)words[size]);
  lower[size] = 0;
  for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
    if (strstr(lower, kinds[i].part))
      return kinds[i].kind;
  return "other";
}

static const char *take_cell(struct work_import *import, enum record_field field, struct text value, json_t *document,
                             struct text column) {
  switch (field) {
  case FIELD_TIME:
    return take_time(import, value, false, document, "time");
  case FIELD_DUE:
    return take_time(import, value, true, document, "due");
  case FIELD_HOURS:
    return take_number(value, false, document, "hours");
  case FIELD_COST:
    return take_number(value, false, document, "cost");
  case FIELD_CYCLES:
    return take_number(value, true, document, "cycles");
  case FIELD_NONE:
    json_object_setn_new(json_object_get(document, "more"), column.data, column.size,
                         json_stringn(value.data, value.size));
    return NULL;
  default:
    json_object_set_new(document, fields[field].name, json_stringn(value.data, value.size));
    return NULL;
  }
}

static const char *said(const json_t *document, const char *field) {
  const char *text = json_string_value(json_object_get(document, field));
  return text ? text : "";
}

static const char *finish_document(const struct work_import *import, json_t *document, uint64_t line) {
  scoped(arena) struct arena *arena = arena_new(0);
  static const char *const telling[] = {"action", "problem", "text", "component", "cycles", "hours", "time"};
  bool any = false;
  for (size_t i = 0; i < ARRAY_COUNT(telling); i++)
    any |= json_object_get(document, telling[i]) != NULL;
  if (!any)
    return "the row says neither what was done nor when";
  if (!said(document, "vehicle")[0])
    json_object_set_new(document, "vehicle",
                        json_string(import->options->vehicle ? import->options->vehicle : "unknown"));
  const char *words = arena_format(arena, "%s %s", said(document, "action"), said(document, "text"));
  bool is_work = said(document, "action")[0] || said(document, "problem")[0] || said(document, "text")[0];
  json_object_set_new(document, "kind", json_string(is_work ? kind_of(words) : "measurement"));
  if (!json_object_size(json_object_get(document, "more")))
    json_object_del(document, "more");
  char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
  char sha256[SHA256_TEXT];
  hash_bytes(bytes_of(text, strlen(text)), sha256);
  free(text);
  json_object_set_new(document, "id", json_stringn(sha256, 16));
  json_object_set_new(document, "source", json_string(import->result->source));
  json_object_set_new(document, "file", json_string(path_name(import->path)));
  json_object_set_new(document, "line", json_integer((json_int_t)line));
  return NULL;
}

static enum status put_document(struct work_import *import, const json_t *document, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *id = said(document, "id"), *there;
  enum status status = catalog_get(lake_catalog(import->lake), arena, "maintenance", id, &there, error);
  if (status == STATUS_OK) {
    import->result->known++;
    return STATUS_OK;
  }
  if (status != STATUS_NOT_FOUND)
    return status;
  import->result->added++;
  if (import->options->dry_run)
    return STATUS_OK;
  char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
  status = catalog_put(lake_catalog(import->lake), "maintenance", id, text, error);
  free(text);
  return status;
}

static bool is_blank(const struct work_table *table, const struct work_row *row) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (row->cells[i].size)
      return false;
  return true;
}

static enum status take_row(struct work_import *import, const struct work_row *row, struct error *error) {
  const struct work_table *table = import->table;
  json_t *document = json_object();
  const char *reason = NULL;
  uint32_t column = 0;
  json_object_set_new(document, "more", json_object());
  for (; column < table->column_count && !reason; column++)
    if (row->cells[column].size && !text_value_is_none(row->cells[column]))
      reason = take_cell(import, table->mapped[column], row->cells[column], document, table->columns[column]);
  bool whole = !reason;
  if (whole)
    reason = finish_document(import, document, row->line);
  if (reason)
    refuse(import, row, whole ? COLUMNS_MAX : column - 1, reason);
  enum status status = reason ? STATUS_OK : put_document(import, document, error);
  json_decref(document);
  return status;
}

/* 13/04/2026 anywhere in the column tells how the others are meant. */
static enum date_order find_order(struct work_table *table, enum date_order typed) {
  struct work_row *row = arena_alloc(table->arena, sizeof *row);
  struct work_table again = *table;
  enum date_order order = typed;
  scoped(arena) struct arena *arena = arena_new(0);
  for (uint32_t rows = 0; order == DATE_UNKNOWN && rows < ROWS_MAX && next_row(&again, arena, row); rows++) {
    struct text_time time;
    for (uint32_t i = 0; i < table->column_count; i++)
      if ((table->mapped[i] == FIELD_TIME || table->mapped[i] == FIELD_DUE) &&
          text_value_time(row->cells[i], DATE_UNKNOWN, &time) && time.told != DATE_UNKNOWN)
        order = time.told;
    if (rows % 256 == 255)
      arena_reset(arena);
  }
  return order;
}

static enum status take_rows(struct work_import *import, struct error *error) {
  struct work_row *row = arena_alloc(import->table->arena, sizeof *row);
  scoped(arena) struct arena *arena = arena_new(0);
  while (next_row(import->table, arena, row)) {
    if (import->result->rows == ROWS_MAX)
      return error_set(error, STATUS_LIMIT, "%s has more than %u rows; cut it in pieces", import->path, ROWS_MAX);
    if (!is_blank(import->table, row)) {
      import->result->rows++;
      TRY(take_row(import, row, error));
    }
    arena_reset(arena);
  }
  return STATUS_OK;
}

static void tell_mapping(const struct work_import *import) {
  for (uint32_t i = 0; i < import->table->column_count && import->callbacks->column; i++) {
    const struct text *name = &import->table->columns[i];
    import->callbacks->column(import->callbacks->context, arena_copy(import->table->arena, name->data, name->size),
                              fields[import->table->mapped[i]].name);
  }
}

static enum status import_table(struct work_import *import, struct error *error) {
  struct work_table *table = import->table;
  struct maintenance_result *result = import->result;
  name_source(table, import->options, result->source);
  TRY(read_mapping(import->lake, table, result->source, error));
  TRY(typed_mapping(table, import->options, error));
  settle_mapping(table);
  TRY(check_mapping(table, import->path, error));
  tell_mapping(import);
  import->order = find_order(table, import->options->date_order);
  import->latest_us = clock_now_us() + NEXT_DAYS * US_PER_DAY;
  TRY(catalog_begin(lake_catalog(import->lake), error));
  enum status status = take_rows(import, error);
  if (status == STATUS_OK && !import->options->dry_run)
    status = keep_mapping(import->lake, table, result->source, error);
  if (status == STATUS_OK)
    return catalog_commit(lake_catalog(import->lake), error);
  catalog_rollback(lake_catalog(import->lake));
  return status;
}

enum status maintenance_import(struct lake *lake, const char *path, const struct maintenance_options *options,
                               const struct maintenance_callbacks *callbacks, struct maintenance_result *ret_result,
                               struct error *error) {
  struct work_table *table = memory_new(sizeof *table);
  struct work_import import = {lake, table, options, callbacks, ret_result, path, DATE_UNKNOWN, 0};
  *ret_result = (struct maintenance_result){0};
  table->arena = arena_new(0);
  enum status status = open_table(table, path, error);
  if (status != STATUS_OK)
    status = error_prefix(error, "%s", path);
  else
    status = lake_lock(lake, NULL, NULL, error);
  if (status == STATUS_OK) {
    status = import_table(&import, error);
    lake_unlock(lake);
  }
  close_table(table);
  free(table);
  return status;
}
