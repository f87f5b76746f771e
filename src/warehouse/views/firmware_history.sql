-- Which firmware each vehicle flew, from when to when, and what came of it: did an update help or harm.
-- vehicle | text | | the vehicle
-- firmware | text | | as the log names it
-- first_flight | time | | first flight with it
-- last_flight | time | | last flight with it
-- flights | int64 | 1 | flights with it
-- airborne_h | double | h | time in the air with it
-- findings | int64 | 1 | findings of these flights
-- findings_per_flight | double | 1 | the same for one flight
-- is_current | bool | | the vehicle's newest flight has it
SELECT vehicle, firmware, min(start_time) AS first_flight, max(start_time) AS last_flight, count(*) AS flights,
       coalesce(sum(airborne_s), 0) / 3600 AS airborne_h, CAST(coalesce(sum(findings), 0) AS BIGINT) AS findings,
       coalesce(sum(findings), 0) / count(*) AS findings_per_flight,
       max(start_time) = max(max(start_time)) OVER (PARTITION BY vehicle) AS is_current
FROM flights WHERE firmware <> '' GROUP BY vehicle, firmware
