/* udp-send PORT SECONDS [SIZE]: messages of SIZE bytes (1200) as fast as they go, cut by the kernel (UDP_SEGMENT). */
#include "../include/measure.h"
#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define LARGEST 65507

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  static char bytes[LARGEST];
  struct sockaddr_in to = server_address(atoi(argv[1]));
  double seconds = atof(argv[2]);
  int size = argc > 3 ? atoi(argv[3]) : 1200, room = 4 << 20;
  int most = LARGEST / size < 64 ? LARGEST / size : 64;
  int udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (setsockopt(udp, SOL_UDP, UDP_SEGMENT, &size, sizeof size) < 0) fail("UDP_SEGMENT");
  if (connect(udp, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  alarm(60);
  long long messages = 0;
  double began = now(), used = (double)clock() / CLOCKS_PER_SEC;
  while (now() - began < seconds)
    if (send(udp, bytes, most * size, 0) > 0) messages += most;
  printf("{\"messages\":%lld,\"seconds\":%f,\"bytes\":%lld,\"cpuSeconds\":%f}\n", messages, now() - began,
         messages * size, (double)clock() / CLOCKS_PER_SEC - used);
  return 0;
}
