-- What is open now, the most urgent first.
-- severity | text | | critical, warning or info
-- vehicle | text | | the vehicle
-- component | text | | the part
-- text | text | | the finding in words
-- confidence | double | 1 | how sure it is, 0 to 1
-- since | time | | flight at which it was first seen
-- seen | int64 | 1 | flights that showed it
-- days_open | int64 | d | days from the first flight that showed it to the vehicle's last flight
-- flight_id | text | | the last flight that showed it
-- finding_id | text | | its name, for `uavlake show` and notes
SELECT f.severity, f.vehicle, f.component, f.text, f.confidence, f.since, f.seen,
       date_diff('day', f.since, v.last_flight) AS days_open, f.flight_id, f.finding_id
FROM findings f LEFT JOIN vehicles v USING (vehicle)
WHERE f.state = 'open'
ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, f.confidence DESC, f.finding_id
