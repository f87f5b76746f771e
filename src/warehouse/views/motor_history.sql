-- The share of the work that each motor did, flight by flight: propellers, bearings and motors that wear.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- motor | int64 | | which motor, counted from 1
-- component | text | | the same as findings and records name it: motor 3, …
-- share_ratio | double | 1 | its command over the mean of all motors in calm flight
-- share_spread_ratio | double | 1 | how much that share varied
-- step_ratio | double | 1 | largest lasting change within the flight
-- step_at_s | double | s | when, from take-off
-- share_trend | double | 1 | share less the vehicle's normal (feature_history); null on its first three flights
WITH wide AS (
  SELECT start_time, vehicle, flight_id, instance AS motor, concat('motor ', instance) AS component,
         max(value) FILTER (WHERE name = 'motor_share_ratio') AS share_ratio,
         max(value) FILTER (WHERE name = 'motor_share_spread_ratio') AS share_spread_ratio,
         max(value) FILTER (WHERE name = 'motor_share_step_ratio') AS step_ratio,
         max(value) FILTER (WHERE name = 'motor_share_step_at_s') AS step_log_s,
         max(value - normal) FILTER (WHERE name = 'motor_share_ratio') AS share_trend
  FROM feature_history WHERE name LIKE 'motor\_share\_%' ESCAPE '\' GROUP BY ALL
), begun AS ( -- features tell instants by the log's own clock
  SELECT flight_id, max(value) AS start_log_s FROM features WHERE name = 'flight_start_s' GROUP BY ALL
)
SELECT w.start_time, w.vehicle, w.flight_id, w.motor, w.component, w.share_ratio, w.share_spread_ratio, w.step_ratio,
       w.step_log_s - b.start_log_s - epoch_us(f.takeoff_time - f.start_time) / 1e6 AS step_at_s, w.share_trend
FROM wide w LEFT JOIN begun b USING (flight_id) LEFT JOIN flights f USING (flight_id)
