/* logs: the files in the lake. */
#include "command/listing.h"

static const struct listing listing = {
    .collection = "logs",
    .columns = (const struct listing_column[]){{"id", "log", FORM_ID},
                                               {"date", "date", FORM_TIME},
                                               {"vehicle", "vehicle", FORM_TEXT},
                                               {"kind", "kind", FORM_TEXT},
                                               {"source", "source", FORM_TEXT},
                                               {"bytes", "size", FORM_SIZE},
                                               {"state", "state", FORM_TEXT},
                                               {"flights", "flights", FORM_COUNT},
                                               {"quality", "quality", FORM_NUMBER},
                                               {"name", "name", FORM_TEXT},
                                               {"reason", "reason", FORM_TEXT},
                                               {NULL}},
    .order_by = "date",
    .one = "log",
    .many = "logs",
};

static enum status logs_run(struct invocation *in, struct error *error) {
  return listing_print(in, &listing, error);
}

const struct command command_logs = {
    .name = "logs",
    .arguments = "",
    .about = "list the logs in the lake",
    .details =
        "States: stored, loaded, assessed (done), kept_raw (no decoder for its kind), quarantined (with a reason).\n"
        "Example: uavlake logs --state quarantined",
    .options = (const struct option[]){LISTING_OPTIONS,
                                       {"kind", 'k', "KIND", "only this kind: dataflash, mavlink, jpeg, …"},
                                       {"source", 's', "SOURCE",
                                        "only this source: carrier, ground_station, payload, …"},
                                       {NULL}},
    .run = logs_run,
};
