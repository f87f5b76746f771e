/* init: a new lake, its originals in its folder or on S3. */
#include "command/listing.h"

static void tell_json(const char *root, const char *store) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "lake", root);
  if (store)
    json_c_string(&json, "store", store);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status init_run(struct invocation *in, struct error *error) {
  const char *store = invocation_option(in, "store"), *root = in->argument_count ? in->arguments[0] : in->lake;
  if (strncmp(root, "s3://", 5) == 0) {
    if (store)
      return error_set(error, STATUS_SETTINGS, "name the store once: %s or --store %s", root, store);
    store = root;
    root = in->lake;
  }
  if (store && strncmp(store, "s3://", 5) != 0)
    return error_set(error, STATUS_SETTINGS, "'%s' is no store that is known: s3://BUCKET/PREFIX", store);
  TRY(lake_init_on(root, store, error));
  if (in->json)
    tell_json(root, store);
  else
    printf("a lake was made in %s%s%.*s; add logs with: uavlake add PATH… --lake %s\n", root,
           store ? ", its originals go to " : "", store ? (int)strcspn(store, "?") : 0, store ? store : "", root);
  return STATUS_OK;
}

static const struct option options[] = {
    {"store", 0, "LOCATION", "where the original bytes go: s3://BUCKET/PREFIX?SETTINGS (default: the lake's folder)"},
    {NULL},
};

const struct command command_init = {
    .name = "init",
    .arguments = "[DIR | s3://BUCKET/PREFIX?SETTINGS]",
    .about = "make a new, empty lake",
    .details =
        "On S3, or a service that speaks its protocol, go the original bytes; catalogue and tables stay in the lake's "
        "folder. Credentials are found as AWS's own tools find them: environment, web identity, profiles of ~/.aws, "
        "container, instance.\n\n"
        "Settings are NAME=VALUE, joined by '&': region, endpoint, style (path, virtual), profile, sse (AES256, "
        "aws:kms), kms_key, bucket_key, require_sse, storage_class, lock_days, hold, bypass_lock, checksum (auto, "
        "sha256, crc64nvme, crc32c, when_required), payload (auto, signed, unsigned), tags, conditional, part_size, "
        "parallel, attempts, retry_ms, connect_ms, stall_s, upload_rate, keep_uploads_days, proxy, ca, ip (4, 6).\n\n"
        "Example: uavlake init ./lake --store 's3://flights/fleet?region=eu-central-1&sse=aws:kms'",
    .options = options,
    .most_arguments = 1,
    .run = init_run,
};
