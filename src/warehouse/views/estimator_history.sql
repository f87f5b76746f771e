-- How the state estimator agreed with its sensors, flight by flight; over 1 a sensor was refused.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- position_ratio | double | 1 | disagreement of place that was exceeded a twentieth of the time
-- velocity_ratio | double | 1 | the same for velocity
-- height_ratio | double | 1 | the same for height
-- compass_ratio | double | 1 | the same for the compass
-- airspeed_ratio | double | 1 | the same for airspeed
-- rejected_s | double | s | longest time in flight for which it refused one of them, summed over the sensors
SELECT time AS start_time, vehicle, flight_id,
       max(value) FILTER (WHERE name = 'estimator_position_ratio') AS position_ratio,
       max(value) FILTER (WHERE name = 'estimator_velocity_ratio') AS velocity_ratio,
       max(value) FILTER (WHERE name = 'estimator_height_ratio') AS height_ratio,
       max(value) FILTER (WHERE name = 'estimator_compass_ratio') AS compass_ratio,
       max(value) FILTER (WHERE name = 'estimator_airspeed_ratio') AS airspeed_ratio,
       sum(value) FILTER (WHERE name LIKE '%\_rejected\_s' ESCAPE '\') AS rejected_s
FROM features WHERE name LIKE 'estimator\_%' ESCAPE '\' GROUP BY ALL
