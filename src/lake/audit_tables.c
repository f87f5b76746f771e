/* audit_tables: every file that a commit names lies below tables/, and every file there is named by a commit. */
#include "lake/audit_private.h"

#include "base/file.h"

static void take_file(struct audit *audit, void *state, const char *path, const json_t *file) {
  (void)state;
  audit_expect(audit, AUDIT_TABLE, path, audit_text(file, "sha256"), audit_number(file, "bytes"));
}

static const char *in_lake(const struct audit *audit, const char *path) {
  return path + strlen(lake_root(audit->lake)) + 1;
}

static enum status see_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  struct audit *audit = context;
  (void)error;
  bool ours = text_ends_ignore_case(text_of(path), ".parquet");
  if (!audit_see(audit, AUDIT_TABLE, in_lake(audit, path), bytes))
    audit_tell(audit, &(struct audit_fault){
                          .what = "table_unknown",
                          .path = in_lake(audit, path),
                          .text = "no commit names it",
                          .remedy = ours ? "nothing reads it, and the next 'uavlake add' removes it"
                                         : "nothing reads it: remove it, or keep it outside of the lake",
                      });
  return STATUS_OK;
}

static void tell_unreadable(void *context, const char *path, const struct error *reason) {
  struct audit *audit = context;
  audit_tell(audit, &(struct audit_fault){
                        .what = "table_unreadable", .path = in_lake(audit, path), .text = reason->text, .remedy = ""});
}

static enum status look(struct audit *audit, void *state, struct error *error) {
  struct walk_callbacks walk = {.file = see_file, .skipped = tell_unreadable, .context = audit};
  char folder[PATH_LIMIT];
  (void)state;
  TRY(path_join(folder, lake_root(audit->lake), "tables", error));
  if (file_exists(folder))
    TRY(folder_walk(folder, &walk, error));
  audit_tell_missing(audit, AUDIT_TABLE);
  return STATUS_OK;
}

const struct audit_check audit_check_tables = {.name = "tables", .table_file = take_file, .look = look};
