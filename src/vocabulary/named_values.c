/* named_values: a table of names with open addressing, half full at most; FNV-1a of 32 bits chooses the slot. */
#include "vocabulary/named_values.h"

#include <math.h>

#define NAMES_MAX 8192u
#define SLOTS (2 * NAMES_MAX)
#define NAME_MAX_SIZE 64u

struct named_values {
  struct arena *arena; /* of the names */
  uint32_t count;
  struct slot {
    struct text name; /* no data: free */
    double value;
  } slots[SLOTS];
};

struct named_values *named_values_new(struct arena *arena) {
  struct named_values *values = arena_alloc(arena, sizeof *values);
  values->arena = arena;
  return values;
}

/* Where the name stands or would stand. */
static uint32_t slot_of(const struct named_values *values, struct text name) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < name.size; i++)
    hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
  uint32_t at = hash % SLOTS;
  while (values->slots[at].name.data && !text_equal(values->slots[at].name, name))
    at = (at + 1) % SLOTS;
  return at;
}

void named_values_set(struct named_values *values, struct text name, double value) {
  if (!name.size || name.size > NAME_MAX_SIZE)
    return;
  struct slot *slot = &values->slots[slot_of(values, name)];
  if (!slot->name.data && values->count == NAMES_MAX)
    return;
  if (!slot->name.data) {
    slot->name = (struct text){arena_copy(values->arena, name.data, name.size), name.size};
    values->count++;
  }
  slot->value = value;
}

double named_values_get(const struct named_values *values, struct text name) {
  const struct slot *slot = &values->slots[slot_of(values, name)];
  return slot->name.data ? slot->value : NAN;
}
