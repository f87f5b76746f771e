/* The mapping over batches made by hand: scales, sensors, conditions, expansions, priorities, senders, edges. */
#include "made_batch.h"

static struct made made, other;
static struct collected out;

static struct map *new_map(const char *format, const struct map_facts *facts) {
  struct map *map = NULL;
  assert_int_equal(map_new(format, facts ? facts : &(struct map_facts){0}, NULL, &map, &error), STATUS_OK);
  return map;
}

static void feed(struct map *map, const struct made *batch, const char *table) {
  memset(&out, 0, sizeof out);
  out.table = table;
  assert_int_equal(map_batch(map, &batch->batch, collect, &out, &error), STATUS_OK);
}

static void test_unknown_format_is_refused(void **state) {
  (void)state;
  struct map *map = NULL;
  assert_int_equal(map_new("no_such_format", &(struct map_facts){0}, NULL, &map, &error), STATUS_NOT_FOUND);
  assert_null(map);
  assert_non_null(strstr(error.text, "no_such_format"));
}

static void test_angles(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "ATT", 0, 3);
  NUMBERS(&made, "Roll", 1.5, NAN, -3);
  NUMBERS(&made, "Pitch", 0, 0, 0);
  NUMBERS(&made, "Yaw", -90, 370, 360);
  feed(map, &made, "attitude");
  assert_int_equal(out.count, 3);
  assert_int_equal(out.log_us[2], 3000);
  assert_near(number_at(&out, "roll_deg", 0), 1.5);
  assert_true(isnan(number_at(&out, "roll_deg", 1)));
  assert_near(number_at(&out, "yaw_deg", 0), 270);
  assert_near(number_at(&out, "yaw_deg", 1), 10);
  assert_near(number_at(&out, "yaw_deg", 2), 0);
  assert_true(isnan(number_at(&out, "rate_x_deg_s", 0)));
}

/* A letter's own scale (centidegrees and the like) comes before the rule's. */
static void test_storage_scale(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "ATT", 0, 1);
  static int16_t roll[1] = {-1234};
  made_add(&made, "Roll", COLUMN_I16, roll);
  made.fields[0].storage_scale = made.fields[0].scale = 0.01;
  feed(map, &made, "attitude");
  assert_near(number_at(&out, "roll_deg", 0), -12.34);
}

/* What the message says of one battery is one row, however its rules are written; 255 is "not known". */
static void test_one_record_is_one_row(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "BAT", 0, 2);
  NUMBERS(&made, "Inst", 0, 1);
  NUMBERS(&made, "Volt", 12.5, 11);
  NUMBERS(&made, "CurrTot", 1500, 0);
  NUMBERS(&made, "RemPct", 80, 255);
  NUMBERS(&made, "SH", 255, 90);
  feed(map, &made, "battery");
  assert_int_equal(out.count, 2);
  assert_near(number_at(&out, "instance", 1), 1);
  assert_near(number_at(&out, "voltage_v", 0), 12.5);
  assert_near(number_at(&out, "charge_used_ah", 0), 1.5);
  assert_near(number_at(&out, "remaining_ratio", 0), 0.8);
  assert_true(isnan(number_at(&out, "remaining_ratio", 1)));
  assert_near(number_at(&out, "health_ratio", 1), 0.9);
}

static void test_missing_instance_has_its_default(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "BARO", 0, 1);
  NUMBERS(&made, "Press", 101325);
  feed(map, &made, "baro");
  assert_near(number_at(&out, "instance", 0), 0);
  made_begin(&other, "BAR2", 1, 1);
  NUMBERS(&other, "Press", 101000);
  feed(map, &other, "baro");
  assert_near(number_at(&out, "instance", 0), 1);
}

