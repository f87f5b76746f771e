/* http_client: see http_client.h.
 *
 * An exchange is one libcurl handle with the request that it runs. http_send takes an idle exchange of the client,
 * whose handle keeps its connection, so threads that send one request after another each keep one connection. A batch
 * runs its exchanges in one libcurl multi handle, which keeps their connections. Handles are reset, never made anew.
 *
 * A connection that the server closed while it was idle is found out only when it is used: libcurl then connects again
 * and rewinds the body, if it can. */
#include "base/http_client.h"

#include "base/arena.h"
#include "base/curl_library.h"
#include "base/file.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define CONNECT_MS_DEFAULT 10000u
#define STALL_S_DEFAULT 30u
#define HEADERS_MAX ((size_t)64 << 10)
#define BUFFER_BYTES (128l << 10)

struct exchange {
  struct exchange *next; /* in a list of idle ones, or of a batch's running ones */
  struct http_client *client;
  CURL *easy;
  struct curl_slist *headers;
  struct http_request request;
  struct http_answer *answer;
  uint64_t sent; /* of the body */
  void *tag;
  struct error stopped; /* what a callback ended the request with */
  char reason[CURL_ERROR_SIZE];
};

struct http_client {
  const struct curl_library *curl;
  struct http_options options;
  char *proxy, *ca_file;
  pthread_mutex_t lock;
  struct exchange *idle;
};

struct http_batch {
  struct http_client *client;
  CURLM *multi;
  struct exchange *running, *idle;
  uint32_t count;
};

/* ---- the client ---- */

/* libcurl knows the path of the machine that it was built on; others keep the list elsewhere. */
static char *find_authorities(void) {
  static const char *const variables[] = {"AWS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"};
  static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"};
  for (size_t i = 0; i < ARRAY_COUNT(variables); i++) {
    const char *named = getenv(variables[i]);
    if (named && named[0])
      return memory_copy_text(named);
  }
  for (size_t i = 0; i < ARRAY_COUNT(places); i++)
    if (file_exists(places[i]))
      return memory_copy_text(places[i]);
  return NULL;
}

struct http_client *http_client_new(const struct http_options *options) {
  struct http_client *client = memory_new(sizeof *client);
  client->options = options ? *options : (struct http_options){0};
  client->proxy = client->options.proxy ? memory_copy_text(client->options.proxy) : NULL;
  client->ca_file = client->options.ca_file ? memory_copy_text(client->options.ca_file) : NULL;
  client->options.ca_file = NULL;
  pthread_mutex_init(&client->lock, NULL);
  return client;
}

/* What asks nobody, needs no library. */
static enum status start(struct http_client *client, struct error *error) {
  const struct curl_library *curl;
  TRY(curl_library_load(&curl, error));
  pthread_mutex_lock(&client->lock);
  client->curl = curl;
  if (!client->ca_file)
    client->ca_file = find_authorities();
  pthread_mutex_unlock(&client->lock);
  return STATUS_OK;
}

static void exchange_free(struct exchange *exchange) {
  exchange->client->curl->slist_free_all(exchange->headers);
  exchange->client->curl->easy_cleanup(exchange->easy);
  free(exchange);
}

static void free_list(struct exchange *list) {
  while (list) {
    struct exchange *next = list->next;
    exchange_free(list);
    list = next;
  }
}

void http_client_free(struct http_client *client) {
  if (!client)
    return;
  free_list(client->idle);
  pthread_mutex_destroy(&client->lock);
  free(client->proxy);
  free(client->ca_file);
  free(client);
}

static struct exchange *exchange_new(struct http_client *client) {
  struct exchange *exchange = memory_new(sizeof *exchange);
  exchange->client = client;
  exchange->easy = client->curl->easy_init();
  if (!exchange->easy) {
    free(exchange);
    return NULL;
  }
  return exchange;
}

/* ---- what libcurl calls ---- */

