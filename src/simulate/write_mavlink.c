/* write_mavlink: MAVLink 2 frames with the ground station's time before each.
 *
 * A record is the time as big-endian µs since 1970 and a frame: FD, length, two flag bytes, sequence, system,
 * component, message number in 24 bits, payload without the zeros at its end, CRC. The CRC is X.25 (start FFFF,
 * reflected polynomial 8408) over all but the FD, and a last byte that is made from the message's definition, so that
 * both ends must mean the same (mavlink.io, "Packet serialization"). `rows` gives each message's fields in the order of
 * the wire, a letter for the type; what follows '|' came later and doesn't count for that byte. Definitions:
 * ardupilotmega.xml and common.xml. */
#include "simulate/write_mavlink.h"

#include "base/bytes.h"
#include "simulate/parameter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 255
#define STAMP_STEP_US 180
#define SAMPLE_TICKS 5 /* of 10 ms between fresh samples */
#define LINK_DELAY_US 24000
#define LOST_SHARE 0.0015
#define RADIANS (M_PI / 180)

enum { GCS_SYSTEM = 255, GCS_COMPONENT = 190, RADIO_SYSTEM = 51, RADIO_COMPONENT = 68 };

struct payload {
  uint8_t bytes[PAYLOAD_MAX];
  size_t size;
  const char *field; /* the next one in the row's text */
};

enum { FOR_COPTER = 1, FOR_PLANE = 2, FOR_HEXA = 4, FOR_ALL = 7 };

struct row {
  uint32_t id;
  const char *name, *fields;
  int vehicles, every_ticks; /* 0: only when it happens */
  void (*put)(struct payload *payload, const struct sample *sample);
};

struct mavlink_writer {
  FILE *file;
  const struct sortie_plan *plan;
  struct random random;
  uint64_t bytes;
  int64_t stamp_us;
  uint32_t ticks;
  uint8_t vehicle_sequence, ground_sequence, radio_sequence;
  bool failed;
};

/* --- fields --- */

/* Type letter → name in the definitions and size. */
static const char *type_of(char letter, size_t *ret_size) {
  static const struct {
    char letter;
    uint8_t size;
    const char *name;
  } types[] = {{'B', 1, "uint8_t"},  {'b', 1, "int8_t"},   {'H', 2, "uint16_t"},
               {'h', 2, "int16_t"},  {'I', 4, "uint32_t"}, {'i', 4, "int32_t"},
               {'Q', 8, "uint64_t"}, {'f', 4, "float"},    {'c', 1, "char"}};
  size_t i = 0;
  while (i + 1 < ARRAY_COUNT(types) && types[i].letter != letter)
    i++;
  *ret_size = types[i].size;
  return types[i].name;
}

static void put_number(struct payload *payload, char letter, double value) {
  size_t size;
  type_of(letter, &size);
  if (payload->size + size > PAYLOAD_MAX)
    return;
  if (letter == 'f') {
    float narrow = (float)value;
    memcpy(payload->bytes + payload->size, &narrow, size);
  } else {
    bool is_signed = letter == 'b' || letter == 'h' || letter == 'i';
    double high = ldexp(1, (int)(8 * size) - is_signed) - 1, low = is_signed ? -high - 1 : 0;
    bool huge = letter == 'Q' && value >= 0;
    uint64_t whole = huge ? (uint64_t)value : (uint64_t)llrint(value < low ? low : value > high ? high : value);
    memcpy(payload->bytes + payload->size, &whole, size);
  }
  payload->size += size;
}

/* Number of elements of the field that begins at *field, and the start of the next one. */
static unsigned step_field(const char **field) {
  const char *at = *field;
  unsigned count = at[1] == '[' ? (unsigned)strtoul(at + 2, NULL, 10) : 1;
  while (*at && *at != ',' && *at != '|')
    at++;
  *field = *at ? at + 1 : at;
  return count;
}

