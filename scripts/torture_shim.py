"""A library that counts the write calls of a process and, at one of them, kills it or has the call fail.

Loaded by LD_PRELOAD; it does nothing until :func:`arm` is called, and looks only at files below one folder.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

KILL, TORN, FAIL_ONCE, FAIL_ON, SHORT, SLOW = 1, 2, 3, 4, 5, 6
"""Kill before the call; write half and kill; fail this call; fail it and all later ones; write half, then fail all.

SLOW waits ``error`` milliseconds at this call and all later ones.
"""

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static long seen, place;
static int mode, error_number, armed, counting;
static char prefix[4096];

void torture_arm(const char *folder, long at, int how, int number) {
  strncpy(prefix, folder, sizeof prefix - 1);
  seen = 0; place = at; mode = how; error_number = number; counting = 1; armed = at > 0;
}
long torture_count(void) { counting = 0; return seen; }

static long jumps, n_asked;
void torture_clock(long seconds) { jumps = seconds; }
long torture_asked(void) { return n_asked; }

static int below(const char *path) { return path && counting && !strncmp(path, prefix, strlen(prefix)); }
static int ours(int fd) {
  char link[64], path[4096]; ssize_t n;
  if (!counting) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return below(path);
}
/* 0: go on; 1: fail; 2: half of it, then die; 3: half of it, then fail */
static int point(int grows) {
  seen++;
  if (!armed || seen < place) return 0;
  if (mode == 6) { usleep(1000 * error_number); return 0; }
  if (seen > place) return (mode >= 4 && (grows || error_number == EIO)) ? 1 : 0;
  if (mode == 1 || (mode == 2 && !grows)) { kill(getpid(), SIGKILL); }
  if (mode == 2) return 2;
  if (mode == 5) return 3;
  return 1;
}
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define FAIL(value) do { errno = error_number; return value; } while (0)
#define DIE kill(getpid(), SIGKILL)

ssize_t write(int fd, const void *data, size_t n) {
  REAL(ssize_t, "write", int, const void *, size_t);
  int what = ours(fd) ? point(1) : 0;
  if (what == 1) FAIL(-1);
  if (what >= 2) { ssize_t done = real(fd, data, n / 2); if (what == 2) DIE; return done ? done : (errno = error_number, -1); }
  return real(fd, data, n);
}
#define PWRITE(symbol, offset) ssize_t symbol(int fd, const void *data, size_t n, offset at) { \
  REAL(ssize_t, #symbol, int, const void *, size_t, offset); \
  int what = ours(fd) ? point(1) : 0; \
  if (what == 1) FAIL(-1); \
  if (what >= 2) { ssize_t done = real(fd, data, n / 2, at); if (what == 2) DIE; return done ? done : (errno = error_number, -1); } \
  return real(fd, data, n, at); }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
size_t fwrite(const void *data, size_t size, size_t n, FILE *file) {
  REAL(size_t, "fwrite", const void *, size_t, size_t, FILE *);
  int what = ours(fileno(file)) ? point(1) : 0;
  if (what == 1) FAIL(0);
  if (what >= 2) { size_t done = real(data, size, n / 2, file); fflush(file); if (what == 2) DIE; errno = error_number; return done; }
  return real(data, size, n, file);
}
int fclose(FILE *file) {
  REAL(int, "fclose", FILE *);
  int writes = (fcntl(fileno(file), F_GETFL) & O_ACCMODE) != O_RDONLY;
  int what = writes && ours(fileno(file)) ? point(1) : 0;
  if (what == 2) { fflush(file); DIE; }
  if (what) { real(file); FAIL(EOF); }
  return real(file);
}
#define ON_FD(symbol) int symbol(int fd) { REAL(int, #symbol, int); if (ours(fd) && point(0)) FAIL(-1); return real(fd); }
ON_FD(fsync)
ON_FD(fdatasync)
#define ON_SIZE(symbol, offset) int symbol(int fd, offset n) { REAL(int, #symbol, int, offset); \
  if (ours(fd) && point(0)) FAIL(-1); return real(fd, n); }
ON_SIZE(ftruncate, off_t)
ON_SIZE(ftruncate64, off64_t)
static time_t jumped(void) { n_asked++; return (n_asked % 3 - 1) * jumps; } /* back, as it is, ahead */
int clock_gettime(clockid_t which, struct timespec *now) {
  REAL(int, "clock_gettime", clockid_t, struct timespec *);
  int failed = real(which, now);
  if (jumps && !failed && which == CLOCK_REALTIME) now->tv_sec += jumped();
  return failed;
}
time_t time(time_t *place_of) {
  REAL(time_t, "time", time_t *);
  time_t now = real(NULL) + (jumps ? jumped() : 0);
  if (place_of) *place_of = now;
  return now;
}
#define ON_PATH(symbol) int symbol(const char *path) { REAL(int, #symbol, const char *); \
  if (below(path) && point(0)) FAIL(-1); return real(path); }
ON_PATH(unlink)
ON_PATH(rmdir)
int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  if (below(to) && point(0)) FAIL(-1);
  return real(from, to);
}
int mkdir(const char *path, mode_t how) {
  REAL(int, "mkdir", const char *, mode_t);
  if (below(path) && point(1)) FAIL(-1);
  return real(path, how);
}
#define OPEN(symbol) int symbol(const char *path, int flags, ...) { \
  REAL(int, #symbol, const char *, int, ...); \
  mode_t how = 0; va_list rest; va_start(rest, flags); if (flags & O_CREAT) how = va_arg(rest, mode_t); va_end(rest); \
  if ((flags & O_CREAT) && below(path) && access(path, F_OK) && point(1)) FAIL(-1); \
  return real(path, flags, how); }
OPEN(open)
OPEN(open64)
"""


def build(folder: Path) -> Path | None:
    """Compile the library; None where the machine has no C compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None or not Path("/proc/self/fd").is_dir():
        return None
    source, library = folder / "torture_shim.c", folder / "torture_shim.so"
    source.write_text(SOURCE, encoding="utf-8")
    done = subprocess.run(
        [compiler, "-O1", "-w", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=False
    )
    return library if done.returncode == 0 else None


def arm(folder: Path, *, at: int, mode: int = 0, error: int = 0) -> None:
    """Count the write calls below ``folder`` from here on; at the one of number ``at`` do what ``mode`` says."""
    library = ctypes.CDLL(None)
    library.torture_arm(os.fsencode(folder), ctypes.c_long(at), mode, error)


def jump_clock(seconds: int) -> None:
    """Have the clock of the day be right, ahead by that much, and behind by it, in turns."""
    ctypes.CDLL(None).torture_clock(ctypes.c_long(seconds))


def n_asked() -> int:
    """Return how often a clock that jumps was asked."""
    return int(ctypes.CDLL(None).torture_asked())


def count() -> int:
    """Stop counting and return how many calls there were."""
    return int(ctypes.c_long(ctypes.CDLL(None).torture_count()).value)
