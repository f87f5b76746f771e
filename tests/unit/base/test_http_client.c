/* The HTTP client against a server in this process: methods, bodies, headers, limits, refusals, many at once. */
#include "unit.h"

#include "base/http_client.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <unistd.h>

struct seen {
  char method[16];
  char header[64];
  size_t body;
  uint32_t sum;
};

struct site {
  struct MHD_Daemon *daemon;
  uint16_t port;
  struct seen last;
  int asked;
  char url[128];
};

static void sum_up(struct seen *seen, const char *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    seen->sum = seen->sum * 31 + (uint8_t)data[i];
  seen->body += size;
}

/* /code/N answers with that code, /large with a megabyte, anything else with the body's size and sum. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state) {
  (void)version;
  struct site *site = context;
  if (!*state) {
    *state = &site->last;
    site->asked++;
    site->last = (struct seen){0};
    snprintf(site->last.method, sizeof site->last.method, "%s", method);
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Test");
    snprintf(site->last.header, sizeof site->last.header, "%s", header ? header : "");
    if (strncmp(url, "/early/", 7) != 0)
      return MHD_YES;
  } else if (*size) {
    sum_up(&site->last, data, *size);
    *size = 0;
    return MHD_YES;
  }
  char text[64];
  unsigned code = strncmp(url, "/code/", 6) == 0 ? (unsigned)atoi(url + 6) : strncmp(url, "/early", 6) == 0 ? 403 : 200;
  snprintf(text, sizeof text, "%zu %u", site->last.body, site->last.sum);
  static char large[1 << 20];
  struct MHD_Response *response = strcmp(url, "/large") == 0
                                      ? MHD_create_response_from_buffer(sizeof large, large, MHD_RESPMEM_PERSISTENT)
                                      : MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, "ETag", "\"abc\"");
  enum MHD_Result result = MHD_queue_response(connection, code, response);
  MHD_destroy_response(response);
  return result;
}

static int site_open(void **state) {
  struct site *site = calloc(1, sizeof *site);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  site->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, site, MHD_OPTION_SOCK_ADDR,
                                  (struct sockaddr *)&address, MHD_OPTION_END);
  if (!site->daemon)
    return -1;
  site->port = MHD_get_daemon_info(site->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  *state = site;
  return 0;
}

static int site_close(void **state) {
  struct site *site = *state;
  MHD_stop_daemon(site->daemon);
  free(site);
  return 0;
}

static const char *url(struct site *site, const char *path) {
  snprintf(site->url, sizeof site->url, "http://127.0.0.1:%u%s", site->port, path);
  return site->url;
}

static void methods_and_headers(void **state) {
  struct site *site = *state;
  scoped(http_client) struct http_client *client = http_client_new(NULL);
  scoped(http_answer) struct http_answer got = {0};
  struct http_header header = {"X-Test", "a b"};
  static const char *const methods[] = {"GET", "DELETE", "HEAD", "PUT", "POST"};
  for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
    struct http_request request = {
        .method = methods[i], .url = url(site, "/x"), .headers = &header, .header_count = 1, .has_body = i >= 3};
    assert_ok(http_send(client, &request, &got, &error));
    assert_int_equal(got.code, 200);
    assert_string_equal(site->last.method, methods[i]);
    assert_string_equal(site->last.header, "a b");
    assert_string_equal(http_answer_header(&got, "etag"), "\"abc\"");
    assert_null(http_answer_header(&got, "missing"));
    assert_string_equal(buffer_text(&got.body), i == 2 ? "" : "0 0");
  }
  header.value = "a\r\nEvil: 1";
  struct http_request request = {.method = "GET", .url = url(site, "/x"), .headers = &header, .header_count = 1};
  assert_status(STATUS_SETTINGS, http_send(client, &request, &got, &error));
}

static void codes_are_answers(void **state) {
  struct site *site = *state;
  scoped(http_client) struct http_client *client = http_client_new(NULL);
  scoped(http_answer) struct http_answer got = {0};
  struct http_request request = {.method = "GET", .url = url(site, "/code/503")};
  assert_ok(http_send(client, &request, &got, &error));
  assert_int_equal(got.code, 503);
  request.url = url(site, "/large");
  request.answer_max = 1000;
  assert_status(STATUS_LIMIT, http_send(client, &request, &got, &error));
  request.url = "http://127.0.0.1:1/";
  assert_status(STATUS_NETWORK, http_send(client, &request, &got, &error));
  request.url = "ftp://127.0.0.1/";
  assert_status(STATUS_SETTINGS, http_send(client, &request, &got, &error));
}

struct source {
  uint64_t given, fail_at;
};

static int64_t give(void *context, void *data, size_t size, struct error *reason) {
  struct source *source = context;
  if (source->fail_at && source->given >= source->fail_at) {
    error_set(reason, STATUS_BAD_DATA, "the file changed");
    return -1;
  }
  size = MIN(size, 10000);
  for (size_t i = 0; i < size; i++)
    ((uint8_t *)data)[i] = (uint8_t)((source->given + i) * 7);
  source->given += size;
  return (int64_t)size;
}

static void bodies_stream(void **state) {
  struct site *site = *state;
  scoped(http_client) struct http_client *client = http_client_new(NULL);
  scoped(http_answer) struct http_answer got = {0};
  struct source source = {0};
  struct http_request request = {.method = "PUT",
                                 .url = url(site, "/x"),
                                 .read = give,
                                 .read_context = &source,
                                 .body_size = 3000001,
                                 .ask_first = true};
  assert_ok(http_send(client, &request, &got, &error));
  assert_int_equal(site->last.body, 3000001);
  uint32_t sum = 0;
  for (uint64_t i = 0; i < 3000001; i++)
    sum = sum * 31 + (uint8_t)(i * 7);
  assert_int_equal(site->last.sum, sum);
  source = (struct source){.fail_at = 500000};
  assert_status(STATUS_BAD_DATA, http_send(client, &request, &got, &error));
  assert_string_equal(error.text, "the file changed");
  source = (struct source){0};
  request.url = url(site, "/early/x");
  assert_ok(http_send(client, &request, &got, &error));
  assert_int_equal(got.code, 403);
}

static enum status count_bytes(void *context, struct bytes bytes, struct error *reason) {
  uint64_t *left = context;
  if (bytes.size > *left)
    return error_set(reason, STATUS_CANCELLED, "enough");
  *left -= bytes.size;
  return STATUS_OK;
}

static void answers_stream(void **state) {
  struct site *site = *state;
  scoped(http_client) struct http_client *client = http_client_new(NULL);
  scoped(http_answer) struct http_answer got = {0};
  uint64_t left = 1 << 20;
  struct http_request request = {
      .method = "GET", .url = url(site, "/large"), .take = count_bytes, .take_context = &left};
  assert_ok(http_send(client, &request, &got, &error));
  assert_int_equal(left, 0);
  assert_int_equal(got.body.size, 0);
  left = 5;
  assert_status(STATUS_CANCELLED, http_send(client, &request, &got, &error));
}

static void many_at_once(void **state) {
  struct site *site = *state;
  scoped(http_client) struct http_client *client = http_client_new(NULL);
  struct http_answer answers[8] = {0};
  scoped(http_batch) struct http_batch *batch = NULL;
  assert_ok(http_batch_new(client, &batch, &error));
  int started = 0, ended = 0, before = site->asked;
  struct http_request request = {.method = "PUT", .url = url(site, "/x"), .body = bytes_of("abc", 3)};
  for (; started < 8; started++)
    assert_ok(http_batch_start(batch, &request, &answers[started], &answers[started], &error));
  while (ended < 100) {
    struct http_ended end;
    assert_ok(http_batch_next(batch, 1000, &end, &error));
    if (!end.tag)
      continue;
    ended++;
    assert_int_equal(end.status, STATUS_OK);
    assert_int_equal(((struct http_answer *)end.tag)->code, 200);
    if (started++ < 100)
      assert_ok(http_batch_start(batch, &request, end.tag, end.tag, &error));
  }
  assert_int_equal(http_batch_running(batch), 0);
  assert_int_equal(site->asked - before, 100);
  assert_ok(http_batch_start(batch, &request, &answers[0], &answers[0], &error)); /* broken off by the end of scope */
  http_batch_free(batch);
  batch = NULL;
  for (int i = 0; i < 8; i++)
    http_answer_free(&answers[i]);
}

int main(void) {
  unsetenv("http_proxy");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(methods_and_headers), cmocka_unit_test(codes_are_answers), cmocka_unit_test(bodies_stream),
      cmocka_unit_test(answers_stream),      cmocka_unit_test(many_at_once),
  };
  return cmocka_run_group_tests(tests, site_open, site_close);
}
