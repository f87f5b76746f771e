/* dataflash_tally: see dataflash_tally.h.
 *
 * The chain of a DataFlash log can't be entered at will: a record's length comes from its type, and A3 95 stands in
 * payloads. So the log is cut into pieces; each worker looks for the first place in its piece from which many records
 * chain, and counts from there to the first record that begins in the next piece. Afterwards the seams are compared:
 * where one piece ended the next must have begun. If they all meet, the pieces are together exactly the chain that one
 * reader would have walked from the first byte. Anything else (a seam that does not meet, a break before the tail, a
 * definition that changes, FMT defining itself again as at a reboot) makes the answer "not clean".
 *
 * A record costs two loads that depend on each other, its type and that type's length, and an increment: reading from
 * the page cache takes longer. */
#include "decode/dataflash_tally.h"

#include "base/pool.h"
#include "decode/dataflash_kind.h"

#include <pthread.h>
#include <stdlib.h>

#define FMT_TYPE 128
#define FMT_LENGTH 89
#define MARKER 0x95A3u
#define HEAD_BYTES (UINT64_C(4) << 20)
#define TAIL_BYTES (UINT64_C(1) << 20)
#define PIECE_BYTES (UINT64_C(32) << 20)
#define SAMPLE_BYTES (UINT64_C(256) << 10)
#define MARGIN 259u     /* the longest record and the next head */
#define CHAIN_LEAST 16u /* records that must follow one another where a piece is entered */
#define NONE UINT64_MAX

/* The log's definitions, from its head; the workers only read them. */
struct definitions {
  uint8_t length[256]; /* 0: no such type */
  uint8_t instance_at[256], instance_mask[256];
  bool special[256]; /* FMT and FMTU */
  uint8_t body[256][FMT_LENGTH - DATAFLASH_HEAD];
  struct dataflash_layout *layouts[256];
  int fmtu; /* type, −1: none */
};

struct piece {
  uint64_t from, sample_to, to; /* nominal */
  uint64_t begin, sample_end, end;
  bool broken;
  struct error error;
};

/* Of one piece, so that workers don't share lines of the cache. */
struct counts {
  uint32_t instances[256][256];
  uint32_t sampled[256];
  uint64_t first_at[256], last_at[256];
};

struct work {
  const char *path;
  uint64_t size;
  struct definitions definitions;
  struct piece *pieces;
  uint32_t piece_count;
  pthread_mutex_t lock; /* of the tally */
  struct dataflash_tally *tally;
};

/* ── definitions ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void find_fmtu(struct definitions *all, const struct dataflash_definition *definition) {
  if (strcmp(definition->name, "FMTU") != 0)
    return;
  all->fmtu = definition->id;
  all->special[definition->id] = true;
}

/* False where a type is defined otherwise than before, or can't be framed. */
static bool enter_definition(struct definitions *all, const uint8_t *record, struct arena *arena) {
  const uint8_t *body = record + DATAFLASH_HEAD;
  struct dataflash_definition definition = {0};
  dataflash_definition_read(body, &definition);
  uint8_t id = definition.id;
  if (definition.length < DATAFLASH_HEAD || id == FMT_TYPE)
    return false;
  if (all->length[id])
    return memcmp(all->body[id], body, sizeof all->body[id]) == 0;
  memcpy(all->body[id], body, sizeof all->body[id]);
  all->length[id] = definition.length;
  all->layouts[id] = arena_alloc(arena, sizeof *all->layouts[id]);
  dataflash_layout_make(&definition, all->layouts[id]);
  find_fmtu(all, &definition);
  return true;
}

/* Type and place of the instance column that an FMTU record tells; place 0: none. */
static void read_instance(const struct definitions *all, const uint8_t *record, uint8_t *ret_type, uint8_t *ret_at) {
  const struct dataflash_layout *layout = all->layouts[all->fmtu];
  int type = dataflash_layout_find(layout, "FmtType"), units = dataflash_layout_find(layout, "UnitIds");
  *ret_type = *ret_at = 0;
  if (type < 0 || units < 0 || layout->columns[units].width < DATAFLASH_COLUMNS_MAX)
    return;
  *ret_type = record[layout->columns[type].offset];
  const struct dataflash_layout *target = all->layouts[*ret_type];
  for (uint16_t i = 0; target && i < target->count; i++)
    if (record[layout->columns[units].offset + i] == '#') {
      *ret_at = target->columns[i].width == 1 ? target->columns[i].offset : 0;
      return;
    }
}

