/* qgc_csv: telemetry table of QGroundControl: "Timestamp" in the computer's local time without a zone, then one column
 * a value, "--.--" for none. Message "qgc". */
#include "decode/csv_table.h"
#include "decode/shape.h"

static int qgc_csv_probe(const struct probe *probe) {
  static const char *const columns[] = {"altitudeRelative", "groundSpeed", "climbRate",
                                        "altitudeAMSL",     "gps.lat",     "airSpeed"};
  struct text rest = shape_text(probe->head), header = shape_full_line(&rest);
  if (!text_starts(header, "Timestamp,") || !shape_is_text(probe->head))
    return 0;
  int found = 0;
  for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
    found += text_find(header, columns[i]) >= 0;
  return found >= 2 ? 95 : 0;
}

struct qgc_csv {
  struct csv_table *table;
};

static enum status qgc_csv_open(struct decode *d, struct error *error) {
  decode_fact(d, "app", TEXT("QGroundControl"));
  const struct csv_format format = {
      .message = "qgc",
      .separator = ',',
      .clock_owner = "computer",
      .mode_column = "flightMode",
  };
  return csv_table_open(d, &format, &((struct qgc_csv *)d->state)->table, error);
}

static enum status qgc_csv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct qgc_csv *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_qgc_csv = {
    .name = "qgc_csv",
    .about = "QGroundControl telemetry table",
    .suffixes = "csv",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct qgc_csv),
    .probe = qgc_csv_probe,
    .open = qgc_csv_open,
    .next = qgc_csv_next,
};
