/* unpack: see unpack.h. Files are named by a number, never by what the archive says, and get the time that the archive
 * gives them, so that they are looked at like any other file. Where an archive is cut off or damaged, what could be
 * unpacked before is a file too: decoders salvage. */
#include "lake/unpack.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "tmp/inside"
#define PIECE ((size_t)64 << 10)

struct unpack {
  struct input *input;
  struct archive *archive;
  char folder[PATH_LIMIT];
  char id[17]; /* of the archive: several are open in one folder */
  uint64_t number;
};

bool unpack_is_archive(const struct decoder *decoder) {
  static const char *const names[] = {"zip", "tar", "gzip", "xz", "zstd"};
  for (size_t i = 0; decoder && i < ARRAY_COUNT(names); i++)
    if (strcmp(decoder->name, names[i]) == 0)
      return true;
  return false;
}

/* A number of the settings; what is no sensible number leaves the default. */
static double setting(const json_t *archives, const char *name, double or_else) {
  const json_t *value = json_object_get(archives, name);
  return json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 1e15
             ? json_number_value(value)
             : or_else;
}

struct unpack_limits unpack_limits_of(const struct lake *lake) {
  struct unpack_limits limits = {archive_default_limits, 3};
  char path[PATH_LIMIT];
  struct error error;
  if (path_join(path, lake->root, "lake.json", &error) != STATUS_OK)
    return limits;
  json_t *settings = json_load_file(path, 0, NULL);
  const json_t *archives = json_object_get(settings, "archives");
  struct archive_limits *archive = &limits.archive;
  limits.depth = (uint32_t)MIN(setting(archives, "depth", limits.depth), 16.0);
  archive->members = (uint32_t)MIN(setting(archives, "members", archive->members), 1e9);
  archive->member_bytes = (uint64_t)setting(archives, "member_bytes", (double)archive->member_bytes);
  archive->total_bytes = (uint64_t)setting(archives, "total_bytes", (double)archive->total_bytes);
  archive->ratio = setting(archives, "ratio", archive->ratio);
  json_decref(settings);
  return limits;
}

enum status unpack_clean(struct lake *lake, struct error *error) {
  char path[PATH_LIMIT];
  TRY(path_join(path, lake->root, FOLDER, error));
  return tree_remove(path, error);
}

static enum status open_all(struct unpack *unpack, struct lake *lake, const char *key, const char *name,
                            const struct unpack_limits *limits, struct error *error) {
  TRY(path_join(unpack->folder, lake->root, FOLDER, error));
  TRY(lake->store->driver->get(lake->store, key, &unpack->input, error));
  return archive_open(unpack->input, name, &limits->archive, &unpack->archive, error);
}

enum status unpack_open(struct lake *lake, const char *key, const char *id, const char *name,
                        const struct unpack_limits *limits, struct unpack **ret_unpack, struct error *error) {
  struct unpack *unpack = memory_new(sizeof *unpack);
  snprintf(unpack->id, sizeof unpack->id, "%.16s", id);
  enum status status = open_all(unpack, lake, key, name, limits, error);
  if (status != STATUS_OK)
    unpack_close(unpack);
  else
    *ret_unpack = unpack;
  return status;
}

void unpack_close(struct unpack *unpack) {
  if (!unpack)
    return;
  archive_close(unpack->archive);
  input_close(unpack->input);
  free(unpack);
}

static enum status write_all(int fd, const uint8_t *data, size_t size, const char *path, struct error *error) {
  while (size) {
    ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return error_set_errno(error, errno, "cannot write %s", path);
    data += written;
    size -= (size_t)written;
  }
  return STATUS_OK;
}

/* *ret_status: how reading went; the returned status is that of writing. */
static enum status copy_member(struct unpack *unpack, int fd, const char *path, uint64_t *ret_bytes,
                               enum status *ret_read, struct error *error) {
  scoped(memory) uint8_t *room = memory_new(PIECE);
  size_t size;
  *ret_bytes = 0;
  for (;;) {
    *ret_read = archive_read(unpack->archive, room, PIECE, &size, error);
    if (*ret_read != STATUS_OK || !size)
      return STATUS_OK;
    TRY(write_all(fd, room, size, path, error));
    *ret_bytes += size;
  }
}

static void set_time(int fd, int64_t time_us) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time_us / US_PER_S}};
  if (time_us != TIME_NONE && time_us > 0)
    (void)!futimens(fd, times);
}

static bool is_bad_content(enum status status) {
  return status == STATUS_BAD_DATA || status == STATUS_UNSUPPORTED;
}

static enum status take_out(struct unpack *unpack, const struct archive_member *member, struct arena *arena,
                            struct unpacked *out, struct error *error) {
  TRY(folder_create(unpack->folder, error)); /* it is removed after each slice */
  char *path = arena_format(arena, "%s/%s-%llu", unpack->folder, unpack->id, (unsigned long long)unpack->number++);
  int64_t modified_us = member->modified_us;
  scoped(descriptor) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot write %s", path);
  enum status read_status = STATUS_OK;
  TRY(copy_member(unpack, fd, path, &out->bytes, &read_status, error));
  bool salvaged = read_status == STATUS_BAD_DATA && out->bytes > 0;
  if (read_status == STATUS_OK || salvaged) {
    set_time(fd, modified_us);
    out->file = path;
    out->damage = salvaged ? arena_copy_text(arena, error->text) : NULL;
    return STATUS_OK;
  }
  (void)!unlink(path);
  if (!is_bad_content(read_status))
    return read_status;
  out->refused = arena_copy_text(arena, error->text); /* of one member; the next may be whole */
  return STATUS_OK;
}

enum status unpack_next(struct unpack *unpack, struct arena *arena, struct unpacked *ret_unpacked, bool *ret_found,
                        struct error *error) {
  const struct archive_member *member;
  *ret_found = false;
  *ret_unpacked = (struct unpacked){0};
  TRY(archive_next(unpack->archive, &member, error));
  if (!member)
    return STATUS_OK;
  *ret_found = true;
  ret_unpacked->inside = text_to_utf8(arena, text_of(member->name));
  ret_unpacked->refused = member->refused;
  return member->refused ? STATUS_OK : take_out(unpack, member, arena, ret_unpacked, error);
}
