/* udp-echo-load PORT PID WINDOW SIZE WARM-SECONDS SECONDS: so many messages under way on one socket. */
#include "../include/measure.h"

#define MOST 1024
#define LONGEST 2048

/* A reply that has not come by then is lost, and with it its place in the window. */
#define LOST_MS 50

static char bytes[MOST][LONGEST];
static struct iovec vectors[MOST];
static struct mmsghdr messages[MOST];

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int pid = atoi(argv[2]), window_size = atoi(argv[3]), size = atoi(argv[4]), room = 4 << 20;
  double warm = atof(argv[5]), seconds = atof(argv[6]);
  if (window_size < 1 || window_size > MOST || size < 0 || size > LONGEST) return 2;
  struct sockaddr_in to = server_address(atoi(argv[1]));
  int udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (connect(udp, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  for (int i = 0; i < MOST; i++) {
    vectors[i] = (struct iovec){bytes[i], size};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  alarm(60);
  long long count = 0;
  int under_way = 0;
  struct window window = {0};
  double start = now() + warm, end = start + seconds;
  for (;;) {
    double time = now();
    if (!window.pid && time >= start) {
      window = begin(pid, count);
      end = window.start + seconds;
    }
    if (window.pid && time >= end) break;
    while (under_way < window_size) {
      int sent = sendmmsg(udp, messages, window_size - under_way, 0);
      if (sent <= 0) fail("sendmmsg");
      under_way += sent;
    }
    struct pollfd readable = {udp, POLLIN, 0};
    if (poll(&readable, 1, LOST_MS) == 0) under_way = 0;
    int got = recvmmsg(udp, messages, MOST, MSG_DONTWAIT, NULL);
    if (got < 0 && errno == EAGAIN) continue;
    if (got < 0) fail("recvmmsg");
    count += got;
    under_way = got > under_way ? 0 : under_way - got;
  }
  report(window, count);
  return 0;
}
