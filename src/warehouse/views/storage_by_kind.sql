-- What fills the store: raw files by kind, source and month of arrival.
-- month | date | | first day of the month in which they were added
-- kind | text | | kind of file
-- source | text | | where such files come from
-- files | int64 | 1 | files
-- bytes | int64 | B | their bytes as they came
-- rows | int64 | 1 | rows that they gave the tables
-- oldest | date | | day of the oldest
SELECT CAST(date_trunc('month', added_time) AS DATE) AS month, kind, source, count(*) AS files,
       CAST(sum(bytes) AS BIGINT) AS bytes, CAST(coalesce(sum("rows"), 0) AS BIGINT) AS rows, CAST(min(date) AS DATE) AS oldest
FROM logs GROUP BY ALL
