/* evaluate: how right the findings are, on flights whose faults are known. */
#include "base/file.h"
#include "command/listing.h"
#include "lake/evaluation.h"

#include <math.h>
#include <stdlib.h>

static const char *number(struct arena *arena, const char *format, double value) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return isfinite(value) ? arena_format(arena, format, value) : "-";
#pragma GCC diagnostic pop
}

static double ratio(uint32_t part, uint32_t whole) {
  return whole ? (double)part / whole : NAN;
}

static const char *percent(struct arena *arena, uint32_t part, uint32_t whole) {
  return whole ? arena_format(arena, "%.0f %%", 100 * ratio(part, whole)) : "-";
}

static const char *count(struct arena *arena, uint32_t value) {
  return arena_format(arena, "%u", value);
}

static void add_titles(struct cells *cells, const char *const *titles) {
  for (uint32_t i = 0; titles[i]; i++)
    cells_add(cells, titles[i], i > 0);
}

static void print_kinds(struct arena *arena, const struct evaluation *result) {
  static const char *const titles[] = {"kind",  "flights", "alerts", "found",     "recall",
                                       "right", "beside",  "false",  "precision", NULL};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles) - 1);
  add_titles(cells, titles);
  for (uint32_t i = 0; i < result->kind_count; i++) {
    const struct evaluation_row *row = &result->kinds[i];
    cells_add(cells, row->name, false);
    cells_add(cells, count(arena, row->flights), true);
    cells_add(cells, count(arena, row->alerts), true);
    cells_add(cells, count(arena, row->found), true);
    cells_add(cells, percent(arena, row->found, row->alerts), true);
    cells_add(cells, count(arena, row->right), true);
    cells_add(cells, count(arena, row->beside), true);
    cells_add(cells, count(arena, row->wrong), true);
    cells_add(cells, percent(arena, row->right, row->right + row->beside + row->wrong), true);
  }
  cells_print(cells, stdout);
}

static void print_vehicles(struct arena *arena, const struct evaluation *result) {
  static const char *const titles[] = {"vehicle",   "flights", "alerts",       "found", "recall",
                                       "precision", "healthy", "with warning", NULL};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles) - 1);
  add_titles(cells, titles);
  for (uint32_t i = 0; i < result->vehicle_count; i++) {
    const struct evaluation_row *row = &result->vehicles[i];
    cells_add(cells, row->name, false);
    cells_add(cells, count(arena, row->flights), true);
    cells_add(cells, count(arena, row->alerts), true);
    cells_add(cells, count(arena, row->found), true);
    cells_add(cells, percent(arena, row->found, row->alerts), true);
    cells_add(cells, percent(arena, row->right, row->right + row->beside + row->wrong), true);
    cells_add(cells, count(arena, row->healthy), true);
    cells_add(cells, count(arena, row->false_flights), true);
  }
  cells_print(cells, stdout);
}

static void print_series(struct arena *arena, const struct evaluation *result) {
  static const char *const titles[] = {"growing fault", "vehicle", "first warned at stage", "last stage", NULL};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles) - 1);
  if (!result->series_count)
    return;
  putchar('\n');
  add_titles(cells, titles);
  for (uint32_t i = 0; i < result->series_count; i++) {
    const struct evaluation_series *series = &result->series[i];
    cells_add(cells, series->fault, false);
    cells_add(cells, series->vehicle, true);
    cells_add(cells, isnan(series->warned_stage) ? "never" : number(arena, "%.3g", series->warned_stage), true);
    cells_add(cells, number(arena, "%.3g", series->last_stage), true);
  }
  cells_print(cells, stdout);
}

static void print_calibration(struct arena *arena, const struct evaluation *result) {
  static const char *const titles[] = {"confidence", "warnings", "said", "right", NULL};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles) - 1);
  add_titles(cells, titles);
  for (uint32_t i = 0; i < EVALUATION_BINS; i++) {
    const struct evaluation_bin *bin = &result->bins[i];
    if (!bin->count)
      continue;
    cells_add(cells, arena_format(arena, "%.1f to %.1f", bin->from, fmin(bin->to, 1)), false);
    cells_add(cells, count(arena, bin->count), true);
    cells_add(cells, number(arena, "%.2f", bin->said), true);
    cells_add(cells, number(arena, "%.2f", ratio(bin->right, bin->count)), true);
  }
  putchar('\n');
  cells_print(cells, stdout);
}