/* Numbers one after another, arrays element by element. */
static void put_fields(struct payload *payload, const double *values, size_t count) {
  for (size_t i = 0; i < count && *payload->field;) {
    char letter = *payload->field;
    unsigned elements = step_field(&payload->field);
    for (unsigned k = 0; k < elements && i < count; k++)
      put_number(payload, letter, values[i++]);
  }
}
#define FIELDS(payload, ...)                                                                                           \
  put_fields(payload, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void put_text(struct payload *payload, const char *text) {
  unsigned width = step_field(&payload->field);
  size_t size = strnlen(text, width);
  memset(payload->bytes + payload->size, 0, width);
  memcpy(payload->bytes + payload->size, text, size);
  payload->size += width;
}

/* --- what each periodic message holds --- */

#define PUT(name) static void put_##name(struct payload *p, const struct sample *s)
#define BOOT_MS ((double)(s->time_us / 1000))
#define BOOT_US ((double)s->time_us)

PUT(heartbeat) {
  FIELDS(p, s->mode, s->plan->build.airframe->mav_type, 3, 81 + (s->armed ? 128 : 0), s->airborne ? 4 : 3, 3);
}
PUT(ground_heartbeat) {
  (void)s;
  FIELDS(p, 0, 6, 8, 192, 4, 3);
}
PUT(sys_status) {
  const double sensors = 0x5361fc2f;
  FIELDS(p, sensors, sensors, sensors, 1000 * s->load_ratio, 1000 * s->battery_v, 100 * s->battery_a, 0, 0, 0, 0, 0, 0,
         s->battery_percent);
}
PUT(system_time) {
  FIELDS(p, (double)s->utc_us, BOOT_MS);
}
PUT(gps_raw) {
  const struct gps_fix *g = &s->gps;
  FIELDS(p, (double)g->time_us, 1e7 * g->lat_deg, 1e7 * g->lon_deg, 1000 * g->alt_m, 100 * g->hdop, 100 * g->vdop,
         100 * g->speed_m_s, 100 * g->course_deg, g->status, g->satellites, 1000 * (g->alt_m + 46),
         1000 * g->horizontal_m, 1000 * g->vertical_m, 1000 * g->speed_accuracy_m_s, 0, 0);
}
static void put_imu(struct payload *p, const struct sample *s, int i, double time) {
  const double *a = s->accelerometer_m_s2[i], *g = s->gyro_rad_s[i], *m = s->compass_ut[i], k = 1000 / GRAVITY_M_S2;
  FIELDS(p, time, k * a[0], k * a[1], k * a[2], 1000 * g[0], 1000 * g[1], 1000 * g[2], 10 * m[0], 10 * m[1], 10 * m[2]);
}
PUT(raw_imu) {
  put_imu(p, s, 0, BOOT_US);
  FIELDS(p, 0, 100 * s->imu_degc[0]);
}
PUT(scaled_imu2) {
  put_imu(p, s, 1, BOOT_MS);
  FIELDS(p, 100 * s->imu_degc[1]);
}
PUT(pressure) {
  double difference = s->plan->build.airframe->plane ? s->airspeed_pa / 100 : 0;
  FIELDS(p, BOOT_MS, s->baro_pa / 100, difference, 100 * s->baro_degc);
}
PUT(attitude) {
  double yaw = s->yaw_deg > 180 ? s->yaw_deg - 360 : s->yaw_deg;
  const double *rate = s->rate_deg_s;
  FIELDS(p, BOOT_MS, s->roll_deg * RADIANS, s->pitch_deg * RADIANS, yaw * RADIANS, rate[0] * RADIANS, rate[1] * RADIANS,
         rate[2] * RADIANS);
}
PUT(local) {
  const double *at = s->position_m, *v = s->velocity_m_s;
  FIELDS(p, BOOT_MS, at[0], at[1], at[2], v[0], v[1], v[2]);
}
PUT(global) {
  const double *v = s->velocity_m_s;
  FIELDS(p, BOOT_MS, 1e7 * s->lat_deg, 1e7 * s->lon_deg, 1000 * s->alt_m, -1000 * s->position_m[2], 100 * v[0],
         100 * v[1], 100 * v[2], 100 * s->yaw_deg);
}
PUT(servos) {
  const int *c = s->servo_us;
  FIELDS(p, BOOT_US, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], 0);
}
PUT(mission) {
  FIELDS(p, s->item, s->plan->mission.count - 1, s->armed ? 3 : 2, s->armed ? 1 : 2);
}
PUT(navigation) {
  double bearing = s->waypoint_bearing_deg > 180 ? s->waypoint_bearing_deg - 360 : s->waypoint_bearing_deg;
  FIELDS(p, s->want_roll_deg, s->want_pitch_deg, s->want_height_m + s->position_m[2], 0, s->track_error_m, bearing,
         bearing, s->waypoint_m);
}
PUT(channels) {
  const int *c = s->rc_us;
  FIELDS(p, BOOT_MS, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8,
         2.54 * s->rc_percent);
}
PUT(hud) {
  const double *v = s->velocity_m_s;
  FIELDS(p, s->airspeed_m_s, hypot(v[0], v[1]), s->alt_m, -v[2], floor(s->yaw_deg), 100 * s->throttle_out);
}
PUT(radio) {
  FIELDS(p, s->radio_errors, s->radio_errors / 2, s->radio_rssi, s->radio_remote_rssi, 96, s->radio_noise,
         s->radio_noise + 3);
}
PUT(power) {
  FIELDS(p, 1000 * s->board_v, 1000 * s->servo_v, 3);
}
PUT(battery) {
  const double none = 65535;
  FIELDS(p, s->battery_mah, s->battery_wh * 36, 100 * s->battery_degc, 1000 * s->battery_v, none, none, none, none,
         none, none, none, none, none, 100 * s->battery_a, 0, 0, 1, s->battery_percent, 0, 1);
}
PUT(memory) {
  (void)s;
  FIELDS(p, 0, 65535, 412000);
}
PUT(wind) {
  double speed = hypot(s->wind_m_s[0], s->wind_m_s[1]);
  FIELDS(p, atan2(-s->wind_m_s[1], -s->wind_m_s[0]) / RADIANS, speed, 0);
}
PUT(estimator) {
  FIELDS(p, s->velocity_ratio, s->position_ratio, s->height_ratio, s->compass_ratio, 0, 831, 0);
}
PUT(vibration) {
  const double *v = s->vibration_m_s2[0];
  FIELDS(p, BOOT_US, v[0], v[1], v[2], s->clipped[0], s->clipped[1], 0);
}
static void put_four_escs(struct payload *p, const struct sample *s, int first) {
  double values[6][4] = {{0}};
  for (int i = 0; i < 4 && first + i < s->plan->build.airframe->motors; i++) {
    values[0][i] = 100 * s->battery_v;
    values[1][i] = 100 * s->esc_a[first + i];
    values[2][i] = s->esc_mah[first + i];
    values[3][i] = s->body.motors[first + i].rpm;
    values[4][i] = (double)(s->time_us / 20000 % 65536);
    values[5][i] = s->esc_degc[first + i];
  }
  put_fields(p, values[0], 24);
}
PUT(escs) {
  put_four_escs(p, s, 0);
}
PUT(more_escs) {
  put_four_escs(p, s, 4);
}
PUT(landed) {
  FIELDS(p, 0, s->airborne ? 2 : 1);
}

