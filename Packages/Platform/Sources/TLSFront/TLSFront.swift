internal import CTLSFront
internal import Synchronization

/// Takes TLS connections and hands what they carry to a plain port of this machine, with a certificate of an authority of its own.
///
/// It is for tools of development on loopback: it has none of the limits that a server on an open network needs.
@safe public final class TLSFront: @unchecked Sendable {
    // @unchecked for the pointer: it is handed out under the lock only, and its own functions may be called by any thread.
    private let front: Mutex<OpaquePointer?>

    /// The port that is listened on.
    public let port: Int

    /// Listens.
    ///
    /// - Parameters:
    ///   - folder: holds the authority: `authority.pem`, which clients are told to trust, and its key, its owner's alone. Both are made when they are
    ///     not there, for ten years; the certificate that is shown is made anew, for 90 days.
    ///   - host: the numeric address to listen on; the certificate is for it, 127.0.0.1, ::1 and localhost.
    ///   - port: the port; 0 takes a free one, see ``port``.
    ///   - target: the plain port of 127.0.0.1.
    /// - Throws: ``TLSFrontError`` when the authority cannot be read or made, or the port is taken.
    public init(folder: String, host: String, port: Int = 0, target: Int) throws(TLSFrontError) {
        var reason = [CChar](repeating: 0, count: 512)
        let started = unsafe trellis_tls_front_start(
            folder, host, Int32(clamping: port), Int32(clamping: target), &reason, Int32(reason.count))
        guard let started = unsafe started else {
            throw TLSFrontError(reason: String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        self.port = Int(unsafe trellis_tls_front_port(started))
        unsafe front = Mutex(started)
    }

    /// Ends all connections, and returns when they have ended. Twice changes nothing.
    public func stop() {
        let running = unsafe front.withLock { front in
            defer { unsafe front = nil }
            return unsafe front
        }
        if let running = unsafe running { unsafe trellis_tls_front_stop(running) }
    }

    deinit {
        stop()
    }
}

/// Why a front cannot listen.
public struct TLSFrontError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In words; without secrets.
    public let reason: String
    /// The reason.
    public var description: String { reason }
}
