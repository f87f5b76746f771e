/* gutma_json: flight log of the Global UTM Association: JSON, exchange.message.flight_logging with flight_logging_keys,
 * the names of the columns, and flight_logging_items, a list of lists of values; the column "timestamp" counts seconds
 * from logging_start_dtg. Messages: flight_logging_items, events, and "document" with all else. */
#include "decode/json_table.h"
#include "decode/shape.h"

struct gutma_json {
  struct json_table *table;
};

static int gutma_json_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (!shape_is_json(text) || text_find(text, "\"exchange\"") < 0)
    return 0;
  return text_find(text, "\"flight_logging") >= 0 || text_find(text, "\"flight_data\"") >= 0 ? 95 : 0;
}

static void take_document(struct decode *d, struct text path, struct text value) {
  static const char *const facts[][2] = {{"aircraft.manufacturer", "maker"},
                                         {"aircraft.model", "board"},
                                         {"aircraft.serial_number", "vehicle_serial"},
                                         {"aircraft.firmware_version", "firmware"},
                                         {"gcs.application", "app"}};
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
    if (text_ends_ignore_case(path, facts[i][0]))
      decode_fact(d, facts[i][1], value);
}

static enum status gutma_json_open(struct decode *d, struct error *error) {
  const struct json_format format = {
      .rows_member = "flight_logging_items",
      .columns_member = "flight_logging_keys",
      .start_member = "logging_start_dtg",
      .document = take_document,
  };
  return json_table_open(d, &format, &((struct gutma_json *)d->state)->table, error);
}

static enum status gutma_json_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return json_table_next(((struct gutma_json *)d->state)->table, ret_batch, error);
}

static void gutma_json_close(struct decode *d) {
  json_table_close(((struct gutma_json *)d->state)->table);
}

const struct decoder decoder_gutma_json = {
    .name = "gutma_json",
    .about = "GUTMA flight log",
    .suffixes = "json",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct gutma_json),
    .probe = gutma_json_probe,
    .open = gutma_json_open,
    .next = gutma_json_next,
    .close = gutma_json_close,
};