/* --- the table of messages --- */

#define IMU_FIELDS "h xacc,h yacc,h zacc,h xgyro,h ygyro,h zgyro,h xmag,h ymag,h zmag"
#define SERVO_FIELDS                                                                                                   \
  "H servo1_raw,H servo2_raw,H servo3_raw,H servo4_raw,H servo5_raw,H servo6_raw,H servo7_raw,H servo8_raw"
#define MORE_SERVO_FIELDS                                                                                              \
  "H servo9_raw,H servo10_raw,H servo11_raw,H servo12_raw,H servo13_raw,H servo14_raw,H servo15_raw,H servo16_raw"
#define CHANNEL_FIELDS                                                                                                 \
  "H chan1_raw,H chan2_raw,H chan3_raw,H chan4_raw,H chan5_raw,H chan6_raw,H chan7_raw,H chan8_raw,H chan9_raw,"       \
  "H chan10_raw,H chan11_raw,H chan12_raw,H chan13_raw,H chan14_raw,H chan15_raw,H chan16_raw,H chan17_raw,"           \
  "H chan18_raw"
#define ESC_FIELDS "H[4] voltage,H[4] current,H[4] totalcurrent,H[4] rpm,H[4] count,B[4] temperature"
#define COUNT_FIELDS "H errors_count1,H errors_count2,H errors_count3,H errors_count4"

