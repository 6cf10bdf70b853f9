#define _GNU_SOURCE
#include "CTLSFront.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { most_connections = 256, patience_seconds = 60, authority_days = 3650, certificate_days = 90 };

struct trellis_tls_front {
    SSL_CTX *context;
    int listener, stop, port, target;
    pthread_t acceptor;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    int connections;
    int clients[most_connections]; // their sockets, -1 where there is none
};

struct connection {
    trellis_tls_front *front;
    int client, place;
};

// The authority and its certificate

static X509 *new_certificate(EVP_PKEY *key, const char *name, long days) {
    X509 *certificate = X509_new();
    if (!certificate) return NULL;
    BIGNUM *serial = BN_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    int fine = serial && BN_rand(serial, 120, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)
        && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) && X509_set_version(certificate, 2)
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -300) && X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400)
        && X509_set_pubkey(certificate, key)
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    BN_free(serial);
    if (fine) return certificate;
    X509_free(certificate);
    return NULL;
}

static int extend(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (!extension) return 0;
    int fine = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return fine;
}

static FILE *private_file(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return NULL;
    FILE *file = fdopen(descriptor, "w");
    if (!file) close(descriptor);
    return file;
}

static int make_authority(const char *key_path, const char *certificate_path, EVP_PKEY **key, X509 **certificate) {
    *key = EVP_EC_gen("P-256");
    *certificate = *key ? new_certificate(*key, "Trellis payment simulator", authority_days) : NULL;
    if (!*certificate || !X509_set_issuer_name(*certificate, X509_get_subject_name(*certificate))
        || !extend(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        || !extend(*certificate, *certificate, NID_key_usage, "critical,keyCertSign,cRLSign")
        || !extend(*certificate, *certificate, NID_subject_key_identifier, "hash")
        || !X509_sign(*certificate, *key, EVP_sha256()))
        return 0;
    FILE *file = private_file(key_path);
    int fine = file && PEM_write_PrivateKey(file, *key, NULL, NULL, 0, NULL, NULL);
    if (file && fclose(file)) fine = 0;
    if (!fine) return 0;
    // The certificate comes last: where it stands, the key does too.
    file = fopen(certificate_path, "w");
    fine = file && PEM_write_X509(file, *certificate);
    if (file && fclose(file)) fine = 0;
    return fine;
}

static int read_authority(const char *key_path, const char *certificate_path, EVP_PKEY **key, X509 **certificate) {
    FILE *file = fopen(certificate_path, "r");
    if (!file) return 0;
    *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    file = fopen(key_path, "r");
    if (!file) return 0;
    *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return *key && *certificate && X509_check_private_key(*certificate, *key);
}

static int show_certificate(SSL_CTX *context, EVP_PKEY *authority_key, X509 *authority, const char *host) {
    char names[256];
    unsigned char address[16];
    int numeric = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    snprintf(names, sizeof names, "IP:127.0.0.1,IP:::1,DNS:localhost,%s:%s", numeric ? "IP" : "DNS", host);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? new_certificate(key, host, certificate_days) : NULL;
    int fine = certificate && X509_set_issuer_name(certificate, X509_get_subject_name(authority))
        && extend(certificate, authority, NID_basic_constraints, "critical,CA:FALSE")
        && extend(certificate, authority, NID_key_usage, "critical,digitalSignature")
        && extend(certificate, authority, NID_ext_key_usage, "serverAuth")
        && extend(certificate, authority, NID_subject_alt_name, names)
        && extend(certificate, authority, NID_authority_key_identifier, "keyid")
        && X509_sign(certificate, authority_key, EVP_sha256()) && SSL_CTX_use_certificate(context, certificate)
        && SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return fine;
}

static SSL_CTX *make_context(const char *folder, const char *host) {
    char key_path[4096], certificate_path[4096];
    if (snprintf(key_path, sizeof key_path, "%s/authority.key", folder) >= (int)sizeof key_path
        || snprintf(certificate_path, sizeof certificate_path, "%s/authority.pem", folder) >= (int)sizeof certificate_path)
        return NULL;
    if (mkdir(folder, 0700) && errno != EEXIST) return NULL;
    EVP_PKEY *key = NULL;
    X509 *authority = NULL;
    int fine = access(certificate_path, F_OK) == 0 ? read_authority(key_path, certificate_path, &key, &authority)
                                                   : make_authority(key_path, certificate_path, &key, &authority);
    SSL_CTX *context = fine ? SSL_CTX_new(TLS_server_method()) : NULL;
    if (context && (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) || !show_certificate(context, key, authority, host))) {
        SSL_CTX_free(context);
        context = NULL;
    }
    X509_free(authority);
    EVP_PKEY_free(key);
    return context;
}

// Connections

static void set_patience(int descriptor) {
    struct timeval time = {.tv_sec = patience_seconds};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static int connect_to(int port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set_patience(descriptor);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return 0;
        bytes += written;
        count -= (size_t)written;
    }
    return 1;
}

/// Carries bytes both ways until one side ends or the front stops.
static void carry(trellis_tls_front *front, SSL *secure, int client, int plain) {
    char buffer[16384];
    struct pollfd watched[3] = {{.fd = client, .events = POLLIN}, {.fd = plain, .events = POLLIN}, {.fd = front->stop, .events = POLLIN}};
    while (1) {
        if (!SSL_pending(secure)) {
            if (poll(watched, 3, -1) < 0) {
                if (errno == EINTR) continue;
                return;
            }
            if (watched[2].revents) return;
        } else {
            watched[0].revents = POLLIN;
            watched[1].revents = 0;
        }
        if (watched[0].revents) {
            int count = SSL_read(secure, buffer, sizeof buffer);
            if (count <= 0 || !write_all(plain, buffer, (size_t)count)) return;
        }
        if (watched[1].revents) {
            ssize_t count = read(plain, buffer, sizeof buffer);
            if (count < 0 && errno == EINTR) continue;
            if (count == 0) SSL_shutdown(secure);
            if (count <= 0 || SSL_write(secure, buffer, (int)count) <= 0) return;
        }
    }
}

