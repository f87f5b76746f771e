/* dataflash_reader: binary DataFlash records, read forward once, salvaging.
 *
 * Record: A3 95, type, body. There is no length and no checksum; the length of a type comes from its FMT record (type
 * 128: type u8, length u8, name[4], format[16], columns[64]). So one broken byte can hide everything behind it, and
 * A3 95 stands in many payloads. The rules here (facts: ArduPilot's AP_Logger and measurements on damaged real logs):
 *
 *  - A record is good when the next one begins where it ends. That is one 16-bit compare and one table look-up a
 * record.
 *  - Otherwise the chain is broken. The record before the break is kept when the break is plausibly behind it (see
 *    boundary_holds), else it is dropped with it: it may have shifted fields.
 *  - A search then looks for A3 95 with a known type from which three records chain (or the log ends cleanly). All
 * bytes passed over are damage. Bytes of 00 and FF up to the end of the log are padding, not damage.
 *  - A record that the log's end cuts off is the normal trace of a power-off: report.truncated.
 *  - FMT may come again: the same definition changes nothing, another one replaces the type from there on. When FMT
 *    defines itself again and the clock then falls by more than a second, a new boot has begun, and the types of the
 * old one that it did not define again are forgotten.
 *
 * Columns are made when the window has been read through or a batch is full (dataflash_kind.c). */
#include "decode/dataflash_reader.h"

#include <stdio.h>

#define FMT_TYPE 128
#define FMT_LENGTH 89
#define MARKER 0x95A3u           /* A3 95 as a little-endian number */
#define LOOKAHEAD 1024u          /* four records of 255 bytes and a head */
#define FRAME_MARGIN (255u + 4u) /* the longest record and the next head */
#define NONE SIZE_MAX
#define BOOT_FALL_US US_PER_S

static bool load_marker(const uint8_t *at) {
  return load_u16(at) == MARKER;
}

/* ── record types ─────────────────────────────────────────────────────────────────────────────────────────────── */

static struct dataflash_kind *find_kind(const struct dataflash_reader *r,
                                        const struct dataflash_definition *definition) {
  for (uint32_t i = 0; i < r->count; i++)
    if (r->all[i]->definition.id == definition->id &&
        memcmp(&r->all[i]->definition, definition, sizeof *definition) == 0)
      return r->all[i];
  return NULL;
}

/* Makes a definition the one of its type. Lengths below the record head can't be framed: such a type stays unknown. */
static void define(struct decode *d, const struct dataflash_definition *definition) {
  struct dataflash_reader *r = d->state;
  uint8_t id = definition->id;
  if (definition->length < DATAFLASH_HEAD || (id == FMT_TYPE && definition->length != FMT_LENGTH))
    return;
  struct dataflash_kind *kind = r->kinds[id];
  if (!kind || memcmp(&kind->definition, definition, sizeof *definition) != 0) {
    kind = find_kind(r, definition);
    if (!kind && r->count < DATAFLASH_KINDS_MAX) {
      kind = dataflash_kind_new(d, definition);
      r->limit_reached |= !kind;
      if (kind)
        r->all[r->count++] = kind;
    }
  }
  if (!kind)
    return;
  r->kinds[id] = kind;
  r->length[id] = definition->length;
  dataflash_kind_frame(kind, definition->length);
  r->defined_since[id] = true;
}

/* Before any FMT is read its own layout must be known. An FMT of FMT in the log replaces the names. */
static void define_fmt(struct decode *d) {
  struct dataflash_definition fmt = {.id = FMT_TYPE,
                                     .length = FMT_LENGTH,
                                     .name = "FMT",
                                     .format = "BBnNZ",
                                     .columns = "Type,Length,Name,Format,Columns"};
  define(d, &fmt);
}

/* The FMT of FMT that a log brings: other names only would make a second message FMT; they are taken as they are only
 * when nothing was counted under the preloaded one. */
static void note_own_definition(struct dataflash_reader *r) {
  if (r->defined_since[FMT_TYPE] && r->boots) {
    r->boot_candidate = true;
    r->boot_us = r->now_us;
    memset(r->defined_since, 0, sizeof r->defined_since);
  }
  r->defined_since[FMT_TYPE] = true;
  r->boots = MAX(r->boots, 1u);
}

/* ── records that the reader itself looks into ────────────────────────────────────────────────────────────────── */

