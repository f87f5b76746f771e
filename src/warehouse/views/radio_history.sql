-- How well the links to the ground served each flight.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- link | text | | which link: control, telemetry or video
-- signal_ratio | double | 1 | typical strength, 0 to 1
-- signal_low_ratio | double | 1 | strength that it fell below a twentieth of the time
-- margin_raw | double | | typical signal over noise, in the radio's own units
-- margin_low_raw | double | | margin that it fell below a twentieth of the time
SELECT time AS start_time, vehicle, flight_id, CASE instance WHEN 0 THEN 'control' WHEN 1 THEN 'telemetry' ELSE 'video' END AS link,
       max(value) FILTER (WHERE name = 'radio_signal_ratio') AS signal_ratio,
       max(value) FILTER (WHERE name = 'radio_signal_low_ratio') AS signal_low_ratio,
       max(value) FILTER (WHERE name = 'radio_margin_raw') AS margin_raw,
       max(value) FILTER (WHERE name = 'radio_margin_low_raw') AS margin_low_raw
FROM features WHERE name LIKE 'radio\_%' ESCAPE '\' GROUP BY ALL
