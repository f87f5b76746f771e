/* write_jpeg: a baseline JPEG encoder of the smallest kind, and the metadata that a mapping camera writes.
 *
 * Picture: ITU-T T.81 baseline, 8×8 blocks, no subsampling, the example quantisation and Huffman tables of its Annex K.
 * Metadata: Exif 2.3 in APP1 (TIFF, little-endian: IFD0, Exif IFD, GPS IFD) and XMP in a second APP1 with the height,
 * and the attitude under the names that DJI's and Pix4D's software read. The ground is invented: fields of a patchwork
 * whose colour comes from a hash of the place, so that neighbouring photos show the same ground. */
#include "simulate/write_jpeg.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 320
#define HEIGHT 240
#define JPEG_BYTES_MAX ((size_t)1 << 20)
#define FIELD_M 38.0   /* size of a field of the patchwork */
#define HALF_VIEW 0.62 /* tangent of half the horizontal angle of view */

/* --- Annex K --- */

static const uint8_t zigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                   12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                   35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                   58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};
/* luminance, in zigzag order; used for all three components */
static const uint8_t quantisation[64] = {16, 11, 12,  14,  12,  10, 16, 14,  13,  14,  18,  17,  16, 19,  24,  40,
                                         26, 24, 22,  22,  24,  49, 35, 37,  29,  40,  58,  51,  61, 60,  57,  51,
                                         56, 55, 64,  72,  92,  78, 64, 68,  87,  69,  55,  56,  80, 109, 81,  87,
                                         95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99};
static const uint8_t dc_counts[16] = {0, 1, 5, 1, 1, 1, 1, 1, 1};
static const uint8_t dc_values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const uint8_t ac_counts[16] = {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d};
static const uint8_t ac_values[] = {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};

struct code {
  uint16_t bits;
  uint8_t length;
};
struct encoder {
  struct buffer *out;
  struct code dc[256], ac[256];
  double cosine[8][8];
  uint32_t held;
  int held_bits;
};

static void codes_make(struct code *codes, const uint8_t counts[16], const uint8_t *values) {
  uint16_t next = 0;
  for (int length = 1; length <= 16; length++, next = (uint16_t)(next << 1))
    for (int i = 0; i < counts[length - 1]; i++)
      codes[*values++] = (struct code){next++, (uint8_t)length};
}

static void put_bits(struct encoder *encoder, uint32_t bits, int count) {
  encoder->held = encoder->held << count | (bits & ((1u << count) - 1));
  encoder->held_bits += count;
  while (encoder->held_bits >= 8) {
    uint8_t byte = (uint8_t)(encoder->held >> (encoder->held_bits - 8));
    buffer_add_byte(encoder->out, byte);
    if (byte == 0xff)
      buffer_add_byte(encoder->out, 0);
    encoder->held_bits -= 8;
  }
}

/* A coefficient's magnitude class and the bits that tell it within the class. */
static int class_of(int value) {
  int magnitude = value < 0 ? -value : value, count = 0;
  for (; magnitude; magnitude >>= 1)
    count++;
  return count;
}
static void put_value(struct encoder *encoder, int value, int count) {
  if (count)
    put_bits(encoder, (uint32_t)(value < 0 ? value - 1 : value), count);
}

static void transform(const struct encoder *encoder, const double pixels[64], int ret_coefficients[64]) {
  double rows[64];
  for (int y = 0; y < 8; y++)
    for (int u = 0; u < 8; u++) {
      double sum = 0;
      for (int x = 0; x < 8; x++)
        sum += pixels[8 * y + x] * encoder->cosine[u][x];
      rows[8 * y + u] = sum;
    }
  for (int i = 0; i < 64; i++) {
    double sum = 0;
    for (int y = 0; y < 8; y++)
      sum += rows[8 * y + zigzag[i] % 8] * encoder->cosine[zigzag[i] / 8][y];
    ret_coefficients[i] = (int)lrint(sum / quantisation[i]);
  }
}

static void put_block(struct encoder *encoder, const double pixels[64], int *previous) {
  int coefficients[64], run = 0;
  transform(encoder, pixels, coefficients);
  int change = coefficients[0] - *previous, count = class_of(change);
  *previous = coefficients[0];
  put_bits(encoder, encoder->dc[count].bits, encoder->dc[count].length);
  put_value(encoder, change, count);
  for (int i = 1; i < 64; i++) {
    if (coefficients[i] == 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16)
      put_bits(encoder, encoder->ac[0xf0].bits, encoder->ac[0xf0].length);
    count = class_of(coefficients[i]);
    put_bits(encoder, encoder->ac[run << 4 | count].bits, encoder->ac[run << 4 | count].length);
    put_value(encoder, coefficients[i], count);
    run = 0;
  }
  if (run)
    put_bits(encoder, encoder->ac[0].bits, encoder->ac[0].length);
}

