/*
 * The reference client: the cost of the same work in C. Opens N WebSockets one after another, then reads pushes for SECONDS
 * with epoll and recvmsg, with kernel stamps. Usage: loop N PORT SECONDS. Prints one JSON line; times in milliseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4000000, BATCH = 1024 };
static int64_t by_read[MOST], by_stamp[MOST];

static int64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double cpu_ms(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static long rss_bytes(void) {
  long pages = 0, skipped = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &skipped, &pages) != 2) return 0;
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static int compare(const void *a, const void *b) { return (*(int64_t *)a > *(int64_t *)b) - (*(int64_t *)a < *(int64_t *)b); }

static int open_one(int port, const char *request, size_t length) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char buffer[1024];
  int on = 1, have = 0, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (void *)&address, sizeof address) < 0 || write(fd, request, length) < 0) return -1;
  while (have < 4 || memcmp(buffer + have - 4, "\r\n\r\n", 4) != 0) {
    int n = read(fd, buffer + have, 1);
    if (n <= 0 || ++have == sizeof buffer) return -1;
  }
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return fd;
}

int main(int count, char **args) {
  if (count < 4) return fprintf(stderr, "usage: loop N PORT SECONDS\n"), 2;
  int wanted = atoi(args[1]), port = atoi(args[2]), seconds = atoi(args[3]), epoll = epoll_create1(0), samples = 0;
  const char *path = getenv("BENCH_PATH");
  char request[512];
  snprintf(request, sizeof request,
           "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
           path == NULL ? "/push" : path);
  long base = rss_bytes();
  double cpu_before = cpu_ms();
  int64_t begun = now_ns(CLOCK_MONOTONIC);
  for (int i = 0; i < wanted; i++) {
    int fd = open_one(port, request, strlen(request));
    if (fd < 0) return perror("loop: open"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  double open_ms = (now_ns(CLOCK_MONOTONIC) - begun) / 1e6, open_cpu_ms = cpu_ms() - cpu_before;
  long rss = rss_bytes() - base;
  int64_t offset = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC), end = now_ns(CLOCK_MONOTONIC) + seconds * 1000000000LL;
  static char buffer[65536], control[128];
  struct epoll_event ready[BATCH];
  int64_t opened = now_ns(CLOCK_MONOTONIC);
  cpu_before = cpu_ms();
  while (now_ns(CLOCK_MONOTONIC) < end) {
    int n = epoll_wait(epoll, ready, BATCH, 20);
    for (int i = 0; i < n; i++) {
      struct iovec vector = {buffer, sizeof buffer};
      struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
      int length = recvmsg(ready[i].data.fd, &message, 0);
      if (length <= 0) return fprintf(stderr, "loop: a connection ended\n"), 1;
      int64_t stamp = 0, read_at = now_ns(CLOCK_MONOTONIC);
      for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS) continue;
        struct timespec *t = (void *)CMSG_DATA(c);
        stamp = t->tv_sec * 1000000000LL + t->tv_nsec - offset;
      }
      uint64_t written;
      memcpy(&written, buffer + 2 + 16, 8);
      written = be64toh(written);
      if (length != 102 || samples == MOST || (int64_t)written < opened) continue; /* written while we were still opening */
      by_read[samples] = read_at - (int64_t)written;
      by_stamp[samples++] = stamp - (int64_t)written;
    }
  }
  double push_cpu_ms = cpu_ms() - cpu_before;
  qsort(by_read, samples, 8, compare);
  qsort(by_stamp, samples, 8, compare);
  int p50 = samples / 2, p99 = samples * 99LL / 100, last = samples > 0 ? samples - 1 : 0;
  printf("{\"opened\":%d,\"openMs\":%.1f,\"openCpuMs\":%.1f,\"pushes\":%d,\"pushCpuMs\":%.1f,\"rssBytes\":%ld,"
         "\"read\":{\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f},\"kernel\":{\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f}}\n",
         wanted, open_ms, open_cpu_ms, samples, push_cpu_ms, rss, by_read[p50] / 1e6, by_read[p99] / 1e6, by_read[last] / 1e6, by_stamp[p50] / 1e6,
         by_stamp[p99] / 1e6, by_stamp[last] / 1e6);
}
