-- How each flight handled: attitude held, effort to stay up, touch-down, supply of the electronics.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- attitude_error_deg | double | deg | root mean square of wanted less actual roll and pitch in the air
-- attitude_error_high_deg | double | deg | error that was exceeded a twentieth of the time; copters: 5 is much, 10 too much
-- hover_command_ratio | double | 1 | copters: motor command in calm flight, at nominal voltage, 0 to 1
-- hover_trend | double | 1 | that over the vehicle's normal (feature_history): more load, worn propellers, tired motors
-- cruise_throttle_ratio | double | 1 | aeroplanes: throttle that holds height and speed, 0 to 1
-- cruise_trend | double | 1 | that over the vehicle's normal
-- landing_sink_m_s | double | m/s | copters: largest sink rate at touch-down; 2 is a drop
-- board_voltage_v | double | V | typical supply of the autopilot
-- board_min_voltage_v | double | V | its lowest
-- board_ripple_v | double | V | spread of it; over 0.3 is too much
SELECT start_time, vehicle, flight_id,
       max(value) FILTER (WHERE name = 'attitude_error_deg') AS attitude_error_deg,
       max(value) FILTER (WHERE name = 'attitude_error_high_deg') AS attitude_error_high_deg,
       max(value) FILTER (WHERE name = 'hover_command_at_nominal_ratio') AS hover_command_ratio,
       max(ratio) FILTER (WHERE name = 'hover_command_at_nominal_ratio') AS hover_trend,
       max(value) FILTER (WHERE name = 'cruise_throttle_ratio') AS cruise_throttle_ratio,
       max(ratio) FILTER (WHERE name = 'cruise_throttle_ratio') AS cruise_trend,
       max(value) FILTER (WHERE name = 'landing_sink_m_s') AS landing_sink_m_s,
       max(value) FILTER (WHERE name = 'board_voltage_v') AS board_voltage_v,
       max(value) FILTER (WHERE name = 'board_min_voltage_v') AS board_min_voltage_v,
       max(value) FILTER (WHERE name = 'board_ripple_v') AS board_ripple_v
FROM feature_history
WHERE name IN ('attitude_error_deg', 'attitude_error_high_deg', 'hover_command_at_nominal_ratio', 'cruise_throttle_ratio',
               'landing_sink_m_s', 'board_voltage_v', 'board_min_voltage_v', 'board_ripple_v')
GROUP BY ALL
