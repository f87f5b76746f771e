-- Vibration of each vehicle, flight by flight and IMU by IMU.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- imu | int64 | | which IMU, as the log counts
-- vibration_m_s2 | double | m/s2 | typical strength in flight
-- vibration_high_m_s2 | double | m/s2 | strength that is exceeded a twentieth of the time
-- clips | double | 1 | times an accelerometer hit the end of its range
SELECT time AS start_time, vehicle, flight_id, instance AS imu,
       max(value) FILTER (WHERE name = 'vibration_m_s2') AS vibration_m_s2,
       max(value) FILTER (WHERE name = 'vibration_high_m_s2') AS vibration_high_m_s2,
       max(value) FILTER (WHERE name = 'vibration_clips') AS clips
FROM features WHERE name LIKE 'vibration\_%' ESCAPE '\' GROUP BY ALL
