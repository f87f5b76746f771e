/* dji_app_log: flight log of the DroneDeploy app: lines "#Section", lines of key, tab, value, then a table whose header
 * begins "Date/Time (UTC)". Dates are written month first, with whole seconds; the column of elapsed seconds is finer
 * and is the clock. Message "dronedeploy": feet, mph, degrees Fahrenheit, mV and mA are made SI. */
#include "decode/csv_table.h"
#include "decode/shape.h"

#include <stdio.h>

static int dji_app_log_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (text_starts(text, "#DroneDeploy\t"))
    return 100;
  if (text_starts(text, "Date/Time (UTC)\t") || text_find(text, "\nDate/Time (UTC)\t") >= 0)
    return 90;
  return 0;
}

struct dji_app_log {
  struct csv_table *table;
};

static void take_preamble(struct decode *d, struct text line) {
  static const struct {
    const char *name, *fact;
  } facts[] = {{"#DroneDeploy", "app"},
               {"Aircraft Model", "board"},
               {"Aircraft Name", "vehicle_name"},
               {"Aircraft Firmware", "firmware"},
               {"Flight Controller Serial Number", "vehicle_serial"},
               {"Battery Serial Number", "battery_serial"},
               {"Discharges", "battery_cycles"},
               {"Camera Serial Number", "serial"},
               {"Device Model", "device"}};
  char value[128];
  struct text rest = line, name = text_cut(&rest, '\t');
  rest = text_trim(text_cut(&rest, '\t'));
  if (!rest.data || !rest.size || rest.size > 100)
    return;
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
    if (text_is(name, facts[i].name)) {
      snprintf(value, sizeof value, "%s%.*s", i == 0 ? "DroneDeploy " : "", (int)rest.size, rest.data);
      decode_fact(d, facts[i].fact, text_of(value));
    }
}

static enum status dji_app_log_open(struct decode *d, struct error *error) {
  decode_fact(d, "autopilot", TEXT("dji"));
  const struct csv_format format = {
      .message = "dronedeploy",
      .to_si = true,
      .separator = '\t',
      .date_order = DATE_MONTH_FIRST,
      .header_starts = "Date/Time (UTC)",
      .preamble = take_preamble,
      .mode_column = "Aircraft Flight Mode",
  };
  return csv_table_open(d, &format, &((struct dji_app_log *)d->state)->table, error);
}

static enum status dji_app_log_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct dji_app_log *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_dji_app_log = {
    .name = "dji_app_log",
    .about = "flight log of the DroneDeploy app",
    .suffixes = "log",
    .source = "ground_station",
    .vocabulary = "text",
    .state_size = sizeof(struct dji_app_log),
    .probe = dji_app_log_probe,
    .open = dji_app_log_open,
    .next = dji_app_log_next,
};
