-- Everything that happened, in one list: events, modes, the autopilot's warnings, findings and maintenance. Of a flight with several logs its main log speaks, so nothing stands there twice.
-- time | time | | when; of a finding: where in the flight it shows, else the flight's start
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight, where it belongs to one
-- source | text | | event, mode, message, finding or maintenance
-- severity | text | | critical, warning or info where the source tells; else empty
-- what | text | | what it was, in words
WITH told AS (
  SELECT time, vehicle, flight_id, log_id, 'event' AS source,
         CASE WHEN kind LIKE 'failsafe%' OR kind LIKE 'error%' OR kind LIKE 'crash%' THEN 'warning' ELSE '' END AS severity,
         concat_ws(': ', kind, nullif(detail, '')) AS what
  FROM event
  UNION ALL
  SELECT time, vehicle, flight_id, log_id, 'mode', '', concat('mode ', coalesce(nullif(mode_name, ''), CAST(mode_number AS VARCHAR)))
  FROM mode
  UNION ALL
  SELECT time, vehicle, flight_id, log_id, 'message', CASE WHEN severity <= 3 THEN 'critical' ELSE 'warning' END, text
  FROM message WHERE severity <= 4
)
SELECT t.time, t.vehicle, t.flight_id, t.source, t.severity, t.what
FROM told t LEFT JOIN flights f ON f.flight_id = t.flight_id
WHERE f.primary_log IS NULL OR f.primary_log = t.log_id
UNION ALL
SELECT coalesce(f.takeoff_time + to_microseconds(CAST(x.from_t_s * 1e6 AS BIGINT)), x.time), x.vehicle, x.flight_id,
       'finding', x.severity, x.text
FROM findings x LEFT JOIN flights f ON f.flight_id = x.flight_id
UNION ALL
SELECT time, vehicle, NULL, 'maintenance', '', concat_ws(': ', component, coalesce(action, kind), text) FROM maintenance
