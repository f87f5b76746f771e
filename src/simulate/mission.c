/* mission: survey lanes or a round of waypoints sized to the wanted duration, and the following of it.
 *
 * Copters fly straight legs with a trapezoidal speed profile (v ≤ √(2·a·distance)), planes steer by the L1 law (Park,
 * Deyst and How, "A New Nonlinear Guidance Logic for Trajectory Tracking", AIAA 2004): lateral acceleration
 * 2·V²/L·sin η towards a point L ahead on the leg. Copters take off upwards, return at a height and land; planes take
 * off and land along the runway into the wind. */
#include "simulate/mission.h"

#include <math.h>

/* Flight modes of the firmware. */
enum { COPTER_AUTO = 3, COPTER_RETURN = 6, COPTER_STABILIZE = 0, PLANE_MANUAL = 0, PLANE_AUTO = 10 };

#define WAIT_BEFORE_S 3.0
#define WAIT_AFTER_S 2.5
#define COPTER_ACCELERATION_M_S2 2.2
#define PLANE_AHEAD_M 55.0
#define PLANE_CIRCLE_M 60.0

/* --- making --- */

static struct mission_item *add(struct mission *mission, uint16_t command, double north_m, double east_m,
                                double height_m) {
  struct mission_item *item = &mission->items[mission->count++];
  *item = (struct mission_item){
      .command = command, .frame = 3, .north_m = north_m, .east_m = east_m, .height_m = height_m};
  return item;
}

static void copter_mission(struct mission *mission, const struct airframe *airframe, double duration_s,
                           struct random *random) {
  double height = floor(random_between(random, 25, 55)), lane = floor(random_between(random, 70, 130));
  double course = random_between(random, -M_PI, M_PI), north = 0, east = 0;
  double spent = 6 + height / 2.5 + height / 1.6 + 14; /* up, down, and the ends */
  add(mission, COMMAND_TAKE_OFF, 0, 0, height);
  for (int i = 0; mission->count < MISSION_MAX - 3; i++) {
    /* lanes to and fro, 25 m apart, turned to the course */
    double along = i % 4 == 1 || i % 4 == 2 ? lane : 10, across = 25.0 * (i / 2 % 6);
    double to_north = along * cos(course) - across * sin(course), to_east = along * sin(course) + across * cos(course);
    double leg = hypot(to_north - north, to_east - east), home = hypot(to_north, to_east);
    double leg_s = leg / airframe->cruise_m_s + 3.5, home_s = home / airframe->cruise_m_s + 3.5;
    if (i > 1 && spent + leg_s + home_s + 12 > duration_s)
      break;
    add(mission, COMMAND_WAYPOINT, to_north, to_east, height);
    north = to_north;
    east = to_east;
    spent += leg_s;
  }
  double left = duration_s - spent - hypot(north, east) / airframe->cruise_m_s - 4;
  add(mission, COMMAND_LOITER_TIME, north, east, height)->parameters[0] = floor(clamp(left, 5, 60));
  add(mission, COMMAND_RETURN, 0, 0, 0)->frame = 0;
}

static void plane_mission(struct mission *mission, const struct airframe *airframe, double duration_s, double runway,
                          struct random *random) {
  double height = floor(random_between(random, 60, 100)), side = random_unit(random) < 0.5 ? 1 : -1;
  double c = cos(runway), s = sin(runway), spent = 75; /* take-off, approach, roll-out */
  add(mission, COMMAND_TAKE_OFF, 0, 0, 35)->parameters[0] = 12;
  double width = floor(random_between(random, 150, 230));
  /* corners of a round beside the runway, flown until the time is up: along, across */
  const double corners[4][2] = {{320, 0}, {300, width}, {-260, width}, {-240, 0}};
  for (int i = 0; mission->count < MISSION_MAX - 5; i++) {
    const double *corner = corners[i % 4];
    if (i % 4 == 0 && i > 0 && spent + (1100 + 2 * width) / airframe->cruise_m_s > duration_s)
      break;
    add(mission, COMMAND_WAYPOINT, corner[0] * c - side * corner[1] * s, corner[0] * s + side * corner[1] * c, height);
    spent += (i % 2 ? 560 : width) / airframe->cruise_m_s;
  }
  double turns = floor((duration_s - spent) / (2 * M_PI * PLANE_CIRCLE_M / airframe->cruise_m_s));
  if (turns >= 1)
    add(mission, COMMAND_LOITER_TURNS, 150 * c - side * width * s, 150 * s + side * width * c, height)->parameters[0] =
        fmin(turns, 8);
  add(mission, COMMAND_WAYPOINT, -260 * c - side * width * s, -260 * s + side * width * c, 45);
  add(mission, COMMAND_WAYPOINT, -330 * c, -330 * s, 34);
  add(mission, COMMAND_LAND, 0, 0, 0);
}

