/* result: see result.h. */
#include "command/result.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

static uint32_t terminal_width(void) {
  struct winsize size;
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return 0;
  return size.ws_col;
}

enum status result_open(struct invocation *in, const char *usual, struct result_writer **ret_writer, FILE **ret_file,
                        struct error *error) {
  const char *format = invocation_option(in, "format"), *path = invocation_option(in, "output");
  if (!format)
    format = in->json ? "jsonl" : usual;
  const struct result_format *known = result_format_find(format);
  FILE *file = NULL;
  if (path && known && !known->needs_path) {
    file = fopen(path, "wb");
    if (!file)
      return error_set_errno(error, errno, "cannot create %s", path);
  }
  struct result_output output = result_output_file(file ? file : stdout);
  output.path = path;
  output.width = file ? 0 : terminal_width();
  enum status status = result_writer_open(format, &output, ret_writer, error);
  if (status != STATUS_OK && file)
    fclose(file);
  else
    *ret_file = file;
  return status;
}

enum status result_close(struct result_writer *writer, FILE *file, enum status status, struct error *error) {
  if (status == STATUS_OK)
    status = result_writer_finish(writer, NULL, error);
  result_writer_free(writer);
  if (file && fclose(file) != 0 && status == STATUS_OK)
    status = error_set_errno(error, errno, "cannot write the output completely");
  return status;
}
