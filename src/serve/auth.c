/* auth: see auth.h. */
#include "serve/auth.h"

#include "base/clock.h"
#include "base/hash.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#define SECRETS_MAX 512u
#define NEVER INT64_MAX

struct kept_secret {
  bool used;
  enum secret_kind kind;
  char digest[SHA256_TEXT];
  int64_t ends_us;
  struct identity identity;
};

struct auth {
  pthread_mutex_t lock;
  struct kept_secret secrets[SECRETS_MAX];
};

struct auth *auth_new(void) {
  struct auth *auth = memory_new(sizeof *auth);
  pthread_mutex_init(&auth->lock, NULL);
  return auth;
}

void auth_free(struct auth *auth) {
  if (!auth)
    return;
  pthread_mutex_destroy(&auth->lock);
  free(auth);
}

static enum status make_secret(char secret[SECRET_TEXT], struct error *error) {
  uint8_t random[32];
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
    return error_set(error, STATUS_IO, "this machine gave no random numbers: try again");
  for (size_t i = 0; i < sizeof random; i++)
    snprintf(secret + 2 * i, 3, "%02x", random[i]);
  return STATUS_OK;
}

static bool same_digest(const char *a, const char *b) {
  unsigned difference = 0;
  for (size_t i = 0; i < SHA256_TEXT; i++)
    difference |= (unsigned)(a[i] ^ b[i]);
  return difference == 0;
}

static bool is_over(const struct kept_secret *kept, int64_t now_us) {
  return !kept->used || kept->ends_us <= now_us;
}

/* A free place, else that of the session that ends first, else that of any link: a new one was asked for. */
static struct kept_secret *find_place(struct auth *auth, int64_t now_us) {
  struct kept_secret *first = NULL;
  for (uint32_t i = 0; i < SECRETS_MAX; i++) {
    struct kept_secret *kept = &auth->secrets[i];
    if (is_over(kept, now_us))
      return kept;
    if (kept->kind != SECRET_TOKEN && (!first || kept->ends_us < first->ends_us))
      first = kept;
  }
  return first;
}

static enum status keep(struct auth *auth, const struct kept_secret *kept, int64_t now_us, struct error *error) {
  struct kept_secret *place = find_place(auth, now_us);
  if (!place)
    return error_set(error, STATUS_LIMIT, "more than %u tokens are in use: start the server again", SECRETS_MAX);
  *place = *kept;
  return STATUS_OK;
}

/* Every kept secret is looked at, also after a match. */
static struct kept_secret *find(struct auth *auth, enum secret_kind kind, const char *secret, int64_t now_us) {
  struct kept_secret *found = NULL;
  char digest[SHA256_TEXT];
  hash_bytes(bytes_of(secret, strlen(secret)), digest);
  for (uint32_t i = 0; i < SECRETS_MAX; i++) {
    struct kept_secret *kept = &auth->secrets[i];
    if (same_digest(kept->digest, digest) && kept->kind == kind && !is_over(kept, now_us))
      found = kept;
  }
  return found;
}

enum status auth_issue(struct auth *auth, enum secret_kind kind, const struct identity *identity, int64_t lifetime_s,
                       int64_t now_us, char ret_secret[SECRET_TEXT], struct error *error) {
  struct kept_secret kept = {.used = true, .kind = kind, .identity = *identity};
  char secret[SECRET_TEXT];
  TRY(make_secret(secret, error));
  hash_bytes(bytes_of(secret, SECRET_TEXT - 1), kept.digest);
  kept.ends_us = lifetime_s ? now_us + lifetime_s * US_PER_S : NEVER;
  pthread_mutex_lock(&auth->lock);
  enum status status = keep(auth, &kept, now_us, error);
  pthread_mutex_unlock(&auth->lock);
  if (status == STATUS_OK)
    memcpy(ret_secret, secret, SECRET_TEXT);
  return status;
}

enum status auth_check(struct auth *auth, enum secret_kind kind, const char *secret, int64_t now_us,
                       struct identity *ret_identity, struct error *error) {
  enum status status = STATUS_DENIED;
  if (secret && strlen(secret) == SECRET_TEXT - 1) {
    pthread_mutex_lock(&auth->lock);
    struct kept_secret *kept = find(auth, kind, secret, now_us);
    if (kept) {
      *ret_identity = kept->identity;
      status = STATUS_OK;
    }
    pthread_mutex_unlock(&auth->lock);
  }
  return status == STATUS_OK ? status
                             : error_set(error, status,
                                         "you are not signed in: open the link that 'uavlake serve' "
                                         "printed, or press Enter there for a new one");
}

enum status auth_exchange(struct auth *auth, const char *key, int64_t now_us, char ret_session[SECRET_TEXT],
                          struct error *error) {
  struct identity identity;
  bool known = false;
  if (key && strlen(key) == SECRET_TEXT - 1) {
    pthread_mutex_lock(&auth->lock);
    struct kept_secret *kept = find(auth, SECRET_LINK, key, now_us);
    if (kept) {
      identity = kept->identity;
      memset(kept, 0, sizeof *kept); /* under the lock: two requests can't both win */
      known = true;
    }
    pthread_mutex_unlock(&auth->lock);
  }
  if (!known)
    return error_set(error, STATUS_DENIED,
                     "this link was used already or is not known: press Enter where 'uavlake "
                     "serve' runs, and it prints a new one");
  return auth_issue(auth, SECRET_SESSION, &identity, SESSION_LIFETIME_S, now_us, ret_session, error);
}

void auth_revoke(struct auth *auth, enum secret_kind kind, const char *secret) {
  if (!secret)
    return;
  pthread_mutex_lock(&auth->lock);
  struct kept_secret *kept = find(auth, kind, secret, 0);
  if (kept)
    memset(kept, 0, sizeof *kept);
  pthread_mutex_unlock(&auth->lock);
}

/* ---- host names ---- */

/* "[::1]:8100" → "::1", "name.:80" → "name". False where it does not fit or is malformed. */
static bool cut_host(const char *host, char out[256]) {
  const char *end;
  if (host[0] == '[') {
    host++;
    end = strchr(host, ']');
    if (!end || (end[1] && end[1] != ':'))
      return false;
  } else {
    end = host + strcspn(host, ":");
    if (strchr(end, ']') || (*end && strchr(end + 1, ':')))
      return false;
  }
  size_t size = (size_t)(end - host);
  if (size == 0 || size >= 256)
    return false;
  memcpy(out, host, size);
  out[size] = 0;
  if (size > 1 && out[size - 1] == '.')
    out[size - 1] = 0;
  return true;
}

static bool is_address(const char *name) {
  uint8_t address[16];
  return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool is_machine_name(const char *name) {
  char own[256], local[264];
  if (gethostname(own, sizeof own) != 0)
    return false;
  own[sizeof own - 1] = 0;
  snprintf(local, sizeof local, "%s.local", own);
  return strcasecmp(name, own) == 0 || strcasecmp(name, local) == 0;
}

bool auth_host_is_own(const char *host, const char *const *names) {
  char name[256];
  if (!host || !cut_host(host, name))
    return false;
  for (; names && *names; names++)
    if (strcasecmp(name, *names) == 0)
      return true;
  return is_address(name) || strcasecmp(name, "localhost") == 0 || is_machine_name(name);
}
