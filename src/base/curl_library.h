/* curl_library: libcurl, loaded when something first asks the network.
 *
 * It brings 30 shared libraries and 20 ms, which a command that needs no network does not pay. Its types come from its
 * headers; functions are called as curl->easy_perform(…). */
#ifndef UAVLAKE_CURL_LIBRARY_H
#define UAVLAKE_CURL_LIBRARY_H

#include "base/status.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CURL_FUNCTIONS(X)                                                                                              \
  X(global_init)                                                                                                       \
  X(easy_init)                                                                                                         \
  X(easy_cleanup)                                                                                                      \
  X(easy_setopt)                                                                                                       \
  X(easy_getinfo)                                                                                                      \
  X(easy_perform)                                                                                                      \
  X(easy_reset)                                                                                                        \
  X(easy_strerror)                                                                                                     \
  X(slist_append)                                                                                                      \
  X(slist_free_all)                                                                                                    \
  X(multi_init)                                                                                                        \
  X(multi_cleanup)                                                                                                     \
  X(multi_setopt)                                                                                                      \
  X(multi_add_handle)                                                                                                  \
  X(multi_remove_handle)                                                                                               \
  X(multi_perform)                                                                                                     \
  X(multi_poll)                                                                                                        \
  X(multi_info_read)

#undef curl_easy_setopt /* macros with checks, which hide the functions' types */
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct curl_library {
#define CURL_DECLARE(name) __typeof__(curl_##name) *name;
  CURL_FUNCTIONS(CURL_DECLARE)
#undef CURL_DECLARE
};

/* Loads it once a process; STATUS_SETTINGS says what to install. Thread-safe. */
must_check enum status curl_library_load(const struct curl_library **ret_curl, struct error *error);

#endif
