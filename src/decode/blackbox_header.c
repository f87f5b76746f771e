/* blackbox_header: see blackbox_header.h.
 *
 * "Firmware type" says Cleanflight in Betaflight too, so the revision's first word decides. Units by firmware (facts:
 * the writers' sources): battery in 0.01 V since Betaflight 4.0 and in iNav, 0.1 V since 3.1 and in Cleanflight 2,
 * before that counts of a 12-bit converter at 3.3 V behind a divider (vbatscale tenths); current in 0.01 A since 3.1.
 * Rates are gyro_scale a count, a tenth of it with blackbox_high_resolution. GPS altitude is in decimetres since
 * Betaflight 4.0, metres before and in iNav. */
#include "decode/blackbox_header.h"

#include <stdio.h>
#include <strings.h>

void blackbox_header_begin(struct blackbox_session *session) {
  for (int i = 0; i < BLACKBOX_LETTERS; i++)
    session->layouts[i].count = session->layouts[i].signed_count = session->layouts[i].predictor_count =
        session->layouts[i].encoding_count = 0;
  session->config = (struct blackbox_config){.data_version = 1,
                                             .i_interval = 32,
                                             .p_numerator = 1,
                                             .p_denominator = 1,
                                             .minimum_throttle = 1150,
                                             .maximum_throttle = 1850,
                                             .vbat_reference = 4095,
                                             .gyro_scale = 1,
                                             .vbat_scale = 110,
                                             .motor_poles = 14,
                                             .start_us = TIME_NONE};
}

/* ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_field_line(struct blackbox_session *session, struct text key, struct text value) {
  static const char letters[] = "IPSGH";
  const char *letter = key.size > 8 ? memchr(letters, key.data[6], BLACKBOX_LETTERS) : NULL;
  if (!letter)
    return;
  struct blackbox_layout *layout = &session->layouts[letter - letters];
  struct text what = text_from(key.data + 8, key.size - 8);
  if (text_is(what, "name"))
    blackbox_layout_set_names(layout, value);
  else if (text_is(what, "signed"))
    layout->signed_count = blackbox_layout_set_numbers(layout->is_signed, value);
  else if (text_is(what, "predictor"))
    layout->predictor_count = blackbox_layout_set_numbers(layout->predictor, value);
  else if (text_is(what, "encoding"))
    layout->encoding_count = blackbox_layout_set_numbers(layout->encoding, value);
}

static uint32_t read_version(struct text word) {
  uint32_t version = 0;
  for (int part = 0; part < 3; part++) {
    int64_t number = 0;
    text_to_i64(text_cut(&word, '.'), &number);
    version = version * 100 + (uint32_t)MIN(MAX(number, 0), 9999);
  }
  return version;
}

static const char *const firmware_names[] = {"Baseflight", "Cleanflight", "Betaflight", "INAV", "EmuFlight"};

static bool is_named(struct text text, const char *name) {
  return text.size == strlen(name) && strncasecmp(text.data, name, text.size) == 0;
}

static void take_revision(struct blackbox_config *config, struct text value) {
  struct text rest = value, name = text_cut(&rest, ' ');
  for (size_t i = 0; i < ARRAY_COUNT(firmware_names); i++)
    if (is_named(name, firmware_names[i])) {
      config->firmware = (enum blackbox_firmware)i;
      config->version = rest.data ? read_version(text_cut(&rest, ' ')) : 0;
    }
}

static void take_type(struct blackbox_config *config, struct text value) {
  if (!config->version)
    for (size_t i = 0; i < ARRAY_COUNT(firmware_names); i++)
      if (is_named(value, firmware_names[i]))
        config->firmware = (enum blackbox_firmware)i;
}

static double number_of(struct text value) {
  double number = 0;
  text_to_double(text_trim(value), &number);
  return number;
}

static int32_t whole_of(struct text value) {
  int64_t number = 0;
  text_to_i64(text_trim(value), &number);
  return (int32_t)number;
}

/* "0x3f800000" is a float's bits, else a decimal number. */
static double gyro_scale_of(struct text value) {
  if (!text_starts(value, "0x"))
    return number_of(value);
  uint32_t bits = 0;
  for (size_t i = 2; i < value.size; i++) {
    char c = value.data[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0)
      return 1;
    bits = bits << 4 | (uint32_t)digit;
  }
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return scale > 0 && scale < 1e6f ? (double)scale : 1;
}