void mission_make(struct mission *mission, const struct airframe *airframe, double duration_s, double runway_rad,
                  struct random *random) {
  mission->count = 0;
  add(mission, COMMAND_WAYPOINT, 0, 0, 0)->frame = 0;
  if (airframe->plane)
    plane_mission(mission, airframe, duration_s, runway_rad, random);
  else
    copter_mission(mission, airframe, duration_s, random);
}

/* --- following --- */

struct autopilot autopilot_new(const struct airframe *airframe, const struct mission *mission, double runway_rad) {
  struct autopilot autopilot = {.airframe = airframe, .mission = mission, .runway_rad = runway_rad};
  autopilot.mode = airframe->plane ? PLANE_MANUAL : COPTER_STABILIZE;
  autopilot.demand.yaw_rad = runway_rad;
  return autopilot;
}

static void enter(struct autopilot *autopilot, enum phase phase) {
  autopilot->phase = phase;
  autopilot->phase_s = 0;
}

static void set_mode(struct autopilot *autopilot, int mode) {
  autopilot->mode = mode;
  autopilot->news |= NEWS_MODE;
}

/* Goes on to the next item and the phase that it needs. */
static void next_item(struct autopilot *autopilot, const struct body *body) {
  autopilot->item++;
  const struct mission_item *item = &autopilot->mission->items[autopilot->item];
  autopilot->news |= NEWS_ITEM;
  autopilot->turned_rad = 0;
  autopilot->from_m[0] = body->position_m[0];
  autopilot->from_m[1] = body->position_m[1];
  autopilot->target_m[0] = item->north_m;
  autopilot->target_m[1] = item->east_m;
  if (item->command != COMMAND_RETURN && item->command != COMMAND_LAND)
    autopilot->target_m[2] = -item->height_m;
  enter(autopilot, item->command == COMMAND_RETURN     ? PHASE_RETURN
                   : item->command == COMMAND_LAND     ? PHASE_DESCENT
                   : item->command == COMMAND_TAKE_OFF ? PHASE_TAKE_OFF
                                                       : PHASE_EN_ROUTE);
  if (autopilot->phase == PHASE_RETURN)
    set_mode(autopilot, COPTER_RETURN);
}

static void reach(struct autopilot *autopilot, const struct body *body) {
  autopilot->news |= NEWS_REACHED;
  autopilot->reached = autopilot->item;
  next_item(autopilot, body);
}

/* Velocity towards the target that can still stop there, changed no faster than the copter can. */
static void fly_to(struct autopilot *autopilot, const struct body *body, double dt_s) {
  struct demand *demand = &autopilot->demand;
  double gap[3], level;
  for (int axis = 0; axis < 3; axis++)
    gap[axis] = autopilot->target_m[axis] - body->position_m[axis];
  level = hypot(gap[0], gap[1]);
  double speed = fmin(autopilot->airframe->cruise_m_s, sqrt(2 * 0.7 * COPTER_ACCELERATION_M_S2 * level));
  speed = fmin(speed, 0.8 * level);
  double wanted[3] = {level > 0 ? gap[0] / level * speed : 0, level > 0 ? gap[1] / level * speed : 0,
                      clamp(0.8 * gap[2], -2.5, 1.5)};
  for (int axis = 0; axis < 3; axis++) {
    double most = (axis == 2 ? 1.2 : COPTER_ACCELERATION_M_S2) * dt_s;
    double change = clamp(wanted[axis] - demand->velocity_m_s[axis], -most, most);
    demand->velocity_m_s[axis] += change;
    demand->acceleration_m_s2[axis] += (change / dt_s - demand->acceleration_m_s2[axis]) * 0.1;
  }
  if (level > 4 && autopilot->phase != PHASE_TAKE_OFF)
    demand->yaw_rad = atan2(gap[1], gap[0]);
}

