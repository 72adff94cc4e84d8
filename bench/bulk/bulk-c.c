/* One stream after the other by blocking C calls: `PORT receive` or `PORT send`. */
#include "../include/serve.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  static char block[65536];
  int sending = !strcmp(argv[2], "send"), listener = listen_on(argv[1], 0);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    ssize_t moved;
    do moved = sending ? send(fd, block, sizeof block, MSG_NOSIGNAL) : recv(fd, block, sizeof block, 0);
    while (moved > 0);
    close(fd);
  }
}