/// Gives a connection a place; -1 when there is none left.
static int enter(trellis_tls_front *front, int client) {
    int place = -1;
    pthread_mutex_lock(&front->mutex);
    for (int i = 0; i < most_connections && place < 0; i++)
        if (front->clients[i] < 0) place = i;
    if (place >= 0) {
        front->clients[place] = client;
        front->connections += 1;
    }
    pthread_mutex_unlock(&front->mutex);
    return place;
}

static void leave(trellis_tls_front *front, int place) {
    pthread_mutex_lock(&front->mutex);
    close(front->clients[place]);
    front->clients[place] = -1;
    front->connections -= 1;
    pthread_cond_broadcast(&front->ended);
    pthread_mutex_unlock(&front->mutex);
}

static void *serve(void *argument) {
    struct connection *connection = argument;
    trellis_tls_front *front = connection->front;
    int client = connection->client, place = connection->place;
    free(connection);
    set_patience(client);
    SSL *secure = SSL_new(front->context);
    if (secure && SSL_set_fd(secure, client) == 1 && SSL_accept(secure) == 1) {
        int plain = connect_to(front->target);
        if (plain >= 0) {
            carry(front, secure, client, plain);
            close(plain);
        }
    }
    SSL_free(secure);
    ERR_clear_error();
    leave(front, place);
    return NULL;
}

static void begin(trellis_tls_front *front, int client) {
    int place = enter(front, client);
    if (place < 0) {
        close(client);
        return;
    }
    struct connection *connection = malloc(sizeof *connection);
    pthread_t thread;
    if (connection) {
        *connection = (struct connection){front, client, place};
        if (pthread_create(&thread, NULL, serve, connection) == 0) {
            pthread_detach(thread);
            return;
        }
        free(connection);
    }
    leave(front, place);
}

static void *accept_all(void *argument) {
    trellis_tls_front *front = argument;
    struct pollfd watched[2] = {{.fd = front->listener, .events = POLLIN}, {.fd = front->stop, .events = POLLIN}};
    while (poll(watched, 2, -1) >= 0 || errno == EINTR) {
        if (watched[1].revents) return NULL;
        int client = accept4(front->listener, NULL, NULL, SOCK_CLOEXEC);
        if (client >= 0) begin(front, client);
    }
    return NULL;
}

static int listen_on(const char *host, int port, int *bound) {
    struct sockaddr_storage address = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    socklen_t length = sizeof *four;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((unsigned short)port);
    } else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((unsigned short)port);
        length = sizeof *six;
    } else {
        errno = EINVAL;
        return -1;
    }
    // Without waiting: a connection that is gone again before it is accepted must not stop the others.
    int descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
    if (descriptor < 0) return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(descriptor, (struct sockaddr *)&address, length) || listen(descriptor, 128)
        || getsockname(descriptor, (struct sockaddr *)&address, &length)) {
        close(descriptor);
        return -1;
    }
    *bound = ntohs(address.ss_family == AF_INET ? four->sin_port : six->sin6_port);
    return descriptor;
}

static void release(trellis_tls_front *front) {
    if (front->listener >= 0) close(front->listener);
    if (front->stop >= 0) close(front->stop);
    SSL_CTX_free(front->context);
    pthread_cond_destroy(&front->ended);
    pthread_mutex_destroy(&front->mutex);
    free(front);
}

trellis_tls_front *trellis_tls_front_start(
    const char *folder, const char *host, int port, int target, char *reason, int capacity) {
    trellis_tls_front *front = calloc(1, sizeof *front);
    if (!front) return NULL;
    front->listener = front->stop = -1;
    front->target = target;
    for (int i = 0; i < most_connections; i++) front->clients[i] = -1;
    pthread_mutex_init(&front->mutex, NULL);
    pthread_cond_init(&front->ended, NULL);
    errno = 0;
    if (!(front->context = make_context(folder, host))) {
        snprintf(reason, (size_t)capacity, "the authority in %s cannot be used: %s", folder,
                 errno ? strerror(errno) : ERR_reason_error_string(ERR_peek_last_error()) ?: "its files do not belong together");
    } else if ((front->listener = listen_on(host, port, &front->port)) < 0) {
        snprintf(reason, (size_t)capacity, "%s port %d cannot be listened on: %s", host, port, strerror(errno));
    } else {
        // A connection that its client left must not end the process: the threads inherit the mask.
        sigset_t pipe, before;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, &before);
        front->stop = eventfd(0, EFD_CLOEXEC);
        int failed = front->stop < 0 || pthread_create(&front->acceptor, NULL, accept_all, front);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!failed) return front;
        snprintf(reason, (size_t)capacity, "no thread for connections: %s", strerror(errno));
    }
    ERR_clear_error();
    release(front);
    return NULL;
}

int trellis_tls_front_port(const trellis_tls_front *front) { return front->port; }

void trellis_tls_front_stop(trellis_tls_front *front) {
    eventfd_write(front->stop, 1);
    pthread_join(front->acceptor, NULL);
    pthread_mutex_lock(&front->mutex);
    // Who waits for a client's next words hears their end.
    for (int i = 0; i < most_connections; i++)
        if (front->clients[i] >= 0) shutdown(front->clients[i], SHUT_RDWR);
    while (front->connections > 0) pthread_cond_wait(&front->ended, &front->mutex);
    pthread_mutex_unlock(&front->mutex);
    release(front);
}
