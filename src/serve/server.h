/* server: what all requests share: the lake, the SQL engine, who is signed in, and counters. */
#ifndef UAVLAKE_SERVER_H
#define UAVLAKE_SERVER_H

#include "lake/lake.h"
#include "serve/auth.h"

struct server;

struct server_options {
  const char *listen;            /* "127.0.0.1:8100" */
  bool open_to_network;          /* other addresses than loopback are allowed */
  const char *const *host_names; /* names in the Host header that are allowed too; ended by NULL; may be NULL */
  const char *token_path;        /* where a token for programs is written, readable by the owner only; NULL: none */
  double query_timeout_s;        /* of one SQL query, 0: 60 */
  bool json;                     /* links are printed as JSON, one object a line */
};

/* Call it before other threads start: signals that end the program are blocked from here on and taken by server_run. */
must_check enum status server_new(struct lake *lake, const struct server_options *options, struct server **ret_server,
                                  struct error *error);
void server_free(struct server *server);
static inline void server_scope_end(struct server **server) {
  server_free(*server);
}
/* Running SQL ends; for a quick shutdown. */
void server_cancel(struct server *server);

struct lake *server_lake(struct server *server);
struct catalog *server_catalog(struct server *server);
struct auth *server_auth(struct server *server);
const struct server_options *server_get_options(const struct server *server);
double server_uptime_s(const struct server *server);
/* The SQL engine, looking again at the catalogue where something was added since. */
must_check enum status server_warehouse(struct server *server, struct warehouse **ret_warehouse, struct error *error);

/* A number that changes when the lake does: looked at once a second at most, whoever asks. */
must_check enum status server_revision(struct server *server, uint64_t *ret_revision, struct error *error);

/* Counts of answered requests by class of HTTP status (2 … 5). */
void server_count_reply(struct server *server, int http_status);
uint64_t server_replies(const struct server *server, int http_class);

/* Serves until SIGINT or SIGTERM; prints where to open the page, and a new link on SIGUSR1 or the Enter key. */
must_check enum status server_run(struct server *server, struct error *error);

#endif
