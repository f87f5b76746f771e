-- What each battery connection showed, flight by flight: the ageing of packs.
-- start_time | | when the flight began
-- vehicle | | the vehicle
-- flight_id | | the flight
-- battery | | which connection, counted from 0
-- cells | 1 | cells in series
-- resistance_ohm | ohm | internal resistance of the pack, fitted over the flight
-- resistance_error_ohm | ohm | standard deviation of that fit
-- cell_resistance_mohm | mohm | the same for one cell
-- sag_v | V | how far load pulled the voltage down
-- min_voltage_v | V | lowest voltage under load
-- min_cell_voltage_v | V | the same for one cell
-- used_ah | Ah | charge taken out
-- resistance_trend | 1 | resistance over the median of the vehicle's first five flights; 1 is unchanged
WITH wide AS (
  SELECT flight_id, vehicle, time AS start_time, instance AS battery,
         max(value) FILTER (WHERE name = 'battery_cells') AS cells,
         max(value) FILTER (WHERE name = 'battery_resistance_ohm') AS resistance_ohm,
         max(value) FILTER (WHERE name = 'battery_resistance_error_ohm') AS resistance_error_ohm,
         max(value) FILTER (WHERE name = 'battery_sag_v') AS sag_v,
         max(value) FILTER (WHERE name = 'battery_min_voltage_v') AS min_voltage_v,
         max(value) FILTER (WHERE name = 'battery_min_cell_voltage_v') AS min_cell_voltage_v,
         max(value) FILTER (WHERE name = 'battery_used_ah') AS used_ah
  FROM features WHERE name LIKE 'battery\_%' ESCAPE '\' GROUP BY ALL
), early AS (
  SELECT vehicle, battery, median(resistance_ohm) AS resistance_ohm
  FROM (SELECT * FROM wide WHERE resistance_ohm IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY vehicle, battery ORDER BY start_time) <= 5)
  GROUP BY ALL
)
SELECT w.start_time, w.vehicle, w.flight_id, w.battery, w.cells, w.resistance_ohm, w.resistance_error_ohm,
       1000 * w.resistance_ohm / nullif(w.cells, 0) AS cell_resistance_mohm, w.sag_v, w.min_voltage_v,
       w.min_cell_voltage_v, w.used_ah, w.resistance_ohm / nullif(e.resistance_ohm, 0) AS resistance_trend
FROM wide w LEFT JOIN early e USING (vehicle, battery)
