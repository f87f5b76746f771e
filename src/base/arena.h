/* arena: memory that is given out piece by piece and freed all at once.
 *
 * One arena per request, log or job is passed in by the caller; nothing is freed singly. An arena with a limit serves
 * sizes that come from input: its arena_alloc returns NULL when the limit is reached (report STATUS_LIMIT). An arena
 * without a limit never returns NULL: when the machine has no memory left the program ends with a message. */
#ifndef UAVLAKE_ARENA_H
#define UAVLAKE_ARENA_H

#include "base/status.h"

struct arena;
struct heap;

/* limit in bytes over all allocations, 0 for none. Never returns NULL. */
struct arena *arena_new(size_t limit);
/* An arena whose blocks come from a heap, which outlives it and has a limit of its own. limit: 0 for the heap's only.
 * NULL where the heap refuses. */
struct arena *arena_new_in(struct heap *heap, size_t limit);
/* Frees the arena and all it gave out. NULL is allowed. */
void arena_free(struct arena *arena);
static inline void arena_scope_end(struct arena **arena) {
  arena_free(*arena);
}

/* Zeroed memory, aligned for any type. NULL only where the arena has a limit or a heap (see above). */
void *arena_alloc(struct arena *arena, size_t size);
/* count × size with overflow check. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* Copies `size` bytes and adds a NUL. */
char *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_copy_text(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...) printf_like(2, 3);
/* Bytes given out so far. */
size_t arena_used(const struct arena *arena);
/* Forgets everything given out, keeps the first block for reuse. */
void arena_reset(struct arena *arena);

/* malloc family for long-lived owners; end the program with a message where memory is out. */
#define never_null __attribute__((returns_nonnull))
never_null void *memory_new(size_t size);                             /* zeroed */
never_null void *memory_resize(void *old, size_t count, size_t size); /* realloc with overflow check */
never_null char *memory_copy_text(const char *text);
never_null char *memory_copy_part(const char *text, size_t size); /* NUL-terminated */

static inline void memory_scope_end(void *pointer) {
  extern void free(void *);
  free(*(void **)pointer);
}

#endif
