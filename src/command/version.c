/* version: which uavlake this is. */
#include "command/command.h"

static enum status version_run(struct invocation *in, struct error *error) {
  (void)error;
  printf(in->json ? "{\"version\":\"%s\"}\n" : "uavlake %s\n", UAVLAKE_VERSION);
  return STATUS_OK;
}

const struct command command_version = {
    .name = "version",
    .arguments = "",
    .about = "print the program's version",
    .run = version_run,
};
