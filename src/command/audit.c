/* audit: are the original bytes and the tables still what came in, what do they cost, and do the logs get worse? */
#include "command/listing.h"
#include "command/progress.h"
#include "lake/audit.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

struct printing {
  struct invocation *in;
  struct progress progress;
};

/* ---- while it runs ---- */

static void print_fault_json(const struct audit_fault *fault) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "fault", fault->what);
  json_c_string(&json, "path", fault->path);
  json_c_string(&json, "log", fault->log[0] ? fault->log : NULL);
  json_c_string(&json, "text", fault->text);
  json_c_string(&json, "remedy", fault->remedy[0] ? fault->remedy : NULL);
  json_object_end(&json);
  puts(buffer_text(&text));
}

/* Names come from the lake's folder, where anybody may have written: nothing of them controls the terminal. */
static void print_safe(const char *text) {
  for (; *text; text++)
    putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void print_fault(void *context, const struct audit_fault *fault) {
  struct printing *printing = context;
  progress_clear(&printing->progress);
  if (printing->in->json) {
    print_fault_json(fault);
    return;
  }
  printf("%s ", fault->what);
  print_safe(fault->path);
  printf(": ");
  print_safe(fault->text);
  if (fault->name[0]) {
    printf("\n  log %.12s, ", fault->log);
    print_safe(fault->name);
    printf("%s%s", fault->vehicle[0] ? ", of " : "", fault->vehicle);
    for (uint32_t i = 0; i < fault->flight_count; i++)
      printf("%s%s", i ? ", " : ", flight ", fault->flights[i]);
  }
  if (fault->remedy[0]) {
    printf("\n  mend it: ");
    print_safe(fault->remedy);
  }
  putchar('\n');
}

static void print_note(void *context, const char *text) {
  struct printing *printing = context;
  progress_clear(&printing->progress);
  if (!printing->in->quiet)
    fprintf(stderr, "%s\n", text);
}

static void show_progress(void *context, uint64_t files_done, uint64_t files, uint64_t bytes_done, uint64_t bytes,
                          double seconds) {
  struct printing *printing = context;
  progress_show(&printing->progress, "reading", files_done, files, bytes_done, bytes, seconds);
}

/* ---- the end ---- */

static uint64_t number(const json_t *object, const char *name) {
  return (uint64_t)json_integer_value(json_object_get(object, name));
}

static const char *size_text(struct arena *arena, uint64_t bytes) {
  char size[16];
  return arena_copy_text(arena, text_size(size, bytes));
}

static const char *cost_text(struct arena *arena, const json_t *of, const char *currency) {
  double cost = json_number_value(json_object_get(of, "month_cost"));
  if (!json_is_number(json_object_get(of, "month_cost")))
    return "";
  const char *amount = cost > 0 && cost < 0.01 ? "< 0.01" : arena_format(arena, "%.2f", cost);
  return arena_format(arena, "%s%s%s", amount, currency[0] ? " " : "", currency);
}

static bool has_prices(const json_t *storage) {
  const json_t *class;
  size_t i;
  bool any = false;
  json_array_foreach(json_object_get(storage, "by_class"), i, class)
      any |= json_is_number(json_object_get(class, "gb_month_price"));
  return any;
}

static void print_shares(struct arena *arena, const json_t *storage, const char *title, const char *name) {
  bool prices = has_prices(storage);
  const char *currency = json_string_value(json_object_get(storage, "currency"));
  struct cells *cells = cells_new(arena, prices ? 4 : 3);
  const json_t *share;
  size_t i;
  cells_add(cells, title, false);
  cells_add(cells, "files", true);
  cells_add(cells, "size", true);
  if (prices)
    cells_add(cells, "a month", true);
  json_array_foreach(json_object_get(storage, name), i, share) {
    cells_add(cells, json_string_value(json_object_get(share, "name")), false);
    cells_add(cells, arena_format(arena, "%" PRIu64, number(share, "files")), true);
    cells_add(cells, size_text(arena, number(share, "bytes")), true);
    if (prices)
      cells_add(cells, cost_text(arena, share, currency ? currency : ""), true);
  }
  cells_print(cells, stdout);
  putchar('\n');
}

static void print_scores(struct arena *arena, const json_t *quality) {
  struct cells *cells = cells_new(arena, 4);
  const json_t *month, *months = json_object_get(quality, "months");
  size_t i, count = json_array_size(months);
  static const char *const titles[] = {"flown", "logs", "score", "worst"};
  if (!count)
    return;
  for (size_t title = 0; title < ARRAY_COUNT(titles); title++)
    cells_add(cells, titles[title], title > 0);
  json_array_foreach(months, i, month) {
    if (i + 12 < count) /* the report has them all */
      continue;
    cells_add(cells, json_string_value(json_object_get(month, "month")), false);
    cells_add(cells, arena_format(arena, "%" PRIu64, number(month, "logs")), true);
    cells_add(cells, arena_format(arena, "%.1f", json_number_value(json_object_get(month, "score"))), true);
    cells_add(cells, arena_format(arena, "%.0f", json_number_value(json_object_get(month, "worst"))), true);
  }
  cells_print(cells, stdout);
  putchar('\n');
}

static const char *extent_text(struct arena *arena, const json_t *report) {
  const json_t *verified = json_object_get(report, "verified");
  if (strcmp(json_string_value(json_object_get(report, "extent")), "quick") == 0)
    return "names and sizes compared";
  uint64_t files = number(report, "read_files"), all = number(report, "objects") + number(report, "tables");
  return arena_format(
      arena, "%" PRIu64 " file%s, %s read; %" PRIu64 " of %" PRIu64 " files found right, the longest ago %s", files,
      text_plural(files), size_text(arena, number(report, "read_bytes")), number(verified, "files"), all,
      json_is_string(json_object_get(verified, "oldest"))
          ? arena_format(arena, "on %.10s", json_string_value(json_object_get(verified, "oldest")))
          : "never");
}

static void print_summary(struct arena *arena, const json_t *report) {
  uint64_t objects = number(report, "objects"), tables = number(report, "tables"), faults = number(report, "faults"),
           quarantined = number(json_object_get(report, "quarantine"), "logs");
  char duration[24];
  printf("%" PRIu64 " original%s, %s; %" PRIu64 " table file%s, %s, %" PRIu64 " rows\n", objects, text_plural(objects),
         size_text(arena, number(report, "object_bytes")), tables, text_plural(tables),
         size_text(arena, number(report, "table_bytes")), number(json_object_get(report, "rows"), "written"));
  printf("%s\n", extent_text(arena, report));
  if (quarantined)
    printf("%" PRIu64 " log%s in quarantine: uavlake quarantine\n", quarantined, text_plural(quarantined));
  printf("%" PRIu64 " fault%s, in %s\n", faults, text_plural(faults),
         text_duration(duration, json_number_value(json_object_get(report, "seconds"))));
}

static void print_text(struct arena *arena, const json_t *report) {
  const json_t *storage = json_object_get(report, "storage");
  if (number(report, "faults"))
    putchar('\n');
  print_shares(arena, storage, "kind", "by_kind");
  print_shares(arena, storage, "source", "by_source");
  print_shares(arena, storage, "came in", "by_age");
  print_scores(arena, json_object_get(report, "quality"));
  print_summary(arena, report);
}

/* ---- what was typed ---- */

/* A number and its unit, e.g. "30d": the unit's factor, from pairs that end with a NULL name. */
struct unit {
  const char *name;
  double factor;
};

static bool read_with_unit(const char *typed, const struct unit *units, double *ret_value) {
  size_t digits = strspn(typed, "0123456789.");
  double value;
  if (!text_to_double(text_from(typed, digits), &value) || !(value > 0))
    return false;
  for (; units->name; units++)
    if (strcmp(typed + digits, units->name) == 0) {
      *ret_value = value * units->factor;
      return *ret_value < 9e18;
    }
  return false;
}

static enum status read_rate(const char *typed, uint64_t *ret_rate, struct error *error) {
  static const struct unit units[] = {{"kB/s", 1e3}, {"MB/s", 1e6}, {"GB/s", 1e9}, {"kB", 1e3}, {"MB", 1e6},
                                      {"GB", 1e9},   {"k", 1e3},    {"M", 1e6},    {"G", 1e9},  {NULL}};
  double rate;
  if (!read_with_unit(typed, units, &rate) || rate < 1)
    return error_set(error, STATUS_SETTINGS, "--rate %s is no rate: it wants one like 50MB/s or 800kB/s", typed);
  *ret_rate = (uint64_t)rate;
  return STATUS_OK;
}

static enum status read_sample(const char *typed, double *ret_share, struct error *error) {
  static const struct unit units[] = {{"%", 0.01}, {"", 1}, {NULL}};
  double share;
  if (!read_with_unit(typed, units, &share) || share > 1)
    return error_set(error, STATUS_SETTINGS, "--sample %s is no share: it wants one like 5%%, at most 100%%", typed);
  *ret_share = share;
  return STATUS_OK;
}

static enum status read_age(const char *typed, int64_t *ret_us, struct error *error) {
  static const struct unit units[] = {{"d", 86400e6}, {"h", 3600e6}, {"w", 7 * 86400e6}, {"min", 60e6}, {NULL}};
  double age_us;
  if (!read_with_unit(typed, units, &age_us) || age_us > 36500 * 86400e6)
    return error_set(error, STATUS_SETTINGS, "--older-than %s is no time: it wants one like 30d, 12h or 2w", typed);
  *ret_us = (int64_t)age_us;
  return STATUS_OK;
}

static enum status read_options(const struct invocation *in, struct audit_options *options, struct error *error) {
  const char *rate = invocation_option(in, "rate"), *sample = invocation_option(in, "sample"),
             *age = invocation_option(in, "older-than"), *price;
  options->quick = invocation_option(in, "quick") != NULL;
  options->restart = invocation_option(in, "restart") != NULL;
  options->currency = invocation_option(in, "currency");
  if (rate)
    TRY(read_rate(rate, &options->rate, error));
  if (sample)
    TRY(read_sample(sample, &options->sample, error));
  if (age)
    TRY(read_age(age, &options->older_than_us, error));
  if (options->quick && (sample || age || rate))
    return error_set(error, STATUS_SETTINGS, "--quick reads nothing: leave out --rate, --sample and --older-than");
  const char **prices = arena_alloc_array(in->arena, OPTION_VALUES_MAX, sizeof *prices);
  while ((price = invocation_option_at(in, "price", (int)options->price_count)))
    prices[options->price_count++] = price;
  options->prices = prices;
  return STATUS_OK;
}

/* ---- the whole ---- */

static enum status write_page(const char *path, const char *report, struct error *error) {
  scoped(buffer) struct buffer page = buffer_with_max((size_t)32 << 20);
  TRY(audit_page(report, &page, error));
  return file_write(path, bytes_of(page.data, page.size), error);
}

static enum status print_report(const struct invocation *in, const char *report, uint64_t faults, struct error *error) {
  const char *page = invocation_option(in, "report");
  json_t *document = json_loads(report, 0, NULL);
  if (in->json)
    puts(report);
  else
    print_text(in->arena, document);
  json_decref(document);
  if (page)
    TRY(write_page(page, report, error));
  if (page && !in->json)
    printf("report: %s\n", page);
  return faults ? error_set(error, STATUS_BAD_DATA, "%" PRIu64 " fault%s%s", faults, text_plural(faults),
                            ": bring damaged originals back before anything else")
                : STATUS_OK;
}

static enum status audit_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  struct printing printing = {in, progress_of(in)};
  struct audit_options options = {0};
  struct audit_callbacks callbacks = {&printing, print_fault, print_note, in->quiet ? NULL : show_progress};
  const char *report;
  uint64_t faults = 0;
  TRY(read_options(in, &options, error));
  TRY(open_lake(in, &lake, error));
  if (invocation_option(in, "last")) {
    TRY(audit_report_get(lake_catalog(lake), in->arena, "last", &report, error));
    json_t *document = json_loads(report, 0, NULL);
    faults = number(document, "faults");
    json_decref(document);
    return print_report(in, report, faults, error);
  }
  enum status status = lake_audit(lake, &options, &callbacks, in->arena, &report, &faults, error);
  progress_clear(&printing.progress);
  TRY(status);
  return print_report(in, report, faults, error);
}

