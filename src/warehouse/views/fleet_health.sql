-- One line a vehicle: what it flew, what is open, when it was last serviced, how well its logs tell.
-- vehicle | text | | the vehicle
-- vehicle_class | text | | copter, plane, …
-- state | text | | good, info, warning or critical: the worst finding that is open; unknown before the first flight
-- flights | int64 | 1 | all its flights
-- airborne_h | double | h | all its time in the air
-- last_flight | time | | when its last flight began
-- open_findings | int64 | 1 | findings that no later flight closed by measuring the same and finding nothing
-- open_critical | int64 | 1 | those of them that are critical
-- most_urgent | text | | the open finding to look at first, in words
-- last_maintenance | time | | when it was last worked on
-- airborne_h_since_maintenance | double | h | time in the air since then; all of it where there is no record
-- quality | double | 1 | mean score of its last ten flights' logs, 0 to 100
WITH open_ones AS (
  SELECT vehicle, count(*) AS open_findings, count(*) FILTER (WHERE severity = 'critical') AS open_critical,
         arg_max(text, (CASE severity WHEN 'critical' THEN 3 WHEN 'warning' THEN 2 ELSE 1 END, confidence)) AS most_urgent
  FROM findings WHERE state = 'open' GROUP BY vehicle
), work AS (
  SELECT vehicle, max(time) AS last_maintenance FROM maintenance GROUP BY vehicle
), since AS (
  SELECT f.vehicle, sum(f.airborne_s) / 3600 AS hours
  FROM flights f LEFT JOIN work w USING (vehicle)
  WHERE w.last_maintenance IS NULL OR f.start_time > w.last_maintenance GROUP BY f.vehicle
), recent AS (
  SELECT vehicle, avg(quality) AS quality
  FROM (SELECT vehicle, quality FROM flights QUALIFY row_number() OVER (PARTITION BY vehicle ORDER BY start_time DESC) <= 10)
  GROUP BY vehicle
)
SELECT v.vehicle, v.vehicle_class, v.state, v.flights, v.airborne_s / 3600 AS airborne_h, v.last_flight,
       coalesce(o.open_findings, 0) AS open_findings, coalesce(o.open_critical, 0) AS open_critical, o.most_urgent,
       w.last_maintenance, coalesce(s.hours, 0) AS airborne_h_since_maintenance, r.quality
FROM vehicles v
LEFT JOIN open_ones o USING (vehicle) LEFT JOIN work w USING (vehicle)
LEFT JOIN since s USING (vehicle) LEFT JOIN recent r USING (vehicle)
