/* A disk that takes longer: each fsync and fdatasync waits so many microseconds before it does its work. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slowly(const char *name, int file) {
  const char *microseconds = getenv("SLOW_DISK_MICROSECONDS");
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (microseconds) usleep((useconds_t)atoi(microseconds));
  return real(file);
}

int fsync(int file) { return slowly("fsync", file); }

int fdatasync(int file) { return slowly("fdatasync", file); }