static const struct row rows[] = {
    {0, "HEARTBEAT", "I custom_mode,B type,B autopilot,B base_mode,B system_status,B mavlink_version", FOR_ALL, 100,
     put_heartbeat},
    {1, "SYS_STATUS",
     "I onboard_control_sensors_present,I onboard_control_sensors_enabled,I onboard_control_sensors_health,H load,"
     "H voltage_battery,h current_battery,H drop_rate_comm,H errors_comm," COUNT_FIELDS ",b battery_remaining|"
     "I onboard_control_sensors_present_extended,I onboard_control_sensors_enabled_extended,"
     "I onboard_control_sensors_health_extended",
     FOR_ALL, 50, put_sys_status},
    {2, "SYSTEM_TIME", "Q time_unix_usec,I time_boot_ms", FOR_ALL, 100, put_system_time},
    {22, "PARAM_VALUE", "f param_value,H param_count,H param_index,c[16] param_id,B param_type", FOR_ALL, 0, NULL},
    {24, "GPS_RAW_INT",
     "Q time_usec,i lat,i lon,i alt,H eph,H epv,H vel,H cog,B fix_type,B satellites_visible|i alt_ellipsoid,I h_acc,"
     "I v_acc,I vel_acc,I hdg_acc,H yaw",
     FOR_ALL, 50, put_gps_raw},
    {27, "RAW_IMU", "Q time_usec," IMU_FIELDS "|B id,h temperature", FOR_ALL, 50, put_raw_imu},
    {29, "SCALED_PRESSURE", "I time_boot_ms,f press_abs,f press_diff,h temperature|h temperature_press_diff", FOR_ALL,
     50, put_pressure},
    {30, "ATTITUDE", "I time_boot_ms,f roll,f pitch,f yaw,f rollspeed,f pitchspeed,f yawspeed", FOR_ALL, 25,
     put_attitude},
    {32, "LOCAL_POSITION_NED", "I time_boot_ms,f x,f y,f z,f vx,f vy,f vz", FOR_ALL, 50, put_local},
    {33, "GLOBAL_POSITION_INT", "I time_boot_ms,i lat,i lon,i alt,i relative_alt,h vx,h vy,h vz,H hdg", FOR_ALL, 25,
     put_global},
    {36, "SERVO_OUTPUT_RAW", "I time_usec," SERVO_FIELDS ",B port|" MORE_SERVO_FIELDS, FOR_ALL, 50, put_servos},
    {42, "MISSION_CURRENT", "H seq|H total,B mission_state,B mission_mode", FOR_ALL, 100, put_mission},
    {46, "MISSION_ITEM_REACHED", "H seq", FOR_ALL, 0, NULL},
    {62, "NAV_CONTROLLER_OUTPUT",
     "f nav_roll,f nav_pitch,f alt_error,f aspd_error,f xtrack_error,h nav_bearing,h target_bearing,H wp_dist", FOR_ALL,
     100, put_navigation},
    {65, "RC_CHANNELS", "I time_boot_ms," CHANNEL_FIELDS ",B chancount,B rssi", FOR_ALL, 50, put_channels},
    {74, "VFR_HUD", "f airspeed,f groundspeed,f alt,f climb,h heading,H throttle", FOR_ALL, 25, put_hud},
    {109, "RADIO_STATUS", "H rxerrors,H fixed,B rssi,B remrssi,B txbuf,B noise,B remnoise", FOR_ALL, 100, put_radio},
    {116, "SCALED_IMU2", "I time_boot_ms," IMU_FIELDS "|h temperature", FOR_ALL, 100, put_scaled_imu2},
    {125, "POWER_STATUS", "H Vcc,H Vservo,H flags", FOR_ALL, 100, put_power},
    {147, "BATTERY_STATUS",
     "i current_consumed,i energy_consumed,h temperature,H[10] voltages,h current_battery,B id,B battery_function,"
     "B type,b battery_remaining|i time_remaining,B charge_state,H[4] voltages_ext,B mode,I fault_bitmask",
     FOR_ALL, 50, put_battery},
    {148, "AUTOPILOT_VERSION",
     "Q capabilities,Q uid,I flight_sw_version,I middleware_sw_version,I os_sw_version,I board_version,H vendor_id,"
     "H product_id,B[8] flight_custom_version,B[8] middleware_custom_version,B[8] os_custom_version|B[18] uid2",
     FOR_ALL, 0, NULL},
    {152, "MEMINFO", "H brkval,H freemem|I freemem32", FOR_ALL, 200, put_memory},
    {168, "WIND", "f direction,f speed,f speed_z", FOR_ALL, 100, put_wind},
    {180, "CAMERA_FEEDBACK",
     "Q time_usec,i lat,i lng,f alt_msl,f alt_rel,f roll,f pitch,f yaw,f foc_len,H img_idx,B target_system,B cam_idx,"
     "B flags|H completed_captures",
     FOR_ALL, 0, NULL},
    {193, "EKF_STATUS_REPORT",
     "f velocity_variance,f pos_horiz_variance,f pos_vert_variance,f compass_variance,f terrain_alt_variance,H flags|"
     "f airspeed_variance",
     FOR_ALL, 100, put_estimator},
    {241, "VIBRATION", "Q time_usec,f vibration_x,f vibration_y,f vibration_z,I clipping_0,I clipping_1,I clipping_2",
     FOR_ALL, 100, put_vibration},
    {242, "HOME_POSITION",
     "i latitude,i longitude,i altitude,f x,f y,f z,f[4] q,f approach_x,f approach_y,f approach_z|Q time_usec", FOR_ALL,
     0, NULL},
    {245, "EXTENDED_SYS_STATE", "B vtol_state,B landed_state", FOR_ALL, 100, put_landed},
    {253, "STATUSTEXT", "B severity,c[50] text|H id,B chunk_seq", FOR_ALL, 0, NULL},
    {11030, "ESC_TELEMETRY_1_TO_4", ESC_FIELDS, FOR_ALL, 50, put_escs},
    {11031, "ESC_TELEMETRY_5_TO_8", ESC_FIELDS, FOR_HEXA, 50, put_more_escs},
};

