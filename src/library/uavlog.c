/* uavlog: opening, reading and closing a log through the public interface (include/uavlog.h says what each call does).
 *
 * A log is one piece of a heap that holds everything else: the input's window and all that the decoder allocates. So
 * the caller's limit covers the sum, the caller's allocator sees every piece, and nothing on the way can end the
 * program. */
#include "library/library.h"

#include <errno.h>
#include <locale.h>

static const enum uavlog_status public_status[STATUS_COUNT] = {
    [STATUS_OK] = UAVLOG_OK,
    [STATUS_BAD_DATA] = UAVLOG_BAD_DATA,
    [STATUS_UNSUPPORTED] = UAVLOG_UNSUPPORTED,
    [STATUS_NOT_FOUND] = UAVLOG_NOT_FOUND,
    [STATUS_EXISTS] = UAVLOG_BUG,
    [STATUS_DENIED] = UAVLOG_DENIED,
    [STATUS_LIMIT] = UAVLOG_LIMIT,
    [STATUS_IO] = UAVLOG_IO,
    [STATUS_NETWORK] = UAVLOG_IO,
    [STATUS_SETTINGS] = UAVLOG_USAGE,
    [STATUS_CANCELLED] = UAVLOG_CANCELLED,
    [STATUS_BUG] = UAVLOG_BUG,
};
_Static_assert(sizeof(((struct uavlog_error *)0)->text) == ERROR_TEXT_MAX, "an error's text fits the public one");

static enum uavlog_status report_failure(const struct error *failure, struct uavlog_error *error) {
  enum uavlog_status status = public_status[failure->status];
  if (error) {
    error->status = status;
    memcpy(error->text, failure->text, sizeof error->text);
  }
  return status;
}

/* An older caller's options are shorter: what is missing is 0. A newer caller's are longer: what we don't know must be
 * 0, or it would be silently ignored. */
static enum status copy_options(const struct uavlog_options *options, struct uavlog_options *ret_copy,
                                struct error *error) {
  *ret_copy = (struct uavlog_options){0};
  if (!options)
    return STATUS_OK;
  if (options->size < sizeof options->size || options->size > 4096)
    return error_set(error, STATUS_SETTINGS, "the options' size is %zu; begin with UAVLOG_OPTIONS_INIT", options->size);
  for (size_t i = sizeof *ret_copy; i < options->size; i++)
    if (((const uint8_t *)options)[i])
      return error_set(error, STATUS_SETTINGS,
                       "the options are of a newer version than this library, " UAVLAKE_VERSION);
  memcpy(ret_copy, options, MIN(options->size, sizeof *ret_copy));
  if (!ret_copy->allocate != !ret_copy->release)
    return error_set(error, STATUS_SETTINGS, "allocate and release of the options belong together; set both or none");
  return STATUS_OK;
}

/* The list of wanted names and the names, in one piece: the pointers first. */
static enum status copy_names(struct uavlog *log, const char *const *names, struct error *error) {
  size_t count = 0, bytes = 0;
  for (; names[count]; count++)
    bytes += strlen(names[count]) + 1;
  log->messages = heap_alloc(&log->heap, (count + 1) * sizeof *log->messages + bytes);
  if (!log->messages)
    return heap_error(&log->heap, error);
  char *at = (char *)(log->messages + count + 1);
  for (size_t i = 0; i < count; i++) {
    size_t size = strlen(names[i]) + 1;
    log->messages[i] = memcpy(at, names[i], size);
    at += size;
  }
  return STATUS_OK;
}

static bool is_wanted(void *context, const struct message *message) {
  const struct uavlog *log = context;
  bool named = !log->messages;
  for (size_t i = 0; !named && log->messages[i]; i++)
    named = strcmp(log->messages[i], message->name) == 0;
  return named && (!log->wanted || log->wanted(log->wanted_context, message_public(message)));
}

/* The caller's −errno to input's −1 and errno. */
static int64_t read_callback(void *context, uint64_t offset, void *data, size_t size) {
  struct uavlog *log = context;
  int64_t got = log->read(log->read_context, offset, data, size);
  if (got >= 0)
    return got;
  errno = got >= -4095 ? (int)-got : EIO;
  return -1;
}

static enum status open_decode(struct uavlog *log, const struct uavlog_options *options, struct error *error) {
  const struct decoder *decoder = options->format ? decoder_find(options->format) : NULL;
  if (options->format && !decoder)
    return error_set(error, STATUS_SETTINGS, "there is no format '%s'; uavlog_format_name lists them", options->format);
  log->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (options->messages)
    TRY(copy_names(log, options->messages, error));
  log->wanted = options->wanted;
  log->wanted_context = options->wanted_context;
  struct decode_options decode_options = {
      .heap = &log->heap, .batch_rows = options->batch_rows, .wanted = is_wanted, .context = log};
  locale_t callers = uselocale(log->locale);
  enum status status = decode_open(log->input, decoder, &decode_options, &log->decode, error);
  uselocale(callers);
  TRY(status);
  log->report = decode_get_report(log->decode);
  return STATUS_OK;
}

