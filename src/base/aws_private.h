/* aws_private: what the files aws_*.c share. A source of credentials is a function that fills `keys` or says
 * STATUS_NOT_FOUND where it isn't set up. */
#ifndef UAVLAKE_AWS_PRIVATE_H
#define UAVLAKE_AWS_PRIVATE_H

#include "base/aws_credentials.h"
#include "base/clock.h"

struct aws_keys {
  const char *access_key, *secret_key, *session_token;
  int64_t ends_us; /* TIME_NONE: never */
};

struct aws_asking {
  struct http_client *client;
  const char *profile; /* NULL: the default */
  const char *region;
  struct arena *arena;
  uint32_t depth; /* of source_profile */
};

#define AWS_PROFILE_DEPTH 5u

/* Value of a setting of a profile in ~/.aws/credentials or ~/.aws/config; NULL none. */
const char *aws_profile_value(struct arena *arena, const char *profile, const char *name);
const char *aws_profile_name(const char *given);

must_check enum status aws_from_environment(const struct aws_asking *asking, struct aws_keys *ret_keys,
                                            struct error *error);
must_check enum status aws_from_web_identity(const struct aws_asking *asking, struct aws_keys *ret_keys,
                                             struct error *error);
must_check enum status aws_from_profile(const struct aws_asking *asking, struct aws_keys *ret_keys,
                                        struct error *error);
must_check enum status aws_from_container(const struct aws_asking *asking, struct aws_keys *ret_keys,
                                          struct error *error);
must_check enum status aws_from_instance(const struct aws_asking *asking, struct aws_keys *ret_keys,
                                         struct error *error);

/* STS: the keys of a role for a web identity's token, or for other keys. */
must_check enum status aws_web_identity(const struct aws_asking *asking, const char *role, const char *token_file,
                                        const char *session, struct aws_keys *ret_keys, struct error *error);
must_check enum status aws_assume_role(const struct aws_asking *asking, const struct aws_keys *own, const char *role,
                                       const char *session, const char *external_id, struct aws_keys *ret_keys,
                                       struct error *error);
/* {AccessKeyId, SecretAccessKey, Token or SessionToken, Expiration}, as containers, instances and credential_process
 * give it. `what` names the place in errors. */
must_check enum status aws_keys_from_json(struct arena *arena, struct bytes json, const char *what,
                                          struct aws_keys *ret_keys, struct error *error);

#endif
