/* mission: the way that a simulated vehicle is sent, and the autopilot that follows it. */
#ifndef UAVLAKE_SIMULATE_MISSION_H
#define UAVLAKE_SIMULATE_MISSION_H

#include "simulate/physics.h"

#define MISSION_MAX 400

/* MAV_CMD numbers that missions use. */
enum {
  COMMAND_WAYPOINT = 16,
  COMMAND_LOITER_TURNS = 18,
  COMMAND_LOITER_TIME = 19,
  COMMAND_RETURN = 20,
  COMMAND_LAND = 21,
  COMMAND_TAKE_OFF = 22
};

struct mission_item {
  uint16_t command;
  uint8_t frame; /* MAV_FRAME: 0 global, 3 above home */
  double parameters[4];
  double north_m, east_m, height_m;
};
struct mission {
  struct mission_item items[MISSION_MAX]; /* item 0 is home */
  int count;
};
/* A flight of about `duration_s` from take-off to landing. runway_rad: heading of take-off and landing. */
void mission_make(struct mission *mission, const struct airframe *airframe, double duration_s, double runway_rad,
                  struct random *random);

enum phase {
  PHASE_WAITING,
  PHASE_SPOOLING,
  PHASE_TAKE_OFF,
  PHASE_EN_ROUTE,
  PHASE_LOITER,
  PHASE_RETURN,
  PHASE_DESCENT,
  PHASE_ROLL_OUT,
  PHASE_LANDED,
  PHASE_OVER
};

/* Where the autopilot stands. What has just happened is told by `news`, cleared at each step. */
struct autopilot {
  const struct airframe *airframe;
  const struct mission *mission;
  double runway_rad;
  enum phase phase;
  double phase_s; /* since the phase began */
  int item;       /* of the mission */
  int mode;       /* of the firmware */
  double turned_rad, bearing_before_rad;
  double target_m[3], from_m[2];
  struct demand demand;
  enum {
    NEWS_ARMED = 1,
    NEWS_DISARMED = 2,
    NEWS_MODE = 4,
    NEWS_ITEM = 8,
    NEWS_REACHED = 16,
    NEWS_LIFT_OFF = 32,
    NEWS_TOUCHDOWN = 64
  } news;
  int reached; /* item of NEWS_REACHED */
};
struct autopilot autopilot_new(const struct airframe *airframe, const struct mission *mission, double runway_rad);
void autopilot_step(struct autopilot *autopilot, const struct body *body, double dt_s);

#endif
