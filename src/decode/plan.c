/* plan: mission of QGroundControl (.plan): JSON with fileType "Plan", a mission, a fence and rally points.
 *
 * Message "mission_item": every simple item {command, frame, params[7]}, also those that a survey holds; params 4 and 5
 * are latitude and longitude, 6 the altitude, null is NaN. Corners of the fence's polygons are command 5001, its
 * circles 5003 with the radius in param1; rally points are 5100. The version is not judged:
 * what is readable is read. */
#include "decode/json_reader.h"
#include "decode/mission_item.h"
#include "decode/shape.h"
#include "decode/text_value.h"

#include <math.h>
#include <stdio.h>

#define NUMBERS 8

struct level {
  char key[32]; /* under which it stands; of a list's elements: the list's */
  double numbers[NUMBERS], params[NUMBERS], center[NUMBERS];
  int count, param_count, center_count;
  double command, frame, radius;
};

struct plan {
  struct text_source source;
  struct json_reader reader;
  struct row_set rows;
  struct row_table *table;
  struct level levels[JSON_DEPTH_MAX + 1];
  char key[32], part[32]; /* the last key; the last key of the outermost object */
  int64_t items, fences, rallies;
  bool ended;
};

static int plan_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (!shape_is_json(text))
    return 0;
  ptrdiff_t at = text_find(text, "\"fileType\"");
  if (at < 0)
    return text_find(text, "\"geoFence\"") >= 0 && text_find(text, "\"rallyPoints\"") >= 0 ? 70 : 0;
  struct text value = text_from(text.data + at + 10, MIN(text.size - (size_t)at - 10, (size_t)32));
  return text_find(value, "\"Plan\"") >= 0 ? 95 : 0;
}

static void put(struct plan *plan, const char *kind, int64_t index, double command, double lat, double lon, double alt,
                double radius) {
  struct mission_item item = {kind, index, command, NAN, {radius, NAN, NAN, NAN}, lat, lon, alt};
  mission_item_put(&plan->rows, plan->table, &item);
}

static void put_item(struct plan *plan, const struct level *level) {
  const double *p = level->params;
  struct mission_item item = {"mission", plan->items++, level->command, level->frame, {p[0], p[1], p[2], p[3]}, p[4],
                              p[5],      p[6]};
  mission_item_put(&plan->rows, plan->table, &item);
}

static void begin_level(struct plan *plan, bool in_list) {
  struct level *level = &plan->levels[plan->reader.depth];
  const char *key = in_list ? plan->levels[plan->reader.depth - 1].key : plan->key;
  *level = (struct level){.command = NAN, .frame = NAN, .radius = NAN};
  snprintf(level->key, sizeof level->key, "%s", key);
}

static void state_place(struct decode *d, const double *place) {
  char text[32];
  if (isnan(place[0]) || isnan(place[1]))
    return;
  snprintf(text, sizeof text, "%.8f", place[0]);
  decode_fact(d, "lat", text_of(text));
  snprintf(text, sizeof text, "%.8f", place[1]);
  decode_fact(d, "lon", text_of(text));
}

/* A list of numbers ended: what it was called says what it is. */
static void end_list(struct decode *d, const struct level *level, struct level *outer) {
  struct plan *plan = d->state;
  bool is_params = strcmp(level->key, "params") == 0, is_center = strcmp(level->key, "center") == 0;
  if (is_params) {
    memcpy(outer->params, level->numbers, sizeof outer->params);
    outer->param_count = level->count;
  } else if (is_center) {
    memcpy(outer->center, level->numbers, sizeof outer->center);
    outer->center_count = level->count;
  } else if (strcmp(plan->part, "geoFence") == 0 && strcmp(level->key, "polygon") == 0 && level->count >= 2) {
    put(plan, "fence", plan->fences++, 5001, level->numbers[0], level->numbers[1], NAN, NAN);
  } else if (strcmp(plan->part, "rallyPoints") == 0 && strcmp(level->key, "points") == 0 && level->count >= 2) {
    put(plan, "rally", plan->rallies++, 5100, level->numbers[0], level->numbers[1],
        level->count > 2 ? level->numbers[2] : NAN, NAN);
  } else if (strcmp(level->key, "plannedHomePosition") == 0 && level->count >= 2) {
    state_place(d, level->numbers);
  }
}

