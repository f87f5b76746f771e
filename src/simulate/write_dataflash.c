/* write_dataflash: ArduPilot's DataFlash binary format.
 *
 * A record is A3 95, the type, and the fields one after another, little-endian, each by a letter of the type's format:
 * b B h H i I q Q integers, f d floats, n N Z text of 4, 16 and 64 bytes, c C e E hundredths in 16 and 32 bits, L
 * degrees × 1e7, M the flight mode. FMT (type 128) defines a type; UNIT, MULT and FMTU give each column its unit and
 * multiplier, one character a column. The layouts in `rows` are those of ArduPilot 4.5
 * (libraries/AP_Logger/LogStructure.h and the LogStructure.h of each library, ArduCopter/Log.cpp, ArduPlane/Log.cpp).
 * As there, all definitions come first, then the parameters, the firmware's texts and the mission. */
#include "simulate/write_dataflash.h"

#include "base/clock.h"
#include "simulate/parameter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 512
#define TICK_US 10000
#define STAMP_STEP_US 23 /* records of one tick are this far apart */

struct record {
  uint8_t bytes[256];
  size_t size;
  const char *letter; /* of the next field */
};

enum { FOR_COPTER = 1, FOR_PLANE = 2, FOR_ALL = 3 };
enum count { ONCE, EACH_IMU, EACH_COMPASS, EACH_MOTOR };

struct row {
  uint8_t type;
  char name[5];
  const char *format, *columns, *units, *multipliers;
  int vehicles;
  int every_ticks; /* 0: only when it happens */
  enum count count;
  void (*put)(struct record *record, const struct sample *sample, int instance);
};

struct dataflash_writer {
  FILE *file;
  const struct sortie_plan *plan;
  uint64_t bytes, stamp_us;
  uint32_t ticks;
  bool failed;
};

/* --- fields --- */

static void put_bytes(struct record *record, const void *data, size_t size) {
  if (record->size + size > sizeof record->bytes)
    return;
  memcpy(record->bytes + record->size, data, size);
  record->size += size;
}

static void put_integer(struct record *record, double value, int bytes, bool is_signed) {
  double high = is_signed ? ldexp(1, 8 * bytes - 1) - 1 : ldexp(1, 8 * bytes) - 1;
  double low = is_signed ? -high - 1 : 0;
  int64_t whole = isnan(value) ? 0 : value <= low ? (int64_t)low : value >= high ? (int64_t)high : llrint(value);
  put_bytes(record, &whole, (size_t)bytes);
}

/* One field by its letter; value in the unit that a reader of the log sees. */
static void put_field(struct record *record, double value) {
  float narrow = (float)value;
  switch (*record->letter++) {
  case 'b':
    put_integer(record, value, 1, true);
    break;
  case 'B':
  case 'M':
    put_integer(record, value, 1, false);
    break;
  case 'h':
    put_integer(record, value, 2, true);
    break;
  case 'H':
    put_integer(record, value, 2, false);
    break;
  case 'i':
    put_integer(record, value, 4, true);
    break;
  case 'I':
    put_integer(record, value, 4, false);
    break;
  case 'c':
    put_integer(record, value * 100, 2, true);
    break;
  case 'C':
    put_integer(record, value * 100, 2, false);
    break;
  case 'e':
    put_integer(record, value * 100, 4, true);
    break;
  case 'E':
    put_integer(record, value * 100, 4, false);
    break;
  case 'L':
    put_integer(record, value * 1e7, 4, true);
    break;
  case 'Q': {
    uint64_t whole = (uint64_t)value;
    put_bytes(record, &whole, sizeof whole);
    break;
  }
  case 'd':
    put_bytes(record, &value, sizeof value);
    break;
  default:
    put_bytes(record, &narrow, sizeof narrow);
  }
}

