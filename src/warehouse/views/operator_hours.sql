-- Time in the air by operator and month, as the metadata at entry name them.
-- month | date | | first day of the month
-- operator | text | | who flew; 'not told' where no metadata say
-- flights | int64 | 1 | flights
-- airborne_h | double | h | time in the air
-- vehicles | int64 | 1 | different vehicles
SELECT CAST(date_trunc('month', f.start_time) AS DATE) AS month, coalesce(nullif(l.operator, ''), 'not told') AS operator,
       count(*) AS flights, coalesce(sum(f.airborne_s), 0) / 3600 AS airborne_h, count(DISTINCT f.vehicle) AS vehicles
FROM flights f LEFT JOIN logs l ON l.log_id = f.primary_log
WHERE f.airborne_s > 0 GROUP BY ALL
