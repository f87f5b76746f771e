/* mavlink: telemetry streams (.tlog, bare .mavlink .rlog .raw), v1 and v2, read forward once, salvaging.
 *
 * Layout and checksum stand in mavlink_frame.h, the choice of the stamps' layout in mavlink_scan.c, rows → columns in
 * mavlink_kind.c, facts in mavlink_fact.c. The rules of reading (facts: the MAVLink guide and measurements on real
 * logs):
 *
 *  - A frame whose checksum is right is good. That is the way of nearly all of them.
 *  - Where a checksum is wrong but the next frame begins where the length says, the framing is whole: the frame is
 * counted as bad (or as unknown, where the dialect has no such number) and stepped over. It may be another dialect's
 * message: then one and the same CRC_EXTRA fits all its frames, and the damage map says so.
 *  - Otherwise bytes are lost or added: the search goes on byte by byte until a right checksum is found. FE and FD
 * stand in many payloads; only a checksum is proof.
 *  - Stamps have no checksum. One that stands apart from both neighbours is replaced by the one before.
 *  - Bare streams have no stamps: their clock is time_boot_ms of the autopilot (component 1), made UTC where
 * SYSTEM_TIME tells.
 *  - A frame that the log's end cuts off is the normal trace of a pulled plug: report.truncated. */
#include "decode/mavlink_fact.h"
#include "decode/mavlink_kind.h"
#include "decode/mavlink_scan.h"

#define LOOKAHEAD 1024u /* two stamped frames and some */
#define NEAR_US US_PER_DAY
#define UNKNOWN_MAX 256u

#define PAGES 256u
#define KINDS_MAX 1024u
#define FOREIGN_MAX 64u

/* A number whose frames' checksums fail: the CRC_EXTRA that would fit the last of them. */
struct foreign {
  uint32_t id;
  int extra;
};

struct mavlink {
  const struct mavlink_dialect *dialect;
  const struct mavlink_crc *crc;
  struct mavlink_kind **pages[PAGES]; /* by id, for ids below 65536: page id / 256, entry id % 256 */
  struct mavlink_kind *all[KINDS_MAX];
  uint32_t count, unknown_count;
  struct foreign foreign[FOREIGN_MAX];
  uint32_t foreign_count;
  enum mavlink_stamps stamps;
  uint32_t stamp_size;
  struct mavlink_facts facts;

  const uint8_t *window;
  size_t size, at;
  uint64_t window_offset;
  bool last; /* nothing comes after the window: it is `tail` */
  uint8_t tail[LOOKAHEAD + 512];

  int64_t now_us;
  bool clock_locked; /* bare stream: the sender whose boot clock counts */
  uint8_t clock_system;
  int64_t clock_offset_us;

  bool searching;
  uint64_t damage_offset;
  const char *damage_reason;
  struct mavlink_kind *given;
  bool limit_reached, ended;
  uint32_t drained;
};

/* ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct mavlink_kind *const empty_page[256];

static inline struct mavlink_kind *find_kind(const struct mavlink *m, uint32_t id) {
  if (id < PAGES * 256)
    return m->pages[id >> 8][id & 0xFF];
  for (uint32_t i = 0; i < m->count; i++)
    if (m->all[i]->id == id)
      return m->all[i];
  return NULL;
}

/* False at the memory limit. */
static bool enter_kind(struct decode *d, struct mavlink_kind *kind) {
  struct mavlink *m = d->state;
  if (kind->id < PAGES * 256) {
    struct mavlink_kind ***page = &m->pages[kind->id >> 8];
    if ((const void *)*page == (const void *)empty_page) {
      struct mavlink_kind **own = arena_alloc_array(d->arena, 256, sizeof *own);
      if (!own)
        return false;
      *page = own;
    }
    (*page)[kind->id & 0xFF] = kind;
  }
  m->all[m->count++] = kind;
  return true;
}

