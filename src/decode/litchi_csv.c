/* litchi_csv: flight log of the Litchi app as a table: latitude, longitude, altitude over the take-off, and the time
 * both as "datetime(utc)" and "datetime(local)". Message "litchi", units of the header made SI. */
#include "decode/csv_table.h"
#include "decode/shape.h"

static int litchi_csv_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head), header = shape_full_line(&rest);
  bool place = shape_contains_ignore_case(header, "latitude") && shape_contains_ignore_case(header, "longitude");
  bool times = shape_contains_ignore_case(header, "datetime(utc)") &&
               shape_contains_ignore_case(header, "datetime(local)");
  return place && times && shape_is_text(probe->head) ? 96 : 0;
}

struct litchi_csv {
  struct csv_table *table;
};

static enum status litchi_csv_open(struct decode *d, struct error *error) {
  decode_fact(d, "app", TEXT("Litchi"));
  decode_fact(d, "autopilot", TEXT("dji"));
  const struct csv_format format = {
      .message = "litchi",
      .to_si = true,
      .separator = ',',
  };
  return csv_table_open(d, &format, &((struct litchi_csv *)d->state)->table, error);
}

static enum status litchi_csv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct litchi_csv *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_litchi_csv = {
    .name = "litchi_csv",
    .about = "Litchi flight as a table",
    .suffixes = "csv",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct litchi_csv),
    .probe = litchi_csv_probe,
    .open = litchi_csv_open,
    .next = litchi_csv_next,
};