/* Bytes of a column by name; NULL where there is none of at least this width. */
static const uint8_t *column_of(const struct dataflash_kind *kind, const uint8_t *record, const char *name,
                                uint8_t width) {
  int i = dataflash_layout_find(&kind->layout, name);
  return i >= 0 && kind->layout.columns[i].width >= width ? record + kind->layout.columns[i].offset : NULL;
}

static struct text text_of_column(const struct dataflash_kind *kind, const uint8_t *record, const char *name) {
  int i = dataflash_layout_find(&kind->layout, name);
  if (i < 0)
    return TEXT("");
  return text_trim(text_padded(record + kind->layout.columns[i].offset, kind->layout.columns[i].width));
}

static void read_fmt(struct decode *d, const uint8_t *record) {
  struct dataflash_definition definition = {0};
  dataflash_definition_read(record + DATAFLASH_HEAD, &definition);
  if (definition.id == FMT_TYPE)
    note_own_definition(d->state);
  else
    define(d, &definition);
}

static void read_fmtu(struct dataflash_reader *r, const struct dataflash_kind *kind, const uint8_t *record) {
  const uint8_t *type = column_of(kind, record, "FmtType", 1);
  const uint8_t *units = column_of(kind, record, "UnitIds", DATAFLASH_COLUMNS_MAX);
  const uint8_t *factors = column_of(kind, record, "MultIds", DATAFLASH_COLUMNS_MAX);
  struct dataflash_kind *target = type ? r->kinds[*type] : NULL;
  if (!target || !units || !factors)
    return;
  memcpy(target->unit_ids, units, sizeof target->unit_ids);
  memcpy(target->factor_ids, factors, sizeof target->factor_ids);
  target->has_units = true;
  r->units_version++;
}

static void read_unit(struct decode *d, const struct dataflash_kind *kind, const uint8_t *record) {
  struct dataflash_reader *r = d->state;
  const uint8_t *id = column_of(kind, record, "Id", 1);
  if (!id)
    return;
  dataflash_units_set_label(&r->units, d->arena, *id, text_of_column(kind, record, "Label"));
  r->units_version++;
}

static void read_multiplier(struct dataflash_reader *r, const struct dataflash_kind *kind, const uint8_t *record) {
  const uint8_t *id = column_of(kind, record, "Id", 1), *factor = column_of(kind, record, "Mult", 8);
  if (!id || !factor)
    return;
  dataflash_units_set_factor(&r->units, *id, load_f64(factor));
  r->units_version++;
}

static void read_special(struct decode *d, const struct dataflash_kind *kind, const uint8_t *record) {
  const uint8_t *value;
  switch (kind->special) {
  case DATAFLASH_PLAIN:
    break;
  case DATAFLASH_FMT:
    read_fmt(d, record);
    break;
  case DATAFLASH_UNIT:
    read_unit(d, kind, record);
    break;
  case DATAFLASH_MULT:
    read_multiplier(d->state, kind, record);
    break;
  case DATAFLASH_FMTU:
    read_fmtu(d->state, kind, record);
    break;
  case DATAFLASH_TEXT:
    dataflash_fact_text(d, text_of_column(kind, record, "Message"));
    break;
  case DATAFLASH_PARAMETER:
    if ((value = column_of(kind, record, "Value", 4)))
      dataflash_fact_parameter(d, text_of_column(kind, record, "Name"), (double)load_f32(value));
    break;
  case DATAFLASH_VERSION:
    dataflash_fact_text(d, text_of_column(kind, record, "FWS"));
    break;
  }
}

/* ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Brings the clock up to the record at `record` (NONE: nothing to do). Records without a clock leave it as it is. */
static void update_now(struct dataflash_reader *r, size_t record) {
  if (record == NONE)
    return;
  const struct dataflash_kind *kind = r->kinds[r->window[record + 2]];
  int64_t us = kind ? dataflash_kind_time(kind, r->window + record) : TIME_NONE;
  if (dataflash_time_follows(r->now_us, us))
    r->now_us = us;
}

/* After FMT defined itself again: a clock that fell by more than a second tells a new boot from a repeated definition.
 */
