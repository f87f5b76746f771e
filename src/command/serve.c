/* serve: the web page and API of a lake. */
#include "command/listing.h"
#include "serve/server.h"

#define NAMES_MAX 32

/* --listen says all, --port stands for this machine only. */
static enum status take_address(const struct invocation *in, const char **ret_listen, struct error *error) {
  const char *listen = invocation_option(in, "listen");
  int64_t port = 8100;
  if (listen && invocation_option(in, "port"))
    return error_set(error, STATUS_SETTINGS, "--port and --listen both name a port: leave one out");
  TRY(invocation_number(in, "port", 0, 65535, &port, error));
  *ret_listen = listen ? listen : arena_format(in->arena, "127.0.0.1:%d", (int)port);
  return STATUS_OK;
}

static enum status serve_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  scoped(server) struct server *server = NULL;
  const char *names[NAMES_MAX + 1] = {NULL};
  for (int i = 0; i < NAMES_MAX && invocation_option_at(in, "name", i); i++)
    names[i] = invocation_option_at(in, "name", i);
  int64_t timeout_s = 60;
  const char *listen = NULL;
  TRY(invocation_number(in, "timeout", 1, 86400, &timeout_s, error));
  TRY(take_address(in, &listen, error));
  struct server_options options = {
      .listen = listen,
      .json = in->json,
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
        "With --json the link stands in an object: {\"link\": …, \"address\": …, \"lake\": …, \"process\": …}.\n"
        "Example: uavlake serve --port 8100",
    .options =
        (const struct option[]){
            {"port", 'p', "PORT", "listen at this port of this machine only (8100; 0: any free one)"},
            {"listen", 0, "ADDRESS:PORT", "where to listen (127.0.0.1:8100)"},
            {"open-to-network", 0, NULL, "let --listen be an address that other machines reach (not encrypted)"},
            {"name", 0, "HOST", "a name under which the server is reached too (repeatable)"},
            {"token-file", 0, "FILE", "write a token for programs into this file, readable by you only"},
            {"timeout", 0, "SECONDS", "end an SQL query after so long (60)"},
            {NULL},
        },
    .run = serve_run,
};
