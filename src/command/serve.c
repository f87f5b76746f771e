/* serve: the web page and API of a lake. */
#include "command/listing.h"
#include "serve/server.h"

#define NAMES_MAX 32

static enum status serve_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  scoped(server) struct server *server = NULL;
  const char *names[NAMES_MAX + 1] = {NULL};
  for (int i = 0; i < NAMES_MAX && invocation_option_at(in, "name", i); i++)
    names[i] = invocation_option_at(in, "name", i);
  int64_t timeout_s = 60;
  TRY(invocation_number(in, "timeout", 1, 86400, &timeout_s, error));
  struct server_options options = {
      .listen = invocation_option(in, "listen") ? invocation_option(in, "listen") : "127.0.0.1:8100",
      .open_to_network = invocation_option(in, "open-to-network") != NULL,
      .host_names = names,
      .token_path = invocation_option(in, "token-file"),
      .query_timeout_s = (double)timeout_s,
  };
  TRY(open_lake(in, &lake, error));
  TRY(server_new(lake, &options, &server, error));
  return server_run(server, error);
}

const struct command command_serve = {
    .name = "serve",
    .arguments = "",
    .about = "serve the web page and API of the lake",
    .details =
        "Prints a link that opens the page once; Enter (or SIGUSR1) prints another. Nothing is loaded from elsewhere.\n"
        "Programs send 'Authorization: Bearer TOKEN' with the token of --token-file; /api/v1/openapi.json describes "
        "the API.\n"
        "Example: uavlake serve --listen 127.0.0.1:8100",
    .options =
        (const struct option[]){
            {"listen", 0, "ADDRESS:PORT", "where to listen (127.0.0.1:8100)"},
            {"open-to-network", 0, NULL, "let --listen be an address that other machines reach (not encrypted)"},
            {"name", 0, "HOST", "a name under which the server is reached too (repeatable)"},
            {"token-file", 0, "FILE", "write a token for programs into this file, readable by you only"},
            {"timeout", 0, "SECONDS", "end an SQL query after so long (60)"},
            {NULL},
        },
    .run = serve_run,
};
