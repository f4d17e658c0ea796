/*
 * Minimal static HTTP/1.1 server: one epoll loop gives every request the same short response, so that a bench measures the
 * client. Usage: responder PORT. Requests are separated by their blank line; bodies are not expected.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 512, MOST_FDS = 1 << 16, PIPELINED = 64 };
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"id\":\"42\",\"name\":\"bench\"}\n";
/* How much of the blank line at the end of a request was seen, by descriptor: requests may be split. */
static unsigned char seen[MOST_FDS];

/* Number of requests that end within these bytes. */
static int requests_in(int fd, const char *bytes, int length) {
  static const char blank[] = "\r\n\r\n";
  int found = 0, matched = seen[fd];
  for (int i = 0; i < length; i++) {
    if (bytes[i] == blank[matched]) matched++;
    else matched = bytes[i] == '\r';
    if (matched == 4) found++, matched = 0;
  }
  seen[fd] = matched;
  return found;
}

int main(int count, char **args) {
  if (count < 2) return fprintf(stderr, "usage: responder PORT\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(args[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return perror("responder: listen"), 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[BATCH];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static char buffer[65536], answers[PIPELINED * (sizeof answer - 1)];
  for (int i = 0; i < PIPELINED; i++) memcpy(answers + i * (sizeof answer - 1), answer, sizeof answer - 1);
  for (;;) {
    int n = epoll_wait(epoll, ready, BATCH, -1);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        int accepted;
        while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          if (accepted >= MOST_FDS) { close(accepted); continue; }
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          event.data.fd = accepted;
          seen[accepted] = 0;
          epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        }
        continue;
      }
      int length = read(fd, buffer, sizeof buffer);
      if (length <= 0) { close(fd); continue; }
      for (int left = requests_in(fd, buffer, length); left > 0; left -= PIPELINED) {
        int now = left < PIPELINED ? left : PIPELINED;
        if (write(fd, answers, now * (sizeof answer - 1)) < 0) { close(fd); break; }
      }
    }
  }
}
