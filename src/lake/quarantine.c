/* quarantine: see quarantine.h. A retry sets the logs back to `stored`, where an add finds what it has to go on with:
 * killed in between, the next add does it. */
#include "lake/quarantine.h"

#include "lake/document.h"
#include "lake/lake_private.h"

/* *ret_document is to be freed by the caller, also after a failure (NULL then). */
static enum status load_quarantined(struct lake *lake, const char *id, json_t **ret_document, struct error *error) {
  json_t *document = document_load(lake->catalog, "logs", id);
  const char *state = json_field(document, "state");
  *ret_document = NULL;
  enum status status = STATUS_OK;
  if (!document)
    status = error_set(error, STATUS_NOT_FOUND, "there is no log %s in the catalogue", id);
  else if (strcmp(state, "quarantined") != 0)
    status = error_set(error, STATUS_SETTINGS, "log %.12s is not quarantined: its state is %s", id, state);
  if (status == STATUS_OK)
    *ret_document = document;
  else
    json_decref(document);
  return status;
}

/* Changes state and reason, and says so in the history. */
static enum status leave_quarantine(struct lake *lake, const char *id, json_t *document, const char *state,
                                    const char *reason, const char *by, struct error *error) {
  char time[CLOCK_TEXT_SIZE];
  json_t *changes = json_pack("{s:{s:s,s:s},s:{s:s,s:s}}", "state", "from", "quarantined", "to", state, "reason",
                              "from", json_field(document, "reason"), "to", reason);
  if (!json_is_array(json_object_get(document, "history")))
    json_object_set_new(document, "history", json_array());
  json_array_append_new(
      json_object_get(document, "history"),
      json_pack("{s:s, s:s, s:o}", "time", clock_format(time, clock_now_us()), "by", by, "changes", changes));
  json_object_set_new(document, "state", json_string(state));
  json_object_set_new(document, "reason", json_string(reason));
  return document_store(lake->catalog, "logs", id, document, error);
}

enum status quarantine_release(struct lake *lake, const char *id, const char *by, const char *why,
                               struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  json_t *document;
  TRY(load_quarantined(lake, id, &document, error));
  const char *reason = arena_format(arena, "released from quarantine by %s: %s", by, why);
  enum status status = leave_quarantine(lake, id, document, "kept_raw", reason, by, error);
  json_decref(document);
  return status;
}

static enum status set_back(struct lake *lake, const char *id, const char *by, struct error *error) {
  json_t *document;
  TRY(load_quarantined(lake, id, &document, error));
  enum status status = leave_quarantine(lake, id, document, "stored", "", by, error);
  json_decref(document);
  return status;
}

static enum status set_all_back(struct lake *lake, const char *const *ids, uint32_t count, const char *by,
                                struct error *error) {
  TRY(catalog_begin(lake->catalog, error));
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
    status = set_back(lake, ids[i], by, error);
  if (status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  catalog_rollback(lake->catalog);
  return status;
}

enum status quarantine_retry(struct lake *lake, const char *const *ids, uint32_t count, const char *by,
                             const struct add_options *options, const struct add_callbacks *callbacks,
                             struct add_result *ret_result, struct error *error) {
  TRY(lake_lock(lake, NULL, NULL, error));
  enum status status = set_all_back(lake, ids, count, by, error);
  lake_unlock(lake);
  TRY(status);
  return lake_add(lake, NULL, 0, options, callbacks, ret_result, error);
}
