/* file: see file.h. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

void descriptor_close(int fd) {
  if (fd >= 0)
    close(fd);
}

bool file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

enum status path_join(char out[PATH_LIMIT], const char *folder, const char *name, struct error *error) {
  size_t size = strlen(folder);
  const char *slash = size && folder[size - 1] == '/' ? "" : "/";
  if (snprintf(out, PATH_LIMIT, "%s%s%s", folder, slash, name) >= PATH_LIMIT)
    return error_set(error, STATUS_LIMIT, "the path %.200s…/%.100s is longer than %d bytes", folder, name, PATH_LIMIT);
  return STATUS_OK;
}

const char *path_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

enum status folder_create(const char *path, struct error *error) {
  char part[PATH_LIMIT];
  if (strlen(path) >= sizeof part)
    return error_set(error, STATUS_LIMIT, "the path %.200s… is too long", path);
  strcpy(part, path);
  for (char *c = part + 1;; c++) {
    if (*c != '/' && *c != 0)
      continue;
    char kept = *c;
    *c = 0;
    struct stat info;
    if (mkdir(part, 0777) != 0 && errno != EEXIST)
      return error_set_errno(error, errno, "cannot create the folder %s", part);
    if (errno == EEXIST && stat(part, &info) == 0 && !S_ISDIR(info.st_mode))
      return error_set(error, STATUS_EXISTS, "%s is in the way: it is a file, and a folder is needed", part);
    *c = kept;
    if (!kept)
      return STATUS_OK;
  }
}

enum status folder_sync(const char *path, struct error *error) {
  scoped(descriptor) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) != 0)
    return error_set_errno(error, errno, "cannot make the folder %s durable", path);
  return STATUS_OK;
}

enum status folder_sync_of(const char *path, struct error *error) {
  char folder[PATH_LIMIT];
  const char *name = path_name(path);
  if (name == path)
    return folder_sync(".", error);
  snprintf(folder, sizeof folder, "%.*s", (int)MAX(name - path - 1, 1), path);
  return folder_sync(folder, error);
}

static enum status remove_tree(const char *path, int depth, struct error *error) {
  struct stat info;
  if (lstat(path, &info) != 0)
    return errno == ENOENT ? STATUS_OK : error_set_errno(error, errno, "cannot look at %s", path);
  if (!S_ISDIR(info.st_mode))
    return unlink(path) == 0 || errno == ENOENT ? STATUS_OK : error_set_errno(error, errno, "cannot remove %s", path);
  if (depth == DEPTH_MAX)
    return error_set(error, STATUS_LIMIT, "%s is nested too deeply to be removed", path);
  DIR *folder = opendir(path);
  if (!folder)
    return error_set_errno(error, errno, "cannot open the folder %s", path);
  enum status status = STATUS_OK;
  for (struct dirent *entry; status == STATUS_OK && (entry = readdir(folder));) {
    char child[PATH_LIMIT];
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    status = path_join(child, path, entry->d_name, error);
    if (status == STATUS_OK)
      status = remove_tree(child, depth + 1, error);
  }
  closedir(folder);
  if (status == STATUS_OK && rmdir(path) != 0)
    return error_set_errno(error, errno, "cannot remove the folder %s", path);
  return status;
}

enum status tree_remove(const char *path, struct error *error) {
  return remove_tree(path, 0, error);
}

static enum status write_all(int fd, struct bytes content, const char *path, struct error *error) {
  while (content.size) {
    ssize_t wrote = write(fd, content.data, content.size);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return error_set_errno(error, errno, "cannot write %s", path);
    content.data += wrote;
    content.size -= (size_t)wrote;
  }
  return fsync(fd) == 0 ? STATUS_OK : error_set_errno(error, errno, "cannot make %s durable", path);
}

enum status file_write(const char *path, struct bytes content, struct error *error) {
  char temporary[PATH_LIMIT];
  if (snprintf(temporary, sizeof temporary, "%s.tmp-%ld", path, (long)getpid()) >= (int)sizeof temporary)
    return error_set(error, STATUS_LIMIT, "the path %.200s… is too long", path);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot create %s", temporary);
  enum status status = write_all(fd, content, path, error);
  close(fd);
  if (status == STATUS_OK && rename(temporary, path) != 0)
    status = error_set_errno(error, errno, "cannot rename %s to %s", temporary, path);
  if (status != STATUS_OK) {
    unlink(temporary);
    return status;
  }
  return folder_sync_of(path, error);
}

enum status file_read(struct arena *arena, const char *path, size_t max, struct bytes *ret_content,
                      struct error *error) {
  scoped(descriptor) int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0)
    return error_set_errno(error, errno, "cannot open %s", path);
  if (!S_ISREG(info.st_mode))
    return error_set(error, STATUS_SETTINGS, "%s is not a regular file", path);
  if ((uint64_t)info.st_size > max)
    return error_set(error, STATUS_LIMIT, "%s has %lld bytes, %zu are allowed", path, (long long)info.st_size, max);
  uint8_t *data = arena_alloc(arena, (size_t)info.st_size + 1);
  if (!data)
    return error_set(error, STATUS_LIMIT, "%s is larger than this request allows", path);
  size_t total = 0;
  while (total < (size_t)info.st_size) {
    ssize_t got = read(fd, data + total, (size_t)info.st_size - total);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return error_set_errno(error, errno, "cannot read %s", path);
    if (got == 0)
      break;
    total += (size_t)got;
  }
  *ret_content = bytes_of(data, total);
  return STATUS_OK;
}

static void skip(const struct walk_callbacks *callbacks, const char *path, const struct error *reason) {
  if (callbacks->skipped)
    callbacks->skipped(callbacks->context, path, reason);
}

static enum status walk(const char *path, const struct walk_callbacks *callbacks, int depth, struct error *error);

static int keep_names(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}
static int compare_names(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status walk_folder(const char *path, const struct walk_callbacks *callbacks, int depth,
                               struct error *error) {
  struct error reason;
  struct dirent **entries;
  int count = scandir(path, &entries, keep_names, compare_names);
  if (count < 0) {
    error_set_errno(&reason, errno, "cannot open the folder %s", path);
    skip(callbacks, path, &reason);
    return STATUS_OK;
  }
  enum status status = STATUS_OK;
  for (int i = 0; i < count; i++) {
    char child[PATH_LIMIT];
    if (status == STATUS_OK && path_join(child, path, entries[i]->d_name, &reason) == STATUS_OK)
      status = walk(child, callbacks, depth + 1, error);
    else if (status == STATUS_OK)
      skip(callbacks, path, &reason);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static enum status walk(const char *path, const struct walk_callbacks *callbacks, int depth, struct error *error) {
  struct error reason;
  struct stat info, target;
  if (lstat(path, &info) != 0) {
    error_set_errno(&reason, errno, "cannot look at %s", path);
    skip(callbacks, path, &reason);
    return STATUS_OK;
  }
  bool link = S_ISLNK(info.st_mode);
  if (link && stat(path, &target) == 0 && (S_ISREG(target.st_mode) || depth == 0))
    info = target; /* a folder behind a link is entered only where it was named by the user */
  if (S_ISREG(info.st_mode))
    return callbacks->file(callbacks->context, path, (uint64_t)info.st_size, error);
  if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
    return walk_folder(path, callbacks, depth, error);
  error_set(&reason, STATUS_UNSUPPORTED, "%s is %s", path,
            S_ISDIR(info.st_mode) ? "nested too deeply"
            : link                ? "a symbolic link to a folder or to nothing"
                                  : "neither a file nor a folder");
  skip(callbacks, path, &reason);
  return STATUS_OK;
}

enum status folder_walk(const char *path, const struct walk_callbacks *callbacks, struct error *error) {
  return walk(path, callbacks, 0, error);
}
