/* blackbox: on-board log of Betaflight, iNav, Cleanflight and their kin.
 *
 * A file holds sessions. Each begins with lines "H key:value", the first of which names the product, and goes on with
 * frames: a letter and fields (blackbox_frame.h). Frames have neither length nor checksum; one is good where it is at
 * most 256 bytes long and is followed by another frame's letter or the session's end. A flash chip's dump is filled
 * with FF between sessions.
 *
 *  - I holds whole values, P differences to the two main frames before it. So after damage every P is dropped until the
 *    next I, and an I is believed where its iteration is at most 5,000 and its time at most 10 s past the last good one
 *    (or where the next I confirms a longer jump).
 *  - S (slow state), G (GPS), H (home) and E (events) stand alone. E FF "End of log" 0 ends the session.
 *  - The time field is µs since boot, 32 bits: it wraps after 71.6 minutes.
 *  - Where the header knows the date of the session's start the log clock is UTC; else µs since boot, and a session
 *    whose time falls back begins a second after the one before.
 *
 * Source: Cleanflight's documentation of the format; the rules of acceptance are those of blackbox_decode. */
#include "decode/blackbox_kind.h"
#include "decode/shape.h"

#include <math.h>
#include <stdio.h>

#define LOOKAHEAD ((size_t)16 << 10) /* the longest header line that is read */
#define KINDS_MAX 256u
#define ITERATIONS_MAX 5000u
#define JUMP_MAX_US (10 * US_PER_S)
#define FILLER_LEAST 16u
#define LIST_MAX 16u

enum state { OUTSIDE, IN_HEADER, IN_FRAMES };
enum { KIND_MAIN, KIND_SLOW, KIND_GPS, KIND_HOME, KIND_EVENT, KIND_MODE, KIND_ARMING, KIND_HEADER, KIND_COUNT };

struct blackbox {
  struct blackbox_session session;
  struct blackbox_kind *all[KINDS_MAX];
  uint32_t count;
  struct blackbox_kind *kinds[KIND_COUNT]; /* of this session */
  struct blackbox_kind *full[KIND_COUNT];
  uint32_t full_count, drained, sessions;
  struct blackbox_kind *given;
  bool limit_reached, ended;

  const uint8_t *window;
  size_t size, at;
  uint64_t window_offset;
  bool last;
  uint8_t tail[LOOKAHEAD + BLACKBOX_FRAME_ROOM];

  enum state state;
  bool searching, refused; /* refused: the session's header can't be used */
  uint64_t damage_offset;
  int64_t damage_from_us;
  struct text list_key, list_rest; /* of a header line: numbers that have no row yet; in the window */
  uint32_t list_index;

  /* main frames: three that take turns */
  int32_t frames[3][BLACKBOX_FIELDS_MAX];
  int now;
  struct blackbox_history history;
  bool valid, timed, has_candidate;
  uint32_t iteration, candidate_iteration;
  int32_t main_raw, candidate_raw;
  int64_t boot_us;                  /* unwrapped time of the last main frame */
  int64_t base_us, session_base_us; /* log clock − boot clock */
  int64_t last_us;                  /* log clock */
  uint32_t mode_flags;
  int armed; /* -1 not known yet */
};

