/* vehicles: who flies, how much, in which condition. */
#include "command/listing.h"

static const struct listing listing = {
    .collection = "vehicles",
    .columns = (const struct listing_column[]){{"id", "vehicle", FORM_TEXT},
                                               {"class", "class", FORM_TEXT},
                                               {"firmware", "firmware", FORM_TEXT},
                                               {"flights", "flights", FORM_COUNT},
                                               {"airborne_s", "airborne", FORM_SECONDS},
                                               {"last_flight", "last flight (UTC)", FORM_TIME},
                                               {"open_findings", "open findings", FORM_COUNT},
                                               {"state", "condition", FORM_TEXT},
                                               {NULL}},
    .order_by = "last_flight",
    .descending = true,
    .one = "vehicle",
    .many = "vehicles",
};

static enum status vehicles_run(struct invocation *in, struct error *error) {
  return listing_print(in, &listing, error);
}

const struct command command_vehicles = {
    .name = "vehicles",
    .arguments = "",
    .about = "list the vehicles and their condition",
    .options = (const struct option[]){LISTING_OPTIONS, {NULL}},
    .run = vehicles_run,
};
