-- Every record of maintenance with what the vehicle flew since the record before on the same part.
-- time | time | | when the work was done
-- vehicle | text | | the vehicle
-- component | text | | the part
-- action | text | | what was done
-- text | text | | what was written about it
-- person | text | | who did it
-- airborne_h_before | double | h | time in the air since the record before on that part (since the first flight where it is the first)
-- flights_before | int64 | 1 | flights in that time
-- maintenance_id | text | | the record
WITH records AS (
  SELECT *, lag(time) OVER (PARTITION BY vehicle, component ORDER BY time) AS earlier FROM maintenance
)
SELECT r.time, r.vehicle, r.component, r.action, r.text, r.person,
       coalesce(sum(f.airborne_s), 0) / 3600 AS airborne_h_before, count(f.flight_id) AS flights_before, r.maintenance_id
FROM records r
LEFT JOIN flights f ON f.vehicle = r.vehicle AND f.start_time <= r.time AND (r.earlier IS NULL OR f.start_time > r.earlier)
GROUP BY ALL