static void enter_instance(struct definitions *all, const uint8_t *record) {
  uint8_t type, at;
  read_instance(all, record, &type, &at);
  all->instance_at[type] = at;
  all->instance_mask[type] = at ? 0xFF : 0;
}

/* In a piece: does the record say what the head said? */
static bool agrees(const struct definitions *all, const uint8_t *record) {
  uint8_t type, at;
  if (record[2] == FMT_TYPE)
    return record[3] != FMT_TYPE && all->length[record[3]] &&
           memcmp(all->body[record[3]], record + DATAFLASH_HEAD, sizeof all->body[0]) == 0;
  read_instance(all, record, &type, &at);
  return all->instance_at[type] == at;
}

/* Walks the head for its definitions. False where it isn't clean. */
static bool read_definitions(struct definitions *all, struct bytes head, struct arena *arena) {
  all->fmtu = -1;
  all->length[FMT_TYPE] = FMT_LENGTH;
  all->special[FMT_TYPE] = true;
  for (size_t at = 0; at + MARGIN <= head.size;) {
    const uint8_t *record = head.data + at;
    uint8_t id = record[2];
    if (load_u16(record) != MARKER || !all->length[id])
      return false;
    bool own = id == FMT_TYPE && record[3] == FMT_TYPE;
    if (own && at != 0)
      return false;
    if (id == FMT_TYPE && !own && !enter_definition(all, record, arena))
      return false;
    if (id == all->fmtu)
      enter_instance(all, record);
    at += all->length[id];
  }
  return true;
}

/* ── pieces ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The first offset from `from` on where many records chain; NONE: there is none near. */
static enum status enter_piece(const struct definitions *all, struct input *input, uint64_t from, uint64_t *ret_begin,
                               struct error *error) {
  struct bytes view;
  TRY(input_seek(input, from, error));
  TRY(input_view(input, INPUT_WINDOW, &view, error));
  *ret_begin = NONE;
  for (size_t start = 0; start + MARGIN <= view.size; start++) {
    size_t at = start;
    unsigned chained = 0;
    while (at + DATAFLASH_HEAD <= view.size && load_u16(view.data + at) == MARKER && all->length[view.data[at + 2]]) {
      chained++;
      at += all->length[view.data[at + 2]];
    }
    if (chained >= CHAIN_LEAST || (chained && from == 0)) {
      *ret_begin = from + start;
      return STATUS_OK;
    }
    if (from == 0)
      return STATUS_OK;
  }
  return STATUS_OK;
}

struct walk {
  const struct definitions *definitions;
  struct counts *counts;
  const uint8_t *window;
  uint64_t window_offset;
  size_t size;
  bool last; /* the window reaches the end of the log */
};

/* Counts from `at` in the window to the first record at or behind `limit`; returns where it stopped. */
static size_t walk_window(const struct walk *walk, size_t at, size_t limit, bool *ret_broken) {
  const struct definitions *all = walk->definitions;
  struct counts *counts = walk->counts;
  const uint8_t *window = walk->window;
  while (at < limit) {
    const uint8_t *record = window + at;
    uint8_t id = record[2], length = all->length[id];
    bool whole = !walk->last || (at + DATAFLASH_HEAD <= walk->size && at + length <= walk->size);
    if (load_u16(record) != MARKER || !length || !whole || (all->special[id] && at && !agrees(all, record))) {
      *ret_broken = true;
      break;
    }
    counts->instances[id][record[all->instance_at[id]] & all->instance_mask[id]]++;
    if (counts->last_at[id] == NONE)
      counts->first_at[id] = walk->window_offset + at;
    counts->last_at[id] = walk->window_offset + at;
    at += length;
  }
  return at;
}

