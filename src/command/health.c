/* health: what is wearing out: the findings over the flights. */
#include "command/listing.h"

static const struct listing listing = {
    .collection = "findings",
    .columns = (const struct listing_column[]){{"time", "flight (UTC)", FORM_TIME},
                                               {"vehicle", "vehicle", FORM_TEXT},
                                               {"severity", "severity", FORM_TEXT},
                                               {"kind", "kind", FORM_TEXT},
                                               {"component", "component", FORM_TEXT},
                                               {"confidence", "conf.", FORM_NUMBER},
                                               {"state", "state", FORM_TEXT},
                                               {"text", "finding", FORM_TEXT},
                                               {NULL}},
    .order_by = "time",
    .one = "finding",
    .many = "findings",
};

static enum status health_run(struct invocation *in, struct error *error) {
  return listing_print(in, &listing, error);
}

const struct command command_health = {
    .name = "health",
    .arguments = "",
    .about = "list what is wearing out, with evidence",
    .details =
        "A finding is open until a later flight measured the same and found nothing; of one that comes on several "
        "flights the last is open, the others are repeated.\n"
        "Example: uavlake health --state open",
    .options = (const struct option[]){LISTING_OPTIONS, {"severity", 0, "LEVEL", "info, warning or critical"}, {NULL}},
    .run = health_run,
};
