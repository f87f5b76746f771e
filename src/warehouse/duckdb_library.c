/* duckdb_library: see duckdb_library.h. */
#include "warehouse/duckdb_library.h"

#include "extension/log_functions.h"
#include "warehouse/duckdb_path.h" /* made by the build: DUCKDB_BUILD_FOLDER */

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_once_t loaded = PTHREAD_ONCE_INIT;
static struct duckdb_library library;
static struct error load_error;

/* RTLD_LAZY: of the library's own hundred thousand symbols only those that are called are bound. */
static void *open_at(const char *path) {
  return dlopen(path, RTLD_LAZY | RTLD_LOCAL);
}

static void *open_beside_program(void) {
  char path[PATH_MAX + 32];
  ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);
  if (size <= 0)
    return NULL;
  path[size] = 0;
  char *slash = strrchr(path, '/');
  if (!slash)
    return NULL;
  strcpy(slash, "/../lib/libduckdb.so");
  return open_at(path);
}

static void load(void) {
  void *handle = open_at(DUCKDB_BUILD_FOLDER "/libduckdb.so");
  handle = handle ? handle : open_beside_program();
  handle = handle ? handle : open_at("libduckdb.so");
  if (!handle) {
    error_set(
        &load_error, STATUS_SETTINGS,
        "The SQL engine libduckdb.so was not found (%s); put it into the folder lib beside the program's own folder",
        dlerror());
    return;
  }
  const char *missing = NULL;
#define DUCKDB_FIND(name)                                                                                              \
  *(void **)&library.name = dlsym(handle, "duckdb_" #name);                                                            \
  missing = library.name ? missing : "duckdb_" #name;
  DUCKDB_FUNCTIONS(DUCKDB_FIND)
#undef DUCKDB_FIND
  if (!missing)
    missing = log_functions_bind(dlsym, handle);
  if (missing)
    error_set(&load_error, STATUS_SETTINGS,
              "The libduckdb.so found here has no %s: install the version that the build used", missing);
}

enum status duckdb_library_load(const struct duckdb_library **ret_library, struct error *error) {
  pthread_once(&loaded, load);
  if (load_error.status != STATUS_OK)
    return error_set(error, load_error.status, "%s", load_error.text);
  *ret_library = &library;
  return STATUS_OK;
}
