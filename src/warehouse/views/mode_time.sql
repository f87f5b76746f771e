-- How long each flight was in each flight mode.
-- vehicle | | the vehicle
-- flight_id | | the flight
-- mode_name | | the mode
-- entered | 1 | times it was entered
-- mode_s | s | time in it, from arming to disarming
WITH changes AS ( -- one log a flight tells: the others repeat it
  SELECT m.vehicle, m.flight_id, m.mode_name, greatest(m.time, f.start_time) AS time, f.end_time
  FROM mode m JOIN flights f ON f.flight_id = m.flight_id
  WHERE m.log_id = f.primary_log
), spans AS (
  SELECT *, lead(time, 1, end_time) OVER (PARTITION BY flight_id ORDER BY time) AS until,
         mode_name IS DISTINCT FROM lag(mode_name) OVER (PARTITION BY flight_id ORDER BY time) AS is_new
  FROM changes
)
SELECT vehicle, flight_id, mode_name, count(*) FILTER (WHERE is_new) AS entered,
       sum(greatest(epoch_us(until) - epoch_us(time), 0)) / 1e6 AS mode_s
FROM spans GROUP BY ALL