static void put_fields(struct record *record, const double *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    put_field(record, values[i]);
}
#define FIELDS(record, ...)                                                                                            \
  put_fields(record, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void put_text(struct record *record, const char *text) {
  char letter = *record->letter++;
  char field[64] = "";
  size_t width = letter == 'Z' ? 64 : letter == 'N' ? 16 : 4;
  memcpy(field, text, strnlen(text, width));
  put_bytes(record, field, width);
}

/* --- what each periodic record holds, after the time --- */

#define PUT(name) static void put_##name(struct record *r, const struct sample *s, __attribute__((unused)) int i)

PUT(att) {
  FIELDS(r, s->want_roll_deg, s->roll_deg, s->want_pitch_deg, s->pitch_deg, s->want_yaw_deg, s->yaw_deg, 3);
}
PUT(rate) {
  const double *w = s->want_rate_deg_s, *is = s->rate_deg_s, *o = s->rate_out;
  FIELDS(r, w[0], is[0], o[0], w[1], is[1], o[1], w[2], is[2], o[2], s->body.acceleration_m_s2[2] * -100,
         s->body.acceleration_m_s2[2] * -100, s->throttle_out, 0.06);
}
PUT(imu) {
  const double *g = s->gyro_rad_s[i], *a = s->accelerometer_m_s2[i];
  FIELDS(r, i, g[0], g[1], g[2], a[0], a[1], a[2], 0, 0, s->imu_degc[i], 1, 1, 2000, 1000);
}
PUT(vibe) {
  const double *v = s->vibration_m_s2[i];
  FIELDS(r, i, v[0], v[1], v[2], s->clipped[i]);
}
PUT(baro) {
  FIELDS(r, i, s->baro_alt_m, s->baro_alt_m + s->plan->home_alt_m, s->baro_pa, s->baro_degc, s->baro_climb_m_s,
         (double)(s->time_us / 1000 - 12), 0, s->plan->air_degc, 1, s->baro_pa);
}
PUT(mag) {
  const double *m = s->compass_ut[i], *o = s->compass_offset_ut[i];
  FIELDS(r, i, 10 * m[0], 10 * m[1], 10 * m[2], 10 * o[0], 10 * o[1], 10 * o[2], 0, 0, 0, 1,
         (double)(s->time_us - 8000));
}
PUT(gps) {
  const struct gps_fix *g = &s->gps;
  int64_t epoch_us = s->utc_us - (s->time_us - g->time_us);
  int64_t gps_ms = (epoch_us / US_PER_S + clock_leap_seconds(epoch_us) - 315964800) * 1000 + epoch_us % US_PER_S / 1000;
  FIELDS(r, i, g->status, (double)(gps_ms % 604800000), (double)(gps_ms / 604800000), g->satellites, g->hdop,
         g->lat_deg, g->lon_deg, g->alt_m, g->speed_m_s, g->course_deg, g->velocity_m_s[2], 0, 1);
}
PUT(gpa) {
  const struct gps_fix *g = &s->gps;
  FIELDS(r, i, g->vdop, g->horizontal_m, g->vertical_m, g->speed_accuracy_m_s, 0, 1, (double)(g->time_us / 1000), 200,
         g->alt_m + 46, 0, 0);
}
PUT(pos) {
  FIELDS(r, s->lat_deg, s->lon_deg, s->alt_m, -s->position_m[2], -s->position_m[2]);
}
PUT(copter_ctun) {
  FIELDS(r, s->throttle_in, 0.01, s->throttle_out, s->throttle_hover, s->want_height_m, -s->position_m[2],
         s->baro_alt_m, NAN, 0, s->alt_m, 100 * s->want_climb_m_s, -100 * s->velocity_m_s[2]);
}
PUT(plane_ctun) {
  FIELDS(r, s->want_roll_deg, s->roll_deg, s->want_pitch_deg, s->pitch_deg, 100 * s->throttle_out,
         s->body.surface[2] * 45, 100 * s->throttle_out, s->airspeed_m_s, 1, s->airspeed_m_s, 1.01, 0);
}
PUT(ntun) {
  double north_cm_free = s->want_height_m + s->position_m[2];
  FIELDS(r, s->waypoint_m, s->waypoint_bearing_deg > 180 ? s->waypoint_bearing_deg - 360 : s->waypoint_bearing_deg,
         s->want_yaw_deg > 180 ? s->want_yaw_deg - 360 : s->want_yaw_deg, north_cm_free, s->track_error_m, 0,
         s->plan->build.airframe->cruise_m_s - s->airspeed_m_s, s->target_lat_deg, s->target_lon_deg,
         s->want_height_m + s->plan->home_alt_m, s->want_height_m + s->plan->home_alt_m,
         s->plan->build.airframe->cruise_m_s);
}
PUT(stat) {
  FIELDS(r, s->airborne, s->airborne ? 0.97 : 0.02, s->armed, 1, 0, !s->airborne, 0, 0, 0);
}
PUT(aetr) {
  const double *d = s->body.surface;
  FIELDS(r, 4500 * d[0], 4500 * d[1], 100 * s->throttle_out, 4500 * d[2], 0, 4500 * d[2], 0.8);
}
PUT(arsp) {
  FIELDS(r, i, s->airspeed_m_s, s->airspeed_pa, s->baro_degc, s->airspeed_pa + 21, 21, 1, 1, 1, 0.1, i);
}
PUT(rcin) {
  const int *c = s->rc_us;
  FIELDS(r, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], 0, 0, 0, 0, 0, 0);
}
PUT(rcou) {
  const int *c = s->servo_us;
  FIELDS(r, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], 0, 0, 0, 0, 0, 0);
}
PUT(rssi) {
  FIELDS(r, s->rc_percent / 100.0, s->rc_percent);
}
PUT(bat) {
  FIELDS(r, i, s->battery_v, s->battery_rest_v, s->battery_a, s->battery_mah, s->battery_wh, s->battery_degc,
         s->battery_ohm, s->battery_percent, 1, 0);
}
PUT(esc) {
  FIELDS(r, i, s->body.motors[i].rpm, s->body.motors[i].rpm, s->battery_v, s->esc_a[i], s->esc_degc[i], s->esc_mah[i],
         s->esc_degc[i] + 6, 0);
}
PUT(xkf1) {
  const double *v = s->velocity_m_s, *p = s->position_m, *g = s->gyro_bias_deg_s;
  double other = 0.05 * i; /* the second core sees the other IMU */
  FIELDS(r, i, s->roll_deg + other, s->pitch_deg - other, s->yaw_deg, v[0], v[1], v[2], v[2], p[0] + other, p[1], p[2],
         g[0], g[1], g[2], s->plan->home_alt_m);
}
PUT(xkf4) {
  double other = 1 + 0.1 * i;
  FIELDS(r, i, s->velocity_ratio * other, s->position_ratio * other, s->height_ratio * other, s->compass_ratio * other,
         0, s->tilt_error, 0, 0, 0, 0, 0x33f, 0, 0);
}
PUT(pm) {
  FIELDS(r, 400, s->slow_loops, 4000, s->loop_max_us, 412000, s->load_ratio * 1000, 0, 0, 0, 0, 0, 0, 0,
         (double)s->utc_us);
}
PUT(powr) {
  FIELDS(r, s->board_v, s->servo_v, 3, 3, 2);
}
PUT(mcu) {
  FIELDS(r, s->mcu_degc, 3.31, 3.30, 3.32);
}
PUT(rad) {
  FIELDS(r, s->radio_rssi, s->radio_remote_rssi, 96, s->radio_noise, s->radio_noise + 3, s->radio_errors,
         s->radio_errors / 2);
}
PUT(dsf) {
  FIELDS(r, s->log_dropped, s->log_blocks, 7100, 61000, 65000, 63500);
}
PUT(motb) {
  FIELDS(r, s->battery_v / (4.2 * s->plan->build.airframe->cells), 1, 1, s->throttle_out, s->throttle_out, 0);
}
PUT(ahr2) {
  FIELDS(r, s->roll_deg + 0.2, s->pitch_deg - 0.3, s->yaw_deg, s->alt_m, s->lat_deg, s->lon_deg, 1, 0, 0, 0);
}

