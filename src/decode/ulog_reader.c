/* ulog_reader: PX4's on-board log, read forward once, salvaging. Source of the layout: PX4 developer guide, "ULog file
 * format", and measurements on logs of PX4 1.5 to 1.15.
 *
 * Head: "ULog" 01 12 35, version u8, start u64 µs. Then messages: size u16, type u8, payload[size]. Types:
 *   B flags     F format     I information    M more of it    P parameter    Q default    A subscription    R its end
 *   D data: u16 number of the subscription, record        L, C log line    S sync 2F 73 13 20 25 0C BB 12    O dropout
 * Definitions come first; A, L, C and D begin the data.
 *
 * There is no checksum, and sync messages are rare or missing. So one broken size hides all that follows. The rules:
 *
 *  - A message's head is plausible when its type is known and its size is one that the type can have: for D exactly
 *    that of its subscription. A message is good when a plausible head, or the end, follows it.
 *  - Otherwise the chain is broken. The message before the break is dropped when another chain begins within it, for
 *    bytes of it are missing, and when zeros go through its end. Else it is kept; where nothing shows that it is whole
 * (boundary_holds), the damage says so.
 *  - A search then looks for the next place from which CHAIN plausible heads follow one another, or for a sync
 *    message. All bytes passed over are damage. 00 and FF up to the end are padding, not damage.
 *  - Damage may have taken subscriptions. Then data records of an unknown number, orphans, stand among good messages:
 *    they are stepped over, each as damage, where a long chain of both holds together (chains_with_orphans).
 *  - A message that the end cuts off is the normal trace of a power-off: report.truncated. So is one that an appended
 *    part (B's offsets) cuts off.
 *
 * Columns are made when the window has been read through or a batch is full (ulog_topic.c). */
#include "decode/ulog_reader.h"

#define HEAD 3u
#define FILE_HEAD 16u
#define LOOKAHEAD ((size_t)128 << 10) /* what a search wants to see: two messages of the longest kind */
#define CHAIN 5
#define ORPHAN_CHAIN 24    /* so many messages show that orphans among them are records */
#define ORPHAN_WITNESSES 3 /* of which so many are known */
#define ORPHAN_BYTES 4096u
#define ORPHAN_NUMBER 4096u
#define TOPICS_MAX 2048u
#define SUBSCRIPTIONS_MAX 65536u

static const uint8_t sync_magic[8] = {0x2F, 0x73, 0x13, 0x20, 0x25, 0x0C, 0xBB, 0x12};

/* ── heads ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static inline const struct ulog_subscription *subscription_of(const struct ulog_reader *r, uint16_t number) {
  return number < r->subscription_count ? &r->subscriptions[number] : NULL;
}

static inline bool is_data_head(const struct ulog_reader *r, const uint8_t *at) {
  uint16_t size = load_u16(at);
  const struct ulog_subscription *s = subscription_of(r, load_u16(at + HEAD));
  if (!s || size < 3)
    return false;
  return s->topic || s->whole ? size == s->whole || size == s->trimmed : s->opaque;
}

/* A data record whose number nobody subscribed, as far as its head tells; or of a subscription no record of which was
 * read yet: its definition may be damaged. */
static bool is_orphan(const struct ulog_reader *r, size_t at) {
  const uint8_t *head = r->window + at;
  uint16_t size = load_u16(head), number = load_u16(head + HEAD);
  const struct ulog_subscription *s = subscription_of(r, number);
  return head[2] == 'D' && size > 2 + sizeof(uint64_t) && size <= ORPHAN_BYTES && number < ORPHAN_NUMBER &&
         !(s && (s->topic ? s->topic->proven : s->opaque));
}

/* Types but D; the five bytes at `at` are there. */
static bool is_other_head(const struct ulog_reader *r, const uint8_t *at) {
  uint16_t size = load_u16(at);
  uint8_t first = at[HEAD], second = at[HEAD + 1];
  switch (at[2]) {
  case 'A':
    return size >= 4 && size <= 3 + 255;
  case 'R':
  case 'O':
    return size == 2;
  case 'L':
    return size >= 9 && first >= '0' && first <= '7';
  case 'C':
    return size >= 11 && first >= '0' && first <= '7';
  case 'S':
    return size == 8 && first == sync_magic[0] && second == sync_magic[1];
  case 'I':
  case 'P':
    return first >= 3 && size > first && size <= first + 1u + (at[2] == 'P' ? 4u : UINT16_MAX);
  case 'M':
  case 'Q':
    return second >= 3 && size > second + 1u && (at[2] != 'Q' || size == second + 6u);
  case 'F':
    return !r->data_begun && size >= 4 && first > ' ' && first <= '~';
  case 'B':
    return size == 40 && !r->data_begun;
  default:
    return false;
  }
}