static struct mavlink_kind *make_kind(struct decode *d, uint32_t id, const struct mavlink_definition *definition) {
  struct mavlink *m = d->state;
  if ((!definition && m->unknown_count == UNKNOWN_MAX) || m->count == KINDS_MAX)
    return NULL;
  struct mavlink_kind *kind = mavlink_kind_new(d, m->dialect, definition, id);
  if (!kind || (kind->message->wanted && !mavlink_kind_prepare(d, kind)) || !enter_kind(d, kind)) {
    m->limit_reached = true;
    return NULL;
  }
  kind->special = mavlink_facts_wants(id);
  m->unknown_count += !definition;
  return kind;
}

/* ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void note_damage(struct decode *d, uint64_t offset, uint64_t bytes, const char *reason, int64_t to_us) {
  struct mavlink *m = d->state;
  decode_damage(d, offset, bytes, reason, m->now_us, to_us);
}

/* Stamp of the record that should begin at `at`; TIME_NONE where no frame begins there. */
static int64_t stamp_at(const struct mavlink *m, size_t at) {
  if (at + MAVLINK_STAMP >= m->size)
    return TIME_NONE;
  uint8_t marker = m->window[at + MAVLINK_STAMP];
  int64_t stamp = mavlink_stamp_read(m->stamps, m->window + at);
  return (marker == MAVLINK_V1 || marker == MAVLINK_V2) && mavlink_stamp_is_plausible(stamp) ? stamp : TIME_NONE;
}

static bool is_near(int64_t a, int64_t b, int64_t limit_us) {
  return a != TIME_NONE && b != TIME_NONE && a - b <= limit_us && b - a <= limit_us;
}

/* A stamp that does not go on from the one before: a real jump is shared by the next record, a broken stamp is not. */
static int64_t odd_stamp(struct decode *d, size_t at, int64_t stamp, uint32_t record_size) {
  struct mavlink *m = d->state;
  bool plausible = mavlink_stamp_is_plausible(stamp);
  if (m->now_us == TIME_NONE)
    return plausible ? stamp : TIME_NONE;
  int64_t next = stamp_at(m, at + record_size);
  bool between = stamp >= m->now_us - US_PER_S && stamp <= next + US_PER_S;
  if (plausible && (next == TIME_NONE || between || !is_near(next, m->now_us, 60 * US_PER_S)))
    return stamp;
  note_damage(d, m->window_offset + at, MAVLINK_STAMP, "broken time stamp", next);
  return m->now_us;
}

static inline int64_t record_stamp(struct decode *d, size_t at, uint32_t record_size) {
  struct mavlink *m = d->state;
  int64_t stamp = mavlink_stamp_read(m->stamps, m->window + at);
  /* One compare for −1 s … +2 s; a first stamp (now is TIME_NONE) always falls out. */
  if ((uint64_t)stamp - (uint64_t)m->now_us + US_PER_S <= 3 * US_PER_S)
    return stamp;
  return odd_stamp(d, at, stamp, record_size);
}

/* Bare streams: the autopilot's boot clock. */
static void advance_boot_clock(struct mavlink *m, const struct mavlink_kind *kind, const struct mavlink_frame *frame) {
  if (kind->boot_ms_offset < 0 || frame->component != 1 || (m->clock_locked && frame->system != m->clock_system))
    return;
  uint8_t boot_ms[4] = {0};
  if (frame->length > kind->boot_ms_offset)
    memcpy(boot_ms, frame->payload + kind->boot_ms_offset, MIN(4, frame->length - kind->boot_ms_offset));
  m->clock_locked = true;
  m->clock_system = frame->system;
  m->now_us = m->clock_offset_us + (int64_t)load_u32(boot_ms) * 1000;
}

