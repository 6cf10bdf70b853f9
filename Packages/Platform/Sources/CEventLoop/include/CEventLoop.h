// The parts of epoll and eventfd that Swift cannot import: packed structures, macros and thread-local storage.
#pragma once

#include <stdint.h>

/// What happened on a descriptor: the token it was registered with, and a set of TRELLIS_EVENT_ bits.
struct trellis_event {
    uint64_t token;
    uint32_t events;
};

enum {
    TRELLIS_EVENT_READ = 1,
    TRELLIS_EVENT_WRITE = 2,
    TRELLIS_EVENT_HANGUP = 4,
};

int trellis_epoll_create(void);
int trellis_eventfd_create(void);
void trellis_eventfd_signal(int fd);
void trellis_eventfd_drain(int fd);
int trellis_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int trellis_epoll_change(int epoll, int fd, uint32_t events, uint64_t token);
int trellis_epoll_remove(int epoll, int fd);
int trellis_epoll_wait(int epoll, struct trellis_event *out, int capacity, int milliseconds);
int64_t trellis_monotonic_nanoseconds(void);
void trellis_name_thread(const char *name);

/// Sockets. Results below zero are negative error numbers.
int trellis_listen(const char *host, int port, int backlog);
int trellis_bound_port(int fd);
int trellis_accept(int fd, char *address, int capacity);
int64_t trellis_receive(int fd, void *buffer, int64_t capacity);
int64_t trellis_send(int fd, const void *bytes, int64_t count);
int trellis_connect_loopback(int port);
void trellis_shutdown_write(int fd);
void trellis_close_abruptly(int fd);

/// The loop whose thread this is; null on other threads.
void *trellis_current_loop(void);
void trellis_set_current_loop(void *loop);
