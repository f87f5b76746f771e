/* aws_credentials: who asks. The places are looked at in the order of AWS's SDKs, the first that has keys is kept:
 *
 *   1 environment          AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *   2 web identity         AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN (also from the profile)
 *   3 profile files        ~/.aws/credentials and ~/.aws/config: keys, role_arn with source_profile or
 *                          credential_source, credential_process
 *   4 container            AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS)
 *   5 instance metadata    IMDSv2
 *
 * A profile named by the caller or by AWS_PROFILE is asked before the environment's keys are only where the caller
 * named it. Keys that end are fetched anew five minutes before; where that fails they are used until they end.
 * Thread-safe. Secrets never stand in an error's text. */
#ifndef UAVLAKE_AWS_CREDENTIALS_H
#define UAVLAKE_AWS_CREDENTIALS_H

#include "base/http_client.h"
#include "base/sigv4.h"

struct aws_options {
  const char *profile; /* NULL: AWS_PROFILE, else "default" */
  const char *region;  /* for STS; NULL: from environment and profile */
};

struct aws_chain;
/* The client stays the caller's and outlives the chain. */
struct aws_chain *aws_chain_new(struct http_client *client, const struct aws_options *options);
void aws_chain_free(struct aws_chain *chain);

/* Copies into the arena. STATUS_DENIED says where keys were looked for. */
must_check enum status aws_chain_get(struct aws_chain *chain, struct arena *arena,
                                     struct sigv4_credentials *ret_credentials, struct error *error);
/* The service says that these have ended: the next get fetches new ones. */
void aws_chain_expire(struct aws_chain *chain, const char *access_key);

/* The region of the environment or the profile, in the arena; NULL where neither names one. */
const char *aws_region(struct arena *arena, const char *profile);

#endif
