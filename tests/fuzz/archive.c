/* archive: every file of an archive is read to its end or to its damage, within the limits. */
#include "base/archive.h"
#include "target.h"

#define MEMBERS_MAX 100u
#define TOTAL_MAX ((uint64_t)1 << 20)

static void read_member(struct archive *archive, uint64_t *total) {
  uint8_t room[997];
  struct error error;
  size_t size = 1;
  while (size && archive_read(archive, room, sizeof room, &size, &error) == STATUS_OK) {
    demand(size <= sizeof room);
    *total += size;
    demand(*total <= TOTAL_MAX);
  }
}

void fuzz_archive(const uint8_t *data, size_t size) {
  const struct archive_limits limits = {MEMBERS_MAX, TOTAL_MAX / 2, TOTAL_MAX, 200, 1 << 16};
  const struct archive_member *member;
  struct error error;
  uint32_t members = 0;
  uint64_t total = 0;
  scoped(input) struct input *input = input_open_memory(bytes_of(data, size));
  scoped(archive) struct archive *archive = NULL;
  if (archive_open(input, "name.gz", &limits, &archive, &error) != STATUS_OK)
    return;
  while (archive_next(archive, &member, &error) == STATUS_OK && member) {
    demand(++members <= MEMBERS_MAX);
    demand(strlen(member->name) <= ARCHIVE_NAME_MAX);
    if (member->refused)
      continue;
    demand(member->name[0] && strncmp(member->name, "../", 3) != 0 && member->name[0] != '/');
    read_member(archive, &total);
  }
}
