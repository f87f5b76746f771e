/* progress: see progress.h. */
#include "command/progress.h"

#include "base/text.h"

#define BAR_WIDTH 24
#define PLAIN_EVERY_S 10.0

static void bar(char out[BAR_WIDTH * 3 + 1], double share) {
  int full = (int)(share * BAR_WIDTH + 0.5);
  out[0] = 0;
  for (int i = 0; i < BAR_WIDTH; i++)
    strcat(out, i < full ? "█" : "░");
}

static const char *time_left(char out[40], uint64_t done, uint64_t all, double seconds) {
  char duration[24];
  out[0] = 0;
  if (done > 0 && done < all && seconds > 0.5)
    snprintf(out, 40, ", %s left", text_duration(duration, seconds * (double)(all - done) / (double)done));
  return out;
}

void progress_show(struct progress *progress, const char *phase, uint64_t files_done, uint64_t files,
                   uint64_t bytes_done, uint64_t bytes, double seconds) {
  char done[16], all[16], rate[16], left[40], drawn[BAR_WIDTH * 3 + 1];
  double share = bytes ? (double)bytes_done / (double)bytes : 1;
  if (progress->quiet || (!progress->terminal && seconds - progress->last_plain_s < PLAIN_EVERY_S))
    return;
  progress->last_plain_s = seconds;
  text_size(done, bytes_done);
  text_size(all, bytes);
  text_size(rate, seconds > 0 ? (uint64_t)((double)bytes_done / seconds) : 0);
  time_left(left, bytes_done, bytes, seconds);
  if (progress->terminal) {
    bar(drawn, share);
    fprintf(stderr, "\r\033[K%s %3.0f %%  %llu/%llu files, %s of %s, %s/s%s  %s", drawn, share * 100,
            (unsigned long long)files_done, (unsigned long long)files, done, all, rate, left, phase);
    progress->shown = true;
  } else {
    fprintf(stderr, "%s: %llu of %llu files, %s of %s, %s/s%s\n", phase, (unsigned long long)files_done,
            (unsigned long long)files, done, all, rate, left);
  }
  fflush(stderr);
}

void progress_clear(struct progress *progress) {
  if (progress->shown)
    fputs("\r\033[K", stderr);
  progress->shown = false;
}