/* --- the ground --- */

static double hash_unit(int64_t x, int64_t y) {
  return (double)(random_mix(8128, (uint64_t)x, (uint64_t)y) >> 40) * 0x1p-24;
}

/* Luminance and colour of a place, −128…127 as the encoder wants them. */
static void ground_at(double north_m, double east_m, double ret_colour[3]) {
  int64_t x = (int64_t)floor(east_m / FIELD_M), y = (int64_t)floor(north_m / (0.7 * FIELD_M));
  double crop = hash_unit(x, y), grain = hash_unit((int64_t)floor(2 * east_m), (int64_t)floor(2 * north_m));
  double edge = fabs(east_m / FIELD_M - (double)x - 0.5);
  ret_colour[0] = -50 + 90 * crop + 14 * grain;
  ret_colour[1] = -22 + 12 * hash_unit(y, x);
  ret_colour[2] = -14 + 26 * hash_unit(x + 7, y);
  if (edge > 0.47) { /* a track between the fields */
    ret_colour[0] = 52 + 10 * grain;
    ret_colour[1] = ret_colour[2] = 2;
  }
}

static void picture_block(const struct sample *sample, int left, int top, double ret_pixels[3][64]) {
  const struct body *body = &sample->body;
  double metres = 2 * HALF_VIEW * fmax(-body->position_m[2], 2) / WIDTH, c = cos(body->yaw), s = sin(body->yaw);
  for (int i = 0; i < 64; i++) {
    double right = (left + i % 8 - WIDTH / 2) * metres, forward = (HEIGHT / 2 - top - i / 8) * metres, colour[3];
    /* the lean shifts the view */
    forward += tan(body->pitch) * -body->position_m[2];
    right -= tan(body->roll) * -body->position_m[2];
    ground_at(body->position_m[0] + c * forward - s * right, body->position_m[1] + s * forward + c * right, colour);
    for (int component = 0; component < 3; component++)
      ret_pixels[component][i] = colour[component];
  }
}

/* --- segments --- */

static void put_u16_be(struct buffer *out, size_t value) {
  buffer_add_byte(out, (uint8_t)(value >> 8));
  buffer_add_byte(out, (uint8_t)value);
}

static void segment(struct buffer *out, uint8_t marker, const void *data, size_t size) {
  buffer_add_byte(out, 0xff);
  buffer_add_byte(out, marker);
  put_u16_be(out, size + 2);
  buffer_add(out, data, size);
}

static void put_tables(struct buffer *out) {
  uint8_t table[1 + 64] = {0};
  memcpy(table + 1, quantisation, 64);
  segment(out, 0xdb, table, sizeof table);
  const uint8_t frame[] = {8, HEIGHT >> 8, HEIGHT & 255, WIDTH >> 8, WIDTH & 255, 3,    1, 0x11,
                           0, 2,           0x11,         0,          3,           0x11, 0};
  segment(out, 0xc0, frame, sizeof frame);
  uint8_t codes[17 + sizeof ac_values] = {0x00};
  memcpy(codes + 1, dc_counts, 16);
  memcpy(codes + 17, dc_values, sizeof dc_values);
  segment(out, 0xc4, codes, 17 + sizeof dc_values);
  codes[0] = 0x10;
  memcpy(codes + 1, ac_counts, 16);
  memcpy(codes + 17, ac_values, sizeof ac_values);
  segment(out, 0xc4, codes, 17 + sizeof ac_values);
  const uint8_t scan[] = {3, 1, 0, 2, 0, 3, 0, 0, 63, 0};
  segment(out, 0xda, scan, sizeof scan);
}

/* --- Exif --- */

enum { EXIF_BYTE = 1, EXIF_ASCII = 2, EXIF_SHORT = 3, EXIF_LONG = 4, EXIF_RATIONAL = 5, EXIF_UNDEFINED = 7 };
#define ENTRIES_MAX 16
#define EXIF_BYTES_MAX 1500

/* A TIFF that grows: directories with room for their entries, values after them. */
struct exif {
  uint8_t bytes[EXIF_BYTES_MAX];
  size_t size;
  size_t directory; /* being filled */
  unsigned entries;
};

static void store(struct exif *exif, size_t at, uint32_t value, size_t size) {
  memcpy(exif->bytes + at, &value, size);
}

static void directory_begin(struct exif *exif) {
  exif->directory = exif->size;
  exif->entries = 0;
  exif->size += 2 + 12 * ENTRIES_MAX + 4;
}

