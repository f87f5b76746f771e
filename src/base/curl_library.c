/* curl_library: see curl_library.h. Debian names its two builds libcurl.so.4 (OpenSSL) and libcurl-gnutls.so.4; either
 * will do. */
#include "base/curl_library.h"

#include <dlfcn.h>
#include <pthread.h>

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static struct curl_library library;
static struct error load_error;

static void load(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *handle = NULL;
  for (size_t i = 0; i < ARRAY_COUNT(names) && !handle; i++)
    handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    error_set(&load_error, STATUS_SETTINGS, "libcurl, which talks to servers, was not found (%s); install libcurl4",
              dlerror());
    return;
  }
  const char *missing = NULL;
#define CURL_FIND(name)                                                                                                \
  *(void **)&library.name = dlsym(handle, "curl_" #name);                                                              \
  missing = library.name ? missing : "curl_" #name;
  CURL_FUNCTIONS(CURL_FIND)
#undef CURL_FIND
  if (missing)
    error_set(&load_error, STATUS_SETTINGS, "the libcurl found here has no %s: install 7.66 or newer", missing);
  else if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    error_set(&load_error, STATUS_SETTINGS, "libcurl could not be started: is its TLS library whole?");
}

enum status curl_library_load(const struct curl_library **ret_curl, struct error *error) {
  pthread_once(&loaded, load);
  if (load_error.status != STATUS_OK)
    return error_set(error, load_error.status, "%s", load_error.text);
  *ret_curl = &library;
  return STATUS_OK;
}
