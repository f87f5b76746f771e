/* What PX4's topics need of the mapping: names with dots and brackets, instances by multi_id, conditions on k, values
 * made of several, edges of states, heights over home. */
#include "made_batch.h"

static struct made made;
static struct collected out;

static struct map *new_map(const struct map_facts *facts) {
  struct map *map = NULL;
  assert_int_equal(map_new("px4", facts ? facts : &(struct map_facts){0}, NULL, &map, &error), STATUS_OK);
  return map;
}

static void feed(struct map *map, const char *table) {
  memset(&out, 0, sizeof out);
  out.table = table;
  assert_int_equal(map_batch(map, &made.batch, collect, &out, &error), STATUS_OK);
}

/* An array field: values of a row lie side by side. */
static void add_array(const char *name, uint16_t count, float *values) {
  made_add(&made, name, COLUMN_F32, values);
  made.fields[made.message.field_count - 1].count = count;
  made.fields[made.message.field_count - 1].is_array = true;
}

/* esc[1].esc_rpm is one field's name; controllers from esc_count on have no rows. */
static void test_names_with_brackets_and_k_below_a_field(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "esc_status", 0, 2);
  NUMBERS(&made, "esc_count", 2, 1);
  NUMBERS(&made, "esc[0].esc_rpm", 1000, 1001);
  NUMBERS(&made, "esc[1].esc_rpm", 2000, 2001);
  NUMBERS(&made, "esc[2].esc_rpm", 3000, 3001);
  NUMBERS(&made, "esc[1].esc_temperature", 40, 41);
  feed(map, "esc");
  assert_int_equal(out.count, 3);
  assert_near(number_at(&out, "rpm", 0), 1000);
  assert_near(number_at(&out, "rpm", 1), 1001);
  assert_near(number_at(&out, "instance", 2), 1);
  assert_near(number_at(&out, "rpm", 2), 2000);
  assert_near(number_at(&out, "temperature_degc", 2), 40);
  assert_true(isnan(number_at(&out, "temperature_degc", 0)));
}

static void test_names_with_dots(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "position_setpoint_triplet", 0, 2);
  NUMBERS(&made, "current.valid", 0, 1);
  NUMBERS(&made, "current.lat", 47, 48);
  feed(map, "navigation");
  assert_int_equal(out.count, 1);
  assert_near(number_at(&out, "target_lat_deg", 0), 48);
}

static void test_instance_and_connected(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "battery_status", 0, 3);
  NUMBERS(&made, "connected", 1, 0, 1);
  NUMBERS(&made, "voltage_v", 16, 15, 0);
  NUMBERS(&made, "discharged_mah", 250, 0, -1);
  NUMBERS(&made, "multi_id", 1, 0, 0);
  feed(map, "battery");
  assert_int_equal(out.count, 2);
  assert_near(number_at(&out, "instance", 0), 1);
  assert_near(number_at(&out, "charge_used_ah", 0), 0.25);
  assert_near(number_at(&out, "instance", 1), 0);
  assert_true(isnan(number_at(&out, "voltage_v", 1)));
  assert_true(isnan(number_at(&out, "charge_used_ah", 1)));
}

/* div takes the element that is named, not the array. */
static void test_quotient(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  static float velocity[] = {0.02f, 0.04f, -0.0392f, 1, 1, 1};
  made_begin(&made, "vehicle_imu", 0, 2);
  add_array("delta_velocity", 3, velocity);
  NUMBERS(&made, "delta_velocity_dt", 4000, 0);
  NUMBERS(&made, "multi_id", 2, 2);
  feed(map, "imu");
  assert_int_equal(out.count, 2);
  assert_near(number_at(&out, "instance", 0), 2);
  assert_near(number_at(&out, "accel_y_m_s2", 0), 10);
  assert_near(number_at(&out, "accel_z_m_s2", 0), -9.8);
  assert_true(isnan(number_at(&out, "accel_x_m_s2", 1))); /* nothing is divided by 0 */
}

static void test_sum_of_an_array(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  static float clips[] = {1, 20, 300};
  made_begin(&made, "vehicle_imu_status", 0, 1);
  add_array("accel_clipping", 3, clips);
  NUMBERS(&made, "multi_id", 0);
  feed(map, "vibration");
  assert_near(number_at(&out, "clip_count", 0), 321);
}

/* A value with a flag of its own is null where the flag says no; the row stays for the others. */
static void test_flagged_values(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "vehicle_local_position", 0, 2);
  NUMBERS(&made, "x", 1, 2);
  NUMBERS(&made, "xy_valid", 1, 0);
  NUMBERS(&made, "z", -5, -6);
  NUMBERS(&made, "z_valid", 1, 1);
  feed(map, "position");
  assert_int_equal(out.count, 2);
  assert_near(number_at(&out, "north_m", 0), 1);
  assert_true(isnan(number_at(&out, "north_m", 1)));
  assert_near(number_at(&out, "down_m", 1), -6);
  assert_near(number_at(&out, "alt_rel_m", 1), 6);
}

