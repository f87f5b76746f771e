/* unit_mistake: values that are plausible only in another unit than the column's: the firmware, a dialect or a table's
 * heading says one unit, and another was written.
 *
 * Sizes: the median of a column in flight (or of all, on the ground too, where it is the same) lies where no vehicle
 * can be, and multiplied by a usual factor it lies where they are: degrees × 1e7 for degrees, mV for V, mA for A, hPa
 * for Pa, g or mg for m/s², K for °C.
 * Ratios: GPS height against barometer height while it changes by 10 m or more (cm: 100, mm: 1000, ft: 3.28), and GPS
 * speed against the way between the fixes over 200 m or more (cm/s: 100, km/h: 3.6, knots: 1.94, mph: 2.24).
 * 15 points each, at most 30. */
#include "quality/few.h"
#include "quality/lane.h"
#include "quality/quality.h"

#include "flight/geo.h"
#include "vocabulary/rows.h"

#define LEAST_VALUES 20u
#define CLIMB_LEAST_M 10.0
#define WAY_LEAST_M 200.0
#define WAY_STEP_US (3 * US_PER_S) /* longer steps cut corners */

static const struct guess {
  const char *table, *column;
  double least, most; /* what is plausible, of the median of the absolute value */
  struct {
    const char *unit;
    double factor;
  } others[3];
  double other_least, other_most; /* what the factor must lead to */
} guesses[] = {
    {"gps", "lat_deg", 0, 90, {{"degrees × 1e7", 1e-7}}, 0.01, 90},
    {"gps", "lon_deg", 0, 180, {{"degrees × 1e7", 1e-7}}, 0.01, 180},
    {"position", "lat_deg", 0, 90, {{"degrees × 1e7", 1e-7}}, 0.01, 90},
    {"position", "lon_deg", 0, 180, {{"degrees × 1e7", 1e-7}}, 0.01, 180},
    {"battery", "voltage_v", 2, 120, {{"mV", 1e-3}, {"kV", 1e3}}, 3, 100},
    {"battery", "current_a", 0, 1000, {{"mA", 1e-3}}, 1, 500},
    {"baro", "pressure_pa", 10000, 115000, {{"hPa", 100}, {"kPa", 1000}}, 30000, 110000},
    {"baro", "temperature_degc", 0, 120, {{"K", 0}, {"hundredths of a degree", 0.01}}, 5, 90},
    {"imu", "accel_x_m_s2", 4, 40, {{"g", 9.80665}, {"mg", 9.80665e-3}}, 8.5, 11.5},
};
#define KELVIN 273.15

struct units {
  struct few few[ARRAY_COUNT(guesses)];
  struct lane gps_m, baro_m, lat, lon, speed;
  double lat_deg, lon_deg;
  bool any;
};

/* The column's value; of an accelerometer the length of the vector. */
static double value_of(const struct rows *rows, const struct guess *guess, const struct column *column, uint32_t row) {
  double value = rows_number(column, row);
  if (strcmp(guess->table, "imu") != 0)
    return fabs(value);
  double y = rows_number(rows_column(rows, "accel_y_m_s2"), row),
         z = rows_number(rows_column(rows, "accel_z_m_s2"), row);
  double length = sqrt(value * value + y * y + z * z);
  return length == 0 ? NAN : length;
}

static void take_sizes(struct units *units, const struct log_summary *log, const struct rows *rows) {
  const struct column *instance = rows_column(rows, "instance");
  for (size_t i = 0; i < ARRAY_COUNT(guesses); i++) {
    const struct column *column = rows_are_of(rows, guesses[i].table) ? rows_column(rows, guesses[i].column) : NULL;
    bool of_flight = strcmp(guesses[i].table, "battery") == 0;
    for (uint32_t row = 0; column && row < rows->count; row++)
      if (!(rows_number(instance, row) > 0) && (!of_flight || quality_in_air(log, rows->log_us[row])))
        few_add(&units->few[i], value_of(rows, &guesses[i], column, row));
  }
}

static void take_gps(struct units *units, const struct log_summary *log, const struct rows *rows) {
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg");
  const struct column *alt = rows_column(rows, "alt_msl_m"), *speed = rows_column(rows, "ground_speed_m_s");
  for (uint32_t i = 0; i < rows->count; i++) {
    double lat_deg = rows_number(lat, i), lon_deg = rows_number(lon, i);
    uint32_t cell = lane_cell(log, rows->log_us[i]);
    if (rows_number(instance, i) > 0 || !(rows_number(fix, i) >= 3))
      continue;
    if (!units->any && isfinite(lat_deg) && isfinite(lon_deg)) {
      units->any = true;
      units->lat_deg = lat_deg;
      units->lon_deg = lon_deg;
    }
    lane_add(&units->lat, cell, lat_deg - units->lat_deg);
    lane_add(&units->lon, cell, lon_deg - units->lon_deg);
    lane_add(&units->gps_m, cell, rows_number(alt, i));
    lane_add(&units->speed, cell, rows_number(speed, i));
  }
}

static void units_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct units *units = state;
  take_sizes(units, log, rows);
  if (rows_are_of(rows, "gps"))
    take_gps(units, log, rows);
  const struct column *alt = rows_are_of(rows, "baro") ? rows_column(rows, "alt_m") : NULL;
  for (uint32_t i = 0; alt && i < rows->count; i++)
    if (!(rows_number(rows_column(rows, "instance"), i) > 0))
      lane_add(&units->baro_m, lane_cell(log, rows->log_us[i]), rows_number(alt, i));
}

/* ---- judging ---- */

