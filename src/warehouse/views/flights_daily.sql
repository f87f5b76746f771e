-- Flights, time in the air and distance of each vehicle, day by day.
-- day | date | | day on which the flights began, UTC
-- vehicle | text | | the vehicle
-- flights | int64 | 1 | flights that were in the air
-- ground_runs | int64 | 1 | times it was armed and did not take off
-- airborne_s | double | s | time in the air
-- armed_s | double | s | time armed
-- distance_m | double | m | length of the tracks over ground
-- max_height_m | double | m | highest point of the day, over the take-off
-- findings | int64 | 1 | findings that the day's flights raised
SELECT CAST(start_time AS DATE) AS day, vehicle,
       count(*) FILTER (WHERE airborne_s > 0) AS flights,
       count(*) FILTER (WHERE airborne_s IS NULL OR airborne_s <= 0) AS ground_runs,
       coalesce(sum(airborne_s), 0) AS airborne_s, coalesce(sum(armed_s), 0) AS armed_s,
       coalesce(sum(distance_m), 0) AS distance_m, max(max_height_m) AS max_height_m,
       CAST(coalesce(sum(findings), 0) AS BIGINT) AS findings
FROM flights
WHERE start_time IS NOT NULL
GROUP BY ALL