/* CURR.Volt is centivolts as a 16-bit integer and volts as a float. */
static void test_format_letter_decides(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  static int16_t centivolts[1] = {1234};
  made_begin(&made, "CURR", 0, 1);
  made_add(&made, "Volt", COLUMN_I16, centivolts);
  feed(map, &made, "battery");
  assert_near(number_at(&out, "voltage_v", 0), 12.34);
  scoped(map) struct map *again = new_map("ardupilot_bin", NULL);
  static float volts[1] = {12.5F};
  made_begin(&made, "CURR", 0, 1);
  made_add(&made, "Volt", COLUMN_F32, volts);
  feed(again, &made, "battery");
  assert_near(number_at(&out, "voltage_v", 0), 12.5);
}

static void test_channels_expand(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "RCIN", 0, 2);
  NUMBERS(&made, "C1", 1500, 1501);
  NUMBERS(&made, "C2", 0, 1100); /* 0: no signal, no row */
  feed(map, &made, "rc");
  assert_int_equal(out.count, 3);
  assert_near(number_at(&out, "channel", 0), 1);
  assert_near(number_at(&out, "pulse_us", 1), 1501);
  assert_near(number_at(&out, "channel", 2), 2);
  assert_near(number_at(&out, "pulse_us", 2), 1100);
  assert_int_equal(out.log_us[2], 2000);
}

static void test_motors_by_output(void **state) {
  (void)state;
  struct map_facts facts = {0};
  facts.motor_of_output[2] = 4;
  scoped(map) struct map *map = new_map("ardupilot_bin", &facts);
  made_begin(&made, "RCOU", 0, 1);
  NUMBERS(&made, "C1", 1200);
  NUMBERS(&made, "C2", 1750);
  feed(map, &made, "motor");
  assert_int_equal(out.count, 1);
  assert_near(number_at(&out, "motor", 0), 4);
  assert_near(number_at(&out, "command_ratio", 0), 0.75);
  assert_near(number_at(&out, "pulse_us", 0), 1750);
}

static void test_mode_names_by_class(void **state) {
  (void)state;
  struct map_facts facts = {.vehicle_class = "plane"};
  scoped(map) struct map *map = new_map("ardupilot_bin", &facts);
  made_begin(&made, "MODE", 0, 2);
  NUMBERS(&made, "ModeNum", 10, 9999);
  feed(map, &made, "mode");
  assert_string_equal(text_at(&out, "mode_name", 0), "AUTO");
  assert_string_equal(text_at(&out, "mode_name", 1), "MODE_9999");
}

static void test_events(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "EV", 0, 3);
  NUMBERS(&made, "Id", 10, 11, 250);
  feed(map, &made, "event");
  assert_string_equal(text_at(&out, "kind", 0), "armed");
  assert_string_equal(text_at(&out, "kind", 1), "disarmed");
  assert_string_equal(text_at(&out, "kind", 2), "250");
}

/* ATT of new firmware has no targets: ANG, of lower rank, must then not be kept out by it. */
static void test_rank_counts_only_what_can_feed(void **state) {
  (void)state;
  static const char *const names[] = {"ATT", "ANG"};
  for (int old_firmware = 0; old_firmware < 2; old_firmware++) {
    scoped(map) struct map *map = new_map("ardupilot_bin",
                                          &(struct map_facts){.message_names = names, .message_count = 2});
    made_begin(&made, "ATT", 0, 1);
    NUMBERS(&made, "Roll", 1);
    if (old_firmware)
      NUMBERS(&made, "DesRoll", 2);
    made_begin(&other, "ANG", 1, 1);
    NUMBERS(&other, "DesRoll", 7);
    assert_true(map_wants(map, &made.message));
    assert_true(map_wants(map, &other.message));
    feed(map, &other, "control");
    assert_int_equal(out.count, old_firmware ? 0 : 1);
    feed(map, &made, "control");
    assert_int_equal(out.count, old_firmware ? 1 : 0);
  }
}

static void test_first_pass_uses_every_rule(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "AHR2", 0, 1);
  NUMBERS(&made, "Roll", 3);
  feed(map, &made, "attitude");
  assert_int_equal(out.count, 1);
}

