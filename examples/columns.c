/* columns: prints one message of any UAV log as CSV, in the units of its fields.
 *
 *   cc columns.c $(pkg-config --cflags --libs uavlog) -o columns && ./columns 00000042.BIN ATT */
#include <stdio.h>
#include <uavlog.h>

static void print_head(const struct uavlog_message *message) {
  printf("time_us");
  for (uint16_t i = 0; i < uavlog_field_count(message); i++)
    printf(",%s [%s]", uavlog_field_name(message, i), uavlog_field_unit(message, i));
}

static void print_row(const struct uavlog_batch *batch, uint32_t row) {
  printf("\n%lld", (long long)uavlog_batch_times_us(batch)[row]);
  for (uint16_t i = 0; i < uavlog_field_count(uavlog_batch_message(batch)); i++) {
    struct uavlog_text text = uavlog_get_text(batch, i, row);
    if (text.size)
      printf(",%.*s", (int)text.size, text.data);
    else
      printf(",%.9g", uavlog_get_double(batch, i, row, 0));
  }
}

int main(int count, char **arguments) {
  const char *const wanted[] = {count > 2 ? arguments[2] : "", NULL};
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.messages = wanted;
  struct uavlog *log;
  struct uavlog_error error;
  const struct uavlog_batch *batch;
  int head = 1;
  enum uavlog_status status = uavlog_open_path(count > 1 ? arguments[1] : "", &options, &log, &error);
  while (status == UAVLOG_OK && (status = uavlog_next(log, &batch, &error)) == UAVLOG_OK && batch) {
    if (head)
      print_head(uavlog_batch_message(batch));
    head = 0;
    for (uint32_t row = 0; row < uavlog_batch_rows(batch); row++)
      print_row(batch, row);
  }
  puts(status == UAVLOG_OK ? "" : error.text);
  uavlog_close(log);
  return (int)status;
}
