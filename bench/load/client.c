/* A load client: N WebSockets on one epoll loop. It greets, counts what comes and how late.

   client HOST PORT PATH N SECONDS HEADERS GREETING…

   HEADERS is text to add to the handshake ("" for none); each GREETING is sent as one text message.
   A GREETING that is "~ping" answers Engine.IO's "2" with "3". Between "ready" (every socket has got
   its first message with a stamp) and the end it counts. A message that holds `"at_ns":N` is a delivery, N
   being the sender's CLOCK_MONOTONIC; `"n":N` before it is a running number, of which none may be
   missing. `-s K` as the first argument makes the first K sockets stop reading once they have greeted.
   `-m at` after it measures by `"at":N` instead, the wall clock in milliseconds, and only messages
   that hold a lap.

   It prints one line of JSON: what it counted, and latencies in microseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 2000000 /* of a microsecond */
#define BUFFER (1 << 16)

typedef struct {
    int fd, open, greeted, stalled, got;
    long long last;
    size_t have, room;
    unsigned char *in;
} Peer;

static unsigned *late;
static long long worst, deliveries, missed, bytes, frames, closed, over;
static int counting;
static int answers_pings, by_wall;
static const char *mark = "\"at_ns\":";

static long long wall_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void say(Peer *p, int opcode, const char *text, size_t length) {
    unsigned char out[4096 + 8];
    size_t head = 2;
    if (length > 4000) exit(3);
    out[0] = 0x80 | opcode;
    if (length < 126) out[1] = 0x80 | length;
    else { out[1] = 0x80 | 126; out[2] = length >> 8; out[3] = length & 255; head = 4; }
    memset(out + head, 0, 4); /* a mask of zeros */
    memcpy(out + head + 4, text, length);
    if (write(p->fd, out, head + 4 + length) < 0 && errno != EAGAIN) p->open = 0;
}

static long long number_after(const unsigned char *text, size_t length, const char *mark) {
    const unsigned char *at = memmem(text, length, mark, strlen(mark));
    return at ? atoll((const char *)at + strlen(mark)) : -1;
}

static void take(Peer *p, int opcode, const unsigned char *text, size_t length) {
    if (opcode == 9) { say(p, 10, (const char *)text, length); return; }
    if (opcode == 8) { closed++; p->open = 0; return; }
    frames++;
    if (answers_pings && length == 1 && text[0] == '2') { say(p, 1, "3", 1); return; }
    long long at = number_after(text, length, mark);
    if (at < 0) return;
    p->got = 1;
    long long n = number_after(text, length, "\"n\":");
    if (counting && !(by_wall && !memmem(text, length, "\"last_ms\":", 10))) {
        long long us = by_wall ? wall_us() - at * 1000 : (now_ns() - at) / 1000;
        if (us < 0) us = 0;
        if (us >= BUCKETS) { over++; us = BUCKETS - 1; }
        if (us > worst) worst = us;
        late[us]++;
        deliveries++;
        if (n >= 0 && p->last >= 0 && n != p->last + 1) missed += n - p->last - 1;
    }
    if (n >= 0) p->last = n;
}

static void eat(Peer *p) {
    size_t at = 0;
    while (p->have - at >= 2) {
        unsigned char *f = p->in + at;
        size_t head = 2, length = f[1] & 127;
        if (length == 126) { if (p->have - at < 4) break; length = f[2] << 8 | f[3]; head = 4; }
        else if (length == 127) {
            if (p->have - at < 10) break;
            length = 0;
            for (int i = 2; i < 10; i++) length = length << 8 | f[i];
            head = 10;
        }
        if (p->have - at < head + length) break;
        take(p, f[0] & 15, f + head, length);
        at += head + length;
    }
    memmove(p->in, p->in + at, p->have -= at);
}

static void reads(Peer *p) {
    for (;;) {
        if (p->room - p->have < 4096) { p->room *= 2; p->in = realloc(p->in, p->room + 1); }
        ssize_t n = read(p->fd, p->in + p->have, p->room - p->have);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) { if (p->open) closed++; p->open = 0; return; }
        bytes += n;
        int full = (size_t)n == p->room - p->have;
        p->have += n;
        p->in[p->have] = 0;
        eat(p);
        if (!full || !p->open) return;
    }
}

