/* json: any JSON text: one object or list, or one object a line. Objects in lists and on lines become rows, flattened
 * (json_table.c); names of messages are those of the lists, or "row". */
#include "decode/json_table.h"
#include "decode/shape.h"

struct json {
  struct json_table *table;
};

static int json_probe(const struct probe *probe) {
  return shape_is_json(shape_text(probe->head)) && shape_is_text(probe->head) ? 50 : 0;
}

static enum status json_open(struct decode *d, struct error *error) {
  const struct json_format format = {
      .name_member = NULL,
  };
  return json_table_open(d, &format, &((struct json *)d->state)->table, error);
}

static enum status json_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return json_table_next(((struct json *)d->state)->table, ret_batch, error);
}

static void json_close(struct decode *d) {
  json_table_close(((struct json *)d->state)->table);
}

const struct decoder decoder_json = {
    .name = "json",
    .about = "JSON",
    .suffixes = "json ndjson",
    .source = "maintenance",
    .state_size = sizeof(struct json),
    .probe = json_probe,
    .open = json_open,
    .next = json_next,
    .close = json_close,
};