#define DEFAULT_MEMORY_LIMIT ((size_t)64 << 20)

static struct uavlog *new_log(const struct uavlog_options *options, struct error *error) {
  struct heap heap = {.allocate = options->allocate,
                      .release = options->release,
                      .context = options->allocate_context,
                      .limit = options->memory_limit ? options->memory_limit : DEFAULT_MEMORY_LIMIT};
  struct uavlog *log = heap_alloc(&heap, sizeof *log);
  if (!log)
    heap_error(&heap, error);
  else
    log->heap = heap;
  return log;
}

/* source of a callback: its function and context are the caller's, and go through read_callback. */
static enum status open_log(struct input_source source, uavlog_read_function read,
                            const struct uavlog_options *public_options, struct uavlog **ret_log, struct error *error) {
  struct uavlog_options options;
  TRY(copy_options(public_options, &options, error));
  struct uavlog *log = new_log(&options, error);
  if (!log)
    return STATUS_LIMIT;
  log->read = read;
  log->read_context = source.context;
  source.read = read_callback;
  source.context = log;
  enum status status = input_open(&source, &log->heap, &log->input, error);
  if (status == STATUS_OK)
    status = open_decode(log, &options, error);
  if (status == STATUS_OK)
    *ret_log = log;
  else
    uavlog_close(log);
  return status;
}

static enum uavlog_status open_public(const struct input_source *source, const char *missing, uavlog_read_function read,
                                      const struct uavlog_options *options, struct uavlog **ret_log,
                                      struct uavlog_error *error) {
  struct error failure = {0};
  if (ret_log)
    *ret_log = NULL;
  if (!ret_log || missing)
    error_set(&failure, STATUS_SETTINGS, "%s is NULL", missing ? missing : "the place for the log");
  else if (open_log(*source, read, options, ret_log, &failure) == STATUS_OK)
    return UAVLOG_OK;
  return report_failure(&failure, error);
}

EXPORTED enum uavlog_status uavlog_open_path(const char *path, const struct uavlog_options *options,
                                             struct uavlog **ret_log, struct uavlog_error *error) {
  return open_public(&(struct input_source){.kind = INPUT_PATH, .path = path}, path ? NULL : "the path", NULL, options,
                     ret_log, error);
}

EXPORTED enum uavlog_status uavlog_open_fd(int fd, const struct uavlog_options *options, struct uavlog **ret_log,
                                           struct uavlog_error *error) {
  return open_public(&(struct input_source){.kind = INPUT_FD, .fd = fd}, NULL, NULL, options, ret_log, error);
}

EXPORTED enum uavlog_status uavlog_open_memory(const void *data, size_t size, const struct uavlog_options *options,
                                               struct uavlog **ret_log, struct uavlog_error *error) {
  return open_public(&(struct input_source){.kind = INPUT_MEMORY, .memory = bytes_of(data ? data : "", size)},
                     data || !size ? NULL : "the memory", NULL, options, ret_log, error);
}

EXPORTED enum uavlog_status uavlog_open_callback(uavlog_read_function read, void *context, uint64_t size,
                                                 int forward_only, const struct uavlog_options *options,
                                                 struct uavlog **ret_log, struct uavlog_error *error) {
  struct input_source source = {
      .kind = INPUT_CALLBACK, .context = context, .size = size, .forward_only = forward_only != 0};
  return open_public(&source, read ? NULL : "the read function", read, options, ret_log, error);
}

EXPORTED enum uavlog_status uavlog_next(struct uavlog *log, const struct uavlog_batch **ret_batch,
                                        struct uavlog_error *error) {
  const struct batch *batch = NULL;
  *ret_batch = NULL;
  locale_t callers = uselocale(log->locale);
  if (log->failure.status == STATUS_OK)
    log->failure.status = decode_next(log->decode, &batch, &log->failure);
  uselocale(callers);
  if (log->failure.status != STATUS_OK)
    return report_failure(&log->failure, error);
  *ret_batch = (const struct uavlog_batch *)(const void *)batch;
  return UAVLOG_OK;
}

EXPORTED void uavlog_close(struct uavlog *log) {
  if (!log)
    return;
  decode_close(log->decode);
  input_close(log->input);
  heap_free(&log->heap, log->messages);
  if (log->locale)
    freelocale(log->locale);
  struct heap heap = log->heap; /* the log lies in it */
  heap_free(&heap, log);
}
