-- Parameters that differ from the flight before: what somebody tuned, and what the flights after it showed.
-- start_time | time | | start of the flight with the new value
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- name | text | | the parameter
-- before | double | | value in the flight before
-- value | double | | value in this flight
WITH last_values AS (
  SELECT p.vehicle, p.flight_id, f.start_time, p.name, arg_max(p.value, p.time) AS value
  FROM parameter p JOIN flights f ON f.flight_id = p.flight_id AND p.log_id = f.primary_log
  WHERE p.name NOT LIKE 'STAT\_%' ESCAPE '\' GROUP BY ALL
)
SELECT start_time, vehicle, flight_id, name, lag(value) OVER earlier AS before, value
FROM last_values
WINDOW earlier AS (PARTITION BY vehicle, name ORDER BY start_time)
QUALIFY lag(value) OVER earlier IS NOT NULL AND value IS DISTINCT FROM lag(value) OVER earlier
