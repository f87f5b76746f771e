/* radio_csv: telemetry that an EdgeTX or OpenTX radio writes to its card: "Date,Time," and columns with units in
 * parentheses (the degree sign may be "@"), "lat lon" in the one column GPS, sticks and switches. The radio's clock is
 * local time without a zone. A header may come again, with other columns when a sensor was found: a new message then.
 * Message "radio", units made SI. */
#include "decode/csv_table.h"
#include "decode/shape.h"

static int radio_csv_probe(const struct probe *probe) {
  static const char *const columns[] = {",TxBat(V)", "RSS(dB)", ",RSSI(dB)", ",RQly(%)",
                                        ",RxBt(V)",  ",LSW",    ",Rud,",     ",Thr,"};
  struct text rest = shape_text(probe->head), header = shape_full_line(&rest);
  if (!text_starts(header, "Date,Time,"))
    return 0;
  int found = 0;
  for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
    found += text_find(header, columns[i]) >= 0;
  return found >= 2 ? 95 : found ? 80 : 0;
}

struct radio_csv {
  struct csv_table *table;
};

static enum status radio_csv_open(struct decode *d, struct error *error) {
  const struct csv_format format = {
      .message = "radio",
      .to_si = true,
      .separator = ',',
      .header_starts = "Date,Time,",
      .place_column = "GPS",
      .mode_column = "FM",
      .clock_owner = "radio",
  };
  return csv_table_open(d, &format, &((struct radio_csv *)d->state)->table, error);
}

static enum status radio_csv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct radio_csv *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_radio_csv = {
    .name = "radio_csv",
    .about = "EdgeTX or OpenTX radio log",
    .suffixes = "csv",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct radio_csv),
    .probe = radio_csv_probe,
    .open = radio_csv_open,
    .next = radio_csv_next,
};
