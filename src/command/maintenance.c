/* maintenance: records of work on vehicles: import, list, show. */
#include "lake/maintenance.h"
#include "command/listing.h"

#include <inttypes.h>

static const struct listing_column columns[] = {
    {"time", "date", FORM_TIME},     {"vehicle", "vehicle", FORM_TEXT}, {"component", "component", FORM_TEXT},
    {"kind", "kind", FORM_TEXT},     {"problem", "problem", FORM_TEXT}, {"action", "action", FORM_TEXT},
    {"hours", "hours", FORM_NUMBER}, {"id", "record", FORM_TEXT},       {NULL, NULL, FORM_TEXT}};
static const struct listing listing = {"maintenance", columns, "time", true, "record", "records"};

struct printing {
  struct invocation *in;
  const char *path;
};

static void print_column(void *context, const char *column, const char *field) {
  struct printing *printing = context;
  if (!printing->in->json && !printing->in->quiet)
    printf("  %-28s → %s\n", column, field[0] ? field : "(kept as it is)");
}

static void print_refused(void *context, uint64_t line, const char *column, const char *value, const char *reason) {
  struct printing *printing = context;
  if (!printing->in->json) {
    fprintf(stderr, "refused %s:%" PRIu64 ": %s%s%s%s%s\n", printing->path, line, column, column[0] ? " '" : "", value,
            column[0] ? "': " : "", reason);
    return;
  }
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "refused", printing->path);
  json_i64(&json, "line", (int64_t)line);
  json_c_string(&json, "column", column[0] ? column : NULL);
  json_c_string(&json, "value", column[0] ? value : NULL);
  json_c_string(&json, "reason", reason);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void print_result(const struct invocation *in, const char *path, const struct maintenance_result *result) {
  if (!in->json) {
    printf("%s: %" PRIu64 " row%s, %" PRIu64 " %s, %" PRIu64 " known already, %" PRIu64 " refused (source %s)\n", path,
           result->rows, text_plural(result->rows), result->added,
           invocation_option(in, "dry-run") ? "would be added" : "added", result->known, result->refused,
           result->source);
    return;
  }
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "file", path);
  json_c_string(&json, "source", result->source);
  json_i64(&json, "rows", (int64_t)result->rows);
  json_i64(&json, "added", (int64_t)result->added);
  json_i64(&json, "known", (int64_t)result->known);
  json_i64(&json, "refused", (int64_t)result->refused);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status read_options(struct invocation *in, struct maintenance_options *options, struct error *error) {
  const char *order = invocation_option(in, "date-order");
  const char **maps = arena_alloc_array(in->arena, OPTION_VALUES_MAX, sizeof *maps);
  while (options->map_count < OPTION_VALUES_MAX &&
         (maps[options->map_count] = invocation_option_at(in, "map", (int)options->map_count)))
    options->map_count++;
  options->maps = maps;
  options->vehicle = invocation_option(in, "uav");
  options->source = invocation_option(in, "source");
  options->dry_run = invocation_option(in, "dry-run") != NULL;
  if (order && strcmp(order, "dmy") != 0 && strcmp(order, "mdy") != 0)
    return error_set(error, STATUS_SETTINGS, "--date-order is dmy (31.12.2026) or mdy (12/31/2026), not '%s'", order);
  options->date_order = !order ? DATE_UNKNOWN : order[0] == 'd' ? DATE_DAY_FIRST : DATE_MONTH_FIRST;
  return STATUS_OK;
}

static enum status import_files(struct invocation *in, struct lake *lake, struct error *error) {
  struct maintenance_options options = {0};
  uint64_t refused = 0;
  TRY(read_options(in, &options, error));
  if (in->argument_count < 2)
    return error_set(error, STATUS_SETTINGS, "usage: uavlake maintenance import FILE…");
  for (int i = 1; i < in->argument_count; i++) {
    struct printing printing = {in, in->arguments[i]};
    struct maintenance_callbacks callbacks = {&printing, print_column, print_refused};
    struct maintenance_result result;
    TRY(maintenance_import(lake, in->arguments[i], &options, &callbacks, &result, error));
    print_result(in, in->arguments[i], &result);
    refused += result.refused;
  }
  return refused
             ? error_set(error, STATUS_BAD_DATA, "%" PRIu64 " row%s refused; mend and import again, what is in stays",
                         refused, refused == 1 ? " was" : "s were")
             : STATUS_OK;
}

static enum status show_record(struct invocation *in, struct lake *lake, struct error *error) {
  const char *text;
  if (in->argument_count != 2)
    return error_set(error, STATUS_SETTINGS, "usage: uavlake maintenance show ID");
  enum status status = catalog_get(lake_catalog(lake), in->arena, "maintenance", in->arguments[1], &text, error);
  if (status == STATUS_NOT_FOUND)
    return error_set(error, STATUS_NOT_FOUND, "there is no record '%s'; 'uavlake maintenance list' shows them",
                     in->arguments[1]);
  TRY(status);
  puts(text);
  return STATUS_OK;
}

static enum status maintenance_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *word = in->arguments[0];
  bool is_list = strcmp(word, "list") == 0;
  if (!is_list && strcmp(word, "import") != 0 && strcmp(word, "show") != 0)
    return error_set(error, STATUS_SETTINGS, "there is no 'maintenance %s'; there are import, list and show", word);
  TRY(open_lake(in, &lake, error));
  if (is_list)
    return in->argument_count == 1 ? listing_print(in, &listing, error)
                                   : error_set(error, STATUS_SETTINGS, "'maintenance list' takes options only");
  return strcmp(word, "import") == 0 ? import_files(in, lake, error) : show_record(in, lake, error);
}

const struct command command_maintenance = {
    .name = "maintenance",
    .arguments = "import FILE… | list | show ID",
    .about = "take in and list records of work on vehicles",
    .details =
        "import reads CSV (any separator, UTF-8, UTF-16 or Latin-1), a JSON array of objects or JSON lines. Columns "
        "are "
        "known by their names (English, German, French, Spanish); --map changes what is guessed, and is remembered for "
        "the source, which is --source or else the set of column names. Fields: record, time, vehicle, component, "
        "serial, action, problem, text, person, hours, cycles, cost, currency, due; other columns are kept as they "
        "are. "
        "A row that can't be true is refused with its line; the others go in, and none goes in twice.\n\n"
        "The records are the table `maintenance` of 'uavlake query'. 'uavlake add' does the same with a table that "
        "says "
        "when, on what and what was done.\n\n"
        "Example: uavlake maintenance import workshop.csv --map 'Kommentar=text' --date-order dmy",
    .options = (const struct option[]){{"uav", 0, "NAME", "vehicle of the rows that name none"},
                                       {"source", 0, "NAME", "whose table it is, for the mapping"},
                                       {"map", 0, "COLUMN=field", "what a column holds (repeatable)"},
                                       {"date-order", 0, "ORDER", "dmy or mdy, for 03/04/2026"},
                                       {"dry-run", 0, NULL, "only say what would be taken"},
                                       LISTING_OPTIONS,
                                       {"kind", 0, "KIND", "only this kind (replacement, inspection, …)"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = maintenance_run,
};
