-- The share of the work that each motor did, flight by flight: propellers, bearings and motors that wear.
-- start_time | | when the flight began
-- vehicle | | the vehicle
-- flight_id | | the flight
-- motor | | which motor, counted from 1
-- share_ratio | 1 | its command over the mean of all motors in calm flight
-- share_spread_ratio | 1 | how much that share varied
-- step_ratio | 1 | largest lasting change within the flight
-- step_at_s | s | when, from take-off
-- share_trend | 1 | share less the median of the vehicle's first five flights
WITH wide AS (
  SELECT flight_id, vehicle, time AS start_time, instance AS motor,
         max(value) FILTER (WHERE name = 'motor_share_ratio') AS share_ratio,
         max(value) FILTER (WHERE name = 'motor_share_spread_ratio') AS share_spread_ratio,
         max(value) FILTER (WHERE name = 'motor_share_step_ratio') AS step_ratio,
         max(value) FILTER (WHERE name = 'motor_share_step_at_s') AS step_at_s
  FROM features WHERE name LIKE 'motor\_share\_%' ESCAPE '\' GROUP BY ALL
), early AS (
  SELECT vehicle, motor, median(share_ratio) AS share_ratio
  FROM (SELECT * FROM wide WHERE share_ratio IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY vehicle, motor ORDER BY start_time) <= 5)
  GROUP BY ALL
)
SELECT w.start_time, w.vehicle, w.flight_id, w.motor, w.share_ratio, w.share_spread_ratio, w.step_ratio, w.step_at_s,
       w.share_ratio - e.share_ratio AS share_trend
FROM wide w LEFT JOIN early e USING (vehicle, motor)
