/* The pack: charge and energy add up, it sags by its resistance, and it never gives more than there is. */
#include "unit.h"

#include "simulate/battery.h"

#include <math.h>

static void sags_by_its_resistance(void **state) {
  (void)state;
  struct battery battery = battery_new(4, 5, 0.02, 1, 25);
  double rest_v = battery.voltage_v;
  assert_true(fabs(rest_v - 16.8) < 1e-9);
  battery_draw(&battery, 320, 25, 0.01);
  assert_true(fabs(battery.voltage_v - (rest_v - battery.current_a * 0.02)) < 1e-9);
  assert_true(fabs(battery.voltage_v * battery.current_a - 320) < 1e-6);
}

static void charge_and_energy_add_up(void **state) {
  (void)state;
  struct battery battery = battery_new(6, 8, 0.02, 1, 20);
  double before = battery.voltage_v;
  for (int i = 0; i < 60000; i++)
    battery_draw(&battery, 250, 20, 0.01);
  assert_true(fabs(battery.used_wh - 250 * 600 / 3600.0) < 0.01);
  assert_true(fabs(battery.charge_ratio - (1 - battery.used_ah / 8)) < 1e-9);
  assert_true(battery.voltage_v < before);
  assert_true(battery.temperature_degc > 20.5);
}

static void cold_and_old_packs_sag_more(void **state) {
  (void)state;
  struct battery warm = battery_new(4, 5, 0.02, 1, 25), cold = battery_new(4, 5, 0.02, 1, 0),
                 old = battery_new(4, 5, 0.06, 1, 25);
  battery_draw(&warm, 300, 25, 0.01);
  battery_draw(&cold, 300, 0, 0.01);
  battery_draw(&old, 300, 25, 0.01);
  assert_true(cold.voltage_v < warm.voltage_v);
  assert_true(old.voltage_v < cold.voltage_v);
}

static void gives_no_more_than_there_is(void **state) {
  (void)state;
  struct battery battery = battery_new(4, 1, 0.05, 0, 25);
  for (int i = 0; i < 1000; i++)
    battery_draw(&battery, 1e9, 25, 0.01);
  assert_true(isfinite(battery.voltage_v) && battery.voltage_v > 0);
  assert_true(battery.charge_ratio == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sags_by_its_resistance),
      cmocka_unit_test(charge_and_energy_add_up),
      cmocka_unit_test(cold_and_old_packs_sag_more),
      cmocka_unit_test(gives_no_more_than_there_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
