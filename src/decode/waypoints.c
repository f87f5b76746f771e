/* waypoints: missions, fences and rally points as text. "QGC WPL 110" and lines of twelve columns: index, current,
 * frame, command, four arguments, latitude, longitude, altitude, continue; item 0 is home, and the command tells fences
 * and rally points. "RALLY lat lon alt …" lines. The old fence: bare latitudes and longitudes, of which the first is
 * the return point. Message "mission_item"; such a file has no clock. */
#include "decode/mission_item.h"
#include "decode/shape.h"
#include "decode/text_source.h"
#include "decode/text_value.h"

#include <math.h>

#define LINE_MAX_BYTES ((size_t)4096)
#define WORDS 12

struct waypoints {
  struct text_source source;
  struct row_set rows;
  struct row_table *table;
  int64_t count;
  bool ended;
};

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

/* Words between blanks and tabs; a thirteenth is an error. */
static int split(struct text line, struct text words[WORDS]) {
  int count = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= line.size; i++) {
    bool is_end = i == line.size || line.data[i] == ' ' || line.data[i] == '\t';
    if (is_end && i > begin && count++ < WORDS)
      words[count - 1] = text_from(line.data + begin, i - begin);
    if (is_end)
      begin = i + 1;
  }
  return count;
}

/* All words from `from` on as numbers. */
static bool numbers_of(const struct text *words, int from, int count, double *numbers) {
  for (int i = from; i < count; i++)
    if (!text_value_number(words[i], '.', &numbers[i - from]) &&
        !(text_to_double(words[i], &numbers[i - from]) && isnan(numbers[i - from])))
      return false;
  return true;
}

static bool take_item(struct waypoints *state, const struct text *words, int count) {
  double n[WORDS];
  struct mission_item item = {"mission", state->count, NAN, NAN, {NAN, NAN, NAN, NAN}, NAN, NAN, NAN};
  if (count == WORDS && numbers_of(words, 0, count, n)) {
    item = (struct mission_item){"mission", (int64_t)n[0], n[3], n[2], {n[4], n[5], n[6], n[7]}, n[8], n[9], n[10]};
  } else if (count >= 4 && text_is(words[0], "RALLY") && count <= WORDS && numbers_of(words, 1, count, n)) {
    item.kind = "rally";
    item.lat_deg = n[0], item.lon_deg = n[1], item.alt_m = n[2];
  } else if (count == 2 && numbers_of(words, 0, count, n)) {
    item.kind = "fence";
    item.command = state->count ? 5001 : 5000;
    item.lat_deg = n[0], item.lon_deg = n[1];
  } else {
    return false;
  }
  mission_item_put(&state->rows, state->table, &item);
  state->count++;
  return true;
}

static void take_line(struct decode *d, const struct source_line *line) {
  struct waypoints *state = d->state;
  struct text words[WORDS], text = text_trim(line->text);
  if (!text.size || text.data[0] == '#' || text_starts(text, "QGC WPL"))
    return;
  if (take_item(state, words, split(text, words)))
    return;
  if (line->last) {
    d->report.truncated = true;
  } else {
    d->report.bad_records++;
    decode_damage(d, line->offset, line->file_bytes, "a line that is no waypoint", TIME_NONE, TIME_NONE);
  }
}

static enum status waypoints_open(struct decode *d, struct error *error) {
  struct waypoints *state = d->state;
  state->rows.d = d;
  d->report.clock = DECODE_CLOCK_NONE;
  state->table = mission_table_new(&state->rows);
  if (!state->table)
    return error_set(error, STATUS_LIMIT, "no memory is left for waypoints; raise the limit");
  return text_source_open(d, &state->source, error);
}

static enum status waypoints_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct waypoints *state = d->state;
  *ret_batch = row_set_next(&state->rows, state->ended);
  while (!*ret_batch && !state->ended) {
    struct source_line line;
    bool there = false;
    TRY(text_source_line(&state->source, LINE_MAX_BYTES, &line, &there, error));
    if (there) {
      take_line(d, &line);
      text_source_skip(&state->source, line.bytes);
    }
    state->ended = !there;
    *ret_batch = row_set_next(&state->rows, state->ended);
  }
  if (state->ended && !d->report.records)
    return error_set(error, STATUS_BAD_DATA, "no waypoint can be read from this file; keep the file as it is");
  return STATUS_OK;
}

const struct decoder decoder_waypoints = {
    .name = "waypoints",
    .about = "waypoints, fence or rally points",
    .suffixes = "waypoints txt",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct waypoints),
    .probe = waypoints_probe,
    .open = waypoints_open,
    .next = waypoints_next,
};
