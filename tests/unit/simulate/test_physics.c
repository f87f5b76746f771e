/* Motion: hover balances weight, a weak motor is asked for more, every mission ends on the ground near home. */
#include "unit.h"

#include "simulate/mission.h"

#include <math.h>

struct flight {
  struct vehicle vehicle;
  struct mission mission;
  struct random random;
  struct air air;
  struct body body;
  double highest_m, fastest_m_s, airborne_s, command[MOTORS_MAX], thrust_n, hovering;
  int reached;
};

/* Flies a whole mission; means over the time of steady flight. */
static void fly(struct flight *flight, int airframe, struct fault fault, uint64_t seed) {
  memset(flight, 0, sizeof *flight);
  flight->vehicle.airframe = airframe_of(airframe);
  flight->vehicle.condition = condition_of(&fault, 1);
  flight->random = random_new(seed);
  flight->air = (struct air){.mean_wind_m_s = {2, -1}, .gust_m_s = 0.5, .density_ratio = 1, .temperature_degc = 15};
  double runway = atan2(1, -2);
  mission_make(&flight->mission, flight->vehicle.airframe, 150, runway, &flight->random);
  flight->body = body_new(runway);
  struct autopilot autopilot = autopilot_new(flight->vehicle.airframe, &flight->mission, runway);
  for (int tick = 0; tick < 60000 && autopilot.phase != PHASE_OVER; tick++) {
    struct body *body = &flight->body;
    air_step(&flight->air, &flight->random, fmax(-body->position_m[2], 0.5), 0.01);
    autopilot_step(&autopilot, body, 0.01);
    body_step(body, &flight->vehicle, &flight->air, &autopilot.demand, 0.95, &flight->random, 0.01);
    flight->highest_m = fmax(flight->highest_m, -body->position_m[2]);
    flight->fastest_m_s = fmax(flight->fastest_m_s, hypot(body->velocity_m_s[0], body->velocity_m_s[1]));
    flight->airborne_s += body->airborne ? 0.01 : 0;
    flight->reached += (autopilot.news & NEWS_REACHED) != 0;
    if (autopilot.phase == PHASE_LOITER) {
      flight->hovering++;
      flight->thrust_n += body->thrust_n;
      for (int i = 0; i < MOTORS_MAX; i++)
        flight->command[i] += body->motors[i].command;
    }
  }
  assert_int_equal(autopilot.phase, PHASE_OVER);
}

static void missions_end_on_the_ground_near_home(void **state) {
  (void)state;
  for (int airframe = 0; airframe < 6; airframe++)
    for (uint64_t seed = 1; seed < 6; seed++) {
      struct flight flight;
      fly(&flight, airframe, (struct fault){0}, seed);
      bool plane = flight.vehicle.airframe->plane;
      double home_m = hypot(flight.body.position_m[0], flight.body.position_m[1]);
      assert_true(home_m < (plane ? 120 : 3));
      assert_true(fabs(flight.body.position_m[2]) < 0.01);
      assert_true(flight.highest_m > 20 && flight.highest_m < 119);
      assert_true(flight.fastest_m_s < 40);
      assert_true(flight.airborne_s > 60 && flight.airborne_s < 260);
      assert_int_equal(flight.reached, flight.mission.count - 2); /* home and the last are not reached */
    }
}

static void hover_balances_weight(void **state) {
  (void)state;
  struct flight flight;
  fly(&flight, 0, (struct fault){0}, 3);
  double weight_n = flight.vehicle.airframe->mass_kg * GRAVITY_M_S2;
  assert_true(flight.hovering > 300);
  assert_true(fabs(flight.thrust_n / flight.hovering / weight_n - 1) < 0.05);
}

static void a_weak_motor_is_asked_for_more(void **state) {
  (void)state;
  struct flight healthy, weak;
  fly(&healthy, 0, (struct fault){0}, 3);
  fly(&weak, 0, (struct fault){FAULT_MOTOR_WEAKENING, 1, 2}, 3);
  double before = healthy.command[2] / healthy.hovering, after = weak.command[2] / weak.hovering;
  assert_true(after / before > 1.25 && after / before < 1.45); /* a quarter of the thrust is gone */
  for (int i = 0; i < 4; i++)
    if (i != 2)
      assert_true(fabs(weak.command[i] / weak.hovering / (healthy.command[i] / healthy.hovering) - 1) < 0.03);
}

static void vectors_turn_with_the_body(void **state) {
  (void)state;
  struct body body = body_new(M_PI / 2); /* facing east */
  double out[3];
  body_of_earth(&body, (const double[]){0, 1, 0}, out);
  assert_true(fabs(out[0] - 1) < 1e-12 && fabs(out[1]) < 1e-12);
  body.roll = M_PI / 2; /* right side down: the body's right looks down */
  body_of_earth(&body, (const double[]){0, 0, 1}, out);
  assert_true(fabs(out[1] - 1) < 1e-12 && fabs(out[2]) < 1e-12);
  body.roll = 0;
  body.pitch = M_PI / 2; /* nose up: down is behind */
  body_of_earth(&body, (const double[]){0, 0, 1}, out);
  assert_true(fabs(out[0] + 1) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(missions_end_on_the_ground_near_home),
      cmocka_unit_test(hover_balances_weight),
      cmocka_unit_test(a_weak_motor_is_asked_for_more),
      cmocka_unit_test(vectors_turn_with_the_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