static void test_only_wanted_tables(void **state) {
  (void)state;
  uint64_t tables[2] = {0};
  uint16_t index = schema_find("gps")->index;
  tables[index / 64] |= UINT64_C(1) << (index % 64);
  struct map *map_or_null = NULL;
  assert_int_equal(map_new("ardupilot_bin", &(struct map_facts){0}, tables, &map_or_null, &error), STATUS_OK);
  scoped(map) struct map *map = map_or_null;
  made_begin(&made, "ATT", 0, 1);
  NUMBERS(&made, "Roll", 1);
  made_begin(&other, "GPS", 1, 1);
  NUMBERS(&other, "Status", 3);
  assert_false(map_wants(map, &made.message));
  assert_true(map_wants(map, &other.message));
  feed(map, &made, "attitude");
  assert_int_equal(out.calls, 0);
}

static void test_receiver_in_use(void **state) {
  (void)state;
  for (int says = 0; says < 2; says++) {
    scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
    made_begin(&made, "GPS", 0, 3);
    NUMBERS(&made, "I", 0, 1, 1);
    NUMBERS(&made, "Status", 3, 3, 2);
    NUMBERS(&made, "Lat", 10, 20, 30);
    if (says)
      NUMBERS(&made, "U", 0, 1, 1);
    feed(map, &made, "position");
    assert_int_equal(out.count, 1); /* the third has no 3D fix */
    assert_near(number_at(&out, "lat_deg", 0), says ? 20 : 10);
  }
}

static void test_core_in_use(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&other, "XKF4", 1, 1);
  NUMBERS(&other, "C", 0);
  NUMBERS(&other, "PI", 1);
  feed(map, &other, "estimator");
  made_begin(&made, "XKF1", 0, 2);
  NUMBERS(&made, "C", 0, 1);
  NUMBERS(&made, "VN", 5, 6);
  feed(map, &made, "velocity");
  assert_int_equal(out.count, 1);
  assert_near(number_at(&out, "vel_north_m_s", 0), 6);
}

/* ---- MAVLink ---- */

static void sender(struct made *batch, const double *system, const double *component) {
  made_numbers(batch, "system_id", system);
  made_numbers(batch, "component_id", component);
}
#define SENDERS(batch, systems, components)                                                                            \
  sender(batch, (const double[MADE_ROWS_MAX]){systems}, (const double[MADE_ROWS_MAX]){components})
#define LIST(...) __VA_ARGS__

static void heartbeat(const double *base_modes, const double *custom_modes, uint32_t rows) {
  made_begin(&other, "HEARTBEAT", 9, rows);
  for (uint32_t i = 0; i < rows; i++) {
    other.numbers[0][i] = 7;
    other.numbers[1][i] = 1;
    other.numbers[2][i] = 2; /* MAV_TYPE_QUADROTOR */
    other.numbers[3][i] = 3; /* MAV_AUTOPILOT_ARDUPILOTMEGA */
  }
  made_add(&other, "system_id", COLUMN_F64, other.numbers[0]);
  made_add(&other, "component_id", COLUMN_F64, other.numbers[1]);
  made_add(&other, "type", COLUMN_F64, other.numbers[2]);
  made_add(&other, "autopilot", COLUMN_F64, other.numbers[3]);
  made_numbers(&other, "base_mode", base_modes);
  made_numbers(&other, "custom_mode", custom_modes);
}

static void test_vehicle_is_learnt_from_its_heartbeat(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.vehicle_class = "copter"});
  heartbeat((const double[MADE_ROWS_MAX]){0}, (const double[MADE_ROWS_MAX]){0}, 1);
  feed(map, &other, "mode");
  made_begin(&made, "ATTITUDE", 0, 4);
  SENDERS(&made, LIST(7, 8, 7, 255), LIST(1, 1, 190, 190));
  NUMBERS(&made, "roll", M_PI / 2, 0, 0, 0);
  feed(map, &made, "attitude");
  assert_int_equal(out.count, 1);
  assert_near(number_at(&out, "roll_deg", 0), 90);
}

