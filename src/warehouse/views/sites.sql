-- Where the fleet flies: take-off places in squares of about a kilometre, with what was flown there.
-- lat_deg | double | deg | latitude of the middle of these take-offs
-- lon_deg | double | deg | longitude of it
-- flights | int64 | 1 | flights from there
-- vehicles | int64 | 1 | different vehicles
-- airborne_h | double | h | time in the air
-- first_flight | time | | the first
-- last_flight | time | | the last
-- max_height_m | double | m | highest point over a take-off
-- farthest_m | double | m | farthest corner of a flight's extent from its home
-- findings | int64 | 1 | findings of these flights
WITH placed AS (
  SELECT *, 111195 * sqrt(pow(greatest(max_lat_deg - home_lat_deg, home_lat_deg - min_lat_deg), 2)
                          + pow(greatest(max_lon_deg - home_lon_deg, home_lon_deg - min_lon_deg) * cos(radians(home_lat_deg)), 2))
            AS reach_m
  FROM flights WHERE home_lat_deg IS NOT NULL AND home_lon_deg IS NOT NULL
)
SELECT avg(home_lat_deg) AS lat_deg, avg(home_lon_deg) AS lon_deg, count(*) AS flights, count(DISTINCT vehicle) AS vehicles,
       coalesce(sum(airborne_s), 0) / 3600 AS airborne_h, min(start_time) AS first_flight, max(start_time) AS last_flight,
       max(max_height_m) AS max_height_m, max(reach_m) AS farthest_m, CAST(coalesce(sum(findings), 0) AS BIGINT) AS findings
FROM placed GROUP BY round(home_lat_deg, 2), round(home_lon_deg * cos(radians(round(home_lat_deg, 2))), 2)
