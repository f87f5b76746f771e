/* http: requests over libmicrohttpd.
 *
 * A thread a connection (at most CONNECTIONS_MAX): a slow query holds up nobody else, and a page needs no more than
 * six. A request goes: Host header → the route → the right (session cookie or bearer token) → the handler → reply. What
 * is no route is a file of the page. Every reply carries the headers that keep a browser from loading, framing or
 * running anything that is not the server's own. */
#include "serve/http.h"

#include "base/clock.h"
#include "serve/asset.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 128
#define IDLE_S 60
#define STREAM_BLOCK ((size_t)256 << 10)

struct http {
  struct MHD_Daemon *daemon;
  struct server *server;
  char host[256]; /* as the user wrote it, without the port */
  char address[300];
  char cookie[32];
  uint16_t port;
};

/* ---- what a request carries ---- */

static int digit_of(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* Takes %xx out of a path or a value, in place. A slash of a name stays apart from those between the parts of a path;
 * what is no %xx, or would end the text, stays as it was sent. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
  char *out = text;
  (void)context, (void)connection;
  for (const char *in = text; *in;) {
    int high = *in == '%' ? digit_of(in[1]) : -1, low = high >= 0 ? digit_of(in[2]) : -1;
    if (low < 0 || (high == 0 && low == 0)) {
      *out++ = *in++;
      continue;
    }
    char c = (char)(high << 4 | low);
    *out++ = c == '/' ? PATH_SLASH : c;
    in += 3;
  }
  *out = 0;
  return (size_t)(out - text);
}

const char *request_parameter(const struct request *request, const char *name) {
  const char *value = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
  if (!value || !strchr(value, PATH_SLASH))
    return value;
  char *copy = arena_copy(request->arena, value, strlen(value));
  for (char *c = copy; *c; c++)
    if (*c == PATH_SLASH)
      *c = '/';
  return copy;
}

enum status request_number(const struct request *request, const char *name, int64_t least, int64_t most,
                           int64_t *ret_value, struct error *error) {
  const char *typed = request_parameter(request, name);
  int64_t value;
  if (!typed)
    return STATUS_OK;
  if (!text_to_i64(text_of(typed), &value) || value < least || value > most)
    return error_set(error, STATUS_SETTINGS, "%s wants a whole number from %lld to %lld, not '%s'", name,
                     (long long)least, (long long)most, typed);
  *ret_value = value;
  return STATUS_OK;
}

