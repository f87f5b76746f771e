/* mp4_movie: what the index (box moov) of an MP4 or QuickTime file says: times, tracks, where and by what it was taken,
 * and where each sample of a track lies. Reads boxes only where they stand: memory does not grow with the film. */
#ifndef UAVLAKE_MP4_MOVIE_H
#define UAVLAKE_MP4_MOVIE_H

#include "decode/decoder.h"

#define MP4_TRACKS_MAX 32u

/* A table of equal entries inside the file. */
struct mp4_table {
  uint64_t offset;
  uint32_t count;
  uint8_t entry; /* bytes of one */
};

struct mp4_track {
  uint32_t id, timescale;
  uint64_t duration; /* ticks of the timescale */
  char handler[5];   /* "vide", "soun", "meta", "text", … */
  char format[5];    /* of the samples: "avc1", "gpmd", … */
  char language[4];  /* "eng"; "" not said */
  const char *name;  /* the handler's: "GoPro MET" */
  uint32_t width_px, height_px;
  int16_t rotation_deg; /* clockwise, to show it upright */
  uint16_t channels;
  uint32_t sample_rate_hz;
  uint64_t samples, bytes; /* of all samples */
  uint64_t ticks;          /* of all samples */
  uint32_t fixed_size;     /* of each sample; 0: see sizes */
  struct mp4_table times, chunk_runs, sizes, chunks;
};

struct mp4_movie {
  struct mp4_track tracks[MP4_TRACKS_MAX];
  uint32_t track_count;
  uint64_t tracks_left_out;
  uint32_t timescale;
  uint64_t duration;
  int64_t created_us; /* as UTC, as the container says; TIME_NONE: not said */
  bool has_index, has_media, has_fragments, compressed_index;
  uint64_t media_at, media_bytes;                           /* the first box mdat's content */
  struct text make, model, serial, software, date;          /* date: ISO 8601 with its zone, as some cameras add */
  double lat_deg, lon_deg, alt_msl_m;                       /* of the start */
  double flight_roll_deg, flight_pitch_deg, flight_yaw_deg; /* at the start (DJI) */
  double gimbal_roll_deg, gimbal_pitch_deg, gimbal_yaw_deg;
  char brand[5];
};

/* What is broken is noted as damage; fails only where the reading itself does. */
must_check enum status mp4_movie_read(struct decode *d, struct mp4_movie *movie, struct error *error);
/* Seconds; NAN where the timescale is 0. */
double mp4_seconds(uint64_t ticks, uint32_t timescale);

/* One sample after another, in the order of the file's index. */
struct mp4_sample {
  uint64_t offset;
  uint32_t size;
  int64_t start_us, duration_us;
};
struct mp4_window {
  uint8_t bytes[4096];
  uint32_t first, count; /* entries held */
};
struct mp4_samples {
  const struct mp4_track *track;
  uint64_t index, ticks, at;
  uint32_t chunk, in_chunk, per_chunk, run, time_run, time_left, time_step;
  struct mp4_window times, chunk_runs, sizes, chunks;
};
void mp4_samples_begin(struct mp4_samples *samples, const struct mp4_track *track);
/* *ret_more is false after the last one, and where the tables contradict each other (noted as damage). */
must_check enum status mp4_samples_next(struct decode *d, struct mp4_samples *samples, struct mp4_sample *ret_sample,
                                        bool *ret_more, struct error *error);

#endif