static void check_boot(struct dataflash_reader *r, size_t record) {
  int64_t us = dataflash_kind_time(r->kinds[r->window[record + 2]], r->window + record);
  if (us == TIME_NONE)
    return;
  r->boot_candidate = false;
  if (r->boot_us == TIME_NONE || us > r->boot_us - BOOT_FALL_US)
    return;
  r->boots++;
  for (size_t id = 0; id < 256; id++)
    if (!r->defined_since[id] && id != FMT_TYPE)
      r->length[id] = 0;
}

/* ── accepting records ────────────────────────────────────────────────────────────────────────────────────────── */

/* The present record has just been noted and wants a look. Returns its kind when a batch is full. */
static struct dataflash_kind *look_at(struct decode *d, struct dataflash_kind *kind, size_t record, size_t before) {
  struct dataflash_reader *r = d->state;
  if (kind->time_column < 0) {
    update_now(r, before);
    kind->times[kind->noted - 1] = r->now_us;
  }
  read_special(d, kind, r->window + record);
  if (kind->odd_length) {
    kind->odd_length = false;
    decode_damage(d, r->window_offset + record, 0, "FMT declares another length than its letters have", r->now_us,
                  r->now_us);
  }
  dataflash_kind_arm(kind);
  if (kind->noted < kind->room)
    return NULL;
  return kind;
}

static struct dataflash_kind *note(struct decode *d, size_t record) {
  struct dataflash_reader *r = d->state;
  struct dataflash_kind *kind = r->kinds[r->window[record + 2]];
  size_t before = r->previous;
  if (r->boot_candidate)
    check_boot(r, record);
  kind->offsets[kind->noted++] = (uint32_t)record;
  r->previous = record;
  r->at = record + r->length[kind->definition.id];
  return kind->noted >= kind->stop ? look_at(d, kind, record, before) : NULL;
}

/* The way of nearly all records. Stops before a record whose successor is not where it should be, at the end of the
 * safe part of the window, and after a record that wants a look (its kind is returned). */
static struct dataflash_kind *run(struct dataflash_reader *r, size_t limit, size_t *ret_before) {
  const uint8_t *window = r->window;
  size_t at = r->at, previous = r->previous;
  struct dataflash_kind *stopped = NULL;
  while (at < limit) {
    uint8_t id = window[at + 2];
    size_t next = at + r->length[id];
    uint32_t head = load_u32(window + next);
    if ((head & 0xFFFF) != MARKER || !r->length[head >> 16 & 0xFF])
      break;
    struct dataflash_kind *kind = r->kinds[id];
    kind->offsets[kind->noted++] = (uint32_t)at;
    *ret_before = previous;
    previous = at;
    at = next;
    if (kind->noted >= kind->stop) {
      stopped = kind;
      break;
    }
  }
  r->at = at;
  r->previous = previous;
  return stopped;
}

/* ── broken chains ────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_head(const struct dataflash_reader *r, size_t at) {
  return at + DATAFLASH_HEAD <= r->size && load_marker(r->window + at) && r->length[r->window[at + 2]];
}

static bool is_padding(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != 0 && bytes[i] != 0xFF)
      return false;
  return true;
}

/* A torn head at the very end: nothing, A3, or A3 95. */
static bool is_torn_head(const struct dataflash_reader *r, size_t at) {
  if (!r->last || at > r->size || r->size - at >= DATAFLASH_HEAD)
    return false;
  return memcmp(r->window + at, "\xA3\x95", r->size - at) == 0;
}

/* Padding, or what looks like it: enough 00 or FF for a head, and all of a short rest. */
static bool pads(const struct dataflash_reader *r, size_t at) {
  size_t left = r->size - MIN(at, r->size);
  return left && is_padding(r->window + at, MIN(left, (size_t)16));
}

/* Do records chain from here? Three heads of known types, or one whole record and then the end of the log, padding, or
 * a marker of a type that is not known (its FMT may be what was damaged). */
static bool chains(const struct dataflash_reader *r, size_t at) {
  for (int i = 0; i < 3; i++) {
    if (!is_head(r, at)) {
      bool marker = at + DATAFLASH_HEAD <= r->size && load_marker(r->window + at);
      return i > 0 && (marker || is_torn_head(r, at) || pads(r, at));
    }
    size_t length = r->length[r->window[at + 2]];
    if (at + length > r->size) /* torn by the end of the log */
      return i > 0;
    at += length;
  }
  return true;
}

