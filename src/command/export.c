/* export: one flight for other programs: a wide table (csv, json, jsonl, parquet), or its track (geojson, gpx, kml). */
#include "base/clock.h"
#include "command/listing.h"
#include "command/result.h"
#include "command/track.h"

#include <errno.h>
#include <jansson.h>

/* One row a position sample, with what else was known at that instant. */
static const char wide_sql[] = "WITH p AS (SELECT time, t_s, lat_deg, lon_deg, alt_msl_m, alt_rel_m FROM position "
                               "WHERE flight_id=$1 AND log_id=$2 AND lat_deg IS NOT NULL), "
                               "a AS (SELECT time, roll_deg, pitch_deg, yaw_deg FROM attitude WHERE flight_id=$1 AND "
                               "log_id=$2 AND roll_deg IS NOT NULL), "
                               "s AS (SELECT time, ground_speed_m_s FROM velocity WHERE flight_id=$1 AND log_id=$2 AND "
                               "ground_speed_m_s IS NOT NULL), "
                               "b AS (SELECT time, voltage_v, current_a, remaining_ratio FROM battery WHERE "
                               "flight_id=$1 AND log_id=$2 AND instance=0 AND voltage_v IS NOT NULL), "
                               "m AS (SELECT time, mode_name FROM mode WHERE flight_id=$1 AND log_id=$2) "
                               "SELECT p.time, p.t_s, p.lat_deg, p.lon_deg, p.alt_msl_m, p.alt_rel_m, a.roll_deg, "
                               "a.pitch_deg, a.yaw_deg, s.ground_speed_m_s, "
                               "b.voltage_v, b.current_a, b.remaining_ratio, m.mode_name FROM p ASOF LEFT JOIN a ON "
                               "p.time>=a.time ASOF LEFT JOIN s ON p.time>=s.time "
                               "ASOF LEFT JOIN b ON p.time>=b.time ASOF LEFT JOIN m ON p.time>=m.time ORDER BY p.time";
static const char track_sql[] = "SELECT time, lat_deg, lon_deg, alt_msl_m, alt_rel_m FROM position WHERE flight_id=$1 "
                                "AND log_id=$2 AND lat_deg IS NOT NULL ORDER BY time";

struct track_writer {
  const struct track_form *form;
  FILE *out;
  uint64_t points;
};

static enum status track_begin(void *context, const struct field *fields, uint16_t count, struct error *error) {
  (void)context, (void)fields, (void)count, (void)error;
  return STATUS_OK;
}

static enum status track_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  (void)error;
  struct track_writer *writer = context;
  for (uint32_t i = 0; i < rows; i++) {
    struct track_point point = {column_i64(&columns[0], i), column_double(&columns[1], i),
                                column_double(&columns[2], i), column_double(&columns[3], i), NULL};
    writer->form->point(writer->out, writer->points++, &point);
  }
  return STATUS_OK;
}

static enum status export_track(struct invocation *in, struct warehouse *warehouse, const struct track_form *form,
                                const char *const *parameters, struct error *error) {
  const char *path = invocation_option(in, "output");
  FILE *out = path ? fopen(path, "w") : stdout;
  if (!out)
    return error_set_errno(error, errno, "cannot create %s", path);
  struct track_writer writer = {form, out, 0};
  struct result_sink sink = {&writer, track_begin, track_rows};
  form->begin(out, parameters[0]);
  form->way(out, 0, parameters[0]);
  enum status status = warehouse_query(warehouse, track_sql, parameters, 2, &sink, error);
  form->end(out);
  if (path && fclose(out) != 0 && status == STATUS_OK)
    status = error_set_errno(error, errno, "cannot write %s completely", path);
  return status;
}

static enum status find_primary_log(struct invocation *in, struct lake *lake, const char *flight, const char **ret_log,
                                    struct error *error) {
  const char *text;
  enum status status = catalog_get(lake_catalog(lake), in->arena, "flights", flight, &text, error);
  if (status == STATUS_NOT_FOUND)
    return error_set(error, STATUS_NOT_FOUND, "there is no flight '%s'; 'uavlake flights' lists them", flight);
  TRY(status);
  json_t *document = json_loads(text, 0, NULL);
  const char *log = json_string_value(json_object_get(document, "primary_log"));
  *ret_log = arena_copy_text(in->arena, log ? log : "");
  json_decref(document);
  return STATUS_OK;
}

static enum status export_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  struct warehouse *warehouse;
  const char *parameters[2] = {in->arguments[0], NULL};
  TRY(open_lake(in, &lake, error));
  TRY(find_primary_log(in, lake, in->arguments[0], &parameters[1], error));
  TRY(lake_warehouse(lake, &warehouse, error));
  const struct track_form *form = track_form_find(invocation_option(in, "format"));
  if (form)
    return export_track(in, warehouse, form, parameters, error);
  struct result_writer *writer;
  FILE *file;
  TRY(result_open(in, "csv", &writer, &file, error));
  enum status status = warehouse_query(warehouse, wide_sql, parameters, 2, result_writer_sink(writer), error);
  return result_close(writer, file, status, error);
}

const struct command command_export = {
    .name = "export",
    .arguments = "FLIGHT",
    .about = "write one flight for other programs",
    .details =
        "csv, json, jsonl and parquet: one row a position sample with attitude, speed, battery and mode at that "
        "instant.\n"
        "geojson, gpx and kml: the track.\n\nExample: uavlake export uav11-20260314T101502Z --format gpx -o flight.gpx",
    .options = (const struct option[]){{"format", 'f', "FORM",
                                        "csv (default), json, jsonl, parquet, geojson, gpx or kml"},
                                       {"output", 'o', "FILE", "write to this file (needed for parquet)"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = 1,
    .run = export_run,
};
