/* enums: names of numbers, from enums.tsv (set, value, name), sorted for search at the first call. */
#include "vocabulary/embedded.h"
#include "vocabulary/map.h"

#include <pthread.h>
#include <stdlib.h>

#define ENUMS_MAX 4096

struct entry {
  const char *set, *name;
  int64_t value;
};

static struct {
  pthread_once_t once;
  struct arena *arena;
  struct entry *entries;
  size_t count;
} enums = {.once = PTHREAD_ONCE_INIT};

static int compare(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  int order = strcmp(x->set, y->set);
  return order ? order : (x->value > y->value) - (x->value < y->value);
}

static void parse(void) {
  enums.arena = arena_new(0);
  enums.entries = arena_alloc_array(enums.arena, ENUMS_MAX, sizeof *enums.entries);
  struct text rest = {vocabulary_enums, vocabulary_enums_size};
  while (rest.data && enums.count < ENUMS_MAX) {
    struct text line = text_cut(&rest, '\n');
    if (line.size == 0 || line.data[0] == '#')
      continue;
    struct entry *entry = &enums.entries[enums.count];
    struct text set = text_cut(&line, '\t'), value = text_cut(&line, '\t');
    if (!line.data || !text_to_i64(value, &entry->value))
      continue;
    entry->set = arena_copy(enums.arena, set.data, set.size);
    entry->name = arena_copy(enums.arena, line.data, line.size);
    enums.count++;
  }
  qsort(enums.entries, enums.count, sizeof *enums.entries, compare);
}

const char *enum_name(const char *set, int64_t value) {
  pthread_once(&enums.once, parse);
  struct entry wanted = {set, NULL, value};
  const struct entry *found = bsearch(&wanted, enums.entries, enums.count, sizeof wanted, compare);
  return found ? found->name : NULL;
}
