/* missing_tables: a flight lacks records that every evaluation rests on: attitude, position, battery (15, 10, 5
 * points); and, in a log of the autopilot's own (ArduPilot's DataFlash, PX4's ULog), those that its firmware writes as
 * it comes from the factory: GPS, IMU, barometer and, on what flies by motors or hovers, motor outputs (2 points each).
 * LOG_BITMASK (ArduPilot) and SDLOG_PROFILE (PX4) say what is written. */
#include "quality/quality.h"

#include "decode/decoder.h"
#include "vocabulary/rows.h"

#include <stdio.h>

static const struct wanted {
  const char *table, *column, *word;
  double points;
  bool own; /* only of the autopilot's own logs */
} wanted[] = {
    {"attitude", "roll_deg", "attitude", 15, false},
    {"position", "lat_deg", "position", 10, false},
    {"battery", "voltage_v", "battery", 5, false},
    {"gps", NULL, "GPS", 2, true},
    {"imu", NULL, "IMU", 2, true},
    {"baro", NULL, "barometer", 2, true},
    {"motor", NULL, "motor outputs", 2, true},
};

struct missing {
  uint64_t records[ARRAY_COUNT(wanted)];
};

static void missing_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct missing *missing = state;
  for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
    if (rows_are_of(rows, wanted[i].table) && (!wanted[i].column || rows_column(rows, wanted[i].column)))
      missing->records[i] += rows->count;
}

static bool is_own_log(const struct decode *decode) {
  const char *kind = decode_get_decoder(decode)->name;
  return strcmp(kind, "dataflash") == 0 || strcmp(kind, "dataflash_text") == 0 || strcmp(kind, "ulog") == 0;
}

static bool has_motors(const struct log_summary *log) {
  return strcmp(log->vehicle_class, "copter") == 0 || strcmp(log->vehicle_class, "vtol") == 0;
}

/* Where to look for why. */
static const char *settings_of(const struct decode *decode) {
  const char *kind = decode_get_decoder(decode)->name;
  return strcmp(kind, "ulog") == 0 ? "SDLOG_PROFILE" : is_own_log(decode) ? "LOG_BITMASK" : "what the logger is told";
}

/* Under water there is no GPS. */
static bool is_expected(const struct wanted *item, const struct decode *decode, const struct log_summary *log) {
  if (strcmp(log->vehicle_class, "sub") == 0 &&
      (strcmp(item->table, "gps") == 0 || strcmp(item->table, "position") == 0))
    return false;
  return !item->own || (is_own_log(decode) && (strcmp(item->table, "motor") != 0 || has_motors(log)));
}

static uint32_t missing_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  const struct missing *missing = state;
  double points = 0;
  char words[120] = "";
  size_t size = 0;
  for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
    if (missing->records[i] || !is_expected(&wanted[i], decode, log))
      continue;
    points += wanted[i].points;
    size += (size_t)snprintf(words + size, sizeof words - size, "%s %s", size ? "," : "", wanted[i].word);
  }
  if (!room || !log->flight_count || points == 0)
    return 0;
  *findings = quality_say(points, TIME_NONE, TIME_NONE, NAN, NAN, "the flight has no records of:%s; check %s", words,
                          settings_of(decode));
  return 1;
}

const struct rule rule_missing_tables = {
    .name = "missing_tables",
    .about = "a flight lacks records that its firmware writes",
    .points = "15 for attitude, 10 for position, 5 for battery, 2 for each other",
    .limit = "a flight has attitude, position and battery; the autopilot's own log also GPS, IMU, barometer and, of "
             "copters and VTOLs, motor outputs",
    .reason = "what ArduPilot and PX4 log as they come from the factory (LOG_BITMASK, SDLOG_PROFILE)",
    .tables = (const char *const[]){"attitude", "position", "battery", "gps", "imu", "baro", "motor", NULL},
    .state_size = sizeof(struct missing),
    .rows = missing_rows,
    .check = missing_check};