static void test_radio_counts_from_any_system(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.system_id = 7});
  made_begin(&made, "RADIO_STATUS", 0, 1);
  SENDERS(&made, LIST(51), LIST(68));
  NUMBERS(&made, "rssi", 200);
  feed(map, &made, "radio");
  assert_int_equal(out.count, 1);
  assert_string_equal(text_at(&out, "link", 0), "telemetry");
}

static void test_edges_of_the_heartbeat(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.vehicle_class = "copter"});
  const double base[MADE_ROWS_MAX] = {81, 81, 209, 209, 81}, mode[MADE_ROWS_MAX] = {0, 5, 5, 5, 6};
  heartbeat(base, mode, 5);
  feed(map, &other, "event");
  assert_int_equal(out.count, 2);
  assert_string_equal(text_at(&out, "kind", 0), "armed");
  assert_int_equal(out.log_us[0], 3000);
  assert_string_equal(text_at(&out, "kind", 1), "disarmed");
  scoped(map) struct map *again = new_map("mavlink", &(struct map_facts){.vehicle_class = "copter"});
  feed(again, &other, "mode");
  assert_int_equal(out.count, 3);
  assert_string_equal(text_at(&out, "mode_name", 1), "LOITER");
  assert_int_equal(out.log_us[2], 5000);
}

static void test_chunks_join(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.system_id = 7});
  made_begin(&made, "STATUSTEXT", 0, 5);
  SENDERS(&made, LIST(7, 7, 8, 7, 7), LIST(1, 1, 1, 1, 1));
  NUMBERS(&made, "severity", 4, 4, 1, 6, 6);
  TEXTS(&made, "text", "Motor 3 lost ", "thrust", "not ours", "Land", "ing");
  NUMBERS(&made, "id", 3, 3, 3, 0, 0);
  NUMBERS(&made, "chunk_seq", 0, 1, 2, 0, 1);
  feed(map, &made, "message");
  assert_int_equal(out.count, 3);
  assert_string_equal(text_at(&out, "text", 0), "Motor 3 lost thrust");
  assert_near(number_at(&out, "severity", 0), 4);
  assert_int_equal(out.log_us[0], 1000);
  assert_string_equal(text_at(&out, "text", 1), "Land"); /* id 0: whole as it is */
}

static void test_fence_speaks_on_change(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.system_id = 7});
  made_begin(&made, "FENCE_STATUS", 0, 4);
  SENDERS(&made, LIST(7, 7, 7, 7), LIST(1, 1, 1, 1));
  NUMBERS(&made, "breach_status", 0, 1, 1, 0);
  NUMBERS(&made, "breach_type", 0, 2, 2, 0);
  feed(map, &made, "event");
  assert_int_equal(out.count, 2);
  assert_string_equal(text_at(&out, "kind", 0), "fence_breach");
  assert_string_equal(text_at(&out, "kind", 1), "fence_cleared");
}

static void test_bits_of_a_mask(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", &(struct map_facts){.system_id = 7});
  made_begin(&made, "POSITION_TARGET_LOCAL_NED", 0, 2);
  SENDERS(&made, LIST(7, 7), LIST(1, 1));
  NUMBERS(&made, "type_mask", 0xFF8, 0xFC7);
  NUMBERS(&made, "x", 11, 12);
  NUMBERS(&made, "vx", 1, 2);
  feed(map, &made, "navigation");
  assert_int_equal(out.count, 2);
  assert_int_equal(out.calls, 2);
  for (uint32_t row = 0; row < 2; row++) {
    bool position = out.log_us[row] == 1000;
    assert_true(position == !isnan(number_at(&out, "target_north_m", row)));
    assert_true(position == isnan(number_at(&out, "target_vel_north_m_s", row)));
  }
}