static size_t give_body(char *data, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
  const struct http_request *request = &exchange->request;
  size_t room = size * count;
  if (!request->read) {
    size_t left = request->body.size - (size_t)exchange->sent, now = MIN(room, left);
    memcpy(data, request->body.data + exchange->sent, now);
    exchange->sent += now;
    return now;
  }
  room = (size_t)MIN((uint64_t)room, request->body_size - exchange->sent);
  int64_t got = room ? request->read(request->read_context, data, room, &exchange->stopped) : 0;
  if (got < 0)
    return CURL_READFUNC_ABORT;
  exchange->sent += (uint64_t)got;
  return (size_t)got;
}

static int rewind_body(void *context, curl_off_t offset, int origin) {
  struct exchange *exchange = context;
  if (origin != SEEK_SET || offset != 0)
    return CURL_SEEKFUNC_CANTSEEK;
  if (exchange->request.read && exchange->sent &&
      !(exchange->request.rewind && exchange->request.rewind(exchange->request.read_context)))
    return CURL_SEEKFUNC_FAIL;
  exchange->sent = 0;
  return CURL_SEEKFUNC_OK;
}

static long code_of(struct exchange *exchange) {
  long code = 0;
  exchange->client->curl->easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

static size_t take_body(char *data, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
  const struct http_request *request = &exchange->request;
  struct bytes bytes = bytes_of(data, size * count);
  long code = code_of(exchange);
  if (request->take && code >= 200 && code < 300) {
    if (request->take(request->take_context, bytes, &exchange->stopped) != STATUS_OK)
      return 0;
    return bytes.size;
  }
  buffer_add(&exchange->answer->body, bytes.data, bytes.size);
  if (!exchange->answer->body.failed)
    return bytes.size;
  error_set(&exchange->stopped, STATUS_LIMIT, "the answer of the server is longer than %zu bytes",
            exchange->answer->body.max);
  return 0;
}

/* "Name: value\r\n". A status line begins the headers anew (100 Continue, proxies). */
static size_t take_header(char *data, size_t size, size_t count, void *context) {
  struct exchange *exchange = context;
  struct buffer *headers = &exchange->answer->headers;
  struct text line = text_from(data, size * count);
  ptrdiff_t colon = text_find(line, ":");
  if (text_starts(line, "HTTP/")) {
    buffer_clear(headers);
    buffer_clear(&exchange->answer->body);
  } else if (colon > 0) {
    struct text value = text_trim(text_from(line.data + colon + 1, line.size - (size_t)colon - 1));
    for (ptrdiff_t i = 0; i < colon; i++)
      buffer_add_byte(headers,
                      (uint8_t)(line.data[i] >= 'A' && line.data[i] <= 'Z' ? line.data[i] + 32 : line.data[i]));
    buffer_add_byte(headers, 0);
    buffer_add(headers, value.data, value.size);
    buffer_add_byte(headers, 0);
  }
  if (!headers->failed)
    return line.size;
  error_set(&exchange->stopped, STATUS_LIMIT, "the headers of the server's answer are longer than %zu bytes",
            HEADERS_MAX);
  return 0;
}

void http_answer_free(struct http_answer *answer) {
  buffer_free(&answer->body);
  buffer_free(&answer->headers);
}

const char *http_answer_header(const struct http_answer *answer, const char *name) {
  const char *at = (const char *)answer->headers.data, *end = at + answer->headers.size;
  while (at && at < end) {
    const char *value = at + strlen(at) + 1;
    if (strcmp(at, name) == 0)
      return value;
    at = value + strlen(value) + 1;
  }
  return NULL;
}

/* ---- one exchange ---- */

static enum status add_header(struct exchange *exchange, const char *line, struct error *error) {
  struct curl_slist *longer = exchange->client->curl->slist_append(exchange->headers, line);
  if (!longer)
    return error_set(error, STATUS_LIMIT, "there is no memory left for the headers of a request");
  exchange->headers = longer;
  return STATUS_OK;
}

/* An empty value is written as "name;", as libcurl wants it. */
static enum status set_headers(struct exchange *exchange, struct error *error) {
  const struct http_request *request = &exchange->request;
  exchange->client->curl->slist_free_all(exchange->headers);
  exchange->headers = NULL;
  TRY(add_header(exchange, "Accept:", error));
  TRY(add_header(exchange, request->ask_first ? "Expect: 100-continue" : "Expect:", error));
  for (uint32_t i = 0; i < request->header_count; i++) {
    const struct http_header *header = &request->headers[i];
    if (strpbrk(header->value, "\r\n") || strpbrk(header->name, "\r\n: "))
      return error_set(error, STATUS_SETTINGS, "a line break can't stand in the header %.40s", header->name);
    scoped(buffer) struct buffer line = buffer_with_max(HEADERS_MAX);
    buffer_format(&line, "%s%s%s", header->name, header->value[0] ? ": " : ";", header->value);
    if (line.failed)
      return error_set(error, STATUS_LIMIT, "the header %.40s is too long", header->name);
    TRY(add_header(exchange, buffer_text(&line), error));
  }
  exchange->client->curl->easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
  return STATUS_OK;
}

static void set_method(struct exchange *exchange) {
  const struct curl_library *curl = exchange->client->curl;
  const struct http_request *request = &exchange->request;
  uint64_t size = request->read ? request->body_size : request->body.size;
  if (request->has_body || size) {
    curl->easy_setopt(exchange->easy, CURLOPT_UPLOAD, 1l);
    curl->easy_setopt(exchange->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
    curl->easy_setopt(exchange->easy, CURLOPT_READFUNCTION, give_body);
    curl->easy_setopt(exchange->easy, CURLOPT_READDATA, exchange);
    curl->easy_setopt(exchange->easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl->easy_setopt(exchange->easy, CURLOPT_SEEKDATA, exchange);
  } else if (strcmp(request->method, "HEAD") == 0) {
    curl->easy_setopt(exchange->easy, CURLOPT_NOBODY, 1l);
  } else {
    curl->easy_setopt(exchange->easy, CURLOPT_HTTPGET, 1l);
  }
  if (strcmp(request->method, "HEAD") != 0)
    curl->easy_setopt(exchange->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(struct exchange *exchange) {
  const struct curl_library *curl = exchange->client->curl;
  const struct http_options *options = &exchange->client->options;
  static const long families[] = {CURL_IPRESOLVE_WHATEVER, CURL_IPRESOLVE_V4, CURL_IPRESOLVE_V6};
  curl->easy_setopt(exchange->easy, CURLOPT_CONNECTTIMEOUT_MS,
                    (long)(options->connect_ms ? options->connect_ms : CONNECT_MS_DEFAULT));
  curl->easy_setopt(exchange->easy, CURLOPT_LOW_SPEED_LIMIT, 1l);
  curl->easy_setopt(exchange->easy, CURLOPT_LOW_SPEED_TIME,
                    (long)(options->stall_s ? options->stall_s : STALL_S_DEFAULT));
  curl->easy_setopt(exchange->easy, CURLOPT_TIMEOUT_MS, (long)exchange->request.total_ms);
  curl->easy_setopt(exchange->easy, CURLOPT_IPRESOLVE, families[options->family]);
  curl->easy_setopt(exchange->easy, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)options->upload_per_s);
}

static void set_basics(struct exchange *exchange) {
  const struct curl_library *curl = exchange->client->curl;
  curl->easy_setopt(exchange->easy, CURLOPT_URL, exchange->request.url);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl->easy_setopt(exchange->easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl->easy_setopt(exchange->easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl->easy_setopt(exchange->easy, CURLOPT_NOSIGNAL, 1l);
  curl->easy_setopt(exchange->easy, CURLOPT_PATH_AS_IS, 1l);
  curl->easy_setopt(exchange->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl->easy_setopt(exchange->easy, CURLOPT_TCP_NODELAY, 1l);
  curl->easy_setopt(exchange->easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
  curl->easy_setopt(exchange->easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
  curl->easy_setopt(exchange->easy, CURLOPT_ERRORBUFFER, exchange->reason);
  curl->easy_setopt(exchange->easy, CURLOPT_WRITEFUNCTION, take_body);
  curl->easy_setopt(exchange->easy, CURLOPT_WRITEDATA, exchange);
  curl->easy_setopt(exchange->easy, CURLOPT_HEADERFUNCTION, take_header);
  curl->easy_setopt(exchange->easy, CURLOPT_HEADERDATA, exchange);
  curl->easy_setopt(exchange->easy, CURLOPT_PRIVATE, exchange);
  if (exchange->client->proxy)
    curl->easy_setopt(exchange->easy, CURLOPT_PROXY, exchange->client->proxy);
  if (exchange->client->ca_file)
    curl->easy_setopt(exchange->easy, CURLOPT_CAINFO, exchange->client->ca_file);
}

static enum status exchange_prepare(struct exchange *exchange, const struct http_request *request,
                                    struct http_answer *answer, void *tag, struct error *error) {
  exchange->request = *request;
  exchange->answer = answer;
  exchange->tag = tag;
  exchange->sent = 0;
  exchange->stopped = (struct error){0};
  exchange->reason[0] = 0;
  answer->code = 0;
  buffer_clear(&answer->body);
  buffer_clear(&answer->headers);
  answer->body.max = request->answer_max ? request->answer_max : HTTP_ANSWER_DEFAULT;
  answer->headers.max = HEADERS_MAX;
  exchange->client->curl->easy_reset(exchange->easy);
  set_basics(exchange);
  set_limits(exchange);
  set_method(exchange);
  return set_headers(exchange, error);
}

/* scheme and host, for error texts: the query may hold a signature. */
static struct text site_of(const char *url) {
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  return text_from(url, (size_t)(host - url) + strcspn(host, "/?"));
}

static enum status explain(struct exchange *exchange, CURLcode result, struct error *error) {
  struct text site = site_of(exchange->request.url);
  const char *reason = exchange->reason[0] ? exchange->reason : exchange->client->curl->easy_strerror(result);
  int size = (int)MIN(site.size, (size_t)200);
  switch (result) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
    return error_set(error, STATUS_SETTINGS,
                     "the certificate of %.*s is not trusted (%s): name its authority's file with AWS_CA_BUNDLE", size,
                     site.data, reason);
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
    return error_set(error, STATUS_SETTINGS, "'%.*s' is not an address that can be asked: %s", size, site.data, reason);
  case CURLE_OPERATION_TIMEDOUT:
    return error_set(error, STATUS_NETWORK, "%.*s does not answer, or too slowly: %s", size, site.data, reason);
  default:
    return error_set(error, STATUS_NETWORK, "the link to %.*s failed: %s", size, site.data, reason);
  }
}

/* A server may answer before it has read the body, and close: its answer counts. */
static enum status exchange_end(struct exchange *exchange, CURLcode result, struct error *error) {
  exchange->answer->code = (int)code_of(exchange);
  if (exchange->stopped.status != STATUS_OK)
    return error_set(error, exchange->stopped.status, "%s", exchange->stopped.text);
  if (result == CURLE_OK)
    return STATUS_OK;
  bool refused_early = exchange->answer->code >= 400 && (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR);
  return refused_early ? STATUS_OK : explain(exchange, result, error);
}

/* ---- one after another ---- */

static struct exchange *take_idle(struct http_client *client) {
  pthread_mutex_lock(&client->lock);
  struct exchange *exchange = client->idle;
  if (exchange)
    client->idle = exchange->next;
  pthread_mutex_unlock(&client->lock);
  return exchange ? exchange : exchange_new(client);
}

static void give_idle(struct exchange *exchange) {
  struct http_client *client = exchange->client;
  pthread_mutex_lock(&client->lock);
  exchange->next = client->idle;
  client->idle = exchange;
  pthread_mutex_unlock(&client->lock);
}

enum status http_send(struct http_client *client, const struct http_request *request, struct http_answer *answer,
                      struct error *error) {
  TRY(start(client, error));
  struct exchange *exchange = take_idle(client);
  if (!exchange)
    return error_set(error, STATUS_LIMIT, "there is no memory left for another connection");
  enum status status = exchange_prepare(exchange, request, answer, NULL, error);
  if (status == STATUS_OK)
    status = exchange_end(exchange, client->curl->easy_perform(exchange->easy), error);
  give_idle(exchange);
  return status;
}

/* ---- many at once ---- */

enum status http_batch_new(struct http_client *client, struct http_batch **ret_batch, struct error *error) {
  TRY(start(client, error));
  CURLM *multi = client->curl->multi_init();
  if (!multi)
    return error_set(error, STATUS_LIMIT, "there is no memory left for more connections");
  if (client->options.idle_connections)
    client->curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)client->options.idle_connections);
  struct http_batch *batch = memory_new(sizeof *batch);
  *batch = (struct http_batch){.client = client, .multi = multi};
  *ret_batch = batch;
  return STATUS_OK;
}

void http_batch_free(struct http_batch *batch) {
  if (!batch)
    return;
  for (struct exchange *exchange = batch->running; exchange; exchange = exchange->next)
    batch->client->curl->multi_remove_handle(batch->multi, exchange->easy);
  free_list(batch->running);
  free_list(batch->idle);
  batch->client->curl->multi_cleanup(batch->multi);
  free(batch);
}

uint32_t http_batch_running(const struct http_batch *batch) {
  return batch->count;
}

enum status http_batch_start(struct http_batch *batch, const struct http_request *request, struct http_answer *answer,
                             void *tag, struct error *error) {
  struct exchange *exchange = batch->idle;
  if (exchange)
    batch->idle = exchange->next;
  else
    exchange = exchange_new(batch->client);
  if (!exchange)
    return error_set(error, STATUS_LIMIT, "there is no memory left for another connection");
  enum status status = exchange_prepare(exchange, request, answer, tag, error);
  if (status == STATUS_OK && batch->client->curl->multi_add_handle(batch->multi, exchange->easy) != CURLM_OK)
    status = error_set(error, STATUS_LIMIT, "there is no memory left for another request");
  struct exchange **list = status == STATUS_OK ? &batch->running : &batch->idle;
  exchange->next = *list;
  *list = exchange;
  batch->count += status == STATUS_OK;
  return status;
}

static void end_one(struct http_batch *batch, CURL *easy, CURLcode result, struct http_ended *ret_ended) {
  struct exchange **link = &batch->running;
  while (*link && (*link)->easy != easy)
    link = &(*link)->next;
  struct exchange *exchange = *link;
  if (!exchange)
    return;
  *link = exchange->next;
  batch->count--;
  ret_ended->tag = exchange->tag;
  ret_ended->status = exchange_end(exchange, result, &ret_ended->error);
  batch->client->curl->multi_remove_handle(batch->multi, easy);
  exchange->next = batch->idle;
  batch->idle = exchange;
}

static bool take_ended(struct http_batch *batch, struct http_ended *ret_ended) {
  int left;
  const CURLMsg *message;
  while ((message = batch->client->curl->multi_info_read(batch->multi, &left)))
    if (message->msg == CURLMSG_DONE) {
      end_one(batch, message->easy_handle, message->data.result, ret_ended);
      return true;
    }
  return false;
}

enum status http_batch_next(struct http_batch *batch, uint32_t wait_ms, struct http_ended *ret_ended,
                            struct error *error) {
  const struct curl_library *curl = batch->client->curl;
  *ret_ended = (struct http_ended){0};
  for (int round = 0; round < 2; round++) {
    int running;
    if (take_ended(batch, ret_ended))
      return STATUS_OK;
    if (curl->multi_perform(batch->multi, &running) != CURLM_OK)
      return error_set(error, STATUS_NETWORK, "libcurl could not go on with its requests");
    if (take_ended(batch, ret_ended))
      return STATUS_OK;
    if (round == 0 && curl->multi_poll(batch->multi, NULL, 0, (int)MIN(wait_ms, 60000u), NULL) != CURLM_OK)
      return error_set(error, STATUS_NETWORK, "libcurl could not wait for its requests");
  }
  return STATUS_OK;
}