static void test_plus_after_the_scale(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "manual_control_setpoint", 0, 2);
  NUMBERS(&made, "throttle", -1, 0.5);
  feed(map, "rc");
  assert_int_equal(out.count, 2);
  assert_string_equal(text_at(&out, "axis", 0), "throttle");
  assert_near(number_at(&out, "stick_ratio", 0), 0);
  assert_near(number_at(&out, "stick_ratio", 1), 0.75);
}

static void test_pressure_in_either_unit(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "sensor_baro", 0, 2);
  NUMBERS(&made, "pressure", 955.5, 95550);
  NUMBERS(&made, "multi_id", 0, 0);
  feed(map, "baro");
  assert_near(number_at(&out, "pressure_pa", 0), 95550);
  assert_near(number_at(&out, "pressure_pa", 1), 95550);
}

/* Armed is 2, other states are no news among themselves; a system_id of another does not hide rows. */
static void test_arming_and_failsafe_edges(void **state) {
  (void)state;
  struct map_facts facts = {.system_id = 9};
  scoped(map) struct map *map = new_map(&facts);
  made_begin(&made, "vehicle_status", 0, 6);
  NUMBERS(&made, "arming_state", 0, 1, 2, 2, 1, 4);
  NUMBERS(&made, "latest_arming_reason", 0, 0, 4, 4, 4, 4);
  NUMBERS(&made, "latest_disarming_reason", 0, 0, 0, 0, 7, 7);
  NUMBERS(&made, "failsafe", 0, 0, 0, 1, 0, 0);
  NUMBERS(&made, "nav_state", 2, 2, 4, 4, 4, 77);
  NUMBERS(&made, "system_id", 1, 1, 1, 1, 1, 1);
  NUMBERS(&made, "component_id", 1, 1, 1, 1, 1, 1);
  feed(map, "event");
  assert_int_equal(out.count, 4);
  assert_string_equal(text_at(&out, "kind", 0), "armed");
  assert_string_equal(text_at(&out, "detail", 0), "command_external");
  assert_int_equal(out.log_us[0], 3000);
  assert_string_equal(text_at(&out, "kind", 1), "disarmed");
  assert_string_equal(text_at(&out, "detail", 1), "reason_7"); /* renumbered over time: no word without a dictionary */
  assert_string_equal(text_at(&out, "kind", 2), "failsafe");
  assert_int_equal(out.log_us[2], 4000);
  assert_string_equal(text_at(&out, "kind", 3), "failsafe_cleared");
  feed(map, "mode"); /* the states go on: its last one was 77 */
  assert_int_equal(out.count, 3);
  assert_string_equal(text_at(&out, "mode_name", 0), "POSCTL");
  assert_string_equal(text_at(&out, "mode_name", 1), "AUTO_LOITER");
  assert_string_equal(text_at(&out, "mode_name", 2), "MODE_77");
}

static void test_land_detector(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "vehicle_land_detected", 0, 5);
  NUMBERS(&made, "landed", 1, 1, 0, 0, 1);
  feed(map, "event");
  assert_int_equal(out.count, 3);
  assert_string_equal(text_at(&out, "kind", 0), "landed");
  assert_string_equal(text_at(&out, "kind", 1), "airborne");
  assert_int_equal(out.log_us[1], 3000);
  assert_string_equal(text_at(&out, "kind", 2), "landed");
}

/* The altitude of the last home before the row; before the first, of the first; without one, none. */
static void test_height_over_home(void **state) {
  (void)state;
  struct map_facts facts = {.homes = {{2000, 480}, {4000, 490}}, .home_count = 2};
  scoped(map) struct map *map = new_map(&facts);
  made_begin(&made, "vehicle_global_position", 0, 4);
  NUMBERS(&made, "alt", 481, 482, 483, 500);
  feed(map, "position");
  assert_int_equal(out.count, 4);
  assert_near(number_at(&out, "alt_rel_m", 0), 1);
  assert_near(number_at(&out, "alt_rel_m", 2), 3);
  assert_near(number_at(&out, "alt_rel_m", 3), 10);
  scoped(map) struct map *homeless = new_map(NULL);
  feed(homeless, "position");
  assert_true(isnan(number_at(&out, "alt_rel_m", 0)));
  assert_near(number_at(&out, "alt_msl_m", 0), 481);
}