static int joins(const char *host, int port, const char *path, const char *headers, Peer *p) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    char text[4096];
    int one = 1;
    inet_pton(AF_INET, host, &to.sin_addr);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(p->fd, (struct sockaddr *)&to, sizeof to) < 0) return -1;
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int n = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
        path, host, port, headers);
    if (write(p->fd, text, n) != n) return -1;
    size_t have = 0;
    for (;;) { /* a byte at a time: what follows the handshake belongs to the loop */
        if (read(p->fd, text + have, 1) != 1) return -1;
        if (++have >= 4 && !memcmp(text + have - 4, "\r\n\r\n", 4)) break;
        if (have == sizeof text - 1) return -1;
    }
    if (memcmp(text, "HTTP/1.1 101", 12)) { write(2, text, have); return -1; }
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    p->open = 1; p->last = -1; p->room = BUFFER / 8; p->in = malloc(p->room + 1);
    return 0;
}

static long long part(double share) {
    long long seen = 0, wanted = (long long)(deliveries * share);
    for (int us = 0; us < BUCKETS; us++) if ((seen += late[us]) > wanted) return us;
    return BUCKETS;
}

int main(int argc, char **argv) {
    int stalled = 0;
    if (argc > 2 && !strcmp(argv[1], "-s")) { stalled = atoi(argv[2]); argv += 2; argc -= 2; }
    if (argc > 2 && !strcmp(argv[1], "-m")) {
        by_wall = !strcmp(argv[2], "at");
        if (by_wall) mark = "\"at\":";
        argv += 2; argc -= 2;
    }
    if (argc < 7) return 2;
    const char *host = argv[1], *path = argv[3], *headers = argv[6];
    int port = atoi(argv[2]), n = atoi(argv[4]);
    double seconds = atof(argv[5]);
    struct rlimit files = {n + 100, n + 100};
    setrlimit(RLIMIT_NOFILE, &files);
    late = calloc(BUCKETS, sizeof *late);
    Peer *peers = calloc(n, sizeof *peers);
    int loop = epoll_create1(0);
    struct epoll_event happened[512];
    long long begun = now_ns();
    for (int i = 0; i < n; i++) {
        if (joins(host, port, path, headers, peers + i)) { fprintf(stderr, "socket %d refused\n", i); return 4; }
        for (int g = 7; g < argc; g++) {
            if (!strcmp(argv[g], "~ping")) answers_pings = 1;
            else say(peers + i, 1, argv[g], strlen(argv[g]));
        }
        peers[i].stalled = i < stalled;
        struct epoll_event want = {.events = EPOLLIN, .data.ptr = peers + i};
        if (!peers[i].stalled) epoll_ctl(loop, EPOLL_CTL_ADD, peers[i].fd, &want);
    }
    double joined = (now_ns() - begun) / 1e9;
    long long end = now_ns() + 60000000000LL;
    struct rusage used;
    double cpu = 0;
    for (;;) {
        int count = epoll_wait(loop, happened, 512, 50);
        for (int i = 0; i < count; i++) {
            Peer *p = happened[i].data.ptr;
            reads(p);
            if (!p->open) epoll_ctl(loop, EPOLL_CTL_DEL, p->fd, NULL);
        }
        if (!counting) {
            int ready = 0;
            for (int i = 0; i < n; i++) ready += peers[i].got || peers[i].stalled;
            if (ready == n) {
                printf("ready\n"); fflush(stdout);
                counting = 1; end = now_ns() + (long long)(seconds * 1e9);
                getrusage(RUSAGE_SELF, &used);
                cpu = -(used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
            }
        }
        if (now_ns() > end) break;
    }
    getrusage(RUSAGE_SELF, &used);
    cpu += used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("{\"sockets\":%d,\"counted\":%s,\"joined_s\":%.3f,\"deliveries\":%lld,\"missed\":%lld,\"closed\":%lld,"
           "\"bytes\":%lld,\"over\":%lld,\"client_cpu\":%.3f,\"p50_us\":%lld,\"p95_us\":%lld,\"p99_us\":%lld,\"worst_us\":%lld}\n",
           n, counting ? "true" : "false", joined, deliveries, missed, closed, bytes, over, cpu / seconds,
           part(.5), part(.95), part(.99), worst);
    return 0;
}
