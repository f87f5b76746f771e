/* input: see input.h. Files are read with pread into a window that keeps what is not consumed yet. */
#include "base/input.h"

#include "base/arena.h"
#include "base/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct input {
  input_read_fn read;
  void (*close)(void *context);
  enum status (*explain)(void *context, struct error *error);
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
  struct heap *heap; /* NULL: malloc */
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

static enum status look_at_fd(struct input *input, int fd, struct error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return error_set_errno(error, errno, "cannot look at file descriptor %d", fd);
  input->read = read_fd;
  input->context = input;
  input->fd = fd;
  if (S_ISREG(info.st_mode))
    input->size = (uint64_t)info.st_size;
  else
    input->forward_only = lseek(fd, 0, SEEK_CUR) < 0;
  return STATUS_OK;
}

static enum status open_path(struct input *input, const char *path, struct error *error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot open %s", path);
  input->owns_fd = true;
  TRY(look_at_fd(input, fd, error));
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
    return error_set(error, STATUS_SETTINGS, "%s is a folder, a file is needed", path);
  return STATUS_OK;
}

static enum status open_source(struct input *input, const struct input_source *source, struct error *error) {
  switch (source->kind) {
  case INPUT_PATH:
    return open_path(input, source->path, error);
  case INPUT_FD:
    return look_at_fd(input, source->fd, error);
  case INPUT_MEMORY:
    input->memory = source->memory;
    input->size = source->memory.size;
    return STATUS_OK;
  case INPUT_CALLBACK:
    input->read = source->read;
    input->context = source->context;
    input->close = source->close;
    input->explain = source->explain;
    input->size = source->size;
    input->forward_only = source->forward_only;
    return STATUS_OK;
  }
  return error_set(error, STATUS_BUG, "there is no kind of input %d", (int)source->kind);
}

enum status input_open(const struct input_source *source, struct heap *heap, struct input **ret_input,
                       struct error *error) {
  struct input *input = heap_alloc(heap, sizeof *input);
  if (!input)
    return heap_error(heap, error);
  *input = (struct input){.fd = -1, .size = INPUT_SIZE_UNKNOWN, .heap = heap};
  enum status status = open_source(input, source, error);
  if (status == STATUS_OK)
    *ret_input = input;
  else
    input_close(input);
  return status;
}

enum status input_open_path(const char *path, struct input **ret_input, struct error *error) {
  return input_open(&(struct input_source){.kind = INPUT_PATH, .path = path}, NULL, ret_input, error);
}

enum status input_open_fd(int fd, struct input **ret_input, struct error *error) {
  return input_open(&(struct input_source){.kind = INPUT_FD, .fd = fd}, NULL, ret_input, error);
}

/* These two have no failure but a machine without a hundred bytes. */
static struct input *open_surely(const struct input_source *source) {
  struct input *input = NULL;
  if (input_open(source, NULL, &input, NULL) != STATUS_OK)
    abort();
  return input;
}

struct input *input_open_memory(struct bytes bytes) {
  return open_surely(&(struct input_source){.kind = INPUT_MEMORY, .memory = bytes});
}

struct input *input_open_callback(input_read_fn read, void *context, uint64_t size) {
  return open_surely(&(struct input_source){.kind = INPUT_CALLBACK, .read = read, .context = context, .size = size});
}

void input_close(struct input *input) {
  if (!input)
    return;
  if (input->owns_fd)
    close(input->fd);
  if (input->close)
    input->close(input->context);
  heap_free(input->heap, input->window);
  heap_free(input->heap, input);
}

static bool in_memory(const struct input *input) {
  return !input->read;
}

/* Makes room for `want` bytes from the unconsumed start of the window. */
static enum status make_room(struct input *input, size_t want, struct error *error) {
  size_t held = input->end - input->start;
  if (input->start && input->capacity - input->start < want) {
    memmove(input->window, input->window + input->start, held);
    input->start = 0;
    input->end = held;
  }
  size_t needed = MAX(want, INPUT_WINDOW);
  if (input->capacity < needed) {
    uint8_t *window = heap_resize(input->heap, input->window, needed, 1);
    if (!window)
      return heap_error(input->heap, error);
    input->window = window;
    input->capacity = needed;
  }
  return STATUS_OK;
}

/* One read; *ret_got is 0 at the end. A callback's answer is not trusted. */
static enum status read_some(struct input *input, uint64_t offset, void *data, size_t size, size_t *ret_got,
                             struct error *error) {
  int64_t got = input->read(input->context, offset, data, size);
  if (got < 0 && input->explain)
    TRY(input->explain(input->context, error));
  if (got < 0)
    return error_set_errno(error, errno, "cannot read the log at byte %llu", (unsigned long long)offset);
  if ((uint64_t)got > size)
    return error_set(error, STATUS_IO, "the read function gave %lld bytes at byte %llu where %zu were asked for",
                     (long long)got, (unsigned long long)offset, size);
  *ret_got = (size_t)got;
  return STATUS_OK;
}

enum status input_view(struct input *input, size_t want, struct bytes *ret_view, struct error *error) {
  if (want > INPUT_VIEW_MAX)
    return error_set(error, STATUS_BUG, "a view of %zu bytes was asked for; %zu is the limit", want, INPUT_VIEW_MAX);
  if (in_memory(input)) {
    *ret_view = bytes_of(input->memory.data + input->position, input->memory.size - input->position);
    return STATUS_OK;
  }
  if (input->end - input->start < want && !input->ended)
    TRY(make_room(input, want, error));
  while (input->end - input->start < want && !input->ended) {
    uint64_t offset = input->position + (input->end - input->start);
    size_t got = 0;
    TRY(read_some(input, offset, input->window + input->end, input->capacity - input->end, &got, error));
    input->ended = got == 0;
    input->end += got;
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
    size_t got = 0;
    TRY(read_some(input, offset + total, (uint8_t *)data + total, size - total, &got, error));
    if (got == 0)
      break;
    total += got;
  }
  *ret_size = total;
  return STATUS_OK;
}
