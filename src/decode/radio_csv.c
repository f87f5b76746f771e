/* radio_csv: telemetry that an EdgeTX or OpenTX radio writes to its card: "Date,Time," and columns with units in
 * parentheses, sticks and switches. */
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

const struct decoder decoder_radio_csv = {
    .name = "radio_csv",
    .about = "EdgeTX or OpenTX radio log",
    .suffixes = "csv",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("radio logs"),
    .probe = radio_csv_probe,
};