const struct command command_audit = {
    .name = "audit",
    .arguments = "",
    .about = "prove that originals and tables are what came in; what they cost; whether logs get worse",
    .details =
        "Every stored original and every file of the tables is read, and its SHA-256 compared with the one that the "
        "catalogue has; what lies in the lake and is in no catalogue, or the other way round, is named with what is "
        "known of it and how to mend it. It also says what the storage costs and how the quality of the logs went.\n\n"
        "Exit code 0: all is good. 3: faults were found, each is named. 6: another audit of this lake is running. "
        "Others: the audit itself failed.\n\n"
        "Cut off (also by kill -9), the next audit with the same --sample and --older-than goes on. What was not "
        "looked at longest comes first.\n\n"
        "faults: object_missing, object_changed, object_unreadable, object_unknown (originals); table_missing, "
        "table_changed, table_unreadable, table_unknown, table_without_log; log_without_rows, rows_differ; "
        "flight_without_log, flight_missing, finding_without_flight\n\n"
        "Let it run at night: examples/uavlake-audit.timer for systemd, examples/uavlake-audit.cron for cron. "
        "docs/audit.md tells more.\n\nExamples:\n"
        "  uavlake audit --report audit.html\n"
        "  uavlake audit --sample 5% --rate 50MB/s\n"
        "  uavlake audit --older-than 30d --quiet\n"
        "  uavlake audit --price disk=0.02 --currency EUR",
    .options = (const struct option[]){{"quick", 0, NULL, "compare names and sizes only"},
                                       {"sample", 0, "SHARE",
                                        "read so much of the bytes (5%), the longest not read first"},
                                       {"older-than", 0, "AGE", "read only what was not looked at for so long (30d)"},
                                       {"rate", 0, "RATE", "read at most so fast (50MB/s)"},
                                       {"restart", 0, NULL, "begin anew where an audit was cut off"},
                                       {"report", 0, "FILE", "write the report as one HTML page"},
                                       {"last", 0, NULL, "show the last report again; nothing is looked at"},
                                       {"price", 0, "CLASS=AMOUNT",
                                        "what a GB of a storage class costs a month (repeatable; kept)"},
                                       {"currency", 0, "NAME", "of the prices (kept)"},
                                       {NULL}},
    .run = audit_run,
};
