/* aws_metadata: keys that the machine itself gives: the container's agent (ECS, EKS) and the instance (IMDSv2).
 *
 *   container  GET 169.254.170.2<AWS_CONTAINER_CREDENTIALS_RELATIVE_URI>, or AWS_CONTAINER_CREDENTIALS_FULL_URI with
 * the token of AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE); plain HTTP only to loopback and the agents' addresses instance
 * PUT /latest/api/token, then GET /latest/meta-data/iam/security-credentials/ and …/<role>
 *
 * Short time limits: on a laptop nobody answers there. Sources: Amazon ECS Developer Guide, "Task IAM role"; Amazon EC2
 * User Guide, "Use the Instance Metadata Service". */
#include "base/aws_private.h"

#include "base/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ASK_MS 1000u
#define ASK_CONTAINER_MS 5000u
#define ANSWER_MAX ((size_t)64 << 10)

static const char *field(json_t *object, const char *name) {
  const char *value = json_string_value(json_object_get(object, name));
  return value ? value : "";
}

enum status aws_keys_from_json(struct arena *arena, struct bytes json, const char *what, struct aws_keys *ret_keys,
                               struct error *error) {
  json_t *object = json_loadb((const char *)json.data, json.size, 0, NULL);
  const char *token = field(object, "Token")[0] ? field(object, "Token") : field(object, "SessionToken");
  struct aws_keys keys = {arena_copy_text(arena, field(object, "AccessKeyId")),
                          arena_copy_text(arena, field(object, "SecretAccessKey")), arena_copy_text(arena, token),
                          TIME_NONE};
  const char *ends = arena_copy_text(arena, field(object, "Expiration"));
  json_decref(object);
  if (!keys.access_key[0] || !keys.secret_key[0])
    return error_set(error, STATUS_DENIED, "%s gave no AccessKeyId and SecretAccessKey", what);
  if (ends[0] && !clock_parse(text_of(ends), &keys.ends_us))
    return error_set(error, STATUS_BAD_DATA, "%s gave keys that end at '%.40s', which is no time", what, ends);
  *ret_keys = keys;
  return STATUS_OK;
}

static enum status ask(const struct aws_asking *asking, const char *method, const char *url,
                       const struct http_header *header, uint32_t limit_ms, struct http_answer *answer,
                       struct error *error) {
  struct http_request request = {.method = method,
                                 .url = url,
                                 .headers = header,
                                 .header_count = header ? 1 : 0,
                                 .has_body = strcmp(method, "PUT") == 0,
                                 .total_ms = limit_ms,
                                 .answer_max = ANSWER_MAX};
  return http_send(asking->client, &request, answer, error);
}

/* ---- container ---- */

static bool may_ask_plainly(const char *url) {
  static const char *const sites[] = {"http://127.",          "http://localhost",      "http://[::1]",
                                      "http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::23]"};
  for (size_t i = 0; i < ARRAY_COUNT(sites); i++) {
    size_t size = strlen(sites[i]);
    if (strncmp(url, sites[i], size) != 0)
      continue;
    const char *rest = url + size;
    if (i == 0) /* the rest of an address: digits and dots only */
      rest += strspn(rest, "0123456789.");
    if (*rest == 0 || *rest == '/' || *rest == ':')
      return true;
  }
  return false;
}

static enum status container_token(const struct aws_asking *asking, const char **ret_token, struct error *error) {
  const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  *ret_token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (!file || !file[0])
    return STATUS_OK;
  struct bytes content;
  TRY(file_read(asking->arena, file, ANSWER_MAX, &content, error));
  struct text token = text_trim(text_from(content.data, content.size));
  *ret_token = arena_copy(asking->arena, token.data, token.size);
  return STATUS_OK;
}

enum status aws_from_container(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error) {
  const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"), *token = NULL;
  scoped(http_answer) struct http_answer answer = {0};
  if (relative && relative[0])
    full = arena_format(asking->arena, "http://169.254.170.2%s", relative);
  else if (!full || !full[0])
    return error_set(error, STATUS_NOT_FOUND, "no container gives credentials");
  if (strncmp(full, "https://", 8) != 0 && !may_ask_plainly(full))
    return error_set(error, STATUS_SETTINGS,
                     "AWS_CONTAINER_CREDENTIALS_FULL_URI '%.100s' is neither https nor this machine", full);
  TRY(container_token(asking, &token, error));
  struct http_header header = {"Authorization", token};
  TRY(ask(asking, "GET", full, token && token[0] ? &header : NULL, ASK_CONTAINER_MS, &answer, error));
  if (answer.code != 200)
    return error_set(error, STATUS_DENIED, "the container's agent refused credentials with code %d", answer.code);
  return aws_keys_from_json(asking->arena, bytes_of(answer.body.data, answer.body.size), "the container's agent",
                            ret_keys, error);
}

/* ---- instance ---- */

static const char *instance_site(void) {
  const char *given = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
             *mode = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (given && given[0])
    return given;
  return mode && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

/* NOT_FOUND where nobody answers: this is no instance. */
static enum status instance_ask(const struct aws_asking *asking, const char *token, const char *role,
                                struct http_answer *answer, struct error *error) {
  const char *url = arena_format(asking->arena, "%s/latest/meta-data/iam/security-credentials/%s", instance_site(),
                                 role);
  struct http_header header = {"X-aws-ec2-metadata-token", token};
  TRY(ask(asking, "GET", url, &header, ASK_MS, answer, error));
  if (answer->code == 404)
    return error_set(error, STATUS_NOT_FOUND, "this instance has no role");
  if (answer->code != 200)
    return error_set(error, STATUS_DENIED, "the instance's metadata service refused credentials with code %d",
                     answer->code);
  return STATUS_OK;
}

enum status aws_from_instance(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error) {
  const char *off = getenv("AWS_EC2_METADATA_DISABLED");
  scoped(http_answer) struct http_answer answer = {0};
  struct http_header header = {"X-aws-ec2-metadata-token-ttl-seconds", "21600"};
  const char *url = arena_format(asking->arena, "%s/latest/api/token", instance_site());
  if (off && strcasecmp(off, "true") == 0)
    return error_set(error, STATUS_NOT_FOUND, "the instance's metadata service is switched off");
  if (ask(asking, "PUT", url, &header, ASK_MS, &answer, error) != STATUS_OK || answer.code != 200)
    return error_set(error, STATUS_NOT_FOUND, "there is no instance's metadata service");
  const char *token = arena_copy_text(asking->arena, buffer_text(&answer.body));
  TRY(instance_ask(asking, token, "", &answer, error));
  struct text names = text_of(buffer_text(&answer.body)), role = text_trim(text_cut(&names, '\n'));
  if (!role.size)
    return error_set(error, STATUS_NOT_FOUND, "this instance has no role");
  TRY(instance_ask(asking, token, arena_copy(asking->arena, role.data, role.size), &answer, error));
  return aws_keys_from_json(asking->arena, bytes_of(answer.body.data, answer.body.size), "the instance", ret_keys,
                            error);
}