static inline void count_record(struct decode *d, struct message *message, int64_t now_us) {
  struct decode_report *report = &d->report;
  report->records++;
  message->count++;
  message->last_us = now_us;
  if (message->first_us == TIME_NONE)
    message->first_us = now_us;
  if (now_us > report->last_us)
    report->last_us = now_us;
  if (report->first_us == TIME_NONE || (now_us < report->first_us && now_us != TIME_NONE))
    report->first_us = now_us;
}

/* ── the way of nearly all records ────────────────────────────────────────────────────────────────────────────── */

/* Takes a good frame. Returns its kind when that is full. */
static inline struct mavlink_kind *take(struct decode *d, struct mavlink_kind *kind,
                                        const struct mavlink_frame *frame) {
  struct mavlink *m = d->state;
  if (!m->stamp_size)
    advance_boot_clock(m, kind, frame);
  count_record(d, kind->message, m->now_us);
  if (kind->special)
    mavlink_facts_read(d, &m->facts, frame);
  if (!kind->builder)
    return NULL;
  mavlink_kind_add(kind, frame, m->now_us);
  return kind->rows == kind->capacity ? kind : NULL;
}

/* Stops where a record is not good, and at `limit`; returns a kind that is full. */
static struct mavlink_kind *run(struct decode *d, size_t limit) {
  struct mavlink *m = d->state;
  uint32_t stamp_size = m->stamp_size;
  while (m->at < limit) {
    struct mavlink_frame frame;
    size_t at = m->at;
    if (!mavlink_frame_read(m->window + at + stamp_size, &frame) || frame.opaque)
      return NULL;
    struct mavlink_kind *kind = find_kind(m, frame.id);
    if (!kind || !kind->definition || stamp_size + frame.size > m->size - at)
      return NULL;
    if (!mavlink_crc_is_right(m->crc, &frame, kind->definition->crc_extra))
      return NULL;
    if (stamp_size)
      m->now_us = record_stamp(d, at, stamp_size + frame.size);
    m->at = at + stamp_size + frame.size;
    struct mavlink_kind *full = take(d, kind, &frame);
    if (full)
      return full;
  }
  return NULL;
}

/* ── records that need thought ────────────────────────────────────────────────────────────────────────────────── */

/* The frame at `at`, whole within the window, with a right checksum. */
static bool is_good(const struct mavlink *m, size_t at, struct mavlink_frame *frame) {
  if (at >= m->size || !mavlink_frame_read(m->window + at, frame) || frame->opaque || frame->size > m->size - at)
    return false;
  const struct mavlink_definition *definition = mavlink_dialect_find(m->dialect, frame->id);
  return definition && mavlink_crc_is_right(m->crc, frame, definition->crc_extra);
}

/* Does the next record begin at `at`? Behind a frame without a right checksum only this tells that its length is right.
 */
static bool fits(const struct mavlink *m, size_t at, int64_t stamp) {
  struct mavlink_frame next;
  if (m->last && at <= m->size && m->size - at <= m->stamp_size)
    return true;
  if (m->stamp_size)
    return is_near(stamp_at(m, at), stamp, NEAR_US) || (m->last && is_good(m, at + MAVLINK_STAMP, &next));
  return is_good(m, at, &next);
}

static struct mavlink_kind *take_unknown(struct decode *d, const struct mavlink_frame *frame) {
  struct mavlink *m = d->state;
  struct mavlink_kind *kind = find_kind(m, frame->id);
  d->report.unknown_records++;
  if (!kind)
    kind = make_kind(d, frame->id, NULL);
  if (!kind)
    return NULL;
  count_record(d, kind->message, m->now_us);
  d->report.records--;
  if (!kind->builder)
    return NULL;
  mavlink_kind_add_unknown(kind, frame, m->now_us);
  return kind->rows == kind->capacity ? kind : NULL;
}

