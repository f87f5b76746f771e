/* picture: the parent's side (see picture.h). It hands out at most TRAFFIC_MAX bytes of the file and waits at most
 * SECONDS_MAX, then the child is killed. */
#include "lake/picture.h"

#include "base/clock.h"
#include "lake/picture_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRAFFIC_MAX ((uint64_t)256 << 20)
#define SECONDS_MAX 20.0

struct talk {
  struct input *input;
  struct arena *arena;
  int socket;
  pid_t child;
  double end_s;
  uint64_t traffic;
  uint8_t *buffer;
};

static bool wait_for(const struct talk *talk, short events) {
  double left_s = talk->end_s - clock_monotonic_s();
  struct pollfd one = {talk->socket, events, 0};
  return left_s > 0 && poll(&one, 1, (int)(left_s * 1000) + 1) > 0;
}

/* All `size` bytes; false at the end, on failure and when the time is up. */
static bool receive(struct talk *talk, void *data, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t part = wait_for(talk, POLLIN) ? recv(talk->socket, (char *)data + got, size - got, 0) : -1;
    if (part <= 0)
      return false;
    got += (size_t)part;
  }
  return true;
}

static bool send_all(struct talk *talk, const void *data, size_t size) {
  for (size_t sent = 0; sent < size;) {
    ssize_t part = wait_for(talk, POLLOUT) ? send(talk->socket, (const char *)data + sent, size - sent, MSG_NOSIGNAL)
                                           : -1;
    if (part <= 0)
      return false;
    sent += (size_t)part;
  }
  return true;
}

static enum status gone(const struct talk *talk, struct error *error) {
  if (clock_monotonic_s() >= talk->end_s)
    return error_set(error, STATUS_LIMIT, "making a small picture took more than %.0f s", SECONDS_MAX);
  return error_set(error, STATUS_BAD_DATA, "the file breaks FFmpeg's libraries; no small picture can be made of it");
}

static enum status answer_read(struct talk *talk, const struct picture_message *message, struct error *error) {
  size_t size = MIN(message->size, PICTURE_READ_MAX), got;
  talk->traffic += size;
  if (talk->traffic > TRAFFIC_MAX)
    return error_set(error, STATUS_LIMIT, "a small picture asks for more than %llu MB of the file",
                     (unsigned long long)(TRAFFIC_MAX >> 20));
  TRY(input_read_at(talk->input, message->offset, talk->buffer, size, &got, error));
  uint32_t count = (uint32_t)got;
  if (!send_all(talk, &count, sizeof count) || !send_all(talk, talk->buffer, got))
    return gone(talk, error);
  return STATUS_OK;
}

static enum status take_picture(struct talk *talk, uint32_t size, struct bytes *ret_jpeg, struct error *error) {
  uint8_t *jpeg = size <= PICTURE_BYTES_MAX ? arena_alloc(talk->arena, size) : NULL;
  if (!jpeg)
    return error_set(error, STATUS_LIMIT, "the small picture is too large: %u bytes", size);
  if (!receive(talk, jpeg, size))
    return gone(talk, error);
  *ret_jpeg = bytes_of(jpeg, size);
  return STATUS_OK;
}

static enum status take_reason(struct talk *talk, uint32_t size, struct error *error) {
  char text[256] = "";
  if (size >= sizeof text || !receive(talk, text, size))
    return gone(talk, error);
  return error_set(error, STATUS_UNSUPPORTED, "%s", text);
}

static enum status serve_child(struct talk *talk, int size_px, struct bytes *ret_jpeg, struct error *error) {
  struct picture_order order = {.bytes = input_size(talk->input), .size_px = (uint32_t)size_px};
  if (!send_all(talk, &order, sizeof order))
    return gone(talk, error);
  for (;;) {
    struct picture_message message;
    if (!receive(talk, &message, sizeof message))
      return gone(talk, error);
    if (message.word == PICTURE_DONE)
      return take_picture(talk, message.size, ret_jpeg, error);
    if (message.word == PICTURE_FAILED)
      return take_reason(talk, message.size, error);
    if (message.word != PICTURE_READ)
      return gone(talk, error);
    TRY(answer_read(talk, &message, error));
  }
}

/* The program itself, with nothing but the socket as its standard input, and an empty environment. */
static enum status start_child(int socket, pid_t *ret_child, struct error *error) {
  char *const arguments[] = {(char[]){"uavlake"}, (char[]){"thumbnail"}, (char[]){"--child"}, NULL};
  char *const environment[] = {(char[]){"LC_ALL=C"}, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  int failure = posix_spawn(ret_child, "/proc/self/exe", &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  return failure ? error_set_errno(error, failure, "cannot start the process that makes small pictures") : STATUS_OK;
}

enum status picture_make(struct input *input, int size_px, struct arena *arena, struct bytes *ret_jpeg,
                         struct error *error) {
  int sockets[2];
  pid_t child;
  if (picture_missing())
    return error_set(error, STATUS_UNSUPPORTED, "no small pictures can be made: %s", picture_missing());
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return error_set_errno(error, errno, "cannot talk to the process that makes small pictures");
  enum status status = start_child(sockets[1], &child, error);
  close(sockets[1]);
  if (status == STATUS_OK) {
    struct talk talk = {.input = input,
                        .arena = arena,
                        .socket = sockets[0],
                        .child = child,
                        .end_s = clock_monotonic_s() + SECONDS_MAX,
                        .buffer = memory_new(PICTURE_READ_MAX)};
    status = serve_child(&talk, size_px, ret_jpeg, error);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    free(talk.buffer);
  }
  close(sockets[0]);
  return status;
}
