/* mavlink_json: MAVLink messages as JSON, one a line, as pymavlink's mavlogdump writes them: {"meta": {"type":
 * "ATTITUDE", "timestamp": seconds of the Unix epoch, "srcSystem", "srcComponent"}, "data": {the message's members, as
 * stored}}. Messages and members have MAVLink's names, so that the mapping of MAVLink applies. Some tools write
 * "timestamp" only to the whole second; the clock is what they wrote. */
#include "decode/json_table.h"
#include "decode/shape.h"

struct mavlink_json {
  struct json_table *table;
};

static int mavlink_json_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (!shape_is_json(text) || !shape_is_text(probe->head))
    return 0;
  struct text head = text_from(text.data, MIN(text.size, (size_t)4096));
  bool named = text_find(head, "\"meta\"") >= 0 && text_find(head, "\"data\"") >= 0 && text_find(head, "\"type\"") >= 0;
  return named && text_find(head, "\"timestamp\"") >= 0 ? 95 : 0;
}

static enum status mavlink_json_open(struct decode *d, struct error *error) {
  const struct json_format format = {
      .name_member = "meta.type",
      .strip = "data.",
      .renamed = {{"meta.srcSystem", "system_id"}, {"meta.srcComponent", "component_id"}},
  };
  return json_table_open(d, &format, &((struct mavlink_json *)d->state)->table, error);
}

static enum status mavlink_json_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return json_table_next(((struct mavlink_json *)d->state)->table, ret_batch, error);
}

static void mavlink_json_close(struct decode *d) {
  json_table_close(((struct mavlink_json *)d->state)->table);
}

const struct decoder decoder_mavlink_json = {
    .name = "mavlink_json",
    .about = "MAVLink messages as JSON lines",
    .suffixes = "json",
    .source = "ground_station",
    .vocabulary = "mavlink",
    .state_size = sizeof(struct mavlink_json),
    .probe = mavlink_json_probe,
    .open = mavlink_json_open,
    .next = mavlink_json_next,
    .close = mavlink_json_close,
};
