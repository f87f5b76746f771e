/* link: says which flight logs belong to. */
#include "command/listing.h"
#include "lake/correct.h"

#include <jansson.h>

/* The id of the document that was typed, which must be of the collection. */
static enum status find_id(struct lake *lake, struct invocation *in, const char *typed, const char *collection,
                           const char **ret_id, struct error *error) {
  const char *text, *found;
  TRY(document_find(lake, in->arena, typed, &text, &found, error));
  if (strcmp(found, collection) != 0)
    return error_set(error, STATUS_SETTINGS, "'%s' is one of the %s; one of the %s is wanted", typed, found,
                     collection);
  json_t *document = json_loads(text, 0, NULL);
  const char *id = json_string_value(json_object_get(document, "id"));
  *ret_id = arena_copy_text(in->arena, id ? id : "");
  json_decref(document);
  return STATUS_OK;
}

static enum status link_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *typed = invocation_option(in, "flight"), *by = invocation_option(in, "by"), *flight, *log;
  if (!typed)
    return error_set(error, STATUS_SETTINGS, "link needs a flight: give --flight FLIGHT");
  TRY(open_lake(in, &lake, error));
  TRY(lake_lock(lake, NULL, NULL, error));
  TRY(find_id(lake, in, typed, "flights", &flight, error));
  for (int i = 0; i < in->argument_count; i++) {
    TRY(find_id(lake, in, in->arguments[i], "logs", &log, error));
    TRY(correct_link(lake, log, flight, by && by[0] ? by : "link", error));
    if (in->json)
      printf("{\"log\":\"%s\",\"flight\":\"%s\"}\n", log, flight);
    else
      printf("log %.12s: linked to %s\n", log, flight);
  }
  return STATUS_OK;
}

const struct command command_link = {
    .name = "link",
    .arguments = "LOG…",
    .about = "say which flight logs, photos or films belong to",
    .details = "What a person says stands against what is found later, and is kept in the log's history ('uavlake show "
               "LOG').\nA log that knows no UTC gets the flight's: by its track, else by whole quarters of an hour.\n\n"
               "Example: uavlake link 3f2a 77c0 --flight uav11-20260314T101502Z --by p-07",
    .options = (const struct option[]){{"flight", 'f', "FLIGHT", "the flight (the beginning of its id is enough)"},
                                       {"by", 0, "NAME", "who says so (a pseudonym), for the history"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = link_run,
};
