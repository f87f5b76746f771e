/* labels: see labels.h. Fault names are read by the words in them, the first row of `words` that occurs counts, so
 * that other people's names fit too: "low_battery_failsafe" is low_battery, not battery. */
#include "lake/labels.h"

#include "base/clock.h"
#include "base/file.h"
#include "decode/csv_split.h"
#include "lake/document.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define TABLE_BYTES_MAX ((size_t)256 << 20)
#define FIELDS ARRAY_COUNT(fields)
#define SIMULATED_ALERT 0.35 /* severity from which a simulated fault has to be found */

static const struct {
  const char *word, *kind;
} words[] = {
    {"low_battery", "low_battery"},
    {"undervoltage", "low_battery"},
    {"battery", "battery"},
    {"brown_out", "power_rail"},
    {"brownout", "power_rail"},
    {"power_rail", "power_rail"},
    {"vcc", "power_rail"},
    {"rc_", "rc_link"},
    {"radio", "rc_link"},
    {"receiver", "rc_link"},
    {"telemetry", "telemetry_link"},
    {"gcs", "telemetry_link"},
    {"ground_station", "telemetry_link"},
    {"airspeed", "airspeed"},
    {"pitot", "airspeed"},
    {"compass", "compass"},
    {"magnet", "compass"},
    {"gps", "gps"},
    {"gnss", "gps"},
    {"spoof", "gps"},
    {"baro", "barometer"},
    {"isolator", "vibration"},
    {"vibration", "vibration"},
    {"imu", "imu"},
    {"accel", "imu"},
    {"gyro", "imu"},
    {"estimator", "estimator"},
    {"ekf", "estimator"},
    {"servo", "servo"},
    {"aileron", "servo"},
    {"elevator", "servo"},
    {"rudder", "servo"},
    {"elevon", "servo"},
    {"surface", "servo"},
    {"motor", "propulsion"},
    {"engine", "propulsion"},
    {"esc", "propulsion"},
    {"prop", "propulsion"},
    {"thrust", "propulsion"},
    {"geofence", "geofence"},
    {"fence", "geofence"},
    {"altitude", "altitude"},
    {"hard_landing", "hard_landing"},
    {"crash", "crash"},
    {"scheduler", "scheduler"},
    {"slow_loop", "scheduler"},
    {"cpu", "scheduler"},
    {"attitude", "control"},
    {"oscillation", "control"},
    {"tuning", "control"},
    {"control", "control"},
    {"navigation", "navigation"},
    {"parameter", "configuration"},
    {"configuration", "configuration"},
};

const char *label_kind(const char *fault) {
  if (fault[0] == 0 || strcmp(fault, "none") == 0 || strcmp(fault, "healthy") == 0)
    return "";
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (strcasestr(fault, words[i].word))
      return words[i].kind;
  return "?";
}

/* ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

enum field_name { ID, LOG, VEHICLE, START, FAULT, CLASS, COMPONENT, STAGE, EXPECTED, ONSET, TRUTH };
static const char *const fields[][4] = {
    [ID] = {"id", "flight_id"},
    [LOG] = {"log", "file", "path"},
    [VEHICLE] = {"vehicle", "uav", "airframe"},
    [START] = {"start_utc", "start", "time"},
    [FAULT] = {"fault_type", "fault", "label"},
    [CLASS] = {"fault_class", "class"},
    [COMPONENT] = {"component", "part"},
    [STAGE] = {"degradation_stage", "stage"},
    [EXPECTED] = {"expected"},
    [ONSET] = {"onset_log_s", "onset_s"},
    [TRUTH] = {"truth"},
};

struct reading {
  struct arena *arena;
  struct labels *labels;
  uint32_t capacity;
};

static struct label *add_label(struct reading *reading) {
  struct labels *labels = reading->labels;
  if (labels->count == reading->capacity) {
    uint32_t capacity = MAX(reading->capacity * 2, 64u);
    struct label *items = arena_alloc_array(reading->arena, capacity, sizeof *items);
    if (labels->count)
      memcpy(items, labels->items, labels->count * sizeof *items);
    labels->items = items;
    reading->capacity = capacity;
  }
  struct label *label = &labels->items[labels->count++];
  *label = (struct label){"", "", "", "", "", "", NULL, EXPECT_NOTHING, false, NAN, NAN, NAN};
  return label;
}

static const char *cell_copy(struct arena *arena, const struct csv_cell *cell) {
  char *out = arena_alloc(arena, cell->size + 1);
  if (cell->escaped)
    return arena_copy(arena, out, csv_unescape(cell, out));
  return arena_copy(arena, cell->data, cell->size);
}

static double number_of(const char *text) {
  double value;
  return text_to_double(text_trim(text_of(text)), &value) ? value : NAN;
}

static double truth_number(const char *truth, const char *name) {
  json_t *object = json_loads(truth, 0, NULL);
  const json_t *value = json_object_get(object, name);
  double number = json_is_number(value) ? json_number_value(value) : NAN;
  json_decref(object);
  return number;
}

static enum expectation expectation_of(const char *text, const char *kind) {
  if (strcmp(text, "optional") == 0)
    return EXPECT_OPTIONAL;
  if (text[0])
    return strcmp(text, "alert") == 0 ? EXPECT_ALERT : EXPECT_NOTHING;
  return kind[0] ? EXPECT_ALERT : EXPECT_NOTHING;
}

static void take_record(struct reading *reading, const struct csv_record *record, const uint32_t columns[FIELDS]) {
  const char *values[FIELDS];
  for (size_t i = 0; i < FIELDS; i++)
    values[i] = columns[i] < record->count ? cell_copy(reading->arena, &record->cells[columns[i]]) : "";
  struct label *label = add_label(reading);
  label->id = values[ID];
  label->path = values[LOG][0] ? values[LOG] : NULL;
  label->vehicle = values[VEHICLE];
  label->start = values[START];
  label->fault = values[FAULT];
  label->component = values[COMPONENT];
  label->kind = label_kind(label->fault);
  label->expected = expectation_of(values[EXPECTED], label->kind);
  label->progressive = strcmp(values[CLASS], "progressive") == 0;
  label->stage = number_of(values[STAGE]);
  label->onset_s = number_of(values[ONSET]);
  if (label->progressive || !(label->onset_s > 0))
    label->onset_s = NAN;
  label->resistance_ohm = truth_number(values[TRUTH], "batt_r_ohm");
}

static void map_columns(const struct csv_record *header, uint32_t columns[FIELDS]) {
  for (size_t i = 0; i < FIELDS; i++) {
    columns[i] = UINT32_MAX;
    for (size_t n = 0; n < ARRAY_COUNT(fields[i]) && fields[i][n] && columns[i] == UINT32_MAX; n++)
      for (uint32_t c = 0; c < header->count; c++)
        if (text_is(text_trim(text_from(header->cells[c].data, header->cells[c].size)), fields[i][n]))
          columns[i] = c;
  }
}

static enum status read_csv(struct reading *reading, const char *table, struct bytes content, struct error *error) {
  struct csv_record *record = arena_alloc(reading->arena, sizeof *record);
  struct csv_splitter splitter = {.view = content, .dialect = {',', '\n', true}};
  uint32_t columns[FIELDS];
  if (!csv_split(&splitter, true, record))
    return error_set(error, STATUS_BAD_DATA, "%s is empty; it should begin with a line of column names", table);
  map_columns(record, columns);
  if ((columns[ID] == UINT32_MAX && columns[LOG] == UINT32_MAX) || columns[FAULT] == UINT32_MAX)
    return error_set(error, STATUS_BAD_DATA,
                     "%s has no columns id (or log) and fault_type; evaluate can't tell which flight has which fault",
                     table);
  while (splitter.at < content.size && csv_split(&splitter, true, record)) {
    if (record->count < 2)
      continue;
    if (reading->labels->count == LABELS_MAX)
      return error_set(error, STATUS_LIMIT, "%s has more than %u rows; cut it into several", table, LABELS_MAX);
    take_record(reading, record, columns);
  }
  return STATUS_OK;
}

/* ── fleet.json ───────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_simulated(struct reading *reading, const json_t *vehicle, const json_t *flight) {
  struct label *label = add_label(reading);
  label->vehicle = arena_copy_text(reading->arena, json_field(vehicle, "name"));
  label->id = arena_format(reading->arena, "%s_%s", label->vehicle, json_field(flight, "name"));
  label->start = arena_copy_text(reading->arena, json_field(flight, "start"));
  label->resistance_ohm = json_number_value(json_object_get(flight, "battery_resistance_ohm"));
  label->resistance_ohm = label->resistance_ohm > 0 ? label->resistance_ohm : NAN;
  const json_t *fault = json_array_get(json_object_get(flight, "faults"), 0);
  if (!fault)
    return;
  label->fault = arena_copy_text(reading->arena, json_field(fault, "kind"));
  label->component = arena_copy_text(reading->arena, json_field(fault, "component"));
  label->kind = label_kind(label->fault);
  label->stage = json_number_value(json_object_get(fault, "severity"));
  label->progressive = strcmp(label->fault, "brown_out") != 0;
  label->expected = label->stage < SIMULATED_ALERT ? EXPECT_OPTIONAL : EXPECT_ALERT;
}

static enum status read_fleet(struct reading *reading, const char *table, struct bytes content, struct error *error) {
  json_t *fleet = json_loadb((const char *)content.data, content.size, 0, NULL);
  const json_t *vehicles = json_object_get(fleet, "vehicles");
  for (size_t v = 0; v < json_array_size(vehicles); v++) {
    const json_t *vehicle = json_array_get(vehicles, v), *flights = json_object_get(vehicle, "flights");
    for (size_t f = 0; f < json_array_size(flights) && reading->labels->count < LABELS_MAX; f++)
      take_simulated(reading, vehicle, json_array_get(flights, f));
  }
  json_decref(fleet);
  return reading->labels->count ? STATUS_OK
                                : error_set(error, STATUS_BAD_DATA,
                                            "%s tells of no flights; give a table of labels or "
                                            "the fleet.json of a simulated fleet",
                                            table);
}

/* ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct log_file {
  const char *path, *key; /* key: path below the folder with '/' as '_', without its ending, backwards */
  int rank;               /* the lower the better */
};
struct finding_logs {
  struct arena *arena;
  const char *folder, *ending;
  struct log_file *files;
  uint32_t count, capacity;
};