static const char *header(const struct request *request, const char *name) {
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct request *request_new(struct http *http, struct MHD_Connection *connection, const char *path,
                                   const char *method) {
  struct arena *arena = arena_new(0);
  struct request *request = arena_alloc(arena, sizeof *request);
  request->arena = arena;
  request->server = http->server;
  request->connection = connection;
  request->path = arena_copy_text(arena, path);
  request->method = arena_copy_text(arena, method);
  request->body = buffer_with_max(REQUEST_BODY_MAX);
  request->reply.body = buffer_with_max(REPLY_MAX);
  request->reply.media_type = "application/json; charset=utf-8";
  return request;
}

static void request_free(struct request *request) {
  buffer_free(&request->body);
  buffer_free(&request->reply.body);
  if (request->reply.input)
    input_close(request->reply.input);
  arena_free(request->arena);
}

/* ---- replies ---- */

static void add_security_headers(struct MHD_Response *response) {
  static const char *const headers[][2] = {
      {"Content-Security-Policy",
       "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
       "frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
  };
  for (size_t i = 0; i < ARRAY_COUNT(headers); i++)
    MHD_add_response_header(response, headers[i][0], headers[i][1]);
}

static enum MHD_Result queue(struct request *request, int http_status, struct MHD_Response *response) {
  if (!response)
    return MHD_NO;
  add_security_headers(response);
  server_count_reply(request->server, http_status);
  enum MHD_Result result = MHD_queue_response(request->connection, (unsigned)http_status, response);
  MHD_destroy_response(response);
  return result;
}

/* The body's memory goes over to the response. */
static struct MHD_Response *response_of_body(struct buffer *body) {
  buffer_text(body);
  struct MHD_Response *response = MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_FREE);
  if (response)
    *body = buffer_with_max(body->max);
  return response;
}

static ssize_t read_stream(void *context, uint64_t offset, char *out, size_t size) {
  size_t count;
  if (input_read_at(context, offset, out, size, &count, NULL) != STATUS_OK)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  return count ? (ssize_t)count : MHD_CONTENT_READER_END_OF_STREAM;
}

static void close_stream(void *context) {
  input_close(context);
}

static struct MHD_Response *response_of_stream(struct reply *reply) {
  struct MHD_Response *response = MHD_create_response_from_callback(input_size(reply->input), STREAM_BLOCK, read_stream,
                                                                    reply->input, close_stream);
  if (response)
    reply->input = NULL;
  return response;
}

/* A name in quotes that holds nothing which ends them. */
static void add_file_name(struct request *request, struct MHD_Response *response) {
  const char *safe = text_safe_name(request->arena, text_of(request->reply.file_name), 120);
  MHD_add_response_header(response, "Content-Disposition",
                          arena_format(request->arena, "attachment; filename=\"%s\"", safe));
}

static enum MHD_Result send_reply(struct request *request) {
  struct reply *reply = &request->reply;
  const char *known = header(request, "If-None-Match");
  bool unchanged = reply->etag && known && strcmp(known, reply->etag) == 0;
  if (unchanged)
    buffer_clear(&reply->body);
  struct MHD_Response *response = reply->input ? response_of_stream(reply) : response_of_body(&reply->body);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Content-Type", reply->media_type);
  MHD_add_response_header(response, "Cache-Control", reply->etag ? "no-cache" : "no-store");
  if (reply->etag)
    MHD_add_response_header(response, "ETag", reply->etag);
  if (reply->file_name)
    add_file_name(request, response);
  return queue(request, unchanged ? 304 : 200, response);
}

/* The methods that a path takes, for a request with another one. */
static void add_allow(struct request *request, struct MHD_Response *response) {
  struct route_captures captures;
  bool other_method;
  bool post = route_find("POST", request->path, request->arena, &captures, &other_method) != NULL;
  bool get = !post || other_method;
  MHD_add_response_header(response, "Allow", !get ? "POST" : post ? "GET, HEAD, POST" : "GET, HEAD");
}

static enum MHD_Result send_failure(struct request *request, int http_status, const struct error *error) {
  scoped(buffer) struct buffer body = buffer_with_max(8192);
  struct json_writer json = json_writer_of(&body);
  json_object_begin(&json, NULL);
  json_object_begin(&json, "error");
  json_c_string(&json, "status", status_row(error->status)->name);
  json_c_string(&json, "text", error->text);
  json_object_end(&json);
  json_object_end(&json);
  struct MHD_Response *response = response_of_body(&body);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (http_status == 401)
    MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"uavlake\"");
  if (http_status == 405)
    add_allow(request, response);
  return queue(request, http_status, response);
}

static enum MHD_Result send_status(struct request *request, const struct error *error) {
  if (error->status == STATUS_BUG || error->status == STATUS_IO)
    fprintf(stderr, "uavlake serve: %s %s: %s\n", request->method, request->path, error->text);
  return send_failure(request, status_row(error->status)->http_status, error);
}

/* ---- who asks ---- */

static const char *cookie_secret(const struct http *http, const struct request *request) {
  return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, http->cookie);
}

static enum status identify(const struct http *http, struct request *request, struct error *error) {
  struct auth *auth = server_auth(request->server);
  const char *authorization = header(request, "Authorization");
  int64_t now_us = clock_now_us();
  if (authorization && strncasecmp(authorization, "Bearer ", 7) == 0)
    return auth_check(auth, SECRET_TOKEN, authorization + 7, now_us, &request->identity, error);
  return auth_check(auth, SECRET_SESSION, cookie_secret(http, request), now_us, &request->identity, error);
}

/* A page of another origin can send a cookie's POST only as a form; JSON and the headers that browsers add tell it from
 * ours. */
static enum status check_post(const struct request *request, struct error *error) {
  const char *type = header(request, "Content-Type"), *origin = header(request, "Origin"),
             *host = header(request, "Host");
  if (!type || strncasecmp(type, "application/json", 16) != 0)
    return error_set(error, STATUS_UNSUPPORTED, "send the request as application/json");
  const char *origin_host = origin ? strstr(origin, "://") : NULL;
  if (origin && (!origin_host || !host || strcasecmp(origin_host + 3, host) != 0))
    return error_set(error, STATUS_DENIED, "requests from pages of %s are refused", origin);
  const char *site = header(request, "Sec-Fetch-Site");
  if (site && strcasecmp(site, "same-origin") != 0 && strcasecmp(site, "none") != 0)
    return error_set(error, STATUS_DENIED, "requests from pages of other sites are refused");
  return STATUS_OK;
}

