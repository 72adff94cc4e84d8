/* udp-receive PORT SECONDS: counts messages for so long after the first one; the kernel joins them (UDP_GRO). */
#include "../include/measure.h"
#include <netinet/udp.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static char bytes[65536];

/* Messages in what is received next, and their bytes. */
static int receive(int udp, long long *sum) {
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec vector = {bytes, sizeof bytes};
  struct msghdr header = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(udp, &header, 0);
  if (got < 0) fail("recvmsg");
  *sum += got;
  int segment = 0;
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  if (first && first->cmsg_level == SOL_UDP && first->cmsg_type == UDP_GRO)
    memcpy(&segment, CMSG_DATA(first), sizeof segment);
  return segment > 0 && segment < got ? (got + segment - 1) / segment : 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct sockaddr_in at = server_address(atoi(argv[1]));
  double seconds = atof(argv[2]);
  int one = 1, room = 4 << 20, udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(udp, SOL_UDP, UDP_GRO, &one, sizeof one);
  if (bind(udp, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  puts("ready");
  fflush(stdout);
  alarm(60);
  long long messages = 0, sum = 0;
  receive(udp, &sum);
  sum = 0;
  double began = now(), used = (double)clock() / CLOCKS_PER_SEC;
  while (now() - began < seconds) messages += receive(udp, &sum);
  printf("{\"messages\":%lld,\"seconds\":%f,\"bytes\":%lld,\"cpuSeconds\":%f}\n", messages, now() - began, sum,
         (double)clock() / CLOCKS_PER_SEC - used);
  return 0;
}
