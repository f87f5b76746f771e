/* audit: are the original bytes and the tables still what came in? */
#include "command/listing.h"
#include "command/progress.h"
#include "lake/audit.h"

#include "base/text.h"

#include <inttypes.h>

struct printing {
  struct invocation *in;
  struct progress progress;
};

static void print_fault(void *context, const struct audit_fault *fault) {
  struct printing *printing = context;
  progress_clear(&printing->progress);
  if (!printing->in->json) {
    printf("%-18s %s: %s\n", fault->what, fault->path, fault->text);
    return;
  }
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "fault", fault->what);
  json_c_string(&json, "path", fault->path);
  json_c_string(&json, "log", fault->log[0] ? fault->log : NULL);
  json_c_string(&json, "text", fault->text);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void show_progress(void *context, uint64_t files_done, uint64_t files, uint64_t bytes_done, uint64_t bytes,
                          double seconds) {
  struct printing *printing = context;
  progress_show(&printing->progress, "reading", files_done, files, bytes_done, bytes, seconds);
}

static void json_shares(struct json_writer *json, const char *name, const struct audit_share *shares, uint32_t count) {
  json_array_begin(json, name);
  for (uint32_t i = 0; i < count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "name", shares[i].name);
    json_i64(json, "count", (int64_t)shares[i].count);
    json_i64(json, "bytes", (int64_t)shares[i].bytes);
    json_object_end(json);
  }
  json_array_end(json);
}

static void print_json(const struct audit_result *result) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)1 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_i64(&json, "faults", (int64_t)result->faults);
  json_i64(&json, "objects", (int64_t)result->objects);
  json_i64(&json, "object_bytes", (int64_t)result->object_bytes);
  json_i64(&json, "tables", (int64_t)result->tables);
  json_i64(&json, "table_bytes", (int64_t)result->table_bytes);
  json_i64(&json, "table_rows", (int64_t)result->table_rows);
  json_i64(&json, "read_bytes", (int64_t)result->read_bytes);
  json_double(&json, "seconds", result->seconds);
  json_shares(&json, "by_kind", result->kinds, result->kind_count);
  json_shares(&json, "by_month", result->months, result->month_count);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void print_shares(struct arena *arena, const char *title, const struct audit_share *shares, uint32_t count) {
  struct cells *cells = cells_new(arena, 3);
  char size[16];
  cells_add(cells, title, false);
  cells_add(cells, "logs", true);
  cells_add(cells, "size", true);
  for (uint32_t i = 0; i < count; i++) {
    cells_add(cells, shares[i].name, false);
    cells_add(cells, arena_format(arena, "%" PRIu64, shares[i].count), true);
    cells_add(cells, arena_copy_text(arena, text_size(size, shares[i].bytes)), true);
  }
  cells_print(cells, stdout);
  putchar('\n');
}

static void print_text(const struct invocation *in, const struct audit_result *result) {
  char originals[16], tables[16], duration[24];
  if (result->faults)
    putchar('\n');
  print_shares(in->arena, "kind", result->kinds, result->kind_count);
  print_shares(in->arena, "came in", result->months, result->month_count);
  printf("%" PRIu64 " original%s, %s; %" PRIu64 " table file%s, %s, %" PRIu64 " rows; %s in %s: %" PRIu64 " fault%s\n",
         result->objects, text_plural(result->objects), text_size(originals, result->object_bytes), result->tables,
         text_plural(result->tables), text_size(tables, result->table_bytes), result->table_rows,
         invocation_option(in, "quick") ? "names and sizes compared" : "all read",
         text_duration(duration, result->seconds), result->faults, text_plural(result->faults));
}

static enum status audit_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  struct printing printing = {in, progress_of(in)};
  struct audit_options options = {.quick = invocation_option(in, "quick") != NULL};
  struct audit_callbacks callbacks = {&printing, print_fault, in->quiet ? NULL : show_progress};
  struct audit_result *result = arena_alloc(in->arena, sizeof *result);
  TRY(open_lake(in, &lake, error));
  enum status status = lake_audit(lake, &options, &callbacks, result, error);
  progress_clear(&printing.progress);
  TRY(status);
  if (in->json)
    print_json(result);
  else
    print_text(in, result);
  return result->faults
             ? error_set(error, STATUS_BAD_DATA,
                         "%" PRIu64 " fault%s: bring damaged originals back from a copy before anything else",
                         result->faults, text_plural(result->faults))
             : STATUS_OK;
}

const struct command command_audit = {
    .name = "audit",
    .arguments = "",
    .about = "prove that originals and tables are what came in",
    .details =
        "Every stored original and every file of the tables is read, and its SHA-256 compared with the one that the "
        "catalogue has; what lies in the lake and is in no catalogue, or the other way round, is named. Faults end it "
        "with exit code 3.\n\n"
        "faults: object_missing, object_changed, object_unreadable, object_unknown (originals); table_missing, "
        "table_changed, table_unreadable, table_unknown; log_without_rows; flight_without_log\n\n"
        "It takes about a second a gigabyte. Let it run at night: examples/uavlake-audit.timer for systemd, or for "
        "cron\n"
        "  17 2 * * *  uavlake audit --quiet --lake /srv/lake",
    .options = (const struct option[]){{"quick", 0, NULL, "compare names and sizes only"}, {NULL}},
    .run = audit_run,
};
