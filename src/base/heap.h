/* heap: counted memory for one job, with a limit and from any allocator.
 *
 * A heap belongs to one owner (a decode) and is handed to all that allocates for it: arenas, the input's window, tables
 * that grow. It never ends the program: a refused request gives NULL and leaves `refused` set, so that the owner can
 * report STATUS_LIMIT even where a NULL on the way was taken lightly. A NULL heap is malloc, uncounted.
 * Each piece has a head of HEAP_HEAD bytes that holds its size; the head counts. One thread a heap. */
#ifndef UAVLAKE_HEAP_H
#define UAVLAKE_HEAP_H

#include "base/status.h"

#define HEAP_HEAD 16u

struct heap {
  void *(*allocate)(void *context, size_t size);             /* aligned for any type; NULL: malloc */
  void (*release)(void *context, void *memory, size_t size); /* NULL: free */
  void *context;
  size_t limit;       /* most bytes held at once; 0: no limit */
  size_t used;        /* bytes held now */
  size_t peak;        /* most bytes held so far */
  size_t refused;     /* size of the request that was refused first; 0: none was */
  bool limit_refused; /* by the limit, not by the allocator */
};

/* Zeroed memory, aligned for any type; NULL at the limit or where the allocator has none. */
void *heap_alloc(struct heap *heap, size_t size);
void *heap_alloc_array(struct heap *heap, size_t count, size_t size);
/* As realloc; new bytes are not zeroed. On NULL the old memory is still there. */
void *heap_resize(struct heap *heap, void *old, size_t count, size_t size);
void heap_free(struct heap *heap, void *memory);
/* Bytes that the limit still allows in one piece. */
size_t heap_room(const struct heap *heap);
/* STATUS_LIMIT with a sentence that says whether the limit or the machine refused. */
enum status heap_error(const struct heap *heap, struct error *error);

#endif
