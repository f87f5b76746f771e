/* paparazzi: Paparazzi UAV: a .log in XML with the definitions, whose <configuration> names time_of_day and data_file,
 * and a .data with lines of seconds, aircraft number, message name and values. */
#include "decode/shape.h"

static bool is_data_line(struct text line) {
  double seconds;
  int64_t aircraft;
  struct text rest = line;
  if (!text_to_double(text_cut(&rest, ' '), &seconds) || !text_to_i64(text_cut(&rest, ' '), &aircraft))
    return false;
  struct text name = text_cut(&rest, ' ');
  if (name.size < 3 || aircraft < 0 || aircraft > 255)
    return false;
  for (size_t i = 0; i < name.size; i++)
    if (!(name.data[i] >= 'A' && name.data[i] <= 'Z') && !(name.data[i] >= '0' && name.data[i] <= '9') &&
        name.data[i] != '_')
      return false;
  return name.data[0] > '9';
}

static int paparazzi_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  if (text_find(rest, "<configuration time_of_day=") >= 0 && text_find(rest, "data_file=") >= 0)
    return 95;
  int good = 0;
  while (rest.data && good < 8) {
    struct text line = shape_full_line(&rest);
    if (!rest.data && good)
      break;
    if (!is_data_line(text_trim(line)))
      return 0;
    good++;
  }
  return good >= 3 ? 80 : 0;
}

const struct decoder decoder_paparazzi = {
    .name = "paparazzi",
    .about = "Paparazzi log",
    .suffixes = "log data",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("Paparazzi logs"),
    .probe = paparazzi_probe,
};
