/* store: the original bytes, content-addressed and never changed.
 *
 * One member is one file ending in `const struct store_driver store_<name>` (disk, s3); what a driver must and may do
 * is said beside the function table. All functions of a store may be called from several threads at once. Keys are
 * those of store_key: relative, '/'-separated, no '..', no control characters. */
#ifndef UAVLAKE_STORE_H
#define UAVLAKE_STORE_H

#include "base/hash.h"
#include "base/input.h"
#include "base/text.h"

#define STORE_KEY_MAX 900

struct store;

struct store_object {
  char key[STORE_KEY_MAX];
  char sha256[SHA256_TEXT]; /* lower-case hex; "" where the store doesn't say */
  uint64_t bytes;
};

/* What a store is opened with; all may be left out. */
struct store_options {
  const char *state_folder; /* a folder of this machine where interrupted puts are noted, so that they go on */
};

/* A tag is written beside the object where the store can (S3 object tags, disk: nothing; the catalogue holds them). */
struct store_tag {
  const char *key, *value;
};
#define STORE_TAGS_MAX 10u /* what S3 allows an object */

struct store_driver {
  const char *name, *about;
  bool (*takes)(const char *location);
  /* location: what stands in the settings ("/srv/lake", "s3://bucket/prefix"). */
  enum status (*open)(const char *location, const struct store_options *options, struct store **ret_store,
                      struct error *error);
  void (*close)(struct store *store);
  /* Writes all of `input` under `key` atomically: whole and durable when it returns OK, else absent. STATUS_EXISTS
   * where the key holds other content (same size and hash: OK). The hash is computed on the way and must equal `sha256`
   * (STATUS_BAD_DATA "changed while it was read" otherwise). */
  enum status (*put)(struct store *store, const char *key, struct input *input, const char *sha256,
                     const struct store_tag *tags, uint32_t tag_count, struct error *error);
  /* Opens for reading; the caller closes the input. */
  enum status (*get)(struct store *store, const char *key, struct input **ret_input, struct error *error);
  enum status (*remove)(struct store *store, const char *key, struct error *error);
  /* Calls `object` for every key below the prefix (sha256 left empty). */
  enum status (*list)(struct store *store, const char *prefix,
                      enum status (*object)(void *context, const struct store_object *object, struct error *error),
                      void *context, struct error *error);
  /* Removes what interrupted puts left behind and nobody will go on with. */
  enum status (*clean)(struct store *store, struct error *error);
  /* What the store itself knows of an object; STATUS_NOT_FOUND where there is none. */
  enum status (*look)(struct store *store, const char *key, struct store_object *ret_object, struct error *error);
  /* To another key of the same store, whole or not at all; STATUS_EXISTS where that holds other content. */
  enum status (*copy)(struct store *store, const char *from, const char *to, struct error *error);

  /* The rest is NULL where a store can't. */
  /* Replaces all tags. */
  enum status (*set_tags)(struct store *store, const char *key, const struct store_tag *tags, uint32_t tag_count,
                          struct error *error);
  enum status (*get_tags)(struct store *store, const char *key, struct arena *arena, struct store_tag *tags,
                          uint32_t *ret_count, struct error *error);
  /* A legal hold: the object can't be removed by anybody until it is taken off. */
  enum status (*set_hold)(struct store *store, const char *key, bool hold, struct error *error);
  /* A URL with which anybody may GET or PUT this one object for some seconds, in the arena. */
  enum status (*presign)(struct store *store, const char *key, const char *method, uint32_t seconds,
                         struct arena *arena, const char **ret_url, struct error *error);
};
extern const struct store_driver *const store_driver_list[]; /* NULL at the end */
struct store {
  const struct store_driver *driver;
};

/* raw/uav=<vehicle>/date=<YYYY-MM-DD>/source=<source>/<first 16 of sha256>-<safe name>. Parts are made safe here. */
must_check enum status store_key(char ret_key[STORE_KEY_MAX], const char *vehicle, int64_t date_us, const char *source,
                                 const char *sha256, struct text name, struct error *error);
/* False for '..', empty parts, control characters, a leading '/', over STORE_KEY_MAX - 1 bytes. */
bool store_key_is_safe(const char *key);

/* options: NULL for none. */
must_check enum status store_open(const char *location, const struct store_options *options, struct store **ret_store,
                                  struct error *error);
void store_close(struct store *store);

#endif
