/* http_client: HTTP/1.1 requests over connections that are kept and used again.
 *
 * http_send waits for its answer and may be called from many threads; a batch runs many requests from one thread. A
 * request that the server answered is STATUS_OK whatever the code; STATUS_NETWORK means that there is no whole answer
 * (the caller may try again), STATUS_SETTINGS that trying again is of no use (certificate, URL). Redirects are the
 * caller's. Memory: two buffers a running request, an answer up to the limit that the request states.
 *
 * Proxies come from the options or from http_proxy, https_proxy and no_proxy; the authorities that TLS trusts from the
 * options, AWS_CA_BUNDLE, SSL_CERT_FILE, or the system. */
#ifndef UAVLAKE_HTTP_CLIENT_H
#define UAVLAKE_HTTP_CLIENT_H

#include "base/bytes.h"
#include "base/text.h"

enum http_family { HTTP_ANY, HTTP_IPV4, HTTP_IPV6 };

struct http_options {
  const char *proxy;         /* "http://host:port"; NULL: from the environment */
  const char *ca_file;       /* PEM; NULL: see above */
  enum http_family family;   /* which addresses of a name are used */
  uint32_t connect_ms;       /* 0: 10 s */
  uint32_t stall_s;          /* nothing moves for so long: given up. 0: 30 s */
  uint64_t upload_per_s;     /* bytes, each request; 0: no limit */
  uint32_t idle_connections; /* kept for later by a batch; 0: as many as it runs */
};

struct http_client;
/* Costs nothing until something is sent. options may be NULL; their texts are copied. */
struct http_client *http_client_new(const struct http_options *options);
/* No request may be running. NULL is allowed. */
void http_client_free(struct http_client *client);
static inline void http_client_scope_end(struct http_client **client) {
  http_client_free(*client);
}

struct http_header {
  const char *name, *value;
};

#define HTTP_ANSWER_DEFAULT ((size_t)1 << 20)

struct http_request {
  const char *method, *url;
  const struct http_header *headers;
  uint32_t header_count;
  /* The body: `body`, or `read`, which gives body_size bytes in order. A read that returns -1 has set the error that
   * the request ends with. `rewind` starts the reading anew (NULL: a request that must begin again fails). */
  struct bytes body;
  int64_t (*read)(void *context, void *data, size_t size, struct error *error);
  bool (*rewind)(void *context);
  void *read_context;
  uint64_t body_size;
  bool has_body;     /* send one even where it is empty (PUT, POST) */
  bool ask_first;    /* Expect: 100-continue: a refusal comes before the body is sent */
  uint32_t total_ms; /* 0: as long as something moves */
  size_t answer_max; /* bytes of the answer that are kept; 0: HTTP_ANSWER_DEFAULT. More: STATUS_LIMIT */
  /* Gets the body of an answer with code 2xx piece by piece, instead of answer.body. */
  enum status (*take)(void *context, struct bytes bytes, struct error *error);
  void *take_context;
};

struct http_answer {
  int code;
  struct buffer body;
  struct buffer headers; /* "name\0value\0…", names in lower case */
};
void http_answer_free(struct http_answer *answer);
static inline void http_answer_scope_end(struct http_answer *answer) {
  http_answer_free(answer);
}
/* NULL where the answer has no such header. `name` in lower case. */
const char *http_answer_header(const struct http_answer *answer, const char *name);

/* The answer begins empty, or is one of an earlier request, which is forgotten. */
must_check enum status http_send(struct http_client *client, const struct http_request *request,
                                 struct http_answer *answer, struct error *error);

/* Many requests from one thread. */
struct http_batch;
must_check enum status http_batch_new(struct http_client *client, struct http_batch **ret_batch, struct error *error);
/* Running requests are broken off. NULL is allowed. */
void http_batch_free(struct http_batch *batch);
static inline void http_batch_scope_end(struct http_batch **batch) {
  http_batch_free(*batch);
}
/* Request (with all that it points to) and answer stay until the request has ended. */
must_check enum status http_batch_start(struct http_batch *batch, const struct http_request *request,
                                        struct http_answer *answer, void *tag, struct error *error);
uint32_t http_batch_running(const struct http_batch *batch);
struct http_ended {
  void *tag; /* NULL: none ended in time */
  enum status status;
  struct error error;
};
/* Works until a request ends, or for at most `wait_ms`. */
must_check enum status http_batch_next(struct http_batch *batch, uint32_t wait_ms, struct http_ended *ret_ended,
                                       struct error *error);

#endif