static inline bool is_head(const struct ulog_reader *r, size_t at) {
  const uint8_t *bytes = r->window + at;
  return bytes[2] == 'D' ? is_data_head(r, bytes) : is_other_head(r, bytes);
}

/* Enough bytes to judge a head. */
static inline bool has_head(const struct ulog_reader *r, size_t at) {
  return at + HEAD + 2 <= r->size;
}

static size_t end_of(const struct ulog_reader *r, size_t at) {
  return at + HEAD + load_u16(r->window + at);
}

static bool is_printable(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] <= ' ' || bytes[i] > '~')
      return false;
  return true;
}

/* A plausible head and, where the whole message is in the window, the content that its type must have: sizes of any
 * value stand in noise everywhere. */
static bool is_sound(const struct ulog_reader *r, size_t at) {
  if (!is_head(r, at))
    return false;
  size_t end = end_of(r, at);
  const uint8_t *payload = r->window + at + HEAD;
  if (end > r->size || r->window[at + 2] == 'D')
    return true;
  if (r->window[at + 2] == 'A')
    return is_printable(payload + 3, end - at - HEAD - 3);
  return ulog_note_is_sound((char)r->window[at + 2], bytes_of(payload, end - at - HEAD));
}

/* Do `wanted` heads follow one another from here on, or fewer, but one whole message, up to the end? */
static bool chains(const struct ulog_reader *r, size_t at, int wanted) {
  for (int i = 0; i < wanted; i++) {
    if (!has_head(r, at))
      return i > 0 && at <= r->size;
    if (!is_sound(r, at))
      return false;
    at = end_of(r, at);
  }
  return true;
}

/* As chains(), of orphans and known messages. */
static bool chains_with_orphans(const struct ulog_reader *r, size_t at) {
  int witnesses = 0, count = 0;
  for (; count < ORPHAN_CHAIN && has_head(r, at); count++) {
    bool known = is_sound(r, at);
    if (!known && !is_orphan(r, at))
      return false;
    witnesses += known;
    at = end_of(r, at);
  }
  return at <= r->size && count >= CHAIN && witnesses >= ORPHAN_WITNESSES;
}

/* ── subscriptions without a message of their own ───────────────────────────────────────────────────────────────────
 */

static bool make_room(struct decode *d, uint32_t number) {
  struct ulog_reader *r = d->state;
  uint32_t capacity = MAX(r->subscription_count, 1024u);
  if (r->subscriptions && number < r->subscription_count)
    return true;
  while (capacity <= number)
    capacity *= 2;
  struct ulog_subscription *grown = arena_alloc_array(d->arena, capacity, sizeof *grown);
  if (!grown)
    return false;
  if (r->subscriptions)
    memcpy(grown, r->subscriptions, r->subscription_count * sizeof *grown);
  r->subscriptions = grown;
  r->subscription_count = capacity;
  return true;
}

/* Orphans from `at` on, where they hold together with known messages, become opaque subscriptions of a fixed size. */
static bool adopt(struct decode *d, size_t at) {
  struct ulog_reader *r = d->state;
  if (!has_head(r, at) || !(is_orphan(r, at) || is_head(r, at)) || !chains_with_orphans(r, at))
    return false;
  for (int i = 0; i < ORPHAN_CHAIN && has_head(r, at); i++, at = end_of(r, at)) {
    if (is_head(r, at) || !is_orphan(r, at))
      continue;
    uint16_t size = load_u16(r->window + at), number = load_u16(r->window + at + HEAD);
    if (!make_room(d, number))
      return false;
    r->subscriptions[number] = (struct ulog_subscription){.opaque = true, .whole = size, .trimmed = size};
  }
  return true;
}

/* ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void begin_damage(struct ulog_reader *r, size_t from, size_t search_from, const char *reason) {
  r->searching = true;
  r->padding = true;
  r->torn = false;
  r->damage_offset = r->window_offset + from;
  r->damage_reason = reason;
  r->damage_us = r->now_us;
  r->at = search_from;
  for (size_t i = from; i < MIN(search_from, r->size); i++)
    r->padding &= r->window[i] == 0 || r->window[i] == 0xFF;
}

/* Log clock of the first data record in the next few messages. */
static int64_t time_ahead(const struct ulog_reader *r, size_t at) {
  for (int i = 0; i < 16 && has_head(r, at) && is_head(r, at); i++) {
    size_t end = end_of(r, at);
    if (end > r->size)
      break;
    const struct ulog_subscription *s = r->window[at + 2] == 'D' ? subscription_of(r, load_u16(r->window + at + HEAD))
                                                                 : NULL;
    int64_t us = s && s->topic ? ulog_topic_time(s->topic, r->window + at + HEAD + 2) : TIME_NONE;
    if (us != TIME_NONE)
      return us;
    at = end;
  }
  return TIME_NONE;
}

static void end_damage(struct decode *d, size_t at, bool at_end) {
  struct ulog_reader *r = d->state;
  uint64_t bytes = r->window_offset + at - r->damage_offset;
  r->searching = false;
  r->at = at;
  if (bytes && !(at_end && r->padding))
    decode_damage(d, r->damage_offset, bytes, r->damage_reason, r->damage_us, at_end ? TIME_NONE : time_ahead(r, at));
}

/* A whole message ends at `at` and no plausible head stands there. Is only what follows damaged? Yes where its size, or
 * the size that its subscription has, leads to another message, and where zeros begin that are not the message's own.
 */
static bool boundary_holds(const struct ulog_reader *r, size_t at) {
  const uint8_t *next = r->window + at;
  if (!has_head(r, at))
    return true;
  if (load_u16(next) && chains(r, end_of(r, at), 2))
    return true;
  const struct ulog_subscription *s = subscription_of(r, load_u16(next + HEAD));
  if (s && s->topic && (chains(r, at + HEAD + s->whole, 2) || chains(r, at + HEAD + s->trimmed, 2)))
    return true;
  static const uint8_t zeros[5];
  return memcmp(next, zeros, sizeof zeros) == 0 && next[-1] != 0;
}

/* A zeroed stretch goes through `end`: it is likely to have begun within the message that ends there. */
static bool zeros_reach_into(const struct ulog_reader *r, size_t end) {
  static const uint8_t zeros[4];
  return end - r->at >= HEAD + 2 + sizeof zeros && memcmp(r->window + end - sizeof zeros, zeros, sizeof zeros) == 0 &&
         memcmp(r->window + end, zeros, sizeof zeros) == 0;
}

/* The message at r->at has a plausible head, but nothing good follows it. Returns whether it is kept. */
static bool break_chain(struct ulog_reader *r, size_t end) {
  if (boundary_holds(r, end)) {
    begin_damage(r, end, end + 1, "broken message head");
    return true;
  }
  bool is_broken = zeros_reach_into(r, end);
  for (size_t at = r->at + 1; at < end && !is_broken; at++)
    is_broken = chains(r, at, CHAIN) || chains_with_orphans(r, at);
  if (is_broken) {
    begin_damage(r, r->at, r->at + 1, "broken message");
    return false;
  }
  begin_damage(r, end, end + 1, "broken message head; the message before it may be damaged too");
  return true;
}

static bool is_sync(const struct ulog_reader *r, size_t at) {
  return at + HEAD + 8 <= r->size && r->window[at + 2] == 'S' && load_u16(r->window + at) == 8 &&
         memcmp(r->window + at + HEAD, sync_magic, sizeof sync_magic) == 0;
}

/* False: the window is used up. */
static bool search(struct decode *d) {
  struct ulog_reader *r = d->state;
  for (; has_head(r, r->at); r->at++) {
    if (!r->last && r->at && r->size - r->at < LOOKAHEAD)
      return false;
    if (chains(r, r->at, CHAIN) || is_sync(r, r->at) || adopt(d, r->at)) {
      end_damage(d, r->at, false);
      return true;
    }
    r->padding &= r->window[r->at] == 0 || r->window[r->at] == 0xFF;
  }
  if (!r->last)
    return false;
  for (size_t i = r->at; i < r->size; i++)
    r->padding &= r->window[i] == 0 || r->window[i] == 0xFF;
  if (r->torn) {
    r->searching = false;
    r->at = r->size;
    d->report.truncated = true;
  } else {
    end_damage(d, r->size, true);
  }
  return true;
}