/* --- frames --- */

static uint16_t crc_add(uint16_t crc, const void *data, size_t size) {
  const uint8_t *bytes = data;
  for (size_t i = 0; i < size; i++) {
    uint8_t mixed = (uint8_t)(bytes[i] ^ (crc & 0xff));
    mixed = (uint8_t)(mixed ^ (mixed << 4));
    crc = (uint16_t)((crc >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4));
  }
  return crc;
}

/* The byte that stands for the definition: CRC of the name and of "type name " of each first-version field. */
static uint8_t definition_byte(const struct row *row) {
  uint16_t crc = crc_add(0xffff, row->name, strlen(row->name));
  crc = crc_add(crc, " ", 1);
  for (const char *field = row->fields; *field;) {
    size_t size;
    const char *start = field, *type = type_of(*field, &size), *name = strchr(field, ' ') + 1;
    unsigned count = step_field(&field);
    size_t length = strcspn(name, ",|");
    crc = crc_add(crc, type, strlen(type));
    crc = crc_add(crc, " ", 1);
    crc = crc_add(crc, name, length);
    crc = crc_add(crc, " ", 1);
    if (start[1] == '[')
      crc = crc_add(crc, &(uint8_t){(uint8_t)count}, 1);
    if (name[length] == '|')
      break;
  }
  return (uint8_t)((crc & 0xff) ^ (crc >> 8));
}

