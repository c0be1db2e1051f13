#define _GNU_SOURCE
/* SHA256_Init and its kin: kept by OpenSSL, marked as old. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CShims.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/mman.h>
#include <unistd.h>

/* Most shims are static inline; here are those that need GNU extensions, which Swift does not see. */

int cpipe_cloexec(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cspawn_close_from(posix_spawn_file_actions_t *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cspawn_change_directory(posix_spawn_file_actions_t *actions, const char *directory) {
  return posix_spawn_file_actions_addchdir_np(actions, directory);
}

int cmemory_file(const void *bytes, size_t count) {
  int file = memfd_create("input", MFD_CLOEXEC);
  size_t done = 0;
  while (file >= 0 && done < count) {
    ssize_t step = write(file, (const char *)bytes + done, count - done);
    if (step < 0) {
      close(file);
      return -1;
    }
    done += (size_t)step;
  }
  if (file >= 0) lseek(file, 0, SEEK_SET);
  return file;
}

void cssl_sha256(const void *bytes, size_t count, unsigned char digest[32]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}