static size_t count_trailing(const uint8_t *bytes, size_t size, uint8_t byte) {
  size_t count = 0;
  while (count < size && bytes[size - 1 - count] == byte)
    count++;
  return count;
}

/* Does the end of a record look like that of the one before of its type? Damage inside a record always reaches its end.
 * Before zeros the record must not end in more zeros than that one; else its last four bytes must be the same. */
static bool tail_matches(const struct dataflash_reader *r, size_t record, size_t length) {
  const struct dataflash_kind *kind = r->kinds[r->window[record + 2]];
  const uint8_t *before = dataflash_kind_before(kind, r->window);
  if (!before || length < 12)
    return false;
  const uint8_t *bytes = r->window + record;
  uint8_t next = bytes[length];
  if (pads(r, record + length))
    return count_trailing(bytes, length, next) <= count_trailing(before, length, next);
  return memcmp(bytes + length - 4, before + length - 4, 4) == 0 && load_u32(bytes + length - 4) != 0;
}

/* A record ends at `at` and no head stands there. Is the damage behind the boundary, so that the record is whole? Yes
 * where part of the next head is left: its marker, the marker's first byte, or a type whose length leads to another
 * head; and where padding begins that is not of the record's own last byte. */
static bool boundary_holds(const struct dataflash_reader *r, size_t at) {
  const uint8_t *next = r->window + at;
  if (is_torn_head(r, at) || (at < r->size && next[0] == 0xA3))
    return true;
  if (at + DATAFLASH_HEAD <= r->size && r->length[next[2]] && is_head(r, at + r->length[next[2]]))
    return true;
  return pads(r, at) && next[0] != next[-1];
}

/* From `from` on (in the window) bytes that are not padding make it damage; the search starts at r->at. */
static void begin_damage(struct decode *d, size_t offset, size_t padding_from, const char *reason) {
  struct dataflash_reader *r = d->state;
  update_now(r, r->previous);
  r->searching = true;
  r->padding = true;
  r->padding_from = r->window_offset + padding_from;
  r->damage_offset = r->window_offset + offset;
  r->damage_reason = reason;
  r->damage_us = r->now_us;
  r->unknown_type = -1;
}

static void begin_suspect_damage(struct decode *d, size_t record, size_t length) {
  struct dataflash_reader *r = d->state;
  begin_damage(d, record, record + length, "broken record");
  r->at = record + 1;
}

/* Log clock of the first of the next three records that has one. */
static int64_t time_after(const struct dataflash_reader *r, size_t at) {
  for (int i = 0; i < 3 && is_head(r, at); i++) {
    const struct dataflash_kind *kind = r->kinds[r->window[at + 2]];
    size_t length = r->length[r->window[at + 2]];
    if (at + length > r->size)
      break;
    int64_t us = dataflash_kind_time(kind, r->window + at);
    if (us != TIME_NONE)
      return us;
    at += length;
  }
  return TIME_NONE;
}

static void end_damage(struct decode *d, size_t at) {
  struct dataflash_reader *r = d->state;
  uint64_t end = r->window_offset + at;
  decode_damage(d, r->damage_offset, end - r->damage_offset, r->damage_reason, r->damage_us, time_after(r, at));
  r->searching = false;
}

/* The log ended while searching. Padding is none of our business, but it may have begun inside the record before it. */
static void end_search(struct decode *d) {
  struct dataflash_reader *r = d->state;
  if (!r->padding)
    end_damage(d, r->size);
  else if (r->padding_from > r->damage_offset)
    d->report.truncated = true;
  r->searching = false;
  r->at = r->size;
}

/* Does [from, to) of the window hold bytes that no padding has? Those of a suspect record don't count. */
static void check_padding(struct dataflash_reader *r, size_t from, size_t to) {
  uint64_t skip = r->padding_from > r->window_offset ? r->padding_from - r->window_offset : 0;
  from = MAX(from, (size_t)MIN(skip, (uint64_t)to));
  if (r->padding && !is_padding(r->window + from, to - from))
    r->padding = false;
}

/* In a stretch of one unknown type: does another record of it seem to begin here? */
static bool is_same_unknown(const struct dataflash_reader *r, size_t at) {
  return r->damage_offset != r->window_offset + at && r->unknown_type >= 0 && at + DATAFLASH_HEAD <= r->size &&
         load_marker(r->window + at) && r->window[at + 2] == r->unknown_type;
}

