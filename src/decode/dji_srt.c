/* dji_srt: the file beside a film in which DJI cameras write their telemetry: blocks of a number, "hh:mm:ss,mmm -->
 * hh:mm:ss,mmm" and lines of text up to a blank one. Words in the text tell it from a film's subtitles;
 * dji_subtitle.c reads them: one row "subtitle" a block, on the film's clock. The camera's own clock is in local_time,
 * without a zone. A last block that tells less than the one before it was cut, and is left out. */
#include "decode/dji_subtitle.h"
#include "decode/shape.h"

#include <stdio.h>

#define LINE_MAX_BYTES ((size_t)4096)
#define BLOCK_MAX ((size_t)4096)

struct dji_srt {
  struct dji_subtitles *subtitles;
  char text[BLOCK_MAX];
  size_t used;
  uint64_t block_at;
  int64_t from_us, to_us;
  unsigned known; /* in the block before */
  bool open, ended;
};

static bool has_telemetry(struct text text) {
  static const char *const words[] = {"GPS(", "GPS (",     "HOME(",     "FrameCnt", "SrtCnt",
                                      "[iso", "[latitude", "BAROMETER", "uavBat:"};
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (text_find(text, words[i]) >= 0)
      return true;
  return false;
}

static int dji_srt_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  text.size = MIN(text.size, (size_t)8192);
  ptrdiff_t arrow = text_find(text, " --> ");
  if (arrow < 12 || text.data[arrow - 4] != ',' || text.data[arrow - 7] != ':' || text.data[arrow - 10] != ':')
    return 0;
  return has_telemetry(text) ? 95 : 0;
}

/* "hh:mm:ss,mmm", where some models count to 60; TIME_NONE where it is not that. */
static int64_t clock_of(struct text text) {
  char copy[16];
  int hours, minutes, seconds, thousandths;
  snprintf(copy, sizeof copy, "%.*s", (int)MIN(text.size, sizeof copy - 1), text.data);
  if (sscanf(copy, "%2d:%2d:%2d%*1[,.]%3d", &hours, &minutes, &seconds, &thousandths) != 4 || hours < 0 ||
      minutes < 0 || minutes > 60 || seconds < 0 || seconds > 60 || thousandths < 0)
    return TIME_NONE;
  return ((hours * 60 + minutes) * INT64_C(60) + seconds) * US_PER_S + thousandths * INT64_C(1000);
}

static void end_block(struct decode *d, bool last) {
  struct dji_srt *srt = d->state;
  if (!srt->open)
    return;
  srt->open = false;
  struct dji_subtitle subtitle;
  struct text text = text_from(srt->text, srt->used);
  uint64_t bytes = input_offset(d->input) - srt->block_at;
  bool told = dji_subtitle_parse(text, &subtitle);
  unsigned known = told ? dji_subtitle_known(&subtitle) : 0;
  if (last && known < srt->known) {
    d->report.truncated = true;
    decode_damage(d, srt->block_at, bytes, "the last subtitle is cut", srt->from_us, srt->to_us);
    return;
  }
  if (!told) {
    d->report.bad_records++;
    decode_damage(d, srt->block_at, bytes, "a subtitle without telemetry", srt->from_us, srt->to_us);
    return;
  }
  srt->known = known;
  dji_subtitles_add(srt->subtitles, text, srt->from_us, srt->to_us);
}

static void begin_block(struct decode *d, struct text line, ptrdiff_t arrow) {
  struct dji_srt *srt = d->state;
  end_block(d, false);
  srt->from_us = clock_of(text_trim(text_from(line.data, (size_t)arrow)));
  srt->to_us = clock_of(text_trim(text_from(line.data + arrow + 3, line.size - (size_t)arrow - 3)));
  srt->open = srt->from_us != TIME_NONE && srt->to_us != TIME_NONE;
  srt->block_at = input_offset(d->input);
  srt->used = 0;
  if (!srt->open) {
    d->report.bad_records++;
    decode_damage(d, srt->block_at, line.size, "a subtitle's times cannot be read", TIME_NONE, TIME_NONE);
  }
}

