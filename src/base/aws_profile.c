/* aws_profile: the files that `aws configure` writes.
 *
 *   ~/.aws/credentials  [name]          aws_access_key_id = …
 *   ~/.aws/config       [profile name]  region = …   ([default] without the word)
 *
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name others. A line is `name = value`; '#' and ';' begin a comment at
 * a line's start or after a blank; indented lines belong to a nested setting and are passed over. The credentials file
 * wins. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". */
#include "base/aws_private.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)
#define PROCESS_OUTPUT_MAX ((size_t)64 << 10)

const char *aws_profile_name(const char *given) {
  const char *named = given ? given : getenv("AWS_PROFILE");
  return named && named[0] ? named : "default";
}

static struct text strip_comment(struct text line) {
  for (size_t i = 0; i < line.size; i++)
    if ((line.data[i] == '#' || line.data[i] == ';') && (i == 0 || line.data[i - 1] == ' ' || line.data[i - 1] == '\t'))
      line.size = i;
  return text_trim(line);
}

/* "[profile name]" or "[name]" */
static bool begins_profile(struct text line, const char *profile, bool is_config) {
  if (line.size < 2 || line.data[0] != '[' || line.data[line.size - 1] != ']')
    return false;
  struct text name = text_trim(text_from(line.data + 1, line.size - 2));
  if (is_config && text_starts(name, "profile "))
    name = text_trim(text_from(name.data + 8, name.size - 8));
  else if (is_config && !text_is(name, "default"))
    return false;
  return text_is(name, profile);
}

static const char *find_in(struct arena *arena, struct text rest, const char *profile, const char *name,
                           bool is_config) {
  const char *found = NULL;
  bool inside = false;
  while (rest.data) {
    struct text raw = text_cut(&rest, '\n'), line = strip_comment(raw);
    ptrdiff_t equals = text_find(line, "=");
    if (line.size && line.data[0] == '[')
      inside = begins_profile(line, profile, is_config);
    else if (inside && equals > 0 && raw.data[0] != ' ' && raw.data[0] != '\t' &&
             text_is(text_trim(text_from(line.data, (size_t)equals)), name)) {
      struct text value = text_trim(text_from(line.data + equals + 1, line.size - (size_t)equals - 1));
      found = arena_copy(arena, value.data, value.size);
    }
  }
  return found;
}

static const char *find_file(struct arena *arena, const char *variable, const char *name) {
  const char *given = getenv(variable), *home = getenv("HOME");
  if (given && given[0])
    return given;
  return home ? arena_format(arena, "%s/.aws/%s", home, name) : NULL;
}

const char *aws_profile_value(struct arena *arena, const char *profile, const char *name) {
  const char *files[] = {find_file(arena, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
                         find_file(arena, "AWS_CONFIG_FILE", "config")};
  for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
    struct bytes content;
    if (!files[i] || file_read(arena, files[i], FILE_MAX, &content, NULL) != STATUS_OK)
      continue;
    const char *value = find_in(arena, text_from(content.data, content.size), profile, name, i == 1);
    if (value && value[0])
      return value;
  }
  return NULL;
}

/* ---- a program that prints keys ---- */

static enum status run_process(const struct aws_asking *asking, const char *command, struct aws_keys *ret_keys,
                               struct error *error) {
  FILE *pipe = popen(command, "re");
  if (!pipe)
    return error_set(error, STATUS_SETTINGS, "the credential_process of the profile could not be started");
  char *output = arena_alloc(asking->arena, PROCESS_OUTPUT_MAX);
  size_t size = fread(output, 1, PROCESS_OUTPUT_MAX, pipe);
  int ended = pclose(pipe);
  if (ended != 0)
    return error_set(error, STATUS_DENIED, "the credential_process of the profile failed with exit code %d",
                     WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended));
  return aws_keys_from_json(asking->arena, bytes_of(output, size), "the credential_process of the profile", ret_keys,
                            error);
}

/* ---- roles ---- */

static enum status keys_for_role(const struct aws_asking *asking, const char *profile, struct aws_keys *ret_keys,
                                 struct error *error) {
  struct arena *arena = asking->arena;
  const char *from = aws_profile_value(arena, profile, "source_profile");
  const char *where = aws_profile_value(arena, profile, "credential_source");
  if (from && strcmp(from, profile) == 0) { /* a role by keys of the same profile */
    const char *access = aws_profile_value(arena, profile, "aws_access_key_id");
    const char *secret = aws_profile_value(arena, profile, "aws_secret_access_key");
    if (!access || !secret)
      return error_set(error, STATUS_SETTINGS, "the AWS profile '%s' names itself as its source, but has no keys",
                       profile);
    *ret_keys = (struct aws_keys){access, secret, aws_profile_value(arena, profile, "aws_session_token"), TIME_NONE};
    return STATUS_OK;
  }
  if (from) {
    struct aws_asking deeper = *asking;
    deeper.profile = from;
    deeper.depth++;
    if (deeper.depth > AWS_PROFILE_DEPTH)
      return error_set(error, STATUS_SETTINGS, "the AWS profile '%s' leads on to more than %u others", profile,
                       AWS_PROFILE_DEPTH);
    return aws_from_profile(&deeper, ret_keys, error);
  }
  if (where && strcmp(where, "Environment") == 0)
    return aws_from_environment(asking, ret_keys, error);
  if (where && strcmp(where, "EcsContainer") == 0)
    return aws_from_container(asking, ret_keys, error);
  if (where && strcmp(where, "Ec2InstanceMetadata") == 0)
    return aws_from_instance(asking, ret_keys, error);
  return error_set(error, STATUS_SETTINGS,
                   "the AWS profile '%s' has a role_arn, but neither source_profile nor a known credential_source",
                   profile);
}

static enum status take_role(const struct aws_asking *asking, const char *profile, const char *role,
                             struct aws_keys *ret_keys, struct error *error) {
  struct arena *arena = asking->arena;
  const char *session = aws_profile_value(arena, profile, "role_session_name");
  const char *token = aws_profile_value(arena, profile, "web_identity_token_file");
  struct aws_keys own;
  if (token)
    return aws_web_identity(asking, role, token, session, ret_keys, error);
  TRY(keys_for_role(asking, profile, &own, error));
  return aws_assume_role(asking, &own, role, session, aws_profile_value(arena, profile, "external_id"), ret_keys,
                         error);
}

enum status aws_from_profile(const struct aws_asking *asking, struct aws_keys *ret_keys, struct error *error) {
  struct arena *arena = asking->arena;
  const char *profile = aws_profile_name(asking->profile);
  const char *role = aws_profile_value(arena, profile, "role_arn");
  if (role)
    return take_role(asking, profile, role, ret_keys, error);
  const char *access = aws_profile_value(arena, profile, "aws_access_key_id");
  const char *secret = aws_profile_value(arena, profile, "aws_secret_access_key");
  if (access && secret) {
    *ret_keys = (struct aws_keys){access, secret, aws_profile_value(arena, profile, "aws_session_token"), TIME_NONE};
    return STATUS_OK;
  }
  const char *process = aws_profile_value(arena, profile, "credential_process");
  if (process)
    return run_process(asking, process, ret_keys, error);
  bool named = asking->profile || strcmp(profile, "default") != 0;
  return error_set(error, named ? STATUS_SETTINGS : STATUS_NOT_FOUND,
                   "the AWS profile '%s' has no keys, no role_arn and no credential_process: is its name right?",
                   profile);
}
