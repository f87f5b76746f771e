/* http: one request and its reply, as the resources (api_*.c) see them; starting and stopping the server. */
#ifndef UAVLAKE_HTTP_H
#define UAVLAKE_HTTP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/input.h"
#include "serve/route.h"
#include "serve/server.h"

#define REQUEST_BODY_MAX ((size_t)1 << 20)
#define REPLY_MAX ((size_t)128 << 20)

struct reply {
  struct buffer body;
  const char *media_type; /* "application/json" unless said otherwise */
  const char *file_name;  /* set: offered for saving under this name */
  struct input *input;    /* set: sent instead of the body; closed by the server */
  const char *etag;       /* set: a client that has it gets 304 */
};

struct MHD_Connection;
struct request {
  struct server *server;
  struct arena *arena; /* lives as long as the request */
  const char *method, *path;
  struct route_captures captures;
  struct buffer body;
  struct identity identity;
  struct reply reply;
  struct MHD_Connection *connection;
};

/* A value of the query string; NULL where it wasn't given. */
const char *request_parameter(const struct request *request, const char *name);
/* A whole number of the query string; *ret_value keeps what the caller put there where it wasn't given. */
must_check enum status request_number(const struct request *request, const char *name, int64_t least, int64_t most,
                                      int64_t *ret_value, struct error *error);

struct http;
/* Listens at "host:port" ("[::1]:8100", "127.0.0.1:0" for any free port). Only loopback unless open_to_network. */
must_check enum status http_start(struct server *server, const char *listen, bool open_to_network,
                                  struct http **ret_http, struct error *error);
/* "127.0.0.1:8100" as it is reached. */
const char *http_address(const struct http *http);
/* Lets running requests end; NULL is allowed. */
void http_stop(struct http *http);
static inline void http_scope_end(struct http **http) {
  http_stop(*http);
}

#endif
