/* annotate: says more of a log, a flight or a vehicle after it came in. */
#include "command/listing.h"
#include "lake/metadata.h"
#include "lake/search.h"

#include "base/file.h"

#include <stdlib.h>

#define FILE_MAX ((size_t)1 << 20)

/* KEY=VALUE sets, KEY alone with --untag takes away. */
static enum status read_tags(struct invocation *in, json_t *metadata, struct error *error) {
  json_t *tags = json_object();
  const char *typed;
  json_object_set_new(metadata, "tags", tags);
  for (int i = 0; (typed = invocation_option_at(in, "tag", i)); i++) {
    struct text rest = text_of(typed);
    struct text key = text_cut(&rest, '=');
    if (!rest.data || !key.size)
      return error_set(error, STATUS_SETTINGS, "--tag wants KEY=VALUE, not '%s'", typed);
    json_object_setn_new(tags, key.data, key.size, json_stringn(rest.data, rest.size));
  }
  for (int i = 0; (typed = invocation_option_at(in, "untag", i)); i++)
    json_object_set_new(tags, typed, json_null());
  return STATUS_OK;
}

static enum status read_from(struct invocation *in, const char *path, json_t *metadata, struct error *error) {
  struct bytes content;
  json_error_t where;
  TRY(file_read(in->arena, path, FILE_MAX, &content, error));
  json_t *read = json_loadb((const char *)content.data, content.size, JSON_REJECT_DUPLICATES, &where);
  if (!read)
    return error_set(error, STATUS_SETTINGS, "%s: line %d, column %d: %s", path, where.line, where.column, where.text);
  enum status status = metadata_check(read, path, error);
  if (status == STATUS_OK)
    metadata_merge(metadata, read);
  json_decref(read);
  return status;
}

/* An empty text takes the field away. */
static enum status read_metadata(struct invocation *in, json_t *metadata, struct error *error) {
  static const char *const names[] = {"operator", "payload", "note"};
  TRY(read_tags(in, metadata, error));
  for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
    const char *typed = invocation_option(in, names[i]);
    if (typed)
      json_object_set_new(metadata, names[i], typed[0] ? json_string(typed) : json_null());
  }
  TRY(metadata_check(metadata, "the options", error));
  const char *from = invocation_option(in, "from");
  if (from)
    TRY(read_from(in, from, metadata, error));
  if (json_object_get(metadata, "vehicle") || json_object_get(metadata, "source"))
    return error_set(
        error, STATUS_SETTINGS,
        "vehicle and source are fixed when a log comes in; annotate changes operator, payload, note, tags");
  if (json_object_size(metadata) == 1 && json_object_size(json_object_get(metadata, "tags")) == 0)
    return error_set(error, STATUS_SETTINGS,
                     "nothing is said: give --operator, --payload, --note, --tag, --untag or --from");
  return STATUS_OK;
}

static enum status annotate(struct invocation *in, const json_t *metadata, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *text, *collection, *by = invocation_option(in, "by");
  TRY(open_lake(in, &lake, error));
  TRY(lake_lock(lake, NULL, NULL, error));
  TRY(document_find(lake, in->arena, in->arguments[0], &text, &collection, error));
  if (strcmp(collection, "findings") == 0)
    return error_set(error, STATUS_SETTINGS, "'%s' is a finding; logs, flights and vehicles can be annotated",
                     in->arguments[0]);
  json_t *document = json_loads(text, 0, NULL);
  const char *id = json_string_value(json_object_get(document, "id"));
  enum status status = STATUS_OK;
  bool changed = metadata_apply(document, metadata, by && by[0] ? by : "annotate");
  char *written = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
  if (changed)
    status = catalog_put(lake_catalog(lake), collection, id, written, error);
  if (changed && status == STATUS_OK && strcmp(collection, "logs") == 0)
    status = search_mark_log(lake, document, error);
  if (status == STATUS_OK && in->json)
    puts(written);
  else if (status == STATUS_OK)
    printf("%.*s %s: %s\n", (int)strlen(collection) - 1, collection, id, changed ? "noted" : "said so already");
  free(written);
  json_decref(document);
  return status;
}

static enum status annotate_run(struct invocation *in, struct error *error) {
  if (invocation_option(in, "schema")) {
    json_t *schema = metadata_schema();
    char *text = json_dumps(schema, JSON_INDENT(2));
    puts(text);
    free(text);
    json_decref(schema);
    return STATUS_OK;
  }
  if (in->argument_count == 0)
    return error_set(error, STATUS_SETTINGS, "usage: uavlake annotate ID; see 'uavlake annotate --help'");
  json_t *metadata = json_object();
  enum status status = read_metadata(in, metadata, error);
  if (status == STATUS_OK)
    status = annotate(in, metadata, error);
  json_decref(metadata);
  return status;
}

const struct command command_annotate = {
    .name = "annotate",
    .arguments = "ID",
    .about = "say more of a log, a flight or a vehicle",
    .details =
        "What changed, when and by what is kept in the document's history ('uavlake show ID'). A file FILE.meta.json "
        "beside a log\n"
        "says the same when the log is added, and again whenever it changed; --schema prints its JSON schema.\n\n"
        "Example: uavlake annotate uav11-20260314T101502Z --operator p-07 --tag site=north --note 'gusts over the "
        "ridge'",
    .options = (const struct option[]){{"operator", 0, "NAME", "who flew (a pseudonym); '' takes it away"},
                                       {"payload", 0, "NAME", "what was carried; '' takes it away"},
                                       {"note", 0, "TEXT", "a remark; '' takes it away"},
                                       {"tag", 't', "KEY=VALUE", "a tag (repeatable)"},
                                       {"untag", 0, "KEY", "takes a tag away (repeatable)"},
                                       {"from", 0, "FILE", "JSON like a sidecar's"},
                                       {"by", 0, "NAME", "who says so (a pseudonym), for the history"},
                                       {"schema", 0, NULL, "print the JSON schema of sidecars"},
                                       {NULL}},
    .least_arguments = 0,
    .most_arguments = 1,
    .run = annotate_run,
};
