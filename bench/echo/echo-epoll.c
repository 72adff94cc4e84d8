/* TCP echo by a C epoll loop, level-triggered. A reply the kernel does not take whole ends the program. */
#include "../include/serve.h"

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  static char buffer[4096];
  static struct epoll_event events[1024];
  int one = 1, epoll = epoll_create1(0), listener = listen_on(argv[1], SOCK_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll, events, 1024, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        while ((event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
        continue;
      }
      ssize_t count = recv(fd, buffer, sizeof buffer, 0);
      if (count < 0 && errno == EAGAIN) continue;
      if (count <= 0) close(fd);
      else if (send(fd, buffer, count, MSG_NOSIGNAL) != count && errno != ECONNRESET && errno != EPIPE) return 1;
    }
  }
}
