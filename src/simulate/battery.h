/* battery: a lithium-polymer pack under load. */
#ifndef UAVLAKE_SIMULATE_BATTERY_H
#define UAVLAKE_SIMULATE_BATTERY_H

struct battery {
  int cells;
  double capacity_ah;    /* that is left */
  double resistance_ohm; /* of the pack at 25 °C, terminals to terminals */
  double charge_ratio;   /* state of charge 0…1 */
  double polarisation_v; /* over the RC branch */
  double temperature_degc;
  double voltage_v, current_a; /* at the terminals, discharge positive */
  double used_ah, used_wh;
};

struct battery battery_new(int cells, double capacity_ah, double resistance_ohm, double charge_ratio,
                           double temperature_degc);
/* Draws `power_w` for `dt_s`. The voltage sags to half the open-circuit voltage at most: more power isn't there. */
void battery_draw(struct battery *battery, double power_w, double air_degc, double dt_s);
double battery_open_circuit_v(const struct battery *battery);
/* Ohmic resistance now, with temperature and charge. */
double battery_resistance_now_ohm(const struct battery *battery);

#endif
