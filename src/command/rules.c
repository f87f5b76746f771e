/* rules: the quality rules: what each means, what it costs, its limit and where that comes from. docs/quality.md is its
 * --markdown. */
#include "command/listing.h"
#include "quality/quality.h"

static const char introduction[] =
    "# Quality: may a log be trusted?\n\n"
    "Every log starts with 100 points; each finding takes some, not below 0. The score and the findings stand in the "
    "log's document\n(`uavlake show LOG`), in the SQL table `quality` (rule, severity, from_s, to_s, value, "
    "limit_value, "
    "text) and in the API. A flight has\nthe score of the log that describes it; a vehicle has the mean of its last 20 "
    "flights, and a trend: the mean of their later half less\nthat of the earlier half (`uavlake vehicles`).\n\n"
    "Rules speak only of what a log shows: what is not logged breaks no rule, but missing_tables and low_rate say "
    "where "
    "it hurts. Times are\non the log's clock, in seconds. Rules marked *vehicle* compare a log with others of the same "
    "vehicle, when it comes in.\n\n"
    "This page is made by `uavlake rules --markdown`.\n";

/* The template is registered, but is no rule. */
static bool is_template(const struct rule *rule) {
  return strcmp(rule->name, "nothing") == 0;
}

static void print_markdown(void) {
  fputs(introduction, stdout);
  for (size_t i = 0; rule_list[i]; i++) {
    const struct rule *rule = rule_list[i];
    if (is_template(rule))
      continue;
    printf("\n## %s\n\n%s%s.\n\n- Points: %s\n- Limit: %s\n- Source of the limit: %s\n", rule->name,
           rule->compare ? "*vehicle*: " : "", rule->about, rule->points, rule->limit, rule->reason);
    for (const char *const *table = rule->tables; table && *table; table++)
      printf("%s`%s`%s", table == rule->tables ? "- Reads: " : ", ", *table, table[1] ? "" : "\n");
  }
}

static void print_json(void) {
  for (size_t i = 0; rule_list[i]; i++) {
    const struct rule *rule = rule_list[i];
    if (is_template(rule))
      continue;
    scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
    struct json_writer json = json_writer_of(&text);
    json_object_begin(&json, NULL);
    json_c_string(&json, "rule", rule->name);
    json_c_string(&json, "about", rule->about);
    json_c_string(&json, "points", rule->points);
    json_c_string(&json, "limit", rule->limit);
    json_c_string(&json, "reason", rule->reason);
    json_bool(&json, "vehicle", rule->compare != NULL);
    json_array_begin(&json, "tables");
    for (const char *const *table = rule->tables; table && *table; table++)
      json_c_string(&json, NULL, *table);
    json_array_end(&json);
    json_object_end(&json);
    puts(buffer_text(&text));
  }
}

static enum status rules_run(struct invocation *in, struct error *error) {
  (void)error;
  if (invocation_option(in, "markdown")) {
    print_markdown();
  } else if (in->json) {
    print_json();
  } else {
    struct cells *cells = cells_new(in->arena, 3);
    cells_add(cells, "rule", false);
    cells_add(cells, "points", false);
    cells_add(cells, "about", false);
    for (size_t i = 0; rule_list[i]; i++) {
      if (is_template(rule_list[i]))
        continue;
      cells_add(cells, rule_list[i]->name, false);
      cells_add(cells, rule_list[i]->points, false);
      cells_add(cells, rule_list[i]->about, false);
    }
    cells_print(cells, stdout);
  }
  return STATUS_OK;
}

const struct command command_rules = {
    .name = "rules",
    .arguments = "",
    .about = "list the quality rules, their limits and where these come from",
    .details = "Findings: uavlake query \"SELECT rule, severity, text FROM quality\"",
    .options = (const struct option[]){{"markdown", 0, NULL, "all of it as Markdown"}, {NULL}},
    .run = rules_run,
};
