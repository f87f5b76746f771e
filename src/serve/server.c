/* server: what requests share, and the run of the program from the first link to the last reply.
 *
 * The catalogue is written by other processes (uavlake add), so the server looks at the counts of its documents, at
 * most once a second, and has the SQL engine look again when one changed. */
#include "serve/server.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "serve/http.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_AGAIN_S 1.0
#define REFRESH_S 60.0 /* documents may change without their number changing */
#define QUERY_TIMEOUT_S 60.0
#define QUERY_MEMORY (UINT64_C(1) << 30)

struct server {
  struct lake *lake;
  struct warehouse *warehouse;
  struct auth *auth;
  struct server_options options;
  double started_s;
  volatile bool cancel;
  pthread_mutex_t lock; /* of what follows */
  double looked_s, refreshed_s;
  uint64_t seen, refreshed;
  atomic_uint_fast64_t replies[6];
};

static sigset_t signals_taken(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGUSR1);
  return set;
}

/* They are read from a descriptor, so no thread may take them: blocked before the SQL engine starts its own. */
static void block_signals(void) {
  sigset_t set = signals_taken();
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
}

enum status server_new(struct lake *lake, const struct server_options *options, struct server **ret_server,
                       struct error *error) {
  block_signals();
  struct server *server = memory_new(sizeof *server);
  server->lake = lake;
  server->options = *options;
  server->auth = auth_new();
  server->started_s = clock_monotonic_s();
  pthread_mutex_init(&server->lock, NULL);
  struct warehouse_options limits = {.memory_limit = QUERY_MEMORY,
                                     .timeout_s = options->query_timeout_s > 0 ? options->query_timeout_s
                                                                               : QUERY_TIMEOUT_S,
                                     .cancel = &server->cancel};
  enum status status = warehouse_open(lake_root(lake), lake_catalog(lake), &limits, &server->warehouse, error);
  if (status != STATUS_OK)
    server_free(server);
  else
    *ret_server = server;
  return status;
}

void server_free(struct server *server) {
  if (!server)
    return;
  warehouse_close(server->warehouse);
  auth_free(server->auth);
  pthread_mutex_destroy(&server->lock);
  free(server);
}

void server_cancel(struct server *server) {
  server->cancel = true;
}
struct lake *server_lake(struct server *server) {
  return server->lake;
}
struct catalog *server_catalog(struct server *server) {
  return lake_catalog(server->lake);
}
struct auth *server_auth(struct server *server) {
  return server->auth;
}
const struct server_options *server_get_options(const struct server *server) {
  return &server->options;
}
double server_uptime_s(const struct server *server) {
  return clock_monotonic_s() - server->started_s;
}

static enum status count_documents(struct server *server, uint64_t *ret_seen, struct error *error) {
  static const char *const collections[] = {"table_files", "flights", "logs", "findings", "vehicles", "features"};
  uint64_t seen = 0;
  for (size_t i = 0; i < ARRAY_COUNT(collections); i++) {
    uint64_t count;
    struct catalog_query query = {.collection = collections[i]};
    TRY(catalog_count(server_catalog(server), &query, &count, error));
    seen = seen * 1000003u + count;
  }
  *ret_seen = seen;
  return STATUS_OK;
}

/* With the lock held. */
static enum status look_again(struct server *server, double now_s, struct error *error) {
  if (server->looked_s > 0 && now_s - server->looked_s < LOOK_AGAIN_S)
    return STATUS_OK;
  TRY(count_documents(server, &server->seen, error));
  server->looked_s = now_s;
  return STATUS_OK;
}

static enum status refresh(struct server *server, struct error *error) {
  double now_s = clock_monotonic_s();
  TRY(look_again(server, now_s, error));
  if (server->seen == server->refreshed && now_s - server->refreshed_s < REFRESH_S)
    return STATUS_OK;
  TRY(warehouse_refresh(server->warehouse, error));
  server->refreshed = server->seen;
  server->refreshed_s = now_s;
  return STATUS_OK;
}

enum status server_warehouse(struct server *server, struct warehouse **ret_warehouse, struct error *error) {
  pthread_mutex_lock(&server->lock);
  enum status status = refresh(server, error);
  pthread_mutex_unlock(&server->lock);
  if (status == STATUS_OK)
    *ret_warehouse = server->warehouse;
  return status;
}