static void print_summary(struct arena *arena, const struct evaluation *result) {
  uint32_t near = 0;
  for (uint32_t i = 0; i < result->onset_count; i++)
    near += result->onset_errors_s[i] <= 3;
  printf("\nalert flights with the right kind     %u of %u (%s), as the strongest finding %u\n", result->found,
         result->alerts, percent(arena, result->found, result->alerts), result->first);
  printf("healthy flights with a warning        %u of %u (%s), %s false warnings per 100\n", result->false_flights,
         result->healthy, percent(arena, result->false_flights, result->healthy),
         number(arena, "%.1f", 100 * ratio(result->false_warnings, result->healthy)));
  if (result->resistance_count)
    printf("battery resistance against the truth  median error %.1f %%, 90 %% of %u within %.1f %%\n",
           100 * evaluation_quantile(result->resistance_errors, result->resistance_count, 0.5),
           result->resistance_count,
           100 * evaluation_quantile(result->resistance_errors, result->resistance_count, 0.9));
  if (result->onset_asked)
    printf("onset of acute faults                 within 3 s %u of %u, median %s s, largest %s s\n", near,
           result->onset_asked,
           number(arena, "%.1f", evaluation_quantile(result->onset_errors_s, result->onset_count, 0.5)),
           number(arena, "%.1f", evaluation_quantile(result->onset_errors_s, result->onset_count, 1)));
  for (uint32_t i = 0; i < result->miss_count; i++) {
    const struct evaluation_miss *miss = &result->misses[i];
    printf("%s%s: %s, said: %s\n", i ? "" : "\nwrongly judged\n", miss->label->id,
           miss->label->kind[0] ? miss->label->fault : "healthy", miss->said[0] ? miss->said : "nothing");
  }
  if (result->without_log || result->without_flight)
    printf("%u labels without a log, %u logs without a flight\n", result->without_log, result->without_flight);
}

static void write_row(struct json_writer *json, const struct evaluation_row *row, const char *what) {
  json_object_begin(json, NULL);
  json_c_string(json, what, row->name);
  json_i64(json, "flights", row->flights);
  json_i64(json, "alerts", row->alerts);
  json_i64(json, "found", row->found);
  json_double(json, "recall", ratio(row->found, row->alerts));
  json_double(json, "precision", ratio(row->right, row->right + row->beside + row->wrong));
  json_i64(json, "right", row->right);
  json_i64(json, "beside", row->beside);
  json_i64(json, "false", row->wrong);
  if (strcmp(what, "vehicle") == 0) {
    json_i64(json, "healthy", row->healthy);
    json_i64(json, "healthy_with_warning", row->false_flights);
  }
  json_object_end(json);
}

static void write_lists(struct json_writer *json, const struct evaluation *result) {
  json_array_begin(json, "kinds");
  for (uint32_t i = 0; i < result->kind_count; i++)
    write_row(json, &result->kinds[i], "kind");
  json_array_end(json);
  json_array_begin(json, "vehicles");
  for (uint32_t i = 0; i < result->vehicle_count; i++)
    write_row(json, &result->vehicles[i], "vehicle");
  json_array_end(json);
  json_array_begin(json, "series");
  for (uint32_t i = 0; i < result->series_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "vehicle", result->series[i].vehicle);
    json_c_string(json, "fault", result->series[i].fault);
    json_double(json, "first_warned_stage", result->series[i].warned_stage);
    json_double(json, "last_stage", result->series[i].last_stage);
    json_object_end(json);
  }
  json_array_end(json);
  json_array_begin(json, "calibration");
  for (uint32_t i = 0; i < EVALUATION_BINS; i++) {
    json_object_begin(json, NULL);
    json_double(json, "from", result->bins[i].from);
    json_double(json, "to", fmin(result->bins[i].to, 1));
    json_i64(json, "warnings", result->bins[i].count);
    json_double(json, "said", result->bins[i].count ? result->bins[i].said : NAN);
    json_double(json, "right", ratio(result->bins[i].right, result->bins[i].count));
    json_object_end(json);
  }
  json_array_end(json);
  json_array_begin(json, "wrongly_judged");
  for (uint32_t i = 0; i < result->miss_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "id", result->misses[i].label->id);
    json_c_string(json, "fault", result->misses[i].label->fault);
    json_c_string(json, "said", result->misses[i].said);
    json_object_end(json);
  }
  json_array_end(json);
}

