/* input: see input.h. Files are read with pread into a window that keeps what is not consumed yet. */
#include "base/input.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct input {
  input_read_fn read;
  void *context;
  uint64_t size;     /* of the whole input, or unknown */
  uint64_t position; /* of the window's first unconsumed byte */
  uint8_t *window;   /* NULL for memory inputs */
  size_t capacity;
  size_t start; /* first unconsumed byte in the window */
  size_t end;   /* end of valid bytes */
  bool ended;   /* a read returned 0 */
  bool forward_only;
  int fd;
  bool owns_fd;
  struct bytes memory;
};

static int64_t read_fd(void *context, uint64_t offset, void *data, size_t size) {
  struct input *input = context;
  if (input->size != INPUT_SIZE_UNKNOWN) {
    if (offset >= input->size)
      return 0;
    size = MIN(size, input->size - offset);
  }
  for (;;) {
    ssize_t got = input->forward_only ? read(input->fd, data, size) : pread(input->fd, data, size, (off_t)offset);
    if (got >= 0 || errno != EINTR)
      return got;
  }
}

static struct input *new_input(void) {
  struct input *input = memory_new(sizeof *input);
  input->fd = -1;
  input->size = INPUT_SIZE_UNKNOWN;
  return input;
}

enum status input_open_fd(int fd, struct input **ret_input, struct error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return error_set_errno(error, errno, "cannot look at file descriptor %d", fd);
  struct input *input = new_input();
  input->read = read_fd;
  input->context = input;
  input->fd = fd;
  if (S_ISREG(info.st_mode))
    input->size = (uint64_t)info.st_size;
  else
    input->forward_only = lseek(fd, 0, SEEK_CUR) < 0;
  *ret_input = input;
  return STATUS_OK;
}

enum status input_open_path(const char *path, struct input **ret_input, struct error *error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot open %s", path);
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return error_set(error, STATUS_SETTINGS, "%s is a folder, a file is needed", path);
  }
  enum status status = input_open_fd(fd, ret_input, error);
  if (status != STATUS_OK)
    close(fd);
  else
    (*ret_input)->owns_fd = true;
  return status;
}

struct input *input_open_memory(struct bytes bytes) {
  struct input *input = new_input();
  input->memory = bytes;
  input->size = bytes.size;
  return input;
}

struct input *input_open_callback(input_read_fn read, void *context, uint64_t size) {
  struct input *input = new_input();
  input->read = read;
  input->context = context;
  input->size = size;
  return input;
}

void input_close(struct input *input) {
  if (!input)
    return;
  if (input->owns_fd)
    close(input->fd);
  free(input->window);
  free(input);
}

static bool in_memory(const struct input *input) {
  return !input->read;
}

/* Makes room for `want` bytes from the unconsumed start of the window. */
static void make_room(struct input *input, size_t want) {
  size_t held = input->end - input->start;
  if (input->start && input->capacity - input->start < want) {
    memmove(input->window, input->window + input->start, held);
    input->start = 0;
    input->end = held;
  }
  size_t needed = MAX(want, INPUT_WINDOW);
  if (input->capacity < needed) {
    input->window = memory_resize(input->window, needed, 1);
    input->capacity = needed;
  }
}

enum status input_view(struct input *input, size_t want, struct bytes *ret_view, struct error *error) {
  if (want > INPUT_VIEW_MAX)
    return error_set(error, STATUS_BUG, "a view of %zu bytes was asked for; %zu is the limit", want, INPUT_VIEW_MAX);
  if (in_memory(input)) {
    *ret_view = bytes_of(input->memory.data + input->position, input->memory.size - input->position);
    return STATUS_OK;
  }
  if (input->end - input->start < want && !input->ended)
    make_room(input, want);
  while (input->end - input->start < want && !input->ended) {
    uint64_t offset = input->position + (input->end - input->start);
    int64_t got = input->read(input->context, offset, input->window + input->end, input->capacity - input->end);
    if (got < 0)
      return error_set_errno(error, errno, "cannot read the log at byte %llu", (unsigned long long)offset);
    if (got == 0)
      input->ended = true;
    input->end += (size_t)got;
  }
  *ret_view = bytes_of(input->window + input->start, input->end - input->start);
  return STATUS_OK;
}

void input_skip(struct input *input, size_t size) {
  input->position += size;
  if (!in_memory(input))
    input->start += size;
}

enum status input_seek(struct input *input, uint64_t offset, struct error *error) {
  if (offset == input->position)
    return STATUS_OK;
  if (in_memory(input)) {
    input->position = MIN(offset, input->memory.size);
    return STATUS_OK;
  }
  uint64_t held_end = input->position + (input->end - input->start);
  if (offset > input->position && offset <= held_end) {
    input_skip(input, (size_t)(offset - input->position));
    return STATUS_OK;
  }
  if (!input->forward_only) {
    input->position = offset;
    input->start = input->end = 0;
    input->ended = false;
    return STATUS_OK;
  }
  if (offset < input->position)
    return error_set(error, STATUS_UNSUPPORTED,
                     "this log comes from a pipe and can only be read forward; save it to a file first");
  while (input->position < offset) {
    struct bytes view = {0};
    TRY(input_view(input, 1, &view, error));
    if (view.size == 0)
      return STATUS_OK;
    input_skip(input, (size_t)MIN((uint64_t)view.size, offset - input->position));
  }
  return STATUS_OK;
}

uint64_t input_offset(const struct input *input) {
  return input->position;
}
uint64_t input_size(const struct input *input) {
  return input->size;
}

enum status input_read_at(struct input *input, uint64_t offset, void *data, size_t size, size_t *ret_size,
                          struct error *error) {
  if (in_memory(input)) {
    size_t left = offset < input->memory.size ? input->memory.size - (size_t)offset : 0;
    *ret_size = MIN(size, left);
    memcpy(data, input->memory.data + (left ? offset : 0), *ret_size);
    return STATUS_OK;
  }
  if (input->forward_only)
    return error_set(error, STATUS_UNSUPPORTED,
                     "this log comes from a pipe and can only be read forward; save it to a file first");
  size_t total = 0;
  while (total < size) {
    int64_t got = input->read(input->context, offset + total, (uint8_t *)data + total, size - total);
    if (got < 0)
      return error_set_errno(error, errno, "cannot read the log at byte %llu", (unsigned long long)(offset + total));
    if (got == 0)
      break;
    total += (size_t)got;
  }
  *ret_size = total;
  return STATUS_OK;
}