/* --- the table of records --- */

#define MOTOR_COLUMNS "TimeUS,C1,C2,C3,C4,C5,C6,C7,C8,C9,C10,C11,C12,C13,C14"

static const struct row rows[] = {
    {128, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns", "-b---", "-----", FOR_ALL, 0, ONCE, NULL},
    {117, "UNIT", "QbZ", "TimeUS,Id,Label", "s--", "F--", FOR_ALL, 0, ONCE, NULL},
    {116, "FMTU", "QBNN", "TimeUS,FmtType,UnitIds,MultIds", "s---", "F---", FOR_ALL, 0, ONCE, NULL},
    {118, "MULT", "Qbd", "TimeUS,Id,Mult", "s--", "F--", FOR_ALL, 0, ONCE, NULL},
    {32, "PARM", "QNff", "TimeUS,Name,Value,Default", "s---", "F---", FOR_ALL, 0, ONCE, NULL},
    {59, "MSG", "QZ", "TimeUS,Message", "s-", "F-", FOR_ALL, 0, ONCE, NULL},
    {206, "VER", "QBHBBBBIZHBBII", "TimeUS,BT,BST,Maj,Min,Pat,FWT,GH,FWS,APJ,BU,FV,IMI,ICI", "s-------------",
     "F-------------", FOR_ALL, 0, ONCE, NULL},
    {120, "MODE", "QMBB", "TimeUS,Mode,ModeNum,Rsn", "s---", "F---", FOR_ALL, 0, ONCE, NULL},
    {186, "ARM", "QBIBB", "TimeUS,ArmState,ArmChecks,Forced,Method", "s----", "F----", FOR_ALL, 0, ONCE, NULL},
    {181, "EV", "QB", "TimeUS,Id", "s-", "F-", FOR_ALL, 0, ONCE, NULL},
    {184, "ERR", "QBB", "TimeUS,Subsys,ECode", "s--", "F--", FOR_ALL, 0, ONCE, NULL},
    {93, "CMD", "QHHHffffLLfB", "TimeUS,CTot,CNum,CId,Prm1,Prm2,Prm3,Prm4,Lat,Lng,Alt,Frame", "s-------DUm-",
     "F-------GG0-", FOR_ALL, 0, ONCE, NULL},
    {73, "ORGN", "QBLLe", "TimeUS,Type,Lat,Lng,Alt", "s#DUm", "F-GGB", FOR_ALL, 0, ONCE, NULL},
    {81, "CAM", "QBHIHLLeeeccC", "TimeUS,I,Img,GPSTime,GPSWeek,Lat,Lng,Alt,RelAlt,GPSAlt,R,P,Y", "s#---DUmmmddd",
     "F----GGBBBBBB", FOR_ALL, 0, ONCE, NULL},
    {72, "ATT", "QffffffB", "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw,AEKF", "sddddhh-", "F000000-", FOR_ALL, 10,
     ONCE, put_att},
    {75, "RATE", "Qfffffffffffff", "TimeUS,RDes,R,ROut,PDes,P,POut,YDes,Y,YOut,ADes,A,AOut,AOutSlew", "skk-kk-kk-oo--",
     "F?????????BB--", FOR_ALL, 10, ONCE, put_rate},
    {163, "IMU", "QBffffffIIfBBHH", "TimeUS,I,GyrX,GyrY,GyrZ,AccX,AccY,AccZ,EG,EA,T,GH,AH,GHz,AHz", "s#EEEooo--O--zz",
     "F-000000-----00", FOR_ALL, 10, EACH_IMU, put_imu},
    {166, "VIBE", "QBfffI", "TimeUS,IMU,VibeX,VibeY,VibeZ,Clip", "s#ooo-", "F-000-", FOR_ALL, 20, EACH_IMU, put_vibe},
    {64, "BARO", "QBfffcfIffBf", "TimeUS,I,Alt,AltAMSL,Press,Temp,CRt,SMS,Offset,GndTemp,H,CPress", "s#mmPOnsmO-P",
     "F-000B0C?0-0", FOR_ALL, 20, ONCE, put_baro},
    {111, "MAG", "QBhhhhhhhhhBI", "TimeUS,I,MagX,MagY,MagZ,OfsX,OfsY,OfsZ,MOX,MOY,MOZ,Health,S", "s#GGGGGGGGG-s",
     "F-CCCCCCCCC-F", FOR_ALL, 20, EACH_COMPASS, put_mag},
    {94, "GPS", "QBBIHBcLLeffffB", "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd,GCrs,VZ,Yaw,U",
     "s#-s-S-DUmnhnh-", "F--C-0BGGB000--", FOR_ALL, 20, ONCE, put_gps},
    {95, "GPA", "QBCCCCfBIHeHH", "TimeUS,I,VDop,HAcc,VAcc,SAcc,YAcc,VV,SMS,Delta,AEl,RTCMFU,RTCMFD", "s#-mmnd-ssm--",
     "F-BBBB0-CCB--", FOR_ALL, 20, ONCE, put_gpa},
    {74, "POS", "QLLfff", "TimeUS,Lat,Lng,Alt,RelHomeAlt,RelOriginAlt", "sDUmmm", "FGG000", FOR_ALL, 10, ONCE, put_pos},
    {0, "CTUN", "Qffffffefffhh", "TimeUS,ThI,ABst,ThO,ThH,DAlt,Alt,BAlt,DSAlt,SAlt,TAlt,DCRt,CRt", "s----mmmmmmnn",
     "F----00B000BB", FOR_COPTER, 10, ONCE, put_copter_ctun},
    {0, "CTUN", "QccccffffBffi", "TimeUS,NavRoll,Roll,NavPitch,Pitch,ThO,RdO,ThD,As,AsT,SAs,E2T,GU", "sdddd---n-n-n",
     "FBBBB---000-B", FOR_PLANE, 10, ONCE, put_plane_ctun},
    {1, "NTUN", "QfcccfffLLeee", "TimeUS,Dist,TBrg,NavBrg,AltE,XT,XTi,AsE,TLat,TLng,TAW,TAT,TAsp", "smddmmmnDUmmn",
     "F0BBB0B0GG000", FOR_PLANE, 10, ONCE, put_ntun},
    {2, "STAT", "QBfBBBBBBB", "TimeUS,isFlying,isFlyProb,Armed,Safety,Crash,Still,Stage,Hit,Sup", "s---------",
     "F---------", FOR_PLANE, 20, ONCE, put_stat},
    {9, "AETR", "Qfffffff", "TimeUS,Ail,Elev,Thr,Rudd,Flap,Steer,SS", "s-------", "F-------", FOR_PLANE, 10, ONCE,
     put_aetr},
    {112, "ARSP", "QBffcffBBffB", "TimeUS,I,Airspeed,DiffPress,Temp,RawPress,Offset,U,H,Hp,TR,Pri", "s#nPOPP-----",
     "F-00B00-----", FOR_PLANE, 10, ONCE, put_arsp},
    {60, "RCIN", "QHHHHHHHHHHHHHH", MOTOR_COLUMNS, "sYYYYYYYYYYYYYY", "F--------------", FOR_ALL, 20, ONCE, put_rcin},
    {62, "RCOU", "QHHHHHHHHHHHHHH", MOTOR_COLUMNS, "sYYYYYYYYYYYYYY", "F--------------", FOR_ALL, 10, ONCE, put_rcou},
    {63, "RSSI", "Qff", "TimeUS,RXRSSI,RXLQ", "s-%", "F--", FOR_ALL, 50, ONCE, put_rssi},
    {88, "BAT", "QBfffffcfBBB", "TimeUS,Inst,Volt,VoltR,Curr,CurrTot,EnrgTot,Temp,Res,RemPct,H,SH", "s#vvAaXOw%-%",
     "F-000C0?0000", FOR_ALL, 10, ONCE, put_bat},
    {86, "ESC", "QBffffcfcf", "TimeUS,Instance,RPM,RawRPM,Volt,Curr,Temp,CTot,MotTemp,Err", "s#qqvAOaO%", "F-00--BCB-",
     FOR_ALL, 20, EACH_MOTOR, put_esc},
    {44, "XKF1", "QBccCfffffffccce", "TimeUS,C,Roll,Pitch,Yaw,VN,VE,VD,dPD,PN,PE,PD,GX,GY,GZ,OH", "s#ddhnnnnmmmkkkm",
     "F-BBB0000000BBBB", FOR_ALL, 20, EACH_IMU, put_xkf1},
    {47, "XKF4", "QBcccccfffHBIHb", "TimeUS,C,SV,SP,SH,SM,SVT,errRP,OFN,OFE,FS,TS,SS,GPS,PI", "s#------mm-----",
     "F-------?"
     "?-----",
     FOR_ALL, 20, EACH_IMU, put_xkf4},
    {70, "AHR2", "QccCfLLffff", "TimeUS,Roll,Pitch,Yaw,Alt,Lat,Lng,Q1,Q2,Q3,Q4", "sddhmDU----", "FBBB0GG----", FOR_ALL,
     50, ONCE, put_ahr2},
    {179, "PM", "QHHHIIHHIIIIIIQ", "TimeUS,LR,NLon,NL,MaxT,Mem,Load,ErrL,InE,ErC,SPIC,I2CC,I2CI,Ex,R",
     "sz---b%------ss", "F----0A------FF", FOR_ALL, 1000, ONCE, put_pm},
    {68, "POWR", "QffHHB", "TimeUS,Vcc,VServo,Flags,AccFlags,Safety", "svv---", "F00---", FOR_ALL, 50, ONCE, put_powr},
    {69, "MCU", "Qffff", "TimeUS,MTemp,MVolt,MVmin,MVmax", "sOvvv", "F0000", FOR_ALL, 100, ONCE, put_mcu},
    {79, "RAD", "QBBBBBHH", "TimeUS,RSSI,RemRSSI,TxBuf,Noise,RemNoise,RxErrors,Fixed", "s-------", "F-------", FOR_ALL,
     100, ONCE, put_rad},
    {177, "DSF", "QIHIIII", "TimeUS,Dp,Blk,Bytes,FMn,FMx,FAv", "s--b---", "F--0---", FOR_ALL, 100, ONCE, put_dsf},
    {205, "MOTB", "QfffffB", "TimeUS,LiftMax,BatVolt,ThLimit,ThrAvMx,ThrOut,FailFlags", "s------", "F------",
     FOR_COPTER, 20, ONCE, put_motb},
};

static const struct {
  char id;
  const char *label;
} units[] = {{'-', ""},
             {'?', "UNKNOWN"},
             {'A', "A"},
             {'a', "Ah"},
             {'d', "deg"},
             {'b', "B"},
             {'B', "B/s"},
             {'k', "deg/s"},
             {'D', "deglatitude"},
             {'e', "deg/s/s"},
             {'E', "rad/s"},
             {'G', "Gauss"},
             {'h', "degheading"},
             {'i', "A.s"},
             {'J', "W.s"},
             {'l', "l"},
             {'L', "rad/s/s"},
             {'m', "m"},
             {'n', "m/s"},
             {'o', "m/s/s"},
             {'O', "degC"},
             {'%', "%"},
             {'S', "satellites"},
             {'s', "s"},
             {'t', "N.m"},
             {'q', "rpm"},
             {'r', "rad"},
             {'U', "deglongitude"},
             {'u', "ppm"},
             {'v', "V"},
             {'P', "Pa"},
             {'w', "Ohm"},
             {'W', "Watt"},
             {'X', "W.h"},
             {'y', "l/s"},
             {'Y', "us"},
             {'z', "Hz"},
             {'#', "instance"}};

/* The firmware keeps these as float and widens them. */
static const struct {
  char id;
  float multiplier;
} multipliers[] = {{'-', 0},     {'?', 1},     {'2', 1e2f},  {'1', 1e1f},  {'0', 1},
                   {'A', 1e-1f}, {'B', 1e-2f}, {'C', 1e-3f}, {'D', 1e-4f}, {'E', 1e-5f},
                   {'F', 1e-6f}, {'G', 1e-7f}, {'I', 1e-9f}, {'!', 3.6f},  {'/', 3600}};

/* --- writing --- */

static const struct row *row_of(const struct dataflash_writer *writer, const char *name) {
  int vehicle = writer->plan->build.airframe->plane ? FOR_PLANE : FOR_COPTER;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    if (strcmp(rows[i].name, name) == 0 && rows[i].vehicles & vehicle)
      return &rows[i];
  return NULL;
}

/* A record of the row with its header and, where it has one, the time. */
static struct record record_new(struct dataflash_writer *writer, const struct row *row, const struct sample *sample) {
  struct record record = {.size = 3, .letter = row->format};
  record.bytes[0] = 0xa3;
  record.bytes[1] = 0x95;
  record.bytes[2] = row->type;
  if (*row->format == 'Q') {
    uint64_t now_us = (uint64_t)sample->time_us;
    writer->stamp_us = MAX(now_us, writer->stamp_us + STAMP_STEP_US);
    put_field(&record, (double)writer->stamp_us);
  }
  return record;
}

static void record_write(struct dataflash_writer *writer, const struct record *record) {
  if (fwrite(record->bytes, 1, record->size, writer->file) != record->size)
    writer->failed = true;
  writer->bytes += record->size;
}

static size_t record_size(const char *format) {
  struct record record = {.letter = format};
  while (*record.letter)
    if (strchr("nNZ", *record.letter))
      put_text(&record, "");
    else
      put_field(&record, 0);
  return record.size + 3;
}

static void write_format(struct dataflash_writer *writer, const struct sample *sample, const struct row *row) {
  struct record record = record_new(writer, &rows[0], sample);
  FIELDS(&record, row->type, (double)record_size(row->format));
  put_text(&record, row->name);
  put_text(&record, row->format);
  put_text(&record, row->columns);
  record_write(writer, &record);
}

static void write_definitions(struct dataflash_writer *writer, const struct sample *sample) {
  int vehicle = writer->plan->build.airframe->plane ? FOR_PLANE : FOR_COPTER;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    if (rows[i].vehicles & vehicle)
      write_format(writer, sample, &rows[i]);
  for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
    struct record record = record_new(writer, row_of(writer, "UNIT"), sample);
    FIELDS(&record, units[i].id);
    put_text(&record, units[i].label);
    record_write(writer, &record);
  }
  for (size_t i = 0; i < ARRAY_COUNT(multipliers); i++) {
    struct record record = record_new(writer, row_of(writer, "MULT"), sample);
    FIELDS(&record, multipliers[i].id, multipliers[i].multiplier);
    record_write(writer, &record);
  }
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
    if (!(rows[i].vehicles & vehicle))
      continue;
    struct record record = record_new(writer, row_of(writer, "FMTU"), sample);
    FIELDS(&record, rows[i].type);
    put_text(&record, rows[i].units);
    put_text(&record, rows[i].multipliers);
    record_write(writer, &record);
  }
}