/* From the input's position to the first record at or behind `to`. */
static enum status walk_to(struct walk *walk, struct input *input, uint64_t to, uint64_t *ret_end, bool *ret_broken,
                           struct error *error) {
  while (!*ret_broken && input_offset(input) < to) {
    struct bytes view;
    TRY(input_view(input, INPUT_WINDOW, &view, error));
    walk->window = view.data;
    walk->window_offset = input_offset(input);
    walk->size = view.size;
    walk->last = view.size < INPUT_WINDOW;
    size_t margin = MIN(view.size, walk->last ? DATAFLASH_HEAD - 1 : MARGIN);
    size_t limit = (size_t)MIN(to - walk->window_offset, (uint64_t)(view.size - margin));
    size_t done = walk_window(walk, 0, limit, ret_broken);
    if (done == 0) /* a torn head, or the end */
      break;
    input_skip(input, done);
  }
  *ret_end = input_offset(input);
  return STATUS_OK;
}

static void add_counts(struct work *work, const struct counts *counts) {
  struct dataflash_tally *tally = work->tally;
  pthread_mutex_lock(&work->lock);
  for (size_t id = 0; id < 256; id++) {
    if (counts->last_at[id] == NONE)
      continue;
    for (size_t i = 0; i < 256; i++) {
      tally->counts[id] += counts->instances[id][i];
      tally->instances[id][i] += counts->instances[id][i];
    }
    tally->sampled[id] += counts->sampled[id];
    tally->first_at[id] = MIN(tally->first_at[id], counts->first_at[id]);
    tally->last_at[id] = tally->last_at[id] == NONE ? counts->last_at[id]
                                                    : MAX(tally->last_at[id], counts->last_at[id]);
  }
  pthread_mutex_unlock(&work->lock);
}

static void note_sample(struct counts *counts) {
  for (size_t id = 0; id < 256; id++)
    for (size_t i = 0; counts->last_at[id] != NONE && i < 256; i++)
      counts->sampled[id] += counts->instances[id][i];
}

static enum status count_piece(struct work *work, struct piece *piece, struct counts *counts, struct error *error) {
  scoped(input) struct input *input = NULL;
  struct walk walk = {.definitions = &work->definitions, .counts = counts};
  memset(counts->first_at, 0xFF, sizeof counts->first_at);
  memset(counts->last_at, 0xFF, sizeof counts->last_at);
  TRY(input_open_path(work->path, &input, error));
  TRY(enter_piece(&work->definitions, input, piece->from, &piece->begin, error));
  if (piece->begin == NONE)
    return STATUS_OK;
  TRY(input_seek(input, piece->begin, error));
  TRY(walk_to(&walk, input, piece->sample_to, &piece->sample_end, &piece->broken, error));
  note_sample(counts);
  TRY(walk_to(&walk, input, piece->to, &piece->end, &piece->broken, error));
  return STATUS_OK;
}

static void run_piece(void *context, uint32_t index) {
  struct work *work = context;
  struct counts *counts = memory_new(sizeof *counts);
  struct piece *piece = &work->pieces[index];
  piece->error.status = count_piece(work, piece, counts, &piece->error);
  if (piece->error.status == STATUS_OK)
    add_counts(work, counts);
  free(counts);
}

/* ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status read_clock(struct input *input, const struct dataflash_kind *kind, uint64_t offset, int64_t *ret_us,
                              struct error *error) {
  uint8_t record[256] = {0};
  size_t size;
  TRY(input_read_at(input, offset, record, sizeof record, &size, error));
  *ret_us = dataflash_kind_time(kind, record);
  return STATUS_OK;
}

static enum status read_clocks(const struct work *work, struct error *error) {
  scoped(input) struct input *input = NULL;
  struct dataflash_tally *tally = work->tally;
  TRY(input_open_path(work->path, &input, error));
  for (size_t id = 0; id < 256; id++) {
    const struct dataflash_layout *layout = work->definitions.layouts[id];
    struct dataflash_kind kind = {.time_column = -1};
    tally->first_us[id] = tally->last_us[id] = TIME_NONE;
    if (!layout || tally->last_at[id] == NONE)
      continue;
    struct dataflash_definition definition = {0};
    dataflash_definition_read(work->definitions.body[id], &definition);
    kind.time_column = dataflash_layout_find_time(layout, definition.name, &kind.us_per_count);
    if (kind.time_column < 0)
      continue;
    kind.time_offset = layout->columns[kind.time_column].offset;
    kind.time_width = layout->columns[kind.time_column].width;
    TRY(read_clock(input, &kind, tally->first_at[id], &tally->first_us[id], error));
    TRY(read_clock(input, &kind, tally->last_at[id], &tally->last_us[id], error));
  }
  return STATUS_OK;
}

/* ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Head and tail are samples as a whole. */
static void cut_pieces(struct work *work, struct arena *arena) {
  uint64_t tail = work->size - TAIL_BYTES;
  uint32_t count = (uint32_t)((tail - HEAD_BYTES + PIECE_BYTES - 1) / PIECE_BYTES);
  work->pieces = arena_alloc_array(arena, count + 2u, sizeof *work->pieces);
  work->pieces[work->piece_count++] = (struct piece){.from = 0, .sample_to = HEAD_BYTES, .to = HEAD_BYTES};
  for (uint64_t from = HEAD_BYTES; from < tail; from += PIECE_BYTES)
    work->pieces[work->piece_count++] = (struct piece){
        .from = from, .sample_to = MIN(from + SAMPLE_BYTES, tail), .to = MIN(from + PIECE_BYTES, tail)};
  work->pieces[work->piece_count++] = (struct piece){.from = tail, .sample_to = work->size, .to = work->size};
}