/* "1/4": every fourth iteration; "8": every eighth. */
static void take_p_interval(struct blackbox_config *config, struct text value) {
  struct text rest = value;
  int32_t first = whole_of(text_cut(&rest, '/'));
  if (rest.data) {
    config->p_numerator = (uint32_t)MAX(first, 1);
    config->p_denominator = (uint32_t)MAX(whole_of(rest), 1);
  } else {
    config->p_numerator = 1;
    config->p_denominator = (uint32_t)MAX(first, 1);
  }
}

static void take_pair(struct text value, int32_t *ret_first, int32_t *ret_second) {
  struct text rest = value;
  *ret_first = whole_of(text_cut(&rest, ','));
  if (rest.data)
    *ret_second = whole_of(text_cut(&rest, ','));
}

static void take_current(struct blackbox_config *config, struct text value) {
  struct text rest = value;
  config->current_offset = number_of(text_cut(&rest, ','));
  config->current_scale = rest.data ? number_of(rest) : 0;
}

static void take_start(struct blackbox_config *config, struct text value) {
  int64_t start_us;
  if (clock_parse(value, &start_us) && start_us > INT64_C(1262304000) * US_PER_S) /* 2010: no board is older */
    config->start_us = start_us;
}

void blackbox_header_line(struct blackbox_session *session, struct text key, struct text value) {
  struct blackbox_config *config = &session->config;
  if (text_starts(key, "Field "))
    take_field_line(session, key, value);
  else if (text_is(key, "Firmware revision"))
    take_revision(config, value);
  else if (text_is(key, "Firmware type"))
    take_type(config, value);
  else if (text_is(key, "Data version"))
    config->data_version = (uint32_t)MAX(whole_of(value), 1);
  else if (text_is(key, "I interval"))
    config->i_interval = (uint32_t)MAX(whole_of(value), 1);
  else if (text_is(key, "P interval"))
    take_p_interval(config, value);
  else if (text_is(key, "minthrottle"))
    config->minimum_throttle = whole_of(value);
  else if (text_is(key, "maxthrottle"))
    config->maximum_throttle = whole_of(value);
  else if (text_is(key, "motorOutput"))
    take_pair(value, &config->motor_low, &config->motor_high);
  else if (text_is(key, "vbatref"))
    config->vbat_reference = whole_of(value);
  else if (text_is(key, "vbatscale") || text_is(key, "vbat_scale"))
    config->vbat_scale = number_of(value);
  else if (text_is(key, "gyro.scale") || text_is(key, "gyro_scale"))
    config->gyro_scale = gyro_scale_of(value);
  else if (text_is(key, "acc_1G"))
    config->acc_1g = number_of(value);
  else if (text_is(key, "motor_poles"))
    config->motor_poles = number_of(value);
  else if (text_is(key, "currentMeter") || text_is(key, "currentSensor"))
    take_current(config, value);
  else if (text_is(key, "blackbox_high_resolution"))
    config->high_resolution = whole_of(value) != 0;
  else if (text_is(key, "Log start datetime"))
    take_start(config, value);
}