static const struct row *row_of(const char *name) {
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    if (strcmp(rows[i].name, name) == 0)
      return &rows[i];
  return NULL;
}

static void write_out(struct mavlink_writer *writer, const void *data, size_t size) {
  if (fwrite(data, 1, size, writer->file) != size)
    writer->failed = true;
  writer->bytes += size;
}

static void write_frame(struct mavlink_writer *writer, const struct sample *sample, const struct row *row,
                        const struct payload *payload, int system, int component, uint8_t *sequence) {
  uint8_t number = (*sequence)++, frame[10 + PAYLOAD_MAX + 2], definition = definition_byte(row);
  if (row->put && random_unit(&writer->random) < LOST_SHARE)
    return; /* never reached the ground */
  int64_t due_us = sample->utc_us + LINK_DELAY_US + (int64_t)(writer->plan->ground_clock_s * 1e6);
  writer->stamp_us = MAX(due_us, writer->stamp_us + STAMP_STEP_US);
  uint64_t stamp = __builtin_bswap64((uint64_t)writer->stamp_us);
  size_t size = payload->size;
  while (size > 1 && payload->bytes[size - 1] == 0)
    size--;
  const uint8_t header[10] = {0xfd,
                              (uint8_t)size,
                              0,
                              0,
                              number,
                              (uint8_t)system,
                              (uint8_t)component,
                              row->id & 0xff,
                              row->id >> 8 & 0xff,
                              row->id >> 16 & 0xff};
  memcpy(frame, header, sizeof header);
  memcpy(frame + 10, payload->bytes, size);
  uint16_t crc = crc_add(crc_add(0xffff, frame + 1, 9 + size), &definition, 1);
  memcpy(frame + 10 + size, &crc, sizeof crc);
  write_out(writer, &stamp, sizeof stamp);
  write_out(writer, frame, 12 + size);
}

static void write_vehicle(struct mavlink_writer *writer, const struct sample *sample, const struct row *row,
                          const struct payload *payload) {
  write_frame(writer, sample, row, payload, writer->plan->system_id, 1, &writer->vehicle_sequence);
}

static void write_numbers(struct mavlink_writer *writer, const struct sample *sample, const char *name,
                          const double *values, size_t count) {
  const struct row *row = row_of(name);
  struct payload payload = {.field = row->fields};
  put_fields(&payload, values, count);
  write_vehicle(writer, sample, row, &payload);
}

/* --- the log --- */

enum status mavlink_create(const char *path, const struct sortie_plan *plan, struct mavlink_writer **ret_writer,
                           struct error *error) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return error_set_errno(error, errno, "%s can't be written", path);
  setvbuf(file, NULL, _IOFBF, (size_t)1 << 18);
  struct mavlink_writer *writer = memory_new(sizeof *writer);
  writer->file = file;
  writer->plan = plan;
  writer->random = random_new(random_mix(plan->seed, 11, 4));
  *ret_writer = writer;
  return STATUS_OK;
}

static void write_version(struct mavlink_writer *writer, const struct sample *sample) {
  const struct row *row = row_of("AUTOPILOT_VERSION");
  const struct sortie_plan *plan = writer->plan;
  const int *v = plan->firmware_version;
  struct payload payload = {.field = row->fields};
  FIELDS(&payload, 0xebef, 0, v[0] * 16777216.0 + v[1] * 65536.0 + v[2] * 256.0 + 255, 0, 0, 1063 * 65536.0, 0, 0);
  for (int group = 0; group < 3; group++)
    put_text(&payload, group ? "" : plan->firmware_hash);
  uint8_t *uid = payload.bytes + payload.size;
  put_text(&payload, "");
  memcpy(uid, plan->board_uid, sizeof plan->board_uid);
  write_vehicle(writer, sample, row, &payload);
}

static void write_parameters(struct mavlink_writer *writer, const struct sample *sample) {
  struct parameter parameters[PARAMETERS_MAX];
  int count = parameters_of(writer->plan, parameters);
  for (int i = 0; i < count; i++) {
    const struct row *row = row_of("PARAM_VALUE");
    struct payload payload = {.field = row->fields};
    FIELDS(&payload, parameters[i].value, count, i);
    put_text(&payload, parameters[i].name);
    FIELDS(&payload, 9);
    write_vehicle(writer, sample, row, &payload);
  }
}

