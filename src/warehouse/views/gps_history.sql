-- How well satellites served each flight.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- gps | int64 | | which receiver, as the log counts
-- satellites | double | 1 | typical number of satellites
-- satellites_low | double | 1 | number that it fell below a twentieth of the time
-- hdop | double | 1 | typical dilution of the horizontal place
-- hdop_high | double | 1 | dilution that was exceeded a twentieth of the time
-- accuracy_m | double | m | standard deviation that the receiver gave its place
-- fix_loss_s | double | s | longest time in flight without a three-dimensional fix
SELECT time AS start_time, vehicle, flight_id, instance AS gps,
       max(value) FILTER (WHERE name = 'gps_satellites') AS satellites,
       max(value) FILTER (WHERE name = 'gps_satellites_low') AS satellites_low,
       max(value) FILTER (WHERE name = 'gps_hdop') AS hdop,
       max(value) FILTER (WHERE name = 'gps_hdop_high') AS hdop_high,
       max(value) FILTER (WHERE name = 'gps_accuracy_m') AS accuracy_m,
       max(value) FILTER (WHERE name = 'gps_fix_loss_s') AS fix_loss_s
FROM features WHERE name LIKE 'gps\_%' ESCAPE '\' GROUP BY ALL
