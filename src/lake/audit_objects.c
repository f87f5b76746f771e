/* audit_objects: every log has its original in the store, and every object is named by a log. */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

static void take_log(struct audit *audit, void *state, const char *id, const json_t *log) {
  const char *key = audit_text(log, "key");
  (void)state;
  if (key[0])
    audit_expect(audit, AUDIT_OBJECT, key, id, audit_number(log, "bytes"));
}

static enum status see_object(void *context, const struct store_object *object, struct error *error) {
  struct audit *audit = context;
  (void)error;
  if (!audit_see(audit, AUDIT_OBJECT, object->key, object->bytes))
    audit_tell(audit, &(struct audit_fault){
                          .what = "object_unknown",
                          .path = object->key,
                          .text = "no log of the catalogue names it",
                          .remedy = "look at it; 'uavlake add' of the file takes it in, else remove it",
                      });
  return STATUS_OK;
}

static enum status look(struct audit *audit, void *state, struct error *error) {
  struct store *store = lake_store(audit->lake);
  (void)state;
  TRY(store->driver->list(store, "raw", see_object, audit, error));
  audit_tell_missing(audit, AUDIT_OBJECT);
  return STATUS_OK;
}

const struct audit_check audit_check_objects = {.name = "objects", .log = take_log, .look = look};
