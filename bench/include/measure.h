/* What every load generator needs: clocks, the server's CPU time, many connections, one line of JSON at the end. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Far fewer ephemeral ports than 28,232 (ip_local_port_range) are then taken of each source address. */
#define SOURCES 16

static inline void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Nanoseconds a thread has run, and has waited to: schedstat (Documentation/scheduler/sched-stats.rst). */
struct thread_time {
  double ran, waited;
};

static inline struct thread_time thread_time(int pid, int thread) {
  char path[64];
  struct thread_time time = {0, 0};
  snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return time;
  if (fscanf(file, "%lf %lf", &time.ran, &time.waited) != 2) time = (struct thread_time){0, 0};
  fclose(file);
  return time;
}

/* The kernel's thread for the softirqs of a CPU: works for whoever sends there, and is charged to nobody. 0: not seen */
static inline int softirq_thread(int cpu) {
  char wanted[32], path[300], name[32];
  int found = 0;
  snprintf(wanted, sizeof wanted, "ksoftirqd/%d\n", cpu);
  DIR *processes = opendir("/proc");
  if (!processes) fail("/proc");
  for (struct dirent *process; !found && (process = readdir(processes));) {
    if (atoi(process->d_name) == 0) continue;
    snprintf(path, sizeof path, "/proc/%s/comm", process->d_name);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fgets(name, sizeof name, file) && !strcmp(name, wanted)) found = atoi(process->d_name);
    fclose(file);
  }
  closedir(processes);
  return found;
}

/* Nanoseconds all threads of a process have run, with the softirqs of the CPU it is pinned to. */
static inline double cpu_ns(int pid) {
  static int softirqs[CPU_SETSIZE];
  char path[300];
  cpu_set_t cpus;
  double sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) fail(path);
  for (struct dirent *task; (task = readdir(tasks));)
    if (task->d_name[0] != '.') sum += thread_time(pid, atoi(task->d_name)).ran;
  closedir(tasks);
  if (sched_getaffinity(pid, sizeof cpus, &cpus) < 0 || CPU_COUNT(&cpus) != 1) return sum;
  int cpu = 0;
  while (!CPU_ISSET(cpu, &cpus)) cpu++;
  if (!softirqs[cpu]) softirqs[cpu] = softirq_thread(cpu);
  return softirqs[cpu] ? sum + thread_time(softirqs[cpu], softirqs[cpu]).ran : sum;
}

/* What the measured window costs; `waited` tells that somebody else wanted the generator's CPU. */
struct cost {
  double seconds, server, own, waited;
};

static inline struct cost cost_now(int pid) {
  struct cost c = {0, cpu_ns(pid), cpu_ns(getpid()), thread_time(getpid(), getpid()).waited};
  c.seconds = now();
  return c;
}

static inline void add_cost(struct cost *sum, struct cost from, struct cost to) {
  sum->seconds += to.seconds - from.seconds;
  sum->server += to.server - from.server;
  sum->own += to.own - from.own;
  sum->waited += to.waited - from.waited;
}

static inline void print_cost(long long count, struct cost c) {
  printf("{\"count\":%lld,\"seconds\":%.6f,\"serverCpuNs\":%.0f,\"loadCpuNs\":%.0f,\"loadWaitNs\":%.0f}\n", count,
         c.seconds, c.server, c.own, c.waited);
}

struct window {
  int pid;
  double start;
  struct cost from;
  long long count;
};

/* The measured window begins: what was before it (connecting, warming up) is not counted. */
static inline struct window begin(int pid, long long count) {
  cost_now(pid); /* looks the softirq threads up */
  struct window w = {pid, 0, cost_now(pid), count};
  w.start = w.from.seconds;
  return w;
}

static inline void report(struct window w, long long count) {
  struct cost sum = {0};
  add_cost(&sum, w.from, cost_now(w.pid));
  print_cost(count - w.count, sum);
}

/* A socket for the n-th connection: source addresses 127.0.0.2 and on, closed by a reset so that nothing lingers. */
static inline int open_socket(int n, int flags) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  struct linger reset = {1, 0};
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + n % SOURCES)};
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
  return fd;
}

static inline struct sockaddr_in server_address(int port) {
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return to;
}

static inline int connect_to(int port, int n) {
  struct sockaddr_in to = server_address(port);
  int fd = open_socket(n, 0);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  return fd;
}

/* Bytes of a process in memory: VmRSS, as statm gives it in pages (proc_pid_statm(5)). */
static inline long long resident(int pid) {
  char path[64];
  long long pages;
  snprintf(path, sizeof path, "/proc/%d/statm", pid);
  FILE *file = fopen(path, "r");
  if (!file || fscanf(file, "%*d %lld", &pages) != 1) fail(path);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}
