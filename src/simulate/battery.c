/* battery: Thevenin model with one RC branch: V = OCV(charge) − V₁ − I·R₀, V₁' = (I·R₁ − V₁)/τ.
 *
 * The open-circuit curve per cell is the common one of lithium-polymer cells; R₀ rises by 1.2 % a degree below 25 °C
 * and steeply below 15 % charge; R₁ = 0.45 R₀ with τ = 18 s (orders of magnitude as in Chen and Rincón-Mora, "Accurate
 * Electrical Battery Model", IEEE TEC 2006). Heat: I²R into a pack of 1000 J/K a kilogram, cooled by the air. */
#include "simulate/battery.h"

#include <math.h>

#define POLARISATION_SHARE 0.45
#define POLARISATION_TAU_S 18.0
#define HEAT_J_PER_K_AH_CELL 26.0 /* about 26 g a cell and ampere-hour */
#define COOLING_W_PER_K 0.9

struct battery battery_new(int cells, double capacity_ah, double resistance_ohm, double charge_ratio,
                           double temperature_degc) {
  struct battery battery = {.cells = cells,
                            .capacity_ah = capacity_ah,
                            .resistance_ohm = resistance_ohm,
                            .charge_ratio = charge_ratio,
                            .temperature_degc = temperature_degc};
  battery.voltage_v = battery_open_circuit_v(&battery);
  return battery;
}

double battery_open_circuit_v(const struct battery *battery) {
  static const double charge[] = {0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
  static const double cell_v[] = {3.27, 3.55, 3.66, 3.72, 3.76, 3.79, 3.83, 3.88, 3.94, 4.02, 4.10, 4.20};
  double at = fmin(fmax(battery->charge_ratio, 0), 1);
  int i = 1;
  while (i < 11 && charge[i] < at)
    i++;
  double share = (at - charge[i - 1]) / (charge[i] - charge[i - 1]);
  return battery->cells * (cell_v[i - 1] + share * (cell_v[i] - cell_v[i - 1]));
}

double battery_resistance_now_ohm(const struct battery *battery) {
  double cold = 1 + 0.012 * fmax(25 - battery->temperature_degc, -15);
  double empty = battery->charge_ratio < 0.15 ? 1 + 6 * (0.15 - battery->charge_ratio) : 1;
  return battery->resistance_ohm * cold * empty;
}

void battery_draw(struct battery *battery, double power_w, double air_degc, double dt_s) {
  double source_v = battery_open_circuit_v(battery) - battery->polarisation_v;
  double resistance_ohm = battery_resistance_now_ohm(battery);
  double root = source_v * source_v - 4 * resistance_ohm * power_w;
  battery->current_a = (source_v - sqrt(fmax(root, 0))) / (2 * resistance_ohm);
  battery->voltage_v = source_v - battery->current_a * resistance_ohm;
  double polarisation_ohm = POLARISATION_SHARE * resistance_ohm;
  battery->polarisation_v += (battery->current_a * polarisation_ohm - battery->polarisation_v) * dt_s /
                             POLARISATION_TAU_S;
  double charge_ah = battery->current_a * dt_s / 3600;
  battery->used_ah += charge_ah;
  battery->used_wh += charge_ah * battery->voltage_v;
  battery->charge_ratio = fmax(battery->charge_ratio - charge_ah / battery->capacity_ah, 0);
  double heat_w = battery->current_a * battery->current_a * resistance_ohm;
  double lost_w = COOLING_W_PER_K * (battery->temperature_degc - air_degc);
  battery->temperature_degc += (heat_w - lost_w) * dt_s /
                               (HEAT_J_PER_K_AH_CELL * battery->cells * battery->capacity_ah);
}
