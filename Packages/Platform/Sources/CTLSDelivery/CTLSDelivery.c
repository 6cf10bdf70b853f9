#define _GNU_SOURCE
#include "CTLSDelivery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct trellis_delivery {
    int stop;
};

typedef struct {
    int stop, descriptor;
    SSL *secure;
    long long deadline;
} errand;

trellis_delivery *trellis_delivery_make(void) {
    int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    trellis_delivery *delivery = stop < 0 ? NULL : malloc(sizeof *delivery);
    if (delivery) *delivery = (trellis_delivery){stop};
    else if (stop >= 0) close(stop);
    return delivery;
}

void trellis_delivery_stop(trellis_delivery *delivery) {
    uint64_t one = 1;
    // It fails only when it was stopped some 2^64 times already.
    ssize_t written = write(delivery->stop, &one, sizeof one);
    (void)written;
}

void trellis_delivery_free(trellis_delivery *delivery) {
    close(delivery->stop);
    free(delivery);
}

static long long milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/// Waits until the connection can go on.
static trellis_delivery_outcome wait_for(errand *errand, short events) {
    struct pollfd watched[2] = {{.fd = errand->descriptor, .events = events}, {.fd = errand->stop, .events = POLLIN}};
    while (1) {
        long long left = errand->deadline - milliseconds_now();
        if (left <= 0) return trellis_delivery_late;
        int count = poll(watched, 2, (int)left);
        if (count < 0 && errno != EINTR) return trellis_delivery_interrupted;
        if (count <= 0) continue;
        return watched[1].revents ? trellis_delivery_stopped : trellis_delivery_done;
    }
}

/// Waits for what TLS waits for; what is no waiting is `otherwise`.
static trellis_delivery_outcome wait_for_tls(errand *errand, int result, trellis_delivery_outcome otherwise) {
    switch (SSL_get_error(errand->secure, result)) {
    case SSL_ERROR_WANT_READ: return wait_for(errand, POLLIN);
    case SSL_ERROR_WANT_WRITE: return wait_for(errand, POLLOUT);
    default: return otherwise;
    }
}

static int may_connect(const struct addrinfo *place, trellis_delivery_rule rule) {
    if (!rule) return 1;
    if (place->ai_family == AF_INET)
        return rule((const unsigned char *)&((const struct sockaddr_in *)(const void *)place->ai_addr)->sin_addr, 4);
    if (place->ai_family == AF_INET6)
        return rule((const unsigned char *)&((const struct sockaddr_in6 *)(const void *)place->ai_addr)->sin6_addr, 16);
    return 0;
}

static trellis_delivery_outcome connect_to(errand *errand, const char *host, const char *port, trellis_delivery_rule rule) {
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    if (getaddrinfo(host, port, &wanted, &found)) return trellis_delivery_unreachable;
    trellis_delivery_outcome outcome = trellis_delivery_unreachable;
    for (struct addrinfo *next = found; next && outcome == trellis_delivery_unreachable; next = next->ai_next) {
        if (!may_connect(next, rule)) continue;
        errand->descriptor = socket(next->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (errand->descriptor < 0) continue;
        if (connect(errand->descriptor, next->ai_addr, next->ai_addrlen) == 0) outcome = trellis_delivery_done;
        else if (errno == EINPROGRESS) outcome = wait_for(errand, POLLOUT);
        int problem = 0;
        socklen_t length = sizeof problem;
        if (outcome == trellis_delivery_done
            && (getsockopt(errand->descriptor, SOL_SOCKET, SO_ERROR, &problem, &length) || problem))
            outcome = trellis_delivery_unreachable;
        if (outcome == trellis_delivery_done) break;
        close(errand->descriptor);
        errand->descriptor = -1;
    }
    freeaddrinfo(found);
    return outcome;
}

static SSL *new_tls(const char *host, const char *authorities, int descriptor) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    int fine = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)
        && (authorities ? SSL_CTX_load_verify_locations(context, authorities, NULL) : SSL_CTX_set_default_verify_paths(context));
    SSL *secure = fine ? SSL_new(context) : NULL;
    SSL_CTX_free(context);
    if (!secure) return NULL;
    unsigned char number[16];
    if (inet_pton(AF_INET, host, number) == 1 || inet_pton(AF_INET6, host, number) == 1) {
        fine = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(secure), host);
    } else {
        SSL_set_hostflags(secure, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        fine = SSL_set1_host(secure, host) && SSL_set_tlsext_host_name(secure, host);
    }
    if (fine && SSL_set_fd(secure, descriptor)) return secure;
    SSL_free(secure);
    return NULL;
}

