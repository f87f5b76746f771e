-- Which files tell of which flight, and how that is known.
-- flight_id | text | | the flight
-- vehicle | text | | the vehicle
-- log_id | text | | the file
-- name | text | | its name
-- kind | text | | its kind
-- is_primary | bool | | the one that the flight's figures come from
-- method | text | | how it was linked: time, restart, place, track, camera clock, companion or by hand; empty: it named the flight
-- confidence | double | 1 | how sure that is, 0 to 1; empty: it named the flight
-- clock_source | text | | what ties the file's clock to UTC
WITH told AS (
  SELECT flight_id, vehicle, primary_log, document->'$.links' AS links, unnest(CAST(logs AS VARCHAR[])) AS log_id FROM flights
)
SELECT t.flight_id, t.vehicle, l.log_id, l.name, l.kind, t.primary_log = l.log_id AS is_primary,
       t.links->>('$."' || l.log_id || '".method') AS method,
       TRY_CAST(t.links->>('$."' || l.log_id || '".confidence') AS DOUBLE) AS confidence, l.time_source AS clock_source
FROM told t JOIN logs l USING (log_id)
