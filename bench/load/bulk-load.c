/* bulk-load PORT PID send|receive WARM-SECONDS SECONDS: one connection, 64 KiB a call, counted in bytes. */
#include "../include/measure.h"

#define CHUNK 65536

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  int pid = atoi(argv[2]), sending = !strcmp(argv[3], "send"), fd = connect_to(atoi(argv[1]), 0);
  double warm = atof(argv[4]), seconds = atof(argv[5]);
  static char bytes[CHUNK];
  alarm(30);
  long long count = 0;
  struct window window = {0};
  double start = now() + warm, end = start + seconds;
  for (;;) {
    double time = now();
    if (!window.pid && time >= start) {
      window = begin(pid, count);
      end = window.start + seconds;
    }
    if (window.pid && time >= end) break;
    ssize_t moved = sending ? send(fd, bytes, CHUNK, MSG_NOSIGNAL) : recv(fd, bytes, CHUNK, 0);
    if (moved <= 0) fail("connection lost");
    count += moved;
  }
  report(window, count);
  return 0;
}
