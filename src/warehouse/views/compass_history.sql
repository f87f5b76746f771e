-- Is the measured field the earth's or the motors', flight by flight.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- compass | int64 | | which compass, counted from 0
-- component | text | | the same as findings and records name it: compass 1, …
-- length_ut | double | uT | typical length of the field; the earth's is 25 to 65
-- spread_ratio | double | 1 | how much that length varied; it should not
-- load_change_ratio | double | 1 | change of the length from idle to full load, as a share of it: over 0.3 is interference
-- load_correlation | double | 1 | how closely it follows the load, -1 to 1
SELECT time AS start_time, vehicle, flight_id, instance AS compass, concat('compass ', instance + 1) AS component,
       max(value) FILTER (WHERE name = 'compass_length_ut') AS length_ut,
       max(value) FILTER (WHERE name = 'compass_spread_ratio') AS spread_ratio,
       max(value) FILTER (WHERE name = 'compass_load_change_ratio') AS load_change_ratio,
       max(value) FILTER (WHERE name = 'compass_load_correlation') AS load_correlation
FROM features WHERE name LIKE 'compass\_%' ESCAPE '\' GROUP BY ALL
