-- Every feature of every flight beside the vehicle's own normal. The normal is the one that findings are judged by: the median of the earlier half of the flights before, at least 3 and at most 10 of them.
-- start_time | time | | when the flight began
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- name | text | | the feature; its unit ends its name
-- instance | int64 | | which part: motors counted from 1, all else from 0
-- value | double | | its value on this flight
-- earlier | int64 | 1 | earlier flights of the vehicle that measured it
-- normal | double | | the vehicle's normal, in the unit of the value; null where fewer than three flights stand before
-- ratio | double | 1 | value over the normal
WITH firsts AS (
  SELECT vehicle, name, instance, (list(value ORDER BY time, flight_id) FILTER (WHERE value IS NOT NULL))[1:10] AS firsts
  FROM features GROUP BY ALL
), counted AS (
  SELECT time, vehicle, flight_id, name, instance, value,
         count(value) OVER (PARTITION BY vehicle, name, instance ORDER BY time, flight_id
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
  FROM features
), compared AS (
  SELECT c.*, CASE WHEN earlier >= 3 THEN list_median(firsts[1:greatest(3, least(10, (earlier + 1) // 2))]) END AS normal
  FROM counted c
  JOIN firsts f ON f.vehicle IS NOT DISTINCT FROM c.vehicle AND f.name = c.name AND f.instance IS NOT DISTINCT FROM c.instance
)
SELECT time AS start_time, vehicle, flight_id, name, instance, value, earlier, normal, value / nullif(normal, 0) AS ratio
FROM compared
