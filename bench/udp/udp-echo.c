/* udp-echo PORT: what was received together goes back together, by recvmmsg and sendmmsg. */
#include "../include/measure.h"

#define MOST 64

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  static char bytes[MOST][2048];
  struct sockaddr_in at = server_address(atoi(argv[1])), from[MOST];
  struct iovec vectors[MOST];
  struct mmsghdr messages[MOST];
  int room = 4 << 20, udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(udp, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < MOST; i++) {
      vectors[i] = (struct iovec){bytes[i], sizeof bytes[i]};
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int got = recvmmsg(udp, messages, MOST, MSG_WAITFORONE, NULL);
    if (got < 0) fail("recvmmsg");
    for (int i = 0; i < got; i++) vectors[i].iov_len = messages[i].msg_len;
    for (int done = 0, sent; done < got; done += sent)
      if ((sent = sendmmsg(udp, messages + done, got - done, 0)) < 0) fail("sendmmsg");
  }
}