/* Goes on looking for a chain; false where the window is used up. */
static bool search(struct decode *d) {
  struct dataflash_reader *r = d->state;
  size_t limit = r->last ? r->size : r->size - LOOKAHEAD;
  while (r->at < limit) {
    const uint8_t *found = memchr(r->window + r->at, MARKER & 0xFF, limit - r->at);
    size_t at = found ? (size_t)(found - r->window) : limit;
    check_padding(r, r->at, at);
    r->at = at;
    if (at == limit)
      break;
    if (chains(r, at)) {
      end_damage(d, at);
      return true;
    }
    d->report.unknown_records += is_same_unknown(r, at);
    check_padding(r, at, at + 1);
    r->at = at + 1;
  }
  if (r->last)
    end_search(d);
  return false;
}

/* The log ends inside this record: torn by power-off, unless records chain behind its head (then its type or length is
 * what is wrong). */
static void end_in_record(struct decode *d) {
  struct dataflash_reader *r = d->state;
  for (size_t at = r->at + 1; at + DATAFLASH_HEAD <= r->size; at++) {
    if (!is_head(r, at) || at + r->length[r->window[at + 2]] > r->size || !chains(r, at))
      continue;
    begin_damage(d, r->at, r->size, "broken record");
    r->at++;
    r->padding = false;
    return;
  }
  d->report.truncated = true;
  r->at = r->size;
}

/* A type whose declared length never leads to a head, while the sum of its letters does: the declaration is the damage.
 */
static bool adopt_length(struct dataflash_reader *r, size_t record) {
  uint8_t id = r->window[record + 2], declared = r->length[id];
  uint16_t length = r->kinds[id]->layout.length;
  if (!length || length > 255 || length == declared)
    return false;
  r->length[id] = (uint8_t)length;
  if (chains(r, record)) {
    dataflash_kind_frame(r->kinds[id], (uint8_t)length);
    return true;
  }
  r->length[id] = declared;
  return false;
}

/* One record, taken with care: after a break, near the end, and while a new boot is possible. False: the window is used
 * up. *ret_full is the kind whose batch became full, or NULL. */
static bool step(struct decode *d, struct dataflash_kind **ret_full) {
  struct dataflash_reader *r = d->state;
  *ret_full = NULL;
  if (r->last ? r->at >= r->size : r->at + LOOKAHEAD > r->size)
    return false;
  if (is_torn_head(r, r->at)) {
    d->report.truncated = true;
    r->at = r->size;
    return false;
  }
  size_t record = r->at;
  if (!is_head(r, record)) {
    bool marker = record + DATAFLASH_HEAD <= r->size && load_marker(r->window + record);
    d->report.unknown_records += marker;
    begin_damage(d, record, record, marker ? "record of unknown type" : "no record begins here");
    r->unknown_type = marker ? r->window[record + 2] : -1;
    return true;
  }
  size_t length = r->length[r->window[record + 2]], end = record + length;
  if (end > r->size)
    end_in_record(d);
  else if (is_head(r, end) || boundary_holds(r, end) || tail_matches(r, record, length))
    *ret_full = note(d, record);
  else if (!adopt_length(r, record))
    begin_suspect_damage(d, record, length);
  return true;
}

/* ── windows and batches ──────────────────────────────────────────────────────────────────────────────────────── */

/* Reads on through the window; the kind whose batch is full, or NULL where the window is used up. */
static struct dataflash_kind *scan(struct decode *d) {
  struct dataflash_reader *r = d->state;
  size_t margin = r->last ? FRAME_MARGIN : LOOKAHEAD;
  size_t limit = r->size > margin ? r->size - margin : 0;
  for (;;) {
    struct dataflash_kind *full = NULL;
    if (r->searching) {
      if (!search(d))
        return NULL;
      continue;
    }
    if (!r->boot_candidate && is_head(r, r->at)) {
      size_t before = NONE;
      struct dataflash_kind *kind = run(r, limit, &before);
      if (kind) {
        if ((full = look_at(d, kind, r->previous, before)))
          return full;
        continue;
      }
    }
    if (!step(d, &full))
      return NULL;
    if (full)
      return full;
  }
}

