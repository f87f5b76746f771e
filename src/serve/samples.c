/* samples: see samples.h. */
#include "serve/samples.h"

enum status samples_of_flight(struct request *request, const char *flight, struct flight_samples *ret_samples,
                              struct error *error) {
  const char *document;
  TRY(api_get(request, "flights", flight, &document, error));
  const char *start = api_text_field(request->arena, document, "start");
  const char *takeoff = api_text_field(request->arena, document, "takeoff");
  *ret_samples = (struct flight_samples){flight, api_text_field(request->arena, document, "primary_log"), start,
                                         takeoff[0] ? takeoff : start};
  return STATUS_OK;
}

/* The files are read once: `found` is kept while its log is chosen. */
void samples_add_sql(struct buffer *sql, const char *table, const char *columns, const char *condition) {
  buffer_format(
      sql,
      "WITH found AS MATERIALIZED (SELECT log_id, %s FROM \"%s\" WHERE flight_id = $1 AND (%s)), "
      "chosen AS (SELECT log_id FROM found GROUP BY log_id ORDER BY (log_id = $2) DESC, count(*) DESC LIMIT 1), "
      "samples AS (SELECT * EXCLUDE (log_id) FROM found WHERE log_id IN (SELECT log_id FROM chosen))",
      columns, table, condition);
}

struct track {
  struct arena *arena;
  struct track_point *points;
  size_t count, capacity;
};

static enum status take_points(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  struct track *track = context;
  (void)error;
  if (track->count + rows > track->capacity) {
    track->capacity = MAX(track->capacity * 2, track->count + rows);
    struct track_point *points = arena_alloc_array(track->arena, track->capacity, sizeof *points);
    if (track->count)
      memcpy(points, track->points, track->count * sizeof *points);
    track->points = points;
  }
  for (uint32_t row = 0; row < rows; row++)
    track->points[track->count++] = (struct track_point){
        column_double(&columns[0], row), column_double(&columns[1], row), column_double(&columns[2], row),
        column_double(&columns[3], row), column_double(&columns[4], row)};
  return STATUS_OK;
}

static enum status ignore_columns(void *context, const struct field *fields, uint16_t count, struct error *error) {
  (void)context, (void)fields, (void)count, (void)error;
  return STATUS_OK;
}

enum status samples_track(struct request *request, const struct flight_samples *samples, int64_t points,
                          const struct track_point **ret_track, size_t *ret_count, struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  struct track track = {.arena = request->arena};
  struct result_sink sink = {&track, ignore_columns, take_points};
  samples_add_sql(
      &sql, "position", "t_s, lat_deg, lon_deg, alt_rel_m, alt_msl_m",
      "lat_deg IS NOT NULL AND lon_deg IS NOT NULL AND t_s IS NOT NULL AND abs(lat_deg) + abs(lon_deg) > 1e-6");
  buffer_format(
      &sql,
      ", span AS (SELECT min(t_s) AS first_s, greatest(max(t_s) - min(t_s), 1e-6) AS width_s FROM samples) "
      "SELECT min(t_s), arg_min(lat_deg, t_s), arg_min(lon_deg, t_s), arg_min(alt_rel_m, t_s), arg_min(alt_msl_m, t_s) "
      "FROM samples, span GROUP BY floor((t_s - first_s) / width_s * %lld) ORDER BY 1",
      (long long)points);
  TRY(api_query(request, buffer_text(&sql), (const char *[]){samples->flight, samples->primary_log}, 2, &sink, error));
  *ret_track = track.points;
  *ret_count = track.count;
  return STATUS_OK;
}
