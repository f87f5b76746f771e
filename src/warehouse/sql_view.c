/* sql_view: see sql_view.h. */
#include "warehouse/sql_view.h"

#include "base/text.h"

#include <pthread.h>

struct source {
  const char *name, *text;
};

#define VIEW(name) extern const char view_##name[];
#include "sql_view_list.h"
#undef VIEW

static const struct source sources[] = {
#define VIEW(name) {#name, view_##name},
#include "sql_view_list.h"
#undef VIEW
};

_Static_assert(ARRAY_COUNT(sources) <= SQL_VIEWS_MAX, "the warehouse keeps a flag for each");
static struct sql_view views[ARRAY_COUNT(sources)]; /* written once, by parse_all */

/* line: without "-- ". */
static void parse_head(struct sql_view *view, struct text line) {
  if (!memchr(line.data, '|', line.size)) {
    view->about = text_trim(line);
    return;
  }
  if (view->column_count == SQL_VIEW_COLUMNS_MAX)
    return; /* the unit test counts them */
  struct sql_view_column *column = &view->columns[view->column_count++];
  column->name = text_trim(text_cut(&line, '|'));
  column->type = text_trim(text_cut(&line, '|'));
  column->unit = text_trim(text_cut(&line, '|'));
  column->about = text_trim(line);
}

static void parse(struct sql_view *view, const struct source *source) {
  const char *at = source->text;
  view->name = source->name;
  while (strncmp(at, "-- ", 3) == 0) {
    const char *end = strchr(at, '\n');
    size_t size = end ? (size_t)(end - at) : strlen(at);
    parse_head(view, (struct text){at + 3, size - 3});
    at += size + (end != NULL);
  }
  view->sql = at;
}

static void parse_all(void) {
  for (size_t i = 0; i < ARRAY_COUNT(sources); i++)
    parse(&views[i], &sources[i]);
}

const struct sql_view *sql_view_at(size_t index) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, parse_all);
  return index < ARRAY_COUNT(views) ? &views[index] : NULL;
}

int sql_view_find(const char *name) {
  for (size_t i = 0; i < ARRAY_COUNT(sources); i++)
    if (strcmp(sources[i].name, name) == 0)
      return (int)i;
  return -1;
}

static void write_column(struct buffer *out, const struct sql_view_column *column) {
  buffer_format(out, "| `%.*s` | %.*s | %.*s | %.*s |\n", (int)column->name.size, column->name.data,
                (int)column->type.size, column->type.data, (int)column->unit.size, column->unit.data,
                (int)column->about.size, column->about.data);
}

void sql_view_write_markdown(struct buffer *out) {
  const struct sql_view *view;
  buffer_add_text(out, "\n# Views\n\nEach is SQL over the tables above and can be named like one; "
                       "`uavlake tables NAME` shows it.\n");
  for (size_t i = 0; (view = sql_view_at(i)); i++) {
    buffer_format(out, "\n## %s\n\n%.*s\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", view->name,
                  (int)view->about.size, view->about.data);
    for (uint32_t c = 0; c < view->column_count; c++)
      write_column(out, &view->columns[c]);
  }
}

void sql_view_write_json(struct json_writer *json, const struct sql_view *view) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", view->name);
  json_text(json, "about", view->about);
  json_c_string(json, "kind", "view");
  json_array_begin(json, "columns");
  for (uint32_t i = 0; i < view->column_count; i++) {
    json_object_begin(json, NULL);
    json_text(json, "name", view->columns[i].name);
    json_text(json, "type", view->columns[i].type);
    json_text(json, "unit", view->columns[i].unit);
    json_text(json, "about", view->columns[i].about);
    json_object_end(json);
  }
  json_array_end(json);
  json_c_string(json, "sql", view->sql);
  json_object_end(json);
}