static void print_json(const struct evaluation *result) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)16 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_i64(&json, "flights", result->flights);
  json_i64(&json, "labels_without_log", result->without_log);
  json_i64(&json, "logs_without_flight", result->without_flight);
  json_i64(&json, "alerts", result->alerts);
  json_i64(&json, "found", result->found);
  json_i64(&json, "found_as_strongest", result->first);
  json_double(&json, "recall", ratio(result->found, result->alerts));
  json_i64(&json, "healthy", result->healthy);
  json_i64(&json, "healthy_with_warning", result->false_flights);
  json_double(&json, "false_warnings_per_100_healthy", 100 * ratio(result->false_warnings, result->healthy));
  json_double(&json, "resistance_error_median",
              evaluation_quantile(result->resistance_errors, result->resistance_count, 0.5));
  json_double(&json, "resistance_error_p90",
              evaluation_quantile(result->resistance_errors, result->resistance_count, 0.9));
  json_i64(&json, "resistance_flights", result->resistance_count);
  json_i64(&json, "onsets_asked", result->onset_asked);
  json_double(&json, "onset_error_median_s", evaluation_quantile(result->onset_errors_s, result->onset_count, 0.5));
  json_double(&json, "onset_error_largest_s", evaluation_quantile(result->onset_errors_s, result->onset_count, 1));
  json_double(&json, "seconds", result->seconds);
  write_lists(&json, result);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status evaluate_in(struct invocation *in, const char *root, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  struct labels labels;
  struct evaluation result;
  char *folder = realpath(in->arguments[1], NULL);
  if (!folder)
    return error_set(error, STATUS_NOT_FOUND, "there is no folder %s", in->arguments[1]);
  const char *known = arena_copy_text(in->arena, folder);
  free(folder);
  TRY(labels_read(in->arena, in->arguments[0], known, invocation_option(in, "logs"), &labels, error));
  TRY(lake_init(root, error));
  TRY(lake_open(root, &lake, error));
  TRY(evaluation_run(lake, in->arena, &labels, &result, error));
  if (in->json) {
    print_json(&result);
    return STATUS_OK;
  }
  print_kinds(in->arena, &result);
  putchar('\n');
  print_vehicles(in->arena, &result);
  print_series(in->arena, &result);
  print_calibration(in->arena, &result);
  print_summary(in->arena, &result);
  return STATUS_OK;
}

static enum status evaluate_run(struct invocation *in, struct error *error) {
  const char *keep = invocation_option(in, "keep"), *temporary = getenv("TMPDIR");
  char root[PATH_LIMIT];
  if (keep)
    return evaluate_in(in, keep, error);
  snprintf(root, sizeof root, "%s/uavlake-evaluate-XXXXXX", temporary && temporary[0] ? temporary : "/tmp");
  if (!mkdtemp(root))
    return error_set(error, STATUS_IO, "no temporary folder %s can be made; set TMPDIR to a folder with room", root);
  enum status status = evaluate_in(in, root, error);
  struct error ignored;
  if (tree_remove(root, &ignored) != STATUS_OK && status == STATUS_OK)
    return error_set(error, ignored.status, "%s", ignored.text);
  return status;
}

const struct command command_evaluate = {
    .name = "evaluate",
    .arguments = "LABELS DIR",
    .about = "measure how right the findings are, on flights whose faults are known",
    .details =
        "Puts the labelled flights of DIR in order of time into a lake of its own and compares what it finds with the "
        "truth: precision and recall by kind and vehicle, stage at the first warning, false alarms, calibration, error "
        "of battery resistance and of onset.\n\n"
        "LABELS is a CSV with the columns id (or log), fault_type and, as far as known, vehicle, start_utc, "
        "fault_class, degradation_stage, expected (no_alert, optional, alert), onset_log_s and truth; or the "
        "fleet.json of a simulated fleet.\n\n"
        "Examples:\n  uavlake evaluate flights/fleet.json flights\n  uavlake evaluate labels.csv logs --json",
    .options = (const struct option[]){{"logs", 0, "ENDING",
                                        "of a flight's logs take those with this ending: bin, tlog"},
                                       {"keep", 0, "DIR", "keep the lake, in this new folder"},
                                       {NULL}},
    .least_arguments = 2,
    .most_arguments = 2,
    .run = evaluate_run,
};
