/* picture_child: the confined process that makes a small picture (see picture.h).
 *
 * FFmpeg's libraries are loaded with dlopen, here only: 130 shared libraries, some 60 ms and 26 MB. Then the process
 * takes limits (address space, CPU seconds, no files, no core) and a seccomp filter that leaves it memory, clocks and
 * its socket; whatever else is asked of the kernel fails. Formats and codecs are those of cameras; none of the formats
 * that name other files or addresses is allowed. A film's picture is the key frame nearest to a tenth of its length,
 * at most ten seconds in. */
#include "lake/picture.h"

#include "base/clock.h"
#include "lake/picture_talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef UAVLAKE_HAS_LIBAV

#include <dlfcn.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
#define LIBRARY(name, major) "lib" name ".so." STRING(major)

#define FORMATS "mov,mp4,m4a,3gp,3g2,mj2,jpeg_pipe,png_pipe,tiff_pipe,image2"
#define CODECS "h264,hevc,mjpeg,mpeg4,libdav1d,av1,vp9,png,tiff,prores"
#define PACKETS_MAX 400
#define PIXELS_MAX (200 << 20)
#define SECONDS_MAX 15.0
#define MEMORY_MAX ((rlim_t)1536 << 20)

#define FORMAT_CALLS(X)                                                                                                \
  X(avformat_alloc_context)                                                                                            \
  X(avformat_open_input)                                                                                               \
  X(avformat_close_input)                                                                                              \
  X(avformat_find_stream_info)                                                                                         \
  X(avio_alloc_context) X(av_find_best_stream) X(av_find_input_format) X(av_seek_frame) X(av_read_frame)
#define CODEC_CALLS(X)                                                                                                 \
  X(avcodec_find_decoder)                                                                                              \
  X(avcodec_find_encoder)                                                                                              \
  X(avcodec_alloc_context3)                                                                                            \
  X(avcodec_parameters_to_context)                                                                                     \
  X(avcodec_open2) X(avcodec_send_packet) X(avcodec_receive_frame) X(avcodec_send_frame) X(avcodec_receive_packet)     \
      X(av_packet_alloc) X(av_packet_unref)
#define UTIL_CALLS(X)                                                                                                  \
  X(av_frame_alloc) X(av_frame_get_buffer) X(av_malloc) X(av_dict_set) X(av_log_set_level) X(av_rescale_q)
#define SCALE_CALLS(X) X(sws_getContext) X(sws_scale)

struct libraries {
#define X(name) __typeof__(name) *name; // NOLINT(bugprone-macro-parentheses): it declares
  FORMAT_CALLS(X) CODEC_CALLS(X) UTIL_CALLS(X) SCALE_CALLS(X)
#undef X
};

struct child {
  struct libraries av;
  int socket;
  struct picture_order order;
  uint64_t at;
  double end_s;
  AVFormatContext *format;
  AVCodecContext *decoder;
  int stream;
};

/* ── words ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool read_all(int socket, void *data, size_t size) {
  for (size_t got = 0; got < size;) {
    ssize_t part = read(socket, (char *)data + got, size - got);
    if (part <= 0)
      return false;
    got += (size_t)part;
  }
  return true;
}

static bool write_all(int socket, const void *data, size_t size) {
  for (size_t sent = 0; sent < size;) {
    ssize_t part = write(socket, (const char *)data + sent, size - sent);
    if (part <= 0)
      return false;
    sent += (size_t)part;
  }
  return true;
}

static int fail(const struct child *child, const char *text) {
  struct picture_message message = {.word = PICTURE_FAILED, .size = (uint32_t)strlen(text)};
  write_all(child->socket, &message, sizeof message);
  write_all(child->socket, text, message.size);
  return 1;
}

static int read_packet(void *context, uint8_t *data, int size) {
  struct child *child = context;
  struct picture_message message = {
      .word = PICTURE_READ, .size = MIN((uint32_t)size, PICTURE_READ_MAX), .offset = child->at};
  uint32_t count;
  if (!write_all(child->socket, &message, sizeof message) || !read_all(child->socket, &count, sizeof count) ||
      count > message.size || !read_all(child->socket, data, count))
    return AVERROR(EIO);
  child->at += count;
  return count ? (int)count : AVERROR_EOF;
}

static int64_t seek_to(void *context, int64_t offset, int whence) {
  struct child *child = context;
  if (whence & AVSEEK_SIZE)
    return child->order.bytes == UINT64_MAX ? -1 : (int64_t)child->order.bytes;
  if (offset < 0 || (whence & ~AVSEEK_FORCE) != SEEK_SET)
    return -1;
  child->at = (uint64_t)offset;
  return offset;
}

/* ── confinement ──────────────────────────────────────────────────────────────────────────────────────────────── */

