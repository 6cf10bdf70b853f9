#define _GNU_SOURCE
#include "CEventLoop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static __thread void *current_loop;

void *trellis_current_loop(void) { return current_loop; }
void trellis_set_current_loop(void *loop) { current_loop = loop; }

int trellis_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
int trellis_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void trellis_eventfd_signal(int fd) {
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void trellis_eventfd_drain(int fd) {
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

static uint32_t to_epoll(uint32_t events) {
    uint32_t result = 0;
    if (events & TRELLIS_EVENT_READ) result |= EPOLLIN | EPOLLRDHUP;
    if (events & TRELLIS_EVENT_WRITE) result |= EPOLLOUT;
    return result;
}

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = to_epoll(events), .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event) == 0 ? 0 : errno;
}

int trellis_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}
int trellis_epoll_change(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}
int trellis_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int trellis_epoll_wait(int epoll, struct trellis_event *out, int capacity, int milliseconds) {
    struct epoll_event events[128];
    int limit = capacity < 128 ? capacity : 128;
    int count = epoll_wait(epoll, events, limit, milliseconds);
    for (int i = 0; i < count; i++) {
        uint32_t bits = 0;
        if (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) bits |= TRELLIS_EVENT_READ;
        if (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) bits |= TRELLIS_EVENT_WRITE;
        if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) bits |= TRELLIS_EVENT_HANGUP;
        out[i].token = events[i].data.u64;
        out[i].events = bits;
    }
    return count < 0 ? 0 : count;
}

int64_t trellis_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void trellis_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static int set_option(int fd, int level, int name) {
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof on);
}

int trellis_listen(const char *host, int port, int backlog) {
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, service, &hints, &found) != 0 || found == NULL) return -EADDRNOTAVAIL;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = fd;
    // SO_REUSEPORT lets every loop have a listening socket of its own on one port.
    if (fd < 0 || set_option(fd, SOL_SOCKET, SO_REUSEADDR) < 0 || set_option(fd, SOL_SOCKET, SO_REUSEPORT) < 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, backlog) < 0) {
        result = -errno;
        if (fd >= 0) close(fd);
    }
    freeaddrinfo(found);
    return result;
}

int trellis_bound_port(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return -errno;
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int trellis_accept(int fd, char *text, int capacity) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int accepted = accept4(fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return -errno;
    set_option(accepted, IPPROTO_TCP, TCP_NODELAY);
    if (getnameinfo((struct sockaddr *)&address, length, text, (socklen_t)capacity, NULL, 0, NI_NUMERICHOST) != 0) text[0] = 0;
    return accepted;
}

int64_t trellis_receive(int fd, void *buffer, int64_t capacity) {
    ssize_t count;
    do {
        count = recv(fd, buffer, (size_t)capacity, 0);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int64_t trellis_send(int fd, const void *bytes, int64_t size) {
    ssize_t count;
    do {
        count = send(fd, bytes, (size_t)size, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int trellis_connect_loopback(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
    return fd;
}

void trellis_shutdown_write(int fd) { shutdown(fd, SHUT_WR); }

void trellis_close_abruptly(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}