static void end_object(struct plan *plan, const struct level *level) {
  if (!isnan(level->command) && level->param_count >= 7)
    put_item(plan, level);
  else if (!isnan(level->radius) && level->center_count >= 2 && strcmp(plan->part, "geoFence") == 0)
    put(plan, "fence", plan->fences++, 5003, level->center[0], level->center[1], NAN, level->radius);
}

static void take_value(struct decode *d, enum json_event event) {
  struct plan *plan = d->state;
  struct json_reader *reader = &plan->reader;
  struct level *level = &plan->levels[reader->depth];
  double value = NAN;
  if (event == JSON_NUMBER && !text_value_number(reader->text, '.', &value))
    value = NAN;
  bool in_list = reader->depth && !reader->is_object[reader->depth - 1];
  if (in_list && level->count < NUMBERS)
    level->numbers[level->count++] = value;
  if (in_list)
    return;
  if (strcmp(plan->key, "command") == 0)
    level->command = value;
  else if (strcmp(plan->key, "frame") == 0)
    level->frame = value;
  else if (strcmp(plan->key, "radius") == 0)
    level->radius = value;
  else if (strcmp(plan->key, "groundStation") == 0)
    decode_fact(d, "app", reader->text);
  else if (strcmp(plan->key, "firmwareType") == 0 && (value == 3 || value == 12))
    decode_fact(d, "autopilot", value == 3 ? TEXT("ardupilot") : TEXT("px4"));
}

static void take_event(struct decode *d, enum json_event event) {
  struct plan *plan = d->state;
  struct json_reader *reader = &plan->reader;
  uint32_t depth = reader->depth;
  bool begins = event == JSON_OBJECT || event == JSON_ARRAY;
  if (event == JSON_KEY) {
    snprintf(plan->key, sizeof plan->key, "%.*s", (int)MIN(reader->text.size, sizeof plan->key - 1), reader->text.data);
    if (depth == 1)
      memcpy(plan->part, plan->key, sizeof plan->part);
  } else if (begins) {
    begin_level(plan, depth > 1 && !reader->is_object[depth - 2]);
  } else if (event == JSON_ARRAY_END) {
    end_list(d, &plan->levels[depth + 1], &plan->levels[depth]);
  } else if (event == JSON_OBJECT_END) {
    end_object(plan, &plan->levels[depth + 1]);
  } else if (event != JSON_BROKEN) {
    take_value(d, event);
  }
}

static enum status plan_open(struct decode *d, struct error *error) {
  struct plan *plan = d->state;
  plan->rows.d = d;
  d->report.clock = DECODE_CLOCK_NONE;
  plan->table = mission_table_new(&plan->rows);
  if (!plan->table)
    return error_set(error, STATUS_LIMIT, "no memory is left for a plan; raise the limit");
  TRY(text_source_open(d, &plan->source, error));
  return json_reader_open(d, &plan->source, &plan->reader, error);
}

static enum status plan_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct plan *plan = d->state;
  *ret_batch = row_set_next(&plan->rows, plan->ended);
  while (!*ret_batch && !plan->ended) {
    enum json_event event;
    TRY(json_reader_next(&plan->reader, &event, error));
    plan->ended = event == JSON_END;
    if (!plan->ended)
      take_event(d, event);
    *ret_batch = row_set_next(&plan->rows, plan->ended);
  }
  text_source_report(&plan->source, plan->reader.at);
  return STATUS_OK;
}

const struct decoder decoder_plan = {
    .name = "plan",
    .about = "QGroundControl plan",
    .suffixes = "plan",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct plan),
    .probe = plan_probe,
    .open = plan_open,
    .next = plan_next,
};
