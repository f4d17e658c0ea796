/*
 * Reference stream server: one epoll loop that answers each POST with a chunked event stream, so that a bench measures the
 * client. Usage: streamer PORT. A POST's query gives the parameters, as in /stream?events=300&interval=100 (ms); the first event
 * is sent at once. GET returns statistics: streams begun and ended, events, and quantiles of the gaps between the writes of a
 * stream's events, each timed just before the write.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FDS = 1 << 16, QUEUE = 1 << 17, BATCH = 512, GAP_US = 10, GAPS = 1 << 20 };

/* A stream's next event. All intervals are equal, so the queue is in due order. */
struct due { int fd; uint32_t life; int64_t at; };
static struct due queue[QUEUE];
static uint32_t head, tail;
static int64_t last[MOST_FDS], interval = 100000000;
static uint32_t life[MOST_FDS];
static int left[MOST_FDS];
static uint64_t gaps[GAPS], gap_count, begun, ended, events;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double gap_ms(double share) {
  uint64_t rank = gap_count * share, seen = 0;
  for (int i = 0; i < GAPS; i++)
    if ((seen += gaps[i]) > rank) return (i + 0.5) * GAP_US / 1000.0;
  return 0;
}

/* Returns whether everything was written: a slow or disconnected reader gets no more, and its events are dropped. */
static int put(int fd, const char *text, int length) {
  if (write(fd, text, length) == length) return 1;
  life[fd]++;
  return 0;
}

static void later(int fd, int64_t at) {
  queue[tail++ % QUEUE] = (struct due){fd, life[fd], at};
}

/* One event of a stream, or its end. */
static void next(int fd, int64_t due) {
  char data[128], out[192];
  if (left[fd]-- == 0) {
    ended += put(fd, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", 24);
    return;
  }
  int length = snprintf(data, sizeof data, "data: {\"token\":\"%08x\",\"text\":\"the quick brown fox\"}\n\n", left[fd]);
  int n = snprintf(out, sizeof out, "%x\r\n%s\r\n", length, data);
  int64_t now = now_ns();
  later(fd, due + interval);
  if (!put(fd, out, n)) return;
  if (last[fd] != 0) {
    int64_t gap = (now - last[fd]) / 1000 / GAP_US;
    gaps[gap < GAPS ? gap : GAPS - 1]++, gap_count++;
  }
  last[fd] = now;
  events++;
}

static int number(const char *text, const char *name, int fallback) {
  const char *at = strstr(text, name);
  return at == NULL ? fallback : atoi(at + strlen(name));
}

/* Answers a request that arrived whole, as requests on loopback do. */
static void answer(int fd, char *request) {
  char out[512], body[256];
  if (strncmp(request, "POST", 4) != 0) {
    int length = snprintf(body, sizeof body, "{\"begun\":%lu,\"ended\":%lu,\"events\":%lu,\"gapMs\":{\"p50\":%.3f,\"p99\":%.3f}}",
                          begun, ended, events, gap_ms(0.5), gap_ms(0.99));
    int n = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body);
    put(fd, out, n);
    return;
  }
  interval = number(request, "interval=", 100) * 1000000LL;
  left[fd] = number(request, "events=", 10);
  last[fd] = 0;
  begun++;
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  if (put(fd, text, sizeof text - 1)) next(fd, now_ns());
}

/* Whether the body has arrived as well: clients may send it after the head. */
static int is_whole(char *request, int length) {
  char *end = memmem(request, length, "\r\n\r\n", 4), *size = strcasestr(request, "content-length:");
  if (end == NULL) return 0;
  return size == NULL || size > end || length - (end + 4 - request) >= atoi(size + 15);
}

int main(int count, char **args) {
  if (count < 2) return fprintf(stderr, "usage: streamer PORT\n"), 2;
  signal(SIGPIPE, SIG_IGN); /* a peer that is gone is told by errno */
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(args[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return perror("streamer: listen"), 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[BATCH];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  char buffer[8192];
  for (;;) {
    int64_t wait = head == tail ? 1000000000 : queue[head % QUEUE].at - now_ns();
    int n = epoll_wait(epoll, ready, BATCH, wait > 0 ? wait / 1000000 + 1 : 0);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        int accepted;
        while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          event.data.fd = accepted;
          epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        }
        continue;
      }
      int length = recv(fd, buffer, sizeof buffer - 1, MSG_PEEK);
      if (length <= 0) {
        if (length < 0 && errno == EAGAIN) continue;
        life[fd]++, close(fd);
        continue;
      }
      buffer[length] = 0;
      if (!is_whole(buffer, length)) continue;
      if (read(fd, buffer, length) == length) answer(fd, buffer);
    }
    /* Handles a limited number of due events per iteration, so that new requests are accepted between late ones. */
    int64_t now = now_ns();
    for (int turn = 0; turn < BATCH && head != tail && queue[head % QUEUE].at <= now; turn++) {
      struct due due = queue[head++ % QUEUE];
      if (due.life == life[due.fd]) next(due.fd, due.at);
    }
  }
}