static bool near(const struct autopilot *autopilot, const struct body *body, double distance_m) {
  double north = autopilot->target_m[0] - body->position_m[0], east = autopilot->target_m[1] - body->position_m[1];
  return north * north + east * east < distance_m * distance_m;
}

static void copter_descend(struct autopilot *autopilot, const struct body *body, double dt_s) {
  double height = -body->position_m[2], wanted = height > 10 ? 2.2 : height > 5 ? 1.3 : 0.6;
  double before = autopilot->demand.velocity_m_s[2];
  fly_to(autopilot, body, dt_s);
  autopilot->demand.velocity_m_s[2] = before + clamp(wanted - before, -dt_s, dt_s);
  autopilot->demand.acceleration_m_s2[2] = 0;
  if (!body->airborne) {
    autopilot->news |= NEWS_TOUCHDOWN;
    autopilot->demand.ground_idle = true;
    enter(autopilot, PHASE_ROLL_OUT);
  }
}

static void copter_follow(struct autopilot *autopilot, const struct body *body, double dt_s) {
  const struct mission_item *item = &autopilot->mission->items[autopilot->item];
  switch (autopilot->phase) {
  case PHASE_TAKE_OFF:
    fly_to(autopilot, body, dt_s);
    if (fabs(autopilot->target_m[2] - body->position_m[2]) < 0.8)
      reach(autopilot, body);
    break;
  case PHASE_EN_ROUTE:
    fly_to(autopilot, body, dt_s);
    if (near(autopilot, body, 2) && item->command == COMMAND_LOITER_TIME)
      enter(autopilot, PHASE_LOITER);
    else if (near(autopilot, body, 2))
      reach(autopilot, body);
    break;
  case PHASE_LOITER:
    fly_to(autopilot, body, dt_s);
    if (autopilot->phase_s > item->parameters[0])
      reach(autopilot, body);
    break;
  case PHASE_RETURN:
    fly_to(autopilot, body, dt_s);
    if (near(autopilot, body, 0.8))
      enter(autopilot, PHASE_DESCENT);
    break;
  default:
    copter_descend(autopilot, body, dt_s);
  }
}

/* Bank that brings the course onto the point. */
static double bank_towards(const struct body *body, double north_m, double east_m) {
  double course = atan2(body->velocity_m_s[1], body->velocity_m_s[0]);
  double bearing = atan2(east_m - body->position_m[1], north_m - body->position_m[0]);
  double off = clamp(angle_wrap(bearing - course), -1.57, 1.57);
  double speed = hypot(body->velocity_m_s[0], body->velocity_m_s[1]);
  return clamp(atan(2 * speed * speed / PLANE_AHEAD_M * sin(off) / GRAVITY_M_S2), -0.78, 0.78);
}

/* Steers along the leg by the point PLANE_AHEAD_M ahead on it; true when the target is passed. */
static bool plane_leg(struct autopilot *autopilot, const struct body *body) {
  double leg_n = autopilot->target_m[0] - autopilot->from_m[0], leg_e = autopilot->target_m[1] - autopilot->from_m[1];
  double length = fmax(hypot(leg_n, leg_e), 1);
  double along = ((body->position_m[0] - autopilot->from_m[0]) * leg_n +
                  (body->position_m[1] - autopilot->from_m[1]) * leg_e) /
                 length;
  double ahead = along + PLANE_AHEAD_M;
  autopilot->demand.roll_rad = bank_towards(body, autopilot->from_m[0] + leg_n / length * ahead,
                                            autopilot->from_m[1] + leg_e / length * ahead);
  return along > length - 25;
}

static void plane_circle(struct autopilot *autopilot, const struct body *body) {
  double north = body->position_m[0] - autopilot->target_m[0], east = body->position_m[1] - autopilot->target_m[1];
  double bearing = atan2(east, north), lead = bearing + PLANE_AHEAD_M / PLANE_CIRCLE_M;
  autopilot->demand.roll_rad = bank_towards(body, autopilot->target_m[0] + PLANE_CIRCLE_M * cos(lead),
                                            autopilot->target_m[1] + PLANE_CIRCLE_M * sin(lead));
  autopilot->turned_rad += angle_wrap(bearing - autopilot->bearing_before_rad);
  autopilot->bearing_before_rad = bearing;
}