/* Outputs from 0 drive motors from 1; what is no pulse is no command. */
static void test_motors_of_old_outputs(void **state) {
  (void)state;
  static const char *const names[] = {"actuator_outputs", "actuator_motors"};
  struct map_facts facts = {.motor_of_output = {0, 1, 2}, .message_names = names, .message_count = 1};
  scoped(map) struct map *map = new_map(&facts);
  static float pulses[] = {1500, 1600, 1700, 0.5f, 0.5f, 0.5f};
  made_begin(&made, "actuator_outputs", 0, 2);
  add_array("output", 3, pulses);
  NUMBERS(&made, "noutputs", 3, 3);
  NUMBERS(&made, "multi_id", 0, 0);
  feed(map, "motor");
  assert_int_equal(out.count, 2);
  assert_near(number_at(&out, "motor", 0), 1);
  assert_near(number_at(&out, "command_ratio", 0), 0.5);
  assert_near(number_at(&out, "motor", 1), 2);
  assert_near(number_at(&out, "pulse_us", 1), 1600);
  facts.message_count = 2; /* newer firmware logs the commands; outputs may be in units of another protocol */
  scoped(map) struct map *newer = new_map(&facts);
  feed(newer, "motor");
  assert_int_equal(out.count, 0);
}

/* "alone": what only the receiver knows counts where the estimator says nothing, and not before that is known. */
static void test_alone_waits_for_the_second_pass(void **state) {
  (void)state;
  made_begin(&made, "vehicle_gps_position", 0, 1);
  NUMBERS(&made, "fix_type", 3);
  NUMBERS(&made, "latitude_deg", 47);
  scoped(map) struct map *first = new_map(NULL);
  feed(first, "position");
  assert_int_equal(out.count, 0);
  static const char *const names[] = {"vehicle_gps_position", "vehicle_global_position"};
  scoped(map) struct map *second = new_map(&(struct map_facts){.message_names = names, .message_count = 1});
  feed(second, "position");
  assert_int_equal(out.count, 1);
  scoped(map) struct map *both = new_map(&(struct map_facts){.message_names = names, .message_count = 2});
  feed(both, "position");
  assert_int_equal(out.count, 0);
}

/* A default's row also has the value; whoever names a topic like the decoder's own messages does no harm. */
static void test_values_beside_defaults(void **state) {
  (void)state;
  scoped(map) struct map *map = new_map(NULL);
  made_begin(&made, "parameter", 0, 2);
  TEXTS(&made, "name", "MPC_XY_P", "MAV_TYPE");
  NUMBERS(&made, "value", 0.95, 2);
  feed(map, "parameter");
  assert_int_equal(out.count, 2);
  assert_true(isnan(number_at(&out, "default_value", 0)));
  made_begin(&made, "parameter_default", 1, 2);
  TEXTS(&made, "name", "MPC_XY_P", "NEVER_SEEN");
  NUMBERS(&made, "value", 0.5, 1);
  feed(map, "parameter");
  assert_string_equal(text_at(&out, "name", 0), "MPC_XY_P");
  assert_near(number_at(&out, "value", 0), 0.95);
  assert_near(number_at(&out, "default_value", 0), 0.5);
  assert_true(isnan(number_at(&out, "value", 1)));
  made_begin(&made, "parameter", 2, 1);
  NUMBERS(&made, "name", 7);
  NUMBERS(&made, "value", 8);
  feed(map, "parameter");
  made_begin(&made, "parameter_default", 3, 1);
  NUMBERS(&made, "name", 7);
  NUMBERS(&made, "value", 8);
  feed(map, "parameter");
  assert_near(number_at(&out, "default_value", 0), 8);
}

/* Events come by the dictionary that came before them in a second pass. */
static void test_event_without_dictionary(void **state) {
  (void)state;
  static const char *const names[] = {"event", "information_multi"};
  scoped(map) struct map *map = new_map(&(struct map_facts){.message_names = names, .message_count = 2});
  made_begin(&made, "information_multi", 0, 1);
  NUMBERS(&made, "key", 1); /* not what the decoder gives */
  NUMBERS(&made, "value", 1);
  NUMBERS(&made, "continues", 0);
  assert_true(map_wants(map, &made.message));
  feed(map, "event");
  made_begin(&made, "event", 1, 2);
  NUMBERS(&made, "id", 16777282, -1);
  NUMBERS(&made, "arguments", 0, 0);
  feed(map, "event");
  assert_int_equal(out.count, 2);
  assert_string_equal(text_at(&out, "kind", 0), "px4_event");
  assert_string_equal(text_at(&out, "detail", 0), "event 66 of component 1");
  assert_near(number_at(&out, "code", 0), 16777282);
  assert_string_equal(text_at(&out, "detail", 1), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_with_brackets_and_k_below_a_field),
      cmocka_unit_test(test_names_with_dots),
      cmocka_unit_test(test_instance_and_connected),
      cmocka_unit_test(test_quotient),
      cmocka_unit_test(test_sum_of_an_array),
      cmocka_unit_test(test_flagged_values),
      cmocka_unit_test(test_plus_after_the_scale),
      cmocka_unit_test(test_pressure_in_either_unit),
      cmocka_unit_test(test_arming_and_failsafe_edges),
      cmocka_unit_test(test_land_detector),
      cmocka_unit_test(test_height_over_home),
      cmocka_unit_test(test_motors_of_old_outputs),
      cmocka_unit_test(test_values_beside_defaults),
      cmocka_unit_test(test_event_without_dictionary),
      cmocka_unit_test(test_alone_waits_for_the_second_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
