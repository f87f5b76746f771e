/* show: everything known of one log, flight, vehicle or finding. */
#include "base/text.h"
#include "command/listing.h"

#include <jansson.h>
#include <stdlib.h>

static void print_value(const char *name, const json_t *value, int indent);

static void print_list(const char *name, const json_t *list, int indent) {
  if (json_array_size(list) == 0)
    return;
  if (strcmp(name, "track") == 0 || strcmp(name, "sketch") == 0) {
    printf("%*s%-18s %zu points\n", indent, "", name, json_array_size(list));
    return;
  }
  if (json_is_number(json_array_get(list, 0))) { /* on one line */
    char *text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(4));
    printf("%*s%-18s %s\n", indent, "", name, text);
    free(text);
    return;
  }
  printf("%*s%s\n", indent, "", name);
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    if (json_is_object(item)) {
      char *text = json_dumps(item, JSON_COMPACT);
      printf("%*s%s\n", indent + 2, "", text);
      free(text);
    } else {
      print_value("-", item, indent + 2);
    }
  }
}

/* "2026-03-01T10:00:00Z by p-02: tags.site "north" → "south"" */
static void print_history(const json_t *history) {
  size_t i;
  const char *key;
  json_t *entry, *change;
  puts("history");
  json_array_foreach(history, i, entry) {
    struct error line; /* makes what people typed printable */
    error_set(&line, STATUS_OK, "%s by %s:", json_string_value(json_object_get(entry, "time")),
              json_string_value(json_object_get(entry, "by")));
    printf("  %s", line.text);
    json_object_foreach(json_object_get(entry, "changes"), key, change) {
      char *from = json_dumps(json_object_get(change, "from"), JSON_ENCODE_ANY);
      char *to = json_dumps(json_object_get(change, "to"), JSON_ENCODE_ANY);
      error_set(&line, STATUS_OK, "%s %s → %s", key, from ? from : "", to ? to : "");
      printf(" %s;", line.text);
      free(from);
      free(to);
    }
    putchar('\n');
  }
}

/* "  -15  unit_mistake, 30.0 to 38.0 s: …" */
static void print_quality(const json_t *findings) {
  size_t i;
  json_t *finding;
  if (json_array_size(findings))
    puts("quality findings");
  json_array_foreach(findings, i, finding) {
    const json_t *from = json_object_get(finding, "from_s"), *to = json_object_get(finding, "to_s");
    struct error line; /* makes text from logs printable */
    error_set(&line, STATUS_OK, "%s", json_string_value(json_object_get(finding, "text")));
    printf("  %4.0f  %s", -json_number_value(json_object_get(finding, "severity")),
           json_string_value(json_object_get(finding, "rule")));
    if (json_is_number(from))
      printf(", %.1f", json_number_value(from));
    if (json_is_number(from) && json_is_number(to) && json_number_value(to) > json_number_value(from))
      printf(" to %.1f", json_number_value(to));
    printf("%s: %s\n", json_is_number(from) ? " s" : "", line.text);
  }
}

static void print_value(const char *name, const json_t *value, int indent) {
  struct error line; /* makes text from logs printable */
  if (json_is_string(value) && json_string_length(value)) {
    error_set(&line, STATUS_OK, "%s", json_string_value(value));
    printf("%*s%-18s %s\n", indent, "", name, line.text);
  } else if (json_is_integer(value)) {
    printf("%*s%-18s %lld\n", indent, "", name, (long long)json_integer_value(value));
  } else if (json_is_real(value)) {
    printf("%*s%-18s %.8g\n", indent, "", name, json_real_value(value));
  } else if (json_is_boolean(value)) {
    printf("%*s%-18s %s\n", indent, "", name, json_is_true(value) ? "yes" : "no");
  } else if (json_is_array(value) && strcmp(name, "history") == 0 && indent == 0) {
    print_history(value);
  } else if (json_is_array(value) && strcmp(name, "quality_findings") == 0) {
    print_quality(value);
  } else if (json_is_array(value)) {
    print_list(name, value, indent);
  } else if (json_is_object(value) && json_object_size(value)) {
    printf("%*s%s\n", indent, "", name);
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) print_value(key, item, indent + 2);
  }
}

static enum status print_finding(void *context, const char *id, const char *json, struct error *error) {
  (void)context, (void)id, (void)error;
  json_t *finding = json_loads(json, 0, NULL);
  printf("  %s, %s, confidence %.2f: %s\n", json_string_value(json_object_get(finding, "severity")),
         json_string_value(json_object_get(finding, "component")),
         json_number_value(json_object_get(finding, "confidence")),
         json_string_value(json_object_get(finding, "text")));
  json_decref(finding);
  return STATUS_OK;
}

static enum status print_findings(struct lake *lake, const char *collection, const char *id, struct error *error) {
  struct catalog_filter filter = {strcmp(collection, "vehicles") == 0 ? "vehicle" : "flight", FILTER_EQUAL, id};
  struct catalog_query query = {.collection = "findings", .filters = &filter, .filter_count = 1, .order_by = "time"};
  uint64_t count;
  TRY(catalog_count(lake_catalog(lake), &query, &count, error));
  if (count)
    puts("findings");
  return catalog_find(lake_catalog(lake), &query, print_finding, NULL, error);
}

static enum status show_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *text, *collection, *key;
  json_t *value;
  TRY(open_lake(in, &lake, error));
  TRY(document_find(lake, in->arena, in->arguments[0], &text, &collection, error));
  if (in->json) {
    puts(text);
    return STATUS_OK;
  }
  json_t *document = json_loads(text, 0, NULL);
  printf("%.*s %s\n", (int)strlen(collection) - 1, collection, json_string_value(json_object_get(document, "id")));
  json_object_foreach(document, key, value) if (strcmp(key, "id") != 0 && strcmp(key, "findings") != 0)
      print_value(key, value, 0);
  enum status status = strcmp(collection, "flights") == 0 || strcmp(collection, "vehicles") == 0
                           ? print_findings(lake, collection, json_string_value(json_object_get(document, "id")), error)
                           : STATUS_OK;
  json_decref(document);
  return status;
}

const struct command command_show = {
    .name = "show",
    .arguments = "ID",
    .about = "show everything known of a log, flight, vehicle or finding",
    .details =
        "The beginning of an id is enough where only one begins so.\nExample: uavlake show uav11-20260314T101502Z",
    .least_arguments = 1,
    .most_arguments = 1,
    .run = show_run,
};