static void write_parameters(struct dataflash_writer *writer, const struct sample *sample) {
  struct parameter parameters[PARAMETERS_MAX];
  int count = parameters_of(writer->plan, parameters);
  for (int i = 0; i < count; i++) {
    struct record record = record_new(writer, row_of(writer, "PARM"), sample);
    put_text(&record, parameters[i].name);
    FIELDS(&record, parameters[i].value, parameters[i].usual);
    record_write(writer, &record);
  }
}

static void write_firmware(struct dataflash_writer *writer, const struct sample *sample) {
  const struct sortie_plan *plan = writer->plan;
  const int *version = plan->firmware_version;
  char text[65];
  dataflash_text(writer, sample, plan->firmware);
  dataflash_text(writer, sample, "ChibiOS: 6a85082c");
  snprintf(text, sizeof text, "CubeOrangePlus %08X %08X %08X", plan->board_uid[0], plan->board_uid[1],
           plan->board_uid[2]);
  dataflash_text(writer, sample, text);
  dataflash_text(writer, sample, "RC Protocol: SBUS");
  if (!plan->build.airframe->plane) {
    snprintf(text, sizeof text, "Frame: %s", plan->build.airframe->frame);
    dataflash_text(writer, sample, text);
  }
  struct record record = record_new(writer, row_of(writer, "VER"), sample);
  FIELDS(&record, 3, 65535, version[0], version[1], version[2], 255, (double)strtoul(plan->firmware_hash, NULL, 16));
  put_text(&record, plan->firmware);
  FIELDS(&record, 1063, plan->build.airframe->plane ? 3 : 2, 2, 0, 0);
  record_write(writer, &record);
}

