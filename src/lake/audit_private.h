/* audit_private: what the files audit*.c share.
 *
 * A check is one file audit_<name>.c that ends in `const struct audit_check audit_check_<name>`; the names stand in
 * src/lake/meson.build, in the order in which the checks run. The audit walks the catalogue once, hands every document
 * to the checks, and then lets each look around, judge, and write its part of the report. */
#ifndef UAVLAKE_AUDIT_PRIVATE_H
#define UAVLAKE_AUDIT_PRIVATE_H

#include "lake/audit.h"
#include "lake/document.h"

#include "base/clock.h"

struct audit;

struct audit_check {
  const char *name; /* of its part of the report */
  /* Its own memory, from audit->arena; may be NULL. */
  void *(*begin)(struct audit *audit);
  /* One document each; called inside a walk of the catalogue, so they can't call the catalogue themselves. May be NULL.
   * Under the writers' lock. */
  void (*log)(struct audit *audit, void *state, const char *id, const json_t *log);
  void (*table_file)(struct audit *audit, void *state, const char *path, const json_t *file);
  void (*flight)(struct audit *audit, void *state, const char *id, const json_t *flight);
  void (*finding)(struct audit *audit, void *state, const char *id, const json_t *finding);
  void (*vehicle)(struct audit *audit, void *state, const char *id, const json_t *vehicle);
  /* After all documents, still under the lock: what is there? */
  enum status (*look)(struct audit *audit, void *state, struct error *error);
  /* Without the lock, after the bytes were read. */
  enum status (*judge)(struct audit *audit, void *state, struct error *error);
  /* Its part of the report, an object; the object's braces are the caller's. */
  void (*put)(struct audit *audit, void *state, struct json_writer *json);
  void (*end)(void *state); /* frees what begin could not take from the arena */
};
extern const struct audit_check *const audit_check_list[]; /* NULL at the end */

enum audit_place { AUDIT_OBJECT, AUDIT_TABLE };

/* A file that should be there. */
struct audit_file {
  const char *path; /* key of an object, path in the lake of a table file */
  uint64_t hash;    /* of the path: under this it is remembered */
  uint64_t bytes;
  uint8_t sha256[32];
  uint32_t verified; /* s since 1970 when its bytes were last found right, 0 never */
  uint8_t place;
  bool has_sha256, seen, bad;
};

struct audit {
  struct lake *lake;
  const struct audit_options *options;
  const struct audit_callbacks *callbacks;
  struct arena *arena;
  struct audit_file *files; /* sorted by hash once the catalogue was walked */
  size_t file_count, file_capacity;
  uint64_t known_bytes[2]; /* of objects and table files, as the catalogue says */
  uint64_t known_files[2];
  uint64_t faults;
  struct buffer fault_list; /* JSON array without brackets */
  struct {
    char name[32];
    uint64_t count;
  } fault_kinds[24];
  uint32_t fault_kind_count;
  int64_t started_us; /* of the run that this one goes on with, else its own */
  bool resumed;
  uint64_t read_files, read_bytes;       /* by this run */
  uint64_t earlier_files, earlier_bytes; /* by the run that was cut off */
  double begin_s;
};

/* audit.c */
void audit_tell(struct audit *audit, const struct audit_fault *fault);
void audit_note(struct audit *audit, const char *format, ...) printf_like(2, 3);
const char *audit_text(const json_t *document, const char *field); /* "" where it is missing */
uint64_t audit_number(const json_t *document, const char *field);  /* 0 where it is missing or below */
/* s since 1970 as ISO text in the arena. */
const char *audit_time(struct audit *audit, int64_t time_us);

/* audit_files.c: what should be there. audit_expect may be called until the checks look around. sha256: hex, "" where
 * it is not known. */
void audit_expect(struct audit *audit, enum audit_place place, const char *path, const char *sha256, uint64_t bytes);
void audit_sort_files(struct audit *audit);
/* A file was found: compares it with what was expected. False: nothing names it. */
bool audit_see(struct audit *audit, enum audit_place place, const char *path, uint64_t bytes);
/* Tells of what was not found. */
void audit_tell_missing(struct audit *audit, enum audit_place place);
/* Is the file still named by the catalogue? It may have been taken away on purpose in the meantime. */
bool audit_is_expected(struct audit *audit, const struct audit_file *file);

/* audit_known.c: tells of a fault in a file with all that is known of it: log, flights, copies, and how to mend it.
 * Calls the catalogue. */
void audit_tell_file(struct audit *audit, const struct audit_file *file, const char *fault, const char *text);

/* audit_read.c: reads what the options choose. */
must_check enum status audit_read(struct audit *audit, struct error *error);

/* audit_verified.c: when was each file last found right? */
#define AUDIT_PARTS 64u /* documents that hold the times: the upper six bits of the hash */
must_check enum status audit_verified_load(struct audit *audit, struct error *error);
/* Saves the parts whose bits are set. */
must_check enum status audit_verified_save(struct audit *audit, uint64_t parts, struct error *error);

/* audit_report.c */
/* Is there a run with these options to go on with? Writes down that one has begun. */
must_check enum status audit_run_begin(struct audit *audit, struct error *error);
/* Writes the report, keeps it, and forgets the run. */
must_check enum status audit_report_keep(struct audit *audit, void *const *states, struct arena *arena,
                                         const char **ret_report, struct error *error);

#endif
