/* Makes each write and sync of a file named silk.db take SILK_TEST_DELAY_US microseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void delay(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  const char *us = getenv("SILK_TEST_DELAY_US");
  if (us && strstr(path, "silk.db") && !strstr(path, "-shm")) usleep(atoi(us));
}

ssize_t write(int fd, const void *data, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  if (fd > 2) delay(fd);
  return real(fd, data, count);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  delay(fd);
  return real(fd, data, count, offset);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
  delay(fd);
  return real(fd);
}