static void write_mission(struct dataflash_writer *writer, const struct sample *sample) {
  const struct mission *mission = &writer->plan->mission;
  for (int i = 0; i < mission->count; i++) {
    const struct mission_item *item = &mission->items[i];
    const double *p = item->parameters;
    double lat = 0, lon = 0;
    if (item->command != COMMAND_TAKE_OFF && item->command != COMMAND_RETURN)
      place_of(writer->plan, item->north_m, item->east_m, &lat, &lon);
    struct record record = record_new(writer, row_of(writer, "CMD"), sample);
    FIELDS(&record, mission->count, i, item->command, p[0], p[1], p[2], p[3], lat, lon,
           i == 0 ? writer->plan->home_alt_m : item->height_m, item->frame);
    record_write(writer, &record);
  }
}

enum status dataflash_create(const char *path, const struct sortie_plan *plan, struct dataflash_writer **ret_writer,
                             struct error *error) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return error_set_errno(error, errno, "%s can't be written", path);
  setvbuf(file, NULL, _IOFBF, (size_t)1 << 18);
  struct dataflash_writer *writer = memory_new(sizeof *writer);
  writer->file = file;
  writer->plan = plan;
  *ret_writer = writer;
  return STATUS_OK;
}

void dataflash_begin(struct dataflash_writer *writer, const struct sample *sample) {
  write_definitions(writer, sample);
  write_parameters(writer, sample);
  write_firmware(writer, sample);
  write_mission(writer, sample);
  dataflash_mode(writer, sample, sample->mode, 26);
}