static enum status load_window(struct decode *d, struct error *error) {
  struct dataflash_reader *r = d->state;
  struct bytes view = {0};
  TRY(input_view(d->input, INPUT_WINDOW, &view, error));
  r->window = view.data ? view.data : (const uint8_t *)"";
  r->loaded = true;
  r->size = MIN(view.size, INPUT_WINDOW);
  r->last = view.size < INPUT_WINDOW;
  r->window_offset = input_offset(d->input);
  r->at = 0;
  r->previous = NONE;
  return STATUS_OK;
}

static void leave_window(struct decode *d) {
  struct dataflash_reader *r = d->state;
  update_now(r, r->previous);
  for (uint32_t i = 0; i < r->count; i++)
    r->limit_reached |= !dataflash_kind_flush(d, r->all[i], r->window);
  input_skip(d->input, r->at);
  d->report.bytes = r->window_offset + r->at;
  r->loaded = false;
  r->ended = r->last;
}

static const struct batch *give(struct dataflash_reader *r, struct dataflash_kind *kind) {
  if (kind->units_version != r->units_version)
    dataflash_kind_resolve(kind, &r->units);
  kind->units_version = r->units_version;
  r->given = kind;
  return &kind->builder->batch;
}

/* After the end: the partly filled batches, then NULL. Messages without rows get their units too. */
static const struct batch *drain(struct dataflash_reader *r) {
  while (r->drained < r->count) {
    struct dataflash_kind *kind = r->all[r->drained++];
    if (kind->builder && kind->builder->batch.rows)
      return give(r, kind);
    dataflash_kind_resolve(kind, &r->units);
  }
  return NULL;
}

static enum status limit_error(struct error *error) {
  return error_set(error, STATUS_LIMIT,
                   "the log defines more record types than the memory limit of this decode can hold; "
                   "raise the limit or ask for fewer messages");
}

enum status dataflash_reader_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct dataflash_reader *r = d->state;
  if (r->given)
    dataflash_kind_release(r->given);
  r->given = NULL;
  while (!r->ended) {
    if (!r->loaded)
      TRY(load_window(d, error));
    struct dataflash_kind *full = scan(d);
    if (!full)
      leave_window(d);
    else if (!dataflash_kind_flush(d, full, r->window))
      r->limit_reached = true;
    if (r->limit_reached)
      return limit_error(error);
    if (full && full->message->wanted) {
      *ret_batch = give(r, full);
      return STATUS_OK;
    }
  }
  if (!d->report.records)
    return error_set(error, STATUS_BAD_DATA,
                     "no DataFlash record can be read from these %llu bytes; keep the file as it is",
                     (unsigned long long)d->report.bytes);
  if (r->boots > 1) {
    char boots[16];
    snprintf(boots, sizeof boots, "%u", r->boots);
    decode_fact(d, "boots", text_of(boots));
  }
  *ret_batch = drain(r);
  return STATUS_OK;
}

enum status dataflash_reader_open(struct decode *d, struct error *error) {
  struct dataflash_reader *r = d->state;
  r->now_us = r->boot_us = r->damage_us = TIME_NONE;
  r->previous = NONE;
  define_fmt(d);
  return r->limit_reached ? limit_error(error) : STATUS_OK;
}

/* ── recognising ──────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_plausible(const struct dataflash_definition *definition) {
  if (definition->length < DATAFLASH_HEAD || definition->name[0] < '0' || definition->name[0] > 'z')
    return false;
  for (const char *letter = definition->format; *letter; letter++)
    if (!dataflash_letter(*letter))
      return false;
  return true;
}

void dataflash_head_read(struct bytes head, struct dataflash_head *ret_head) {
  *ret_head = (struct dataflash_head){0};
  for (size_t at = 0; at + FMT_LENGTH <= head.size;) {
    const uint8_t *found = memmem(head.data + at, head.size - at, "\xA3\x95\x80", DATAFLASH_HEAD);
    at = found ? (size_t)(found - head.data) : head.size;
    struct dataflash_definition definition = {0};
    if (at + FMT_LENGTH > head.size)
      break;
    dataflash_definition_read(found + DATAFLASH_HEAD, &definition);
    bool plausible = is_plausible(&definition);
    ret_head->formats += plausible;
    ret_head->at_start |= plausible && at == 0;
    ret_head->px4 |= strcmp(definition.name, "TIME") == 0 && strstr(definition.columns, "StartTime");
    at += plausible ? FMT_LENGTH : 1;
  }
}
