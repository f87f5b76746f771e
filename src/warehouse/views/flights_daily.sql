-- Flights, time in the air and distance of each vehicle, day by day.
-- day | | day on which the flights began, UTC
-- vehicle | | the vehicle
-- flights | 1 | flights that were in the air
-- ground_runs | 1 | times it was armed and did not take off
-- airborne_s | s | time in the air
-- armed_s | s | time armed
-- distance_m | m | length of the tracks over ground
-- max_height_m | m | highest point of the day, over the take-off
-- findings | 1 | findings that the day's flights raised
SELECT CAST(start_time AS DATE) AS day, vehicle,
       count(*) FILTER (WHERE airborne_s > 0) AS flights,
       count(*) FILTER (WHERE airborne_s IS NULL OR airborne_s <= 0) AS ground_runs,
       coalesce(sum(airborne_s), 0) AS airborne_s, coalesce(sum(armed_s), 0) AS armed_s,
       coalesce(sum(distance_m), 0) AS distance_m, max(max_height_m) AS max_height_m,
       CAST(coalesce(sum(findings), 0) AS BIGINT) AS findings
FROM flights
WHERE start_time IS NOT NULL
GROUP BY ALL
