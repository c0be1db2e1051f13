#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>

/* What OnDemand.S keeps for each function. */
typedef struct {
  void *address;
  const char *name;
  size_t library;
} entry;

/* By the names that the headers of this build belong to: another version may lay its structs out differently. */
static const struct {
  const char *file, *package;
} libraries[] = {
    {"libcurl.so.4", "libcurl4"},
    {"libgit2.so." LIBGIT2_SOVERSION, "libgit2-" LIBGIT2_SOVERSION},
};

/* The function's address, which its slot leads to from now on. As with a library that the program is linked against,
   one that is missing ends the program with status 127, before the function could have done anything. */
__attribute__((visibility("hidden"))) void *ondemand_bind(entry *function) {
  int before = errno;
  /* Opening a library once more only counts it; it is never closed. */
  void *library = dlopen(libraries[function->library].file, RTLD_NOW | RTLD_LOCAL);
  void *address = library ? dlsym(library, function->name) : NULL;
  if (!address) {
    const char *why = dlerror();
    fprintf(stderr, "error: this command needs %s, which could not be loaded (%s); install it (on Debian: apt-get install %s)\n",
            libraries[function->library].file, why ? why : function->name, libraries[function->library].package);
    _Exit(127);
  }
  /* Threads that come here together write the same. */
  __atomic_store_n(&function->address, address, __ATOMIC_RELEASE);
  errno = before;
  return address;
}
