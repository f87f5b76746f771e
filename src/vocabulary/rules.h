/* rules: the mapping rows of one source format, parsed. Private to this folder. */
#ifndef UAVLAKE_RULES_H
#define UAVLAKE_RULES_H

#include "vocabulary/schema.h"

enum transform {
  TRANSFORM_NONE,
  TRANSFORM_WRAP_360,
  TRANSFORM_MODE_NAME,
  TRANSFORM_MOTOR_PWM,
  TRANSFORM_ERR_KIND,
  TRANSFORM_EV_KIND,
  TRANSFORM_ARMED_DISARMED,
  TRANSFORM_ARMED_EDGE, /* 0 or not */
  TRANSFORM_ARMED_BIT,  /* bit 128 of base_mode */
  TRANSFORM_LANDED_EDGE,
  TRANSFORM_FENCE_KIND, /* 0 or not */
  TRANSFORM_HOME_SET,
  TRANSFORM_ARM_METHOD,
  TRANSFORM_QUAT_ROLL,
  TRANSFORM_QUAT_PITCH,
  TRANSFORM_QUAT_YAW,
  TRANSFORM_SUM_CELLS,
  TRANSFORM_JOIN_CHUNKS,
  TRANSFORM_MAX,
  TRANSFORM_ASCII,
  TRANSFORM_FIRST_NONZERO,
  TRANSFORM_PLUS, /* rule.plus, after the scale */
  TRANSFORM_DIV,  /* first / second */
  TRANSFORM_SUB,  /* first - second */
  TRANSFORM_SUM,  /* of all; what is missing counts nothing */
  TRANSFORM_IF,   /* first, where none of the others is 0 */
  TRANSFORM_HPA_IF_SMALL,
  TRANSFORM_VALUE_OF,   /* what the field names: its value in the last message "parameter" */
  TRANSFORM_ABOVE_HOME, /* altitude - map_facts.homes */
  TRANSFORM_PX4_MODE,
  TRANSFORM_PX4_ARMED, /* arming_state: 2 or not */
  TRANSFORM_PX4_LANDED,
  TRANSFORM_PX4_ARM_REASON,
  TRANSFORM_PX4_EVENT, /* id, arguments: in words */
  TRANSFORM_PX4_EVENT_NAME,
  TRANSFORM_FAILSAFE_EDGE, /* 0 or not */
};

struct rule {
  const char *message;
  const char *instance,
      *where; /* "-" none; rows with the same table, message, instance and where make one row together */
  const char *field;
  const struct table *table;
  uint16_t column;
  uint8_t priority;
  uint8_t invalid_count;
  enum transform transform;
  double scale, plus;
  double invalid[2];
};

struct rule_set {
  const char *format;
  const struct rule *rules; /* sorted by message, then table, instance, where */
  size_t count;
  struct arena *arena; /* holds them, as long as the program lives */
};

/* NULL: no rules for this source format. */
const struct rule_set *rules_find(const char *format);
/* The stretch of rules that a message feeds. */
const struct rule *rules_of_message(const struct rule_set *set, const char *message, size_t *ret_count);

#endif
