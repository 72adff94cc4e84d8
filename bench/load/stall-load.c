/*
 * stall-load PORT PID: connects and reads nothing, until the server, which writes, stands still: less than 1 ms of CPU
 * in each of five looks 50 ms apart. Prints the server's memory before, and the most there was.
 */
#include "../include/measure.h"

#define LOOK_US 50000
#define STILL_LOOKS 5
#define STILL_NS 1e6
#define MOST_LOOKS 400

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int pid = atoi(argv[2]), still = 0;
  long long idle = resident(pid), most = idle;
  alarm(30);
  struct pollfd written = {connect_to(atoi(argv[1]), 0), POLLIN, 0};
  if (poll(&written, 1, 10000) != 1) fail("nothing written");
  double before = cpu_ns(pid);
  for (int look = 0; look < MOST_LOOKS && still < STILL_LOOKS; look++) {
    usleep(LOOK_US);
    double after = cpu_ns(pid);
    still = after - before < STILL_NS ? still + 1 : 0;
    before = after;
    if (resident(pid) > most) most = resident(pid);
  }
  if (still < STILL_LOOKS) {
    fprintf(stderr, "the writer does not stand still\n");
    return 1;
  }
  printf("{\"idleBytes\":%lld,\"bytes\":%lld}\n", idle, most);
  return 0;
}
