/* dji_csv: table of a DJI flight, made of its flight record by Airdata, TxtLogToCsv and others: the header names
 * latitude, longitude and a time with its unit in parentheses, or columns such as OSD.latitude. Message "airdata" or
 * "dji_record". The units in the header are the user's choice, (feet) or (meters), and become SI here; heights are over
 * the take-off unless the name says otherwise; the speeds x, y, z point north, east and down. */
#include "decode/csv_table.h"
#include "decode/shape.h"

static bool is_record(struct text header) {
  return text_find(header, "OSD.latitude") >= 0 || text_find(header, "CUSTOM.updateTime") >= 0;
}

static int dji_csv_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head), header = shape_full_line(&rest);
  if (!shape_contains_ignore_case(header, "latitude") || !shape_contains_ignore_case(header, "longitude"))
    return 0;
  if (text_find(header, ",") < 0 || !shape_is_text(probe->head))
    return 0;
  if (is_record(header))
    return 95;
  return shape_contains_ignore_case(header, "time(") ? 90 : 0;
}

struct dji_csv {
  struct csv_table *table;
};

static enum status dji_csv_open(struct decode *d, struct error *error) {
  struct bytes head;
  TRY(input_view(d->input, PROBE_HEAD, &head, error));
  decode_fact(d, "autopilot", TEXT("dji"));
  const struct csv_format format = {
      .message = is_record(text_from(head.data, MIN(head.size, PROBE_HEAD))) ? "dji_record" : "airdata",
      .to_si = true,
      .separator = ',',
      .mode_column = is_record(text_from(head.data, MIN(head.size, PROBE_HEAD))) ? "OSD.flycState" : "flycState",
  };
  return csv_table_open(d, &format, &((struct dji_csv *)d->state)->table, error);
}

static enum status dji_csv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct dji_csv *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_dji_csv = {
    .name = "dji_csv",
    .about = "DJI flight as a table (Airdata and others)",
    .suffixes = "csv",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct dji_csv),
    .probe = dji_csv_probe,
    .open = dji_csv_open,
    .next = dji_csv_next,
};
