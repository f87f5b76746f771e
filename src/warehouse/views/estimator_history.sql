-- How the state estimator agreed with its sensors, flight by flight; over 1 a sensor was refused.
-- start_time | | when the flight began
-- vehicle | | the vehicle
-- flight_id | | the flight
-- core | | core of the estimator, as the log counts
-- position_ratio | 1 | disagreement of place that was exceeded a twentieth of the time
-- velocity_ratio | 1 | the same for velocity
-- height_ratio | 1 | the same for height
-- compass_ratio | 1 | the same for the compass
-- airspeed_ratio | 1 | the same for airspeed
-- rejected_s | s | time in flight in which it refused any of them, summed over the sensors
SELECT time AS start_time, vehicle, flight_id, instance AS core,
       max(value) FILTER (WHERE name = 'estimator_position_ratio') AS position_ratio,
       max(value) FILTER (WHERE name = 'estimator_velocity_ratio') AS velocity_ratio,
       max(value) FILTER (WHERE name = 'estimator_height_ratio') AS height_ratio,
       max(value) FILTER (WHERE name = 'estimator_compass_ratio') AS compass_ratio,
       max(value) FILTER (WHERE name = 'estimator_airspeed_ratio') AS airspeed_ratio,
       sum(value) FILTER (WHERE name LIKE '%\_rejected\_s' ESCAPE '\') AS rejected_s
FROM features WHERE name LIKE 'estimator\_%' ESCAPE '\' GROUP BY ALL