/* Did the frame before of this number fail with the same CRC_EXTRA? Then both are whole, but defined otherwise. */
static bool is_foreign(struct mavlink *m, const struct mavlink_frame *frame) {
  int extra = frame->opaque ? -1 : mavlink_crc_extra(m->crc, frame);
  for (uint32_t i = 0; i < m->foreign_count; i++)
    if (m->foreign[i].id == frame->id) {
      bool same = extra >= 0 && m->foreign[i].extra == extra;
      m->foreign[i].extra = extra >= 0 ? extra : m->foreign[i].extra;
      return same;
    }
  if (extra >= 0 && m->foreign_count < FOREIGN_MAX)
    m->foreign[m->foreign_count++] = (struct foreign){frame->id, extra};
  return false;
}

/* A frame with a wrong checksum, but right framing. */
static void refuse(struct decode *d, size_t at, const struct mavlink_frame *frame) {
  struct mavlink *m = d->state;
  const char *reason = is_foreign(m, frame) ? "message of another dialect" : "wrong checksum";
  if (frame->opaque)
    reason = "a frame with an incompatible flag that is not known";
  d->report.bad_records++;
  note_damage(d, m->window_offset + at, m->stamp_size + frame->size, reason, m->now_us);
}

/* A record that `run` stopped at, with its framing whole. False: the framing is broken. */
static bool step_over(struct decode *d, struct mavlink_kind **ret_full) {
  struct mavlink *m = d->state;
  struct mavlink_frame frame;
  size_t at = m->at, frame_at = at + m->stamp_size;
  if (frame_at >= m->size || !mavlink_frame_read(m->window + frame_at, &frame) || frame.size > m->size - frame_at)
    return false;
  uint32_t record_size = m->stamp_size + frame.size;
  const struct mavlink_definition *definition = mavlink_dialect_find(m->dialect, frame.id);
  bool good = is_good(m, frame_at, &frame);
  int64_t stamp = m->stamp_size ? mavlink_stamp_read(m->stamps, m->window + at) : TIME_NONE;
  if (!good && ((m->stamp_size && !mavlink_stamp_is_plausible(stamp)) || !fits(m, at + record_size, stamp)))
    return false;
  if (m->stamp_size && (good || is_near(stamp, m->now_us, NEAR_US)))
    m->now_us = record_stamp(d, at, record_size);
  m->at = at + record_size;
  if (good) {
    struct mavlink_kind *kind = find_kind(m, frame.id);
    kind = kind ? kind : make_kind(d, frame.id, definition);
    *ret_full = kind ? take(d, kind, &frame) : NULL;
  } else if (!definition && !frame.opaque && mavlink_crc_extra(m->crc, &frame) >= 0) {
    *ret_full = take_unknown(d, &frame);
  } else {
    refuse(d, at, &frame);
  }
  return true;
}

/* ── broken framing ───────────────────────────────────────────────────────────────────────────────────────────── */

static void begin_search(struct mavlink *m) {
  m->searching = true;
  m->damage_offset = m->window_offset + m->at;
}

/* Where the record of the good frame at `frame_at` begins: at its stamp where that is whole. */
static size_t record_begin(const struct mavlink *m, size_t frame_at) {
  if (!m->stamp_size || m->window_offset + frame_at < m->damage_offset + MAVLINK_STAMP || frame_at < MAVLINK_STAMP)
    return frame_at;
  int64_t stamp = stamp_at(m, frame_at - MAVLINK_STAMP);
  bool whole = m->now_us == TIME_NONE ? stamp != TIME_NONE : is_near(stamp, m->now_us, NEAR_US);
  return whole ? frame_at - MAVLINK_STAMP : frame_at;
}

/* The search has found a good frame: the damage ends. Takes the frame, as its stamp may be lost. */
static struct mavlink_kind *end_search(struct decode *d, size_t frame_at, const struct mavlink_frame *frame) {
  struct mavlink *m = d->state;
  size_t begin = record_begin(m, frame_at);
  int64_t stamp = begin < frame_at ? mavlink_stamp_read(m->stamps, m->window + begin) : m->now_us;
  uint64_t end = m->window_offset + begin;
  if (end > m->damage_offset)
    note_damage(d, m->damage_offset, end - m->damage_offset, "bytes that are no frame", stamp);
  m->searching = false;
  m->now_us = stamp;
  m->at = frame_at + frame->size;
  struct mavlink_kind *kind = find_kind(m, frame->id);
  kind = kind ? kind : make_kind(d, frame->id, mavlink_dialect_find(m->dialect, frame->id));
  return kind ? take(d, kind, frame) : NULL;
}