/* Values up to 4 bytes stand in the entry, longer ones behind it. */
static void entry(struct exif *exif, uint16_t tag, uint16_t type, uint32_t count, const void *data, size_t size) {
  size_t at = exif->directory + 2 + 12 * (size_t)exif->entries;
  if (exif->entries == ENTRIES_MAX || exif->size + size > sizeof exif->bytes)
    return;
  exif->entries++;
  store(exif, exif->directory, exif->entries, 2);
  store(exif, at, tag, 2);
  store(exif, at + 2, type, 2);
  store(exif, at + 4, count, 4);
  if (size <= 4) {
    memcpy(exif->bytes + at + 8, data, size);
    return;
  }
  store(exif, at + 8, (uint32_t)exif->size, 4);
  memcpy(exif->bytes + exif->size, data, size);
  exif->size += (size + 1) / 2 * 2;
}

static void entry_text(struct exif *exif, uint16_t tag, const char *text) {
  entry(exif, tag, EXIF_ASCII, (uint32_t)strlen(text) + 1, text, strlen(text) + 1);
}
static void entry_number(struct exif *exif, uint16_t tag, uint16_t type, uint32_t value) {
  entry(exif, tag, type, 1, &value, type == EXIF_LONG ? 4 : type == EXIF_SHORT ? 2 : 1);
}
static void entry_rational(struct exif *exif, uint16_t tag, const double *values, uint32_t count, uint32_t divisor) {
  uint32_t pairs[6];
  for (uint32_t i = 0; i < count; i++) {
    pairs[2 * i] = (uint32_t)llrint(fabs(values[i]) * divisor);
    pairs[2 * i + 1] = divisor;
  }
  entry(exif, tag, EXIF_RATIONAL, count, pairs, 8 * count);
}

static void entry_angle(struct exif *exif, uint16_t tag, double degrees) {
  double whole = floor(fabs(degrees)), minutes = (fabs(degrees) - whole) * 60;
  const double parts[3] = {whole, floor(minutes), (minutes - floor(minutes)) * 60};
  entry_rational(exif, tag, parts, 3, 100000);
}

static void put_place(struct exif *exif, const struct sample *sample, const char *date) {
  int64_t second = sample->utc_us / US_PER_S % 86400;
  const double time[3] = {(double)(second / 3600), (double)(second / 60 % 60),
                          (double)(second % 60) + (double)(sample->utc_us % US_PER_S) * 1e-6};
  entry(exif, 0, EXIF_BYTE, 4, (const uint8_t[]){2, 3, 0, 0}, 4);
  entry_text(exif, 1, sample->lat_deg < 0 ? "S" : "N");
  entry_angle(exif, 2, sample->lat_deg);
  entry_text(exif, 3, sample->lon_deg < 0 ? "W" : "E");
  entry_angle(exif, 4, sample->lon_deg);
  entry_number(exif, 5, EXIF_BYTE, sample->alt_m < 0);
  entry_rational(exif, 6, &sample->alt_m, 1, 1000);
  entry_rational(exif, 7, time, 3, 1000);
  entry_text(exif, 16, "T");
  entry_rational(exif, 17, &sample->yaw_deg, 1, 100);
  entry_text(exif, 29, date);
}

static void put_exif(struct buffer *out, const struct sample *sample) {
  struct exif exif = {.size = 8};
  char iso[CLOCK_TEXT_SIZE], stamp[20] = "", date[11];
  clock_format(iso, sample->utc_us);
  snprintf(stamp, sizeof stamp, "%.4s:%.2s:%.2s %.8s", iso, iso + 5, iso + 8, iso + 11);
  snprintf(date, sizeof date, "%.10s", stamp);
  memcpy(exif.bytes, "II*\0\10\0\0\0", 8);
  directory_begin(&exif);
  size_t first = exif.directory;
  entry_text(&exif, 0x010f, "uavlake");
  entry_text(&exif, 0x0110, "Simulated camera");
  entry_rational(&exif, 0x011a, (const double[]){72}, 1, 1);
  entry_rational(&exif, 0x011b, (const double[]){72}, 1, 1);
  entry_number(&exif, 0x0128, EXIF_SHORT, 2);
  entry_text(&exif, 0x0131, "uavlake simulate");
  entry_text(&exif, 0x0132, stamp);
  entry_number(&exif, 0x0213, EXIF_SHORT, 1);
  unsigned entries = exif.entries;
  size_t exif_at = exif.size;
  directory_begin(&exif);
  entry_rational(&exif, 0x829a, (const double[]){0.00125}, 1, 1000000);
  entry_rational(&exif, 0x829d, (const double[]){4}, 1, 10);
  entry_number(&exif, 0x8827, EXIF_SHORT, 100);
  entry(&exif, 0x9000, EXIF_UNDEFINED, 4, "0231", 4);
  entry_text(&exif, 0x9003, stamp);
  entry_text(&exif, 0x9004, stamp);
  entry_text(&exif, 0x9011, "+00:00");
  entry(&exif, 0x9101, EXIF_UNDEFINED, 4, "\1\2\3", 4);
  entry_rational(&exif, 0x920a, (const double[]){16}, 1, 10);
  snprintf(iso, sizeof iso, "%03d", (int)(sample->utc_us % US_PER_S / 1000));
  entry_text(&exif, 0x9291, iso);
  entry(&exif, 0xa000, EXIF_UNDEFINED, 4, "0100", 4);
  entry_number(&exif, 0xa001, EXIF_SHORT, 1);
  entry_number(&exif, 0xa002, EXIF_LONG, WIDTH);
  entry_number(&exif, 0xa003, EXIF_LONG, HEIGHT);
  size_t place_at = exif.size;
  directory_begin(&exif);
  put_place(&exif, sample, date);
  exif.directory = first;
  exif.entries = entries;
  entry_number(&exif, 0x8769, EXIF_LONG, (uint32_t)exif_at);
  entry_number(&exif, 0x8825, EXIF_LONG, (uint32_t)place_at);
  uint8_t content[6 + EXIF_BYTES_MAX] = "Exif\0";
  memcpy(content + 6, exif.bytes, exif.size);
  segment(out, 0xe1, content, 6 + exif.size);
}

