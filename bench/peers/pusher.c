/*
 * Reference pusher: a minimal epoll server for the push contract over WebSocket, so that a bench measures the client. Usage:
 * pusher PORT INTERVAL_MS [FIRST_TICK_AFTER_MS]. Every connection gets the same interval; the push message is that of
 * docs/targets.md, 100 bytes, stamped just before each write. An authentication frame, {"t":"auth",...}, is answered with a
 * welcome, {"t":"ping"} with a pong. GET returns how many clients were welcomed, and the time from the first upgrade to the last.
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
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 100, FRAME = 2 + BYTES, MOST_FDS = 1 << 20, BATCH = 512 };
enum { FREE = 0, UPGRADING = 1, OPEN = 2 };

static unsigned char state[MOST_FDS];
static int highest;
static int welcomed;
static int64_t first_upgrade, last_welcome;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* SHA-1 (RFC 3174) of at most 119 bytes: enough for a key and the GUID. */
static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1(const unsigned char *text, size_t length, unsigned char out[20]) {
  unsigned char block[128] = {0};
  size_t total = length + 9 <= 64 ? 64 : 128;
  memcpy(block, text, length);
  block[length] = 0x80;
  for (int i = 0; i < 8; i++) block[total - 1 - i] = (uint64_t)(length * 8) >> (8 * i);
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  for (size_t at = 0; at < total; at += 64) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++) w[i] = block[at + 4 * i] << 24 | block[at + 4 * i + 1] << 16 | block[at + 4 * i + 2] << 8 | block[at + 4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
      uint32_t next = rol(a, 5) + f + e + k + w[i];
      e = d, d = c, c = rol(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 20; i++) out[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char in[20], char out[29]) {
  static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned char padded[21] = {0};
  memcpy(padded, in, 20);
  for (int i = 0; i < 7; i++) {
    uint32_t v = padded[3 * i] << 16 | padded[3 * i + 1] << 8 | padded[3 * i + 2];
    for (int j = 0; j < 4; j++) out[4 * i + j] = set[v >> (18 - 6 * j) & 63];
  }
  out[27] = '=';
  out[28] = 0;
}

/* Answers a request that arrived whole, as requests on loopback do. */
static void answer(int fd, char *request, int length) {
  char out[256];
  request[length] = 0;
  char *key = strcasestr(request, "\r\nsec-websocket-key:");
  if (key == NULL) {
    char body[96];
    int length = snprintf(body, sizeof body, "{\"welcomed\":%d,\"tookMs\":%.3f}", welcomed, (last_welcome - first_upgrade) / 1e6);
    int n = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length, body);
    if (write(fd, out, n) < 0) state[fd] = FREE;
    return;
  }
  if (first_upgrade == 0) first_upgrade = now_ns();
  key += strlen("\r\nsec-websocket-key:");
  while (*key == ' ') key++;
  int key_length = strcspn(key, "\r");
  unsigned char text[128], digest[20];
  char accept[29];
  int n = snprintf((char *)text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key_length > 64 ? 64 : key_length, key);
  sha1(text, n, digest);
  base64(digest, accept);
  n = snprintf(out, sizeof out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
  if (write(fd, out, n) == n) state[fd] = OPEN;
}

static void put32(unsigned char *at, uint32_t v) { v = htonl(v), memcpy(at, &v, 4); }
static void put64(unsigned char *at, uint64_t v) { put32(at, v >> 32), put32(at + 4, v); }

/* Sends one tick to every open connection. */
static void burst(uint32_t tick, int64_t due) {
  unsigned char frame[FRAME] = {0x82, BYTES, 'H', 'F', 1, 1};
  unsigned char *message = frame + 2;
  put32(message + 4, tick);
  put64(message + 8, due);
  put32(message + 28, tick ^ (uint32_t)(due >> 32) ^ (uint32_t)due ^ 0x48460100u ^ 1u);
  for (int fd = 0; fd <= highest; fd++) {
    if (state[fd] != OPEN) continue;
    put64(message + 16, now_ns());
    if (write(fd, frame, FRAME) < 0 && errno != EAGAIN) state[fd] = FREE;
  }
}

/* Answers client frames; incomplete ones, which do not occur on loopback, are ignored. */
static void hear(int fd, unsigned char *bytes, int length) {
  static const char welcome[] = "{\"t\":\"welcome\",\"session\":\"s\"}", pong[] = "{\"t\":\"pong\"}";
  for (int at = 0; at + 6 <= length;) {
    int opcode = bytes[at] & 15, size = bytes[at + 1] & 127, head = size == 126 ? 8 : 6;
    if (size == 126) size = bytes[at + 2] << 8 | bytes[at + 3];
    if (opcode == 8) { /* close: answer with an empty one */
      if (write(fd, (unsigned char[]){0x88, 0}, 2) < 0) errno = 0;
      state[fd] = FREE, close(fd);
      return;
    }
    if (opcode == 1 && at + head + size <= length) {
      unsigned char *mask = bytes + at + head - 4, *text = bytes + at + head, out[64] = {0x81};
      for (int i = 0; i < size; i++) text[i] ^= mask[i & 3];
      int is_auth = memmem(text, size, "\"auth\"", 6) != NULL;
      const char *reply = is_auth ? welcome : pong;
      out[1] = strlen(reply);
      memcpy(out + 2, reply, out[1]);
      if (write(fd, out, 2 + out[1]) < 0) state[fd] = FREE;
      else if (is_auth) welcomed++, last_welcome = now_ns();
    }
    at += head + size;
  }
}

int main(int count, char **args) {
  if (count < 3) return fprintf(stderr, "usage: pusher PORT INTERVAL_MS [FIRST_TICK_AFTER_MS]\n"), 2;
  int64_t interval = atoll(args[2]) * 1000000LL, after = count > 3 ? atoll(args[3]) * 1000000LL : 0;
  signal(SIGPIPE, SIG_IGN); /* a peer that is gone is told by errno */
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(args[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) return perror("pusher: listen"), 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[BATCH];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  int64_t tick = (now_ns() + after) / interval + 1;
  char buffer[8192];
  for (;;) {
    int64_t left = tick * interval - now_ns();
    int n = epoll_wait(epoll, ready, BATCH, left > 0 ? left / 1000000 + 1 : 0);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        int accepted;
        while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          event.data.fd = accepted;
          epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
          state[accepted] = UPGRADING;
          if (accepted > highest) highest = accepted;
        }
        continue;
      }
      int length = read(fd, buffer, sizeof buffer - 1);
      if (length <= 0) state[fd] = FREE, close(fd);
      else if (state[fd] == UPGRADING) answer(fd, buffer, length);
      else hear(fd, (unsigned char *)buffer, length);
    }
    /* One burst per iteration: when late, it still accepts connections and handles closes between bursts. */
    if (now_ns() >= tick * interval) burst(tick, tick * interval), tick++;
  }
}