/* Looks for a good frame from `at` on. */
static bool search(struct mavlink *m, size_t limit, size_t *ret_at, struct mavlink_frame *frame) {
  for (size_t at = m->at; at < limit; at++) {
    if (m->window[at] < MAVLINK_V2 || m->window[at] == 0xFF || !is_good(m, at, frame))
      continue;
    const struct mavlink_definition *definition = mavlink_dialect_find(m->dialect, frame->id);
    if (frame->length <= definition->max_length) {
      *ret_at = at;
      return true;
    }
  }
  return false;
}

/* At the log's end: a record whose bytes simply stop, or part of a stamp. */
static bool is_torn(const struct mavlink *m) {
  size_t left = m->size - m->at;
  struct mavlink_frame frame;
  if (left <= m->stamp_size)
    return !m->searching;
  return mavlink_frame_read(m->window + m->at + m->stamp_size, &frame) && frame.size > left - m->stamp_size;
}

/* Nothing good follows in the last window. */
static void end_log(struct decode *d) {
  struct mavlink *m = d->state;
  uint64_t end = m->window_offset + m->size;
  if (m->at < m->size && !m->searching && is_torn(m))
    d->report.truncated = true;
  else if (m->searching)
    note_damage(d, m->damage_offset, end - m->damage_offset, "bytes that are no frame", TIME_NONE);
  else if (m->at < m->size)
    note_damage(d, m->window_offset + m->at, m->size - m->at, "bytes that are no frame", TIME_NONE);
  m->searching = false;
  m->at = m->size;
}