static void plane_land(struct autopilot *autopilot, const struct body *body) {
  struct demand *demand = &autopilot->demand;
  double distance = hypot(body->position_m[0], body->position_m[1]), height = -body->position_m[2];
  plane_leg(autopilot, body);
  double ground = hypot(body->velocity_m_s[0], body->velocity_m_s[1]);
  demand->airspeed_m_s = 1.35 * autopilot->airframe->stall_m_s;
  demand->climb_m_s = clamp(-height * ground / fmax(distance, 15), -3, 0);
  if (height < 4)
    demand->climb_m_s = -0.6 - 0.1 * height;
  if (height < 4)
    demand->roll_rad = clamp(demand->roll_rad, -0.1, 0.1);
  if (!body->airborne) {
    autopilot->news |= NEWS_TOUCHDOWN;
    demand->ground_idle = true;
    enter(autopilot, PHASE_ROLL_OUT);
  }
}

static void plane_follow(struct autopilot *autopilot, const struct body *body) {
  const struct mission_item *item = &autopilot->mission->items[autopilot->item];
  struct demand *demand = &autopilot->demand;
  demand->airspeed_m_s = autopilot->airframe->cruise_m_s;
  demand->climb_m_s = clamp(0.35 * (body->position_m[2] - autopilot->target_m[2]), -3, 4);
  if (autopilot->phase == PHASE_TAKE_OFF) {
    demand->take_off_run = -body->position_m[2] < 12;
    demand->roll_rad = clamp(angle_wrap(autopilot->runway_rad - body->yaw), -0.2, 0.2);
    demand->climb_m_s = 4;
    if (body->position_m[2] < autopilot->target_m[2])
      reach(autopilot, body);
  } else if (autopilot->phase == PHASE_DESCENT) {
    plane_land(autopilot, body);
  } else if (autopilot->phase == PHASE_LOITER) {
    plane_circle(autopilot, body);
    if (fabs(autopilot->turned_rad) > 2 * M_PI * item->parameters[0])
      reach(autopilot, body);
  } else if (item->command == COMMAND_LOITER_TURNS && near(autopilot, body, 1.6 * PLANE_CIRCLE_M)) {
    autopilot->bearing_before_rad = atan2(body->position_m[1] - autopilot->target_m[1],
                                          body->position_m[0] - autopilot->target_m[0]);
    enter(autopilot, PHASE_LOITER);
  } else if (plane_leg(autopilot, body)) {
    reach(autopilot, body);
  }
}

static void arm(struct autopilot *autopilot) {
  autopilot->news |= NEWS_ARMED;
  autopilot->demand.motors_on = autopilot->demand.ground_idle = true;
  enter(autopilot, PHASE_SPOOLING);
}

static void start(struct autopilot *autopilot, const struct body *body) {
  autopilot->demand.ground_idle = false;
  set_mode(autopilot, autopilot->airframe->plane ? PLANE_AUTO : COPTER_AUTO);
  next_item(autopilot, body);
}

static void disarm(struct autopilot *autopilot) {
  autopilot->news |= NEWS_DISARMED;
  autopilot->demand.motors_on = false;
  enter(autopilot, PHASE_LANDED);
}

void autopilot_step(struct autopilot *autopilot, const struct body *body, double dt_s) {
  bool was_airborne = autopilot->phase > PHASE_SPOOLING && body->airborne;
  autopilot->news = 0;
  autopilot->phase_s += dt_s;
  switch (autopilot->phase) {
  case PHASE_WAITING:
    if (autopilot->phase_s > WAIT_BEFORE_S)
      arm(autopilot);
    break;
  case PHASE_SPOOLING:
    if (autopilot->phase_s > 2)
      start(autopilot, body);
    break;
  case PHASE_ROLL_OUT:
    if (autopilot->phase_s > (autopilot->airframe->plane ? 7 : 1.2))
      disarm(autopilot);
    break;
  case PHASE_LANDED:
    if (autopilot->phase_s > WAIT_AFTER_S)
      enter(autopilot, PHASE_OVER);
    break;
  case PHASE_OVER:
    break;
  default:
    if (autopilot->airframe->plane)
      plane_follow(autopilot, body);
    else
      copter_follow(autopilot, body, dt_s);
    if (was_airborne && autopilot->phase == PHASE_TAKE_OFF && autopilot->turned_rad == 0) {
      autopilot->turned_rad = 1; /* said once */
      autopilot->news |= NEWS_LIFT_OFF;
    }
  }
}