enum status server_revision(struct server *server, uint64_t *ret_revision, struct error *error) {
  pthread_mutex_lock(&server->lock);
  enum status status = look_again(server, clock_monotonic_s(), error);
  uint64_t seen = server->seen;
  pthread_mutex_unlock(&server->lock);
  if (status == STATUS_OK)
    *ret_revision = seen;
  return status;
}

void server_count_reply(struct server *server, int http_status) {
  int class = http_status / 100;
  if (class > 0 && class < (int)ARRAY_COUNT(server->replies))
    atomic_fetch_add(&server->replies[class], 1);
}

uint64_t server_replies(const struct server *server, int http_class) {
  return http_class > 0 && http_class < (int)ARRAY_COUNT(server->replies) ? server->replies[http_class] : 0;
}

/* ---- the run ---- */

static const struct identity owner = {"owner", RIGHTS_ALL};

static void print_link_json(struct server *server, const struct http *http, const char *key) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  char link[400];
  snprintf(link, sizeof link, "http://%s/start?key=%s", http_address(http), key);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "link", link);
  json_c_string(&json, "address", http_address(http));
  json_c_string(&json, "lake", lake_root(server->lake));
  json_i64(&json, "process", getpid());
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status print_link(struct server *server, const struct http *http, struct error *error) {
  char key[SECRET_TEXT];
  TRY(auth_issue(server->auth, SECRET_LINK, &owner, 0, clock_now_us(), key, error));
  if (server->options.json)
    print_link_json(server, http, key);
  else
    printf("http://%s/start?key=%s\n", http_address(http), key);
  fflush(stdout);
  return STATUS_OK;
}

/* Readable by the owner only, from the first byte on. */
static enum status write_token(struct server *server, struct error *error) {
  const char *path = server->options.token_path;
  char token[SECRET_TEXT];
  if (!path)
    return STATUS_OK;
  TRY(auth_issue(server->auth, SECRET_TOKEN, &owner, 0, clock_now_us(), token, error));
  if (unlink(path) != 0 && errno != ENOENT)
    return error_set_errno(error, errno, "cannot replace the token file %s", path);
  scoped(descriptor) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot write the token file %s", path);
  token[SECRET_TEXT - 1] = '\n';
  if (write(fd, token, SECRET_TEXT) != SECRET_TEXT)
    return error_set_errno(error, errno, "cannot write the token file %s", path);
  return STATUS_OK;
}

static bool own_terminal(void) {
  return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Enter was pressed; false at the end of the input. */
static bool take_line(void) {
  char line[256];
  return read(STDIN_FILENO, line, sizeof line) > 0;
}

/* Waits for signals and the Enter key. */
static enum status wait_for_end(struct server *server, const struct http *http, int signals, struct error *error) {
  struct pollfd wait[2] = {{signals, POLLIN, 0}, {own_terminal() ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    if (poll(wait, 2, -1) < 0) {
      if (errno == EINTR)
        continue;
      return error_set_errno(error, errno, "waiting for signals failed");
    }
    struct signalfd_siginfo info;
    if (wait[0].revents && read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
      if (info.ssi_signo != SIGUSR1)
        return STATUS_OK;
      TRY(print_link(server, http, error));
    }
    if (wait[1].revents && own_terminal()) {
      if (!take_line())
        wait[1].fd = -1;
      else
        TRY(print_link(server, http, error));
    }
  }
}

static enum status open_signals(int *ret_signals, struct error *error) {
  sigset_t set = signals_taken();
  int fd = signalfd(-1, &set, SFD_CLOEXEC);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot wait for signals");
  *ret_signals = fd;
  return STATUS_OK;
}

enum status server_run(struct server *server, struct error *error) {
  scoped(descriptor) int signals = -1;
  scoped(http) struct http *http = NULL;
  TRY(open_signals(&signals, error));
  TRY(http_start(server, server->options.listen, server->options.open_to_network, &http, error));
  TRY(write_token(server, error));
  if (!server->options.json)
    printf("uavlake serves %s. Open this link in a browser; it works once:\n", lake_root(server->lake));
  TRY(print_link(server, http, error));
  if (!server->options.json)
    printf("%sCtrl-C ends it.\n", own_terminal() ? "Enter prints another link, " : "");
  fflush(stdout);
  enum status status = wait_for_end(server, http, signals, error);
  server_cancel(server);
  return status;
}