static int64_t log_time(const struct blackbox *b) {
  return b->timed ? b->boot_us + b->base_us : TIME_NONE;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct batch_builder *begin_row(struct decode *d, int kind) {
  struct blackbox *b = d->state;
  return b->kinds[kind] ? blackbox_kind_row(d, b->kinds[kind], &b->limit_reached) : NULL;
}

static void end_row(struct decode *d, int kind, int64_t time_us) {
  struct blackbox *b = d->state;
  if (b->kinds[kind] && blackbox_kind_end_row(d, b->kinds[kind], time_us))
    b->full[b->full_count++] = b->kinds[kind];
}

static void give_values(struct decode *d, int kind, const int32_t *values, int64_t boot_us, int64_t time_us) {
  struct blackbox *b = d->state;
  if (begin_row(d, kind))
    blackbox_kind_store(b->kinds[kind], values, boot_us);
  end_row(d, kind, time_us);
  d->report.records++;
}

static void give_arming(struct decode *d, bool armed, const char *cause) {
  struct batch_builder *builder = begin_row(d, KIND_ARMING);
  if (builder) {
    ((uint8_t *)builder->columns[0].values)[builder->batch.rows] = armed;
    ((struct text *)builder->columns[1].values)[builder->batch.rows] = text_of(cause);
  }
  end_row(d, KIND_ARMING, log_time(d->state));
}

static void give_mode(struct decode *d, uint32_t flags) {
  struct blackbox *b = d->state;
  char room[96];
  struct batch_builder *builder = begin_row(d, KIND_MODE);
  if (builder) {
    ((uint32_t *)builder->columns[0].values)[builder->batch.rows] = flags;
    ((struct text *)builder->columns[1].values)[builder->batch.rows] = batch_builder_text(
        builder, text_of(blackbox_mode_name(&b->session.config, flags, room)));
  }
  end_row(d, KIND_MODE, log_time(b));
}

static void give_header_row(struct decode *d, struct text key, struct text value) {
  double number;
  struct batch_builder *builder = begin_row(d, KIND_HEADER);
  if (builder) {
    size_t row = builder->batch.rows;
    ((struct text *)builder->columns[0].values)[row] = batch_builder_text(builder, key);
    ((struct text *)builder->columns[1].values)[row] = batch_builder_text(builder, value);
    ((double *)builder->columns[2].values)[row] = text_to_double(value, &number) ? number : NAN;
  }
  end_row(d, KIND_HEADER, TIME_NONE);
}

/* ── header ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void remember(struct blackbox *b, struct blackbox_kind *kind) {
  for (uint32_t i = 0; i < b->count; i++)
    if (b->all[i] == kind)
      return;
  if (kind && b->count < KINDS_MAX)
    b->all[b->count++] = kind;
  else
    b->limit_reached = true;
}

static bool define_fixed_kinds(struct decode *d) {
  static const struct field event[] = {{"event", "", 1, COLUMN_U8, 1, false, 0},
                                       {"name", "", 1, COLUMN_TEXT, 1, false, 0},
                                       {"value", "", 1, COLUMN_I64, 1, false, 0},
                                       {"value_2", "", 1, COLUMN_I64, 1, false, 0}};
  static const struct field mode[] = {{"flags", "", 1, COLUMN_U32, 1, false, 0},
                                      {"name", "", 1, COLUMN_TEXT, 1, false, 0}};
  static const struct field arming[] = {{"armed", "", 1, COLUMN_BOOL, 1, false, 0},
                                        {"cause", "", 1, COLUMN_TEXT, 1, false, 0}};
  static const struct field header[] = {{"key", "", 1, COLUMN_TEXT, 1, false, 0},
                                        {"value", "", 1, COLUMN_TEXT, 1, false, 0},
                                        {"number", "", 1, COLUMN_F64, 1, false, 0}};
  struct blackbox *b = d->state;
  b->kinds[KIND_EVENT] = blackbox_kind_of_fields(d, "event", 'E', event, ARRAY_COUNT(event));
  b->kinds[KIND_MODE] = blackbox_kind_of_fields(d, "mode", 0, mode, ARRAY_COUNT(mode));
  b->kinds[KIND_ARMING] = blackbox_kind_of_fields(d, "arming", 1, arming, ARRAY_COUNT(arming));
  b->kinds[KIND_HEADER] = blackbox_kind_of_fields(d, "header", 2, header, ARRAY_COUNT(header));
  for (int i = KIND_EVENT; i < KIND_COUNT; i++)
    remember(b, b->kinds[i]);
  return !b->limit_reached;
}

static void define_frame_kinds(struct decode *d) {
  static const struct {
    int kind;
    enum blackbox_letter letter;
    const char *name;
    char id;
  } rows[] = {{KIND_MAIN, BLACKBOX_I, "main", 'I'},
              {KIND_SLOW, BLACKBOX_S, "slow", 'S'},
              {KIND_GPS, BLACKBOX_G, "gps", 'G'},
              {KIND_HOME, BLACKBOX_H, "home", 'H'}};
  struct blackbox *b = d->state;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
    const struct blackbox_layout *layout = &b->session.layouts[rows[i].letter];
    b->kinds[rows[i].kind] = NULL;
    if (!layout->count)
      continue;
    b->kinds[rows[i].kind] = blackbox_kind_of_layout(d, rows[i].name, (uint32_t)rows[i].id, layout, &b->session.config,
                                                     b->all, b->count);
    remember(b, b->kinds[rows[i].kind]);
  }
}

static void begin_session(struct decode *d) {
  struct blackbox *b = d->state;
  blackbox_header_begin(&b->session);
  b->state = IN_HEADER;
  b->sessions++;
  b->valid = b->timed = b->has_candidate = b->refused = false;
  b->history = (struct blackbox_history){0};
  b->armed = -1;
  b->mode_flags = 0;
}

static void end_header(struct decode *d) {
  static const char *const names[] = {"baseflight", "cleanflight", "betaflight", "inav", "emuflight"};
  struct blackbox *b = d->state;
  b->state = IN_FRAMES;
  b->refused = !blackbox_header_finish(&b->session);
  decode_fact(d, "autopilot", text_of(names[b->session.config.firmware]));
  if (!b->refused)
    define_frame_kinds(d);
  if (b->sessions == 1)
    d->report.clock = b->session.config.start_us != TIME_NONE ? DECODE_CLOCK_UTC : DECODE_CLOCK_BOOT;
}

static bool is_number_list(struct text value, uint32_t *ret_count) {
  double number;
  *ret_count = 0;
  while (value.data) {
    if (!text_to_double(text_cut(&value, ','), &number) || ++*ret_count > LIST_MAX)
      return false;
  }
  return *ret_count > 1;
}

static void take_line(struct decode *d, struct text key, struct text value) {
  struct blackbox *b = d->state;
  uint32_t count;
  blackbox_header_line(&b->session, key, value);
  blackbox_header_fact(d, key, value);
  d->report.records++;
  give_header_row(d, key, value);
  if (text_starts(key, "Field ") || !is_number_list(value, &count))
    return;
  b->list_key = key;
  b->list_rest = value;
  b->list_index = 0;
}

static void step_list(struct decode *d) {
  struct blackbox *b = d->state;
  char name[96];
  snprintf(name, sizeof name, "%.*s[%u]", (int)MIN(b->list_key.size, (size_t)80), b->list_key.data, b->list_index++);
  give_header_row(d, text_of(name), text_cut(&b->list_rest, ','));
}

/* One line of the header, or its end. */
static void step_header(struct decode *d) {
  struct blackbox *b = d->state;
  struct text rest = text_from(b->window + b->at, MIN(b->size - b->at, LOOKAHEAD));
  if (!text_starts(rest, "H ") || memchr(rest.data, '\n', rest.size) == NULL) {
    end_header(d);
    return;
  }
  struct text line = text_cut(&rest, '\n'), value = text_from(line.data + 2, line.size - 2);
  b->at += line.size + 1;
  struct text key = text_cut(&value, ':');
  if (value.data)
    take_line(d, text_trim(key), text_trim(value));
}

/* ── clock ────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The session's first main frame fixes where its clock stands. */
static void start_clock(struct decode *d, int32_t raw) {
  struct blackbox *b = d->state;
  int64_t boot_us = (uint32_t)raw, start_us = b->session.config.start_us;
  if (d->report.clock == DECODE_CLOCK_UTC && start_us != TIME_NONE)
    b->base_us = start_us - boot_us;
  else if (b->last_us != TIME_NONE && boot_us + b->base_us < b->last_us)
    b->base_us = b->last_us + US_PER_S - boot_us;
  b->boot_us = boot_us;
  b->timed = true;
  for (int i = 0; i < KIND_COUNT; i++)
    if (b->kinds[i])
      blackbox_kind_patch_times(b->kinds[i], log_time(b));
}

static void advance_clock(struct decode *d, int32_t raw) {
  struct blackbox *b = d->state;
  if (!b->timed)
    start_clock(d, raw);
  else
    b->boot_us += (int32_t)((uint32_t)raw - (uint32_t)b->main_raw);
  b->main_raw = raw;
  b->last_us = log_time(b);
  b->history.main_time = raw;
}

/* ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* May what stands at `at` follow a frame? */
static bool may_follow(const struct blackbox *b, const uint8_t *at) {
  const uint8_t *end = b->window + b->size;
  if (at >= end)
    return b->last && at == end;
  if (memchr("IPSGHE", *at, 6))
    return true;
  if (*at != 0xFF && *at != 0)
    return false;
  size_t left = MIN((size_t)(end - at), FILLER_LEAST);
  for (size_t i = 1; i < left; i++)
    if (at[i] != at[0])
      return false;
  return true;
}

static bool is_logged(const struct blackbox_config *config, uint32_t iteration) {
  return (iteration % config->i_interval + config->p_numerator - 1) % config->p_denominator < config->p_numerator;
}

/* Iterations after the last main frame that were not to be logged. */
static uint32_t count_skipped(const struct blackbox *b) {
  const struct blackbox_config *config = &b->session.config;
  uint32_t skipped = 0;
  while (skipped < ITERATIONS_MAX && !is_logged(config, b->iteration + 1 + skipped))
    skipped++;
  return skipped;
}

static bool follows(uint32_t iteration, int32_t raw, uint32_t before, int32_t raw_before) {
  uint32_t jump_us = (uint32_t)raw - (uint32_t)raw_before;
  return iteration - before <= ITERATIONS_MAX && jump_us <= (uint32_t)JUMP_MAX_US;
}

/* Where a key frame jumps further than is likely, the next one decides. */
static bool is_plausible(struct blackbox *b, const int32_t *values, bool key) {
  const struct blackbox_layout *layout = &b->session.layouts[BLACKBOX_I];
  uint32_t iteration = (uint32_t)values[layout->iteration];
  int32_t raw = values[layout->time];
  if (!b->timed || follows(iteration, raw, b->iteration, b->main_raw))
    return true;
  if (!key)
    return false;
  bool confirmed = b->has_candidate && follows(iteration, raw, b->candidate_iteration, b->candidate_raw);
  b->has_candidate = true;
  b->candidate_iteration = iteration;
  b->candidate_raw = raw;
  return confirmed;
}

static void take_main(struct decode *d, bool key) {
  struct blackbox *b = d->state;
  const struct blackbox_layout *layout = &b->session.layouts[BLACKBOX_I];
  int32_t *values = b->frames[b->now];
  b->iteration = (uint32_t)values[layout->iteration];
  advance_clock(d, values[layout->time]);
  b->history.before_that = key ? values : b->history.before;
  b->history.before = values;
  b->valid = true;
  b->has_candidate = false;
  if (b->armed < 0 && !blackbox_has_arm_flag(&b->session.config)) {
    b->armed = 1;
    give_arming(d, true, "begin of the log");
  }
  give_values(d, KIND_MAIN, values, b->boot_us, log_time(b));
}

static int free_frame(const struct blackbox *b) {
  for (int i = 0; i < 2; i++)
    if (b->history.before != b->frames[i] && b->history.before_that != b->frames[i])
      return i;
  return 2;
}

static const uint8_t *read_main(struct blackbox *b, const uint8_t *at, bool key) {
  const struct blackbox_history none = {0};
  b->now = free_frame(b);
  if (!key)
    b->history.skipped = count_skipped(b);
  return blackbox_frame_read(&b->session.layouts[key ? BLACKBOX_I : BLACKBOX_P], key ? &none : &b->history,
                             b->session.config.data_version, at, b->frames[b->now]);
}

/* Slow frames come once in a while whether something changed or not. */
static void take_slow(struct decode *d, const int32_t *values) {
  struct blackbox *b = d->state;
  const struct blackbox_layout *layout = &b->session.layouts[BLACKBOX_S];
  give_values(d, KIND_SLOW, values, b->boot_us, log_time(b));
  int place = blackbox_layout_find(layout, "flightModeFlags");
  if (place < 0)
    return;
  uint32_t flags = (uint32_t)values[place];
  bool first = b->armed < 0 || !b->kinds[KIND_MODE]->message->count;
  if (blackbox_has_arm_flag(&b->session.config) && b->armed != (int)(flags & 1)) {
    if (b->armed >= 0 || (flags & 1))
      give_arming(d, flags & 1, "flight mode");
    b->armed = flags & 1;
  }
  if (first || flags != b->mode_flags)
    give_mode(d, flags);
  b->mode_flags = flags;
}

static void take_gps(struct decode *d, const int32_t *values) {
  struct blackbox *b = d->state;
  int16_t time = b->session.layouts[BLACKBOX_G].time;
  int64_t boot_us = b->boot_us;
  if (time >= 0 && b->timed)
    boot_us += (int32_t)((uint32_t)values[time] - (uint32_t)b->main_raw);
  give_values(d, KIND_GPS, values, boot_us, b->timed ? boot_us + b->base_us : TIME_NONE);
}

static void take_home(struct decode *d, const int32_t *values) {
  struct blackbox *b = d->state;
  if (b->session.layouts[BLACKBOX_H].count >= 2) {
    b->history.home[0] = values[0];
    b->history.home[1] = values[1];
  }
  give_values(d, KIND_HOME, values, b->boot_us, log_time(b));
}

/* ── events ───────────────────────────────────────────────────────────────────────────────────────────────────── */

struct event {
  uint8_t number;
  const char *name;
  int64_t values[2];
};

static const uint8_t *read_end(struct event *event, const uint8_t *at) {
  static const char text[] = "End of log", reason[] = " (disarm reason:";
  event->name = "log_end";
  if (memcmp(at, text, sizeof text - 1) != 0)
    return NULL;
  at += sizeof text - 1;
  if (memcmp(at, reason, sizeof reason - 1) == 0) {
    event->values[0] = at[sizeof reason - 1];
    at += sizeof reason + 1;
  }
  return *at == 0 ? at + 1 : NULL;
}

/* Numbers of 7 bits a byte; NULL past the end of one that is too long. */
static const uint8_t *read_numbers(struct event *event, const uint8_t *at, int count) {
  for (int i = 0; i < count && at; i++)
    event->values[i] = blackbox_read_unsigned(&at);
  return at;
}

static const uint8_t *read_adjustment(struct event *event, const uint8_t *at) {
  uint8_t function = *at++;
  event->name = "adjustment";
  event->values[0] = function & 0x7F;
  if (function & 0x80) { /* a float: its bits are kept */
    event->values[1] = load_u32(at);
    return at + 4;
  }
  event->values[1] = blackbox_unzigzag(blackbox_read_unsigned(&at));
  return at;
}

static const uint8_t *read_event(struct event *event, const uint8_t *at) {
  *event = (struct event){.number = *at++};
  switch (event->number) {
  case 0:
    event->name = "sync_beep";
    return read_numbers(event, at, 1);
  case 10:
    event->name = "autotune_cycle_start";
    return at + 5;
  case 11:
    event->name = "autotune_cycle_result";
    return at + 4;
  case 12:
    event->name = "autotune_targets";
    return at + 8;
  case 13:
    return read_adjustment(event, at);
  case 14:
    event->name = "logging_resume";
    return read_numbers(event, at, 2);
  case 15:
    event->name = "disarm";
    return read_numbers(event, at, 1);
  case 30:
    event->name = "flight_mode";
    return read_numbers(event, at, 2);
  case 40:
    event->name = "imu_failure";
    return read_numbers(event, at, 1);
  case 255:
    return read_end(event, at);
  default:
    return NULL;
  }
}

/* Armed sessions end disarmed, whatever ended them. */
static void end_session(struct decode *d, const char *cause) {
  struct blackbox *b = d->state;
  if (b->state == IN_FRAMES && b->armed == 1 && b->timed)
    give_arming(d, false, cause);
  b->armed = -1;
  b->state = OUTSIDE;
}

static void take_event(struct decode *d, const struct event *event) {
  struct blackbox *b = d->state;
  struct batch_builder *builder = begin_row(d, KIND_EVENT);
  if (builder) {
    size_t row = builder->batch.rows;
    ((uint8_t *)builder->columns[0].values)[row] = event->number;
    ((struct text *)builder->columns[1].values)[row] = text_of(event->name);
    ((int64_t *)builder->columns[2].values)[row] = event->values[0];
    ((int64_t *)builder->columns[3].values)[row] = event->values[1];
  }
  end_row(d, KIND_EVENT, log_time(b));
  d->report.records++;
  if (event->number == 14 && b->timed) {
    b->iteration = (uint32_t)event->values[0];
    advance_clock(d, (int32_t)(uint32_t)event->values[1]);
  } else if (event->number == 15 && b->armed == 1) {
    b->armed = 0;
    give_arming(d, false, "disarm event");
  } else if (event->number == 255) {
    end_session(d, "end of the log");
  }
}

/* ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void begin_search(struct blackbox *b) {
  if (!b->searching)
    b->damage_offset = b->window_offset + b->at, b->damage_from_us = log_time(b);
  b->searching = true;
  b->valid = false;
}

static void end_search(struct decode *d, const char *reason) {
  struct blackbox *b = d->state;
  uint64_t end = b->window_offset + b->at;
  int64_t to_us = b->valid ? log_time(b) : TIME_NONE;
  if (b->searching && end > b->damage_offset)
    decode_damage(d, b->damage_offset, end - b->damage_offset, reason, b->damage_from_us, to_us);
  b->searching = false;
}

/* FF or 00 to the end of the window, or to the next session? */
static bool is_filler(const struct blackbox *b, size_t at) {
  size_t left = MIN(b->size - at, FILLER_LEAST);
  uint8_t byte = b->window[at];
  if (byte != 0xFF && byte != 0)
    return false;
  for (size_t i = 0; i < left; i++)
    if (b->window[at + i] != byte)
      return false;
  return true;
}

/* The whole line: a header without its first line would end where it begins. */
static bool is_product(const struct blackbox *b, size_t at) {
  size_t left = b->size - at;
  return left >= sizeof BLACKBOX_PRODUCT - 1 &&
         memcmp(b->window + at, BLACKBOX_PRODUCT, sizeof BLACKBOX_PRODUCT - 1) == 0 &&
         memchr(b->window + at, '\n', MIN(left, LOOKAHEAD));
}

/* Is a whole, plausible key frame here? Leaves it read. */
static const uint8_t *try_key_frame(struct blackbox *b) {
  const uint8_t *at = b->window + b->at, *end = read_main(b, at + 1, true);
  if (!end || (size_t)(end - at) > BLACKBOX_FRAME_MAX + 1 || !may_follow(b, end))
    return NULL;
  return is_plausible(b, b->frames[b->now], true) ? end : NULL;
}

static void settle_torn(struct decode *d) {
  struct blackbox *b = d->state;
  if (b->searching && b->window_offset + b->at - b->damage_offset <= BLACKBOX_FRAME_MAX) {
    b->searching = false; /* the power went off within a frame */
    d->report.truncated = true;
  }
  end_search(d, "bytes that are no frame");
}

/* One step of the search for the next key frame or session. */
static void step_search(struct decode *d, size_t limit) {
  struct blackbox *b = d->state;
  for (; b->at < limit; b->at++) {
    uint8_t byte = b->window[b->at];
    if (byte == 'I' && !b->refused) {
      const uint8_t *end = try_key_frame(b);
      if (!end)
        continue;
      take_main(d, true);
      end_search(d, "broken frame");
      b->at = (size_t)(end - b->window);
      return;
    }
    bool filled = b->size - b->at >= FILLER_LEAST && is_filler(b, b->at);
    if (filled || (byte == 'H' && is_product(b, b->at))) {
      settle_torn(d);
      end_session(d, "end of the data");
      return;
    }
  }
  if (b->last && b->at >= b->size) {
    settle_torn(d);
    end_session(d, "end of the data");
  }
}

/* ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void drop(struct decode *d, size_t bytes, const char *reason) {
  struct blackbox *b = d->state;
  d->report.bad_records++;
  decode_damage(d, b->window_offset + b->at, bytes, reason, log_time(b), TIME_NONE);
}

/* A main frame that is whole. */
static void accept_main(struct decode *d, size_t bytes, bool key) {
  struct blackbox *b = d->state;
  if (!key && !b->valid) {
    drop(d, bytes, "difference to a frame that is lost");
  } else if (!is_plausible(b, b->frames[b->now], key)) {
    b->valid = false;
    drop(d, bytes, "time or iteration jumps");
  } else {
    take_main(d, key);
  }
}

/* The frame at b->at; false where there is none. */
static bool take_frame(struct decode *d) {
  static const char letters[] = "IPSGH";
  struct blackbox *b = d->state;
  const uint8_t *at = b->window + b->at, *end;
  int32_t values[BLACKBOX_FIELDS_MAX];
  struct event event = {0};
  const char *letter = memchr(letters, *at, BLACKBOX_LETTERS);
  int which = letter ? (int)(letter - letters) : -1;
  if (!letter && *at != 'E')
    return false;
  if (letter && !b->session.layouts[which].count)
    return false;
  if (!letter)
    end = read_event(&event, at + 1);
  else if (which <= BLACKBOX_P)
    end = read_main(b, at + 1, which == BLACKBOX_I);
  else
    end = blackbox_frame_read(&b->session.layouts[which], &b->history, b->session.config.data_version, at + 1, values);
  bool is_end = !letter && end && event.number == 255;
  if (!end || (size_t)(end - at) > BLACKBOX_FRAME_MAX + 1 || end > b->window + b->size ||
      (!is_end && !may_follow(b, end)))
    return false;
  size_t bytes = (size_t)(end - at);
  if (!letter)
    take_event(d, &event);
  else if (which <= BLACKBOX_P)
    accept_main(d, bytes, which == BLACKBOX_I);
  else
    (which == BLACKBOX_S ? take_slow : which == BLACKBOX_G ? take_gps : take_home)(d, values);
  b->at += bytes;
  return true;
}

/* Between sessions: filler, line ends; anything else is damage. */
static void step_outside(struct decode *d, size_t limit) {
  struct blackbox *b = d->state;
  for (; b->at < limit; b->at++) {
    uint8_t byte = b->window[b->at];
    if (byte == 'H' && is_product(b, b->at)) {
      end_search(d, "bytes that belong to no session");
      begin_session(d);
      return;
    }
    bool quiet = byte == 0xFF || byte == 0 || byte == '\n' || byte == '\r';
    if (quiet)
      end_search(d, "bytes that belong to no session");
    else
      begin_search(b);
  }
  if (b->last && b->at >= b->size)
    end_search(d, "bytes that belong to no session");
}

static void step_frames(struct decode *d, size_t limit) {
  struct blackbox *b = d->state;
  if (b->refused && !b->searching)
    begin_search(b);
  if (b->searching) {
    step_search(d, limit);
    return;
  }
  if (b->window[b->at] == 'H' && is_product(b, b->at)) {
    end_session(d, "end of the data");
    return;
  }
  if (is_filler(b, b->at)) {
    end_session(d, "end of the data");
    return;
  }
  if (!take_frame(d)) {
    begin_search(b);
    b->at++;
  }
}

static void read_on(struct decode *d) {
  struct blackbox *b = d->state;
  size_t limit = b->last ? b->size : b->size - LOOKAHEAD + 1;
  while (b->list_rest.data && !b->full_count && !b->limit_reached)
    step_list(d);
  while (b->at < limit && !b->full_count && !b->limit_reached)
    switch (b->state) {
    case OUTSIDE:
      step_outside(d, limit);
      break;
    case IN_HEADER:
      step_header(d);
      while (b->list_rest.data && !b->full_count && !b->limit_reached)
        step_list(d);
      break;
    default:
      step_frames(d, limit);
    }
}

static enum status load_window(struct decode *d, struct error *error) {
  struct blackbox *b = d->state;
  struct bytes view;
  input_skip(d->input, b->at);
  TRY(input_view(d->input, LOOKAHEAD, &view, error));
  b->window_offset = input_offset(d->input);
  b->at = 0;
  b->window = view.data;
  b->size = view.size;
  if (view.size < LOOKAHEAD) {
    b->last = true;
    memset(b->tail, 0, sizeof b->tail);
    if (view.size)
      memcpy(b->tail, view.data, view.size);
    b->window = b->tail;
  }
  d->report.bytes = b->window_offset + view.size;
  return STATUS_OK;
}

static enum status finish(struct decode *d, struct error *error) {
  struct blackbox *b = d->state;
  char text[16];
  b->ended = true;
  if (b->searching && b->state != OUTSIDE)
    settle_torn(d);
  end_search(d, "bytes that belong to no session");
  end_session(d, "end of the data");
  snprintf(text, sizeof text, "%u", b->sessions);
  decode_fact(d, "sessions", text_of(text));
  if (d->report.records)
    return STATUS_OK;
  return error_set(error, STATUS_BAD_DATA, "this blackbox log has no session whose header can be read");
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static int blackbox_probe(const struct probe *probe) {
  ptrdiff_t at = text_find(text_from(probe->head.data, probe->head.size), BLACKBOX_PRODUCT);
  return at == 0 ? 100 : at > 0 ? 60 : 0;
}

static enum status out_of_memory(const struct decode *d, struct error *error) {
  return error_set(error, STATUS_LIMIT,
                   "the log's sessions define more fields than fit %zu bytes of memory; raise the limit",
                   d->options.memory_limit);
}

static enum status blackbox_open(struct decode *d, struct error *error) {
  struct blackbox *b = d->state;
  b->last_us = TIME_NONE;
  d->report.clock = DECODE_CLOCK_BOOT;
  return define_fixed_kinds(d) ? STATUS_OK : out_of_memory(d, error);
}

static struct blackbox_kind *next_full(struct blackbox *b) {
  if (b->full_count)
    return b->full[--b->full_count];
  while (b->ended && b->drained < b->count) {
    struct blackbox_kind *kind = b->all[b->drained++];
    if (kind->builder && kind->builder->batch.rows)
      return kind;
  }
  return NULL;
}

static enum status blackbox_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct blackbox *b = d->state;
  if (b->given)
    batch_builder_reset(b->given->builder);
  while (!b->full_count && !b->ended) {
    if (b->window)
      read_on(d);
    if (b->limit_reached)
      return out_of_memory(d, error);
    if (b->full_count)
      break;
    if (b->last)
      TRY(finish(d, error));
    else
      TRY(load_window(d, error));
  }
  b->given = next_full(b);
  *ret_batch = b->given ? blackbox_kind_give(b->given) : NULL;
  return STATUS_OK;
}

const struct decoder decoder_blackbox = {
    .name = "blackbox",
    .about = "Betaflight or iNav on-board log (blackbox)",
    .suffixes = "bbl bfl txt",
    .source = "carrier",
    .vocabulary = "betaflight",
    .state_size = sizeof(struct blackbox),
    .probe = blackbox_probe,
    .open = blackbox_open,
    .next = blackbox_next,
};
