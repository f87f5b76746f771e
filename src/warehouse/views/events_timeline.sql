-- Everything that happened, in one list: events, modes, the autopilot's warnings, findings and maintenance.
-- time | | when
-- vehicle | | the vehicle
-- flight_id | | the flight, where it belongs to one
-- source | | event, mode, message, finding or maintenance
-- severity | | critical, warning or notice where the source tells; else empty
-- what | | what it was, in words
SELECT time, vehicle, flight_id, 'event' AS source,
       CASE WHEN kind LIKE 'failsafe%' OR kind LIKE 'error%' OR kind LIKE 'crash%' THEN 'warning' ELSE '' END AS severity,
       concat_ws(': ', kind, detail) AS what
FROM event
UNION ALL
SELECT time, vehicle, flight_id, 'mode', '', concat('mode ', mode_name) FROM mode
UNION ALL
SELECT time, vehicle, flight_id, 'message', CASE WHEN severity <= 3 THEN 'critical' ELSE 'warning' END, text
FROM message WHERE severity <= 4
UNION ALL
SELECT time, vehicle, flight_id, 'finding', severity, text FROM findings
UNION ALL
SELECT time, vehicle, NULL, 'maintenance', '', concat_ws(': ', component, coalesce(action, kind), text) FROM maintenance