static const char *other_unit(const struct guess *guess, double median) {
  for (size_t i = 0; i < ARRAY_COUNT(guess->others) && guess->others[i].unit; i++) {
    double factor = guess->others[i].factor, other = factor > 0 ? median * factor : median - KELVIN;
    if (other >= guess->other_least && other <= guess->other_most)
      return guess->others[i].unit;
  }
  return NULL;
}

static bool judge_size(const struct guess *guess, const struct few *few, struct quality_finding *finding) {
  double median = few->count >= LEAST_VALUES ? few_median(few) : NAN;
  if (isnan(median) || (median >= guess->least && median <= guess->most))
    return false;
  const char *unit = other_unit(guess, median);
  if (unit)
    *finding = quality_say(15, TIME_NONE, TIME_NONE, median, median > guess->most ? guess->most : guess->least,
                           "%s.%s has a median of %.6g, which is plausible only in %s", guess->table, guess->column,
                           median, unit);
  return unit != NULL;
}

/* Slope of GPS height over barometer height in flight; NAN where the height hardly changes or the two do not follow
 * each other. */
static double height_ratio(const struct units *units, const struct log_summary *log) {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0, least = INFINITY, most = -INFINITY;
  for (uint32_t i = 0; i < log->flight_count; i++) {
    uint32_t end, cell = lane_air(log, &log->flights[i], &end);
    for (; cell < end; cell++) {
      double x = lane_mean(&units->baro_m, cell), y = lane_mean(&units->gps_m, cell);
      if (isnan(x) || isnan(y))
        continue;
      n++, sx += x, sy += y, sxx += x * x, sxy += x * y, syy += y * y;
      least = fmin(least, x);
      most = fmax(most, x);
    }
  }
  double xx = sxx - sx * sx / n, xy = sxy - sx * sy / n, yy = syy - sy * sy / n;
  bool follows = n >= LEAST_VALUES && most - least >= CLIMB_LEAST_M && xy * xy > 0.95 * xx * yy;
  return follows ? xy / xx : NAN;
}

/* Logged GPS speed over the speed between the fixes. */
static double speed_ratio(const struct units *units, const struct log_summary *log) {
  double step_s = (double)lane_step_us(log) * 1e-6, way_m = 0, sum_m = 0;
  for (uint32_t i = 0; i < log->flight_count && lane_step_us(log) <= WAY_STEP_US; i++) {
    uint32_t end, cell = lane_air(log, &log->flights[i], &end);
    for (; cell + 1 < end; cell++) {
      double speed = (lane_mean(&units->speed, cell) + lane_mean(&units->speed, cell + 1)) / 2;
      double lat = lane_mean(&units->lat, cell), next_lat = lane_mean(&units->lat, cell + 1);
      if (isnan(lat) || isnan(next_lat) || isnan(speed))
        continue;
      double step_m = geo_distance_m(units->lat_deg + lat, units->lon_deg + lane_mean(&units->lon, cell),
                                     units->lat_deg + next_lat, units->lon_deg + lane_mean(&units->lon, cell + 1));
      if (step_m / step_s < 2) /* hovering: noise */
        continue;
      way_m += step_m;
      sum_m += speed * step_s;
    }
  }
  return way_m >= WAY_LEAST_M ? sum_m / way_m : NAN;
}

static bool judge_ratio(double ratio, bool speed, struct quality_finding *finding) {
  static const struct {
    double least, most;
    const char *unit;
    bool speed;
  } ratios[] = {{80, 125, "cm", false},    {800, 1250, "mm", false},
                {3.1, 3.45, "ft", false},  {0.29, 0.32, "m where the barometer's are ft", false},
                {80, 125, "cm/s", true},   {3.45, 3.75, "km/h", true},
                {2.15, 2.35, "mph", true}, {1.85, 2.05, "knots", true}};
  for (size_t i = 0; i < ARRAY_COUNT(ratios); i++) {
    if (ratios[i].speed != speed || !(ratio >= ratios[i].least && ratio <= ratios[i].most))
      continue;
    *finding = quality_say(15, TIME_NONE, TIME_NONE, ratio, 1,
                           speed ? "gps.ground_speed_m_s is %.3g times the speed between its fixes: it is in %s"
                                 : "gps.alt_msl_m changes %.3g times as much as the barometer's height: it is in %s",
                           ratio, ratios[i].unit);
    return true;
  }
  return false;
}

static uint32_t units_check(void *state, const struct decode *decode, const struct log_summary *log,
                            struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct units *units = state;
  uint32_t added = 0;
  room = MIN(room, 2u);
  for (size_t i = 0; i < ARRAY_COUNT(guesses) && added < room; i++)
    added += judge_size(&guesses[i], &units->few[i], &findings[added]);
  if (added < room)
    added += judge_ratio(height_ratio(units, log), false, &findings[added]);
  if (added < room)
    added += judge_ratio(speed_ratio(units, log), true, &findings[added]);
  return added;
}

const struct rule rule_unit_mistake = {
    .name = "unit_mistake",
    .about = "values that are plausible only in another unit",
    .points = "15 a column, at most 30",
    .limit =
        "medians outside of what a vehicle can have, and inside it in degrees × 1e7, mV, kV, mA, hPa, kPa, K, g or "
        "mg; GPS height and speed that are a unit's factor off from barometer and track",
    .reason = "physics, and the units that autopilots and apps write",
    .tables = (const char *const[]){"gps", "position", "battery", "baro", "imu", NULL},
    .state_size = sizeof(struct units),
    .rows = units_rows,
    .check = units_check};
