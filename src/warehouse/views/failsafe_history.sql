-- Failsafes, crashes and failed checks that the autopilot itself reported in flight.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- failsafe | text | | which: failsafe_radio, failsafe_battery, failsafe_fence, crash_check, gps_glitch, …
-- times | int64 | 1 | how often in the flight
-- first_s | double | s | when for the first time, from take-off
WITH counts AS (
  SELECT time AS start_time, vehicle, flight_id, regexp_replace(name, '_(count|at_s)$', '') AS failsafe,
         CAST(max(value) FILTER (WHERE name LIKE '%\_count' ESCAPE '\') AS BIGINT) AS times,
         max(value) FILTER (WHERE name LIKE '%\_at\_s' ESCAPE '\') AS first_log_s
  FROM features WHERE regexp_matches(name, '^(failsafe_.*|.*_check|gps_glitch|internal_error)_(count|at_s)$')
  GROUP BY ALL
), begun AS ( -- features tell instants by the log's own clock
  SELECT flight_id, max(value) AS start_log_s FROM features WHERE name = 'flight_start_s' GROUP BY ALL
)
SELECT c.start_time, c.vehicle, c.flight_id, c.failsafe, c.times,
       c.first_log_s - b.start_log_s - coalesce(epoch_us(f.takeoff_time - f.start_time) / 1e6, 0) AS first_s
FROM counts c LEFT JOIN begun b USING (flight_id) LEFT JOIN flights f USING (flight_id)
