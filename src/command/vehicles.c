/* vehicles: who flies, how much, in which condition. */
#include "command/listing.h"
#include "lake/correct.h"

static const struct listing listing = {
    .collection = "vehicles",
    .columns = (const struct listing_column[]){{"id", "vehicle", FORM_TEXT},
                                               {"class", "class", FORM_TEXT},
                                               {"firmware", "firmware", FORM_TEXT},
                                               {"flights", "flights", FORM_COUNT},
                                               {"airborne_s", "airborne", FORM_SECONDS},
                                               {"last_flight", "last flight (UTC)", FORM_TIME},
                                               {"open_findings", "open findings", FORM_COUNT},
                                               {"quality", "quality", FORM_NUMBER},
                                               {"quality_trend", "trend", FORM_NUMBER},
                                               {"state", "condition", FORM_TEXT},
                                               {NULL}},
    .order_by = "last_flight",
    .descending = true,
    .one = "vehicle",
    .many = "vehicles",
};

static enum status join(struct invocation *in, bool merge, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *from = in->arguments[1], *to = in->arguments[2], *by = invocation_option(in, "by");
  TRY(open_lake(in, &lake, error));
  TRY(lake_lock(lake, NULL, NULL, error));
  TRY(correct_vehicle(lake, from, to, merge, by && by[0] ? by : in->arguments[0], error));
  printf(in->json ? "{\"vehicle\":\"%s\",\"was\":\"%s\"}\n" : "vehicle %s: what was said of %s is said of it\n", to,
         from);
  return STATUS_OK;
}

static enum status vehicles_run(struct invocation *in, struct error *error) {
  bool merge = in->argument_count && strcmp(in->arguments[0], "merge") == 0;
  bool rename = in->argument_count && strcmp(in->arguments[0], "rename") == 0;
  if ((merge || rename) && in->argument_count == 3)
    return join(in, merge, error);
  if (in->argument_count)
    return error_set(error, STATUS_SETTINGS, "usage: uavlake vehicles [rename OLD NEW | merge FROM INTO]");
  return listing_print(in, &listing, error);
}

const struct command command_vehicles = {
    .name = "vehicles",
    .arguments = "[rename OLD NEW | merge FROM INTO]",
    .about = "list the vehicles and their condition, rename one, or make two one",
    .details =
        "A name that is given up stays an alias: logs that come in under it later are taken for the new one. Ids "
        "of flights stay.\n\nExamples:\n  uavlake vehicles rename board-0123456789abcdef uav21\n"
        "  uavlake vehicles merge uav01 uav21 --by p-07",
    .options = (const struct option[]){LISTING_OPTIONS,
                                       {"by", 0, "NAME", "who renames or merges (a pseudonym), for the history"},
                                       {NULL}},
    .most_arguments = 3,
    .run = vehicles_run,
};
