/* unlink: says that a log belongs to no flight. */
#include "command/listing.h"
#include "lake/correct.h"

#include <jansson.h>

static enum status unlink_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *text, *collection, *by = invocation_option(in, "by");
  TRY(open_lake(in, &lake, error));
  TRY(lake_lock(lake, NULL, NULL, error));
  for (int i = 0; i < in->argument_count; i++) {
    TRY(document_find(lake, in->arena, in->arguments[i], &text, &collection, error));
    if (strcmp(collection, "logs") != 0)
      return error_set(error, STATUS_SETTINGS, "'%s' is one of the %s; a log is wanted", in->arguments[i], collection);
    json_t *document = json_loads(text, 0, NULL);
    const char *id = json_string_value(json_object_get(document, "id"));
    enum status status = correct_unlink(lake, id, by && by[0] ? by : "unlink", error);
    if (status == STATUS_OK)
      printf(in->json ? "{\"log\":\"%s\",\"flight\":null}\n" : "log %.12s: belongs to no flight\n", id);
    json_decref(document);
    TRY(status);
  }
  return STATUS_OK;
}

const struct command command_unlink = {
    .name = "unlink",
    .arguments = "LOG…",
    .about = "say that logs, photos or films belong to no flight",
    .details = "Later adds leave it so; 'uavlake link' takes it back. The log that describes a flight cannot be taken "
               "from it.\n\nExample: uavlake unlink 3f2a --by p-07",
    .options = (const struct option[]){{"by", 0, "NAME", "who says so (a pseudonym), for the history"}, {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = unlink_run,
};