static void test_quaternion(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("mavlink", NULL);
  made_begin(&made, "ATTITUDE_QUATERNION", 0, 1);
  NUMBERS(&made, "q1", M_SQRT1_2);
  NUMBERS(&made, "q2", 0);
  NUMBERS(&made, "q3", 0);
  NUMBERS(&made, "q4", -M_SQRT1_2);
  feed(map, &made, "attitude");
  assert_int_equal(out.count, 1);
  assert_near(number_at(&out, "yaw_deg", 0), 270);
  assert_near(number_at(&out, "roll_deg", 0), 0);
}

/* Infinite, huge and missing values become null; nothing overflows. */
static void test_hostile_numbers(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map("ardupilot_bin", NULL);
  made_begin(&made, "GPS", 0, 4);
  NUMBERS(&made, "I", 1e300, -1e300, INFINITY, NAN);
  NUMBERS(&made, "GMS", 1e300, INFINITY, -INFINITY, 3e9);
  NUMBERS(&made, "Status", 1e20, -1e20, NAN, 3);
  NUMBERS(&made, "Lat", 1e300, 0, INFINITY, 5);
  NUMBERS(&made, "Spd", 1e300, 0, -INFINITY, 5);
  feed(map, &made, "gps");
  assert_int_equal(out.count, 4);
  assert_true(isnan(number_at(&out, "fix_type", 0)));
  assert_true(isnan(number_at(&out, "instance", 0)));
  made_begin(&other, "MODE", 1, 3);
  NUMBERS(&other, "ModeNum", 1e300, -INFINITY, NAN);
  feed(map, &other, "mode");
  made_begin(&other, "EV", 2, 2);
  NUMBERS(&other, "Id", -1e18, 1e14);
  feed(map, &other, "event");
  scoped(map) struct map *link = new_map("mavlink", &(struct map_facts){.system_id = 7});
  heartbeat((const double[MADE_ROWS_MAX]){NAN, 1e300, 209}, (const double[MADE_ROWS_MAX]){INFINITY, -1e300, 5}, 3);
  feed(link, &other, "event");
  assert_int_equal(out.count, 1);
  scoped(map) struct map *again = new_map("mavlink", &(struct map_facts){.system_id = 7});
  feed(again, &other, "mode");
  assert_int_equal(out.count, 1);
  assert_string_equal(text_at(&out, "mode_name", 0), "LOITER");
  made_begin(&made, "SYSTEM_TIME", 1, 3);
  SENDERS(&made, LIST(7, 7, 7), LIST(1, 1, 1));
  NUMBERS(&made, "time_unix_usec", 1e300, -INFINITY, 1.7e15);
  feed(link, &made, "gps");
  assert_int_equal(out.count, 3);
  assert_true(isnan(number_at(&out, "utc_us", 0)));
  assert_true(number_at(&out, "utc_us", 2) == 1.7e15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_unknown_format_is_refused),
      cmocka_unit_test(test_angles),
      cmocka_unit_test(test_storage_scale),
      cmocka_unit_test(test_one_record_is_one_row),
      cmocka_unit_test(test_missing_instance_has_its_default),
      cmocka_unit_test(test_format_letter_decides),
      cmocka_unit_test(test_channels_expand),
      cmocka_unit_test(test_motors_by_output),
      cmocka_unit_test(test_mode_names_by_class),
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_rank_counts_only_what_can_feed),
      cmocka_unit_test(test_first_pass_uses_every_rule),
      cmocka_unit_test(test_only_wanted_tables),
      cmocka_unit_test(test_receiver_in_use),
      cmocka_unit_test(test_core_in_use),
      cmocka_unit_test(test_vehicle_is_learnt_from_its_heartbeat),
      cmocka_unit_test(test_radio_counts_from_any_system),
      cmocka_unit_test(test_edges_of_the_heartbeat),
      cmocka_unit_test(test_chunks_join),
      cmocka_unit_test(test_fence_speaks_on_change),
      cmocka_unit_test(test_bits_of_a_mask),
      cmocka_unit_test(test_quaternion),
      cmocka_unit_test(test_hostile_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
