-- What fills the store: raw files by kind, source and month of arrival.
-- month | | first day of the month in which they were added
-- kind | | kind of file
-- source | | where such files come from
-- files | 1 | files
-- bytes | B | their bytes as they came
-- rows | 1 | rows that they gave the tables
-- oldest | | day of the oldest
SELECT CAST(date_trunc('month', added_time) AS DATE) AS month, kind, source, count(*) AS files,
       CAST(sum(bytes) AS BIGINT) AS bytes, CAST(coalesce(sum("rows"), 0) AS BIGINT) AS rows, CAST(min(date) AS DATE) AS oldest
FROM logs GROUP BY ALL
