/* replay: every file of the corpus through its target, without a fuzzer: replay FOLDER…
 *
 * FOLDER holds one folder a target, named as the target or the decoder; in it the seeds and, as regress-…, what fuzzing
 * has found and what is mended since. A target without a seed fails; a decoder without one gets those of the probes.
 */
#include "decode/decode.h"
#include "decode/decoder.h"
#include "target.h"

#include <dirent.h>

#define FILE_MAX ((size_t)4 << 20)

static const struct {
  const char *name;
  void (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "target_list.h"
#undef TARGET
};

static void run_one(const char *target, const uint8_t *data, size_t size) {
  for (size_t i = 0; i < ARRAY_COUNT(targets); i++)
    if (strcmp(targets[i].name, target) == 0) {
      targets[i].run(data, size);
      return;
    }
  fuzz_decoder(target, data, size);
}

static void run_file(const char *target, const char *path) {
  static uint8_t data[FILE_MAX];
  FILE *file = fopen(path, "rb");
  demand(file);
  size_t size = fread(data, 1, sizeof data, file);
  fclose(file);
  fprintf(stderr, "%s\n", path); /* the last line before a crash names its input */
  run_one(target, data, size);
}

static unsigned run_folder(const char *folder, const char *name, const char *target) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  DIR *directory = opendir(path);
  unsigned count = 0;
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    if (entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s/%s", folder, name, entry->d_name);
    run_file(target, path);
    count++;
  }
  if (directory)
    closedir(directory);
  run_one(target, (const uint8_t *)"", 0);
  return count;
}

int main(int argc, char **argv) {
  demand(argc == 2);
  unsigned files = 0, missing = 0;
  for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
    unsigned count = run_folder(argv[1], targets[i].name, targets[i].name);
    missing += !count;
    files += count;
  }
  for (size_t i = 0; decoder_list[i]; i++) {
    if (decoder_list[i]->kept_raw)
      continue;
    const char *name = decoder_list[i]->name;
    unsigned count = run_folder(argv[1], name, name);
    if (!count) {
      fprintf(stderr, "replay: there is no seed for the decoder %s; add one to %s/%s\n", name, argv[1], name);
      count = run_folder(argv[1], "probe", name);
    }
    files += count;
  }
  printf("%u inputs replayed\n", files);
  return missing ? 1 : 0;
}