static int rank_of(const char *ending, const char *wanted) {
  static const char *const none[] = {"json", "csv", "txt", "md", "tsv"};
  static const char *const ranks[] = {"bin", "ulg", "log", "bbl", "bfl", "tlog"};
  if (wanted)
    return strcasecmp(ending, wanted) == 0 ? 0 : -1;
  for (size_t i = 0; i < ARRAY_COUNT(none); i++)
    if (strcasecmp(ending, none[i]) == 0)
      return -1;
  for (size_t i = 0; i < ARRAY_COUNT(ranks); i++)
    if (strcasecmp(ending, ranks[i]) == 0)
      return (int)i;
  return (int)ARRAY_COUNT(ranks);
}

static const char *reversed_key(struct arena *arena, const char *text, size_t size) {
  char *key = arena_alloc(arena, size + 1);
  for (size_t i = 0; i < size; i++)
    key[size - 1 - i] = (char)(text[i] == '/' ? '_' : text[i]);
  return key;
}

static enum status take_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  (void)bytes, (void)error;
  struct finding_logs *logs = context;
  const char *dot = strrchr(path_name(path), '.');
  int rank = rank_of(dot ? dot + 1 : "", logs->ending);
  if (rank < 0)
    return STATUS_OK;
  if (logs->count == logs->capacity) {
    logs->capacity = MAX(logs->capacity * 2, 64u);
    logs->files = memory_resize(logs->files, logs->capacity, sizeof *logs->files);
  }
  const char *below = path + strlen(logs->folder);
  logs->files[logs->count++] = (struct log_file){
      arena_copy_text(logs->arena, path), reversed_key(logs->arena, below, dot ? (size_t)(dot - below) : strlen(below)),
      rank};
  return STATUS_OK;
}

static int compare_files(const void *a, const void *b) {
  const struct log_file *x = a, *y = b;
  int order = strcmp(x->key, y->key);
  return order ? order : x->rank - y->rank;
}

/* The best log whose key begins with the id (both backwards), at a boundary. */
static const char *find_log(const struct finding_logs *logs, const char *id) {
  const char *wanted = reversed_key(logs->arena, id, strlen(id));
  size_t size = strlen(wanted);
  uint32_t low = 0, high = logs->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (strcmp(logs->files[middle].key, wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  const struct log_file *best = NULL;
  for (; low < logs->count && strncmp(logs->files[low].key, wanted, size) == 0; low++) {
    const struct log_file *file = &logs->files[low];
    bool boundary = file->key[size] == 0 || file->key[size] == '_';
    if (boundary && (!best || file->rank < best->rank))
      best = file;
  }
  return best ? best->path : NULL;
}

static enum status find_logs(struct arena *arena, const char *folder, const char *ending, struct labels *labels,
                             struct error *error) {
  struct finding_logs logs = {arena, folder, ending, NULL, 0, 0};
  struct walk_callbacks callbacks = {take_file, NULL, &logs};
  enum status status = folder_walk(folder, &callbacks, error);
  if (logs.count)
    qsort(logs.files, logs.count, sizeof *logs.files, compare_files);
  for (uint32_t i = 0; i < labels->count && status == STATUS_OK; i++) {
    struct label *label = &labels->items[i];
    if (!label->path)
      label->path = find_log(&logs, label->id);
    else if (label->path[0] != '/')
      label->path = arena_format(arena, "%s/%s", folder, label->path);
  }
  free(logs.files);
  return status;
}

static int compare_starts(const void *a, const void *b) {
  const struct label *x = a, *y = b;
  int order = strcmp(x->start, y->start);
  return order ? order : strcmp(x->id, y->id);
}

enum status labels_read(struct arena *arena, const char *table, const char *folder, const char *ending,
                        struct labels *ret_labels, struct error *error) {
  struct labels labels = {0};
  struct reading reading = {arena, &labels, 0};
  struct bytes content;
  TRY(file_read(arena, table, TABLE_BYTES_MAX, &content, error));
  bool is_json = content.size && content.data[0] == '{';
  TRY(is_json ? read_fleet(&reading, table, content, error) : read_csv(&reading, table, content, error));
  TRY(find_logs(arena, folder, ending, &labels, error));
  if (labels.count)
    qsort(labels.items, labels.count, sizeof *labels.items, compare_starts);
  *ret_labels = labels;
  return STATUS_OK;
}