void mavlink_begin(struct mavlink_writer *writer, const struct sample *sample) {
  write_version(writer, sample);
  mavlink_text(writer, sample, 6, writer->plan->firmware);
  write_parameters(writer, sample);
}

/* Samples are fresh every fifth tick; the messages are spread over those, as the firmware's scheduler does. */
static bool is_due(const struct row *row, uint32_t tick, uint32_t place) {
  uint32_t every = (uint32_t)row->every_ticks / SAMPLE_TICKS;
  return tick % SAMPLE_TICKS == 0 && (tick / SAMPLE_TICKS + place) % every == 0;
}

void mavlink_sample(struct mavlink_writer *writer, const struct sample *sample) {
  const struct airframe *airframe = writer->plan->build.airframe;
  int vehicle = airframe->plane ? FOR_PLANE : airframe->motors > 4 ? FOR_HEXA : FOR_COPTER;
  uint32_t tick = writer->ticks++;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
    const struct row *row = &rows[i];
    if (!row->put || !(row->vehicles & vehicle) || !is_due(row, tick, (uint32_t)i))
      continue;
    struct payload payload = {.field = row->fields};
    row->put(&payload, sample);
    if (row->put == put_radio)
      write_frame(writer, sample, row, &payload, RADIO_SYSTEM, RADIO_COMPONENT, &writer->radio_sequence);
    else
      write_vehicle(writer, sample, row, &payload);
  }
  if (tick % 100 == 50) {
    struct payload payload = {.field = rows[0].fields};
    put_ground_heartbeat(&payload, sample);
    write_frame(writer, sample, &rows[0], &payload, GCS_SYSTEM, GCS_COMPONENT, &writer->ground_sequence);
  }
}

void mavlink_text(struct mavlink_writer *writer, const struct sample *sample, int severity, const char *text) {
  const struct row *row = row_of("STATUSTEXT");
  struct payload payload = {.field = row->fields};
  FIELDS(&payload, severity);
  put_text(&payload, text);
  write_vehicle(writer, sample, row, &payload);
}

void mavlink_reached(struct mavlink_writer *writer, const struct sample *sample, int item) {
  write_numbers(writer, sample, "MISSION_ITEM_REACHED", (const double[]){item}, 1);
}

void mavlink_home(struct mavlink_writer *writer, const struct sample *sample) {
  const struct sortie_plan *plan = writer->plan;
  const double values[] = {
      1e7 * plan->home_lat_deg, 1e7 * plan->home_lon_deg, 1000 * plan->home_alt_m, 0, 0, 0, NAN, NAN, NAN, NAN, 0, 0, 0,
      (double)sample->time_us};
  write_numbers(writer, sample, "HOME_POSITION", values, ARRAY_COUNT(values));
}

void mavlink_photo(struct mavlink_writer *writer, const struct sample *sample) {
  const double values[] = {(double)sample->utc_us,
                           1e7 * sample->lat_deg,
                           1e7 * sample->lon_deg,
                           sample->alt_m,
                           -sample->position_m[2],
                           sample->roll_deg,
                           sample->pitch_deg,
                           sample->yaw_deg,
                           0,
                           sample->photos,
                           0,
                           0,
                           0,
                           sample->photos};
  write_numbers(writer, sample, "CAMERA_FEEDBACK", values, ARRAY_COUNT(values));
}

enum status mavlink_end(struct mavlink_writer *writer, uint64_t *ret_bytes, struct error *error) {
  bool failed = writer->failed || fflush(writer->file) != 0;
  int reason = errno;
  uint64_t bytes = writer->bytes;
  failed = fclose(writer->file) != 0 || failed;
  free(writer);
  if (failed)
    return error_set_errno(error, reason, "A simulated telemetry log can't be written");
  *ret_bytes = bytes;
  return STATUS_OK;
}
