/* aws_credentials: the chain, what it found last, and when to ask again. */
#include "base/aws_credentials.h"

#include "base/aws_private.h"

#include <pthread.h>
#include <stdlib.h>

#define REFRESH_BEFORE_US (300 * US_PER_S)
#define TRY_AGAIN_US (30 * US_PER_S) /* after a refresh that failed while the old keys still hold */

struct aws_chain {
  struct http_client *client;
  char *profile, *region;
  pthread_mutex_t lock;
  struct arena *arena; /* of the keys */
  struct aws_keys keys;
  int64_t ask_us; /* when to ask next */
  bool have;
};

struct aws_chain *aws_chain_new(struct http_client *client, const struct aws_options *options) {
  struct aws_chain *chain = memory_new(sizeof *chain);
  chain->client = client;
  chain->profile = options->profile ? memory_copy_text(options->profile) : NULL;
  chain->region = options->region ? memory_copy_text(options->region) : NULL;
  pthread_mutex_init(&chain->lock, NULL);
  return chain;
}

void aws_chain_free(struct aws_chain *chain) {
  if (!chain)
    return;
  arena_free(chain->arena);
  pthread_mutex_destroy(&chain->lock);
  free(chain->profile);
  free(chain->region);
  free(chain);
}

enum status aws_from_environment(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error) {
  (void)asking;
  const char *access = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY");
  if (!access || !access[0])
    return error_set(error, STATUS_NOT_FOUND, "AWS_ACCESS_KEY_ID is not set");
  if (!secret || !secret[0])
    return error_set(error, STATUS_SETTINGS, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  const char *token = getenv("AWS_SESSION_TOKEN");
  *ret_keys = (struct aws_keys){access, secret, token ? token : "", TIME_NONE};
  return STATUS_OK;
}

typedef enum status (*source_fn)(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error);

/* A profile that the caller named stands before all. */
static enum status ask_sources(struct aws_chain *chain, struct arena *arena, struct aws_keys *ret_keys,
                               struct error *error) {
  static const source_fn sources[] = {aws_from_environment, aws_from_web_identity, aws_from_profile, aws_from_container,
                                      aws_from_instance};
  struct aws_asking asking = {chain->client, chain->profile, chain->region, arena, 0};
  if (chain->profile)
    return aws_from_profile(&asking, ret_keys, error);
  for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
    enum status status = sources[i](&asking, ret_keys, error);
    if (status != STATUS_NOT_FOUND)
      return status;
  }
  return error_set(error, STATUS_DENIED,
                   "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or make a profile "
                   "with 'aws configure' (looked at: environment, web identity, profile '%s', container, instance)",
                   aws_profile_name(NULL));
}

static void keep(struct aws_chain *chain, struct arena *arena, const struct aws_keys *keys) {
  arena_free(chain->arena);
  chain->arena = arena;
  chain->keys = (struct aws_keys){arena_copy_text(arena, keys->access_key), arena_copy_text(arena, keys->secret_key),
                                  arena_copy_text(arena, keys->session_token ? keys->session_token : ""),
                                  keys->ends_us};
  chain->ask_us = keys->ends_us == TIME_NONE ? INT64_MAX : keys->ends_us - REFRESH_BEFORE_US;
  chain->have = true;
}

static enum status refresh(struct aws_chain *chain, int64_t now_us, struct error *error) {
  struct arena *arena = arena_new(0);
  struct aws_keys keys;
  enum status status = ask_sources(chain, arena, &keys, error);
  if (status == STATUS_OK) {
    keep(chain, arena, &keys);
    if (chain->ask_us <= now_us) /* keys that live shorter than the margin */
      chain->ask_us = MIN(now_us + TRY_AGAIN_US, MAX(keys.ends_us, now_us + US_PER_S));
    return STATUS_OK;
  }
  arena_free(arena);
  if (!chain->have || (chain->keys.ends_us != TIME_NONE && chain->keys.ends_us <= now_us))
    return status;
  chain->ask_us = now_us + TRY_AGAIN_US;
  return STATUS_OK;
}

enum status aws_chain_get(struct aws_chain *chain, struct arena *arena, struct sigv4_credentials *ret_credentials,
                          struct error *error) {
  enum status status = STATUS_OK;
  int64_t now_us = clock_now_us();
  pthread_mutex_lock(&chain->lock);
  if (!chain->have || now_us >= chain->ask_us)
    status = refresh(chain, now_us, error);
  if (status == STATUS_OK)
    *ret_credentials = (struct sigv4_credentials){arena_copy_text(arena, chain->keys.access_key),
                                                  arena_copy_text(arena, chain->keys.secret_key),
                                                  arena_copy_text(arena, chain->keys.session_token)};
  pthread_mutex_unlock(&chain->lock);
  return status;
}

void aws_chain_expire(struct aws_chain *chain, const char *access_key) {
  pthread_mutex_lock(&chain->lock);
  if (chain->have && strcmp(chain->keys.access_key, access_key) == 0)
    chain->have = false;
  pthread_mutex_unlock(&chain->lock);
}

const char *aws_region(struct arena *arena, const char *profile) {
  static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
  for (size_t i = 0; !profile && i < ARRAY_COUNT(variables); i++) {
    const char *region = getenv(variables[i]);
    if (region && region[0])
      return arena_copy_text(arena, region);
  }
  return aws_profile_value(arena, aws_profile_name(profile), "region");
}
