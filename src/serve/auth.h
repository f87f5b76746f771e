/* auth: who asks, and what they may do.
 *
 * A secret is 256 random bits as 64 hexadecimal digits. Only its SHA-256 is kept, and every kept one is compared in
 * constant time, so neither memory nor timing tells a secret. Three kinds: a link opens the page once and becomes a
 * session, a session is a browser's cookie, a token stands in a program's Authorization header. What a secret lets one
 * do is a set of rights: accounts and roles later issue the same secrets with other rights. Thread-safe. */
#ifndef UAVLAKE_AUTH_H
#define UAVLAKE_AUTH_H

#include "base/status.h"

#define SECRET_TEXT 65 /* 64 lower-case hexadecimal digits and NUL */
#define SESSION_LIFETIME_S 43200
#define IDENTITY_NAME_MAX 64

enum right {
  RIGHT_NONE = 0,           /* anyone, also without a secret */
  RIGHT_READ = 1 << 0,      /* see documents, samples and files */
  RIGHT_QUERY = 1 << 1,     /* run SQL */
  RIGHT_ADMINISTER = 1 << 2 /* change the server's users and settings */
};
#define RIGHTS_ALL (RIGHT_READ | RIGHT_QUERY | RIGHT_ADMINISTER)

/* Who a secret belongs to. */
struct identity {
  char name[IDENTITY_NAME_MAX];
  uint32_t rights; /* of enum right */
};

enum secret_kind { SECRET_LINK, SECRET_SESSION, SECRET_TOKEN };

struct auth;
struct auth *auth_new(void);
void auth_free(struct auth *auth);

/* A new secret of that kind for the identity; lifetime_s 0: until the program ends. Where too many are kept, the
 * session that ends first gives way, else an unused link; STATUS_LIMIT where all are tokens. */
must_check enum status auth_issue(struct auth *auth, enum secret_kind kind, const struct identity *identity,
                                  int64_t lifetime_s, int64_t now_us, char ret_secret[SECRET_TEXT],
                                  struct error *error);
/* STATUS_DENIED where the secret is not known, of another kind, or too old. secret may be NULL. */
must_check enum status auth_check(struct auth *auth, enum secret_kind kind, const char *secret, int64_t now_us,
                                  struct identity *ret_identity, struct error *error);
/* Takes a link's key, which then is worth nothing more, and gives a session of SESSION_LIFETIME_S. */
must_check enum status auth_exchange(struct auth *auth, const char *key, int64_t now_us, char ret_session[SECRET_TEXT],
                                     struct error *error);
/* The secret is worth nothing from now on. */
void auth_revoke(struct auth *auth, enum secret_kind kind, const char *secret);

/* May a page be asked for by this Host header? A name that somebody else's DNS points at this machine may not (DNS
 * rebinding): only literal addresses, localhost, this machine's own name and the names given pass. names: ended by
 * NULL, may be NULL. */
bool auth_host_is_own(const char *host, const char *const *names);

#endif
