/* store: keys, and the choice of the driver. */
#include "store/store.h"

#include "base/clock.h"

#include <stdio.h>

#define STORE(name) extern const struct store_driver store_##name;
#include "store_list.h"
#undef STORE

const struct store_driver *const store_driver_list[] = {
#define STORE(name) &store_##name,
#include "store_list.h"
#undef STORE
    NULL,
};

#define NAME_LIMIT 160

bool store_key_is_safe(const char *key) {
  size_t size = strlen(key);
  if (size == 0 || size >= STORE_KEY_MAX || key[0] == '/' || !text_is_utf8(text_of(key)))
    return false;
  struct text rest = text_of(key);
  while (rest.data) {
    struct text part = text_cut(&rest, '/');
    if (part.size == 0 || text_is(part, ".") || text_is(part, ".."))
      return false;
  }
  for (const unsigned char *c = (const unsigned char *)key; *c; c++)
    if (*c < 0x20 || *c == 0x7f || *c == '\\')
      return false;
  return true;
}

enum status store_key(char ret_key[STORE_KEY_MAX], const char *vehicle, int64_t date_us, const char *source,
                      const char *sha256, struct text name, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  char date[16];
  const char *safe_vehicle = text_safe_part(arena, text_of(vehicle && vehicle[0] ? vehicle : "unknown"));
  const char *safe_source = text_safe_part(arena, text_of(source));
  char key[STORE_KEY_MAX];
  int size = snprintf(key, sizeof key, "raw/uav=%s/date=%s/source=%s/%.16s-%s", safe_vehicle,
                      clock_format_date(date, date_us), safe_source, sha256, text_safe_name(arena, name, NAME_LIMIT));
  if (size >= (int)sizeof key || !store_key_is_safe(key))
    return error_set(error, STATUS_BUG, "no safe key could be made for %.*s", (int)MIN(name.size, 200u), name.data);
  memcpy(ret_key, key, sizeof key);
  return STATUS_OK;
}

enum status store_open(const char *location, const struct store_options *options, struct store **ret_store,
                       struct error *error) {
  static const struct store_options none;
  for (size_t i = 0; store_driver_list[i]; i++)
    if (store_driver_list[i]->takes(location))
      return store_driver_list[i]->open(location, options ? options : &none, ret_store, error);
  return error_set(error, STATUS_SETTINGS, "no kind of store is known for %s", location);
}

void store_close(struct store *store) {
  if (store)
    store->driver->close(store);
}
