/* driver: what a catalogue member must provide. catalog.c does the rest: argument checks, one thread at a time.
 *
 * A member is one file that ends in `const struct catalog_driver catalog_<name>`; names stand in
 * src/catalog/meson.build. The functions are the ones of catalog.h with the same promises; they are never called by two
 * threads at once. */
#ifndef UAVLAKE_CATALOG_DRIVER_H
#define UAVLAKE_CATALOG_DRIVER_H

#include "catalog/catalog.h"

struct catalog_driver {
  const char *name, *about;
  bool (*takes)(const char *location); /* does this location name such a catalogue? */
  enum status (*open)(const char *location, void **ret_state, struct error *error);
  void (*close)(void *state);
  enum status (*put)(void *state, const char *collection, const char *id, const char *json, struct error *error);
  enum status (*get)(void *state, struct arena *arena, const char *collection, const char *id, const char **ret_json,
                     struct error *error);
  enum status (*remove)(void *state, const char *collection, const char *id, struct error *error);
  enum status (*find)(void *state, const struct catalog_query *query, catalog_document_fn document, void *context,
                      struct error *error);
  enum status (*count)(void *state, const struct catalog_query *query, uint64_t *ret_count, struct error *error);
  enum status (*text_put)(void *state, const char *id, const char *subject, const char *text, struct error *error);
  enum status (*text_find)(void *state, const char *words, catalog_text_fn hit, void *context, struct error *error);
  enum status (*text_get)(void *state, struct arena *arena, const char *id, const char **ret_text, struct error *error);
  enum status (*begin)(void *state, struct error *error);
  enum status (*commit)(void *state, struct error *error);
  void (*rollback)(void *state);
};

/* The collections there are, NULL at the end, and the fields of each that are looked up often. */
struct collection {
  const char *name;
  const char *const *indexed; /* NULL at the end */
};
extern const struct collection catalog_collections[];

#endif