bool blackbox_header_finish(struct blackbox_session *session) {
  struct blackbox_layout *layouts = session->layouts;
  struct blackbox_config *config = &session->config;
  if (!config->motor_high) { /* before motorOutput was written */
    config->motor_low = config->minimum_throttle;
    config->motor_high = config->maximum_throttle;
  }
  for (uint16_t i = 0; i < layouts[BLACKBOX_I].count; i++) {
    memcpy(layouts[BLACKBOX_P].names[i], layouts[BLACKBOX_I].names[i], BLACKBOX_NAME_MAX);
    layouts[BLACKBOX_P].is_signed[i] = layouts[BLACKBOX_I].is_signed[i];
  }
  layouts[BLACKBOX_P].count = layouts[BLACKBOX_I].count;
  for (int i = 0; i < BLACKBOX_LETTERS; i++) {
    for (uint16_t field = layouts[i].signed_count; i != BLACKBOX_P && field < layouts[i].count; field++)
      layouts[i].is_signed[field] = 0;
    if (!blackbox_layout_finish(&layouts[i], &session->config))
      layouts[i].count = 0;
  }
  return layouts[BLACKBOX_I].count && layouts[BLACKBOX_P].count && layouts[BLACKBOX_I].iteration >= 0 &&
         layouts[BLACKBOX_I].time >= 0;
}

/* ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void state_revision(struct decode *d, struct text value) {
  struct text rest = value, name = text_cut(&rest, ' '), version = rest.data ? text_cut(&rest, ' ') : (struct text){0};
  char firmware[64];
  if (!version.data) { /* old Cleanflight: only the hash */
    decode_fact(d, "firmware_hash", name);
    return;
  }
  snprintf(firmware, sizeof firmware, "%.*s %.*s", (int)MIN(name.size, (size_t)24), name.data,
           (int)MIN(version.size, (size_t)32), version.data);
  decode_fact(d, "firmware", text_of(firmware));
  ptrdiff_t open = rest.data ? text_find(rest, "(") : -1;
  if (open >= 0) {
    struct text hash = text_from(rest.data + open + 1, rest.size - (size_t)open - 1);
    decode_fact(d, "firmware_hash", text_cut(&hash, ')'));
    if (hash.data)
      decode_fact(d, "processor", hash);
  }
}

void blackbox_header_fact(struct decode *d, struct text key, struct text value) {
  if (text_is(key, "Firmware revision"))
    state_revision(d, value);
  else if (text_is(key, "Board information"))
    decode_fact(d, "board", value);
  else if (text_is(key, "Craft name"))
    decode_fact(d, "vehicle_name", value);
  else if (text_is(key, "DeviceUID"))
    decode_fact(d, "vehicle_uid", value);
  else if (text_is(key, "Log start datetime") && !text_starts(value, "0000"))
    decode_fact(d, "created", value);
}

/* ── units ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double vbat_scale(const struct blackbox_config *config) {
  bool betaflight = config->firmware == BLACKBOX_BETAFLIGHT || config->firmware == BLACKBOX_EMUFLIGHT;
  if (config->firmware == BLACKBOX_INAV || config->firmware == BLACKBOX_EMUFLIGHT ||
      (betaflight && config->version >= 40000))
    return 0.01;
  if ((betaflight && config->version >= 30100) ||
      (config->firmware == BLACKBOX_CLEANFLIGHT && config->version >= 20000))
    return 0.1;
  return 3.3 / 4095 * config->vbat_scale / 10;
}

/* The old converter's offset can't be told by a scale: it is left out where it is not 0. */
static double current_scale(const struct blackbox_config *config) {
  bool old = (config->firmware == BLACKBOX_BETAFLIGHT && config->version < 30100) ||
             (config->firmware == BLACKBOX_CLEANFLIGHT && config->version < 20000) ||
             config->firmware == BLACKBOX_BASEFLIGHT;
  if (!old)
    return 0.01;
  return config->current_scale != 0 && config->current_offset == 0 ? 3300.0 / 4095 * 10 / config->current_scale : 0;
}

struct unit_row {
  const char *name, *unit;
  double scale;
};

