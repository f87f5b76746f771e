-- How far logs can be trusted: score and faults of each vehicle and kind, month by month.
-- month | date | | first day of the month in which the logs began
-- vehicle | text | | the vehicle
-- kind | text | | kind of log
-- logs | int64 | 1 | logs
-- quality | double | 1 | mean score, 0 to 100
-- worst_quality | double | 1 | lowest score
-- damaged | int64 | 1 | logs with damage
-- quarantined | int64 | 1 | logs that could not be read
-- most_frequent | text | | the rule that spoke in most logs
WITH rules AS (
  SELECT l.vehicle, l.kind, CAST(date_trunc('month', coalesce(l.start_time, l.added_time)) AS DATE) AS month, q.rule,
         count(DISTINCT q.log_id) AS logs
  FROM quality q JOIN logs l USING (log_id) GROUP BY ALL
), top AS (
  SELECT vehicle, kind, month, arg_max(rule, (logs, rule)) AS most_frequent FROM rules GROUP BY ALL
), months AS (
  SELECT *, CAST(date_trunc('month', coalesce(start_time, added_time)) AS DATE) AS month FROM logs
)
SELECT m.month, m.vehicle, m.kind, count(*) AS logs, avg(m.quality) AS quality, min(m.quality) AS worst_quality,
       count(*) FILTER (WHERE m.bad_records > 0 OR m.truncated) AS damaged,
       count(*) FILTER (WHERE m.state = 'quarantined') AS quarantined, any_value(t.most_frequent) AS most_frequent
FROM months m
LEFT JOIN top t ON t.vehicle IS NOT DISTINCT FROM m.vehicle AND t.kind IS NOT DISTINCT FROM m.kind AND t.month = m.month
GROUP BY m.month, m.vehicle, m.kind
