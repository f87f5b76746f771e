/* Real logs, where ../shared is present: the same flight recorded by the vehicle (.bin) and by the ground station
 * (.tlog) must agree in what both say. The clocks differ (boot, receiver), so the offset is found first: the one at
 * which roll agrees best. */
#include "unit.h"

#include <unistd.h>

#include "decode/decoder.h"
#include "vocabulary/map.h"

#define POINTS_MAX 20000

struct series {
  const char *table, *column;
  int instance; /* only rows of this sensor; -1: tables without one */
  double limit; /* of the median difference */
  bool is_angle;
  uint32_t count;
  double t_s[POINTS_MAX], value[POINTS_MAX];
};

#define METRES_LAT (1 / 111319.5) /* one metre of latitude in degrees */

enum { ROLL, PITCH, YAW, LATITUDE, LONGITUDE, ALTITUDE, VOLTAGE, SERIES_COUNT };
static struct series sides[2][SERIES_COUNT];

static const struct series wanted[SERIES_COUNT] = {
    [ROLL] = {.table = "attitude", .column = "roll_deg", .instance = -1, .limit = 1},
    [PITCH] = {.table = "attitude", .column = "pitch_deg", .instance = -1, .limit = 1},
    [YAW] = {.table = "attitude", .column = "yaw_deg", .instance = -1, .limit = 1, .is_angle = true},
    [LATITUDE] = {.table = "position", .column = "lat_deg", .instance = -1, .limit = METRES_LAT},
    [LONGITUDE] = {.table = "position", .column = "lon_deg", .instance = -1, .limit = METRES_LAT},
    [ALTITUDE] = {.table = "position", .column = "alt_msl_m", .instance = -1, .limit = 1},
    [VOLTAGE] = {.table = "battery", .column = "voltage_v", .instance = 0, .limit = 0.1},
};

static enum status take_rows(void *context, const struct rows *rows, struct error *problem) {
  (void)problem;
  struct series *series = context;
  for (int which = 0; which < SERIES_COUNT; which++) {
    struct series *one = &series[which];
    if (strcmp(one->table, rows->table->name) != 0)
      continue;
    const struct column *values = &rows->columns[schema_column(rows->table, one->column)];
    int key = schema_column(rows->table, "instance");
    for (uint32_t i = 0; values->values && i < rows->count && one->count < POINTS_MAX; i++) {
      bool other = one->instance >= 0 && key >= 0 && rows->columns[key].values &&
                   column_i64(&rows->columns[key], i) != one->instance;
      if (other || !column_is_valid(values, i) || rows->log_us[i] == TIME_NONE)
        continue;
      one->t_s[one->count] = (double)rows->log_us[i] * 1e-6;
      one->value[one->count++] = column_double(values, i);
    }
  }
  return STATUS_OK;
}

struct names {
  const char *names[1024];
  uint32_t count;
};

/* One pass; names of the messages that occur go to ret_names. */
static void read_log(const char *path, const struct map_facts *facts, struct series *series, struct names *ret_names) {
  scoped(input) struct input *input = NULL;
  scoped(map) struct map *map = NULL;
  scoped(decode) struct decode *decode = NULL;
  const struct batch *batch;
  assert_ok(input_open_path(path, &input, &error));
  uint8_t head[4096];
  size_t size;
  assert_ok(input_read_at(input, 0, head, sizeof head, &size, &error));
  const struct decoder *decoder = decode_probe((struct bytes){head, size}, input_size(input), text_of(path), NULL);
  assert_non_null(decoder->vocabulary);
  assert_ok(map_new(decoder->vocabulary, facts, NULL, &map, &error));
  assert_ok(
      decode_open(input, decoder, &(struct decode_options){.wanted = map_wants, .context = map}, &decode, &error));
  for (;;) {
    assert_ok(decode_next(decode, &batch, &error));
    if (!batch)
      break;
    assert_ok(map_batch(map, batch, take_rows, series, &error));
  }
  assert_ok(map_end(map, take_rows, series, &error));
  const struct decode_report *report = decode_get_report(decode);
  for (uint32_t i = 0; ret_names && i < report->message_count && ret_names->count < ARRAY_COUNT(ret_names->names); i++)
    if (report->messages[i]->count)
      ret_names->names[ret_names->count++] = memory_copy_text(report->messages[i]->name);
}

