/* waypoints: missions, fences and rally points as text: "QGC WPL 110" and tables of twelve columns, "RALLY" lines, or
 * the old fence of bare latitudes and longitudes. */
#include "decode/shape.h"

static bool is_position(struct text line) {
  double lat, lon;
  for (size_t i = 0; i < line.size; i++)
    if (line.data[i] == ' ' || line.data[i] == '\t')
      return text_to_double(text_from(line.data, i), &lat) &&
             text_to_double(text_trim(text_from(line.data + i, line.size - i)), &lon) && lat >= -90 && lat <= 90 &&
             lon >= -180 && lon <= 180;
  return false;
}

static int waypoints_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  if (text_starts(rest, "QGC WPL "))
    return 100;
  if (text_starts(rest, "RALLY\t") || text_starts(rest, "RALLY "))
    return 90;
  int lines = 0;
  while (rest.data && lines < 64) {
    struct text line = shape_full_line(&rest);
    if (line.size && line.data[0] != '#') {
      if (!is_position(text_trim(line)) && rest.data)
        return 0;
      lines++;
    }
  }
  return lines >= 3 ? 60 : 0;
}

const struct decoder decoder_waypoints = {
    .name = "waypoints",
    .about = "waypoints, fence or rally points",
    .suffixes = "waypoints txt",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("waypoint files"),
    .probe = waypoints_probe,
};