void dataflash_sample(struct dataflash_writer *writer, const struct sample *sample) {
  const struct airframe *airframe = writer->plan->build.airframe;
  int vehicle = airframe->plane ? FOR_PLANE : FOR_COPTER;
  const int counts[] = {[ONCE] = 1, [EACH_IMU] = IMUS, [EACH_COMPASS] = 2, [EACH_MOTOR] = airframe->motors};
  uint32_t tick = writer->ticks++;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
    const struct row *row = &rows[i];
    if (!row->put || !(row->vehicles & vehicle) || tick % (uint32_t)row->every_ticks != 0)
      continue;
    for (int instance = 0; instance < counts[row->count]; instance++) {
      struct record record = record_new(writer, row, sample);
      row->put(&record, sample, instance);
      record_write(writer, &record);
    }
  }
}

void dataflash_text(struct dataflash_writer *writer, const struct sample *sample, const char *text) {
  struct record record = record_new(writer, row_of(writer, "MSG"), sample);
  put_text(&record, text);
  record_write(writer, &record);
}

static void write_numbers(struct dataflash_writer *writer, const struct sample *sample, const char *name,
                          const double *values, size_t count) {
  struct record record = record_new(writer, row_of(writer, name), sample);
  put_fields(&record, values, count);
  record_write(writer, &record);
}

