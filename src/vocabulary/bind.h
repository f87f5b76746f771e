/* bind: rules meet the fields of a message as this log defines it. Private to this folder. */
#ifndef UAVLAKE_BIND_H
#define UAVLAKE_BIND_H

#include "vocabulary/map.h"
#include "vocabulary/rules.h"

#define SOURCES_MAX 4
#define CONDITIONS_MAX 6
#define OUTPUTS_MAX 33 /* of map_facts.motor_of_output */

/* One element of one field; field -1: there is none. */
struct ref {
  int16_t field;
  uint16_t element;
  bool whole; /* the field was named without an element: transforms of several take all of an array */
};

enum condition_kind { CONDITION_COMPARE, CONDITION_PRIMARY_CORE, CONDITION_PRIMARY_GPS, CONDITION_K_BELOW };
enum comparison { COMPARE_EQUAL, COMPARE_NOT_EQUAL, COMPARE_AT_LEAST, COMPARE_AT_MOST, COMPARE_ABOVE, COMPARE_BELOW };

struct condition {
  enum condition_kind kind;
  enum comparison comparison;
  struct ref ref;
  bool per_k;   /* the element is k */
  int64_t mask; /* of the value's bits, before it is compared; 0: none */
  double value;
};

/* Which messages occur in the log. */
struct sources {
  bool (*occurs)(const void *context, const char *message);
  const void *context;
};

/* One output column. */
struct op {
  const struct rule *rule;
  uint8_t source_count;
  struct ref *refs; /* source_count of them; of an expansion: one a k */
};

/* One kind of row that a message makes. */
struct bound {
  const struct table *table;
  char dynamic[96]; /* the conditions asked once a row */
  struct op *ops;
  uint16_t op_count;
  struct condition conditions[CONDITIONS_MAX];
  uint8_t condition_count;
  int16_t key_column; /* -1: no sensor number */
  bool key_from_field;
  struct ref key_ref;
  int32_t key_const; /* or what is added to the field's value */
  bool expands, motors;
  const struct sources *sources; /* NULL: not known yet */
  int16_t low, high;             /* k */
  int16_t k_column;
  int32_t k_plus, k_times;
  struct ref k_by;
  struct {
    int16_t column;
    struct text word;
  } sets[2];
  uint8_t set_count;
  bool on_change; /* only rows whose first column differs from the row before */
  bool has_last;
  double last;
};

struct binding {
  struct bound *items;
  uint16_t count;
  int16_t system_field, component_field; /* MAVLink: who sent it; -1 none */
  bool any_component;                    /* of the vehicle's system */
  bool any_system;                       /* about the link or the operator: any sender */
};

/* All that `message` feeds, of the wanted tables, by sources that no better one replaces. sources: NULL in a first
 * pass. */
struct binding *bind_message(struct arena *arena, const struct rule_set *rules, const struct message *message,
                             const uint64_t *tables, const uint8_t *const *best_priorities,
                             const struct sources *sources);
/* Could a log whose `message` is defined so feed this rule? Asks only what is asked once a log. */
bool bind_is_possible(struct arena *scratch, const struct message *message, const struct rule *rule,
                      const struct sources *sources);
/* "F", "F[3]" or (k ≥ 0) "F{k}", "F[{k}]", "F[{k-1}]", "F[{k}].G". A field of just that name is taken first. */
struct ref bind_ref(const struct message *message, struct text name, int k);

#endif
