#pragma once
#include <stddef.h>

/// Brings bytes over one connection of their own, and waits until the receiver has read them and ended its side.
typedef struct trellis_delivery trellis_delivery;

/// How a delivery ended.
typedef enum {
    /// The receiver has read everything and ended its side after that.
    trellis_delivery_done,
    /// There is no connection; nothing was sent.
    trellis_delivery_unreachable,
    /// The receiver's certificate is wrong, or it speaks no TLS that is taken; nothing was sent.
    trellis_delivery_insecure,
    /// The connection broke, or was ended without the end that TLS asks for.
    trellis_delivery_interrupted,
    /// The time was over.
    trellis_delivery_late,
    /// It was stopped.
    trellis_delivery_stopped,
} trellis_delivery_outcome;

/// What can be stopped; NULL when the system has no more descriptors or memory.
trellis_delivery *_Nullable trellis_delivery_make(void);

/// Whether a connection may be made to a number of 4 or 16 bytes.
typedef int (*trellis_delivery_rule)(const unsigned char *_Nonnull number, size_t count);

/// Blocks until the delivery has ended. `host` is a name or a numeric address, `port` a number as text.
///
/// Where there is a rule, only numbers that it lets through are connected to, just those that it was asked about.
/// With `secure` the certificate has to be one of `authorities` (a file; NULL for those of the system), valid now and for `host`, over TLS 1.2 or later.
trellis_delivery_outcome trellis_delivery_run(
    trellis_delivery *_Nonnull delivery, const char *_Nonnull host, const char *_Nonnull port, int secure, const char *_Nullable authorities,
    const unsigned char *_Nullable bytes, size_t count, int milliseconds, trellis_delivery_rule _Nullable rule);

/// Ends the delivery, from any thread, before it runs too.
void trellis_delivery_stop(trellis_delivery *_Nonnull delivery);

/// Frees it; it must not run any more.
void trellis_delivery_free(trellis_delivery *_Nonnull delivery);
