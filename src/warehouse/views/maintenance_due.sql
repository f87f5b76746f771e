-- Each part that has a record: what it has flown since, and whether the date that the record gave has come.
-- vehicle | text | | the vehicle
-- component | text | | the part
-- last_time | time | | the last record
-- last_action | text | | what was done then
-- airborne_h_since | double | h | time in the air since
-- flights_since | int64 | 1 | flights since
-- due | time | | when the record said it is due again
-- overdue | bool | | whether the vehicle flew after that date
-- open_findings | int64 | 1 | open findings on this part
WITH latest AS (
  SELECT vehicle, component, max(time) AS last_time, arg_max(action, time) AS last_action, max(due) AS due
  FROM maintenance GROUP BY ALL
), flown AS (
  SELECT l.vehicle, l.component, coalesce(sum(f.airborne_s), 0) / 3600 AS hours, count(f.flight_id) AS flights,
         max(f.start_time) AS last_flight
  FROM latest l LEFT JOIN flights f ON f.vehicle = l.vehicle AND f.start_time > l.last_time GROUP BY ALL
)
SELECT l.vehicle, l.component, l.last_time, l.last_action, f.hours AS airborne_h_since, f.flights AS flights_since, l.due,
       coalesce(f.last_flight > l.due, false) AS overdue,
       (SELECT count(*) FROM findings x WHERE x.vehicle = l.vehicle AND x.state = 'open'
          AND lower(x.component) = lower(l.component)) AS open_findings
FROM latest l JOIN flown f ON f.vehicle = l.vehicle AND f.component IS NOT DISTINCT FROM l.component
