/* flights: what was flown. */
#include "command/listing.h"

static const struct listing listing = {
    .collection = "flights",
    .columns = (const struct listing_column[]){{"id", "flight", FORM_TEXT},
                                               {"start", "start (UTC)", FORM_TIME},
                                               {"vehicle", "vehicle", FORM_TEXT},
                                               {"airborne_s", "airborne", FORM_SECONDS},
                                               {"distance_m", "distance m", FORM_NUMBER},
                                               {"max_height_m", "height m", FORM_NUMBER},
                                               {"logs", "logs", FORM_COUNT},
                                               {"quality", "quality", FORM_NUMBER},
                                               {"findings", "findings", FORM_COUNT},
                                               {"worst", "worst", FORM_TEXT},
                                               {NULL}},
    .order_by = "start",
    .one = "flight",
    .many = "flights",
};

static enum status flights_run(struct invocation *in, struct error *error) {
  return listing_print(in, &listing, error);
}

const struct command command_flights = {
    .name = "flights",
    .arguments = "",
    .about = "list the flights",
    .details = "Example: uavlake flights --vehicle uav11 --from 2026-03-01",
    .options = (const struct option[]){LISTING_OPTIONS, {NULL}},
    .run = flights_run,
};