double blackbox_field_scale(const struct blackbox_config *config, const char *name, const char **ret_unit) {
  double rate = config->gyro_scale * (config->high_resolution ? 0.1 : 1), high = config->high_resolution ? 0.1 : 1;
  double gps_altitude = config->firmware == BLACKBOX_BETAFLIGHT && config->version >= 40000 ? 0.1 : 1;
  const struct unit_row rows[] = {
      {"time", "us", 1},
      {"gyroADC", "deg/s", rate},
      {"gyroUnfilt", "deg/s", rate},
      {"gyroRaw", "deg/s", rate},
      {"setpoint", "deg/s", high},
      {"rcCommand", "us", high},
      {"rcCommand_throttle", "us", high},
      {"accSmooth", "m/s2", config->acc_1g > 0 ? 9.80665 / config->acc_1g : 0},
      {"vbatLatest", "V", vbat_scale(config)},
      {"vbat", "V", vbat_scale(config)},
      {"amperageLatest", "A", current_scale(config)},
      {"amperage", "A", current_scale(config)},
      {"BaroAlt", "m", 0.01},
      {"baroAlt", "m", 0.01},
      {"surfaceRaw", "m", 0.01},
      {"AirSpeed", "m/s", 0.01},
      {"navPos", "m", 0.01},
      {"navVel", "m/s", 0.01},
      {"attitude", "deg", 0.1},
      {"eRPM", "1/min", config->motor_poles > 0 ? 200 / config->motor_poles : 0},
      {"servo", "us", 1},
      {"GPS_home", "deg", 1e-7},
      {"GPS_coord", "deg", 1e-7},
      {"GPS_altitude", "m", gps_altitude},
      {"GPS_speed", "m/s", 0.01},
      {"GPS_ground_course", "deg", 0.1},
      {"GPS_velned", "m/s", 0.01},
      {"GPS_hdop", "", 0.01},
      {"GPS_eph", "m", 0.01},
      {"GPS_epv", "m", 0.01},
  };
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    if (strcmp(rows[i].name, name) == 0 && rows[i].scale > 0) {
      *ret_unit = rows[i].unit;
      return rows[i].scale;
    }
  *ret_unit = "";
  return 1;
}

/* ── modes ────────────────────────────────────────────────────────────────────────────────────────────────────── */

bool blackbox_has_arm_flag(const struct blackbox_config *config) {
  return config->firmware == BLACKBOX_INAV || config->firmware == BLACKBOX_EMUFLIGHT ||
         (config->firmware == BLACKBOX_BETAFLIGHT && config->version >= 30300);
}

struct mode_row {
  uint8_t bit;
  const char *name;
};

const char *blackbox_mode_name(const struct blackbox_config *config, uint32_t flags, char room[96]) {
  static const struct mode_row betaflight[] = {{1, "ANGLE"},    {2, "HORIZON"},   {4, "HEADFREE"}, {5, "PASSTHRU"},
                                               {6, "FAILSAFE"}, {7, "GPSRESCUE"}, {27, "TURTLE"},  {0, NULL}};
  static const struct mode_row betaflight_3[] = {{1, "ANGLE"}, {2, "HORIZON"}, {0, NULL}};
  static const struct mode_row inav[] = {{1, "ANGLE"},     {2, "HORIZON"}, {3, "ALTHOLD"}, {8, "RTH"},
                                         {9, "POSHOLD"},   {10, "MANUAL"}, {14, "LAUNCH"}, {18, "FAILSAFE"},
                                         {19, "WAYPOINT"}, {0, NULL}};
  static const struct mode_row cleanflight[] = {{0, "ANGLE"},    {1, "HORIZON"},   {5, "HEADFREE"},
                                                {8, "PASSTHRU"}, {10, "FAILSAFE"}, {0, NULL}};
  const struct mode_row *row = config->firmware == BLACKBOX_INAV                                    ? inav
                               : !blackbox_has_arm_flag(config)                                     ? cleanflight
                               : config->version < 40000 && config->firmware == BLACKBOX_BETAFLIGHT ? betaflight_3
                                                                                                    : betaflight;
  room[0] = 0;
  for (; row->name; row++)
    if (flags >> row->bit & 1)
      snprintf(room + strlen(room), 96 - strlen(room), "%s%s", room[0] ? "+" : "", row->name);
  return room[0] ? room : "ACRO";
}