static bool load_calls(void *library, const char *const *names, void **slots, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!(slots[i] = dlsym(library, names[i])))
      return false;
  return true;
}

/* The table's members stand in the order of the lists. */
static bool load_libraries(struct libraries *av) {
#define X(name) #name,
  static const char *const format[] = {FORMAT_CALLS(X)}, *const codec[] = {CODEC_CALLS(X)},
                           *const util[] = {UTIL_CALLS(X)}, *const scale[] = {SCALE_CALLS(X)};
#undef X
  const struct {
    const char *library, *const *names;
    size_t count;
  } all[] = {{LIBRARY("avformat", LIBAVFORMAT_VERSION_MAJOR), format, ARRAY_COUNT(format)},
             {LIBRARY("avcodec", LIBAVCODEC_VERSION_MAJOR), codec, ARRAY_COUNT(codec)},
             {LIBRARY("avutil", LIBAVUTIL_VERSION_MAJOR), util, ARRAY_COUNT(util)},
             {LIBRARY("swscale", LIBSWSCALE_VERSION_MAJOR), scale, ARRAY_COUNT(scale)}};
  void **slots = (void **)av;
  for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
    void *library = dlopen(all[i].library, RTLD_NOW);
    if (!library || !load_calls(library, all[i].names, slots, all[i].count))
      return false;
    slots += all[i].count;
  }
  return true;
}

