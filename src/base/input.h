/* input: a log's bytes, read forward through one window of bounded size, or at random where the source can.
 *
 * input_view gives a contiguous view at the current position; input_skip moves on. Memory is one window, whatever the
 * size of the file. A file that grows while it is read is read up to the size it had when it was opened; one that
 * shrinks simply ends. Not thread-safe: one reader an input. */
#ifndef UAVLAKE_INPUT_H
#define UAVLAKE_INPUT_H

#include "base/bytes.h"

#define INPUT_WINDOW ((size_t)256 << 10) /* read at a time */
#define INPUT_VIEW_MAX ((size_t)1 << 20) /* largest view that may be asked for */
#define INPUT_SIZE_UNKNOWN UINT64_MAX

struct input;
struct heap;

/* Reads up to `size` bytes at `offset` into `data`; returns the count, 0 at the end, or -1 with errno set. */
typedef int64_t (*input_read_fn)(void *context, uint64_t offset, void *data, size_t size);

enum input_kind { INPUT_PATH, INPUT_FD, INPUT_MEMORY, INPUT_CALLBACK };
struct input_source {
  enum input_kind kind;
  const char *path;
  int fd;
  struct bytes memory;
  input_read_fn read;
  void *context;
  uint64_t size;     /* of a callback's bytes */
  bool forward_only; /* a callback that can't go back */
  /* Both may be NULL. close: the context is the input's, and ends with it. explain: fills the error after a read that
   * gave -1; where it returns STATUS_OK it has nothing to say, and errno is told. */
  void (*close)(void *context);
  enum status (*explain)(void *context, struct error *error);
};

/* Any of the four kinds below, with the input's own memory (one window, at most INPUT_VIEW_MAX) from a heap that
 * outlives it. STATUS_LIMIT where the heap refuses. */
must_check enum status input_open(const struct input_source *source, struct heap *heap, struct input **ret_input,
                                  struct error *error);

must_check enum status input_open_path(const char *path, struct input **ret_input, struct error *error);
/* The descriptor stays the caller's. Pipes work, forward only. */
must_check enum status input_open_fd(int fd, struct input **ret_input, struct error *error);
/* The memory stays the caller's and must outlive the input. Views point into it: no copy. */
struct input *input_open_memory(struct bytes bytes);
/* size: INPUT_SIZE_UNKNOWN where it is not known. */
struct input *input_open_callback(input_read_fn read, void *context, uint64_t size);
void input_close(struct input *input);
static inline void input_scope_end(struct input **input) {
  input_close(*input);
}

/* A view of at least `want` bytes (≤ INPUT_VIEW_MAX) from the current position, more where they are there already;
 * fewer only at the end of the input. Valid until the next call on the input. */
must_check enum status input_view(struct input *input, size_t want, struct bytes *ret_view, struct error *error);
/* Moves on by `size` ≤ the size of the last view. */
void input_skip(struct input *input, size_t size);
/* Moves to any offset; backwards only where the source is seekable (files, memory, callbacks). */
must_check enum status input_seek(struct input *input, uint64_t offset, struct error *error);
uint64_t input_offset(const struct input *input);
uint64_t input_size(const struct input *input);
/* Reads at `offset` without moving; *ret_size < size only at the end. Unsupported for pipes. */
must_check enum status input_read_at(struct input *input, uint64_t offset, void *data, size_t size, size_t *ret_size,
                                     struct error *error);

#endif
