/*
 * accept-load PORT PID BURST WARM-SECONDS SECONDS: connections wait in the queue of a server that is stopped (SIGSTOP),
 * and are counted from the moment it goes on until it has closed them all. A generator that connects meanwhile would be
 * the slower one: the handshake costs its side more. Dissolving by AF_UNSPEC (connect(2)) sends a reset, which leaves no
 * TIME-WAIT that would use up the ports.
 */
#include "../include/measure.h"

#define MOST 4096

/* Whether every thread has stopped: the state is the field after the name in parentheses (proc_pid_stat(5)). */
static int has_stopped(int pid) {
  char path[300], line[512];
  int stopped = 1;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) fail(path);
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/stat", pid, task->d_name);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    char *name_end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (!name_end || name_end[2] != 'T') stopped = 0;
    fclose(file);
  }
  closedir(tasks);
  return stopped;
}

static void stop(int pid) {
  if (kill(pid, SIGSTOP) < 0) fail("SIGSTOP");
  while (!has_stopped(pid)) usleep(50);
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  struct sockaddr_in to = server_address(atoi(argv[1]));
  struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  int pid = atoi(argv[2]), burst = atoi(argv[3]), sockets[MOST];
  double warm = atof(argv[4]), seconds = atof(argv[5]);
  struct cost sum = {0};
  if (burst > MOST) return 2;
  alarm(30);
  for (int i = 0; i < burst; i++) sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
  long long count = 0;
  double began = now();
  stop(pid);
  while (now() < began + warm + seconds) {
    int counts = now() >= began + warm;
    for (int i = 0; i < burst; i++)
      if (connect(sockets[i], (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    struct cost before = cost_now(pid);
    if (kill(pid, SIGCONT) < 0) fail("SIGCONT");
    char byte;
    for (int i = 0; i < burst; i++)
      if (recv(sockets[i], &byte, 1, 0) < 0 && errno != ECONNRESET) fail("recv");
    double closed = now();
    stop(pid);
    struct cost after = cost_now(pid);
    after.seconds = closed;
    if (counts) {
      count += burst;
      add_cost(&sum, before, after);
    }
    for (int i = 0; i < burst; i++)
      if (connect(sockets[i], &nowhere, sizeof nowhere) < 0) fail("connect to AF_UNSPEC");
  }
  if (kill(pid, SIGCONT) < 0) fail("SIGCONT");
  print_cost(count, sum);
  return 0;
}
