/*
 * idle-load PORT PID CONNECTIONS: connects, has one message echoed on each connection, which shows that the server
 * serves it, and leaves it idle. Prints the server's memory before and after.
 */
#include "../include/measure.h"

#define SIZE 64

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int port = atoi(argv[1]), pid = atoi(argv[2]), connections = atoi(argv[3]);
  char bytes[SIZE] = {0};
  long long idle = resident(pid);
  alarm(30);
  for (int i = 0; i < connections; i++) {
    int fd = connect_to(port, i);
    if (send(fd, bytes, SIZE, 0) != SIZE) fail("send");
    if (recv(fd, bytes, SIZE, MSG_WAITALL) != SIZE) fail("recv");
  }
  printf("{\"idleBytes\":%lld,\"bytes\":%lld}\n", idle, resident(pid));
  return 0;
}