static void take_line(struct decode *d, struct text line) {
  struct dji_srt *srt = d->state;
  ptrdiff_t arrow = text_find(line, "-->");
  if (arrow >= 0) {
    begin_block(d, line, arrow);
  } else if (!text_trim(line).size) {
    end_block(d, false);
  } else if (srt->open) {
    size_t size = MIN(line.size, sizeof srt->text - 1 - srt->used);
    memcpy(srt->text + srt->used, line.data, size);
    srt->used += size;
    srt->text[srt->used] = '\n';
    srt->used += srt->used + 1 < sizeof srt->text;
  }
}

static enum status read_line(struct decode *d, struct error *error) {
  struct dji_srt *srt = d->state;
  struct bytes view;
  TRY(input_view(d->input, LINE_MAX_BYTES, &view, error));
  size_t searched = MIN(view.size, LINE_MAX_BYTES);
  const uint8_t *end = searched ? memchr(view.data, '\n', searched) : NULL;
  size_t size = end ? (size_t)(end - view.data) : searched;
  bool last = !end && searched == view.size && view.size < LINE_MAX_BYTES;
  if (view.size)
    take_line(d, text_from(view.data, size));
  input_skip(d->input, size + (end != NULL));
  d->report.bytes = input_offset(d->input);
  if (last) {
    end_block(d, true);
    srt->ended = true;
  }
  return STATUS_OK;
}

static enum status dji_srt_open(struct decode *d, struct error *error) {
  struct dji_srt *srt = d->state;
  d->report.clock = DECODE_CLOCK_BOOT;
  srt->subtitles = dji_subtitles_new(d);
  return srt->subtitles ? STATUS_OK : error_set(error, STATUS_LIMIT, "no memory is left for the first subtitle");
}

static void note_place(struct decode *d, const char *key, double value) {
  char text[32];
  snprintf(text, sizeof text, "%.8f", value);
  decode_fact(d, key, text_of(text));
}

static enum status finish(struct decode *d, struct error *error) {
  const struct dji_srt *srt = d->state;
  double lat, lon, alt;
  if (!dji_subtitles_count(srt->subtitles))
    return error_set(error, STATUS_BAD_DATA, "none of the file's subtitles holds telemetry");
  decode_fact(d, "created", text_of(dji_subtitles_time(srt->subtitles)));
  if (dji_subtitles_time(srt->subtitles)[0])
    decode_fact(d, "time_basis", TEXT("camera clock, zone unknown"));
  if (dji_subtitles_place(srt->subtitles, &lat, &lon, &alt)) {
    note_place(d, "lat", lat);
    note_place(d, "lon", lon);
  }
  for (uint32_t i = 0; i < d->report.message_count; i++) {
    d->report.first_us = d->report.messages[i]->first_us;
    d->report.last_us = d->report.messages[i]->last_us;
  }
  return STATUS_OK;
}

static enum status dji_srt_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct dji_srt *srt = d->state;
  *ret_batch = dji_subtitles_next(srt->subtitles);
  while (!*ret_batch && !srt->ended) {
    TRY(read_line(d, error));
    if (srt->ended)
      TRY(finish(d, error));
    *ret_batch = dji_subtitles_next(srt->subtitles);
  }
  if (!*ret_batch)
    *ret_batch = dji_subtitles_drain(srt->subtitles);
  return STATUS_OK;
}

const struct decoder decoder_dji_srt = {
    .name = "dji_srt",
    .about = "DJI subtitle telemetry",
    .suffixes = "srt",
    .source = "payload",
    .vocabulary = "media",
    .state_size = sizeof(struct dji_srt),
    .probe = dji_srt_probe,
    .open = dji_srt_open,
    .next = dji_srt_next,
};
