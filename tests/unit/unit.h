/* unit: cmocka and what every unit test uses. */
#ifndef UAVLAKE_UNIT_H
#define UAVLAKE_UNIT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/status.h"

/* For the calls of a test; tests run one after another. */
static __attribute__((unused)) struct error error;

/* The call must succeed; prints why it did not. */
#define assert_ok(call)                                                                                                \
  do {                                                                                                                 \
    enum status ok_status_ = (call);                                                                                   \
    if (ok_status_ != STATUS_OK)                                                                                       \
      fail_msg("%s: %s", status_row(ok_status_)->name, error.text);                                                    \
  } while (0)

#define assert_status(expected, call) assert_string_equal(status_row(expected)->name, status_row(call)->name)

/* A new folder of the test's own below TMPDIR; remove with tree_remove. */
static inline char *new_folder(void) {
  const char *top = getenv("TMPDIR");
  char *path = malloc(256);
  snprintf(path, 256, "%s/uavlake-test-XXXXXX", top ? top : "/tmp");
  assert_non_null(mkdtemp(path));
  return path;
}

#endif