/* Do the seams meet, and is the chain whole up to the tail? Fills the stretches. */
static bool join_pieces(const struct work *work, struct arena *arena) {
  struct dataflash_tally *tally = work->tally;
  tally->stretches = arena_alloc_array(arena, work->piece_count, sizeof *tally->stretches);
  for (uint32_t i = 0; i < work->piece_count; i++) {
    const struct piece *piece = &work->pieces[i];
    bool tail = i + 1 == work->piece_count;
    if (piece->begin == NONE || (piece->broken && !tail) || (!tail && work->pieces[i + 1].begin != piece->end))
      return false;
    uint64_t to = tail ? work->size : piece->sample_end;
    tally->stretches[tally->stretch_count++] = (struct dataflash_stretch){piece->begin, to};
  }
  return true;
}

static struct dataflash_tally *new_tally(const struct definitions *all, struct arena *arena) {
  struct dataflash_tally *tally = arena_alloc(arena, sizeof *tally);
  memset(tally->first_at, 0xFF, sizeof tally->first_at);
  memset(tally->last_at, 0xFF, sizeof tally->last_at);
  for (size_t id = 0; id < 256; id++)
    tally->has_instance[id] = all->instance_mask[id] != 0;
  return tally;
}

static enum status read_head(struct work *work, struct arena *arena, bool *ret_clean, struct error *error) {
  scoped(input) struct input *input = NULL;
  TRY(input_open_path(work->path, &input, error));
  work->size = input_size(input);
  *ret_clean = false;
  if (work->size == INPUT_SIZE_UNKNOWN || work->size < DATAFLASH_TALLY_MIN)
    return STATUS_OK;
  size_t size;
  uint8_t *head = memory_new(HEAD_BYTES);
  enum status status = input_read_at(input, 0, head, HEAD_BYTES, &size, error);
  if (status == STATUS_OK)
    *ret_clean = read_definitions(&work->definitions, bytes_of(head, size), arena);
  free(head);
  return status;
}

enum status dataflash_tally_count(const char *path, uint32_t threads, struct arena *arena,
                                  struct dataflash_tally **ret_tally, struct error *error) {
  struct work *work = arena_alloc(arena, sizeof *work);
  bool clean;
  *work = (struct work){.path = path, .lock = PTHREAD_MUTEX_INITIALIZER};
  *ret_tally = NULL;
  TRY(read_head(work, arena, &clean, error));
  if (!clean)
    return STATUS_OK;
  work->tally = new_tally(&work->definitions, arena);
  cut_pieces(work, arena);
  pool_run(threads, work->piece_count, run_piece, work);
  for (uint32_t i = 0; i < work->piece_count; i++)
    if (work->pieces[i].error.status != STATUS_OK)
      return error_set(error, work->pieces[i].error.status, "%s", work->pieces[i].error.text);
  if (!join_pieces(work, arena))
    return STATUS_OK;
  TRY(read_clocks(work, error));
  *ret_tally = work->tally;
  return STATUS_OK;
}