static enum MHD_Result send_start(struct http *http, struct request *request) {
  char session[SECRET_TEXT];
  struct error error;
  if (auth_exchange(server_auth(http->server), request_parameter(request, "key"), clock_now_us(), session, &error) !=
      STATUS_OK) {
    asset_notice(&request->reply.body, "This link is used up", error.text);
    request->reply.media_type = "text/html; charset=utf-8";
    struct MHD_Response *response = response_of_body(&request->reply.body);
    if (!response)
      return MHD_NO;
    MHD_add_response_header(response, "Content-Type", request->reply.media_type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    return queue(request, 403, response);
  }
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Location", "/");
  MHD_add_response_header(response, "Cache-Control", "no-store");
  MHD_add_response_header(response, "Set-Cookie",
                          arena_format(request->arena, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict",
                                       http->cookie, session, SESSION_LIFETIME_S));
  return queue(request, 303, response);
}

/* ---- dispatch ---- */

static bool is_read(const struct request *request) {
  return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

static enum MHD_Result send_asset(struct request *request) {
  const struct asset *asset = asset_find(request->path);
  struct error error;
  if (!asset) {
    error_set(&error, STATUS_NOT_FOUND, "there is nothing at %s", request->path);
    return send_status(request, &error);
  }
  buffer_add(&request->reply.body, asset->content.data, asset->content.size);
  request->reply.media_type = asset->media_type;
  request->reply.etag = arena_copy_text(request->arena, asset->etag);
  return send_reply(request);
}

static enum MHD_Result run_route(const struct http *http, struct request *request, const struct route *route) {
  struct error error = {.status = STATUS_OK};
  if (route->right != RIGHT_NONE && identify(http, request, &error) != STATUS_OK)
    return send_failure(request, 401, &error);
  if ((request->identity.rights & route->right) != (uint32_t)route->right) {
    error_set(&error, STATUS_DENIED, "%s may not do that: ask an administrator", request->identity.name);
    return send_status(request, &error);
  }
  if (!is_read(request) && check_post(request, &error) != STATUS_OK)
    return send_status(request, &error);
  if (route->handle(request, &error) != STATUS_OK)
    return send_status(request, &error);
  if (request->reply.body.failed) {
    error_set(&error, STATUS_LIMIT, "the answer is over %zu MB: ask for less", REPLY_MAX >> 20);
    return send_status(request, &error);
  }
  return send_reply(request);
}

static enum MHD_Result dispatch(struct http *http, struct request *request) {
  struct error error;
  bool other_method;
  if (!auth_host_is_own(header(request, "Host"), server_get_options(http->server)->host_names)) {
    error_set(&error, STATUS_DENIED,
              "this server does not answer to the name '%s': open it by its address, or start it with --name",
              header(request, "Host") ? header(request, "Host") : "");
    return send_failure(request, 421, &error);
  }
  if (strcmp(request->method, "GET") == 0 && strcmp(request->path, "/start") == 0) /* HEAD must not use a link up */
    return send_start(http, request);
  const struct route *route = route_find(request->method, request->path, request->arena, &request->captures,
                                         &other_method);
  if (route)
    return run_route(http, request, route);
  if (other_method || !is_read(request)) {
    error_set(&error, STATUS_UNSUPPORTED, "%s does not take %s", request->path, request->method);
    return send_failure(request, 405, &error);
  }
  return send_asset(request);
}

static bool announces_too_much(const struct request *request) {
  const char *typed = header(request, "Content-Length");
  int64_t size;
  return typed && (!text_to_i64(text_of(typed), &size) || size < 0 || (uint64_t)size > REQUEST_BODY_MAX);
}

static enum MHD_Result send_too_much(struct request *request) {
  struct error error;
  error_set(&error, STATUS_LIMIT, "the request is over %zu kB: send less", REQUEST_BODY_MAX >> 10);
  return send_status(request, &error);
}

/* Called when the headers are there, then for each piece of the body, then once without any. */
static enum MHD_Result take_request(void *context, struct MHD_Connection *connection, const char *path,
                                    const char *method, const char *version, const char *data, size_t *size,
                                    void **kept) {
  (void)version;
  struct request *request = *kept;
  if (!request) {
    *kept = request = request_new(context, connection, path, method);
    return announces_too_much(request) ? send_too_much(request) : MHD_YES;
  }
  if (*size) {
    buffer_add(&request->body, data, *size);
    *size = 0;
    return MHD_YES;
  }
  return request->body.failed ? send_too_much(request) : dispatch(context, request);
}

static void end_request(void *context, struct MHD_Connection *connection, void **kept,
                        enum MHD_RequestTerminationCode reason) {
  (void)context, (void)connection, (void)reason;
  if (*kept)
    request_free(*kept);
  *kept = NULL;
}

/* ---- listening ---- */

/* "host:port", "[host]:port" or ":port" → its parts. */
static enum status cut_address(const char *listen, char host[256], char port[16], struct error *error) {
  const char *colon = strrchr(listen, ':');
  struct text left = {listen, colon ? (size_t)(colon - listen) : 0};
  int64_t number;
  if (left.size > 1 && left.data[0] == '[' && left.data[left.size - 1] == ']')
    left = (struct text){left.data + 1, left.size - 2};
  if (!colon || left.size == 0 || left.size >= 256 || !text_to_i64(text_of(colon + 1), &number) || number < 0 ||
      number > 65535)
    return error_set(error, STATUS_SETTINGS, "--listen wants ADDRESS:PORT such as 127.0.0.1:8100, not '%s'", listen);
  snprintf(host, 256, "%.*s", (int)left.size, left.data);
  snprintf(port, 16, "%d", (int)number);
  return STATUS_OK;
}

static bool is_loopback(const struct sockaddr *address) {
  if (address->sa_family == AF_INET)
    return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static enum status refuse_port(const char *listen, int reason, struct error *error) {
  if (reason == EADDRINUSE)
    return error_set(error, STATUS_NETWORK,
                     "%s is taken, perhaps by another 'uavlake serve': end that, or choose another port with --port",
                     listen);
  if (reason == EACCES)
    return error_set(error, STATUS_DENIED, "%s may not be opened by this user: choose a port from 1024 on with --port",
                     listen);
  return error_set_errno(error, reason, "cannot listen at %s", listen);
}

static enum status bind_socket(const struct addrinfo *found, const char *listen_at, int *ret_socket,
                               struct error *error) {
  int on = 1, fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot open a socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 64) != 0) {
    int reason = errno;
    close(fd);
    return refuse_port(listen_at, reason, error);
  }
  *ret_socket = fd;
  return STATUS_OK;
}

static enum status open_socket(const char *listen, bool open_to_network, char host[256], int *ret_socket,
                               struct error *error) {
  char port[16];
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
  TRY(cut_address(listen, host, port, error));
  int code = getaddrinfo(host, port, &hints, &found);
  if (code != 0)
    return error_set(error, STATUS_SETTINGS, "the address '%s' of --listen is not known: %s", host, gai_strerror(code));
  enum status status = open_to_network || is_loopback(found->ai_addr)
                           ? bind_socket(found, listen, ret_socket, error)
                           : error_set(error, STATUS_SETTINGS,
                                       "%s can be reached by other machines, and this server does not encrypt: use "
                                       "127.0.0.1, or add --open-to-network if you mean it",
                                       host);
  freeaddrinfo(found);
  return status;
}

static uint16_t port_of(int fd) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address = {0};
  socklen_t size = sizeof address;
  if (getsockname(fd, &address.any, &size) != 0)
    return 0;
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static void name_address(struct http *http, int fd) {
  http->port = port_of(fd);
  bool any = strcmp(http->host, "0.0.0.0") == 0 || strcmp(http->host, "::") == 0;
  const char *host = any ? "127.0.0.1" : http->host;
  snprintf(http->address, sizeof http->address, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, http->port);
  snprintf(http->cookie, sizeof http->cookie, "uavlake_%u", http->port); /* cookies don't tell ports apart */
}

enum status http_start(struct server *server, const char *listen, bool open_to_network, struct http **ret_http,
                       struct error *error) {
  struct http *http = memory_new(sizeof *http);
  int fd = -1;
  enum status status = open_socket(listen, open_to_network, http->host, &fd, error);
  if (status != STATUS_OK) {
    free(http);
    return status;
  }
  http->server = server;
  name_address(http, fd);
  http->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0,
                                  NULL, NULL, take_request, http, MHD_OPTION_LISTEN_SOCKET, fd,
                                  MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                  (unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL,
                                  MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
  if (!http->daemon) {
    close(fd);
    free(http);
    return error_set(error, STATUS_NETWORK,
                     "the web server could not be started at %s: try again, or another port with --listen", listen);
  }
  *ret_http = http;
  return STATUS_OK;
}

const char *http_address(const struct http *http) {
  return http->address;
}

void http_stop(struct http *http) {
  if (!http)
    return;
  server_cancel(http->server);
  MHD_stop_daemon(http->daemon); /* closes the socket too */
  free(http);
}
