-- How long each flight was in each flight mode, as its main log tells; the mode at arming counts as entered then.
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- mode_name | text | | the mode
-- entered | int64 | 1 | times it was entered
-- mode_s | double | s | time in it, from arming to disarming
WITH changes AS ( -- also those before arming: the last of them is in force when the flight begins
  SELECT f.vehicle, f.flight_id, f.start_time, f.end_time, m.mode_name, m.time
  FROM flights f JOIN mode m ON m.log_id = f.primary_log AND m.time < f.end_time
), spans AS (
  SELECT *, lead(time, 1, end_time) OVER (PARTITION BY flight_id ORDER BY time) AS until FROM changes
), flown AS (
  SELECT *, mode_name IS DISTINCT FROM lag(mode_name) OVER (PARTITION BY flight_id ORDER BY time) AS is_new
  FROM spans WHERE until > start_time
)
SELECT vehicle, flight_id, mode_name, count(*) FILTER (WHERE is_new) AS entered,
       sum(epoch_us(until) - epoch_us(greatest(time, start_time))) / 1e6 AS mode_s
FROM flown GROUP BY ALL
