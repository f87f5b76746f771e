/* log_access: paths and patterns as the shell knows them. */
#include "extension/log_access.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

static const char *reason_of(int result) {
  switch (result) {
  case GLOB_NOSPACE:
    return "it matches too many files";
  case GLOB_ABORTED:
    return "a folder can't be read";
  default:
    return "there is no such file";
  }
}

static enum status find_files(void *context, const char *pattern, struct arena *arena, const char *const **ret_names,
                              uint32_t *ret_count, struct error *error) {
  (void)context;
  glob_t found = {0};
  int result = glob(pattern, GLOB_BRACE | GLOB_TILDE | GLOB_NOMAGIC, NULL, &found);
  if (result != 0 || found.gl_pathc == 0) {
    globfree(&found);
    return error_set(error, STATUS_NOT_FOUND, "No log is named '%s': %s", pattern, reason_of(result));
  }
  const char **names = arena_alloc_array(arena, found.gl_pathc, sizeof *names);
  for (size_t i = 0; i < found.gl_pathc; i++)
    names[i] = arena_copy_text(arena, found.gl_pathv[i]);
  *ret_names = names;
  *ret_count = (uint32_t)found.gl_pathc;
  globfree(&found);
  return STATUS_OK;
}

static enum status open_file(void *context, const char *name, struct input **ret_input, struct error *error) {
  (void)context;
  return input_open_path(name, ret_input, error);
}

const struct log_access log_access_files = {find_files, open_file, NULL};
