/* init: a new lake. */
#include "command/listing.h"

static enum status init_run(struct invocation *in, struct error *error) {
  const char *root = in->argument_count ? in->arguments[0] : in->lake;
  TRY(lake_init(root, error));
  if (in->json) {
    scoped(buffer) struct buffer text = buffer_with_max(8192);
    struct json_writer json = json_writer_of(&text);
    json_object_begin(&json, NULL);
    json_c_string(&json, "lake", root);
    json_object_end(&json);
    puts(buffer_text(&text));
  } else {
    printf("a lake was made in %s; add logs with: uavlake add PATH… --lake %s\n", root, root);
  }
  return STATUS_OK;
}

const struct command command_init = {
    .name = "init",
    .arguments = "[DIR]",
    .about = "make a new, empty lake",
    .most_arguments = 1,
    .run = init_run,
};
