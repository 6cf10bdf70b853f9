#define _GNU_SOURCE
#include "CEventLoop.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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