void dataflash_mode(struct dataflash_writer *writer, const struct sample *sample, int mode, int reason) {
  write_numbers(writer, sample, "MODE", (const double[]){mode, mode, reason}, 3);
}

void dataflash_armed(struct dataflash_writer *writer, const struct sample *sample) {
  write_numbers(writer, sample, "ARM", (const double[]){sample->armed, 1, 0, sample->armed ? 1 : 14}, 4);
}

void dataflash_event(struct dataflash_writer *writer, const struct sample *sample, int id) {
  write_numbers(writer, sample, "EV", (const double[]){id}, 1);
}

void dataflash_failure(struct dataflash_writer *writer, const struct sample *sample, int subsystem, int code) {
  write_numbers(writer, sample, "ERR", (const double[]){subsystem, code}, 2);
}

void dataflash_home(struct dataflash_writer *writer, const struct sample *sample) {
  const struct sortie_plan *plan = writer->plan;
  for (int type = 0; type < 2; type++)
    write_numbers(writer, sample, "ORGN",
                  (const double[]){type, plan->home_lat_deg, plan->home_lon_deg, plan->home_alt_m}, 4);
}

void dataflash_photo(struct dataflash_writer *writer, const struct sample *sample) {
  int64_t gps_ms = (sample->utc_us / US_PER_S + clock_leap_seconds(sample->utc_us) - 315964800) * 1000 +
                   sample->utc_us % US_PER_S / 1000;
  const double values[] = {0,
                           sample->photos,
                           (double)(gps_ms % 604800000),
                           (double)(gps_ms / 604800000),
                           sample->lat_deg,
                           sample->lon_deg,
                           sample->alt_m,
                           -sample->position_m[2],
                           sample->gps.alt_m,
                           sample->roll_deg,
                           sample->pitch_deg,
                           sample->yaw_deg};
  write_numbers(writer, sample, "CAM", values, ARRAY_COUNT(values));
}

enum status dataflash_end(struct dataflash_writer *writer, bool torn, uint64_t *ret_bytes, struct error *error) {
  bool failed = writer->failed || fflush(writer->file) != 0;
  uint64_t bytes = torn ? writer->bytes / BLOCK_BYTES * BLOCK_BYTES : writer->bytes;
  if (!failed && torn && ftruncate(fileno(writer->file), (off_t)bytes) != 0)
    failed = true;
  int reason = errno;
  failed = fclose(writer->file) != 0 || failed;
  free(writer);
  if (failed)
    return error_set_errno(error, reason, "A simulated log can't be written");
  *ret_bytes = bytes;
  return STATUS_OK;
}
