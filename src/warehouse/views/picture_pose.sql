-- Where the vehicle was and how it and its camera were turned at each photograph and at each second of each film.
-- time | time | | the instant, UTC
-- vehicle | text | | the vehicle
-- flight_id | text | | the flight
-- log_id | text | | the picture's or film's file
-- kind | text | | photo or video
-- film_s | int64 | s | seconds into the film; null for photographs
-- lat_deg | double | deg | latitude at that instant, between the two fixes of the flight's main log around it
-- lon_deg | double | deg | longitude, likewise
-- alt_msl_m | double | m | altitude over mean sea level, likewise
-- alt_rel_m | double | m | altitude over home, likewise
-- roll_deg | float | deg | bank of the vehicle
-- pitch_deg | float | deg | pitch of the vehicle
-- yaw_deg | float | deg | heading of the vehicle
-- gimbal_roll_deg | float | deg | bank of the camera: as the picture tells, else as the vehicle tells
-- gimbal_pitch_deg | float | deg | pitch of the camera, likewise
-- gimbal_yaw_deg | float | deg | heading of the camera, likewise
-- gap_s | double | s | time between the two fixes around it: how far the pose can be trusted
WITH shots AS (
  SELECT m.flight_id, m.log_id, m.vehicle, m.kind, f.primary_log, m.gimbal_roll_deg, m.gimbal_pitch_deg, m.gimbal_yaw_deg,
         unnest(CASE WHEN m.kind = 'video' THEN range(0, CAST(floor(coalesce(m.duration_s, 0)) AS BIGINT) + 1) ELSE [0] END) AS s,
         m.time AS start_time
  FROM media m JOIN flights f ON f.flight_id = m.flight_id
  WHERE m.kind IN ('photo', 'video') AND m.time IS NOT NULL
), instants AS (
  SELECT *, CASE WHEN kind = 'video' THEN s END AS film_s, epoch_us(start_time) + s * 1000000 AS us FROM shots
), places AS (
  SELECT p.log_id, epoch_us(p.time) AS us, p.lat_deg, p.lon_deg, p.alt_msl_m, p.alt_rel_m
  FROM position p WHERE p.log_id IN (SELECT primary_log FROM shots) AND p.lat_deg IS NOT NULL
), turns AS (
  SELECT a.log_id, epoch_us(a.time) AS us, a.roll_deg, a.pitch_deg, a.yaw_deg
  FROM attitude a WHERE a.log_id IN (SELECT primary_log FROM shots) AND a.roll_deg IS NOT NULL
), mounts AS (
  SELECT g.log_id, epoch_us(g.time) AS us, g.roll_deg, g.pitch_deg, g.yaw_deg, g.yaw_body_deg
  FROM gimbal g WHERE g.log_id IN (SELECT primary_log FROM shots) AND g.pitch_deg IS NOT NULL
), posed AS (
  SELECT i.*, b.lat_deg AS lat_b, b.lon_deg AS lon_b, b.alt_msl_m AS msl_b, b.alt_rel_m AS rel_b,
         n.lat_deg AS lat_n, n.lon_deg AS lon_n, n.alt_msl_m AS msl_n, n.alt_rel_m AS rel_n,
         (n.us - b.us) / 1e6 AS gap_s, coalesce((i.us - b.us) / nullif(n.us - b.us, 0), 0) AS part,
         t.roll_deg AS roll, t.pitch_deg AS pitch, t.yaw_deg AS yaw, i.us - t.us AS turn_us,
         g.roll_deg AS mount_roll, g.pitch_deg AS mount_pitch, coalesce(g.yaw_deg, t.yaw_deg + g.yaw_body_deg) AS mount_yaw,
         i.us - g.us AS mount_us
  FROM instants i
  ASOF LEFT JOIN places b ON b.log_id = i.primary_log AND b.us <= i.us
  ASOF LEFT JOIN places n ON n.log_id = i.primary_log AND n.us >= i.us
  ASOF LEFT JOIN turns t ON t.log_id = i.primary_log AND t.us <= i.us
  ASOF LEFT JOIN mounts g ON g.log_id = i.primary_log AND g.us <= i.us
)
SELECT make_timestamptz(us) AS time, vehicle, flight_id, log_id, kind, film_s,
       CASE WHEN gap_s <= 5 THEN lat_b + part * (lat_n - lat_b) END AS lat_deg,
       CASE WHEN gap_s <= 5 THEN lon_b + part * ((lon_n - lon_b + 540) % 360 - 180) END AS lon_deg,
       CASE WHEN gap_s <= 5 THEN msl_b + part * (msl_n - msl_b) END AS alt_msl_m,
       CASE WHEN gap_s <= 5 THEN rel_b + part * (rel_n - rel_b) END AS alt_rel_m,
       CASE WHEN turn_us <= 1000000 THEN roll END AS roll_deg, CASE WHEN turn_us <= 1000000 THEN pitch END AS pitch_deg,
       CASE WHEN turn_us <= 1000000 THEN yaw END AS yaw_deg,
       coalesce(gimbal_roll_deg, CASE WHEN mount_us <= 1000000 THEN mount_roll END) AS gimbal_roll_deg,
       coalesce(gimbal_pitch_deg, CASE WHEN mount_us <= 1000000 THEN mount_pitch END) AS gimbal_pitch_deg,
       coalesce(gimbal_yaw_deg, CASE WHEN mount_us <= 1000000 THEN (mount_yaw + 360) % 360 END) AS gimbal_yaw_deg, gap_s
FROM posed
