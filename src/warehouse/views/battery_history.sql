-- What each battery connection showed, flight by flight: the ageing of packs. A connection is a place on the vehicle, whichever pack hangs on it.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- battery | int64 | | which connection, counted from 0
-- component | text | | the same as findings and records name it: battery 1, …
-- cells | double | 1 | cells in series
-- resistance_ohm | double | ohm | internal resistance of the pack, fitted over the flight
-- resistance_error_ohm | double | ohm | standard deviation of that fit; over a tenth of the resistance, the current varied too little to tell
-- cell_resistance_mohm | double | mohm | the same for one cell
-- sag_v | double | V | how far load pulled the voltage down
-- min_voltage_v | double | V | lowest voltage under load
-- min_cell_voltage_v | double | V | the same for one cell
-- used_ah | double | Ah | charge taken out
-- resistance_trend | double | 1 | resistance over the vehicle's normal (feature_history); 1 is unchanged; null on its first three flights
WITH wide AS (
  SELECT start_time, vehicle, flight_id, instance AS battery, concat('battery ', instance + 1) AS component,
         max(value) FILTER (WHERE name = 'battery_cells') AS cells,
         max(value) FILTER (WHERE name = 'battery_resistance_ohm') AS resistance_ohm,
         max(value) FILTER (WHERE name = 'battery_resistance_error_ohm') AS resistance_error_ohm,
         max(value) FILTER (WHERE name = 'battery_sag_v') AS sag_v,
         max(value) FILTER (WHERE name = 'battery_min_voltage_v') AS min_voltage_v,
         max(value) FILTER (WHERE name = 'battery_min_cell_voltage_v') AS min_cell_voltage_v,
         max(value) FILTER (WHERE name = 'battery_used_ah') AS used_ah,
         max(ratio) FILTER (WHERE name = 'battery_resistance_ohm') AS resistance_trend
  FROM feature_history WHERE name LIKE 'battery\_%' ESCAPE '\' GROUP BY ALL
)
SELECT start_time, vehicle, flight_id, battery, component, cells, resistance_ohm, resistance_error_ohm,
       1000 * resistance_ohm / nullif(cells, 0) AS cell_resistance_mohm, sag_v, min_voltage_v, min_cell_voltage_v,
       used_ah, resistance_trend
FROM wide