/* `run` stopped before the limit: steps over the record, or searches on. */
static struct mavlink_kind *recover(struct decode *d, size_t limit) {
  struct mavlink *m = d->state;
  struct mavlink_kind *full = NULL;
  struct mavlink_frame frame;
  size_t found;
  if (!m->searching && step_over(d, &full))
    return full;
  if (search(m, limit, &found, &frame)) {
    if (!m->searching)
      begin_search(m);
    return end_search(d, found, &frame);
  }
  if (m->last) {
    end_log(d);
    return NULL;
  }
  if (!m->searching)
    begin_search(m);
  m->at = MAX(m->at, limit);
  return NULL;
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static int mavlink_probe(const struct probe *probe) {
  struct mavlink_scan scan;
  mavlink_scan_head(mavlink_dialect_ardupilotmega(), probe->head, &scan);
  if (scan.chained >= 3)
    return 100;
  if (scan.chained && scan.stamps == MAVLINK_STAMPS_BIG)
    return 95;
  if (scan.chained)
    return 85;
  if (scan.framed >= 8 || scan.cut >= 8)
    return 70;
  bool dense = scan.found >= 3 && scan.found_bytes * 3 > probe->head.size;
  return dense ? 60 : 0;
}

static enum status mavlink_open(struct decode *d, struct error *error) {
  struct mavlink *m = d->state;
  struct mavlink_scan scan;
  struct bytes head;
  TRY(input_view(d->input, PROBE_HEAD, &head, error));
  m->dialect = d->options.dialect ? d->options.dialect : mavlink_dialect_ardupilotmega();
  m->crc = mavlink_crc_tables();
  mavlink_scan_head(m->dialect, bytes_of(head.data, MIN(head.size, PROBE_HEAD)), &scan);
  if (scan.cut >= 8 && !scan.chained)
    return error_set(
        error, STATUS_BAD_DATA,
        "the recorder of this log cut the end off every MAVLink frame, the checksum with it; nothing in it can "
        "be trusted");
  m->stamps = scan.stamps;
  m->stamp_size = mavlink_stamp_size(scan.stamps);
  m->now_us = TIME_NONE;
  for (size_t i = 0; i < PAGES; i++)
    m->pages[i] = (struct mavlink_kind **)(uintptr_t)empty_page;
  bool utc = m->stamp_size ? scan.utc : scan.has_clock;
  m->clock_offset_us = utc ? scan.boot_utc_us : 0;
  d->report.clock = utc ? DECODE_CLOCK_UTC : DECODE_CLOCK_BOOT;
  return STATUS_OK;
}

/* Moves the window to the next unread byte. The log's last bytes are copied, so that padding follows them. */
static enum status load_window(struct decode *d, struct error *error) {
  struct mavlink *m = d->state;
  struct bytes view;
  input_skip(d->input, m->at);
  TRY(input_view(d->input, LOOKAHEAD, &view, error));
  m->window_offset = input_offset(d->input);
  m->at = 0;
  m->window = view.data;
  m->size = view.size;
  if (view.size < LOOKAHEAD) {
    m->last = true;
    memset(m->tail, 0, sizeof m->tail);
    if (view.size)
      memcpy(m->tail, view.data, view.size);
    m->window = m->tail;
  }
  d->report.bytes = m->window_offset + view.size;
  return STATUS_OK;
}

static struct mavlink_kind *read_on(struct decode *d) {
  struct mavlink *m = d->state;
  size_t limit = m->last ? m->size : m->size - LOOKAHEAD + 1;
  while (m->at < limit) {
    struct mavlink_kind *full = m->searching ? NULL : run(d, limit);
    if (!full && m->at < limit)
      full = recover(d, limit);
    if (full || m->limit_reached)
      return full;
  }
  return NULL;
}

/* After the last byte: what is left in the kinds, one after another. */
static struct mavlink_kind *drain(struct mavlink *m) {
  while (m->drained < m->count) {
    struct mavlink_kind *kind = m->all[m->drained++];
    if (kind->rows)
      return kind;
  }
  return NULL;
}

static enum status finish(struct decode *d, struct error *error) {
  struct mavlink *m = d->state;
  m->ended = true;
  mavlink_facts_end(d, &m->facts);
  if (d->report.first_us == TIME_NONE)
    d->report.clock = DECODE_CLOCK_NONE;
  if (d->report.records || d->report.unknown_records)
    return STATUS_OK;
  return error_set(
      error, STATUS_BAD_DATA,
      "none of the %llu frames has a checksum that the dialect %s makes; the log is damaged or of another dialect",
      (unsigned long long)d->report.bad_records, m->dialect->name);
}

static enum status mavlink_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct mavlink *m = d->state;
  if (m->given)
    batch_builder_reset(m->given->builder);
  struct mavlink_kind *full = NULL;
  while (!full && !m->ended) {
    full = m->window ? read_on(d) : NULL;
    if (m->limit_reached)
      return error_set(error, STATUS_LIMIT,
                       "the log has more kinds of messages than fit %zu bytes of memory; raise the limit",
                       d->options.memory_limit);
    if (full)
      break;
    if (m->last)
      TRY(finish(d, error));
    else
      TRY(load_window(d, error));
  }
  if (!full)
    full = drain(m);
  m->given = full;
  *ret_batch = full ? mavlink_kind_give(full) : NULL;
  return STATUS_OK;
}

const struct decoder decoder_mavlink = {
    .name = "mavlink",
    .about = "MAVLink telemetry, with time stamps (.tlog) or bare",
    .suffixes = "tlog mavlink rlog raw",
    .source = "ground_station",
    .vocabulary = "mavlink",
    .state_size = sizeof(struct mavlink),
    .probe = mavlink_probe,
    .open = mavlink_open,
    .next = mavlink_next,
};