static void set_limit(__rlimit_resource_t what, rlim_t value) {
  setrlimit(what, &(struct rlimit){value, value});
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

static void set_limits(void) {
#ifndef __SANITIZE_ADDRESS__ /* which takes terabytes of addresses */
  set_limit(RLIMIT_AS, MEMORY_MAX);
#endif
  set_limit(RLIMIT_CPU, (rlim_t)SECONDS_MAX);
  set_limit(RLIMIT_FSIZE, 0);
  set_limit(RLIMIT_NOFILE, 3);
  set_limit(RLIMIT_CORE, 0);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Memory, clocks, the socket and the end; everything else fails with EPERM. */
static bool set_filter(void) {
#ifdef ARCHITECTURE
  static const uint16_t allowed[] = {SYS_read,
                                     SYS_write,
                                     SYS_mmap,
                                     SYS_munmap,
                                     SYS_mprotect,
                                     SYS_mremap,
                                     SYS_madvise,
                                     SYS_brk,
                                     SYS_futex,
                                     SYS_clock_gettime,
                                     SYS_clock_getres,
                                     SYS_gettimeofday,
                                     SYS_getrandom,
                                     SYS_exit,
                                     SYS_exit_group,
                                     SYS_rt_sigreturn,
                                     SYS_rt_sigprocmask,
                                     SYS_sched_yield,
                                     SYS_sched_getaffinity};
  struct sock_filter filter[ARRAY_COUNT(allowed) + 7];
  size_t n = 0;
  filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < ARRAY_COUNT(allowed); i++)
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
                                               (uint8_t)(ARRAY_COUNT(allowed) - i), 0);
  filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {(unsigned short)n, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#else
  return false;
#endif
}

static int is_late(void *context) {
  return clock_monotonic_s() > ((struct child *)context)->end_s;
}

/* ── the picture ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Photographs with sensor data in front of the picture are not recognised by the libraries: the first bytes say it. */
static const AVInputFormat *format_of(struct child *child) {
  uint8_t head[4] = {0};
  int got = read_packet(child, head, sizeof head);
  child->at = 0;
  bool jpeg = got == sizeof head && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
  return jpeg ? child->av.av_find_input_format("jpeg_pipe") : NULL;
}

static const char *open_file(struct child *child) {
  struct libraries *av = &child->av;
  AVDictionary *options = NULL;
  av->av_dict_set(&options, "format_whitelist", FORMATS, 0);
  av->av_dict_set(&options, "codec_whitelist", CODECS, 0);
  av->av_dict_set(&options, "protocol_whitelist", "", 0);
  av->av_dict_set(&options, "probesize", "1000000", 0);
  av->av_dict_set(&options, "analyzeduration", "1000000", 0);
  av->av_dict_set(&options, "max_streams", "32", 0);
  child->format = av->avformat_alloc_context();
  uint8_t *buffer = av->av_malloc(64 << 10);
  if (!child->format || !buffer)
    return "no memory for reading the file";
  child->format->pb = av->avio_alloc_context(buffer, 64 << 10, 0, child, read_packet, NULL, seek_to);
  child->format->interrupt_callback = (AVIOInterruptCB){is_late, child};
  if (!child->format->pb || av->avformat_open_input(&child->format, NULL, format_of(child), &options) < 0)
    return "FFmpeg's libraries find no film or image in the file";
  child->stream = av->av_find_best_stream(child->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
  return child->stream < 0 ? "the film has no picture track" : NULL;
}

static const char *open_decoder(struct child *child) {
  struct libraries *av = &child->av;
  const AVStream *stream = child->format->streams[child->stream];
  const AVCodec *codec = av->avcodec_find_decoder(stream->codecpar->codec_id);
  child->decoder = codec ? av->avcodec_alloc_context3(codec) : NULL;
  if (!child->decoder || av->avcodec_parameters_to_context(child->decoder, stream->codecpar) < 0)
    return "nothing here decodes the film's codec";
  child->decoder->thread_count = 1;
  child->decoder->max_pixels = PIXELS_MAX;
  child->decoder->skip_frame = AVDISCARD_NONKEY;
  AVDictionary *options = NULL;
  av->av_dict_set(&options, "codec_whitelist", CODECS, 0);
  return av->avcodec_open2(child->decoder, codec, &options) < 0 ? "the film's codec cannot be opened" : NULL;
}

static void seek_inside(struct child *child) {
  const AVStream *stream = child->format->streams[child->stream];
  int64_t us = MIN(child->format->duration / 10, INT64_C(10) * AV_TIME_BASE);
  if (child->format->duration == AV_NOPTS_VALUE || us <= 0)
    return;
  int64_t ticks = child->av.av_rescale_q(us, AV_TIME_BASE_Q, stream->time_base);
  child->av.av_seek_frame(child->format, child->stream, ticks, AVSEEK_FLAG_BACKWARD);
}

static bool decode_frame(struct child *child, AVFrame *frame) {
  struct libraries *av = &child->av;
  AVPacket *packet = av->av_packet_alloc();
  for (int i = 0; packet && i < PACKETS_MAX && !is_late(child); i++) {
    bool more = av->av_read_frame(child->format, packet) >= 0;
    if (more && packet->stream_index == child->stream)
      av->avcodec_send_packet(child->decoder, packet);
    else if (!more)
      av->avcodec_send_packet(child->decoder, NULL);
    av->av_packet_unref(packet);
    if (av->avcodec_receive_frame(child->decoder, frame) >= 0)
      return true;
    if (!more)
      break;
  }
  return false;
}

/* The longer side becomes size_px, unless it is shorter already. */
static AVFrame *shrink(struct child *child, const AVFrame *frame) {
  struct libraries *av = &child->av;
  double factor = fmin(1, (double)child->order.size_px / MAX(frame->width, frame->height));
  AVFrame *small = av->av_frame_alloc();
  if (!small)
    return NULL;
  small->width = MAX((int)(frame->width * factor) & ~1, 2);
  small->height = MAX((int)(frame->height * factor) & ~1, 2);
  small->format = AV_PIX_FMT_YUVJ420P;
  struct SwsContext *scale = av->sws_getContext(frame->width, frame->height, (enum AVPixelFormat)frame->format,
                                                small->width, small->height, AV_PIX_FMT_YUVJ420P, SWS_AREA, NULL, NULL,
                                                NULL);
  if (!scale || av->av_frame_get_buffer(small, 0) < 0)
    return NULL;
  av->sws_scale(scale, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, small->data,
                small->linesize);
  return small;
}

static AVPacket *encode(struct child *child, const AVFrame *frame) {
  struct libraries *av = &child->av;
  const AVCodec *codec = av->avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  AVCodecContext *encoder = codec ? av->avcodec_alloc_context3(codec) : NULL;
  AVPacket *packet = av->av_packet_alloc();
  if (!encoder || !packet)
    return NULL;
  encoder->width = frame->width;
  encoder->height = frame->height;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = (AVRational){1, 25};
  encoder->flags |= AV_CODEC_FLAG_QSCALE;
  encoder->global_quality = 5 * FF_QP2LAMBDA;
  encoder->thread_count = 1;
  bool good = av->avcodec_open2(encoder, codec, NULL) >= 0 && av->avcodec_send_frame(encoder, frame) >= 0 &&
              av->avcodec_receive_packet(encoder, packet) >= 0;
  return good ? packet : NULL;
}

static int make(struct child *child) {
  const char *reason = open_file(child);
  if (!reason)
    reason = open_decoder(child);
  if (reason)
    return fail(child, reason);
  seek_inside(child);
  AVFrame *frame = child->av.av_frame_alloc();
  if (!frame || !decode_frame(child, frame) || frame->width <= 0 || frame->height <= 0)
    return fail(child, is_late(child) ? "decoding a picture takes too long" : "no picture in the file can be decoded");
  const AVFrame *small = shrink(child, frame);
  const AVPacket *packet = small ? encode(child, small) : NULL;
  if (!packet || packet->size <= 0)
    return fail(child, "the small picture cannot be written");
  struct picture_message message = {.word = PICTURE_DONE, .size = (uint32_t)packet->size};
  return write_all(child->socket, &message, sizeof message) && write_all(child->socket, packet->data, message.size) ? 0
                                                                                                                    : 1;
}

const char *picture_missing(void) {
  return NULL;
}

/* Nothing is freed: the process ends. */
int picture_child(int socket) {
  static struct child child;
  child.socket = socket;
  if (!read_all(socket, &child.order, sizeof child.order))
    return 1;
  if (!load_libraries(&child.av))
    return fail(&child, "FFmpeg's libraries (" LIBRARY("avformat", LIBAVFORMAT_VERSION_MAJOR) ") are not installed");
  child.av.av_log_set_level(AV_LOG_QUIET);
  child.end_s = clock_monotonic_s() + SECONDS_MAX;
  set_limits();
  if (!set_filter())
    return fail(&child, "this machine cannot confine the process (seccomp), so no small picture is made");
  _exit(make(&child));
}

#else

const char *picture_missing(void) {
  return "the program was built without FFmpeg's libraries (Debian: libavformat-dev libavcodec-dev libswscale-dev)";
}

int picture_child(int socket) {
  (void)socket;
  return 1;
}

#endif