/* As the lake reads it: a first pass for the names, a second for the rows. */
static void read_twice(const char *path, struct series *series) {
  static struct series scratch[SERIES_COUNT];
  struct names names = {.count = 0};
  memcpy(scratch, wanted, sizeof wanted);
  memcpy(series, wanted, sizeof wanted);
  read_log(path, &(struct map_facts){0}, scratch, &names);
  read_log(path, &(struct map_facts){.message_names = names.names, .message_count = names.count}, series, NULL);
  for (uint32_t i = 0; i < names.count; i++)
    free((void *)(uintptr_t)names.names[i]);
}

/* Linear between neighbours; NaN outside or in a gap of over a second. */
static double value_at(const struct series *series, double t_s) {
  uint32_t low = 0, high = series->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (series->t_s[middle] < t_s)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0 || low == series->count || series->t_s[low] - series->t_s[low - 1] > 1)
    return NAN;
  double part = (t_s - series->t_s[low - 1]) / (series->t_s[low] - series->t_s[low - 1]);
  double step = series->value[low] - series->value[low - 1];
  if (series->is_angle)
    step = remainder(step, 360);
  return series->value[low - 1] + part * step;
}

static double difference_at(const struct series *a, const struct series *b, uint32_t i, double offset_s) {
  double difference = a->value[i] - value_at(b, a->t_s[i] + offset_s);
  return fabs(a->is_angle ? remainder(difference, 360) : difference);
}

/* Mean difference; infinite where they hardly overlap. */
static double misfit(const struct series *a, const struct series *b, double offset_s) {
  double sum = 0;
  uint32_t used = 0;
  for (uint32_t i = 0; i < a->count; i += 3) {
    double difference = difference_at(a, b, i, offset_s);
    if (isnan(difference))
      continue;
    sum += difference;
    used++;
  }
  return used * 2 > a->count / 3 ? sum / used : INFINITY;
}

/* Searches ever finer about the offset that puts the ends together. */
static double find_offset(const struct series *a, const struct series *b) {
  double best = b->t_s[b->count - 1] - a->t_s[a->count - 1], least = INFINITY;
  for (double step = 0.25, span = 30; step > 0.004; span = step * 2, step /= 5) {
    double middle = best;
    for (double offset = middle - span; offset <= middle + span; offset += step) {
      double now = misfit(a, b, offset);
      if (now < least) {
        least = now;
        best = offset;
      }
    }
  }
  assert_true(isfinite(least));
  return best;
}

static int compare_doubles(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void check_agreement(const char *flight, const struct series *a, const struct series *b, double offset_s) {
  static double differences[POINTS_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < a->count; i++) {
    double difference = difference_at(a, b, i, offset_s);
    if (!isnan(difference))
      differences[count++] = difference;
  }
  if (count < 100)
    fail_msg("%s: %s.%s has %u common samples (%u and %u)", flight, a->table, a->column, count, a->count, b->count);
  qsort(differences, count, sizeof *differences, compare_doubles);
  double median = differences[count / 2], most = differences[count * 9 / 10];
  print_message("%s %s.%s: %u samples, median %.3g, 90 %% below %.3g, limit %.3g\n", flight, a->table, a->column, count,
                median, most, a->limit);
  if (!(most <= a->limit))
    fail_msg("%s: %s.%s of .bin and .tlog differ", flight, a->table, a->column);
}

/* Beside the project: from its root, or from a build folder in it. */
static const char *shared_folder(void) {
  static const char *const folders[] = {"../shared/fleet", "../../shared/fleet"};
  for (size_t i = 0; i < ARRAY_COUNT(folders); i++)
    if (access(folders[i], R_OK) == 0)
      return folders[i];
  return NULL;
}

static void test_bin_and_tlog_agree(void **state) {
  (void)state;
  static const char *const flights[] = {"uav09/f01", "uav11/f01", "uav12/f01"};
  const char *folder = shared_folder();
  if (!folder)
    skip();
  for (size_t i = 0; i < ARRAY_COUNT(flights); i++) {
    char bin[256], tlog[256];
    snprintf(bin, sizeof bin, "%s/%s.bin", folder, flights[i]);
    snprintf(tlog, sizeof tlog, "%s/%s.tlog", folder, flights[i]);
    read_twice(bin, sides[0]);
    read_twice(tlog, sides[1]);
    assert_true(sides[0][ROLL].count > 100 && sides[1][ROLL].count > 100);
    double offset_s = find_offset(&sides[1][ROLL], &sides[0][ROLL]);
    for (int which = 0; which < SERIES_COUNT; which++)
      check_agreement(flights[i], &sides[1][which], &sides[0][which], offset_s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bin_and_tlog_agree)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