/* ── messages that the reader itself looks into ───────────────────────────────────────────────────────────────── */

static struct ulog_topic *topic_of(struct decode *d, struct text name) {
  struct ulog_reader *r = d->state;
  const struct ulog_format *format = ulog_formats_find(&r->formats, name);
  for (uint32_t i = 0; i < r->topic_count; i++)
    if (r->topics[i]->format == format)
      return r->topics[i];
  if (!format || r->topic_count == TOPICS_MAX)
    return NULL;
  struct ulog_topic *topic = ulog_topic_new(d, &r->formats, format);
  if (topic)
    r->topics[r->topic_count++] = topic;
  return topic;
}

static bool take_subscription(struct decode *d, struct bytes payload) {
  struct ulog_reader *r = d->state;
  if (payload.size < 4)
    return false;
  uint16_t number = load_u16(payload.data + 1);
  if (!make_room(d, number)) {
    r->limit_reached = true;
    return true;
  }
  struct ulog_topic *topic = topic_of(d, text_from(payload.data + 3, payload.size - 3));
  r->subscriptions[number] = (struct ulog_subscription){.topic = topic, .instance = payload.data[0], .opaque = !topic};
  if (topic) {
    r->subscriptions[number].whole = (uint16_t)(topic->layout.size + 2);
    r->subscriptions[number].trimmed = (uint16_t)(topic->layout.trimmed + 2);
  }
  return true;
}

/* The present window ends where the section does: asked again when the flags are known. */
static void cut_window(struct ulog_reader *r, size_t view_size) {
  uint64_t left = r->section_ends[r->section] - r->window_offset;
  r->last |= view_size >= left;
  r->size = (size_t)MIN((uint64_t)view_size, left);
}

/* B: which parts were appended after a crash. Unknown flags may change the layout; what can be read is read. */
static bool take_flags(struct decode *d, struct bytes payload, uint64_t offset) {
  struct ulog_reader *r = d->state;
  if (payload.size != 40)
    return false;
  const uint8_t *incompatible = payload.data + 8;
  bool unknown = (incompatible[0] & ~1) != 0;
  for (int i = 1; i < 8; i++)
    unknown |= incompatible[i] != 0;
  if (unknown)
    decode_damage(d, offset, HEAD + payload.size, "flags of a layout that is not known", TIME_NONE, TIME_NONE);
  uint64_t after = offset + HEAD + payload.size;
  for (int i = 0; i < 3 && (incompatible[0] & 1); i++) {
    uint64_t part = load_u64(payload.data + 16 + 8 * i);
    if (part <= after || part >= input_size(d->input))
      break;
    r->section_ends[r->section_count - 1] = after = part;
    r->section_ends[r->section_count++] = UINT64_MAX;
  }
  cut_window(r, r->size);
  return true;
}

static void count_unknown(struct decode *d, size_t at, size_t size, const char *reason) {
  struct ulog_reader *r = d->state;
  d->report.unknown_records++;
  decode_damage(d, r->window_offset + at, size, reason, r->now_us, r->now_us);
}

/* Any message but D. */
static void take_other(struct decode *d, size_t at, size_t end) {
  struct ulog_reader *r = d->state;
  char type = (char)r->window[at + 2];
  struct bytes payload = bytes_of(r->window + at + HEAD, end - at - HEAD);
  bool taken = true;
  r->data_begun |= type == 'A' || type == 'L' || type == 'C';
  switch (type) {
  case 'B':
    taken = take_flags(d, payload, r->window_offset + at);
    break;
  case 'F':
    taken = ulog_formats_add(&r->formats, d->arena, text_from(payload.data, payload.size));
    break;
  case 'A':
    taken = take_subscription(d, payload);
    break;
  case 'R':
  case 'S':
    break;
  default:
    taken = ulog_notes_take(d, &r->notes, type, payload, r->data_begun ? r->now_us : TIME_NONE, &r->given);
  }
  if (!taken)
    count_unknown(d, at, end - at, "a message that is not what its type says");
}

/* ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Notes a data record. True: its topic's batch is full. */
static inline bool note(struct ulog_reader *r, size_t at, const struct ulog_subscription *s) {
  struct ulog_topic *topic = s->topic;
  topic->proven = true;
  topic->offsets[topic->noted] = (uint32_t)(at + HEAD + 2);
  topic->instances[topic->noted] = s->instance;
  if (topic->times)
    topic->times[topic->noted] = r->now_us;
  return ++topic->noted == topic->room;
}

/* The way of nearly all messages: data records whose successor is plausible. Returns the topic whose batch is full. */
static struct ulog_topic *run(struct ulog_reader *r) {
  const uint8_t *window = r->window;
  size_t at = r->at, size = r->size;
  struct ulog_topic *full = NULL;
  const struct ulog_topic *last = NULL;
  size_t last_at = 0;
  while (at + HEAD + 2 <= size && window[at + 2] == 'D') {
    size_t end = at + HEAD + load_u16(window + at);
    const struct ulog_subscription *s = subscription_of(r, load_u16(window + at + HEAD));
    if (end + HEAD + 2 > size || !s || !s->topic || !is_head(r, end))
      break;
    bool is_full = note(r, at, s);
    last = s->topic;
    last_at = at;
    at = end;
    if (is_full) {
      full = s->topic;
      break;
    }
  }
  r->at = at;
  if (last && last->time_offset >= 0)
    r->now_us = ulog_topic_time(last, window + last_at + HEAD + 2);
  return full;
}

/* A subscription of a free number is taken before what follows is judged: that may be its
 * first record. Returns whether it was. */
static bool take_early(struct decode *d, size_t at, size_t end) {
  struct ulog_reader *r = d->state;
  if (r->window[at + 2] != 'A' || end > r->size)
    return false;
  const struct ulog_subscription *known = subscription_of(r, load_u16(r->window + at + HEAD + 1));
  if (known && (known->topic || (known->opaque && !known->whole)))
    return false;
  take_subscription(d, bytes_of(r->window + at + HEAD, end - at - HEAD));
  r->data_begun = true;
  return true;
}

/* One message at r->at with a plausible head. False: more of the log has to be seen first. */
static bool step(struct decode *d, struct ulog_topic **ret_full) {
  struct ulog_reader *r = d->state;
  size_t at = r->at, end = end_of(r, at);
  if (!r->last && end + HEAD + 2 > r->size)
    return false;
  if (end > r->size) {
    begin_damage(r, at, at + 1, "broken message head");
    r->torn = true;
    return true;
  }
  if (!is_sound(r, at)) {
    begin_damage(r, at, at + 1, "a message that is not what its type says");
    return true;
  }
  bool taken = take_early(d, at, end);
  if (has_head(r, end) && !is_head(r, end) && !adopt(d, end)) {
    if (!r->last && at && r->size - at < LOOKAHEAD)
      return false;
    if (!break_chain(r, end))
      return true;
  } else {
    r->at = end;
  }
  if (r->window[at + 2] != 'D') {
    if (!taken)
      take_other(d, at, end);
    return true;
  }
  const struct ulog_subscription *s = subscription_of(r, load_u16(r->window + at + HEAD));
  if (!s || !s->topic) {
    count_unknown(d, at, end - at,
                  s && s->whole ? "data of a topic whose subscription is lost" : "data of a topic without a format");
    return true;
  }
  if (note(r, at, s))
    *ret_full = s->topic;
  r->data_begun = true;
  return true;
}

/* Reads on until a batch is full, the window is used up or the section ends. */
static bool scan(struct decode *d, struct ulog_topic **ret_full) {
  struct ulog_reader *r = d->state;
  *ret_full = NULL;
  while (!*ret_full && !r->given && !r->limit_reached) {
    if (r->searching) {
      if (!search(d))
        return false;
      continue;
    }
    if ((*ret_full = run(r)))
      break;
    if (!has_head(r, r->at)) {
      if (r->last && r->at < r->size) {
        d->report.truncated = true;
        r->at = r->size;
      }
      return false;
    }
    if (!is_head(r, r->at) && !adopt(d, r->at)) {
      if (!r->last && r->at && r->size - r->at < LOOKAHEAD)
        return false;
      begin_damage(r, r->at, r->at + 1, "broken message head");
      continue;
    }
    if (!step(d, ret_full))
      return false;
  }
  return true;
}

/* ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status load_window(struct decode *d, struct error *error) {
  struct ulog_reader *r = d->state;
  struct bytes view;
  TRY(input_view(d->input, INPUT_WINDOW, &view, error));
  r->window = view.data;
  r->window_offset = input_offset(d->input);
  r->last = view.size < INPUT_WINDOW;
  cut_window(r, view.size);
  r->loaded = true;
  d->report.bytes = MAX(d->report.bytes, r->window_offset + r->size);
  return STATUS_OK;
}

/* Makes columns of what was noted and moves the input on to r->at. */
static void leave_window(struct decode *d) {
  struct ulog_reader *r = d->state;
  for (uint32_t i = 0; i < r->topic_count; i++)
    if (!ulog_topic_flush(d, r->topics[i], r->window))
      r->limit_reached = true;
  bool section_over = r->last && r->at >= r->size;
  input_skip(d->input, MIN(r->at, r->size));
  r->at = 0;
  r->loaded = false;
  if (!section_over)
    return;
  r->data_begun = false; /* an appended part may bring definitions */
  r->ended = ++r->section >= r->section_count || input_offset(d->input) >= input_size(d->input);
}

/* ── giving out ───────────────────────────────────────────────────────────────────────────────────────────────── */

static void release(struct ulog_reader *r) {
  if (r->given_topic)
    ulog_topic_release(r->given_topic);
  else if (r->given)
    batch_builder_reset(r->given);
  r->given = NULL;
  r->given_topic = NULL;
}

static const struct batch *give(struct ulog_reader *r, struct batch_builder *builder, struct ulog_topic *topic) {
  r->given = builder;
  r->given_topic = topic;
  return &builder->batch;
}

/* At the end: the batches that are not full. */
static const struct batch *drain(struct ulog_reader *r) {
  for (; r->drained < r->topic_count; r->drained++) {
    struct ulog_topic *topic = r->topics[r->drained];
    if (topic->builder && topic->builder->batch.rows)
      return give(r, topic->builder, topic);
  }
  for (int i = 0; i < ULOG_NOTE_KINDS; i++)
    if (r->notes.builders[i] && r->notes.builders[i]->batch.rows)
      return give(r, r->notes.builders[i], NULL);
  return NULL;
}

static enum status limit_error(struct error *error) {
  return error_set(error, STATUS_LIMIT, "this log defines more topics than the memory limit allows");
}

enum status ulog_reader_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct ulog_reader *r = d->state;
  release(r);
  *ret_batch = NULL;
  while (!r->ended) {
    struct ulog_topic *full;
    if (!r->loaded)
      TRY(load_window(d, error));
    bool more = scan(d, &full);
    if (full && !ulog_topic_flush(d, full, r->window))
      r->limit_reached = true;
    if (r->limit_reached)
      return limit_error(error);
    if (r->given) {
      *ret_batch = &r->given->batch;
      return STATUS_OK;
    }
    if (full && full->message->wanted) {
      *ret_batch = give(r, full->builder, full);
      return STATUS_OK;
    }
    if (!more)
      leave_window(d);
  }
  if (r->limit_reached)
    return limit_error(error);
  if (!d->report.records)
    return error_set(error, STATUS_BAD_DATA,
                     "no ULog message can be read from these %llu bytes; keep the file as it is",
                     (unsigned long long)d->report.bytes);
  *ret_batch = drain(r);
  return STATUS_OK;
}

enum status ulog_reader_open(struct decode *d, struct error *error) {
  struct ulog_reader *r = d->state;
  struct bytes head;
  r->now_us = r->damage_us = TIME_NONE;
  r->section_ends[0] = UINT64_MAX;
  r->section_count = 1;
  TRY(input_view(d->input, FILE_HEAD, &head, error));
  if (head.size < FILE_HEAD)
    return error_set(error, STATUS_BAD_DATA, "this ULog ends in its head, after %zu bytes", head.size);
  input_skip(d->input, FILE_HEAD);
  r->topics = arena_alloc_array(d->arena, TOPICS_MAX, sizeof(struct ulog_topic *));
  if (!r->topics || !ulog_notes_open(d, &r->notes))
    return limit_error(error);
  return STATUS_OK;
}
