-- The logbook that an authority or an insurer asks for: one line a flight.
-- date | date | | day of the take-off, UTC
-- takeoff_time | time | | when it left the ground, else when it was armed
-- landing_time | time | | when it was back, else when it was disarmed
-- vehicle | text | | the vehicle
-- vehicle_class | text | | copter, plane, …
-- operator | text | | who flew, as the metadata at entry say
-- payload | text | | what it carried, likewise
-- airborne_min | double | min | time in the air
-- distance_km | double | km | length of the track over ground
-- max_height_m | double | m | highest point over the take-off
-- max_speed_m_s | double | m/s | fastest speed over ground
-- home_lat_deg | double | deg | latitude of home, else of the take-off
-- home_lon_deg | double | deg | longitude of it
-- firmware | text | | as the log names it
-- is_time_certain | bool | | the clock was tied to UTC by satellites or a receiver; else the times are guesses
-- findings | int64 | 1 | findings of the flight
-- note | text | | what was written about it
-- flight_id | text | | the flight
SELECT CAST(coalesce(f.takeoff_time, f.start_time) AS DATE) AS date, coalesce(f.takeoff_time, f.start_time) AS takeoff_time,
       coalesce(f.landing_time, f.end_time) AS landing_time, f.vehicle, f.vehicle_class,
       nullif(l.operator, '') AS operator, nullif(l.payload, '') AS payload, f.airborne_s / 60 AS airborne_min,
       f.distance_m / 1000 AS distance_km, f.max_height_m, f.max_speed_m_s, f.home_lat_deg, f.home_lon_deg, f.firmware,
       coalesce(f.time_source IN ('gps', 'system_time', 'receiver'), false) AS is_time_certain, f.findings,
       nullif(f.note, '') AS note, f.flight_id
FROM flights f LEFT JOIN logs l ON l.log_id = f.primary_log
