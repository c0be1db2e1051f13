#define _GNU_SOURCE
#include "CShims.h"

#include <fcntl.h>
#include <unistd.h>

/* Most shims are static inline; here are those that need GNU extensions, which Swift does not see. */

int cpipe_cloexec(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cspawn_close_from(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