static trellis_delivery_outcome shake_hands(errand *errand) {
    while (1) {
        ERR_clear_error();
        int result = SSL_connect(errand->secure);
        if (result == 1) return trellis_delivery_done;
        int is_broken = SSL_get_error(errand->secure, result) == SSL_ERROR_SYSCALL;
        trellis_delivery_outcome outcome =
            wait_for_tls(errand, result, is_broken ? trellis_delivery_unreachable : trellis_delivery_insecure);
        if (outcome != trellis_delivery_done) return outcome;
    }
}

static trellis_delivery_outcome write_all(errand *errand, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        size_t written = 0;
        trellis_delivery_outcome outcome = trellis_delivery_done;
        if (errand->secure) {
            ERR_clear_error();
            int result = SSL_write_ex(errand->secure, bytes, count, &written);
            if (result != 1) outcome = wait_for_tls(errand, result, trellis_delivery_interrupted);
        } else {
            ssize_t result = send(errand->descriptor, bytes, count, MSG_NOSIGNAL);
            if (result >= 0) written = (size_t)result;
            else if (errno == EAGAIN) outcome = wait_for(errand, POLLOUT);
            else if (errno != EINTR) outcome = trellis_delivery_interrupted;
        }
        if (outcome != trellis_delivery_done) return outcome;
        bytes += written;
        count -= written;
    }
    return trellis_delivery_done;
}

/// Says that nothing more comes (RFC 5425, section 4.4).
static trellis_delivery_outcome end_ours(errand *errand) {
    while (errand->secure) {
        ERR_clear_error();
        int result = SSL_shutdown(errand->secure);
        if (result >= 0) break;
        trellis_delivery_outcome outcome = wait_for_tls(errand, result, trellis_delivery_interrupted);
        if (outcome != trellis_delivery_done) return outcome;
    }
    return shutdown(errand->descriptor, SHUT_WR) ? trellis_delivery_interrupted : trellis_delivery_done;
}

/// Waits until the receiver says so too: it has read to the end then. What it says before is nothing to us.
static trellis_delivery_outcome await_theirs(errand *errand) {
    char buffer[1024];
    while (1) {
        trellis_delivery_outcome outcome = trellis_delivery_done;
        if (errand->secure) {
            ERR_clear_error();
            int result = SSL_read(errand->secure, buffer, sizeof buffer);
            if (result > 0) continue;
            // An end without this one may come from a process that died, or from somebody on the way.
            if (SSL_get_error(errand->secure, result) == SSL_ERROR_ZERO_RETURN) return trellis_delivery_done;
            outcome = wait_for_tls(errand, result, trellis_delivery_interrupted);
        } else {
            ssize_t result = read(errand->descriptor, buffer, sizeof buffer);
            if (result == 0) return trellis_delivery_done;
            if (result < 0 && errno == EAGAIN) outcome = wait_for(errand, POLLIN);
            else if (result < 0 && errno != EINTR) outcome = trellis_delivery_interrupted;
        }
        if (outcome != trellis_delivery_done) return outcome;
    }
}

trellis_delivery_outcome trellis_delivery_run(
    trellis_delivery *delivery, const char *host, const char *port, int secure, const char *authorities, const unsigned char *bytes,
    size_t count, int milliseconds, trellis_delivery_rule rule) {
    // OpenSSL writes without MSG_NOSIGNAL. The signal is for this thread, and goes with it.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    errand errand = {.stop = delivery->stop, .descriptor = -1, .deadline = milliseconds_now() + milliseconds};
    trellis_delivery_outcome outcome = connect_to(&errand, host, port, rule);
    if (outcome == trellis_delivery_done && secure) {
        errand.secure = new_tls(host, authorities, errand.descriptor);
        outcome = errand.secure ? shake_hands(&errand) : trellis_delivery_insecure;
    }
    if (outcome == trellis_delivery_done) outcome = write_all(&errand, bytes, count);
    if (outcome == trellis_delivery_done) outcome = end_ours(&errand);
    if (outcome == trellis_delivery_done) outcome = await_theirs(&errand);
    SSL_free(errand.secure);
    if (errand.descriptor >= 0) close(errand.descriptor);
    ERR_clear_error();
    return outcome;
}
