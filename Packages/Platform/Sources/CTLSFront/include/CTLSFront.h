#pragma once

/// Takes TLS connections and hands what they carry to a plain port of this machine, with a certificate of its own authority.
typedef struct trellis_tls_front trellis_tls_front;

/// Listens on `host` (a numeric address) and `port` (0 takes a free one), and hands every connection to 127.0.0.1:`target`.
///
/// `folder` holds the authority: authority.pem, which clients are told to trust, and authority.key, its owner's alone; both are made when they
/// are not there. The certificate shown is made anew: for `host`, 127.0.0.1, ::1 and localhost, for 90 days.
///
/// Gives NULL when that cannot be done, with the reason in `reason`.
trellis_tls_front *_Nullable trellis_tls_front_start(
    const char *_Nonnull folder, const char *_Nonnull host, int port, int target, char *_Nonnull reason, int capacity);

/// The port that is listened on.
int trellis_tls_front_port(const trellis_tls_front *_Nonnull front);

/// Ends all connections and waits until they have ended; `front` is gone after it.
void trellis_tls_front_stop(trellis_tls_front *_Nonnull front);
