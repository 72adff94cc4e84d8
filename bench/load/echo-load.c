/* echo-load PORT PID CONNECTIONS SIZE WARM-SECONDS SECONDS: one message under way on each connection. */
#include "../include/measure.h"

/* The listener's queue holds 4096 (net.core.somaxconn); the server has taken all before when this many are answered. */
#define BATCH 256

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int port = atoi(argv[1]), pid = atoi(argv[2]), connections = atoi(argv[3]), size = atoi(argv[4]);
  double warm = atof(argv[5]), seconds = atof(argv[6]);
  static char bytes[65536];
  static struct epoll_event events[1024];
  int epoll = epoll_create1(0);
  int *left = calloc(connections + 64, sizeof *left);
  int *sockets = calloc(connections, sizeof *sockets);
  alarm(30);
  for (int i = 0; i < connections; i++) {
    int fd = sockets[i] = connect_to(port, i);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    left[i] = size;
    if (send(fd, bytes, size, 0) != size) fail("send");
    struct pollfd answered = {fd, POLLIN, 0};
    if (i % BATCH == BATCH - 1 && poll(&answered, 1, 10000) != 1) fail("no answer");
  }
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
    int ready = epoll_wait(epoll, events, 1024, 100);
    for (int i = 0; i < ready; i++) {
      int n = events[i].data.u32;
      ssize_t got = recv(sockets[n], bytes, sizeof bytes, MSG_DONTWAIT);
      if (got <= 0) {
        if (got < 0 && errno == EAGAIN) continue;
        fail("connection lost");
      }
      if ((left[n] -= got) > 0) continue;
      count++;
      left[n] = size;
      if (send(sockets[n], bytes, size, 0) != size) fail("send");
    }
  }
  report(window, count);
  return 0;
}
