/* file: folders and small files, written so that a pulled plug leaves the old or the new content, never a mixture. */
#ifndef UAVLAKE_FILE_H
#define UAVLAKE_FILE_H

#include "base/arena.h"
#include "base/bytes.h"

#define PATH_LIMIT 4096

/* Creates the folder and those above it. OK where it is there already. */
must_check enum status folder_create(const char *path, struct error *error);
/* Makes a rename or creation inside the folder durable. */
must_check enum status folder_sync(const char *path, struct error *error);
/* As folder_sync for the folder that holds `path`. */
must_check enum status folder_sync_of(const char *path, struct error *error);
/* Removes the file or the whole tree; OK where it is not there. Symbolic links are removed, not followed. */
must_check enum status tree_remove(const char *path, struct error *error);

/* Temporary name, fsync, rename, fsync of the folder. */
must_check enum status file_write(const char *path, struct bytes content, struct error *error);
/* The whole file, NUL-terminated, in the arena; STATUS_LIMIT over max bytes. */
must_check enum status file_read(struct arena *arena, const char *path, size_t max, struct bytes *ret_content,
                                 struct error *error);
bool file_exists(const char *path);
void descriptor_close(int fd);
static inline void descriptor_scope_end(int *fd) {
  descriptor_close(*fd);
}

/* "<folder>/<name>" in `out`; STATUS_LIMIT where it is too long. */
must_check enum status path_join(char out[PATH_LIMIT], const char *folder, const char *name, struct error *error);
/* The part after the last '/'. */
const char *path_name(const char *path);

/* Calls `file` for each regular file below (and for `path` itself, if it is a file), in byte order of the names, not
 * following symbolic links to folders (loops); `skipped` (may be NULL) for what could not be read, with the reason. A
 * failure that `file` returns ends the walk. */
struct walk_callbacks {
  enum status (*file)(void *context, const char *path, uint64_t bytes, struct error *error);
  void (*skipped)(void *context, const char *path, const struct error *reason);
  void *context;
};
must_check enum status folder_walk(const char *path, const struct walk_callbacks *callbacks, struct error *error);

#endif