static void put_xmp(struct buffer *out, const struct sample *sample) {
  static const char name[] = "http://ns.adobe.com/xap/1.0/";
  scoped(buffer) struct buffer xmp = buffer_with_max(8192);
  buffer_add(&xmp, name, sizeof name);
  buffer_format(
      &xmp,
      "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      "<rdf:Description rdf:about=\"\" xmlns:drone-dji=\"http://www.dji.com/drone-dji/1.0/\"\n"
      " xmlns:Camera=\"http://pix4d.com/camera/1.0/\"\n"
      " drone-dji:AbsoluteAltitude=\"%+.2f\" drone-dji:RelativeAltitude=\"%+.2f\"\n"
      " drone-dji:FlightYawDegree=\"%+.2f\" drone-dji:FlightPitchDegree=\"%+.2f\" "
      "drone-dji:FlightRollDegree=\"%+.2f\"\n"
      " drone-dji:GimbalPitchDegree=\"-90.00\" drone-dji:GpsLatitude=\"%.7f\" drone-dji:GpsLongitude=\"%.7f\"\n"
      " Camera:Yaw=\"%.2f\" Camera:Pitch=\"%.2f\" Camera:Roll=\"%.2f\"/>\n"
      "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>",
      sample->alt_m, -sample->position_m[2], sample->yaw_deg > 180 ? sample->yaw_deg - 360 : sample->yaw_deg,
      sample->pitch_deg, sample->roll_deg, sample->lat_deg, sample->lon_deg, sample->yaw_deg, sample->pitch_deg,
      sample->roll_deg);
  segment(out, 0xe1, xmp.data, xmp.size);
}

static void put_picture(struct buffer *out, const struct sample *sample) {
  struct encoder encoder = {.out = out};
  int previous[3] = {0};
  codes_make(encoder.dc, dc_counts, dc_values);
  codes_make(encoder.ac, ac_counts, ac_values);
  for (int u = 0; u < 8; u++)
    for (int x = 0; x < 8; x++)
      encoder.cosine[u][x] = (u ? 0.5 : 0.35355339059327379) * cos((2 * x + 1) * u * M_PI / 16);
  for (int top = 0; top < HEIGHT; top += 8)
    for (int left = 0; left < WIDTH; left += 8) {
      double pixels[3][64];
      picture_block(sample, left, top, pixels);
      for (int component = 0; component < 3; component++)
        put_block(&encoder, pixels[component], &previous[component]);
    }
  put_bits(&encoder, 0x7f, 7); /* ones fill the last byte */
}

enum status jpeg_write(const char *path, const struct sample *sample, uint64_t *ret_bytes, struct error *error) {
  scoped(buffer) struct buffer out = buffer_with_max(JPEG_BYTES_MAX);
  buffer_add(&out, "\xff\xd8", 2);
  put_exif(&out, sample);
  put_xmp(&out, sample);
  put_tables(&out);
  put_picture(&out, sample);
  buffer_add(&out, "\xff\xd9", 2);
  if (out.failed)
    return error_set(error, STATUS_BUG, "The simulated photo %s is larger than it can be; please report this", path);
  FILE *file = fopen(path, "wb");
  bool written = file && fwrite(out.data, 1, out.size, file) == out.size;
  if (file && fclose(file) != 0)
    written = false;
  if (!written)
    return error_set(error, STATUS_IO, "%s can't be written; is the disk full?", path);
  *ret_bytes = out.size;
  return STATUS_OK;
}
